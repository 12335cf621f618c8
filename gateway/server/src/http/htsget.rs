//! The endpoints of htsget 1.3: tickets and data blocks.

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures::StreamExt as _;
use ga4gh_htsget::{CONTENT_TYPE, Endpoint, HtsgetError, InvalidRange, Missing, Query, Ticket, parse_get, parse_post};
use gemj_access::{Action, Declared, Payload, Rule};
use gemj_catalogue::audit::{AuditEntry, AuditResource};
use gemj_model::{DataObject, ErrorKind};
use gemj_services::htsget::{self, NoTicket, OpenedBlock, Promise, TicketTerms};

use super::body::BodyFault;
use super::byte_range::{ByteRange, Requested};
use super::download::{self, Recording};
use super::failure::{StandardError, StandardFailure};
use super::flow::{Granted, Refusal, permit_bytes, permit_object, permit_slice, refuse_after};
use super::gateway::Gateway;
use super::query::query_pairs;
use super::routes::Standard;
use super::stream::{Watched, located, place, watched};
use super::{body, credentials, declaration};
use serde_json::Value;

/// Maximum size of the body of a POST, in bytes.
pub(crate) const MAX_BODY_BYTES: u64 = 1024 * 1024;

type HtsgetFailure = StandardFailure<HtsgetError>;
type HtsgetResult = Result<HttpResponse, HtsgetFailure>;

