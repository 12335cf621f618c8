//! `POST /runs`: submits a workflow with its parameters. Access to every file that the parameters name is decided first.

use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_wes::{WesError, parse_run_workflow};
use gemj_access::{Action, Capability, CapabilityError, LocatedObject, LocatedRun, Payload, Resource, WriteAction, WriteResource};
use gemj_catalogue::audit::AuditResource;
use gemj_model::{ObjectId, Timestamp};
use gemj_services::wes::{self, LIMITS};

use super::{WesFailure, WesResult, upload};
use crate::http::credentials;
use crate::http::flow::{Refusal, look_up, permit_thing, permit_write};
use crate::http::gateway::Gateway;
use crate::http::request_caller::RequestCaller;

/// `POST /runs`: submits a workflow run.
pub(crate) async fn run_workflow(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload) -> WesResult {
    let caller = credentials::caller(&gateway, &request).await?;
    let Some(workflows) = &gateway.workflows else {
        return Err(WesError::NoWorkflows.into());
    };
    if caller.is_anonymous() {
        return Err(WesError::Unauthorized {
            explanation: "credentials are required".to_owned(),
        }
        .into());
    }
    let mut run = LocatedRun {
        id: gateway.entropy.id(),
        owner: caller.pseudonym.clone(),
        projects: Vec::new(),
        inputs: Vec::new(),
    };
    let about = AuditResource::Thing {
        kind: "run",
        id: run.id.clone(),
    };
    // A caller who may not submit any run is refused before the body is read. The decision about the run's input files follows later.
    permit_write(
        &gateway,
        &caller,
        WriteAction::SubmitRun,
        WriteResource::NewRun(&run),
        about.clone(),
    )
    .await
    .map_err(refused)?;
    let (parts, _turn) = upload::read(workflows, &caller, &request, body).await?;
    let submission = parse_run_workflow(parts, &LIMITS)?;
    let submitted = wes::check(submission, &gateway.drs_host, workflows.engine_version())?;
    run.inputs = locate_all(&gateway, submitted.objects()).await?;
    let mandate = permit_write(&gateway, &caller, WriteAction::SubmitRun, WriteResource::NewRun(&run), about)
        .await
        .map_err(refused)?;
    let mut inputs = Vec::with_capacity(run.inputs.len());
    for input in run.inputs.iter().flatten() {
        inputs.push((input.id.clone(), capability(&gateway, &caller, input).await?));
    }
    workflows
        .submit(&gateway.stores.catalogue, &mandate, &run.id, &submitted, inputs)
        .await?;
    Ok(HttpResponse::Ok().json(wes::run_id(&run.id)?))
}

/// Looks up every input file of a run. The result is absent for an unknown id and also for a text that is not an id.
async fn locate_all(gateway: &Gateway, objects: Vec<Option<ObjectId>>) -> Result<Vec<Option<LocatedObject>>, Refusal> {
    let look = async {
        let mut located = Vec::with_capacity(objects.len());
        for object in objects {
            located.push(match object {
                Some(id) => gateway.stores.catalogue.locate_object(&id).await?,
                None => None,
            });
        }
        Ok(located)
    };
    look_up(look).await
}

/// A capability to compute on one file. The capability is stored with the run until the run starts.
async fn capability(gateway: &Gateway, caller: &RequestCaller, input: &LocatedObject) -> Result<String, WesFailure> {
    let (action, resource) = (Action::ComputeOnObject, Resource::Object(Some(input)));
    let permit = permit_thing(gateway, caller.clone(), action, resource, AuditResource::Object(input.id.clone()))
        .await
        .map_err(refused)?;
    // The capability contains no data, so it need not wait for its audit row. The use of the capability is decided and recorded again.
    let permit = permit.without_data();
    let capability = Capability::from_grant(
        &permit.grant,
        &permit.caller,
        input.id.clone(),
        Payload::Compute,
        Timestamp(i64::MAX),
    );
    capability.seal(&gateway.key).map_err(|error| {
        let kind = match error {
            CapabilityError::TooLarge => WesError::RequestTooLarge {
                limit: LIMITS.field_bytes as u64,
                unit: "bytes",
            },
            CapabilityError::Invalid | CapabilityError::Expired => WesError::InternalServerError,
        };
        kind.into()
    })
}

/// WES defines no 404 for the submission of a run. Unknown files and files that the caller may not use get the same 403.
fn refused(refusal: Refusal) -> WesFailure {
    if refusal.is_hidden() {
        let explanation = refusal.public_text();
        return WesFailure::Standard(WesError::Forbidden { explanation }, refusal.told());
    }
    refusal.into()
}
