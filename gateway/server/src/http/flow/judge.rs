//! One decision of a request.

use gemj_access::{Action, DecisionId, Resource};
use gemj_catalogue::Current;
use gemj_catalogue::audit::AuditResource;
use gemj_services::judge::{Wish, judge};

use super::permit::{Granted, Permit};
use crate::http::gateway::Gateway;
use crate::http::observe::exchange::{decided, timed};
use crate::http::refusal::Refusal;
use crate::http::request_caller::RequestCaller;
use crate::http::trail;
use crate::traces::StepName;

/// Decides under the policy that is current after the request arrived. The row of the decision is sent to the audit trail, and the returned
/// permit waits for it.
pub(super) async fn judge_now(
    gateway: &Gateway,
    caller: RequestCaller,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
    discloses: bool,
) -> Result<Permit, Refusal> {
    let current = timed(StepName::Decide, gateway.watch.current()).await?;
    judge_at(gateway, &current, caller, action, resource, about, discloses)
}

/// Decides under the policy `current`. The row of the decision is sent to the audit trail, and the returned permit waits for it.
pub(super) fn judge_at(
    gateway: &Gateway,
    current: &Current,
    caller: RequestCaller,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
    discloses: bool,
) -> Result<Permit, Refusal> {
    let decision = DecisionId(gateway.entropy.draw());
    let wish = Wish {
        caller: &caller,
        declared: Some(&caller.declared),
        action,
        resource,
        about,
        discloses,
    };
    let judged = judge(&gateway.policy, &current.view, decision, gateway.clock.now(), wish);
    decided(decision);
    match &judged.verdict {
        Ok(grant) => gateway.metrics.count_allowed(grant.basis()),
        Err(denial) => gateway.metrics.count_denied(&denial.rule),
    }
    let receipt = trail::record(gateway, &caller, judged.entry, judged.disclosures)?;
    match judged.verdict {
        Ok(grant) => {
            let granted = Granted {
                grant,
                caller,
                generation: current.generation,
            };
            Ok(Permit::new(granted, receipt))
        }
        Err(denial) => Err(Refusal::denied(gateway, &caller, denial)),
    }
}
