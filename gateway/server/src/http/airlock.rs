//! The airlock: outputs of workflow runs are held until a reviewer, who did not submit the run, releases them.

use std::io::Read as _;
use std::time::{Duration, Instant};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, rt, web};
use bytes::Bytes;
use gemj_access::{Action, Caller, LocatedRun, Resource, WriteAction, WriteResource};
use gemj_catalogue::audit::{AuditEntry, AuditResource};
use gemj_catalogue::{CatalogueError, LocatedOutput, OutputState, RunOutput};
use gemj_services::airlock;
use tokio::sync::mpsc;

use super::body;
use super::credentials;
use super::flow::{Granted, Permit, Refusal, look_up, permit_disclosure, permit_thing, permit_write};
use super::gateway::Gateway;
use super::places::{Full, Place};
use super::problem::ProblemFailure;
use super::query::query_pairs;
use super::request_caller::RequestCaller;
use super::stalled::within;
use super::stream::{Cut, place};

/// Maximum size of the body of a reviewer's decision, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// The interval at which the download of an output checks its permission again.
const RECHECK_AFTER: Duration = Duration::from_secs(1);

type ProblemResult = Result<HttpResponse, ProblemFailure>;

/// `GET /airlock/outputs?run_id=`: the outputs of a run, for its reviewers.
pub(crate) async fn list_outputs(gateway: web::Data<Gateway>, request: HttpRequest) -> ProblemResult {
    let pairs = query_pairs(&request);
    let [(name, id)] = pairs.as_slice() else {
        return Err(ProblemFailure::invalid("one run_id is expected"));
    };
    if name != "run_id" {
        return Err(ProblemFailure::invalid("one run_id is expected"));
    }
    let caller = credentials::caller(&gateway, &request).await?;
    let located = look_up(gateway.stores.catalogue.locate_run(id)).await?;
    let resource = Resource::RunOutput(located.as_ref().map(|run| (run, false)));
    let about = located.as_ref().map_or(AuditResource::None, |run| thing("run", &run.id));
    let permit = permit_thing(&gateway, caller, Action::ReviewRunOutput, resource, about).await?;
    let outputs = async |permit: &Granted| {
        let catalogue = &gateway.stores.catalogue;
        let run = catalogue.reviewed_run(&permit.grant).await?;
        let run = run.ok_or_else(|| permit.hidden(&gateway))?;
        Ok::<_, Refusal>((run, catalogue.run_outputs(&permit.grant).await?))
    };
    let (run, listed) = permit.answer(outputs).await?;
    let url = gateway.url("/airlock/outputs");
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(airlock::listed(&run, &listed, &url)))
}

/// `GET /airlock/outputs/{output_id}`: the bytes of an output. The run's owner gets the bytes after the output's release, as long as the owner
/// may use every input of the run. A reviewer of the run's projects gets the bytes at any time.
pub(crate) async fn get_output(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> ProblemResult {
    let caller = credentials::caller(&gateway, &request).await?;
    let located = locate(&gateway, &id).await?;
    let (action, visible) = view(&caller, located);
    let permit = permit_output(&gateway, caller, action, visible.as_ref(), &id).await?;
    let place = place(&gateway, &request, permit.caller())?;
    let (permit, (output, first, pieces)) = permit.open(async |permit| begin(&gateway, permit, &id).await).await?;
    let mut response = HttpResponse::Ok();
    response.content_type("application/octet-stream");
    response.insert_header((header::ETAG, format!("\"{}\"", output.sha256)));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    // A browser must not render the output of a workflow as a page of the gateway.
    response.insert_header((header::CONTENT_DISPOSITION, "attachment"));
    response.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    response.no_chunking(output.size_bytes);
    let watch = Watch {
        gateway: gateway.clone(),
        entry: AuditEntry::allowed(&permit.grant, &permit.caller, thing("run-output", &output.id)),
        caller: permit.caller,
        action,
        located: visible,
        sent: 0,
        _place: place,
    };
    Ok(response.streaming(within(gateway.clone(), stream(watch, first, pieces))))
}

/// Opens an output and reads its first piece before the status is sent. A file that cannot be read is then answered with an error status,
/// and not with a download that breaks off.
async fn begin(
    gateway: &Gateway,
    permit: &Granted,
    id: &str,
) -> Result<(RunOutput, Option<Vec<u8>>, mpsc::Receiver<Piece>), ProblemFailure> {
    let output = gateway
        .stores
        .catalogue
        .run_output(&permit.grant, id)
        .await
        .map_err(Refusal::Store)?;
    let output = output.ok_or_else(|| permit.hidden(gateway))?;
    let workflows = gateway.workflows.clone().ok_or(Refusal::Store(CatalogueError::Unavailable))?;
    let (run, path) = (output.run.clone(), output.path.clone());
    let file = web::block(move || workflows.open_output(&run, &path)).await;
    let file = file.map_err(|_| Refusal::Busy(Full::All))?.map_err(|error| {
        tracing::error!(%error, "the file of an output cannot be opened");
        Refusal::Store(CatalogueError::Unavailable)
    })?;
    let mut pieces = pieces_of(file, &output);
    let first = pieces.recv().await.transpose().map_err(|error| {
        tracing::error!(%error, "an output cannot be read");
        Refusal::Store(CatalogueError::Unavailable)
    })?;
    Ok((output, first, pieces))
}

/// `POST /airlock/outputs/{output_id}/decision`: records a reviewer's decision to release or to refuse an output.
pub(crate) async fn decide_output(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Payload,
) -> ProblemResult {
    let caller = credentials::caller(&gateway, &request).await?;
    let body = body::read(body, MAX_BODY_BYTES).await?;
    let decision = airlock::Decision::parse(&body).map_err(|fault| ProblemFailure::invalid(&fault.to_string()))?;
    let located = locate(&gateway, &id).await?;
    let about = located.as_ref().map_or(AuditResource::None, |_| thing("run-output", &id));
    let resource = WriteResource::Run(located.as_ref().map(|output| &output.run));
    let mandate = permit_write(&gateway, &caller, WriteAction::ReviewOutput, resource, about).await?;
    let catalogue = &gateway.stores.catalogue;
    match catalogue.review_run_output(&mandate, &id, decision.verdict, &decision.reason).await {
        Ok(state) => Ok(HttpResponse::Ok().json(serde_json::json!({"id": *id, "state": state.as_str()}))),
        Err(CatalogueError::Conflict { .. }) => Err(ProblemFailure::invalid("this output has already been decided")),
        Err(error) => Err(Refusal::Store(error).into()),
    }
}

/// The action of a caller on an output, and the output if the caller may know that it exists. For a caller who is not a reviewer, another
/// owner's output is treated like an unknown output.
fn view(caller: &Caller, located: Option<LocatedOutput>) -> (Action, Option<LocatedOutput>) {
    let action = caller.action_on_output(located.as_ref().map(|output| &output.run));
    let located = match action {
        Action::ReviewRunOutput => located,
        _ => located.filter(|output| caller.owns_run(&output.run)),
    };
    (action, located)
}

async fn permit_output(
    gateway: &Gateway,
    caller: RequestCaller,
    action: Action,
    located: Option<&LocatedOutput>,
    id: &str,
) -> Result<Permit, Refusal> {
    let about = located.map_or(AuditResource::None, |_| thing("run-output", id));
    permit_disclosure(gateway, caller, action, resource(located), about).await
}

fn resource(located: Option<&LocatedOutput>) -> Resource<'_> {
    Resource::RunOutput(located.map(|output| (&output.run as &LocatedRun, output.state == OutputState::Released)))
}

