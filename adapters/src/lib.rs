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
//! Ontologies and gene models are not facts about participants and do not pass these steps. [`ontology::parse`] and [`gene_model::parse`]
//! read a release whole or not at all.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod accounting;
mod decode;
pub mod feed;
pub mod fhir;
pub mod gene_model;
pub mod hl7v2;
pub mod miabis;
pub mod odm;
pub mod ontology;
pub mod phenopacket;
pub mod profile;
pub mod redcap;
pub mod semantics;
pub mod ssmix2;
mod table;
mod target;
pub mod unit;

pub use accounting::{Accounting, FieldCoverage, IngestError, Quarantined};
pub use target::{Target, is_namespace};
