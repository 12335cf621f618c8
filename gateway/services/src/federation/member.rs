//! The reported result of each member of the federation, and of all members together.

use serde_json::{Map, Value, json};

use super::reply::MemberFinding;
use crate::beacon::{BeaconFinding, Finding, WITHOUT_NAMES};

/// The status of a query to one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberStatus {
    /// The member answered the query.
    Ok,
    /// The member did not answer before the deadline.
    Timeout,
    /// The member could not be reached or answered with a server error (5xx), or the token for it cannot be read.
    Unreachable,
    /// The member refused to answer (4xx), or the query budget of the caller at this gateway is spent.
    Refused,
    /// The member's response is not a valid answer, or contradicts itself.
    BadAnswer,
    /// For a partner: no form of query that the partner supports can express the query, so the partner was not queried. For this gateway:
    /// the query is by an allele's name, and no dataset has enough participants with loaded names.
    Unsupported,
}

impl MemberStatus {
    /// The status as text in responses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::BadAnswer => "bad-answer",
            Self::Unsupported => "unsupported",
        }
    }
}

/// One member of the federation and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    id: String,
    name: String,
    status: MemberStatus,
    found: Option<MemberFinding>,
    /// The datasets of this gateway that cannot answer a query by an allele's name; absent if all datasets can answer.
    without_names: Option<Value>,
}

impl Member {
    pub(super) fn found(id: &str, name: &str, found: MemberFinding) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            status: MemberStatus::Ok,
            found: Some(found),
            without_names: None,
        }
    }

    pub(super) fn failed(id: &str, name: &str, status: MemberStatus) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            status,
            found: None,
            without_names: None,
        }
    }

    /// The entry of this gateway among the members, with its own answer.
    #[must_use]
    pub fn own(id: &str, name: &str, answer: &BeaconFinding) -> Self {
        let found = match answer.finding {
            Finding::Boolean(exists) => MemberFinding {
                exists,
                count: None,
                precision: None,
            },
            Finding::Exact(count) => MemberFinding {
                exists: count > 0,
                count: Some(count),
                precision: Some("exact"),
            },
            Finding::AtLeast(count) => MemberFinding {
                exists: count > 0,
                count: Some(count),
                precision: Some("rounded"),
            },
        };
        Self {
            without_names: answer.info.get(WITHOUT_NAMES).cloned(),
            ..Self::found(id, name, found)
        }
    }

    /// The entry of this gateway if the query is by an allele's name and none of its datasets has enough loaded names.
    #[must_use]
    pub fn own_unsupported(id: &str, name: &str) -> Self {
        Self::failed(id, name, MemberStatus::Unsupported)
    }

    /// The entry of this gateway if the caller's query budget is spent.
    #[must_use]
    pub fn own_refused(id: &str, name: &str) -> Self {
        Self::failed(id, name, MemberStatus::Refused)
    }

    fn to_json(&self) -> Value {
        let mut json = json!({"id": self.id, "name": self.name, "status": self.status.as_str()});
        if let Some(found) = &self.found {
            json["exists"] = found.exists.into();
            json["granularity"] = if found.count.is_some() { "count" } else { "boolean" }.into();
            if let Some(count) = found.count {
                json["numTotalResults"] = count.into();
            }
            if let Some(precision) = found.precision {
                json["countPrecision"] = precision.into();
            }
        }
        if let Some(datasets) = &self.without_names {
            json[WITHOUT_NAMES] = datasets.clone();
        }
        json
    }

    /// Whether the member answered for all of its datasets.
    fn is_complete(&self) -> bool {
        self.status == MemberStatus::Ok && self.without_names.is_none()
    }
}

/// Combines the answers of all members. The first value is whether any member answered yes. The second value is whether every member
/// answered for all of its datasets. The third value is the `info` with each member. If the second value is false, a false first value does
/// not mean "no".
#[must_use]
pub fn combined(members: &[Member]) -> (bool, bool, Map<String, Value>) {
    let exists = members.iter().any(|m| m.found.is_some_and(|f| f.exists));
    let complete = members.iter().all(Member::is_complete);
    let mut info = Map::new();
    info.insert("complete".to_owned(), complete.into());
    info.insert("members".to_owned(), members.iter().map(Member::to_json).collect());
    let note = "exists is true if a member answered yes. A member without an answer counts as neither yes nor no. Counts are \
                each member's own and must not be added up: one person may be in several members.";
    info.insert("note".to_owned(), note.into());
    (exists, complete, info)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(info: Map<String, Value>) -> Member {
        let finding = Finding::Boolean(false);
        Member::own("here", "Here", &BeaconFinding { finding, info })
    }

    #[test]
    fn a_no_is_incomplete_if_a_dataset_has_no_names() {
        let (_, complete, _) = combined(&[own(Map::new())]);
        assert!(complete);
        let without = json!(["rare-disease"]);
        let partly = own(Map::from_iter([(WITHOUT_NAMES.to_owned(), without.clone())]));
        let (exists, complete, info) = combined(&[partly]);
        assert!(!exists && !complete);
        assert_eq!(info["members"][0][WITHOUT_NAMES], without);
    }

    #[test]
    fn a_gateway_without_names_is_unsupported_and_does_not_hide_partners() {
        let partner = MemberFinding {
            exists: true,
            count: None,
            precision: None,
        };
        let members = [Member::own_unsupported("here", "Here"), Member::found("there", "There", partner)];
        let (exists, complete, info) = combined(&members);
        assert!(exists && !complete);
        assert_eq!(info["members"][0], json!({"id": "here", "name": "Here", "status": "unsupported"}));
    }
}
