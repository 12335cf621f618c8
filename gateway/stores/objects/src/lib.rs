//! The programme's files: whole bytes in a local folder or an S3 bucket, exact slices of BAM, CRAM, VCF and BCF, and the inspection of
//! files before they are loaded.
//!
//! Every read for a caller requires a [`gemj_access::Grant`], every read for maintenance a [`gemj_access::Upkeep`], and every write a
//! [`gemj_access::Mandate`]. A slice contains only data that the Grant allows: no record outside the approval's regions, and no data of a
//! participant outside the Grant.

mod cache;
mod calls;
pub mod error;
mod input_file;
pub mod inspect;
mod provenance;
mod redact;
pub mod reference;
pub mod settings;
pub mod slice;
mod source;
pub mod store;

pub use calls::{Call, CallFilter, CallsError, Stretch};
pub use error::{ObjectError, SliceError};
pub use hts_formats::read_fields::{ReadColumn, ReadFields};
pub use input_file::{HashedFile, open_regular};
pub use reference::{ReferenceBases, ReferenceSequence};
pub use settings::ObjectSettings;
pub use slice::{Class, Naming, OpenSlice, SliceRegion, SliceRequest, SliceStream};
pub use store::genotypes::{GenotypeReader, GenotypeSlice};
pub use store::{ListedBlob, ObjectStore, ReadKey, Stored};
