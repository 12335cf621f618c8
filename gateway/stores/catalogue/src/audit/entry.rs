//! The content of one audit row.

use gemj_access::{Caller, Denial, Grant, VisaVerdict};
use gemj_model::{DatasetId, ObjectId, Timestamp};

use super::chain::ChainRow;

/// The subject of the audited action. The subject is never a participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditResource {
    /// The action has no particular subject.
    None,
    /// The file with this id.
    Object(ObjectId),
    /// Datasets, in the requested order. An empty list means all datasets that the caller may query.
    Datasets(Vec<DatasetId>),
    /// Another resource of the gateway: a run, an output, a recontact request, a FHIR resource type. The id names no person.
    Thing {
        /// The kind of the resource, such as `run`.
        kind: &'static str,
        /// The id of the resource; empty if only the kind is known.
        id: String,
    },
}

/// The result of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The request was allowed, and the decision made a Grant.
    Allow,
    /// The request was denied.
    Deny,
}

/// One decision and its result, as recorded in the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The decision's id, 32 hex digits; empty for a row without a decision.
    pub decision: String,
    /// The caller's pseudonym; empty for an anonymous caller.
    pub actor: String,
    /// The name of the action.
    pub action: String,
    /// The subject of the action.
    pub resource: AuditResource,
    /// Whether the request was allowed or denied.
    pub verdict: Verdict,
    /// The code of the rule that denied the request; empty if the request was allowed.
    pub rule: String,
    /// The visa values of the approvals on which the decision is based.
    pub approvals: Vec<String>,
    /// The result of the check of each visa.
    pub visas: Vec<VisaVerdict>,
    /// The policy epoch of the decision; absent if the request was denied before an epoch was read.
    pub epoch: Option<u64>,
    /// The number of returned rows or records; absent if they are not counted.
    pub rows: Option<u64>,
    /// The number of returned bytes; absent if they are not counted.
    pub bytes: Option<u64>,
}

impl AuditEntry {
    /// The entry for a decision that allowed the request.
    #[must_use]
    pub fn allowed(grant: &Grant, caller: &Caller, resource: AuditResource) -> Self {
        Self {
            decision: grant.decision().to_string(),
            actor: caller.pseudonym.clone(),
            action: grant.action().as_str().to_owned(),
            resource,
            verdict: Verdict::Allow,
            rule: String::new(),
            approvals: grant.approvals().to_vec(),
            visas: caller.visas.clone(),
            epoch: Some(grant.epoch()),
            rows: None,
            bytes: None,
        }
    }

    /// The entry for a decision that denied the request.
    #[must_use]
    pub fn denied(denial: &Denial, action: &str, caller: &Caller, resource: AuditResource, epoch: Option<u64>) -> Self {
        Self {
            decision: denial.decision.to_string(),
            actor: caller.pseudonym.clone(),
            action: action.to_owned(),
            resource,
            verdict: Verdict::Deny,
            rule: denial.rule.code().to_owned(),
            approvals: Vec::new(),
            visas: caller.visas.clone(),
            epoch,
            rows: None,
            bytes: None,
        }
    }
}

impl AuditEntry {
    /// Converts the entry to the row that is stored. Lists are stored as JSON, so that one value cannot look like two values.
    pub(super) fn into_row(self, recorded: Timestamp) -> ChainRow {
        let number = |value: Option<u64>| value.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        let visas = self.visas.iter().map(|v| serde_json::json!([v.jti, v.code])).collect();
        ChainRow {
            sequence: 0,
            recorded,
            decision: self.decision,
            actor: self.actor,
            action: self.action,
            resource: match self.resource {
                AuditResource::None => String::new(),
                AuditResource::Object(id) => format!("object:{}", id.as_str()),
                AuditResource::Thing { kind, id } => format!("{kind}:{id}"),
                AuditResource::Datasets(ids) => {
                    let ids = ids.iter().map(|id| id.as_str().into()).collect();
                    format!("datasets:{}", serde_json::Value::Array(ids))
                }
            },
            verdict: match self.verdict {
                Verdict::Allow => "allow",
                Verdict::Deny => "deny",
            }
            .to_owned(),
            rule: self.rule,
            approvals: serde_json::Value::from(self.approvals).to_string(),
            visas: serde_json::Value::Array(visas).to_string(),
            epoch: number(self.epoch),
            rows: number(self.rows),
            bytes: number(self.bytes),
            covers: None,
        }
        .storable()
    }
}
