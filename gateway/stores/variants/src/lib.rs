//! The carrier index: finds the carriers of each allele, limited to the participants that a [`gemj_access::Grant`] covers.
//!
//! Variants are stored in immutable, checksummed segments (see [`segment`]): one for each ingest batch, dataset, assembly and origin
//! (germline or somatic). The catalogue's manifest lists the segments in use, and [`CarrierIndex`] answers queries from these segments.
//! [`SegmentBuilder`] and [`ingest_variants`] make segments from VCF and BCF files; [`flush_observations`] makes segments from case
//! reports.

pub mod builder;
mod cache;
mod callability;
pub mod carriers;
pub mod collect;
pub mod compact;
pub mod error;
pub mod index;
pub mod ingest;
mod mask;
mod name_spool;
pub mod normal;
pub mod observations;
mod openable;
pub mod query;
pub mod segment;
pub mod storage;

pub use builder::{BuildError, BuiltSegment, DEFAULT_BUDGET_BYTES, EntryWitness, SegmentBuilder, SourceNumber};
pub use carriers::Carriers;
pub use collect::{CollectReport, collect_blobs};
pub use compact::{
    MergeError, MergeReport, MergeStep, SegmentStatus, WithoutFiles, indexed_sources, merge_segments, segment_status, without_files,
    without_participants,
};
pub use error::VariantError;
pub use index::{AlleleNumbers, CarrierCounts, CarrierIndex, CarrierReader, Cohort, CountedAllele, Frequencies, VisibleAllele};
pub use ingest::{IngestError, IngestFault, IngestReport, Progress, SkipReason, ingest_path, ingest_variants};
pub use name_spool::{NameSpool, SpooledNames};
pub use normal::leftmost;
pub use observations::{FlushError, FlushReport, flush_observations};
pub use openable::check_segments;
pub use query::{AlleleFilter, AlleleQuery, NamedAllele, NamedAlleles, SequenceQuery, VariantKind, WindowQuery};
pub use segment::SegmentError;
pub use segment::verify::{SegmentSummary, verify};
pub use storage::{BlobReader, ManifestReader, SegmentManifest, StoreFailure, StoredSegment};
