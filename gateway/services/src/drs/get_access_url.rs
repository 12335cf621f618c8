//! `GET /objects/{object_id}/access/{access_id}`: a signed URL to a whole file's bytes.

use ga4gh_drs::{AccessUrl, DrsError};
use gemj_access::{Caller, Capability, CapabilityKey, Grant, Payload};
use gemj_model::{ObjectId, Timestamp};

/// The one access id of every file: its bytes over HTTPS through this gateway.
pub const ACCESS_ID: &str = "https";

/// Makes the URL. `bytes_url` is the address of signed bytes, without a slash at its end.
///
/// # Errors
/// None but a fault of ours.
pub fn get_access_url(
    grant: &Grant,
    caller: &Caller,
    object: &ObjectId,
    key: &CapabilityKey,
    bytes_url: &str,
    not_after: Timestamp,
) -> Result<AccessUrl, DrsError> {
    let capability = Capability::from_grant(grant, caller, object.clone(), Payload::Bytes, not_after);
    let sealed = capability.seal(key).map_err(|_| DrsError::InternalServerError)?;
    Ok(AccessUrl::new(format!("{bytes_url}/{sealed}")))
}
