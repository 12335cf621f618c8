//! `/filtering_terms`: of everything, of people, of one person, of one collection.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_beacon::{
    BeaconError, BeaconRequest, EndpointKind, EntryType, FilteringTermsResponse, TermsPage, parse_filtering_terms, parse_get,
};
use gemj_access::PseudonymKey;
use gemj_services::beacon::filtering_terms::{ACTION, FilteringTerms};
use gemj_services::beacon::question;

use super::entries::{cohort_of_path, dataset_of_path};
use super::path::Path;
use super::{beacon_id, error, query_budget, read_post, refused};
use crate::http::credentials;
use crate::http::flow::{Refusal, hand_out, permit_population};
use crate::http::gateway::Gateway;
use crate::http::htsget::query_pairs;

/// `GET /filtering_terms`, and below people and collections.
pub(crate) async fn get_filtering_terms(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    let page = parse_filtering_terms(&query_pairs(&request));
    respond(&gateway, &request, page).await
}

/// `POST` of the same, below people and collections.
pub(crate) async fn post_filtering_terms(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload) -> HttpResponse {
    let page = read_post(&request, body, EntryType::Individual)
        .await
        .and_then(|asked| page_of(&asked));
    respond(&gateway, &request, page).await
}

/// A POST takes what a GET takes: which page. Anything that would restrict the list is refused.
fn page_of(asked: &BeaconRequest) -> Result<TermsPage, BeaconError> {
    if !asked.is_unbounded() || !asked.datasets.is_empty() {
        return Err(BeaconError::InvalidValue {
            name: "query",
            expected: "filtering terms take `pagination` alone",
        });
    }
    // A body that says nothing of pages means all: clients fill their menus with it.
    let is_default = asked.pagination == ga4gh_beacon::Pagination::default();
    Ok(TermsPage {
        skip: asked.pagination.skip,
        limit: if is_default { 0 } else { asked.pagination.limit },
    })
}

async fn respond(gateway: &Gateway, request: &HttpRequest, page: Result<TermsPage, BeaconError>) -> HttpResponse {
    let (page, path) = match (page, Path::of(request).await) {
        (Ok(page), Some(path)) => (page, path),
        (Err(fault), _) => return error(gateway, None, None, &fault),
        (_, None) => return error(gateway, None, None, &BeaconError::NotFound),
    };
    match find(gateway, request, &path).await {
        Ok(terms) => {
            let FilteringTerms { terms, resources } = terms.page(page);
            let mut response = HttpResponse::Ok();
            response.insert_header((header::CACHE_CONTROL, "no-store"));
            response.json(FilteringTermsResponse::new(&beacon_id(gateway), terms, resources))
        }
        Err(refusal) => match parse_get(EntryType::Individual, &[]) {
            Ok(asked) => refused(gateway, &asked, &refusal),
            Err(fault) => error(gateway, None, None, &fault),
        },
    }
}

async fn find(gateway: &Gateway, request: &HttpRequest, path: &Path) -> Result<FilteringTerms, Refusal> {
    let caller = credentials::caller(gateway, request).await?;
    let thing = path.thing();
    let datasets = dataset_of_path(thing)?.unwrap_or_default();
    let cohort = cohort_of_path(gateway, thing);
    let anonymous = caller.is_anonymous();
    let permit = match permit_population(gateway, caller, ACTION, &datasets).await {
        Ok(permit) => permit,
        // Where nothing is open to the public, it still learns how to ask.
        Err(Refusal::Denied(_)) if anonymous && datasets.is_empty() => return Ok(FilteringTerms::fields()),
        Err(refusal) => return Err(refusal),
    };
    let person = thing.filter(|(of, _)| *of == EntryType::Individual).map(|(_, id)| id);
    query_budget::charge(
        gateway,
        &permit,
        &question::of_filtering_terms(&datasets, thing.map(|(of, id)| (of.entity_id(), id))),
    )
    .await?;
    let (stores, grant) = (&gateway.stores, &permit.grant);
    let (terms, told_of) = match (person, cohort) {
        (Some(id), _) => FilteringTerms::of_person(stores, grant, &PseudonymKey::of(&gateway.key, grant), id).await?,
        (None, Some(datasets)) => (FilteringTerms::of_datasets(stores, grant, datasets).await?, Vec::new()),
        (None, None) => (FilteringTerms::of(stores, grant).await?, Vec::new()),
    };
    if !told_of.is_empty() {
        hand_out(gateway, permit, &told_of, 1).await?;
    }
    let of_people = path.endpoint.kind == EndpointKind::FilteringTermsOfAll(EntryType::Individual);
    Ok(if of_people { terms.of_individuals() } else { terms })
}
