//! Replaces the names of samples in the header of a slice of a read file.

use std::collections::HashMap;

use gemj_access::PseudonymKey;
use gemj_model::DataObject;

use super::request::Naming;

/// The replacement names for the samples of one file. The names are valid for one audience: the callers who read under the same approvals
/// ([`PseudonymKey`]).
#[derive(Clone, Debug)]
pub(crate) struct Names {
    key: PseudonymKey,
    people: HashMap<String, String>,
}

impl Names {
    /// Makes the replacement names for a file. Absent if the names in the stored file are kept.
    pub(crate) fn of(naming: &Naming, object: &DataObject) -> Option<Self> {
        let Naming::Pseudonyms(key) = naming else { return None };
        let people = object
            .samples
            .iter()
            .filter_map(|sample| Some((sample.sample.clone(), key.person(sample.participant?))))
            .collect();
        Some(Self { key: key.clone(), people })
    }

    /// The name that replaces the name of a sample (`@RG SM`).
    pub(crate) fn sample(&self, name: &str) -> String {
        self.people.get(name).cloned().unwrap_or_else(|| self.key.text("SM", name))
    }

    /// The text that replaces the value of another header tag (`@RG LB`, `PU`, `BC`), because such a value often contains the name of a
    /// sample. `kind` is the tag.
    pub(crate) fn text(&self, kind: &str, text: &str) -> String {
        self.key.text(kind, text)
    }
}
