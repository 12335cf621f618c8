//! Beacon 2.1.1.

mod filtering_terms;
pub(crate) mod query_budget;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_beacon::{
    BeaconError, BeaconInfo, BeaconOrganization, BeaconRequest, BooleanResponse, CountAdjustment, CountPrecision, CountResponse,
    CountSummary, EntryType, ErrorResponse, Excerpt, InfoResponse, MAX_BODY_BYTES, parse_get, parse_post,
};
use gemj_access::{Action, Granularity};
use gemj_model::{DatasetId, ErrorKind};
use gemj_services::ServiceError;
use gemj_services::beacon::{self, Answer, Finding};
use gemj_services::registry::Offered;

use super::flow::{Refusal, permit_population, unanswered};
use super::gateway::Gateway;
use super::htsget::query_pairs;
use super::problem::challenge;
use super::routes::Standard;
use super::{credentials, shape, status};
pub(crate) use filtering_terms::{get_dataset_filtering_terms, get_filtering_terms, get_individuals_filtering_terms};

/// `GET /info` and `GET /`
pub(crate) async fn get_info(gateway: web::Data<Gateway>) -> HttpResponse {
    let about = &gateway.about;
    let organization = BeaconOrganization {
        id: about.id.clone(),
        name: about.organization.name.clone(),
        welcome_url: Some(about.organization.url.clone()),
        contact_url: about.contact_url.clone(),
    };
    let mut info = BeaconInfo::new(
        &beacon_id(&gateway),
        &format!("{}: Beacon", about.name),
        about.environment,
        organization,
    );
    info.version = Some(about.version.clone());
    HttpResponse::Ok().json(InfoResponse::new(info))
}

/// `GET /g_variants`
pub(crate) async fn get_g_variants(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    get(&gateway, &request, EntryType::GenomicVariant).await
}

/// `POST /g_variants`
pub(crate) async fn post_g_variants(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload) -> HttpResponse {
    post(&gateway, &request, body, EntryType::GenomicVariant).await
}

/// `GET /individuals`
pub(crate) async fn get_individuals(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    get(&gateway, &request, EntryType::Individual).await
}

/// `POST /individuals`
pub(crate) async fn post_individuals(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload) -> HttpResponse {
    post(&gateway, &request, body, EntryType::Individual).await
}

async fn get(gateway: &Gateway, request: &HttpRequest, entry: EntryType) -> HttpResponse {
    match parse_get(entry, &query_pairs(request)) {
        Ok(asked) => answer(gateway, request, &asked).await,
        Err(fault) => error(gateway, Some(entry), None, &fault),
    }
}

async fn post(gateway: &Gateway, request: &HttpRequest, body: web::Payload, entry: EntryType) -> HttpResponse {
    match read_post(request, body, entry).await {
        Ok(asked) => answer(gateway, request, &asked).await,
        Err(fault) => error(gateway, Some(entry), None, &fault),
    }
}

/// Reads the question of a POST.
pub(crate) async fn read_post(request: &HttpRequest, body: web::Payload, entry: EntryType) -> Result<BeaconRequest, BeaconError> {
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/json");
    if !media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/json")
    {
        Err(BeaconError::UnsupportedMediaType)
    } else if !request.query_string().is_empty() {
        Err(BeaconError::InvalidValue {
            name: "query string",
            expected: "a POST carries its parameters in the body",
        })
    } else {
        match crate::http::body::read(body, MAX_BODY_BYTES).await {
            Ok(Ok(bytes)) => parse_post(entry, &bytes),
            Ok(Err(_)) => Err(BeaconError::EmptyBody),
            Err(_) => Err(BeaconError::PayloadTooLarge {
                limit_bytes: MAX_BODY_BYTES,
            }),
        }
    }
}

async fn answer(gateway: &Gateway, request: &HttpRequest, asked: &BeaconRequest) -> HttpResponse {
    match find(gateway, request, asked).await {
        Ok(answer) => render(gateway, asked, answer),
        Err(refusal) => refused(gateway, asked, &refusal),
    }
}

async fn find(gateway: &Gateway, request: &HttpRequest, asked: &BeaconRequest) -> Result<Answer, Refusal> {
    let caller = credentials::caller(gateway, request).await?;
    let datasets: Vec<DatasetId> = asked
        .datasets
        .iter()
        .map(|id| DatasetId::parse(id))
        .collect::<Result<_, _>>()
        .map_err(|_| ServiceError::Unsupported("dataset ids of this form"))?;
    let granularity = match asked.granularity_asked {
        ga4gh_beacon::Granularity::Boolean => Granularity::Boolean,
        ga4gh_beacon::Granularity::Count => Granularity::Count,
        ga4gh_beacon::Granularity::Record => Granularity::Record,
    };
    let stores = &gateway.stores;
    match asked.entry {
        EntryType::Individual => {
            let permit = permit_population(gateway, caller, Action::AskIndividuals, &datasets).await?;
            query_budget::charge(gateway, &permit, &beacon::question::of_request(asked)).await?;
            let carriers = stores.carriers.at(permit.generation).await.map_err(ServiceError::Carriers)?;
            let answer = beacon::individuals(stores, &carriers, &permit.grant, asked, granularity).await;
            answer.map_err(|error| unanswered(gateway, &permit, &datasets, error))
        }
        _ => {
            let permit = permit_population(gateway, caller, Action::AskVariants, &datasets).await?;
            query_budget::charge(gateway, &permit, &beacon::question::of_request(asked)).await?;
            let carriers = stores.carriers.at(permit.generation).await.map_err(ServiceError::Carriers)?;
            let answer = beacon::g_variants(stores, &carriers, &permit.grant, asked, granularity).await;
            answer.map_err(|error| unanswered(gateway, &permit, &datasets, error))
        }
    }
}

