//! Beacon records of participants.

use serde::Serialize;
use serde_json::{Map, Value};

use super::disease::Disease;
use super::measurement::Measurement;
use super::ontology_term::OntologyTerm;
use super::phenotypic_feature::PhenotypicFeature;
use super::procedure::Procedure;
use super::treatment::Treatment;

/// A participant record of Beacon (`individuals/defaultSchema.json`), without exposures and pedigrees.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Individual {
    id: String,
    sex: OntologyTerm,
    /// The sex chromosomes of the participant; absent if not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub karyotypic_sex: Option<KaryotypicSex>,
    /// The ethnicity of the participant; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ethnicity: Option<OntologyTerm>,
    /// The geographic origin of the participant; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geographic_origin: Option<OntologyTerm>,
    /// The phenotypic features of the participant, including features that were excluded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phenotypic_features: Vec<PhenotypicFeature>,
    /// The diseases of the participant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diseases: Vec<Disease>,
    /// The measurements of the participant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measurement>,
    /// The interventions and procedures of the participant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interventions_or_procedures: Vec<Procedure>,
    /// The treatments of the participant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub treatments: Vec<Treatment>,
    /// Further properties of the participant.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// The sex of a participant, in the terms that the schema requires ("Value from NCIT General Qualifier").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Female (NCIT:C16576).
    Female,
    /// Male (NCIT:C20197).
    Male,
    /// Neither female nor male (NCIT:C17649).
    Other,
    /// Unknown (NCIT:C17998).
    Unknown,
}

/// The sex chromosomes of a participant (`KaryotypicSex` of `common/commonDefinitions.json`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the names are the values")]
pub enum KaryotypicSex {
    UnknownKaryotype,
    #[serde(rename = "XX")]
    Xx,
    #[serde(rename = "XY")]
    Xy,
    #[serde(rename = "XO")]
    Xo,
    #[serde(rename = "XXY")]
    Xxy,
    #[serde(rename = "XXX")]
    Xxx,
    #[serde(rename = "XXYY")]
    Xxyy,
    #[serde(rename = "XXXY")]
    Xxxy,
    #[serde(rename = "XXXX")]
    Xxxx,
    #[serde(rename = "XYY")]
    Xyy,
    OtherKaryotype,
}

impl Sex {
    /// The ontology term of the sex.
    #[must_use]
    pub fn term(self) -> OntologyTerm {
        match self {
            Self::Female => OntologyTerm::known("NCIT:C16576", "female"),
            Self::Male => OntologyTerm::known("NCIT:C20197", "male"),
            Self::Other => OntologyTerm::known("NCIT:C17649", "other"),
            Self::Unknown => OntologyTerm::known("NCIT:C17998", "unknown"),
        }
    }
}

impl Individual {
    /// A participant record with the required members: id and sex.
    #[must_use]
    pub fn new(id: &str, sex: Sex) -> Self {
        Self {
            id: id.to_owned(),
            sex: sex.term(),
            karyotypic_sex: None,
            ethnicity: None,
            geographic_origin: None,
            phenotypic_features: Vec::new(),
            diseases: Vec::new(),
            measures: Vec::new(),
            interventions_or_procedures: Vec::new(),
            treatments: Vec::new(),
            info: Map::new(),
        }
    }
}
