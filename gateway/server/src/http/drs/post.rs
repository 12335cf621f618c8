//! The POST endpoints of DRS 1.5. The answers are the same as for GET. The body may contain passports.

use actix_web::{HttpRequest, web};
use bytes::Bytes;
use ga4gh_drs::{BadRequest, DrsError, EncodedPassport, parse_passports_body, parse_post_object_body};

use super::{DrsResult, answer_access_url, answer_object};
use crate::http::body::{self, BodyFault};
use crate::http::flow::Refusal;
use crate::http::gateway::Gateway;
use crate::http::{credentials, declaration};

/// Maximum size of the body of a DRS request, in bytes. Up to eight passports may be sent; together they must fit.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// `POST /objects/{object_id}`: the description of one object. The body may contain passports.
pub(crate) async fn post_object(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>, body: web::Payload) -> DrsResult {
    let bytes = read(&request, body).await?;
    let body = parse_post_object_body(&bytes).map_err(DrsError::from)?;
    let declared = declaration::of_body(&bytes).map_err(Refusal::from)?;
    let caller = credentials::caller_with(&gateway, &request, &texts(body.passports), declared).await?;
    answer_object(&gateway, caller, &id).await
}

/// `POST /objects/{object_id}/access/{access_id}`: a signed URL for the object's bytes. The body may contain passports.
pub(crate) async fn post_access_url(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: web::Payload,
) -> DrsResult {
    let bytes = read(&request, body).await?;
    let body = parse_passports_body(&bytes).map_err(DrsError::from)?;
    let declared = declaration::of_body(&bytes).map_err(Refusal::from)?;
    let caller = credentials::caller_with(&gateway, &request, &texts(body.passports), declared).await?;
    let (id, access_id) = path.into_inner();
    answer_access_url(&gateway, caller, &id, &access_id).await
}

fn texts(passports: Vec<EncodedPassport>) -> Vec<String> {
    passports.iter().map(|p| p.expose().to_owned()).collect()
}

/// Reads the body. If the request states a media type, it must be `application/json`. An empty body is read as an empty object.
async fn read(request: &HttpRequest, content: web::Payload) -> Result<Bytes, DrsError> {
    let bytes = match body::read(content, MAX_BODY_BYTES).await {
        Ok(bytes) => bytes,
        Err(BodyFault::Unreadable) => return Err(BadRequest::MalformedBody { line: 0, column: 0 }.into()),
        Err(BodyFault::TooLarge) => {
            return Err(DrsError::RequestTooLarge {
                limit: MAX_BODY_BYTES as u64,
                unit: "bytes",
            });
        }
    };
    if bytes.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    let is_json = body::media_type(request).is_none_or(|media_type| media_type == "application/json");
    if is_json { Ok(bytes) } else { Err(DrsError::UnsupportedMediaType) }
}
