//! `/filtering_terms`: the filtering terms of all datasets, of all participants, of one participant, or of one dataset or cohort.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_beacon::{
    BeaconError, EndpointKind, EntryType, FilteringTermsResponse, TermsRequest, parse_filtering_terms, parse_get,
    parse_post_filtering_terms,
};
use gemj_access::PseudonymKey;
use gemj_services::beacon::filtering_terms::{ACTION, FilteringTerms};
use gemj_services::beacon::test_mode;

use super::entries::{cohort_of_path, dataset_of_path};
use super::path::Path;
use super::{beacon_id, error, read_body, refused};
use crate::http::anonymous_work::Work;
use crate::http::credentials;
use crate::http::flow::{Granted, Refusal, permit_cohort, permit_population};
use crate::http::gateway::Gateway;
use crate::http::query::query_pairs;

/// `GET /filtering_terms`, at the root and below individuals, datasets and cohorts.
pub(crate) async fn get_filtering_terms(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    let asked = parse_filtering_terms(&query_pairs(&request));
    respond(&gateway, &request, asked).await
}

/// `POST /filtering_terms`, below individuals, datasets and cohorts.
pub(crate) async fn post_filtering_terms(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload) -> HttpResponse {
    let asked = read_body(&request, body, parse_post_filtering_terms).await;
    respond(&gateway, &request, asked).await
}

async fn respond(gateway: &Gateway, request: &HttpRequest, asked: Result<TermsRequest, BeaconError>) -> HttpResponse {
    let (asked, path) = match (asked, Path::of(request).await) {
        (Ok(asked), Some(path)) => (asked, path),
        (Err(fault), _) => return error(gateway, None, None, &fault),
        (_, None) => return error(gateway, None, None, &BeaconError::NotFound),
    };
    let found = if asked.test_mode {
        // Test mode returns synthetic data. It therefore needs no credentials, no decision and no store.
        Ok(test_mode::filtering_terms(path.thing()))
    } else {
        find(gateway, request, &path).await
    };
    match found {
        Ok(terms) => {
            let FilteringTerms { terms, resources } = terms.page(asked.page);
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
    if anonymous {
        gateway.anonymous_work.take(credentials::address(gateway, request), Work::Listing)?;
    }
    let permit = match cohort {
        Some(cohort) => permit_cohort(gateway, caller, ACTION, cohort).await.map(|(permit, _)| permit),
        None => permit_population(gateway, caller, ACTION, &datasets).await,
    };
    let permit = match permit {
        Ok(permit) => permit,
        // If no dataset is open to the public, an anonymous caller still gets the fields that filters can use.
        Err(Refusal::Denied(_)) if anonymous && datasets.is_empty() => return Ok(FilteringTerms::fields()),
        Err(refusal) => return Err(refusal),
    };
    let person = thing.filter(|(of, _)| *of == EntryType::Individual).map(|(_, id)| id);
    let found = async |permit: &Granted| {
        let (stores, grant) = (&gateway.stores, &permit.grant);
        Ok::<_, Refusal>(match (person, cohort) {
            (Some(id), _) => FilteringTerms::of_person(stores, grant, &PseudonymKey::of(&gateway.key, grant), id).await?,
            (None, Some(datasets)) => (FilteringTerms::of_datasets(stores, grant, datasets).await?, Vec::new()),
            (None, None) => (FilteringTerms::of(stores, grant).await?, Vec::new()),
        })
    };
    let (terms, _) = permit
        .answer_query(gateway, found, |(_, told_of)| (!told_of.is_empty()).then_some((told_of, 1)))
        .await?;
    let of_people = path.endpoint.kind == EndpointKind::FilteringTermsOfAll(EntryType::Individual);
    Ok(if of_people { terms.of_individuals() } else { terms })
}
