//! What surrounds a `SubjectData` element in its file. With it, the element can be read again by itself.

use std::collections::HashMap;

use super::MAX_SCOPE_BYTES;
use super::fault::Fault;

/// The namespaces in scope and the attributes of the `ClinicalData` element.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    /// A start tag that binds the namespaces.
    pub(super) tag: String,
    pub(super) study: String,
    pub(super) metadata_version: String,
}

/// All scopes of a call. A scope that occurs many times is kept once.
#[derive(Default)]
pub(super) struct Scopes {
    list: Vec<Scope>,
    index: HashMap<Scope, u32>,
    byte_count: usize,
}

impl Scopes {
    /// The number of a scope.
    pub(super) fn number(&mut self, scope: Scope, offset: u64) -> Result<u32, Fault> {
        if let Some(known) = self.index.get(&scope) {
            return Ok(*known);
        }
        let full = || {
            Fault::at(
                "too-many-scopes",
                "more different ClinicalData elements than the limit allows",
                offset,
            )
        };
        self.byte_count += 100 + 2 * (scope.tag.len() + scope.study.len() + scope.metadata_version.len());
        if self.byte_count > MAX_SCOPE_BYTES {
            return Err(full());
        }
        let number = u32::try_from(self.list.len()).map_err(|_| full())?;
        self.index.insert(scope.clone(), number);
        self.list.push(scope);
        Ok(number)
    }

    pub(super) fn get(&self, number: u32) -> Option<&Scope> {
        self.list.get(usize::try_from(number).ok()?)
    }
}
