//! Reads the formats of institutions and returns facts.
//!
//! Every format passes the same steps:
//!
//! 1. **Decode**: read the bytes of one *unit*, the smallest piece that can be refused by itself.
//! 2. **Validate**: check the unit. A phenopacket is checked against our own JSON Schema, a unit of another format by its decoder.
//! 3. **Map**: convert the unit to the model's plain data.
//! 4. Commit the whole unit to a [`gemj_model::FactSink`], or put the unit in quarantine with its reason.
//!
//! One bad unit never stops the others. The [`Accounting`] shows that nothing was lost. Every received unit was committed, was already
//! stored in the same or a later version, or is in quarantine.
//!
//! The name of a unit is a path inside the file or folder that the operator named. No reason repeats a value of the input.
//!
//! Ontologies, gene models and code tables are not facts about participants and do not pass these steps. [`ontology::parse`] and [`gene_model::parse`]
//! read a release whole or not at all. [`code_table`] accounts for each row.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod accounting;
pub mod beacon_bff;
pub mod code_table;
pub mod csv_table;
mod decode;
pub mod draft;
pub mod feed;
pub mod fhir;
mod former_person;
pub mod gene_model;
pub mod hl7v2;
mod json_scan;
pub mod miabis;
pub mod odm;
pub mod omop;
pub mod ontology;
pub mod phenopacket;
pub mod profile;
mod received_json;
pub mod redcap;
mod regular_file;
pub mod semantics;
pub mod ssmix2;
mod stored_conflict;
mod table;
mod target;
pub mod unit;

pub use accounting::{Accounting, FieldCoverage, IngestError, OTHER_NAMES, Quarantined, StoredNames};
pub use regular_file::{check_input, open_regular};
pub use target::{Target, is_namespace};
