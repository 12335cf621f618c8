//! The scopes of SMART backend clients (SMART App Launch 2.2.0 § Scopes and Launch Context). A scope narrows what the client's role allows and never
//! widens it.

use crate::caller::Caller;
use crate::declared::Declared;
use crate::denial::Rule;

/// One FHIR interaction: a resource type, and the permission that the interaction needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FhirUse {
    /// The name of the resource type, for example `Observation`.
    pub resource_type: &'static str,
    /// The permission that the interaction needs.
    pub permission: FhirPermission,
}

/// The permissions of SMART v2, in the order of their letters (`cruds`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FhirPermission {
    /// Letter `c`: create.
    Create,
    /// Letter `r`: read, version read, history of an instance.
    Read,
    /// Letter `u`: update, patch.
    Update,
    /// Letter `d`: delete.
    Delete,
    /// Letter `s`: search, history of a type.
    Search,
}

impl FhirPermission {
    /// The name of the permission, for messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Search => "search-type",
        }
    }
}

/// One parsed scope of a backend client, for example `system/Observation.rs` or `system/*.read`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SystemScope<'a> {
    /// The resource type that the scope names; absent for `*`, every type.
    resource_type: Option<&'a str>,
    /// Whether the scope contains each permission; the index is the [`FhirPermission`].
    permissions: [bool; 5],
}

const LETTERS: [char; 5] = ['c', 'r', 'u', 'd', 's'];

impl<'a> SystemScope<'a> {
    /// Parses one scope. In SMART v1 scopes, `read` means `rs`, `write` means `cud`, and `*` means `cruds` (§ "Scopes for requesting FHIR
    /// Resources"). Absent for `user/` and `patient/` scopes, and for letters in another order than `cruds`. Also absent for a scope with a `?`,
    /// because the search after it is a restriction that this code does not evaluate.
    fn parse(text: &'a str) -> Option<Self> {
        let (resource_type, permissions) = text.strip_prefix("system/")?.split_once('.')?;
        let is_named = resource_type.starts_with(|c: char| c.is_ascii_uppercase())
            && resource_type.len() <= 64
            && resource_type.bytes().all(|b| b.is_ascii_alphabetic());
        if !is_named && resource_type != "*" {
            return None;
        }
        let letters = match permissions {
            "read" => "rs",
            "write" => "cud",
            "*" => "cruds",
            letters => letters,
        };
        let permissions = LETTERS.map(|letter| letters.contains(letter));
        let in_order: String = LETTERS
            .iter()
            .zip(permissions)
            .filter_map(|(letter, on)| on.then_some(*letter))
            .collect();
        (!in_order.is_empty() && in_order == letters).then_some(Self {
            resource_type: is_named.then_some(resource_type),
            permissions,
        })
    }

    fn allows(&self, asked: FhirUse) -> bool {
        self.permissions[asked.permission as usize] && self.resource_type.is_none_or(|own| own == asked.resource_type)
    }
}

/// Checks that a caller's scopes allow the declared FHIR use. A caller without scopes is judged by the caller's roles alone.
///
/// # Errors
/// [`Rule::Scope`] if no scope allows the use, or if the request declares no FHIR use.
pub(crate) fn check(caller: &Caller, declared: Option<&Declared>) -> Result<(), Rule> {
    let Some(scopes) = &caller.scopes else { return Ok(()) };
    let asked = declared.and_then(|declared| declared.fhir);
    let allows = |asked: FhirUse| {
        scopes
            .iter()
            .filter_map(|scope| SystemScope::parse(scope))
            .any(|scope| scope.allows(asked))
    };
    if asked.is_some_and(allows) {
        Ok(())
    } else {
        Err(Rule::Scope { asked })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [FhirPermission; 5] = [
        FhirPermission::Create,
        FhirPermission::Read,
        FhirPermission::Update,
        FhirPermission::Delete,
        FhirPermission::Search,
    ];

    /// The permissions that a scope contains for a resource type, as names; `unread` if the scope is not accepted.
    fn opened(scope: &str, resource_type: &'static str) -> String {
        let Some(scope) = SystemScope::parse(scope) else {
            return "unread".to_owned();
        };
        let allowed = ALL.into_iter().filter(|permission| {
            scope.allows(FhirUse {
                resource_type,
                permission: *permission,
            })
        });
        allowed.map(FhirPermission::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn scopes_of_both_versions_open_what_they_name_and_nothing_else() {
        assert_eq!(opened("system/Observation.rs", "Observation"), "read search-type");
        assert_eq!(opened("system/Observation.rs", "Patient"), "");
        assert_eq!(opened("system/*.read", "Task"), "read search-type");
        assert_eq!(opened("system/Task.write", "Task"), "create update delete");
        assert_eq!(opened("system/Task.u", "Task"), "update");
        assert_eq!(opened("system/Task.*", "Task"), opened("system/Task.cruds", "Task"));
    }

    #[test]
    fn a_text_that_is_not_a_system_scope_opens_nothing() {
        for scope in [
            "",
            "system/",
            "patient/Observation.rs",
            "user/*.read",
            "system/observation.rs",
            "System/Observation.rs",
            "openid",
            "system/Task.",
            "system/Task.sr",
            "system/Task.rr",
            "system/Task.reads",
            "system/Task.R",
            "system/Observation.rs?category=laboratory",
        ] {
            assert_eq!(opened(scope, "Task"), "unread", "{scope}");
        }
    }

    #[test]
    fn a_caller_with_scopes_is_denied_a_use_that_no_scope_allows_and_an_undeclared_use() {
        let of = |scopes: Option<&[&str]>| Caller {
            scopes: scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect()),
            ..Caller::default()
        };
        let declared = Declared {
            fhir: Some(FhirUse {
                resource_type: "Task",
                permission: FhirPermission::Read,
            }),
            ..Declared::default()
        };
        let narrow = of(Some(&["system/Patient.rs", "openid", "system/Task.r"]));
        assert_eq!(check(&narrow, Some(&declared)), Ok(()));
        assert!(check(&of(Some(&["system/Patient.rs"])), Some(&declared)).is_err());
        assert!(check(&of(Some(&[])), Some(&declared)).is_err());
        for unstated in [None, Some(&Declared::default())] {
            assert!(check(&narrow, unstated).is_err());
            assert_eq!(check(&of(None), unstated), Ok(()));
        }
    }
}
