//! The list of held files, for stewards. A file is released only by the command `objects release`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::{Action, Resource};
use gemj_catalogue::audit::AuditResource;
use gemj_catalogue::{HeldObject, SampleFinding};
use serde_json::{Value, json};

use super::credentials;
use super::flow::{Refusal, permit_thing};
use super::gateway::Gateway;
use super::problem::ProblemFailure;

/// Maximum number of findings that the answer lists for one file. `finding_count` is the number of all findings.
const MOST_FINDINGS: usize = 1_000;

/// `GET /objects/held`: the held files with the time and the reason of the hold, and the results of the checks by column. The answer names no participant.
pub(crate) async fn get_held(gateway: web::Data<Gateway>, request: HttpRequest) -> Result<HttpResponse, ProblemFailure> {
    let caller = credentials::caller(&gateway, &request).await?;
    let about = AuditResource::Thing {
        kind: "held-objects",
        id: String::new(),
    };
    let permit = permit_thing(&gateway, caller, Action::ReadHeldObjects, Resource::HeldObjects, about).await?;
    let held = permit
        .answer(async |permit| gateway.stores.catalogue.held_objects(&permit.grant).await.map_err(Refusal::Store))
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"held": held.iter().map(describe).collect::<Vec<_>>()})))
}

fn describe(held: &HeldObject) -> Value {
    let object = &held.object;
    json!({
        "id": object.id.as_str(),
        "dataset": object.dataset.as_str(),
        "data_kind": object.format.data_kind().as_str(),
        "format": object.format.as_str(),
        "assembly": object.assembly.as_str(),
        "joint": object.joint,
        "column_count": held.column_count,
        "reason": held.status.reason,
        "held_since": held.status.changed.map(|at| at.rfc3339()),
        "finding_count": held.findings.len(),
        "findings": held.findings.iter().take(MOST_FINDINGS).map(finding).collect::<Vec<_>>(),
    })
}

/// One finding of the checks, as JSON. `column` is the sample's position in the file and counts from 0.
pub(crate) fn finding(finding: &SampleFinding) -> Value {
    let found = &finding.found;
    let mut told = json!({
        "column": found.position,
        "kind": found.kind.as_str(),
        "finding": found.said,
        "evidence": serde_json::from_str::<Value>(&found.figures).unwrap_or_default(),
    });
    if let Some((object, column)) = &found.other {
        told["other"] = json!({"id": object.as_str(), "column": column, "unloaded": finding.other_is_gone});
    }
    told
}
