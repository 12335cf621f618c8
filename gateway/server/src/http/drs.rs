//! DRS 1.5: descriptions of objects, access URLs, and the bytes of the objects.

mod post;

use std::sync::PoisonError;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use futures::StreamExt as _;
use ga4gh_drs::{Authorizations, DrsError, Missing, NonEmpty};
use gemj_access::{Action, Payload};
use gemj_authenticate::{IssuerKind, TrustedIssuer, TrustedIssuers};
use gemj_model::ErrorKind;
use gemj_services::ServiceError;
use gemj_services::drs::{self, Access};

use super::byte_range::{ByteRange, Requested};
use super::credentials;
use super::download::{self, Recording};
use super::failure::{StandardError, StandardFailure};
use super::flow::{Refusal, permit_bytes, permit_object, permit_slice};
use super::gateway::Gateway;
use super::request_caller::RequestCaller;
use super::routes::Standard;
use super::stream::{Watched, located, place, watched};
use serde_json::Value;

pub(crate) use post::{post_access_url, post_object};

type DrsFailure = StandardFailure<DrsError>;
type DrsResult = Result<HttpResponse, DrsFailure>;

/// `GET /objects/{object_id}`: the description of one object.
pub(crate) async fn get_object(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> DrsResult {
    let caller = credentials::caller(&gateway, &request).await?;
    answer_object(&gateway, caller, &id).await
}

async fn answer_object(gateway: &Gateway, caller: RequestCaller, id: &str) -> DrsResult {
    let (permit, object) = permit_object(gateway, caller, Action::DescribeObject, id).await?;
    let permit = permit.recorded().await?;
    let described = drs::get_object(&permit.grant, &object, &gateway.drs_host, &gateway.url("/htsget"))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(described))
}

/// `GET /objects/{object_id}/access/{access_id}`: a signed URL for the object's bytes.
pub(crate) async fn get_access_url(gateway: web::Data<Gateway>, request: HttpRequest, path: web::Path<(String, String)>) -> DrsResult {
    let (id, access_id) = path.into_inner();
    let caller = credentials::caller(&gateway, &request).await?;
    answer_access_url(&gateway, caller, &id, &access_id).await
}

async fn answer_access_url(gateway: &Gateway, caller: RequestCaller, id: &str, access_id: &str) -> DrsResult {
    let access = Access::parse(access_id);
    let permitted = match access {
        Some(Access::Htsget) => permit_slice(gateway, caller, id, false).await,
        Some(Access::Https) | None => permit_object(gateway, caller, Action::FetchObject, id).await,
    };
    let (permit, object) = permitted?;
    // The answer is a URL and contains no data, so it need not wait for its audit row. The use of the URL is decided and recorded again.
    let permit = permit.without_data();
    let url = match access {
        None => return Err(DrsError::NotFound(Missing::AccessUrl).into()),
        Some(Access::Htsget) => drs::get_htsget_url(&object, &gateway.url("/htsget")),
        Some(Access::Https) => drs::get_access_url(
            &permit.grant,
            &permit.caller,
            &object.id,
            &gateway.key,
            &gateway.url("/bytes"),
            gateway.capability_end(),
        )?,
    };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(url))
}

