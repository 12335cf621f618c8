use serde_json::Value;

use super::walk::{Met, Place, walk};

/// The place of a `drs://` string in the workflow parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DrsPlace {
    /// The string is the `location` or `path` of a CWL File.
    File,
    /// The string is the `location` or `path` of a CWL Directory. The reference should then lead to a bundle.
    Directory,
    /// The string is any other string.
    Text,
}

/// One reference to a DRS object in the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrsInput {
    /// The position of the string, as a JSON Pointer (RFC 6901) into the parameters.
    pub pointer: String,
    /// The string as received. This crate does not check that it is a well-formed `drs://` URI.
    pub uri: String,
    /// The place of the string in the parameters.
    pub place: DrsPlace,
}

/// Whether `text` starts with `drs://`, in any letter case.
pub(super) fn is_drs(text: &str) -> bool {
    text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("drs://"))
}

/// Every string of `params` that starts with `drs://`, at any depth, with repetitions. The members of an object are visited in the order of
/// their names, and the items of an array in their own order.
#[must_use]
pub fn drs_references(params: &Value) -> Vec<DrsInput> {
    let mut found = Vec::new();
    walk(params, &mut |pointer, met| {
        let Met::Text(text, place) = met else { return };
        if is_drs(text) {
            let place = match place {
                Place::Cwl { directory: false, .. } => DrsPlace::File,
                Place::Cwl { directory: true, .. } => DrsPlace::Directory,
                Place::Plain => DrsPlace::Text,
            };
            found.push(DrsInput {
                pointer: pointer.to_owned(),
                uri: text.to_owned(),
                place,
            });
        }
    });
    found
}
