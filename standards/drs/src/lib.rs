//! GA4GH Data Repository Service (DRS) 1.5.0: objects, access methods, requests, errors and `drs://` URIs.
//!
//! * A path segment becomes an [`ObjectId`] or an [`AccessId`]. Both types percent-encode themselves for URLs.
//! * A request body becomes a [`PostObjectBody`], [`PassportsBody`], [`BulkObjectIds`] or [`BulkObjectAccessIds`]. `Debug` never shows the
//!   passports in a body.
//! * An answer is a [`DrsObject`], an [`AccessUrl`] or an [`Authorizations`]. Absent members are omitted from the JSON. They are never null
//!   and never an empty array.
//! * A failure is a [`DrsError`], from a closed list. The status and the body derive from the error.
//!
//! Times are RFC 3339 strings from the caller. The crate has no clock and does not check the times. It does no I/O. Citations refer to the
//! OpenAPI document `drs-1.5.0` (ga4gh/data-repository-service-schemas).

mod access;
mod authorizations;
mod bulk;
mod checksum;
mod error;
mod expand;
mod identifier;
mod non_empty;
mod object;
mod operation;
mod passport;
mod portable_name;
mod request;
mod service_info;
mod uri;

pub use access::{AccessLocation, AccessMethod, AccessMethodType, AccessUrl};
pub use authorizations::Authorizations;
pub use bulk::{BulkAccessUrl, BulkAccessUrlAnswer, BulkAnswer, BulkAuthorizationsAnswer, BulkObjectAnswer, Summary, Unresolved};
pub use checksum::{Checksum, ChecksumError, ChecksumType, bundle_checksum_input};
pub use error::{BadRequest, DrsError, Missing};
pub use expand::{expand_from_query, parse_expand};
pub use identifier::{AccessId, IdError, ObjectId, RESERVED_OBJECT_ID};
pub use non_empty::{Empty, NonEmpty};
pub use object::{Content, ContentsError, ContentsObject, ContentsTarget, DrsObject};
pub use operation::Operation;
pub use passport::EncodedPassport;
pub use portable_name::{PortableName, PortableNameError};
pub use request::{
    BulkObjectAccessIds, BulkObjectIds, ObjectAccessIds, PassportsBody, PostObjectBody, parse_bulk_object_access_ids,
    parse_bulk_object_ids, parse_passports_body, parse_post_object_body,
};
pub use service_info::DrsServiceInfo;
pub use uri::{CompactIdentifier, DrsUri, DrsUriError, Hostname, hostname_uri};

/// The version of the implemented DRS specification, as service-info states it.
pub const VERSION: &str = "1.5.0";

/// The fixed prefix of every path ("DRS server endpoints MUST be prefixed by the '/ga4gh/drs/v1' endpoint path").
pub const BASE_PATH: &str = "/ga4gh/drs/v1";

/// The content type of every JSON answer, including errors.
pub const CONTENT_TYPE: &str = "application/json";
