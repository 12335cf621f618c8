//! GA4GH htsget 1.3.0: what a client may ask for, what a server answers, and how it fails.
//!
//! * A request becomes a [`Query`]: [`parse_get`] from the pairs of a URL's query, [`parse_post`] from the bytes of a
//!   body. Everything the specification lets a server reject without looking at data is rejected there.
//! * An answer is a [`Ticket`]; its blocks, fetched and concatenated in order, are the file.
//! * A failure is an [`HtsgetError`], from a closed list; status and body derive from it.
//! * `/reads/service-info` and `/variants/service-info` add a [`HtsgetServiceInfo`] to the common description.
//!
//! Coordinates are 0-based and half-open throughout ([`Position`]). Specification citations are to the text of
//! "Htsget retrieval API spec v1.3.0" (samtools/hts-specs). The crate does no input or output.

mod class;
mod endpoint;
mod error;
mod field;
mod format;
mod json_object;
mod operation;
mod position;
mod query;
mod reference_name;
mod region;
mod service_info;
mod tag;
mod ticket;

pub use class::{Class, RequestedClass};
pub use endpoint::Endpoint;
pub use error::{HtsgetError, InvalidInput, InvalidRange, Missing};
pub use field::{Field, Fields};
pub use format::Format;
pub use operation::Operation;
pub use position::Position;
pub use query::{Parameter, Query, Selection, parse_get, parse_post};
pub use reference_name::ReferenceName;
pub use region::Region;
pub use service_info::HtsgetServiceInfo;
pub use tag::{TagName, Tags};
pub use ticket::{Blocks, DataBlock, Md5, Md5Error, Ticket};

/// The version of the specification implemented here, as service-info states it.
pub const VERSION: &str = "1.3.0";

/// The content type of every JSON answer, errors included (htsget 1.3 § Protocol essentials, "SHOULD include a
/// `Content-Type` header describing the htsget protocol version").
pub const CONTENT_TYPE: &str = "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8";

/// The id that names the service's own description and can therefore be no file's id (htsget 1.3 § URL parameters).
pub const RESERVED_ID: &str = "service-info";

/// How long a browser may remember a CORS preflight answer, in seconds (htsget 1.3 § CORS, "the equivalent of 30 days").
pub const PREFLIGHT_MAX_AGE_SECONDS: u32 = 30 * 24 * 60 * 60;