async fn locate(gateway: &Gateway, id: &str) -> Result<Option<LocatedOutput>, Refusal> {
    look_up(gateway.stores.catalogue.locate_run_output(id)).await
}

fn thing(kind: &'static str, id: &str) -> AuditResource {
    AuditResource::Thing { kind, id: id.to_owned() }
}

/// A download of an output in progress. When the download ends, successfully or not, the number of sent bytes is written to the audit trail.
struct Watch {
    gateway: web::Data<Gateway>,
    caller: RequestCaller,
    action: Action,
    located: Option<LocatedOutput>,
    entry: AuditEntry,
    sent: u64,
    /// The stream's place among the limited number of streams. The place is released when the stream ends.
    _place: Place,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let entry = AuditEntry {
            bytes: Some(self.sent),
            ..self.entry.clone()
        };
        drop(self.gateway.audit.append(entry));
    }
}

type Piece = Result<Vec<u8>, airlock::Unsound>;

/// Reads an output's file in pieces. The last piece is sent only if the checksum of the whole file is correct.
fn pieces_of(file: std::fs::File, output: &RunOutput) -> mpsc::Receiver<Piece> {
    let (sender, pieces) = mpsc::channel(2);
    let (size, sha256) = (output.size_bytes, output.sha256.clone());
    rt::task::spawn_blocking(move || {
        for piece in airlock::Checked::new(file.take(size.saturating_add(1)), size, &sha256) {
            if sender.blocking_send(piece).is_err() {
                return;
            }
        }
    });
    pieces
}

/// Sends the pieces of an output as long as the caller's permission lasts.
fn stream(watch: Watch, first: Option<Vec<u8>>, pieces: mpsc::Receiver<Piece>) -> impl futures::Stream<Item = Result<Bytes, Cut>> {
    let state = (watch, first, pieces, Instant::now());
    futures::stream::try_unfold(state, |(mut watch, first, mut pieces, asked)| async move {
        let piece = match first {
            Some(piece) => Some(Ok(piece)),
            None => pieces.recv().await,
        };
        let Some(piece) = piece else { return Ok(None) };
        let piece = Bytes::from(piece.map_err(|error| {
            tracing::error!(%error, "a download broke off");
            Cut::Unreadable
        })?);
        let mut asked = asked;
        if asked.elapsed() >= RECHECK_AFTER {
            let again = watch.caller.clone();
            let id = watch.entry.resource.clone();
            let permit = permit_thing(&watch.gateway, again, watch.action, resource(watch.located.as_ref()), id).await;
            permit.map_err(|_| Cut::Narrowed)?.without_data();
            asked = Instant::now();
        }
        watch.sent += piece.len() as u64;
        Ok(Some((piece, (watch, None, pieces, asked))))
    })
}
