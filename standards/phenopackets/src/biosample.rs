//! The specimens of a packet.

use std::fmt;

use crate::error::PhenopacketError;
use crate::object::Object;
use crate::ontology_class::OntologyClass;

/// The message `Biosample`, limited to the members that state its participant and whether it is from a tumour. `Debug` does not show the
/// specimen.
#[derive(Clone, PartialEq, Eq)]
pub struct Biosample {
    /// The identifier of the specimen.
    pub id: String,
    /// The individual from whom the specimen was taken. `None` if the packet does not state the individual. The specimen is then from the
    /// packet's subject.
    pub individual_id: Option<String>,
    /// Whether the material is abnormal or reference material (`EFO:0009655`, `EFO:0009654`); `None` if not stated.
    pub material_sample: Option<OntologyClass>,
    /// Whether the tumour is primary, metastatic or recurrent; `None` if not stated.
    pub tumor_progression: Option<OntologyClass>,
    /// The grade of the tumour; `None` if not stated.
    pub tumor_grade: Option<OntologyClass>,
    /// The stage of the tumour; `None` if not stated.
    pub pathological_stage: Option<OntologyClass>,
    /// The kind of the specimen; `None` if not stated.
    pub sample_type: Option<OntologyClass>,
    /// The diagnosis that was made from the specimen; `None` if not stated.
    pub histological_diagnosis: Option<OntologyClass>,
    /// Whether findings of the TNM classification are stated.
    pub has_tnm: bool,
}

/// Whether the label of a term names a tumour. The ontologies of these members (NCIT, EFO, UBERON, ICD-O) have too many terms for a list of ids.
fn names_a_tumour(term: &OntologyClass) -> bool {
    let label = term.label.to_lowercase();
    let is_normal = ["normal", "non-neoplastic", "negative", "benign tissue", "no tumo"]
        .iter()
        .any(|word| label.contains(word));
    let words = [
        "tumor",
        "tumour",
        "neoplas",
        "cancer",
        "carcinoma",
        "sarcoma",
        "leukemia",
        "leukaemia",
        "lymphoma",
        "melanoma",
        "blastoma",
        "glioma",
        "metasta",
        "腫瘍",
        "癌",
        "がん",
        "肉腫",
        "白血病",
        "リンパ腫",
    ];
    !is_normal && words.iter().any(|word| label.contains(word))
}

impl fmt::Debug for Biosample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Biosample(..)")
    }
}

impl Biosample {
    /// Whether any member of the specimen states that the material is from a tumour or otherwise abnormal.
    #[must_use]
    pub fn is_of_tumour(&self) -> bool {
        let is_abnormal = |m: &OntologyClass| matches!(m.id.as_str(), "EFO:0009655" | "EFO:0009656") || names_a_tumour(m);
        self.tumor_progression.is_some()
            || self.tumor_grade.is_some()
            || self.pathological_stage.is_some()
            || self.has_tnm
            || self.material_sample.as_ref().is_some_and(is_abnormal)
            || [&self.sample_type, &self.histological_diagnosis]
                .into_iter()
                .flatten()
                .any(names_a_tumour)
    }

    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&[
            "derivedFromId",
            "description",
            "sampledTissue",
            "phenotypicFeatures",
            "measurements",
            "taxonomy",
            "timeOfCollection",
            "diagnosticMarkers",
            "procedure",
            "files",
            "sampleProcessing",
            "sampleStorage",
        ]);
        Ok(Self {
            id: object.required_text("id")?,
            individual_id: object.text("individualId")?,
            material_sample: object.object("materialSample", OntologyClass::read)?,
            tumor_progression: object.object("tumorProgression", OntologyClass::read)?,
            tumor_grade: object.object("tumorGrade", OntologyClass::read)?,
            pathological_stage: object.object("pathologicalStage", OntologyClass::read)?,
            sample_type: object.object("sampleType", OntologyClass::read)?,
            histological_diagnosis: object.object("histologicalDiagnosis", OntologyClass::read)?,
            has_tnm: !object.list("pathologicalTnmFinding", OntologyClass::read)?.is_empty(),
        })
    }
}
