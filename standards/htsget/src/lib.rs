//! GA4GH htsget 1.3.0: the requests of a client, the answers of a server, and the errors.
//!
//! * A request becomes a [`Query`]: [`parse_get`] parses the pairs of a URL's query, and [`parse_post`] parses the bytes of a body. These
//!   functions reject every request that the specification lets a server reject without reading data.
//! * An answer is a [`Ticket`]. The ticket's blocks, fetched and concatenated in order, are the file.
//! * A failure is an [`HtsgetError`], from a closed list. The status and the body derive from the error.
//! * `/reads/service-info` and `/variants/service-info` add a [`HtsgetServiceInfo`] to the common description.
//!
//! All coordinates are 0-based and half-open ([`Position`]). Citations of the specification refer to the text of "Htsget retrieval API spec
//! v1.3.0" (samtools/hts-specs). The crate does no I/O.

mod class;
mod endpoint;
mod error;
mod field;
mod format;
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

/// The version of the implemented specification, as service-info states it.
pub const VERSION: &str = "1.3.0";

/// The content type of every JSON answer, including errors (htsget 1.3 § Protocol essentials, "SHOULD include a `Content-Type` header
/// describing the htsget protocol version").
pub const CONTENT_TYPE: &str = "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8";

/// The id of the service's own description. It cannot be the id of a file (htsget 1.3 § URL parameters).
pub const RESERVED_ID: &str = "service-info";

/// How long a browser may cache a CORS preflight answer, in seconds (htsget 1.3 § CORS, "the equivalent of 30 days").
pub const PREFLIGHT_MAX_AGE_SECONDS: u32 = 30 * 24 * 60 * 60;
