//! A new decision while a stream is sent.

use gemj_access::{AccessRequest, Action, DecisionId, Grant, LocatedObject, Resource, decide};

use super::look_up;
use crate::http::gateway::Gateway;
use crate::http::refusal::Refusal;
use crate::http::request_caller::RequestCaller;

/// Decides again for a stream: for the same caller, action and file, under the policy at this moment, and under the same decision id.
pub(crate) async fn permit_again(
    gateway: &Gateway,
    caller: &RequestCaller,
    action: Action,
    located: &LocatedObject,
    decision: DecisionId,
) -> Result<Grant, Refusal> {
    let current = gateway.watch.current().await?;
    // A file that was held or unloaded since the first decision is treated like an unknown file.
    let still = look_up(gateway.stores.catalogue.locate_file(&located.id, current.generation)).await?;
    let question = AccessRequest {
        decision,
        caller,
        action,
        resource: Resource::Object(still.as_ref().map(|_| located)),
        declared: Some(&caller.declared),
        now: gateway.clock.now(),
    };
    // A stream may have begun before a reload of the configuration. It is decided under the newest policy.
    decide(&question, &gateway.in_force.now(), &current.view).map_err(|denial| Refusal::denied(gateway, caller, denial))
}
