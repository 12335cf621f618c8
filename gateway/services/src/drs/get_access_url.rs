//! `GET /objects/{object_id}/access/{access_id}`: a signed URL to a whole file's bytes, or the URL of its htsget tickets.

use ga4gh_drs::{AccessUrl, DrsError};
use gemj_access::{Caller, Capability, CapabilityKey, Grant, Payload};
use gemj_model::{DataKind, DataObject, ObjectId, Timestamp};

/// The ways to access a file that have an access id in DRS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Access to the bytes of the file over HTTPS through this gateway.
    Https,
    /// Access to slices of the file by htsget.
    Htsget,
}

impl Access {
    /// The DRS access id of this way of access. The id is the same for every file.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Htsget => "htsget",
        }
    }

    /// Parses an access id; absent for an unknown access id.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        [Self::Https, Self::Htsget].into_iter().find(|access| access.id() == id)
    }
}

/// The URL of a file's htsget tickets. `htsget_url` is the address below which htsget serves the file. The URL alone gives no access: the
/// caller requests the ticket with the caller's own credentials.
#[must_use]
pub fn get_htsget_url(object: &DataObject, htsget_url: &str) -> AccessUrl {
    let kind = match object.format.data_kind() {
        DataKind::Reads => "reads",
        DataKind::Variants => "variants",
    };
    AccessUrl::new(format!("{htsget_url}/{kind}/{}?format={}", object.id, object.format.as_str()))
}

/// Makes the signed URL of a file's bytes. `bytes_url` is the address of signed bytes, without a slash at the end.
///
/// # Errors
/// [`DrsError::InternalServerError`] if the capability cannot be sealed, which is a fault of the gateway.
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
