//! Makes one access decision together with its audit row. Requests and background workers use the same function.

use std::sync::Arc;

use gemj_access::{AccessRequest, Action, Caller, ConsentView, DecisionId, Declared, Denial, Grant, Policy, Resource, decide};
use gemj_catalogue::Disclosure;
use gemj_catalogue::audit::{AuditEntry, AuditResource};
use gemj_model::Timestamp;

use crate::recipients;

/// The input of an access decision, and the resource for its audit row.
pub struct Wish<'a> {
    /// The caller about whom the decision is made.
    pub caller: &'a Caller,
    /// What the caller declares about the use; absent if nothing is declared.
    pub declared: Option<&'a Declared>,
    /// The requested action.
    pub action: Action,
    /// The resource of the action.
    pub resource: Resource<'a>,
    /// The resource in the form in which the audit row names it.
    pub about: AuditResource,
    /// Whether the answer discloses data of participants. The recipients are then recorded with the decision.
    pub discloses: bool,
}

/// A decision, the audit row about it, and the disclosures that belong to the row. The code that acts on the decision must append the row
/// to the audit.
pub struct Judgement {
    /// The decision: a Grant or a Denial.
    pub verdict: Result<Grant, Denial>,
    /// The audit row of the decision.
    pub entry: AuditEntry,
    /// The participants whose data is disclosed, and the recipients. Empty for a denial.
    pub disclosures: Vec<Disclosure>,
}

/// Makes a decision under the policy and the consent view of this moment.
#[must_use]
pub fn judge(policy: &Policy, view: &Arc<ConsentView>, decision: DecisionId, now: Timestamp, wish: Wish<'_>) -> Judgement {
    let Wish {
        caller,
        declared,
        action,
        resource,
        about,
        discloses,
    } = wish;
    let question = AccessRequest {
        decision,
        caller,
        action,
        resource,
        declared,
        now,
    };
    let verdict = decide(&question, policy, view);
    let mut disclosures = Vec::new();
    let entry = match &verdict {
        Ok(grant) => {
            if discloses {
                disclosures = disclosed(grant, &resource, policy, view);
            }
            AuditEntry::allowed(grant, caller, about)
        }
        Err(denial) => AuditEntry::denied(denial, action.as_str(), caller, about, Some(view.epoch())),
    };
    Judgement {
        verdict,
        entry,
        disclosures,
    }
}

/// The disclosures of an answer about a file or about an output of a run; empty for every other resource.
fn disclosed(grant: &Grant, resource: &Resource<'_>, policy: &Policy, view: &ConsentView) -> Vec<Disclosure> {
    match resource {
        Resource::Object(Some(object)) => recipients::of_object(grant, object, policy, view),
        // An output is disclosed only if its owner reads it. An output that a reviewer reads stays within the programme.
        Resource::RunOutput(Some((run, _))) if grant.action() == Action::ReadRunOutput => recipients::of_run(grant, run, policy, view),
        _ => Vec::new(),
    }
}
