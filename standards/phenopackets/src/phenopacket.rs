//! The packet itself: one case with its features, diseases and interpretations.

use std::fmt;

use serde_json::Value;

use crate::biosample::Biosample;
use crate::disease::Disease;
use crate::document::{Document, normalise};
use crate::error::{OtherDocument, PhenopacketError};
use crate::individual::Individual;
use crate::interpretation::Interpretation;
use crate::measurement::Measurement;
use crate::medical_action::MedicalAction;
use crate::meta_data::MetaData;
use crate::object::{Object, Place, Tally};
use crate::phenotypic_feature::PhenotypicFeature;

/// The message `Phenopacket`: one case. `Debug` shows only the numbers of its parts.
#[derive(Clone, PartialEq, Eq)]
pub struct Phenopacket {
    /// The packet's identifier.
    pub id: String,
    /// The person whom the packet describes.
    pub subject: Individual,
    /// The phenotypic features that were found or excluded, in the order written.
    pub phenotypic_features: Vec<PhenotypicFeature>,
    /// The diseases that were diagnosed or excluded, in the order written.
    pub diseases: Vec<Disease>,
    /// The interpretations of the subject's genome.
    pub interpretations: Vec<Interpretation>,
    /// The measurements of the subject, in the order written.
    pub measurements: Vec<Measurement>,
    /// The procedures and treatments of the subject, in the order written.
    pub medical_actions: Vec<MedicalAction>,
    /// The specimens of the case.
    pub biosamples: Vec<Biosample>,
    /// The author, the date and the terminologies of the packet.
    pub meta_data: MetaData,
    /// The number of members of the specification that this crate does not read.
    pub unread: u64,
    /// The number of members outside the specification.
    pub unknown: u64,
}

impl fmt::Debug for Phenopacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phenopacket")
            .field("phenotypic_features", &self.phenotypic_features.len())
            .field("diseases", &self.diseases.len())
            .field("interpretations", &self.interpretations.len())
            .field("biosamples", &self.biosamples.len())
            .field("unread", &self.unread)
            .field("unknown", &self.unknown)
            .finish_non_exhaustive()
    }
}

/// Parses the JSON of one packet.
///
/// `id`, `subject` with its `id`, and `metaData` are required ("REQUIRED" in the specification's tables). All other members are optional.
///
/// # Errors
/// [`PhenopacketError`] states why the document is rejected.
pub fn parse(bytes: &[u8]) -> Result<Phenopacket, PhenopacketError> {
    Phenopacket::from_document(&normalise(bytes)?)
}

impl Phenopacket {
    /// Makes a packet from the document that [`normalise`] returned.
    ///
    /// # Errors
    /// The errors of [`parse`], without the errors of [`normalise`].
    pub fn from_document(document: &Document) -> Result<Self, PhenopacketError> {
        let value = document.as_value();
        if let Some(found) = other_document(value) {
            return Err(PhenopacketError::NotAPhenopacket { found });
        }
        let tally = Tally::default();
        let mut packet = Object::read(value, Place::Root, &tally, |object| {
            object.unread(&["files"]);
            Ok(Self {
                id: object.required_text("id")?,
                subject: object
                    .object("subject", Individual::read)?
                    .ok_or_else(|| object.missing("subject"))?,
                meta_data: object
                    .object("metaData", MetaData::read)?
                    .ok_or_else(|| object.missing("metaData"))?,
                phenotypic_features: object.list("phenotypicFeatures", PhenotypicFeature::read)?,
                diseases: object.list("diseases", Disease::read)?,
                interpretations: object.list("interpretations", Interpretation::read)?,
                measurements: object.list("measurements", Measurement::read)?,
                medical_actions: object.list("medicalActions", MedicalAction::read)?,
                biosamples: object.list("biosamples", Biosample::read)?,
                unread: 0,
                unknown: 0,
            })
        })?;
        packet.unread = tally.unread.get();
        packet.unknown = tally.unknown.get();
        Ok(packet)
    }
}

/// Determines from its members that a document cannot be a packet of version 2, and returns its kind. `None` if the document may be a packet.
fn other_document(value: &Value) -> Option<OtherDocument> {
    let Value::Object(members) = value else {
        return Some(OtherDocument::NotAnObject);
    };
    let has = |names: &[&str]| names.iter().any(|name| members.contains_key(*name));
    if has(&["resourceType"]) {
        Some(OtherDocument::FhirResource)
    } else if has(&["proband", "relatives", "pedigree"]) {
        Some(OtherDocument::Family)
    } else if has(&["members"]) {
        Some(OtherDocument::Cohort)
    } else if has(&["genes", "variants", "htsFiles"]) {
        Some(OtherDocument::VersionOne)
    } else if !has(&["subject", "phenotypicFeatures", "interpretations", "diseases", "metaData"]) {
        Some(OtherDocument::Unknown)
    } else {
        None
    }
}
