//! The FHIR interaction `search-type`.

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, web};
use gemj_access::{Action, LocatedPatient, Resource};
use gemj_catalogue::FhirType;
use gemj_catalogue::audit::AuditResource;
use gemj_services::fhir::{MatchedResource, Page, PatientNamed, genomics, patient, search_resources};
use hl7_fhir::bundle::{Entry, SearchMode, searchset};
use hl7_fhir::search::{Criterion, Handling, PatientTarget, Search, parse};
use hl7_fhir::{FhirError, Identifier, Interaction, Issue, IssueCode, ResourceType, Severity, operation_outcome};

use super::conditions::refuse_on_read;
use super::findings::findings;
use super::patient::{locate, locate_target, number_of};
use super::read::{kept, permit_patient};
use super::{FhirResult, OutcomeFailure, header_text, text};
use crate::http::credentials;
use crate::http::flow::{Permit, Refusal, permit_thing};
use crate::http::gateway::Gateway;
use crate::http::query::query_pairs;
use crate::http::request_caller::RequestCaller;

/// Maximum size of the body of a search by POST, in bytes.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// `GET /{type}`: searches the resources of a type.
pub(crate) async fn search_get(gateway: web::Data<Gateway>, request: HttpRequest, kind: web::Path<String>) -> FhirResult {
    search(&gateway, &request, &kind, &query_pairs(&request)).await
}

/// `POST /{type}/_search`: searches the resources of a type. The body is a form with the parameters.
pub(crate) async fn search_post(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    kind: web::Path<String>,
    body: web::Payload,
) -> FhirResult {
    let body = super::body::read(body, MAX_FORM_BYTES).await?;
    let mut pairs = query_pairs(&request);
    pairs.extend(url::form_urlencoded::parse(&body).into_owned());
    search(&gateway, &request, &kind, &pairs).await
}

async fn search(gateway: &Gateway, request: &HttpRequest, kind: &str, pairs: &[(String, String)]) -> FhirResult {
    let kind = kept(kind)?;
    let caller = credentials::caller(gateway, request)
        .await?
        .doing(Interaction::SearchType, kind.as_str());
    refuse_on_read(request)?;
    let prefer = header_text(request, &HeaderName::from_static("prefer"));
    let resource_type = ResourceType::parse(kind.as_str()).ok_or(FhirError::Internal)?;
    // An ignored search parameter would widen the answer to further patients. Therefore unsupported parameters are ignored only if the client
    // explicitly prefers lenient handling.
    let handling = Handling::preferred(Some(prefer)).unwrap_or(Handling::Strict);
    let search = parse(resource_type, pairs, handling)?;
    if kind == FhirType::Patient {
        let page = one_patient(gateway, caller, &search).await?;
        return bundle(gateway, kind, &search, page);
    }
    let page = match patient_asked_for(&search)?.or_else(|| patient_of_finding(kind, &search)) {
        Some(target) => {
            let located = locate_target(gateway, &target).await?;
            of_patient(gateway, caller, kind, located, &search).await?
        }
        None => of_all(gateway, caller, kind, &search).await?,
    };
    bundle(gateway, kind, &search, page)
}

/// The patient number in a search for Patients. Only one number is allowed, because an answer to several numbers would show which of the
/// numbers are known here.
fn number_asked_for(search: &Search) -> Result<Option<Identifier>, FhirError> {
    let mut numbers = search.criteria.iter().filter_map(|criterion| match criterion {
        Criterion::Identifier(tokens) if search.resource_type == ResourceType::Patient => Some(tokens),
        _ => None,
    });
    match (numbers.next().map(Vec::as_slice), numbers.next()) {
        (None, _) => Ok(None),
        (Some([token]), None) => number_of(token)
            .map(Some)
            .ok_or_else(|| not_supported("identifier", "a patient number with its system (system|value) is expected")),
        _ => Err(not_supported("identifier", "one patient number at a time is expected")),
    }
}

/// The patient of a finding, for a search that contains the finding's id (`_id`) and names no patient. The finding's id contains the
/// patient's id.
fn patient_of_finding(kind: FhirType, search: &Search) -> Option<PatientTarget> {
    search.criteria.iter().find_map(|criterion| match criterion {
        Criterion::Id(ids) if ids.len() == 1 => genomics::patient_of(kind, ids.first()?).map(|patient| PatientTarget::Id(patient.into())),
        _ => None,
    })
}

pub(crate) fn patient_asked_for(search: &Search) -> Result<Option<PatientTarget>, FhirError> {
    let mut targets = search.criteria.iter().filter_map(|criterion| match criterion {
        Criterion::Patient(targets) => Some(targets),
        _ => None,
    });
    match (targets.next().map(Vec::as_slice), targets.next()) {
        (None, _) => Ok(None),
        (Some([target]), None) => Ok(Some(target.clone())),
        _ => Err(not_supported("patient", "one patient at a time is expected")),
    }
}

fn not_supported(parameter: &str, text: &str) -> FhirError {
    FhirError::invalid(Issue::error(IssueCode::NotSupported, text).at(format!("http.{parameter}")))
}

