//! htsget 1.3: tickets and data blocks.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use ga4gh_htsget::{CONTENT_TYPE, Endpoint, HtsgetError, Missing, Query, Ticket, has_htsget_parameter, parse_get, parse_post};
use gemj_access::{Action, Capability, Declared, Payload};
use gemj_catalogue::audit::AuditResource;
use gemj_model::ErrorKind;
use gemj_services::htsget::{self, NoTicket, TicketTerms};

use super::flow::{Refusal, permit_object, permit_slice, refuse_after};
use super::gateway::Gateway;
use super::problem::{Problem, challenge};
use super::routes::Standard;
use super::status;
use super::stream::{Watched, located, place, watched};
use super::told::Told;
use super::{credentials, declaration, shape};

/// The largest POST body, in bytes.
pub(crate) const MAX_BODY_BYTES: u64 = 1024 * 1024;

type Answer = Result<HttpResponse, Failure>;

/// `GET /reads/{id}`
pub(crate) async fn get_reads(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> Answer {
    get(&gateway, &request, &id, Endpoint::Reads).await
}

/// `GET /variants/{id}`
pub(crate) async fn get_variants(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> Answer {
    get(&gateway, &request, &id, Endpoint::Variants).await
}

/// `POST /reads/{id}`
pub(crate) async fn post_reads(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>, body: web::Payload) -> Answer {
    post(&gateway, &request, &id, body, Endpoint::Reads).await
}

/// `POST /variants/{id}`
pub(crate) async fn post_variants(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>, body: web::Payload) -> Answer {
    post(&gateway, &request, &id, body, Endpoint::Variants).await
}

async fn get(gateway: &Gateway, request: &HttpRequest, id: &str, endpoint: Endpoint) -> Answer {
    let pairs = query_pairs(request);
    let query = parse_get(endpoint, &pairs)?;
    let format_named = pairs.iter().any(|(name, _)| name == "format");
    ticket(gateway, request, id, &query, format_named, Declared::default()).await
}

async fn post(gateway: &Gateway, request: &HttpRequest, id: &str, body: web::Payload, endpoint: Endpoint) -> Answer {
    let body = read_body(request, body).await?;
    let query = parse_post(endpoint, &body, has_htsget_parameter(&query_pairs(request)))?;
    let format_named = serde_json::from_slice::<serde_json::Value>(&body).is_ok_and(|json| json.get("format").is_some());
    let declared = declaration::of_body(&body).map_err(Refusal::from)?;
    ticket(gateway, request, id, &query, format_named, declared).await
}

async fn ticket(gateway: &Gateway, request: &HttpRequest, id: &str, query: &Query, format_named: bool, declared: Declared) -> Answer {
    let caller = credentials::caller_with(gateway, request, &[], declared).await?;
    let action = action_of(query.format.endpoint());
    let (permit, object) = permit_object(gateway, caller, action, id).await?;
    let blocks_url = gateway.url("/htsget/blocks");
    let terms = TicketTerms {
        key: &gateway.key,
        blocks_url: &blocks_url,
        not_after: gateway.capability_end(),
        format_named,
    };
    let ticket: Ticket = match htsget::ticket(&gateway.stores, &permit.grant, &permit.caller, &object, query, terms).await {
        Ok(ticket) => ticket,
        Err(NoTicket::Htsget(error)) => return Err(error.into()),
        Err(NoTicket::Refused(rule)) => {
            let about = AuditResource::Object(object.id.clone());
            return Err(refuse_after(gateway, &permit, rule, about).into());
        }
    };
    // A ticket holds no data: its blocks are decided and recorded anew, and they wait for their row.
    drop(permit.receipt);
    Ok(HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ticket))
}

/// `GET /blocks/{capability}`: the slice that a ticket promised, decided anew for its holder.
pub(crate) async fn get_block(gateway: web::Data<Gateway>, request: HttpRequest, capability: web::Path<String>) -> Answer {
    credentials::may_present(&gateway, &request)?;
    let capability = Capability::open(&capability, &gateway.key, gateway.clock.now()).map_err(|_| {
        credentials::failed(&gateway, &request);
        HtsgetError::PermissionDenied {
            explanation: "this URL is not valid or has expired; ask for a new ticket".to_owned(),
        }
    })?;
    let Payload::Slice { .. } = &capability.payload else {
        return Err(HtsgetError::NotFound(Missing::Path).into());
    };
    let holder = credentials::holder(&gateway, &request, &capability).await?;
    let (permit, object) = permit_slice(&gateway, holder, capability.object.as_str()).await?;
    let place = place(&gateway)?;
    let opened = htsget::block(&gateway.stores, &permit.grant, &object, &capability.payload).await?;
    permit.receipt.await.map_err(Refusal::Store)?;
    let watch = Watched {
        gateway: gateway.clone(),
        caller: permit.caller,
        action: permit.grant.action(),
        located: located(&object),
        grant: permit.grant,
        _place: place,
    };
    Ok(HttpResponse::Ok()
        .content_type(opened.media_type)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(watched(watch, opened.stream)))
}

fn action_of(endpoint: Endpoint) -> Action {
    match endpoint {
        Endpoint::Reads => Action::SliceReads,
        Endpoint::Variants => Action::SliceVariants,
    }
}

/// The query's names and values, percent-decoded, in order.
pub(crate) fn query_pairs(request: &HttpRequest) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.query_string().as_bytes())
        .into_owned()
        .collect()
}

