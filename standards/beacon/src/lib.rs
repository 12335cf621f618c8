//! GA4GH Beacon v2: parses requests and renders answers.
//!
//! [`parse_get`] and [`parse_post`] parse an untrusted request into a [`BeaconRequest`]. The answers are [`BooleanResponse`],
//! [`CountResponse`], [`ResultsetsResponse`], [`CollectionsResponse`], [`InfoResponse`], [`ConfigurationResponse`], [`MapResponse`],
//! [`EntryTypesResponse`], [`FilteringTermsResponse`] and [`ErrorResponse`]. The crate reads no store and contains no HTTP server.
//!
//! Two rules apply to the whole crate:
//!
//! * **Nothing is silently ignored.** An unknown, misspelled or unsupported parameter, member or filter is an error that names it. An
//!   ignored restriction would make the answer wider than requested. Only two members restrict nothing and cause no error: `$schema`, and a
//!   requested schema that this crate cannot render, which the answer's `info` names.
//! * **Coordinates are 0-based and half-open** ([`ZeroBased`], [`Interval`]), as everywhere in Beacon v2.
//!
//! The answers conform to the schemas of v2.1.1. In the parts that this crate renders, they also conform to v2.2.0.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assembly;
mod bases;
mod coordinates;
mod endpoint;
mod entry_type;
mod error;
mod excerpt;
mod filter;
mod granularity;
mod include_resultset_responses;
mod json;
mod pagination;
mod record;
mod reference_name;
mod request;
mod response;
mod variant_query;
mod variant_type;
mod version;

pub use assembly::Assembly;
pub use bases::Bases;
pub use coordinates::{Interval, LengthBases, ZeroBased};
pub use endpoint::{ENDPOINTS, Endpoint, EndpointKind};
pub use entry_type::EntryType;
pub use error::BeaconError;
pub use excerpt::Excerpt;
pub use filter::{AlphanumericFilter, CustomFilter, Filter, FilterValue, MAX_FILTER_ID_BYTES, MAX_FILTERS, OntologyFilter, Operator};
pub use granularity::Granularity;
pub use include_resultset_responses::IncludeResultsetResponses;
pub use pagination::{MAX_PAGE_RECORDS, Pages, Pagination, TermsPage, TermsRequest};
pub use record::analysis::Analysis;
pub use record::biosample::Biosample;
pub use record::cohort::{Cohort, CohortType};
pub use record::dataset::{Dataset, DuoDataUse};
pub use record::disease::Disease;
pub use record::external_reference::ExternalReference;
pub use record::genomic_variant::{
    AlleleOrigin, CalledPeople, CaseLevelVariant, ClinicalInterpretation, ClinicalRelevance, FrequencyInPopulations, GenomicVariant,
    Identifiers, InterpretationInfo, MolecularAttributes, PopulationFrequency, Zygosity,
};
pub use record::individual::{Individual, KaryotypicSex, Sex};
pub use record::measurement::{Measurement, MeasurementValue, Quantity};
pub use record::ontology_term::OntologyTerm;
pub use record::phenotypic_feature::PhenotypicFeature;
pub use record::procedure::Procedure;
pub use record::run::{LibraryLayout, Run};
pub use record::time::{Age, Date, TimeElement, Timestamp};
pub use record::treatment::Treatment;
pub use record::variant_key::VariantKey;
pub use record::{Collection, Record};
pub use reference_name::{ReferenceName, refseq_accession};
pub use request::get::{parse_filtering_terms, parse_get};
pub use request::post::{MAX_BODY_BYTES, parse_post, parse_post_filtering_terms};
pub use request::{BeaconRequest, RequestMeta, RequestedSchema};
pub use response::boolean::BooleanResponse;
pub use response::collections::CollectionsResponse;
pub use response::configuration::{ConfigurationResponse, ProductionStatus, SecurityAttributes, SecurityLevel};
pub use response::count::{CountAdjustment, CountPrecision, CountResponse, CountSummary};
pub use response::entry_types::{EntryTypeDefinition, EntryTypesResponse};
pub use response::error::ErrorResponse;
pub use response::filtering_terms::{FilteringTerm, FilteringTermsResponse, OntologyResource};
pub use response::handover::Handover;
pub use response::info::{BeaconInfo, BeaconOrganization, Environment, InfoResponse};
pub use response::map::MapResponse;
pub use response::meta::{InformationalMeta, ReceivedRequestSummary, ResponseMeta, SchemaPerEntity};
pub use response::resultsets::{ResultSet, ResultsetsResponse};
pub use variant_query::amino_acid::{AminoAcid, AminoAcidChange, AminoAcidQuery};
pub use variant_query::bracket::{Bracket, BracketQuery};
pub use variant_query::gene::{GeneId, GeneQuery};
pub use variant_query::hgvs::{AlleleQuery, GenomicAllele, GenomicChange, HgvsDescription, HgvsKind};
pub use variant_query::{RangeQuery, SequenceQuery, VariantQuery};
pub use variant_type::VariantType;
pub use version::{API_VERSION, SERVICE_TYPE_ARTIFACT, SERVICE_TYPE_GROUP, SERVICE_TYPE_VERSION};
