use serde::Serialize;

use crate::{AccessUrl, Authorizations, DrsObject};

/// The numbers of resolved and unresolved items of a bulk request (DRS 1.5 § summary). `requested` counts the items as listed, including
/// repetitions. It is the sum of `resolved` and `unresolved`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The number of requested items.
    pub requested: u64,
    /// The number of resolved items.
    pub resolved: u64,
    /// The number of unresolved items.
    pub unresolved: u64,
}

/// The objects that failed with one status (DRS 1.5 § unresolved). The route for a single object answers with the same status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unresolved {
    /// The HTTP status of these failures.
    pub error_code: u16,
    /// The ids of the failed objects, as requested.
    pub object_ids: Vec<String>,
}

/// The common part of every bulk answer: the resolved items in request order, and the unresolved ids by status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkAnswer<T> {
    /// The resolved items, in the order of the request.
    pub resolved: Vec<T>,
    /// The unresolved ids, by status.
    pub unresolved: Vec<Unresolved>,
}

impl<T> BulkAnswer<T> {
    /// The counts of this answer. They are computed from the lists, so that counts and lists always agree.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let resolved = self.resolved.len() as u64;
        let unresolved = self.unresolved.iter().map(|group| group.object_ids.len() as u64).sum();
        Summary {
            requested: resolved + unresolved,
            resolved,
            unresolved,
        }
    }
}

/// An access URL in a bulk answer (DRS 1.5 § BulkAccessURL).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BulkAccessUrl {
    /// The id of the object.
    pub drs_object_id: String,
    /// The access id that the client requested.
    pub drs_access_id: String,
    /// The URL and its headers.
    #[serde(flatten)]
    pub access_url: AccessUrl,
}

/// The answer to `POST /objects` (`GetBulkObjects`). The specification names the member of the resolved items `resolved_drs_object`, in the
/// singular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkObjectAnswer(pub BulkAnswer<DrsObject>);

/// The answer to `OPTIONS /objects` (`OptionsBulkObject`). The specification names the member of the resolved items `resolved_drs_object`, in
/// the singular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkAuthorizationsAnswer(pub BulkAnswer<Authorizations>);

/// The answer to `POST /objects/access` (`GetBulkAccessURL`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkAccessUrlAnswer(pub BulkAnswer<BulkAccessUrl>);

#[derive(Serialize)]
struct Members<'a, T> {
    summary: Summary,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unresolved_drs_objects: &'a [Unresolved],
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_drs_object: Option<&'a [T]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_drs_object_access_urls: Option<&'a [T]>,
}

fn some<T>(items: &[T]) -> Option<&[T]> {
    (!items.is_empty()).then_some(items)
}

impl<T> BulkAnswer<T> {
    fn members(&self) -> Members<'_, T> {
        Members {
            summary: self.summary(),
            unresolved_drs_objects: &self.unresolved,
            resolved_drs_object: None,
            resolved_drs_object_access_urls: None,
        }
    }
}

impl Serialize for BulkObjectAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Members {
            resolved_drs_object: some(&self.0.resolved),
            ..self.0.members()
        }
        .serialize(serializer)
    }
}

impl Serialize for BulkAuthorizationsAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Members {
            resolved_drs_object: some(&self.0.resolved),
            ..self.0.members()
        }
        .serialize(serializer)
    }
}

impl Serialize for BulkAccessUrlAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Members {
            resolved_drs_object_access_urls: some(&self.0.resolved),
            ..self.0.members()
        }
        .serialize(serializer)
    }
}
