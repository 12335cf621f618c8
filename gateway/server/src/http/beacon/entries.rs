//! All Beacon endpoints that return variants, participants, participants' records, datasets or cohorts.

use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_beacon::{BeaconError, BeaconRequest, EndpointKind, EntryType, parse_get};
use gemj_access::{Action, Granularity, PseudonymKey};
use gemj_model::DatasetId;
use gemj_services::ServiceError;
use gemj_services::beacon::{self, AnswerContext, Answered, Described, Listed, Places, ToldOf, test_mode};

use super::path::{Path, datasets};
use super::{error, query_budget, read_post, refused, render};
use crate::http::anonymous_work::{Work, cost_ms};
use crate::http::credentials;
use crate::http::flow::{Granted, Refusal, permit_cohort, permit_population, unanswered};
use crate::http::gateway::Gateway;
use crate::http::query::query_pairs;

/// The reason for an error answer: a Beacon error, or a refusal by the gateway.
pub(super) enum Fault {
    Beacon(BeaconError),
    Refusal(Refusal),
}

impl From<BeaconError> for Fault {
    fn from(error: BeaconError) -> Self {
        Self::Beacon(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        Self::Refusal(error.into())
    }
}

/// The GET endpoints of an entry type: the list of entries, one entry, and the entries that belong to one entry.
pub(crate) async fn get_entries(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    let Some((path, entry)) = asked_for(&request).await else {
        return error(&gateway, None, None, &BeaconError::NotFound);
    };
    let asked = parse_get(entry, &query_pairs(&request));
    respond(&gateway, &request, &path, entry, asked).await
}

/// The POST endpoints of an entry type: the list of entries, one entry, and the entries that belong to one entry.
pub(crate) async fn post_entries(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload) -> HttpResponse {
    let Some((path, entry)) = asked_for(&request).await else {
        return error(&gateway, None, None, &BeaconError::NotFound);
    };
    let asked = read_post(&request, body, entry).await;
    respond(&gateway, &request, &path, entry, asked).await
}

async fn asked_for(request: &HttpRequest) -> Option<(Path, EntryType)> {
    let path = Path::of(request).await?;
    let entry = path.endpoint.returned()?;
    Some((path, entry))
}

async fn respond(
    gateway: &Gateway,
    request: &HttpRequest,
    path: &Path,
    entry: EntryType,
    asked: Result<BeaconRequest, BeaconError>,
) -> HttpResponse {
    let asked = match asked {
        Ok(asked) => asked,
        Err(fault) => return error(gateway, Some(entry), None, &fault),
    };
    match find(gateway, request, path, &asked).await {
        Ok(answered) => render::answer(gateway, &asked, answered),
        Err(Fault::Beacon(fault)) => error(gateway, Some(entry), Some(&asked), &fault),
        Err(Fault::Refusal(refusal)) => refused(gateway, &asked, &refusal),
    }
}

async fn find(gateway: &Gateway, request: &HttpRequest, path: &Path, asked: &BeaconRequest) -> Result<Answered, Fault> {
    let thing = path.thing();
    if is_unbounded(path, asked) {
        return Err(BeaconError::UnboundedQuery.into());
    }
    if asked.test_mode {
        // Test mode returns synthetic data. It therefore needs no credentials, no decision and no store.
        return Ok(test_mode::answer(asked, thing));
    }
    let caller = credentials::caller(gateway, request).await?;
    let describes = is_description(asked);
    if caller.is_anonymous() {
        let work = if describes {
            Work::Listing
        } else {
            Work::AccessRequest(cost_ms(asked))
        };
        gateway
            .anonymous_work
            .take(credentials::address(gateway, request), work)
            .map_err(Refusal::from)?;
    }
    let mut datasets = datasets(asked, dataset_of_path(thing)?)?;
    let action = match asked.entry {
        EntryType::GenomicVariant => Action::AskVariants,
        EntryType::Individual | EntryType::Biosample | EntryType::Run | EntryType::Analysis | EntryType::Dataset | EntryType::Cohort => {
            Action::AskIndividuals
        }
    };
    let cohort = cohort_of_path(gateway, thing);
    let permit = match cohort {
        // The path names a cohort, and the request names no datasets.
        Some(cohort) if datasets.is_empty() => {
            let (permit, asked) = permit_cohort(gateway, caller, action, cohort).await?;
            datasets = asked;
            permit
        }
        Some(_) | None => permit_population(gateway, caller, action, &datasets).await?,
    };
    let answered = async |permit: &Granted| {
        if !describes {
            let question = beacon::question::of_request(asked, thing);
            query_budget::charge(gateway, permit, &question).await?;
        }
        let stores = &gateway.stores;
        let carriers = stores.carriers.at(permit.generation).await.map_err(ServiceError::Carriers)?;
        let names = PseudonymKey::of(&gateway.key, &permit.grant);
        let (htsget_url, drs_url) = (gateway.url("/htsget"), gateway.url("/ga4gh/drs/v1/objects"));
        let asking = AnswerContext {
            stores,
            carriers: &carriers,
            described: Some(Described {
                policy: &gateway.policy,
                cohorts: &gateway.cohorts,
            }),
            only: cohort,
            grant: &permit.grant,
            names: Some(&names),
            request: asked,
            of: thing,
            places: Some(Places {
                htsget_url: &htsget_url,
                drs_url: &drs_url,
            }),
        };
        let answered = beacon::answer(&asking).await;
        answered.map_err(|error| unanswered(gateway, permit, &datasets, error))
    };
    Ok(permit.answer_query(gateway, answered, records).await?)
}

/// The participants whose data an answer discloses, and the number of its records. Absent if the answer contains no records of participants
/// and the path names no participant, specimen or file: for example, for descriptions of datasets.
fn records(answered: &Answered) -> Option<(&ToldOf, u64)> {
    let of_records = answered.granularity == Granularity::Record && matches!(answered.listed, Listed::Sets(_));
    let names_somebody = answered.handed_out.iter().any(|(_, people)| !people.is_empty());
    (of_records || names_somebody).then(|| (&answered.handed_out, answered.records_count()))
}

/// Whether the request asks for descriptions of datasets or cohorts. A request with filters or variant parameters asks for the datasets or
/// cohorts with matching participants instead.
fn is_description(asked: &BeaconRequest) -> bool {
    matches!(asked.entry, EntryType::Dataset | EntryType::Cohort) && asked.is_unbounded()
}

/// Whether a query for variants has no bound. The id of a variant in the path or variant parameters bound the query. Filters, or the id of
/// a participant, dataset or other entry in the path, do not bound it, because they select participants and not variants.
fn is_unbounded(path: &Path, asked: &BeaconRequest) -> bool {
    let is_named = path.endpoint.kind == EndpointKind::Single(EntryType::GenomicVariant);
    asked.entry == EntryType::GenomicVariant && asked.variant.is_none() && !is_named
}

/// The dataset in the path, as a list with one element. Absent if the path names no dataset. An id that is not well-formed is "not found".
pub(super) fn dataset_of_path(thing: Option<(EntryType, &str)>) -> Result<Option<Vec<DatasetId>>, Refusal> {
    match thing {
        Some((EntryType::Dataset, id)) => match DatasetId::parse(id) {
            Ok(id) => Ok(Some(vec![id])),
            Err(_) => Err(Refusal::Service(ServiceError::NotFound)),
        },
        Some((
            EntryType::GenomicVariant
            | EntryType::Individual
            | EntryType::Biosample
            | EntryType::Run
            | EntryType::Analysis
            | EntryType::Cohort,
            _,
        ))
        | None => Ok(None),
    }
}

/// The datasets of the cohort in the path. Absent if the path names no cohort. A query is restricted to those of the cohort's datasets that
/// the caller may use. An unknown cohort has no datasets, and is therefore answered like a cohort whose datasets the caller may not use.
pub(super) fn cohort_of_path<'a>(gateway: &'a Gateway, thing: Option<(EntryType, &str)>) -> Option<&'a [DatasetId]> {
    let (EntryType::Cohort, id) = thing? else { return None };
    let cohort = gateway.cohorts.iter().find(|cohort| cohort.id == id);
    Some(cohort.map_or(&[], |cohort| &cohort.datasets))
}
