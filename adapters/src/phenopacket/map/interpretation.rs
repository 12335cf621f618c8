//! The conclusion of a packet about an allele.

use std::collections::HashSet;

use super::secondary;
use ga4gh_phenopackets::{
    AcmgPathogenicityClassification, GenomicInterpretation, GenomicInterpretationCall, Interpretation, InterpretationStatus, Phenopacket,
    ProgressStatus,
};
use gemj_model::{AlleleInterpretation, CaseProgress, FindingKind, FindingStatus, Pathogenicity, StatedDisease};

/// The conclusion of an interpretation about the allele of one of its findings.
pub(super) fn of(
    diseases: &Diseases<'_>,
    interpretation: &Interpretation,
    is_secondary: bool,
    finding: &GenomicInterpretation,
) -> AlleleInterpretation {
    let disease = interpretation.diagnosis.as_ref().and_then(|diagnosis| diagnosis.disease.as_ref());
    AlleleInterpretation {
        progress: match interpretation.progress_status {
            ProgressStatus::Unknown => CaseProgress::Unknown,
            ProgressStatus::InProgress => CaseProgress::InProgress,
            ProgressStatus::Completed => CaseProgress::Completed,
            ProgressStatus::Solved => CaseProgress::Solved,
            ProgressStatus::Unsolved => CaseProgress::Unsolved,
        },
        status: match finding.interpretation_status {
            InterpretationStatus::Unknown => FindingStatus::Unknown,
            InterpretationStatus::Rejected => FindingStatus::Rejected,
            InterpretationStatus::Candidate => FindingStatus::Candidate,
            InterpretationStatus::Contributory => FindingStatus::Contributory,
            InterpretationStatus::Causative => FindingStatus::Causative,
        },
        pathogenicity: match &finding.call {
            Some(GenomicInterpretationCall::Variant(variant)) => pathogenicity(variant.acmg_pathogenicity_classification),
            Some(GenomicInterpretationCall::Gene(_)) | None => Pathogenicity::NotProvided,
        },
        // If a text of the report calls the finding secondary, the finding is secondary, whatever diseases the report states.
        kind: match is_secondary || secondary::calls_finding_secondary(finding) {
            true => FindingKind::Secondary,
            false => diseases.kind(disease.map(|disease| disease.id.as_str())),
        },
        disease: disease.map(|disease| StatedDisease {
            code: disease.id.clone(),
            label: disease.label.clone(),
        }),
    }
}

fn pathogenicity(class: AcmgPathogenicityClassification) -> Pathogenicity {
    match class {
        AcmgPathogenicityClassification::NotProvided => Pathogenicity::NotProvided,
        AcmgPathogenicityClassification::Benign => Pathogenicity::Benign,
        AcmgPathogenicityClassification::LikelyBenign => Pathogenicity::LikelyBenign,
        AcmgPathogenicityClassification::UncertainSignificance => Pathogenicity::UncertainSignificance,
        AcmgPathogenicityClassification::LikelyPathogenic => Pathogenicity::LikelyPathogenic,
        AcmgPathogenicityClassification::Pathogenic => Pathogenicity::Pathogenic,
    }
}

/// The codes of the diseases of a packet that are not excluded.
pub(super) struct Diseases<'p>(HashSet<&'p str>);

impl<'p> Diseases<'p> {
    pub(super) fn of(packet: &'p Phenopacket) -> Self {
        let stated = packet.diseases.iter().filter(|disease| !disease.excluded);
        Self(stated.map(|disease| disease.term.id.as_str()).collect())
    }

    /// Whether a finding is primary or secondary. Phenopackets 2 has no member for this, so the diseases of the packet decide:
    ///
    /// * primary: the packet states, by the same code, that the participant has the disease of the diagnosis;
    /// * secondary: the packet states only other diseases;
    /// * unknown: the packet states no disease, or the diagnosis has no disease.
    fn kind(&self, disease: Option<&str>) -> FindingKind {
        match disease {
            Some(code) if self.0.contains(code) => FindingKind::Primary,
            Some(_) if !self.0.is_empty() => FindingKind::Secondary,
            Some(_) | None => FindingKind::Unknown,
        }
    }
}
