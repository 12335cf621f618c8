//! The names of samples in the header of a slice of reads.

use std::collections::HashMap;

use gemj_access::PseudonymKey;
use gemj_model::DataObject;

use super::request::Naming;

/// The names for one file and one audience.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    key: PseudonymKey,
    people: HashMap<String, String>,
}

impl Names {
    /// The names that replace the file's own names; absent if the file's own names are kept.
    pub(crate) fn of(naming: &Naming, object: &DataObject) -> Option<Self> {
        let Naming::Pseudonyms(key) = naming else { return None };
        let people = object
            .samples
            .iter()
            .filter_map(|sample| Some((sample.sample.clone(), key.person(sample.participant?))))
            .collect();
        Some(Self { key: key.clone(), people })
    }

    /// The name that replaces a sample's name (`@RG SM`).
    pub(crate) fn sample(&self, name: &str) -> String {
        self.people.get(name).cloned().unwrap_or_else(|| self.key.text("SM", name))
    }

    /// The name that replaces a text of another kind that often contains a sample's name (`@RG LB`, `PU`).
    pub(crate) fn text(&self, kind: &str, text: &str) -> String {
        self.key.text(kind, text)
    }
}
