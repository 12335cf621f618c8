//! Permissions to write.

use gemj_access::{DecisionId, Mandate, WriteAction, WriteRequest, WriteResource, permit};
use gemj_catalogue::audit::{AuditEntry, AuditResource};

use crate::http::gateway::Gateway;
use crate::http::observe::exchange::{decided, timed};
use crate::http::refusal::Refusal;
use crate::http::request_caller::RequestCaller;
use crate::http::trail;
use crate::traces::StepName;

/// Permission to write. This function writes the audit row of a refusal. The audit row of a permitted write is written in the transaction of
/// the write itself.
pub(crate) async fn permit_write(
    gateway: &Gateway,
    caller: &RequestCaller,
    action: WriteAction,
    resource: WriteResource<'_>,
    about: AuditResource,
) -> Result<Mandate, Refusal> {
    let current = timed(StepName::Decide, gateway.watch.current()).await?;
    let question = WriteRequest {
        decision: DecisionId(gateway.entropy.draw()),
        caller,
        action,
        resource,
        declared: Some(&caller.declared),
        now: gateway.clock.now(),
    };
    let answer = permit(&question, &gateway.policy, &current.view);
    decided(question.decision);
    match &answer {
        Ok(mandate) => gateway.metrics.count_allowed(mandate.action().basis()),
        Err(denial) => gateway.metrics.count_denied(&denial.rule),
    }
    answer.map_err(|denial| {
        let entry = AuditEntry::denied(&denial, action.as_str(), caller, about, Some(current.view.epoch()));
        match trail::record(gateway, caller, entry, Vec::new()) {
            Ok(_) => Refusal::denied(gateway, caller, denial),
            Err(refusal) => refusal,
        }
    })
}
