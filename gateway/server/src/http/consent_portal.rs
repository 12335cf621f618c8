//! Consents, changes and withdrawals that a hospital's portal sends about its own participants, and the receipts of these statements.

mod answer;
mod intake;
mod key;

use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::{Action, Resource};
use gemj_catalogue::audit::AuditResource;
use gemj_model::ErrorKind;
use gemj_services::consent_portal::{MAX_BULK_BYTES, MAX_STATEMENT_BYTES, split};
use hl7_fhir::Interaction;

use super::body;
use super::credentials;
use super::flow::{Granted, permit_thing};
use super::gateway::Gateway;
use super::problem::ProblemFailure;
use super::request_caller::RequestCaller;
use intake::{Intake, filing_site};

type ProblemResult = Result<HttpResponse, ProblemFailure>;

/// The media type of newline-delimited JSON.
const NDJSON: &str = "application/x-ndjson";

/// `POST /consent/v1/events`: records one statement. The answer is sent after the commit.
pub(crate) async fn post_event(gateway: web::Data<Gateway>, request: HttpRequest, content: web::Payload) -> ProblemResult {
    let caller = caller(&gateway, &request, Interaction::Create).await?;
    let (site, mandate) = filing_site(&gateway, &caller, &request).await?;
    let bytes = body::read(content, MAX_STATEMENT_BYTES).await?;
    let intake = Intake {
        gateway: &gateway,
        caller: &caller,
        site: &site,
        mandate: &mandate,
    };
    // The media type is not checked before the statement is read, because a statement of another media type can be a withdrawal.
    let (receipt, condition) = intake.take(&request, &bytes, vec![bytes.to_vec()]).await?;
    Ok(answer::to_one(&gateway, &receipt, condition))
}

/// `POST /consent/v1/bulk`: records up to 1,000 statements, each by itself. The answer states the outcome of each statement.
pub(crate) async fn post_bulk(gateway: web::Data<Gateway>, request: HttpRequest, content: web::Payload) -> ProblemResult {
    let caller = caller(&gateway, &request, Interaction::Create).await?;
    let (site, mandate) = filing_site(&gateway, &caller, &request).await?;
    let is_lines = match body::media_type(&request).as_deref() {
        Some(NDJSON) => true,
        Some("application/json") => false,
        _ => {
            let text = "application/x-ndjson or application/json is expected";
            return Err(ProblemFailure::of(ErrorKind::UnsupportedMediaType, text));
        }
    };
    let bytes = body::read(content, MAX_BULK_BYTES).await?;
    let intake = Intake {
        gateway: &gateway,
        caller: &caller,
        site: &site,
        mandate: &mandate,
    };
    let items = match split(&bytes, is_lines) {
        Ok(items) => items,
        Err(fault) => {
            intake.raise_unreadable_list().await?;
            return Err(ProblemFailure::invalid(&format!(
                "{fault}; nothing was recorded, and an alarm was raised"
            )));
        }
    };
    let (receipt, condition) = intake.take(&request, &bytes, items).await?;
    Ok(answer::to_several(&gateway, &receipt, condition))
}

/// `GET /consent/v1/receipts/{receipt_id}`: the status of the statements of a request of the same client.
pub(crate) async fn get_receipt(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> ProblemResult {
    let caller = caller(&gateway, &request, Interaction::Read).await?;
    let permit = permit_thing(&gateway, caller, Action::ReadPatient, Resource::OwnPatients, about()).await?;
    let found = async |permit: &Granted| {
        let receipt = gateway.stores.catalogue.consent_receipt(&permit.grant, &id).await?;
        receipt.ok_or_else(|| permit.hidden(&gateway))
    };
    let receipt = permit.answer(found).await?;
    Ok(answer::stored(&receipt))
}

/// The caller of a request. A SMART client needs the scope of the same interaction with a FHIR Consent.
async fn caller(gateway: &Gateway, request: &HttpRequest, interaction: Interaction) -> Result<RequestCaller, ProblemFailure> {
    let caller = credentials::caller(gateway, request).await?;
    Ok(caller.doing(interaction, hl7_fhir::ResourceType::Consent.as_str()))
}

/// The audit resource of every request of this route family. It names no receipt, because a receipt belongs to one participant.
fn about() -> AuditResource {
    AuditResource::Thing {
        kind: "consent",
        id: "receipt".to_owned(),
    }
}
