//! The answer to a request that fails.

use serde::Serialize;

use super::meta::ResponseMeta;
use crate::entry_type::EntryType;
use crate::error::BeaconError;
use crate::granularity::Granularity;
use crate::request::BeaconRequest;

/// An error answer (`beaconErrorResponse.json`), with the full `meta` of an answer. `error.errorCode` is an *integer*, as the schema requires.
/// The schema's own example, `"404"`, does not conform to the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorResponse {
    meta: ResponseMeta,
    error: ErrorBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    error_code: u16,
    error_message: String,
}

impl ErrorResponse {
    /// The answer for an error that occurred after the request was parsed.
    #[must_use]
    pub fn answering(beacon_id: &str, request: &BeaconRequest, error: &BeaconError) -> Self {
        Self {
            meta: ResponseMeta::answering(beacon_id, request, Granularity::Boolean),
            error: ErrorBody::of(error),
        }
    }

    /// The answer for an error that occurred before the request was parsed, or on a path without an entry type (`entry` is then `None`).
    #[must_use]
    pub fn before_parsing(beacon_id: &str, entry: Option<EntryType>, error: &BeaconError) -> Self {
        Self {
            meta: ResponseMeta::before_parsing(beacon_id, entry),
            error: ErrorBody::of(error),
        }
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.error.error_code
    }
}

impl ErrorBody {
    fn of(error: &BeaconError) -> Self {
        Self {
            error_code: error.status(),
            error_message: error.to_string(),
        }
    }
}