/// `GET|HEAD /bytes/{capability}`: a whole file or a range of it. Access is decided again for the URL's holder.
pub(crate) async fn get_bytes(gateway: web::Data<Gateway>, request: HttpRequest, capability: web::Path<String>) -> DrsResult {
    let invalid = || DrsError::Forbidden {
        explanation: "this URL is not valid or has expired; request a new URL".to_owned(),
    };
    let presented = download::present(&gateway, &request, &capability).await?;
    let presented = presented.ok_or_else(invalid)?;
    let capability = &presented.capability;
    if capability.payload != Payload::Bytes {
        return Err(DrsError::NotFound(Missing::Path).into());
    }
    let holder = credentials::holder(&gateway, &request, capability).await?;
    let id = capability.object.as_str();
    let permit = match request.method() {
        &Method::HEAD => permit_object(&gateway, holder, Action::FetchObject, id).await,
        _ => permit_bytes(&gateway, holder, Action::FetchObject, id).await,
    };
    // The URL may expire after it was opened and before the decision is made.
    let (permit, object) = permit.map_err(|refusal| match refusal.kind() {
        ErrorKind::Unauthenticated => DrsFailure::from(invalid()),
        _ => refusal.into(),
    })?;
    let permit = permit.recorded().await?;
    let etag = format!("\"{}\"", object.sha256);
    let requested = Requested::of(request.headers(), &etag, object.size_bytes);
    if presented.is_resumed && matches!(requested, Requested::Whole) && request.method() != Method::HEAD {
        // An expired URL sends only ranges. For the whole file, the client needs a new URL.
        return Err(invalid().into());
    }
    let mut response = match requested {
        Requested::Whole => HttpResponse::Ok(),
        Requested::Part(_) => HttpResponse::PartialContent(),
        Requested::Unsatisfiable => {
            return Ok(HttpResponse::RangeNotSatisfiable()
                .insert_header((header::CONTENT_RANGE, format!("bytes */{}", object.size_bytes)))
                .json(serde_json::json!({"msg": "the range is outside the file", "status_code": 416})));
        }
    };
    response.content_type("application/octet-stream");
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    // The last part of the URL's path is a capability, which is too long for a file name. wget, aria2 and browsers save the file under this
    // name instead.
    let name = drs::file_name(&object.id, object.format);
    response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    response.insert_header((header::ETAG, etag));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    let part = match requested {
        Requested::Part(part) => {
            response.insert_header((header::CONTENT_RANGE, part.content_range(object.size_bytes)));
            part
        }
        Requested::Whole | Requested::Unsatisfiable => ByteRange {
            start: 0,
            end: object.size_bytes,
        },
    };
    response.no_chunking(part.end - part.start);
    if request.method() == Method::HEAD {
        return Ok(response.body(actix_web::body::SizedStream::new(
            part.end - part.start,
            futures::stream::empty::<Result<bytes::Bytes, std::io::Error>>(),
        )));
    }
    let place = place(&gateway, &request, &permit.caller)?;
    let unreadable = |error| Refusal::Service(ServiceError::Objects(error));
    let bytes = gateway
        .stores
        .objects
        .read_object_range(&permit.grant, &object, part.start..part.end)
        .await
        .map_err(unreadable)?;
    // The first bytes are read before the status is sent. A missing file is then answered with an error status, and not with a body that breaks off.
    let mut bytes = Box::pin(bytes);
    let first = bytes.next().await.transpose().map_err(unreadable)?;
    let bytes = futures::stream::iter(first.map(Ok)).chain(bytes);
    let watch = Watched {
        gateway: gateway.clone(),
        caller: permit.caller,
        action: Action::FetchObject,
        located: located(&object),
        grant: permit.grant,
        recording: Recording::of(&presented, Some(object.size_bytes)),
        _place: place,
    };
    Ok(response.streaming(watched(watch, bytes)))
}

/// The authorisations for objects: a bearer token of an issuer whose tokens are accepted in the Authorization header, or passports with visas of the
/// trusted visa issuers.
pub(crate) fn authorizations(trusted: &TrustedIssuers) -> Authorizations {
    let of = |fits: &dyn Fn(&TrustedIssuer) -> bool| -> Vec<String> {
        let issuers = trusted.issuers.iter().filter(|issuer| fits(issuer));
        issuers.map(|issuer| issuer.issuer.clone()).collect()
    };
    Authorizations {
        bearer: Some(of(&|issuer| !issuer.bearer.is_empty())),
        passport: NonEmpty::try_from(of(&|issuer| issuer.kinds.contains(&IssuerKind::VisaIssuer))).ok(),
        ..Authorizations::none()
    }
}

/// `OPTIONS /objects/{object_id}`: the authorisations for objects, open to every caller (DRS 1.5 § OptionsObject). The answer is the same for every id,
/// so that it does not reveal which ids exist.
pub(crate) async fn options_object(gateway: web::Data<Gateway>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(&*gateway.drs_authorizations.read().unwrap_or_else(PoisonError::into_inner))
}

impl StandardError for DrsError {
    const STANDARD: Standard = Standard::Drs;
    const CONTENT_TYPE: &'static str = "application/json";

    fn of(kind: ErrorKind, explanation: String) -> Option<Self> {
        Some(match kind {
            ErrorKind::Unauthenticated => Self::Unauthorized { explanation },
            ErrorKind::Forbidden => Self::Forbidden { explanation },
            ErrorKind::NotFound => Self::NotFound(Missing::Object),
            ErrorKind::Invalid | ErrorKind::TooManyRequests | ErrorKind::Conflict => return None,
            ErrorKind::RangeNotSatisfiable | ErrorKind::TooLarge | ErrorKind::Internal => Self::InternalServerError,
            ErrorKind::MethodNotAllowed => Self::MethodNotAllowed,
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
}
