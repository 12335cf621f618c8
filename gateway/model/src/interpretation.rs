//! The conclusions of a case report about an allele, beyond the fact that the participant carries it.

use crate::coordinates::OneBased;

/// The progress of a case report's interpretation (`Interpretation.ProgressStatus` of Phenopackets 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CaseProgress {
    /// The report does not state the progress.
    #[default]
    Unknown,
    /// Additional differential diagnostic work is in progress.
    InProgress,
    /// The work is complete; the result is not stated.
    Completed,
    /// "The interpretation is complete and also considered to be a definitive diagnosis".
    Solved,
    /// "The interpretation is complete but no definitive diagnosis was found".
    Unsolved,
}

/// The relation of an allele to the diagnosis (`GenomicInterpretation.InterpretationStatus` of Phenopackets 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FindingStatus {
    /// The report does not state the relation.
    #[default]
    Unknown,
    /// The participant carries the allele, and the allele was "interpreted not to be related to the diagnosis".
    Rejected,
    /// The allele was "interpreted to possibly be related to the diagnosis".
    Candidate,
    /// The allele was "interpreted to be related to the diagnosis".
    Contributory,
    /// The allele was "interpreted to be causative of the diagnosis".
    Causative,
}

/// The pathogenicity class of an allele, as the American College of Medical Genetics and Genomics (ACMG) defines it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pathogenicity {
    /// The report does not state the class.
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

/// Whether a finding concerns the disease for which the participant was examined. The kind determines which consent is needed to return the finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// The report does not state the kind. A finding of this kind is never returned.
    #[default]
    Unknown,
    /// The report states the disease of the finding as a disease of the participant.
    Primary,
    /// The report states other diseases of the participant, but not the disease of the finding.
    Secondary,
}

/// Defines the kebab-case names of the values of one enumeration, as the stores write them.
macro_rules! words {
    ($name:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $name {
            /// The kebab-case name of the value.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Parses the kebab-case name; absent for any other text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                [$(Self::$variant),+].into_iter().find(|value| value.as_str() == text)
            }
        }
    };
}

words!(CaseProgress: Unknown = "unknown", InProgress = "in-progress", Completed = "completed", Solved = "solved", Unsolved = "unsolved");
words!(FindingStatus:
    Unknown = "unknown", Rejected = "rejected", Candidate = "candidate", Contributory = "contributory", Causative = "causative");
words!(Pathogenicity:
    NotProvided = "not-provided", Benign = "benign", LikelyBenign = "likely-benign", UncertainSignificance = "uncertain-significance",
    LikelyPathogenic = "likely-pathogenic", Pathogenic = "pathogenic");
words!(FindingKind: Unknown = "unknown", Primary = "primary", Secondary = "secondary");

/// The conclusion of a case report about one allele for one disease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlleleInterpretation {
    /// The progress of the case report's interpretation.
    pub progress: CaseProgress,
    /// The relation of the allele to the diagnosis.
    pub status: FindingStatus,
    /// The pathogenicity class of the allele.
    pub pathogenicity: Pathogenicity,
    /// Whether the finding is primary or secondary.
    pub kind: FindingKind,
    /// The disease that the conclusion is about; absent if the report states no disease.
    pub disease: Option<StatedDisease>,
}

/// A disease as a report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedDisease {
    /// The code of the disease as a CURIE.
    pub code: String,
    /// The label of the disease as received; empty if the report stated no label.
    pub label: String,
}

/// An allele as a report spells it, in VCF form: an insertion or deletion includes the base before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpelledAllele {
    /// The position, like POS in VCF.
    pub position: OneBased,
    /// The reference bases, like REF in VCF.
    pub reference: String,
    /// The alternative bases, like ALT in VCF.
    pub alternate: String,
}

/// The name that a report states for an allele: a change on a transcript or protein, or only a gene.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportedName {
    /// The change, as [`crate::allele_name::usual_change`] spells it; empty if the report states only a gene.
    pub change: String,
    /// The symbol of the gene in capitals; empty if the report states no gene.
    pub gene: String,
    /// The accession of the transcript or protein, with version; empty if the report states no accession.
    pub sequence: String,
}

/// How a finding of a case report may be returned to the participant's hospital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reportable {
    /// Whether the finding is primary or secondary; never unknown.
    pub kind: FindingKind,
    /// Whether the finding is only possibly related to the diagnosis.
    pub is_candidate: bool,
    /// Whether the interpretation that states the finding is complete.
    pub is_complete: bool,
}

