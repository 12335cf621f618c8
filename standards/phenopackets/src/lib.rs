//! GA4GH Phenopackets v2: one packet's JSON read into plain values.
//!
//! [`parse`] takes the JSON of one `Phenopacket` message as tools write it: members in camelCase or snake_case, `null` for absent,
//! defaults left out, whole numbers as numbers or texts, enumeration values by name or number (proto3 JSON mapping). What is not a
//! phenopacket (a `Family`, a `Cohort`, a version 1 packet, a FHIR resource, any other JSON) is refused with its reason, not read as an
//! empty case.
//!
//! Members that the specification has and this crate does not read, and members it does not have, are counted ([`Phenopacket::unread`],
//! [`Phenopacket::unknown`]), so that a reader can say what it left behind.
//!
//! Errors name places as JSON pointers made of the specification's own member names and list positions; they never hold a value.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod biosample;
mod disease;
mod document;
mod error;
mod individual;
mod interpretation;
mod meta_data;
mod object;
mod ontology_class;
mod phenopacket;
mod phenotypic_feature;
mod time_element;
mod variation_descriptor;
mod vcf_record;

pub use biosample::Biosample;
pub use disease::Disease;
pub use document::{Document, MAX_DEPTH, MAX_PACKET_BYTES, normalise};
pub use error::{OtherDocument, PhenopacketError};
pub use individual::{Individual, Sex, Status, VitalStatus};
pub use interpretation::{
    AcmgPathogenicityClassification, Diagnosis, GenomicInterpretation, GenomicInterpretationCall, Interpretation, InterpretationStatus,
    ProgressStatus, VariantInterpretation,
};
pub use meta_data::{MetaData, Resource};
pub use ontology_class::OntologyClass;
pub use phenopacket::{Phenopacket, parse};
pub use phenotypic_feature::PhenotypicFeature;
pub use time_element::TimeElement;
pub use variation_descriptor::{Expression, Extension, GeneDescriptor, VariationDescriptor};
pub use vcf_record::{OneBased, VcfRecord};
