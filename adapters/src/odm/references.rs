//! The audit records and annotations that a file keeps apart from its data and names by an ID (ODM 1.3.2, `AuditRecordID`, `AnnotationID`).

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::MAX_REFERENCED;
use super::annotation::{Annotation, Flag};
use super::element::Element;
use super::fault::Fault;

/// What the sections `AuditRecords` and `Annotations` of one file state. IDs are kept as keyed hashes, so that a large file needs little memory.
#[derive(Default)]
pub(super) struct References {
    keys: RandomState,
    audits: HashSet<u64>,
    imputed: HashSet<u64>,
    annotations: HashMap<u64, Vec<Flag>>,
}

impl References {
    /// Adds an audit record with an ID.
    pub(super) fn audit(&mut self, element: &Element, total: &mut usize) -> Result<(), Fault> {
        let Some(id) = element.attribute("ID") else { return Ok(()) };
        let id = self.keys.hash_one(id);
        self.audits.insert(id);
        if is_imputed(element) {
            self.imputed.insert(id);
        }
        within_limit(total, element.offset)
    }

    /// Adds an annotation with an ID.
    pub(super) fn annotation(&mut self, id: &str, annotation: Annotation, offset: u64, total: &mut usize) -> Result<(), Fault> {
        self.annotations.entry(self.keys.hash_one(id)).or_default().extend(annotation.flags);
        within_limit(total, offset)
    }

    /// Whether the audit record states an imputed value; `None` if the file has no audit record with this ID.
    pub(super) fn is_imputed(&self, id: &str) -> Option<bool> {
        let id = self.keys.hash_one(id);
        self.audits.contains(&id).then(|| self.imputed.contains(&id))
    }

    /// The flags of an annotation; `None` if the file has no annotation with this ID.
    pub(super) fn flags(&self, id: &str) -> Option<&[Flag]> {
        self.annotations.get(&self.keys.hash_one(id)).map(Vec::as_slice)
    }
}

/// Counts one audit record or annotation of the call. `total` is the number of all of them.
fn within_limit(total: &mut usize, offset: u64) -> Result<(), Fault> {
    *total += 1;
    match *total > MAX_REFERENCED {
        true => {
            let what = "more audit records and annotations with an ID than the limit allows";
            Err(Fault::at("too-many-references", what, offset))
        }
        false => Ok(()),
    }
}

/// Whether an audit record states that the value was imputed, not observed (ODM 1.3.2 `UsedImputationMethod`, ODM 2.0 `UsedMethod`).
pub(super) fn is_imputed(element: &Element) -> bool {
    ["UsedImputationMethod", "UsedMethod"]
        .iter()
        .any(|name| element.attribute(name) == Some("Yes"))
}
