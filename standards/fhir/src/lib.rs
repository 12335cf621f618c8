//! HL7 FHIR R4 (4.0.1) and Genomics Reporting 3.0.0 (STU3), without I/O.
//!
//! * Received bytes become a [`resource::ReceivedResource`], which keeps its text byte for byte. The typed structs of `hl7-fhir-typed` only
//!   check it.
//! * A query becomes a [`search::Search`] or a [`genomics::FindSubjectVariants`]. A Consent becomes a [`consent::ConsentStatement`].
//! * The crate renders the answers [`bundle::searchset`], [`capability_statement::CapabilityStatement`],
//!   [`smart_configuration::SmartConfiguration`], [`genomics::VariantObservation`], [`genomics::GenomicReport`] and [`task::RecontactTask`].
//! * A failure is a [`FhirError`], from a closed list. The status and the OperationOutcome derive from the failure.
//!
//! Data about a person (ids, numbers, references, bodies) never appears in `Debug` or in an error. This crate does not contain the official
//! JSON Schema. The caller must load the schema and validate resources with it. [`repair_r4_schema`] makes the schema conform to R4.

pub mod bundle;
pub mod capability_statement;
pub mod consent;
pub mod genomics;
pub mod resource;
pub mod search;
pub mod smart_configuration;
pub mod task;

mod date;
mod error;
mod interaction;
mod json_schema;
#[cfg(test)]
mod official;
mod operation_outcome;
mod reference;
mod resource_type;
mod withheld;

pub use date::{is_date_time, is_instant};
pub use error::FhirError;
pub use interaction::Interaction;
pub use json_schema::repair_r4_schema;
pub use operation_outcome::{Issue, IssueCode, Severity, operation_outcome};
pub use reference::{Identifier, Reference, Target, is_id};
pub use resource_type::ResourceType;
pub use withheld::Withheld;

/// The version of FHIR, as the CapabilityStatement states it.
pub const FHIR_VERSION: &str = "4.0.1";

/// The content type of every answer.
pub const CONTENT_TYPE: &str = "application/fhir+json; fhirVersion=4.0";
