//! The token endpoint of SMART Backend Services.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::{Job, Upkeep};
use gemj_authenticate::{BindingFault, SmartFault, TokenRequest};
use serde_json::json;

use super::flow::Refusal;
use super::gateway::Gateway;
use super::{body, client_certificate, credentials, problem};

/// Maximum size of the form in a token request, in bytes.
const MAX_FORM_BYTES: usize = 16 * 1024;

/// `POST /auth/token`: issues an access token to a SMART client.
pub(crate) async fn token(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload) -> HttpResponse {
    match issue(&gateway, &request, body).await {
        Ok(response) => response,
        Err(Refused::Client(fault)) => {
            if matches!(fault, SmartFault::Client) {
                credentials::failed(&gateway, &request);
            }
            refuse(fault)
        }
        Err(Refused::Binding(fault)) => refuse_binding(fault),
        Err(Refused::Request(refusal)) => problem::answer(&refusal.problem()),
    }
}

/// The reason why no token is issued.
enum Refused {
    Client(SmartFault),
    Binding(BindingFault),
    Request(Refusal),
}

impl From<SmartFault> for Refused {
    fn from(fault: SmartFault) -> Self {
        Self::Client(fault)
    }
}

impl From<BindingFault> for Refused {
    fn from(fault: BindingFault) -> Self {
        Self::Binding(fault)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Request(refusal)
    }
}

async fn issue(gateway: &Gateway, request: &HttpRequest, content: web::Payload) -> Result<HttpResponse, Refused> {
    credentials::may_present(gateway, request)?;
    if body::media_type(request).as_deref() != Some("application/x-www-form-urlencoded") {
        return Err(SmartFault::Request("the body must be application/x-www-form-urlencoded").into());
    }
    let body = body::read(content, MAX_FORM_BYTES)
        .await
        .map_err(|_| SmartFault::Request("the form is too large or was cut off"))?;
    let asked = read_form(&body)?;
    let client = gateway.authenticator.verify_client(&asked).await?;
    let proof = credentials::one(request, credentials::DPOP, "the DPoP header occurs more than once")?;
    let certificate = client_certificate::of(gateway, request)?;
    let client = gateway.authenticator.bind_client(client, proof, certificate.as_deref())?;
    let key = Upkeep::of(Job::RememberAssertions);
    let first = gateway
        .stores
        .catalogue
        .use_assertion(key, &client.assertion_digest(), client.assertion_expires())
        .await;
    match first {
        Ok(true) => {}
        Ok(false) => return Err(SmartFault::Client.into()),
        Err(error) => {
            tracing::error!(%error, "store failed");
            return Err(SmartFault::KeysUnavailable.into());
        }
    }
    let token = gateway.authenticator.issue_token(&client)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(json!({
            "access_token": token.access_token,
            "token_type": token.token_type,
            "expires_in": token.expires_in_s,
            "scope": token.scope,
        })))
}

/// Parses the form of a token request. Every known parameter may occur at most once, and unknown parameters are ignored (RFC 6749 § 3.2).
fn read_form(body: &[u8]) -> Result<TokenRequest, SmartFault> {
    let mut asked = TokenRequest::default();
    for (name, value) in url::form_urlencoded::parse(body) {
        let place = match name.as_ref() {
            "grant_type" => &mut asked.grant_type,
            "scope" => &mut asked.scope,
            "client_assertion_type" => &mut asked.client_assertion_type,
            "client_assertion" => &mut asked.client_assertion,
            _ => continue,
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(SmartFault::Request("a parameter occurs more than once"));
        }
    }
    Ok(asked)
}

/// Renders an error response as in RFC 6749 § 5.2.
fn refuse(fault: SmartFault) -> HttpResponse {
    let mut response = match fault {
        SmartFault::Client => HttpResponse::Unauthorized(),
        SmartFault::KeysUnavailable => HttpResponse::ServiceUnavailable(),
        SmartFault::Request(_) | SmartFault::GrantType | SmartFault::Scope => HttpResponse::BadRequest(),
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"error": fault.code(), "error_description": fault.to_string()}))
}

/// Renders an error response for a faulty proof of possession, as in RFC 9449 § 5.
fn refuse_binding(fault: BindingFault) -> HttpResponse {
    let mut response = match fault {
        BindingFault::TooManyProofs => HttpResponse::ServiceUnavailable(),
        _ => HttpResponse::BadRequest(),
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"error": fault.token_error(), "error_description": fault.to_string()}))
}
