//! Institution formats in, facts out.
//!
//! Every format goes the same way: **decode** (bytes of one *unit*, the smallest piece that can be refused by itself), **validate** by our
//! own JSON Schema, **map** to the model's plain data, then the unit is committed to a [`gemj_model::FactSink`] whole, or it goes to
//! quarantine with its reason. One bad unit never stops the others, and the [`Accounting`] shows that nothing was lost: what was received
//! is what was committed, was there already, or is in quarantine.
//!
//! Names of units are paths within what was given; no reason repeats a value of the input.
//!
//! Ontologies and gene models are no facts about anybody and go their own way: [`ontology::parse`] and [`gene_model::parse`] read a release whole
//! or not at all.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod accounting;
mod decode;
pub mod feed;
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
pub mod unit;

pub use accounting::{Accounting, FieldCoverage, IngestError, Quarantined};
