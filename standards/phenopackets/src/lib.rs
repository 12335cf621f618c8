//! GA4GH Phenopackets v2: reads packets in JSON, YAML and protobuf into plain values.
//!
//! [`parse`] accepts the JSON of one `Phenopacket` message as tools write it (proto3 JSON mapping):
//!
//! * Member names may be in camelCase or snake_case. A `null` member counts as absent, and an absent member has its default value.
//! * A whole number may be a JSON number or a text. An enumeration value may be its name or its number.
//!
//! [`from_yaml`] and [`from_protobuf`] read the other two forms into the same [`Document`], and [`Document::contents`] finds the packets of a
//! `Family` or a `Cohort`.
//!
//! A document that is not a phenopacket (a `Family`, a `Cohort`, a version 1 packet, a FHIR resource, any other JSON) is rejected with the
//! reason. It is never parsed as a packet without content.
//!
//! The crate counts the members of the specification that it does not read ([`Phenopacket::unread`]) and the members outside the specification
//! ([`Phenopacket::unknown`]). The code that calls the crate can thereby report how much data was ignored.
//!
//! Errors name places as JSON pointers. A pointer consists of the specification's own member names and of list positions. Errors never contain
//! a value of the document.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod biosample;
mod canonical;
mod contents;
mod disease;
mod document;
mod error;
mod individual;
mod interpretation;
mod measurement;
mod medical_action;
mod meta_data;
mod object;
mod ontology_class;
mod phenopacket;
mod phenotypic_feature;
mod protobuf;
mod schema;
mod time_element;
mod variation_descriptor;
mod vcf_record;
mod yaml;

pub use biosample::Biosample;
pub use contents::{Contents, PacketInside};
pub use disease::Disease;
pub use document::{Document, MAX_DEPTH, MAX_PACKET_BYTES, MAX_VALUES, normalise};
pub use error::{OtherDocument, PhenopacketError};
pub use individual::{Individual, Sex, Status, VitalStatus};
pub use interpretation::{
    AcmgPathogenicityClassification, Diagnosis, GenomicInterpretation, GenomicInterpretationCall, Interpretation, InterpretationStatus,
    ProgressStatus, VariantInterpretation,
};
pub use measurement::{Measurement, MeasurementValue, Quantity, ReferenceRange, TypedQuantity};
pub use medical_action::{Action, DoseInterval, MedicalAction, Procedure, RadiationTherapy, RegimenStatus, TherapeuticRegimen, Treatment};
pub use meta_data::{MetaData, Resource};
pub use ontology_class::OntologyClass;
pub use phenopacket::{Phenopacket, parse};
pub use phenotypic_feature::PhenotypicFeature;
pub use protobuf::{TopLevel, from_protobuf, recognise_protobuf, unknown_field};
pub use time_element::TimeElement;
pub use variation_descriptor::{Expression, Extension, GeneDescriptor, VariationDescriptor};
pub use vcf_record::{OneBased, VcfRecord};
pub use yaml::{MAX_YAML_BYTES, from_yaml};
