use serde::Deserialize;
use serde_json::Value;

use super::read;
use crate::{BadRequest, EncodedPassport, parse_expand};
use ga4gh_service_info::json_object::present;

/// The body of `POST /objects/{object_id}` (DRS 1.5 § PostObjectBody).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PostObjectBody {
    /// Whether to expand nested bundles; `false` if absent.
    pub expand: bool,
    /// The passports in the body, not verified; empty if absent.
    pub passports: Vec<EncodedPassport>,
}

/// The body of `POST /objects/{object_id}/access/{access_id}` (DRS 1.5 § Passports).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PassportsBody {
    /// The passports in the body, not verified; empty if absent.
    pub passports: Vec<EncodedPassport>,
}

#[derive(Deserialize)]
struct RawObjectBody {
    #[serde(default, deserialize_with = "present")]
    expand: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    passports: Option<Vec<EncodedPassport>>,
}

#[derive(Deserialize)]
struct RawPassports {
    #[serde(default, deserialize_with = "present")]
    passports: Option<Vec<EncodedPassport>>,
}

/// Parses the body of `POST /objects/{object_id}`. Unknown members are ignored. `expand` is a boolean, or one of the values that the query of
/// a GET accepts, as a string or as the number 0 or 1.
///
/// # Errors
/// [`BadRequest`] if the body is not a JSON object, if `expand` has any other value, or if `passports` is present and not an array of strings. Null
/// is rejected for both members.
pub fn parse_post_object_body(body: &[u8]) -> Result<PostObjectBody, BadRequest> {
    let raw: RawObjectBody = read(body)?;
    let expand = match raw.expand {
        None => false,
        Some(Value::Bool(expand)) => expand,
        Some(Value::String(text)) => parse_expand(&text)?,
        Some(Value::Number(number)) => parse_expand(&number.to_string())?,
        Some(Value::Null | Value::Array(_) | Value::Object(_)) => return Err(BadRequest::Expand),
    };
    Ok(PostObjectBody {
        expand,
        passports: raw.passports.unwrap_or_default(),
    })
}

/// Parses the body of `POST /objects/{object_id}/access/{access_id}`. Unknown members are ignored.
///
/// # Errors
/// [`BadRequest`] if the body is not a JSON object, or if `passports` is present and not an array of strings.
pub fn parse_passports_body(body: &[u8]) -> Result<PassportsBody, BadRequest> {
    let raw: RawPassports = read(body)?;
    Ok(PassportsBody {
        passports: raw.passports.unwrap_or_default(),
    })
}
