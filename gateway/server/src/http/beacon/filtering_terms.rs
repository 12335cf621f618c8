//! `GET /filtering_terms`, of everything and of one collection.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_beacon::{API_VERSION, BeaconError, BeaconRequest, EntryType, Excerpt, parse_get};
use gemj_model::DatasetId;
use gemj_services::beacon::filtering_terms::{ACTION, FilteringTerms};
use gemj_services::beacon::question;
use serde_json::json;

use super::{beacon_id, error, query_budget, refused};
use crate::http::credentials;
use crate::http::flow::{Refusal, permit_population};
use crate::http::gateway::Gateway;
use crate::http::htsget::query_pairs;

/// Whose terms are asked for.
enum Of {
    Everything,
    Individuals,
    Dataset(String),
}

/// `GET /filtering_terms`
pub(crate) async fn get_filtering_terms(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    respond(&gateway, &request, Of::Everything).await
}

/// `GET /individuals/filtering_terms`
pub(crate) async fn get_individuals_filtering_terms(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    respond(&gateway, &request, Of::Individuals).await
}

/// `GET /datasets/{id}/filtering_terms`
pub(crate) async fn get_dataset_filtering_terms(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    respond(&gateway, &request, Of::Dataset(id.into_inner())).await
}

async fn respond(gateway: &Gateway, request: &HttpRequest, of: Of) -> HttpResponse {
    let pairs = query_pairs(request);
    let asked = match asked(&pairs) {
        Ok(asked) => asked,
        Err(fault) => return error(gateway, None, None, &fault),
    };
    // Without a limit everything is given: clients fill their menus with it.
    let limit = if pairs.iter().any(|(name, _)| name == "limit") {
        asked.pagination.limit
    } else {
        0
    };
    match find(gateway, request, &of).await {
        Ok(terms) => {
            let terms = match of {
                Of::Everything | Of::Dataset(_) => terms,
                Of::Individuals => terms.of_individuals(),
            };
            let mut response = HttpResponse::Ok();
            response.insert_header((header::CACHE_CONTROL, "no-store"));
            response.json(json!({
                "meta": {"beaconId": beacon_id(gateway), "apiVersion": API_VERSION, "returnedSchemas": []},
                "response": terms.page(asked.pagination.skip.0, limit),
            }))
        }
        Err(refusal) => refused(gateway, &asked, &refusal),
    }
}

/// Reads the parameters, of which there are two.
fn asked(pairs: &[(String, String)]) -> Result<BeaconRequest, BeaconError> {
    match pairs.iter().find(|(name, _)| !matches!(name.as_str(), "skip" | "limit")) {
        Some((name, _)) => Err(BeaconError::UnknownParameter {
            name: Excerpt::of(name),
            hint: "; filtering terms take `skip` and `limit`",
        }),
        None => parse_get(EntryType::Individual, pairs),
    }
}

async fn find(gateway: &Gateway, request: &HttpRequest, of: &Of) -> Result<FilteringTerms, Refusal> {
    let caller = credentials::caller(gateway, request).await?;
    let datasets = match of {
        Of::Everything | Of::Individuals => Vec::new(),
        // An id of a form that none has takes the way of one that nothing has.
        Of::Dataset(id) => match DatasetId::parse(id) {
            Ok(id) => vec![id],
            Err(_) => return Err(Refusal::Service(gemj_services::ServiceError::NotFound)),
        },
    };
    let anonymous = caller.is_anonymous();
    let permit = match permit_population(gateway, caller, ACTION, &datasets).await {
        Ok(permit) => permit,
        // Where nothing is open to the public, it still learns how to ask.
        Err(Refusal::Denied(_)) if anonymous && datasets.is_empty() => return Ok(FilteringTerms::fields()),
        Err(refusal) => return Err(refusal),
    };
    query_budget::charge(gateway, &permit, &question::of_filtering_terms(&datasets)).await?;
    Ok(FilteringTerms::of(&gateway.stores, &permit.grant).await?)
}
