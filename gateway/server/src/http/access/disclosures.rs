//! The disclosure statement that a participant can request through the hospital: the recipients of the participant's data.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::{Action, Resource};
use gemj_catalogue::DisclosureLine;
use gemj_catalogue::audit::AuditResource;
use gemj_model::Timestamp;
use hl7_fhir::{Interaction, ResourceType};
use serde_json::{Value, json};

use crate::http::credentials;
use crate::http::flow::{Granted, look_up, permit_thing};
use crate::http::gateway::Gateway;
use crate::http::problem::ProblemFailure;

/// `GET /access/v1/disclosures/{patient}`: the statement for a patient of the caller's own hospital, by the id of the FHIR Patient.
pub(crate) async fn get_disclosures(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    patient: web::Path<String>,
) -> Result<HttpResponse, ProblemFailure> {
    let caller = credentials::caller(&gateway, &request)
        .await?
        .doing(Interaction::Read, ResourceType::Patient.as_str());
    let catalogue = &gateway.stores.catalogue;
    let located = look_up(catalogue.locate_fhir_patient(&patient)).await?;
    let about = AuditResource::Thing {
        kind: "disclosures",
        id: String::new(),
    };
    let resource = Resource::Patient(located.as_ref());
    let permit = permit_thing(&gateway, caller, Action::ReadDisclosures, resource, about).await?;
    let statement = async |permit: &Granted| {
        let lines = match &located {
            Some(located) => catalogue.patient_disclosures(&permit.grant, located.participant).await?,
            None => None,
        };
        lines.ok_or_else(|| permit.hidden(&gateway))
    };
    let lines = permit.answer(statement).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(json!({
        "patient": patient.as_str(),
        "disclosures": lines.iter().map(line).collect::<Vec<_>>(),
    })))
}

/// One line of a disclosure statement. `files` is absent if records were disclosed but no file.
fn line(line: &DisclosureLine) -> Value {
    let mut told = json!({
        "first_day": day(line.first_day),
        "last_day": day(line.last_day),
        "organisation": line.organisation,
        "country": line.country,
        "purposes": line.purposes.iter().map(|p| p.as_str()).collect::<Vec<_>>(),
        "projects": line
            .approvals
            .iter()
            .map(|approved| json!({"approval": approved.id.as_str(), "title": approved.project}))
            .collect::<Vec<_>>(),
        "how": line.action,
    });
    if line.object_count > 0 {
        told["files"] = line.object_count.into();
    }
    told
}

fn day(time: Timestamp) -> String {
    time.rfc3339().chars().take(10).collect()
}
