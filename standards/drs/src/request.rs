//! The bodies of POST and bulk OPTIONS requests.

mod bulk;
mod single;

pub use bulk::{BulkObjectAccessIds, BulkObjectIds, ObjectAccessIds, parse_bulk_object_access_ids, parse_bulk_object_ids};
use serde::de::DeserializeOwned;
pub use single::{PassportsBody, PostObjectBody, parse_passports_body, parse_post_object_body};

use crate::BadRequest;
use ga4gh_service_info::json_object::JsonObject;

/// Parses a request body that must be one JSON object. The error omits serde_json's own message, which would repeat parts of the body, and the
/// body contains passports.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, BadRequest> {
    match serde_json::from_slice::<JsonObject<T>>(body) {
        Ok(JsonObject(value)) => Ok(value),
        Err(error) => Err(BadRequest::MalformedBody {
            line: error.line(),
            column: error.column(),
        }),
    }
}