/// The Patient with a number or an id, or with both. Patients cannot be listed.
async fn one_patient(gateway: &Gateway, caller: RequestCaller, search: &Search) -> Result<Page, OutcomeFailure> {
    let mut ids = search.criteria.iter().filter_map(|criterion| match criterion {
        Criterion::Id(ids) => Some(ids.as_slice()),
        _ => None,
    });
    let id = match (ids.next(), ids.next()) {
        (None, _) => None,
        (Some([id]), None) => Some(id.clone()),
        _ => return Err(not_supported("_id", "one id at a time is expected").into()),
    };
    let number = number_asked_for(search)?;
    let named = match (&number, &id) {
        (Some(number), _) => PatientNamed::Number(number.clone()),
        (None, Some(id)) => PatientNamed::Id(id.clone()),
        (None, None) => {
            let _ = permit_own_patients(gateway, caller, FhirType::Patient).await?;
            let text = "a patient number with its system (system|value) or an _id is expected: patients are not listed";
            return Err(not_supported("identifier", text).into());
        }
    };
    let mut page = of_name(gateway, caller, &named, number.as_ref()).await?;
    page.found.retain(|found| id.as_ref().is_none_or(|id| **id == *found.id));
    Ok(page)
}

async fn of_name(
    gateway: &Gateway,
    caller: RequestCaller,
    named: &PatientNamed,
    number: Option<&Identifier>,
) -> Result<Page, OutcomeFailure> {
    let located = locate(gateway, named).await?;
    let permit = match permit_patient(gateway, caller, Action::ReadPatient, located.as_ref(), FhirType::Patient).await {
        Ok(permit) => permit,
        Err(refusal) => return empty_if_hidden(refusal),
    };
    let Some((participant, site)) = located.and_then(|p| Some((p.participant, p.site?))) else {
        return Ok(empty());
    };
    let (id, text) = permit
        .answer(async |permit| {
            Ok::<_, OutcomeFailure>(patient(&gateway.stores.catalogue, &permit.grant, &site, participant, number).await?)
        })
        .await?;
    Ok(Page {
        found: vec![MatchedResource { id, text }],
        next: None,
    })
}

async fn of_patient(
    gateway: &Gateway,
    caller: RequestCaller,
    kind: FhirType,
    located: Option<LocatedPatient>,
    search: &Search,
) -> Result<Page, OutcomeFailure> {
    let permit = match permit_patient(gateway, caller.clone(), kind.read_action(), located.as_ref(), kind).await {
        Ok(permit) => permit,
        Err(refusal) => return empty_if_hidden(refusal),
    };
    let mut page = kept_ones(gateway, permit, kind, search).await?;
    if page.next.is_none() && matches!(kind, FhirType::Observation | FhirType::DiagnosticReport) {
        page.found.extend(findings(gateway, caller, kind, located, search).await?);
    }
    Ok(page)
}

async fn of_all(gateway: &Gateway, caller: RequestCaller, kind: FhirType, search: &Search) -> Result<Page, OutcomeFailure> {
    let permit = permit_own_patients(gateway, caller, kind).await?;
    kept_ones(gateway, permit, kind, search).await
}

/// Permission to search the data of all of the caller's own patients.
async fn permit_own_patients(gateway: &Gateway, caller: RequestCaller, kind: FhirType) -> Result<Permit, Refusal> {
    let about = AuditResource::Thing {
        kind: "fhir",
        id: kind.as_str().to_owned(),
    };
    permit_thing(gateway, caller, kind.read_action(), Resource::OwnPatients, about).await
}

async fn kept_ones(gateway: &Gateway, permit: Permit, kind: FhirType, search: &Search) -> Result<Page, OutcomeFailure> {
    permit
        .answer(async |permit| Ok(search_resources(&gateway.stores.catalogue, &gateway.key, &permit.grant, kind, search).await?))
        .await
}

/// An empty page for a refusal that hides the patient, so that a hidden and an unknown patient look alike. Every other refusal is an error.
pub(super) fn empty_if_hidden(refusal: Refusal) -> Result<Page, OutcomeFailure> {
    if refusal.is_hidden() { Ok(empty()) } else { Err(refusal.into()) }
}

fn empty() -> Page {
    Page {
        found: Vec::new(),
        next: None,
    }
}

/// Whether the answer may lack findings that are created on request. No such finding is missing if the search names a patient, an identifier
/// (findings have none), one `_id`, or several ids of which none is the id of a finding.
fn leaves_findings_out(kind: FhirType, search: &Search) -> bool {
    let lacks_none = |criterion: &Criterion| match criterion {
        Criterion::Patient(_) | Criterion::Identifier(_) => true,
        Criterion::Id(ids) => ids.len() == 1 || !ids.iter().any(|id| genomics::patient_of(kind, id).is_some()),
        Criterion::Status(_) | Criterion::Category(_) | Criterion::Code(_) | Criterion::Owner(_) => false,
    };
    matches!(kind, FhirType::Observation | FhirType::DiagnosticReport) && !search.criteria.iter().any(lacks_none)
}

fn bundle(gateway: &Gateway, kind: FhirType, search: &Search, page: Page) -> FhirResult {
    let base = gateway.url(&format!("/fhir/{}", kind.as_str()));
    let with = |query: String| {
        if query.is_empty() {
            base.clone()
        } else {
            format!("{base}?{query}")
        }
    };
    let mut entries = page
        .found
        .iter()
        .map(|found| Entry::new(Some(format!("{base}/{}", found.id)), &found.text, SearchMode::Match))
        .collect::<Result<Vec<_>, _>>()?;
    let whole = page.next.is_none() && search.page.is_none() && !leaves_findings_out(kind, search);
    let next = page.next.as_deref().map(|next| with(search.next_query(next)));
    let total = whole.then_some(entries.len() as u64);
    let outcome = operation_outcome(&[Issue {
        severity: Severity::Information,
        ..Issue::error(
            IssueCode::Informational,
            "genomic findings are created on request for one patient: name the patient by patient or subject to get them",
        )
    }])
    .to_string();
    if leaves_findings_out(kind, search) && page.next.is_none() {
        entries.push(Entry::new(None, &outcome, SearchMode::Outcome)?);
    }
    Ok(text(searchset(total, &with(search.self_query()), next.as_deref(), &entries)?))
}
