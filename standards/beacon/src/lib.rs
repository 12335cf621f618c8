//! GA4GH Beacon v2: what a request asks and how an answer is written.
//!
//! [`parse_get`] and [`parse_post`] turn an untrusted request into one [`BeaconRequest`]; [`BooleanResponse`], [`CountResponse`],
//! [`InfoResponse`] and [`ErrorResponse`] are the answers. Nothing here reads a store or knows HTTP.
//!
//! Two rules hold throughout:
//!
//! * **Nothing is silently ignored.** A parameter, member or filter that is unknown, misspelt or not understood yet is an error that
//!   names it: an ignored restriction would widen the answer beyond what was asked.
//! * **Coordinates are 0-based and half-open** ([`ZeroBased`], [`Interval`]), as Beacon v2 has them everywhere.
//!
//! The answers satisfy the schemas of v2.1.1, and those of v2.2.0 in the parts this crate renders.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assembly;
mod bases;
mod coordinates;
mod entry_type;
mod error;
mod excerpt;
mod filter;
mod granularity;
mod include_resultset_responses;
mod json;
mod pagination;
mod reference_name;
mod request;
mod response;
mod variant_query;
mod variant_type;
mod version;

pub use assembly::Assembly;
pub use bases::Bases;
pub use coordinates::{Interval, LengthBases, ZeroBased};
pub use entry_type::EntryType;
pub use error::BeaconError;
pub use excerpt::Excerpt;
pub use filter::{AlphanumericFilter, CustomFilter, Filter, FilterValue, MAX_FILTER_ID_BYTES, MAX_FILTERS, OntologyFilter, Operator};
pub use granularity::Granularity;
pub use include_resultset_responses::IncludeResultsetResponses;
pub use pagination::{MAX_PAGE_RECORDS, Pages, Pagination};
pub use reference_name::{ReferenceName, refseq_accession};
pub use request::get::parse_get;
pub use request::post::{MAX_BODY_BYTES, parse_post};
pub use request::{BeaconRequest, RequestMeta, RequestedSchema};
pub use response::boolean::BooleanResponse;
pub use response::count::{CountAdjustment, CountPrecision, CountResponse, CountSummary};
pub use response::error::ErrorResponse;
pub use response::info::{BeaconInfo, BeaconOrganization, Environment, InfoResponse};
pub use response::meta::{InformationalMeta, ReceivedRequestSummary, ResponseMeta, SchemaPerEntity};
pub use variant_query::amino_acid::{AminoAcid, AminoAcidChange, AminoAcidQuery};
pub use variant_query::bracket::{Bracket, BracketQuery};
pub use variant_query::gene::{GeneId, GeneQuery};
pub use variant_query::hgvs::{AlleleQuery, GenomicAllele, GenomicChange, HgvsDescription, HgvsKind};
pub use variant_query::{RangeQuery, SequenceQuery, VariantQuery};
pub use variant_type::VariantType;
pub use version::{API_VERSION, SERVICE_TYPE_ARTIFACT, SERVICE_TYPE_GROUP, SERVICE_TYPE_VERSION};