async fn read_body(request: &HttpRequest, body: web::Payload) -> Result<Bytes, HtsgetError> {
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
        return Err(HtsgetError::UnsupportedMediaType);
    }
    let limit = usize::try_from(MAX_BODY_BYTES).unwrap_or(usize::MAX);
    match body.to_bytes_limited(limit).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(HtsgetError::InvalidInput(ga4gh_htsget::InvalidInput::MalformedBody {
            line: 0,
            column: 0,
        })),
        Err(_) => Err(HtsgetError::PayloadTooLarge {
            limit_bytes: MAX_BODY_BYTES,
        }),
    }
}

/// Why there is no ticket or block.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// As the standard has it, with what is told beside.
    #[error("{0}")]
    Htsget(HtsgetError, Option<Told>),
    /// For which the standard has no word.
    #[error("{}", .0.detail)]
    Other(Box<Problem>),
}

impl From<HtsgetError> for Failure {
    fn from(error: HtsgetError) -> Self {
        Self::Htsget(error, None)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.log();
        let explanation = refusal.public_text();
        let error = match refusal.kind() {
            ErrorKind::Unauthenticated => HtsgetError::InvalidAuthentication { explanation },
            ErrorKind::Forbidden => HtsgetError::PermissionDenied { explanation },
            ErrorKind::NotFound => HtsgetError::NotFound(Missing::Resource),
            ErrorKind::Invalid | ErrorKind::TooManyRequests => return Self::Other(Box::new(refusal.problem())),
            ErrorKind::RangeNotSatisfiable | ErrorKind::Internal => HtsgetError::InternalServerError,
            ErrorKind::MethodNotAllowed => HtsgetError::MethodNotAllowed,
            ErrorKind::TooLarge => HtsgetError::PayloadTooLarge {
                limit_bytes: MAX_BODY_BYTES,
            },
            ErrorKind::UnsupportedMediaType => HtsgetError::UnsupportedMediaType,
            ErrorKind::Unavailable => HtsgetError::ServiceUnavailable,
        };
        Self::Htsget(error, refusal.told())
    }
}

impl actix_web::ResponseError for Failure {
    fn status_code(&self) -> actix_web::http::StatusCode {
        match self {
            Self::Htsget(error, _) => status::number(error.status()),
            Self::Other(problem) => status::of(problem.kind),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Htsget(error, told) => answer_error(error, told.as_ref()),
            Self::Other(problem) => shape::without_meta(Standard::Htsget, problem),
        }
    }
}

/// An error in htsget's envelope.
pub(crate) fn error(error: &HtsgetError) -> HttpResponse {
    answer_error(error, None)
}

fn answer_error(error: &HtsgetError, told: Option<&Told>) -> HttpResponse {
    let mut response = HttpResponse::build(status::number(error.status()));
    if error.status() == 401 {
        response.insert_header(challenge(told));
    }
    let mut body = error.to_json();
    if let Some(told) = told {
        told.add_to(&mut body["htsget"]);
    }
    response.content_type(CONTENT_TYPE).body(body.to_string())
}
