//! FHIR R4 for hospitals, about their own patients. Resources that a hospital sends are stored and returned unchanged, apart from the id,
//! version and time that the gateway sets. Genomic findings are returned to the hospital.

mod consent_events;
mod consent_periods;
pub mod create;
mod failure;
pub mod genomics;
mod patients;
mod r4_schema;
mod receive;
mod search;
mod sites;

pub use consent_events::{CLAUSE_SYSTEM, ConsentOutcome, FORM_PREFIX, blocking_event, consent_outcome};
pub use failure::FhirFailure;
pub use patients::{own_identifier, patient, patient_of_number};
pub use r4_schema::{R4Schema, SchemaFault};
pub use receive::{PatientNamed, instant, named_patient, patient_element, receive, stamped};
pub use search::{MatchedResource, Page, identifier_digests, matches, search_resources};
pub use sites::{FhirSite, FhirSites};
