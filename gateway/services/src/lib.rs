//! The operations of each standard after the access decision: each takes a typed request and a key and returns a typed response. This crate
//! contains no HTTP server and no SQL.

pub mod airlock;
pub mod approvals;
pub mod backup;
pub mod beacon;
pub mod consent_forms;
pub mod consent_portal;
pub mod consent_sheet;
pub mod console;
pub mod drs;
pub mod export;
pub mod federation;
pub mod fhir;
pub mod htsget;
pub mod ingest;
pub mod judge;
mod kept_packet;
pub mod linkage;
pub mod load;
pub mod merges;
mod outgoing;
pub mod purge;
pub mod recipients;
pub mod reconcile;
pub mod recontact;
pub mod redcap_api;
pub mod registry;
pub mod reindex;
pub mod releases;
pub mod service_error;
pub mod stored_files;
pub mod stores;
pub mod vault;
pub mod wes;

pub use service_error::ServiceError;
pub use stores::Stores;
