//! SMART system scopes (SMART App Launch 2.2.0 § Scopes and Launch Context).

use std::fmt;

use crate::interaction::Interaction;

/// One scope of a system client: `system/Observation.rs`, `system/*.read`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SystemScope {
    resource_type: Option<Box<str>>,
    permissions: Permissions,
}

/// The letters of SMART v2, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Permissions([bool; 5]);

const LETTERS: [char; 5] = ['c', 'r', 'u', 'd', 's'];

/// Why a scope is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// It is not of the form `system/Type.permissions`; `user/` and `patient/` scopes are not for systems.
    #[error("not a system scope")]
    NotASystemScope,
    /// After the dot stand neither `read`, `write` or `*` nor letters of `cruds` in that order.
    #[error("not permissions of SMART v1 or v2")]
    Permissions,
    /// A `?` narrows it further than this server can: to grant it without would be to grant more.
    #[error("search restrictions of scopes are not supported")]
    Restriction,
}

impl SystemScope {
    /// Reads one scope. v1: `read` is `rs`, `write` is `cud`, `*` is `cruds` (§ "Scopes for requesting FHIR Resources").
    ///
    /// # Errors
    /// [`ScopeError`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let (resource_type, permissions) = text
            .strip_prefix("system/")
            .and_then(|rest| rest.split_once('.'))
            .ok_or(ScopeError::NotASystemScope)?;
        if permissions.contains('?') {
            return Err(ScopeError::Restriction);
        }
        let named = resource_type.starts_with(|c: char| c.is_ascii_uppercase())
            && resource_type.len() <= 64
            && resource_type.bytes().all(|b| b.is_ascii_alphabetic());
        if !named && resource_type != "*" {
            return Err(ScopeError::NotASystemScope);
        }
        let letters = match permissions {
            "read" => "rs",
            "write" => "cud",
            "*" => "cruds",
            letters => letters,
        };
        let flags = LETTERS.map(|letter| letters.contains(letter));
        let in_order: String = LETTERS.iter().zip(flags).filter_map(|(letter, on)| on.then_some(*letter)).collect();
        if in_order.is_empty() || in_order != letters {
            return Err(ScopeError::Permissions);
        }
        Ok(Self {
            resource_type: named.then(|| resource_type.into()),
            permissions: Permissions(flags),
        })
    }

    /// Whether it opens that interaction with a type named so.
    #[must_use]
    pub fn allows(&self, resource_type: &str, interaction: Interaction) -> bool {
        let [create, read, update, delete, search] = self.permissions.0;
        let permitted = match interaction {
            Interaction::Create => create,
            Interaction::Read | Interaction::Vread | Interaction::HistoryInstance => read,
            Interaction::Update | Interaction::Patch => update,
            Interaction::Delete => delete,
            Interaction::SearchType | Interaction::HistoryType => search,
        };
        permitted && self.resource_type.as_deref().is_none_or(|own| own == resource_type)
    }

    /// Whether every right of `other` is one of this scope too: what a registered scope lets a client ask for.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let resource_type = self.resource_type.is_none() || self.resource_type == other.resource_type;
        resource_type
            && self
                .permissions
                .0
                .iter()
                .zip(other.permissions.0)
                .all(|(own, asked)| *own || !asked)
    }
}

impl fmt::Display for SystemScope {
    /// In the form of SMART v2.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters: String = LETTERS
            .iter()
            .zip(self.permissions.0)
            .filter_map(|(letter, on)| on.then_some(*letter))
            .collect();
        write!(f, "system/{}.{letters}", self.resource_type.as_deref().unwrap_or("*"))
    }
}

/// Reads a space-separated `scope` parameter; one that cannot be read fails the whole.
///
/// # Errors
/// [`ScopeError`] of the first; [`ScopeError::NotASystemScope`] if there is none.
pub fn parse_scopes(text: &str) -> Result<Vec<SystemScope>, ScopeError> {
    let scopes = text
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .map(SystemScope::parse)
        .collect::<Result<Vec<_>, _>>()?;
    if scopes.is_empty() {
        Err(ScopeError::NotASystemScope)
    } else {
        Ok(scopes)
    }
}
