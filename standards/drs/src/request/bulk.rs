use std::num::NonZeroU32;

use serde::Deserialize;

use super::read;
use crate::{BadRequest, DrsError, EncodedPassport};
use ga4gh_service_info::json_object::{JsonObject, present};

/// The body of `POST /objects` and, without passports, of bulk OPTIONS (DRS 1.5 § BulkObjectId).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkObjectIds {
    /// The passports that apply to all requested objects. This crate does not verify them.
    pub passports: Vec<EncodedPassport>,
    /// The requested object ids as listed, not percent-encoded, including repetitions. An invalid id counts as an object that is not found.
    pub object_ids: Vec<String>,
}

/// The body of `POST /objects/access` (DRS 1.5 § BulkObjectAccessId).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkObjectAccessIds {
    /// The passports that apply to all requested objects. This crate does not verify them.
    pub passports: Vec<EncodedPassport>,
    /// The requested objects and access ids, as listed.
    pub objects: Vec<ObjectAccessIds>,
}

/// The requested access ids of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectAccessIds {
    /// The id of the object.
    pub object_id: String,
    /// The requested access ids of the object; at least one.
    pub access_ids: Vec<String>,
}

#[derive(Deserialize)]
struct RawObjectIds {
    #[serde(default, deserialize_with = "present")]
    passports: Option<Vec<EncodedPassport>>,
    #[serde(default, deserialize_with = "present")]
    bulk_object_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct RawAccessIds {
    #[serde(default, deserialize_with = "present")]
    passports: Option<Vec<EncodedPassport>>,
    #[serde(default, deserialize_with = "present")]
    bulk_object_access_ids: Option<Vec<JsonObject<RawObjectAccessIds>>>,
}

#[derive(Deserialize)]
struct RawObjectAccessIds {
    bulk_object_id: String,
    bulk_access_ids: Vec<String>,
}

/// Parses the body of `POST /objects` or bulk OPTIONS. `max_length` is the server's `maxBulkRequestLength`.
///
/// # Errors
/// [`BadRequest`] if the body is malformed or names no object; [`DrsError::RequestTooLarge`] if it names too many objects.
pub fn parse_bulk_object_ids(body: &[u8], max_length: NonZeroU32) -> Result<BulkObjectIds, DrsError> {
    let raw: RawObjectIds = read(body)?;
    let object_ids = raw.bulk_object_ids.unwrap_or_default();
    check_length(object_ids.len(), max_length)?;
    Ok(BulkObjectIds {
        passports: raw.passports.unwrap_or_default(),
        object_ids,
    })
}

/// Parses the body of `POST /objects/access`. The limit counts pairs of object and access id, because each pair is one answer.
///
/// # Errors
/// [`BadRequest`] if the body is malformed, names no object, or names an object without access ids; [`DrsError::RequestTooLarge`] if it
/// contains too many pairs.
pub fn parse_bulk_object_access_ids(body: &[u8], max_length: NonZeroU32) -> Result<BulkObjectAccessIds, DrsError> {
    let raw: RawAccessIds = read(body)?;
    let objects: Vec<_> = raw
        .bulk_object_access_ids
        .unwrap_or_default()
        .into_iter()
        .map(|JsonObject(pair)| ObjectAccessIds {
            object_id: pair.bulk_object_id,
            access_ids: pair.bulk_access_ids,
        })
        .collect();
    if objects.iter().any(|object| object.access_ids.is_empty()) {
        return Err(BadRequest::EmptyBulk.into());
    }
    check_length(objects.iter().map(|object| object.access_ids.len()).sum(), max_length)?;
    Ok(BulkObjectAccessIds {
        passports: raw.passports.unwrap_or_default(),
        objects,
    })
}

fn check_length(count: usize, max_length: NonZeroU32) -> Result<(), DrsError> {
    if count == 0 {
        return Err(BadRequest::EmptyBulk.into());
    }
    // A count that does not fit into 32 bits is above every limit.
    if u32::try_from(count).map_or(true, |count| count > max_length.get()) {
        return Err(DrsError::RequestTooLarge {
            limit: u64::from(max_length.get()),
            unit: "ids",
        });
    }
    Ok(())
}
