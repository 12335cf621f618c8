//! The interpretations of genomes in a packet.

use std::fmt;

use crate::error::PhenopacketError;
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::variation_descriptor::{GeneDescriptor, VariationDescriptor};

/// The message `Interpretation`: the interpretation of one genome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpretation {
    /// The identifier of the interpretation within the packet.
    pub id: String,
    /// The progress of the interpretation.
    pub progress_status: ProgressStatus,
    /// "Free text summary of the interpretation"; empty if not stated.
    pub summary: String,
    /// The diagnosis; absent if not stated.
    pub diagnosis: Option<Diagnosis>,
    /// Whether the message or its diagnosis has a member that the specification does not define. It can change the meaning of all findings.
    pub has_unknown: bool,
}

/// The enumeration `Interpretation.ProgressStatus`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProgressStatus {
    /// The progress is not stated; the default.
    #[default]
    Unknown,
    /// The interpretation is in progress.
    InProgress,
    /// The interpretation is completed, without a statement of the result.
    Completed,
    /// The interpretation is completed, and the case is solved.
    Solved,
    /// The interpretation is completed, and the case is not solved.
    Unsolved,
}

const PROGRESS: [(&str, ProgressStatus); 5] = [
    ("UNKNOWN_PROGRESS", ProgressStatus::Unknown),
    ("IN_PROGRESS", ProgressStatus::InProgress),
    ("COMPLETED", ProgressStatus::Completed),
    ("SOLVED", ProgressStatus::Solved),
    ("UNSOLVED", ProgressStatus::Unsolved),
];

/// The message `Diagnosis`: "the disease/condition assigned to the diagnosis" and the findings that support it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The diagnosed disease; `None` if not stated.
    pub disease: Option<OntologyClass>,
    /// The genomic findings that support the diagnosis.
    pub genomic_interpretations: Vec<GenomicInterpretation>,
    /// Whether the message has a member that the specification does not define.
    pub has_unknown: bool,
}

/// The message `GenomicInterpretation`: one finding in one person or specimen. `Debug` does not show the person or specimen.
#[derive(Clone, PartialEq, Eq)]
pub struct GenomicInterpretation {
    /// The id of the subject or biosample in which the finding was made.
    pub subject_or_biosample_id: String,
    /// The role of the finding in the disease, for example causative.
    pub interpretation_status: InterpretationStatus,
    /// The gene or variant that was found; `None` if not stated.
    pub call: Option<GenomicInterpretationCall>,
    /// Whether the message has a member, at any depth, that the specification does not define. It can state that the finding was not made.
    pub has_unknown: bool,
}

impl fmt::Debug for GenomicInterpretation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenomicInterpretation")
            .field("interpretation_status", &self.interpretation_status)
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

/// The alternatives of the member `call` of a [`GenomicInterpretation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GenomicInterpretationCall {
    /// A gene without a stated variant.
    Gene(GeneDescriptor),
    /// A variant.
    Variant(Box<VariantInterpretation>),
}

/// The enumeration `GenomicInterpretation.InterpretationStatus`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InterpretationStatus {
    /// The role is not stated; the default.
    #[default]
    Unknown,
    /// The finding is present, but is not the cause of the disease.
    Rejected,
    /// The finding is possibly the cause of the disease.
    Candidate,
    /// The finding is part of the cause of the disease.
    Contributory,
    /// The finding is the cause of the disease.
    Causative,
}

const INTERPRETATION: [(&str, InterpretationStatus); 5] = [
    ("UNKNOWN_STATUS", InterpretationStatus::Unknown),
    ("REJECTED", InterpretationStatus::Rejected),
    ("CANDIDATE", InterpretationStatus::Candidate),
    ("CONTRIBUTORY", InterpretationStatus::Contributory),
    ("CAUSATIVE", InterpretationStatus::Causative),
];

/// The message `VariantInterpretation`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantInterpretation {
    /// The pathogenicity class by the rules of the American College of Medical Genetics (ACMG).
    pub acmg_pathogenicity_classification: AcmgPathogenicityClassification,
    /// The variant; absent if not stated.
    pub variation_descriptor: Option<VariationDescriptor>,
}

/// The enumeration `AcmgPathogenicityClassification`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AcmgPathogenicityClassification {
    /// The class is not stated; the default.
    #[default]
    NotProvided,
    /// Class 1: benign.
    Benign,
    /// Class 2: likely benign.
    LikelyBenign,
    /// Class 3: uncertain significance.
    UncertainSignificance,
    /// Class 4: likely pathogenic.
    LikelyPathogenic,
    /// Class 5: pathogenic.
    Pathogenic,
}

const ACMG: [(&str, AcmgPathogenicityClassification); 6] = [
    ("NOT_PROVIDED", AcmgPathogenicityClassification::NotProvided),
    ("BENIGN", AcmgPathogenicityClassification::Benign),
    ("LIKELY_BENIGN", AcmgPathogenicityClassification::LikelyBenign),
    ("UNCERTAIN_SIGNIFICANCE", AcmgPathogenicityClassification::UncertainSignificance),
    ("LIKELY_PATHOGENIC", AcmgPathogenicityClassification::LikelyPathogenic),
    ("PATHOGENIC", AcmgPathogenicityClassification::Pathogenic),
];

impl Interpretation {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        let (id, summary) = (object.text("id")?, object.text("summary")?);
        let progress_status = object.enumeration("progressStatus", &PROGRESS)?;
        let diagnosis = object.object("diagnosis", Diagnosis::read)?;
        Ok(Self {
            id: id.unwrap_or_default(),
            progress_status,
            summary: summary.unwrap_or_default(),
            has_unknown: object.has_unknown() || diagnosis.as_ref().is_some_and(|diagnosis| diagnosis.has_unknown),
            diagnosis,
        })
    }
}

impl Diagnosis {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        Ok(Self {
            disease: object.object("disease", OntologyClass::read)?,
            genomic_interpretations: object.list("genomicInterpretations", GenomicInterpretation::read)?,
            has_unknown: object.has_unknown(),
        })
    }
}

impl GenomicInterpretation {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        let gene = object.object("gene", GeneDescriptor::read)?;
        let variant = object.object("variantInterpretation", VariantInterpretation::read)?;
        Ok(Self {
            subject_or_biosample_id: object.required_text("subjectOrBiosampleId")?,
            interpretation_status: object.enumeration("interpretationStatus", &INTERPRETATION)?,
            call: match (gene, variant) {
                (None, None) => None,
                (Some(gene), None) => Some(GenomicInterpretationCall::Gene(gene)),
                (None, Some(variant)) => Some(GenomicInterpretationCall::Variant(Box::new(variant))),
                (Some(_), Some(_)) => return Err(object.several()),
            },
            has_unknown: object.has_unknown_inside("GenomicInterpretation"),
        })
    }
}

impl VariantInterpretation {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["therapeuticActionability"]);
        Ok(Self {
            acmg_pathogenicity_classification: object.enumeration("acmgPathogenicityClassification", &ACMG)?,
            variation_descriptor: object.object("variationDescriptor", VariationDescriptor::read)?,
        })
    }
}