/// `GET /reads/{id}`: a ticket for reads.
pub(crate) async fn get_reads(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> HtsgetResult {
    get(&gateway, &request, &id, Endpoint::Reads).await
}

/// `GET /variants/{id}`: a ticket for variants.
pub(crate) async fn get_variants(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> HtsgetResult {
    get(&gateway, &request, &id, Endpoint::Variants).await
}

/// `POST /reads/{id}`: a ticket for reads. The body names the regions.
pub(crate) async fn post_reads(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Payload,
) -> HtsgetResult {
    post(&gateway, &request, &id, body, Endpoint::Reads).await
}

/// `POST /variants/{id}`: a ticket for variants. The body names the regions.
pub(crate) async fn post_variants(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Payload,
) -> HtsgetResult {
    post(&gateway, &request, &id, body, Endpoint::Variants).await
}

async fn get(gateway: &Gateway, request: &HttpRequest, id: &str, endpoint: Endpoint) -> HtsgetResult {
    let pairs = query_pairs(request);
    let query = parse_get(endpoint, &pairs)?;
    let format_named = pairs.iter().any(|(name, _)| name == "format");
    ticket(gateway, request, id, &query, format_named, Declared::default()).await
}

async fn post(gateway: &Gateway, request: &HttpRequest, id: &str, body: web::Payload, endpoint: Endpoint) -> HtsgetResult {
    let body = read_body(request, body).await?;
    let query = parse_post(endpoint, &body, !query_pairs(request).is_empty(), &declaration::MEMBERS)?;
    let format_named = serde_json::from_slice::<serde_json::Value>(&body).is_ok_and(|json| json.get("format").is_some());
    let declared = declaration::of_body(&body).map_err(Refusal::from)?;
    ticket(gateway, request, id, &query, format_named, declared).await
}

async fn ticket(gateway: &Gateway, request: &HttpRequest, id: &str, query: &Query, format_named: bool, declared: Declared) -> HtsgetResult {
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
    // The ticket contains only URLs and no data, so it need not wait for its audit row. The use of each URL is decided and recorded again.
    let permit = permit.without_data();
    let promise = match htsget::ticket(&gateway.stores, &permit.grant, &permit.caller, &object, query, terms).await {
        Ok(promise) => promise,
        Err(refusal) => return Err(refused(gateway, &permit, &object, refusal)),
    };
    let carried = carry(gateway, permit, &object, action, id, &promise).await?;
    Ok(HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(carried.unwrap_or(promise.ticket)))
}

/// A ticket with inline data: the whole slice or only the slice's header, if it is small. Absent if the ticket should contain URLs only. Inline
/// data is a disclosure of bytes. Therefore it is sent only if a second decision, for bytes, allows it too. The second decision is recorded as
/// a disclosure, and the answer waits for its audit row.
async fn carry(
    gateway: &Gateway,
    permit: Granted,
    object: &DataObject,
    action: Action,
    id: &str,
    promise: &Promise,
) -> Result<Option<Ticket>, HtsgetFailure> {
    let (stores, key) = (&gateway.stores, &gateway.key);
    let mut carried = None;
    if let Some(part) = &promise.small {
        carried = htsget::inline(stores, &permit.grant, object, part, key).await?;
    }
    if let (None, Some(part)) = (&carried, &promise.header) {
        carried = htsget::inline_header(stores, &permit.grant, object, part, key, &promise.ticket).await?;
    }
    let Some(carried) = carried else {
        return Ok(None);
    };
    let (for_bytes, object) = permit_bytes(gateway, permit.caller, action, id).await?;
    let for_bytes = for_bytes.recorded().await?;
    if !for_bytes.grant.still_covers(&permit.grant) {
        // The permission became narrower between the two decisions. The ticket then contains URLs, which open the data that is still permitted.
        return Ok(None);
    }
    let mut entry = AuditEntry::allowed(&for_bytes.grant, &for_bytes.caller, AuditResource::Object(object.id.clone()));
    entry.bytes = Some(carried.bytes);
    drop(gateway.audit.append(entry));
    Ok(Some(carried.ticket))
}

/// `GET|HEAD /blocks/{capability}`: the slice that a ticket promised, or a range of it. Access is decided again for the URL's holder.
pub(crate) async fn get_block(gateway: web::Data<Gateway>, request: HttpRequest, capability: web::Path<String>) -> HtsgetResult {
    let presented = download::present(&gateway, &request, &capability).await?;
    let presented = presented.ok_or_else(no_such_address)?;
    let capability = &presented.capability;
    let Payload::Slice(part) = &capability.payload else {
        return Err(HtsgetError::NotFound(Missing::Path).into());
    };
    let holder = credentials::holder(&gateway, &request, capability).await?;
    let is_head = request.method() == Method::HEAD;
    let permit = permit_slice(&gateway, holder, capability.object.as_str(), !is_head).await;
    // The URL may expire after it was opened and before the decision is made.
    let (permit, object) = permit.map_err(|refusal| match refusal.kind() {
        ErrorKind::Unauthenticated => HtsgetFailure::from(no_such_address()),
        _ => refusal.into(),
    })?;
    let place = place(&gateway, &request, permit.caller())?;
    let (permit, block) = permit
        .open(async |permit| {
            let block = htsget::open_block(&gateway.stores, &permit.grant, &object, part, &gateway.key).await;
            block.map_err(|refusal| refused(&gateway, permit, &object, refusal))
        })
        .await?;
    let (mut response, range, is_part) = match begin(&request, &block, is_head).await? {
        Ok(begun) => begun,
        Err(unsatisfiable) => return Ok(unsatisfiable),
    };
    if presented.is_resumed && !is_head && !is_part {
        // An expired URL sends only ranges. For the whole slice, the client needs a new ticket.
        return Err(no_such_address().into());
    }
    if is_head {
        return Ok(response.body(actix_web::body::SizedStream::new(
            range.map_or(0, |range| range.end - range.start),
            futures::stream::empty::<Result<Bytes, std::io::Error>>(),
        )));
    }
    let mut bytes = block.stream(range.map(|range| range.start..range.end)).await?;
    // The first bytes are created before the status is sent. A missing or damaged file is then answered with an error status, and not with a body that
    // breaks off.
    let first = bytes.next().await.transpose().map_err(|error| {
        tracing::error!(%error, "a slice cannot be read");
        HtsgetError::ServiceUnavailable
    })?;
    let bytes = futures::stream::iter(first.map(Ok)).chain(bytes);
    let watch = Watched {
        gateway: gateway.clone(),
        caller: permit.caller,
        action: permit.grant.action(),
        located: located(&object),
        grant: permit.grant,
        recording: Recording::of(&presented, block.known_length()),
        _place: place,
    };
    Ok(response.streaming(watched(watch, bytes)))
}

/// The error for an invalid or expired URL. The status is 403, because the caller's own credentials are not at fault.
fn no_such_address() -> HtsgetError {
    HtsgetError::PermissionDenied {
        explanation: "this URL is not valid or has expired; request a new ticket".to_owned(),
    }
}

/// Begins the answer for a data block. Returns three values:
///
/// * the response builder;
/// * the range of bytes that follow; absent if the length is unknown and all bytes follow;
/// * whether these bytes are only a part of the block (status 206).
///
/// The inner error is the finished answer for a range outside the block. For a range of a slice of unknown length, the length is counted first
/// by creating the slice. This costs as much as sending the slice.
async fn begin(
    request: &HttpRequest,
    block: &OpenedBlock,
    is_head: bool,
) -> Result<Result<(actix_web::HttpResponseBuilder, Option<ByteRange>, bool), HttpResponse>, HtsgetError> {
    let length = match block.known_length() {
        None if is_head || request.headers().contains_key(header::RANGE) => Some(block.length().await?),
        known => known,
    };
    let whole = length.map(|end| ByteRange { start: 0, end });
    // If the slice has changed since its ticket was issued, a range of the new slice must not be combined with ranges of the earlier slice.
    let may_be_part = block.is_as_promised || request.headers().contains_key(header::IF_RANGE);
    let requested = match length {
        Some(length) if may_be_part => Requested::of(request.headers(), &block.etag, length),
        Some(_) | None => Requested::Whole,
    };
    let is_part = matches!(requested, Requested::Part(_));
    let (mut response, range) = match (requested, length) {
        (Requested::Unsatisfiable, _) => {
            let mut response = HttpResponse::RangeNotSatisfiable();
            response.insert_header((header::CONTENT_RANGE, format!("bytes */{}", length.unwrap_or_default())));
            response.content_type(CONTENT_TYPE);
            return Ok(Err(
                response.body(HtsgetError::from(InvalidRange::OutsideBlock).to_json().to_string())
            ));
        }
        (Requested::Part(part), Some(length)) => {
            let mut response = HttpResponse::PartialContent();
            response.insert_header((header::CONTENT_RANGE, part.content_range(length)));
            (response, Some(part))
        }
        (Requested::Part(_) | Requested::Whole, _) => (HttpResponse::Ok(), whole),
    };
    response
        .content_type(block.media_type)
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::ETAG, block.etag.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(range) = range {
        response.no_chunking(range.end - range.start);
    }
    Ok(Ok((response, range, is_part)))
}

/// The error for a permitted request that gets no ticket or block. The first decision does not know the requested regions. A refusal because of the
/// regions therefore has its own audit row.
fn refused(gateway: &Gateway, permit: &Granted, object: &DataObject, refusal: NoTicket) -> HtsgetFailure {
    match refusal {
        NoTicket::Htsget(error) => error.into(),
        NoTicket::OverBudget(figures) => {
            let refusal = refuse_after(gateway, permit, Rule::RegionBudget, AuditResource::Object(object.id.clone()));
            let explanation = format!("{figures} ({})", refusal.public_text());
            HtsgetFailure::Standard(HtsgetError::PermissionDenied { explanation }, refusal.told())
        }
        NoTicket::Refused(rule) => refuse_after(gateway, permit, rule, AuditResource::Object(object.id.clone())).into(),
    }
}

fn action_of(endpoint: Endpoint) -> Action {
    match endpoint {
        Endpoint::Reads => Action::SliceReads,
        Endpoint::Variants => Action::SliceVariants,
    }
}

async fn read_body(request: &HttpRequest, content: web::Payload) -> Result<Bytes, HtsgetError> {
    let body_is = body::media_type(request).map_or(BodyType::Json, |media_type| BodyType::of(&media_type));
    if body_is == BodyType::Other {
        return Err(HtsgetError::UnsupportedMediaType);
    }
    let limit = usize::try_from(MAX_BODY_BYTES).unwrap_or(usize::MAX);
    match body::read(content, limit).await {
        // curl labels a body as a form by default, so JSON under this type is accepted. A real form is rejected.
        Ok(bytes) if body_is == BodyType::Form && !bytes.trim_ascii_start().starts_with(b"{") => Err(HtsgetError::UnsupportedMediaType),
        Ok(bytes) => Ok(bytes),
        Err(BodyFault::Unreadable) => Err(HtsgetError::InvalidInput(ga4gh_htsget::InvalidInput::MalformedBody {
            line: 0,
            column: 0,
        })),
        Err(BodyFault::TooLarge) => Err(HtsgetError::PayloadTooLarge {
            limit_bytes: MAX_BODY_BYTES,
        }),
    }
}

/// The kind of media type that a request declares for its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyType {
    Json,
    Form,
    Other,
}

impl BodyType {
    /// The kind of a media type in lower case. htsget's own media type is JSON too, in every version.
    fn of(media_type: &str) -> Self {
        let is_htsget = || media_type.starts_with("application/vnd.ga4gh.htsget.") && media_type.ends_with("+json");
        match media_type {
            "application/json" => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            _ if is_htsget() => Self::Json,
            _ => Self::Other,
        }
    }
}

impl StandardError for HtsgetError {
    const STANDARD: Standard = Standard::Htsget;
    const CONTENT_TYPE: &'static str = CONTENT_TYPE;

    fn of(kind: ErrorKind, explanation: String) -> Option<Self> {
        Some(match kind {
            ErrorKind::Unauthenticated => Self::InvalidAuthentication { explanation },
            ErrorKind::Forbidden => Self::PermissionDenied { explanation },
            ErrorKind::NotFound => Self::NotFound(Missing::Resource),
            ErrorKind::Invalid | ErrorKind::TooManyRequests | ErrorKind::Conflict => return None,
            ErrorKind::RangeNotSatisfiable | ErrorKind::Internal => Self::InternalServerError,
            ErrorKind::MethodNotAllowed => Self::MethodNotAllowed,
            ErrorKind::TooLarge => Self::PayloadTooLarge {
                limit_bytes: MAX_BODY_BYTES,
            },
            ErrorKind::UnsupportedMediaType => Self::UnsupportedMediaType,
            ErrorKind::Unavailable => Self::ServiceUnavailable,
        })
    }

    fn http_status(&self) -> u16 {
        self.status()
    }

    fn body(&self) -> Value {
        self.to_json()
    }

    fn object(body: &mut Value) -> &mut Value {
        &mut body["htsget"]
    }
}