fn render(gateway: &Gateway, asked: &BeaconRequest, answer: Answer) -> HttpResponse {
    let id = beacon_id(gateway);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    match answer.finding {
        Finding::Boolean(exists) => response.json(BooleanResponse::new(&id, asked, exists).with_info(answer.info)),
        Finding::Exact(count) => response.json(CountResponse::new(&id, asked, CountSummary::exact(count)).with_info(answer.info)),
        Finding::AtLeast(lower) => {
            let words = vec![CountAdjustment::Words("lower end of 0, 1, 3, 10, 30, 100, …".to_owned())];
            let summary = CountSummary::adjusted(lower, CountPrecision::Rounded, words);
            response.json(CountResponse::new(&id, asked, summary).with_info(answer.info))
        }
    }
}

pub(crate) fn beacon_id(gateway: &Gateway) -> String {
    gemj_services::registry::service_info(&gateway.about, Offered::Beacon).id
}

fn in_beacon_words(refusal: &Refusal) -> BeaconError {
    let explanation = refusal.public_text();
    match refusal.kind() {
        ErrorKind::Unauthenticated => BeaconError::Unauthenticated { explanation },
        ErrorKind::Forbidden => BeaconError::Forbidden { explanation },
        ErrorKind::NotFound => BeaconError::NotFound,
        ErrorKind::Invalid => match refusal {
            Refusal::Service(ServiceError::Unsupported(feature)) => BeaconError::NotSupportedYet { feature },
            Refusal::Service(ServiceError::UnknownTerm { id }) => BeaconError::UnknownFilteringTerm { id: Excerpt::of(id) },
            Refusal::Service(ServiceError::Filter { expected }) => BeaconError::InvalidValue { name: "filters", expected },
            Refusal::Service(ServiceError::UnknownGene { id }) => BeaconError::UnknownGene { id: Excerpt::of(id) },
            Refusal::Service(ServiceError::AmbiguousGene { candidates }) => BeaconError::AmbiguousGene {
                candidates: candidates.iter().map(|symbol| Excerpt::of(symbol)).collect(),
            },
            _ => BeaconError::Internal,
        },
        ErrorKind::TooLarge => BeaconError::InvalidValue {
            name: "end",
            expected: "a shorter stretch: at most 60 million bases, 300 million under an approval",
        },
        ErrorKind::MethodNotAllowed => BeaconError::MethodNotAllowed,
        ErrorKind::UnsupportedMediaType => BeaconError::UnsupportedMediaType,
        ErrorKind::TooManyRequests => BeaconError::TooManyRequests {
            retry_after_s: refusal.problem().retry_after_s.unwrap_or(1).into(),
        },
        ErrorKind::Unavailable => BeaconError::Unavailable,
        ErrorKind::RangeNotSatisfiable | ErrorKind::Internal => BeaconError::Internal,
    }
}

/// A refusal in Beacon's shape, with what is told beside.
pub(crate) fn refused(gateway: &Gateway, asked: &BeaconRequest, refusal: &Refusal) -> HttpResponse {
    refusal.log();
    let problem = refusal.problem();
    if let Refusal::Declaration(_) = refusal {
        return shape::shaped(Standard::Beacon, gateway, &problem);
    }
    let body = ErrorResponse::answering(&beacon_id(gateway), asked, &in_beacon_words(refusal));
    let mut response = HttpResponse::build(status::number(body.status()));
    if body.status() == 401 {
        response.insert_header(challenge(problem.told.as_ref()));
    }
    if let Some(seconds) = problem.retry_after_s {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    match serde_json::to_value(body) {
        Ok(mut body) => {
            problem.add_to(&mut body["error"]);
            response.json(body)
        }
        Err(_) => error(gateway, None, Some(asked), &BeaconError::Internal),
    }
}

/// An error in Beacon's shape.
pub(crate) fn error(gateway: &Gateway, entry: Option<EntryType>, asked: Option<&BeaconRequest>, fault: &BeaconError) -> HttpResponse {
    let id = beacon_id(gateway);
    let body = match asked {
        Some(asked) => ErrorResponse::answering(&id, asked, fault),
        None => ErrorResponse::before_parsing(&id, entry, fault),
    };
    let mut response = HttpResponse::build(status::number(body.status()));
    if body.status() == 401 {
        response.insert_header(challenge(None));
    }
    response.json(body)
}
