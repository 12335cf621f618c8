//! Findings that are created on request for a patient's record: the genomic report and its variants.

use gemj_access::{Action, LocatedPatient};
use gemj_catalogue::FhirType;
use gemj_services::fhir::{MatchedResource, genomics, matches};
use hl7_fhir::FhirError;
use hl7_fhir::search::Search;

use super::read::permit_patient;
use super::search::empty_if_hidden;
use super::{FhirResult, OutcomeFailure, text};
use crate::http::flow::{Granted, look_up};
use crate::http::gateway::Gateway;
use crate::http::request_caller::RequestCaller;

/// Reads a report or finding that is created on request. The id of such a resource contains the patient's id.
pub(super) async fn read_finding(gateway: &Gateway, caller: RequestCaller, kind: FhirType, id: &str, patient_id: &str) -> FhirResult {
    let located = look_up(gateway.stores.catalogue.locate_fhir_patient(patient_id)).await?;
    let permit = permit_patient(gateway, caller, Action::ReadGenomicFindings, located.as_ref(), kind).await?;
    let participant = located.ok_or(FhirError::NotFound)?.participant;
    let report = permit
        .answer(async |permit| {
            let report = genomics::genomic_report(&gateway.stores, &gateway.key, &permit.grant, participant, patient_id).await?;
            Ok::<_, OutcomeFailure>(report)
        })
        .await?;
    let made = report.map(|report| report.of_type(kind)).unwrap_or_default();
    let found = made.into_iter().find(|(made, _)| made == id).ok_or(FhirError::NotFound)?;
    Ok(text(found.1))
}

/// The findings of one patient that are created on request. A search appends these findings to its last page.
pub(super) async fn findings(
    gateway: &Gateway,
    caller: RequestCaller,
    kind: FhirType,
    located: Option<LocatedPatient>,
    search: &Search,
) -> Result<Vec<MatchedResource>, OutcomeFailure> {
    let permit = match permit_patient(gateway, caller, Action::ReadGenomicFindings, located.as_ref(), kind).await {
        Ok(permit) => permit,
        // If the patient does not consent to the return of findings, the answer contains no findings. The clinical record stays open.
        Err(refusal) => return empty_if_hidden(refusal).map(|page| page.found),
    };
    let Some((participant, site)) = located.and_then(|p| Some((p.participant, p.site?))) else {
        return Ok(Vec::new());
    };
    let catalogue = &gateway.stores.catalogue;
    let report = async |permit: &Granted| {
        let Some(patient_id) = catalogue.fhir_patient_id(&permit.grant, &site, participant).await? else {
            return Ok(None);
        };
        let (stores, key) = (&gateway.stores, &gateway.key);
        Ok::<_, OutcomeFailure>(genomics::genomic_report(stores, key, &permit.grant, participant, &patient_id).await?)
    };
    let report = permit.answer(report).await?;
    let made = report.map(|report| report.of_type(kind)).unwrap_or_default();
    let mut found = Vec::new();
    for (id, text) in made {
        if matches(&id, &text, search)? {
            found.push(MatchedResource { id, text });
        }
    }
    Ok(found)
}
