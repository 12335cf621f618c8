//! The programme's files: whole bytes in a local folder or an S3 bucket, exact slices of BAM, CRAM, VCF and BCF, and the inspection of
//! files before they are taken in.
//!
//! Every read takes a [`gemj_access::Grant`], every write a [`gemj_access::Mandate`]. A slice holds what the Grant allows and nothing
//! else: not a record outside the regions, not a participant outside the Grant.

pub mod error;
pub mod inspect;
pub mod settings;
pub mod slice;
pub mod store;

pub use error::{ObjectError, SliceError};
pub use settings::ObjectSettings;
pub use slice::{Class, SliceRegion, SliceRequest, SliceStream};
pub use store::{ObjectStore, ReadKey, Stored};
