use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::{ObjectId, PortableName};

/// One entry of a bundle (DRS 1.5 § ContentsObject).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentsObject {
    /// The file name of the object when a client writes the bundle; unique in the bundle.
    pub name: PortableName,
    /// The object's id. `None` is allowed only inside a nested bundle.
    pub id: Option<ObjectId>,
    /// Full `drs://` URIs of the object, on this server or another server.
    pub drs_uri: Vec<String>,
    /// Whether the entry is a single entry or an expanded nested bundle.
    pub target: ContentsTarget,
}

/// The kind of a bundle's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentsTarget {
    /// A blob, or a nested bundle that is not expanded.
    Single,
    /// A nested bundle with its own entries, expanded at the caller's request.
    Expanded(Vec<ContentsObject>),
}

/// Why a list of entries is not a valid bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentsError {
    /// The bundle's list of entries is empty.
    #[error("a bundle has at least one entry")]
    Empty,
    /// "The name must be unique within the containing bundle".
    #[error("two entries of a bundle are called {name}")]
    DuplicateName {
        /// The name that occurs twice.
        name: String,
    },
    /// "If this ContentsObject is an object within a nested bundle, then the id is optional. Otherwise, the id is required."
    #[error("the entry {name} has no id")]
    MissingId {
        /// The name of the entry without id.
        name: String,
    },
}

impl ContentsObject {
    /// The entry `name` for the object `id`.
    #[must_use]
    pub fn single(name: PortableName, id: ObjectId) -> Self {
        Self {
            name,
            id: Some(id),
            drs_uri: Vec::new(),
            target: ContentsTarget::Single,
        }
    }
}

pub(super) fn check(children: &[ContentsObject]) -> Result<(), ContentsError> {
    if let Some(child) = children.iter().find(|child| child.id.is_none()) {
        return Err(ContentsError::MissingId {
            name: child.name.as_str().to_owned(),
        });
    }
    // The check uses an explicit stack instead of recursion, because nested bundles could be deeper than the thread's stack.
    let mut levels = vec![children];
    while let Some(level) = levels.pop() {
        let mut names = BTreeSet::new();
        for child in level {
            if !names.insert(&child.name) {
                return Err(ContentsError::DuplicateName {
                    name: child.name.as_str().to_owned(),
                });
            }
            match &child.target {
                ContentsTarget::Single => {}
                ContentsTarget::Expanded(nested) => levels.push(nested),
            }
        }
    }
    Ok(())
}

impl Serialize for ContentsObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            name: &'a PortableName,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'a ObjectId>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            drs_uri: &'a [String],
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            contents: &'a [ContentsObject],
        }
        let contents = match &self.target {
            ContentsTarget::Single => &[],
            ContentsTarget::Expanded(nested) => nested.as_slice(),
        };
        Members {
            name: &self.name,
            id: self.id.as_ref(),
            drs_uri: &self.drs_uri,
            contents,
        }
        .serialize(serializer)
    }
}
