//! What one row says.

use gemj_access::{Caller, Denial, Grant, VisaVerdict};
use gemj_model::{DatasetId, ObjectId, Timestamp};

use super::chain::ChainRow;

/// What an action was about. Never a participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditResource {
    /// Nothing in particular.
    None,
    /// A file, by the id that was asked for.
    Object(ObjectId),
    /// Datasets, in the order asked; empty means all that the caller may ask.
    Datasets(Vec<DatasetId>),
    /// Something of the gateway's own: a run, an output, a request, a kind of FHIR resource. Its id names no person.
    Thing {
        /// What it is, such as `run`.
        kind: &'static str,
        /// Which; empty where only the kind is known.
        id: String,
    },
}

/// How a decision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A Grant was given.
    Allow,
    /// It was refused.
    Deny,
}

/// One decision and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The decision's id, 32 hex digits; empty for a row that no decision stands behind.
    pub decision: String,
    /// The caller's pseudonym; empty for an anonymous caller.
    pub actor: String,
    /// The action's word.
    pub action: String,
    /// What it was about.
    pub resource: AuditResource,
    /// Allowed or denied.
    pub verdict: Verdict,
    /// The code of the rule that refused; empty where it was allowed.
    pub rule: String,
    /// Visa values of the approvals the decision rests on.
    pub approvals: Vec<String>,
    /// What became of each visa.
    pub visas: Vec<VisaVerdict>,
    /// The policy epoch of the decision; absent where it was refused before one was read.
    pub epoch: Option<u64>,
    /// Rows or records handed out; absent where none are counted.
    pub rows: Option<u64>,
    /// Bytes handed out; absent where none are counted.
    pub bytes: Option<u64>,
}

impl AuditEntry {
    /// The row of a decision that allowed.
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

    /// The row of a decision that refused.
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
    /// The row to be stored. Lists are JSON, so that no value can pretend to be two.
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
