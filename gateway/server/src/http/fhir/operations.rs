//! Genomics operations (Genomics Reporting 3.0.0 § Operations).

use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::Action;
use gemj_catalogue::FhirType;
use gemj_services::fhir::{PatientNamed, genomics};
use hl7_fhir::genomics::{SubjectTarget, find_subject_variants_definition as definition, parse_find_subject_variants};
use hl7_fhir::{FhirError, Interaction};

use super::patient::{locate, number_of};
use super::read::permit_patient;
use super::{FhirResult, OutcomeFailure, json};
use crate::http::credentials;
use crate::http::flow::Granted;
use crate::http::gateway::Gateway;
use crate::http::query::query_pairs;

/// `GET /$find-subject-variants`: the variants of one patient in given ranges.
pub(crate) async fn find_subject_variants(gateway: web::Data<Gateway>, request: HttpRequest) -> FhirResult {
    let asked = parse_find_subject_variants(&query_pairs(&request))?;
    let caller = credentials::caller(&gateway, &request)
        .await?
        .doing(Interaction::SearchType, "Observation");
    let located = match &asked.subject {
        SubjectTarget::Id(id) => locate(&gateway, &PatientNamed::Id(id.clone())).await?,
        SubjectTarget::Identifier(token) => match number_of(token) {
            Some(number) => locate(&gateway, &PatientNamed::Number(number)).await?,
            None => None,
        },
    };
    let permit = permit_patient(
        &gateway,
        caller,
        Action::ReadGenomicFindings,
        located.as_ref(),
        FhirType::Observation,
    )
    .await?;
    let (participant, site) = located.and_then(|p| Some((p.participant, p.site?))).ok_or(FhirError::NotFound)?;
    let catalogue = &gateway.stores.catalogue;
    let found = async |permit: &Granted| {
        let patient_id = catalogue.fhir_patient_id(&permit.grant, &site, participant).await?;
        let patient_id = patient_id.ok_or(FhirError::NotFound)?;
        let (stores, key) = (&gateway.stores, &gateway.key);
        Ok::<_, OutcomeFailure>(genomics::find_subject_variants(stores, key, &permit.grant, participant, &patient_id, &asked).await?)
    };
    let answer = permit.answer(found).await?;
    Ok(json(&answer))
}

/// `GET /OperationDefinition/find-subject-variants`: the definition of this operation.
pub(crate) async fn find_subject_variants_definition(gateway: web::Data<Gateway>) -> HttpResponse {
    json(&definition(&gateway.url("/fhir/OperationDefinition/find-subject-variants")))
}
