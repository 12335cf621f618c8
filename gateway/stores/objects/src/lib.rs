//! The programme's files: whole bytes in a local folder or an S3 bucket, exact slices of BAM, CRAM, VCF and BCF, and the inspection of
//! files before they are taken in.
//!
//! Every read takes a [`gemj_access::Grant`], every write a [`gemj_access::Mandate`]. A slice holds what the Grant allows and nothing
//! else: not a record outside the regions, not a participant outside the Grant.

mod bam;
mod bcf;
mod bgzf;
mod binning;
mod cache;
mod calls;
mod cram;
pub mod error;
mod fields;
mod format_error;
pub mod inspect;
mod limits;
mod provenance;
mod redact;
pub mod reference;
mod sam_header;
pub mod settings;
pub mod slice;
mod source;
pub mod store;
mod vcf;

pub use calls::{Call, CallFilter, CallsError, Stretch};
pub use error::{ObjectError, SliceError};
pub use reference::{ReferenceBases, ReferenceSequence};
pub use settings::ObjectSettings;
pub use slice::{Class, Naming, OpenSlice, ReadColumn, ReadFields, SliceRegion, SliceRequest, SliceStream};
pub use store::genotypes::{GenotypeReader, GenotypeSlice};
pub use store::{ListedBlob, ObjectStore, ReadKey, Stored};