/// How an allele with these interpretations may be returned as a finding. Absent if the allele may not be returned.
///
/// Causative and contributory alleles ("interpreted to be related to the diagnosis") are returned. Candidates are returned and must be marked as
/// candidates. An interpretation does not make the allele returnable in these cases:
///
/// * the status of the allele is rejected or not stated;
/// * the case is unsolved;
/// * the report does not state whether the finding is primary.
///
/// If any interpretation classes the allele as benign or likely benign, the allele is not returned at all.
///
/// If several interpretations make the allele returnable, a primary finding has priority, then a finding that is not a candidate,
/// then an interpretation that is complete.
#[must_use]
pub fn reportable(interpretations: &[AlleleInterpretation]) -> Option<Reportable> {
    let is_benign = |i: &AlleleInterpretation| matches!(i.pathogenicity, Pathogenicity::Benign | Pathogenicity::LikelyBenign);
    if interpretations.iter().any(is_benign) {
        return None;
    }
    let told = interpretations.iter().filter_map(|interpretation| {
        let is_candidate = match interpretation.status {
            FindingStatus::Causative | FindingStatus::Contributory => false,
            FindingStatus::Candidate => true,
            FindingStatus::Rejected | FindingStatus::Unknown => return None,
        };
        let is_complete = match interpretation.progress {
            CaseProgress::Solved | CaseProgress::Completed => true,
            CaseProgress::InProgress | CaseProgress::Unknown => false,
            CaseProgress::Unsolved => return None,
        };
        (interpretation.kind != FindingKind::Unknown).then_some(Reportable {
            kind: interpretation.kind,
            is_candidate,
            is_complete,
        })
    });
    told.min_by_key(|told| (told.kind != FindingKind::Primary, told.is_candidate, !told.is_complete))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(progress: CaseProgress, status: FindingStatus, pathogenicity: Pathogenicity, kind: FindingKind) -> AlleleInterpretation {
        AlleleInterpretation {
            progress,
            status,
            pathogenicity,
            kind,
            disease: None,
        }
    }

    #[test]
    fn causative_contributory_and_candidate_alleles_are_reportable_unless_the_case_is_unsolved() {
        use {CaseProgress as P, FindingKind as K, FindingStatus as S, Pathogenicity as A};
        let told = |progress, status, class, kind| reportable(&[of(progress, status, class, kind)]);
        for progress in [P::Unknown, P::InProgress, P::Completed, P::Solved, P::Unsolved] {
            for status in [S::Unknown, S::Rejected, S::Candidate, S::Contributory, S::Causative] {
                for class in [
                    A::NotProvided,
                    A::Benign,
                    A::LikelyBenign,
                    A::UncertainSignificance,
                    A::LikelyPathogenic,
                    A::Pathogenic,
                ] {
                    for kind in [K::Unknown, K::Primary, K::Secondary] {
                        let expected = progress != P::Unsolved
                            && matches!(status, S::Candidate | S::Contributory | S::Causative)
                            && !matches!(class, A::Benign | A::LikelyBenign)
                            && kind != K::Unknown;
                        let told = told(progress, status, class, kind);
                        assert_eq!(told.is_some(), expected, "{progress:?} {status:?} {class:?} {kind:?}");
                        if let Some(told) = told {
                            let complete = matches!(progress, P::Completed | P::Solved);
                            assert_eq!(
                                (told.kind, told.is_candidate, told.is_complete),
                                (kind, status == S::Candidate, complete)
                            );
                        }
                    }
                }
            }
        }
        assert_eq!(reportable(&[]), None);
    }

    #[test]
    fn a_benign_class_makes_an_allele_unreportable_and_a_rejection_for_another_disease_does_not() {
        use {CaseProgress as P, FindingKind as K, FindingStatus as S, Pathogenicity as A};
        let causative = of(P::Solved, S::Causative, A::Pathogenic, K::Primary);
        let benign = of(P::Solved, S::Rejected, A::LikelyBenign, K::Primary);
        let rejected = of(P::Solved, S::Rejected, A::Pathogenic, K::Secondary);
        assert_eq!(reportable(&[causative.clone(), benign]), None);
        let told = reportable(&[rejected, causative]).map(|told| (told.kind, told.is_candidate));
        assert_eq!(told, Some((K::Primary, false)));
    }

    #[test]
    fn every_word_parses_to_its_value() {
        for status in [FindingStatus::Unknown, FindingStatus::Rejected, FindingStatus::Causative] {
            assert_eq!(FindingStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(FindingKind::parse("incidental"), None);
    }
}
