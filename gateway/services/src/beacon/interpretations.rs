//! Reads how case reports classify the alleles of records.

use std::collections::HashMap;

use ga4gh_beacon::{ClinicalInterpretation, ClinicalRelevance, InterpretationInfo, OntologyTerm};
use gemj_access::{DatasetGrant, Grant};
use gemj_model::{Allele, AlleleInterpretation, Assembly, CaseProgress, FindingStatus, Origin, Pathogenicity};
use roaring::RoaringBitmap;

use super::kept_spelling::leftmost_of;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The clinical classifications from case reports, by participant and allele.
pub(super) struct Classed(HashMap<(u32, Allele), Vec<ClinicalInterpretation>>);

impl Classed {
    /// The classifications in the dataset's current reports, for these participants' alleles. Under an approval for a release the result is
    /// empty, because no report is in a release.
    ///
    /// # Errors
    /// The catalogue's failure, or a reference that cannot be read.
    pub(super) async fn of(
        stores: &Stores,
        grant: &Grant,
        dataset: &DatasetGrant,
        people: &RoaringBitmap,
        scope: (Assembly, Origin),
    ) -> Result<Self, ServiceError> {
        let mut classed: HashMap<_, Vec<_>> = HashMap::new();
        if dataset.releases().is_empty() && !people.is_empty() {
            let (assembly, origin) = scope;
            let found = stores
                .catalogue
                .allele_interpretations(grant, dataset.dataset(), people, assembly, origin);
            let (people, (alleles, interpretations)): (Vec<_>, (Vec<_>, Vec<_>)) = found
                .await?
                .into_iter()
                .filter_map(|found| Some((found.ordinal.0, (found.allele, clinical(&found.interpretation)?))))
                .unzip();
            let spelled = leftmost_of(stores, assembly, alleles).await?;
            for (person, ((own, shifted), interpretation)) in people.into_iter().zip(spelled.into_iter().zip(interpretations)) {
                for allele in shifted.into_iter().chain([own]) {
                    let known: &mut Vec<_> = classed.entry((person, allele)).or_default();
                    if !known.contains(&interpretation) {
                        known.push(interpretation.clone());
                    }
                }
            }
        }
        Ok(Self(classed))
    }

    /// The clinical classifications of one participant's allele.
    pub(super) fn of_case(&self, person: u32, allele: &Allele) -> Vec<ClinicalInterpretation> {
        // A report does not state the length of an inserted sequence, which a file can state.
        let stated = Allele {
            inserted: None,
            ..allele.clone()
        };
        self.0.get(&(person, stated)).cloned().unwrap_or_default()
    }
}

/// An interpretation of a case report in Beacon's terms. Absent if the interpretation states no class, or no disease with a CURIE, which
/// Beacon requires.
fn clinical(interpretation: &AlleleInterpretation) -> Option<ClinicalInterpretation> {
    let relevance = match interpretation.pathogenicity {
        Pathogenicity::NotProvided => return None,
        Pathogenicity::Benign => ClinicalRelevance::Benign,
        Pathogenicity::LikelyBenign => ClinicalRelevance::LikelyBenign,
        Pathogenicity::UncertainSignificance => ClinicalRelevance::UncertainSignificance,
        Pathogenicity::LikelyPathogenic => ClinicalRelevance::LikelyPathogenic,
        Pathogenicity::Pathogenic => ClinicalRelevance::Pathogenic,
    };
    let disease = interpretation.disease.as_ref()?;
    let label = Some(disease.label.as_str()).filter(|label| !label.trim().is_empty());
    let mut told = ClinicalInterpretation::new(OntologyTerm::parse(&disease.code, label)?, relevance);
    told.info = Some(InterpretationInfo {
        interpretation_status: interpretation_status(interpretation.status),
        progress_status: progress_status(interpretation.progress),
    });
    Some(told)
}

/// The name of a finding's status in Phenopackets 2 (`GenomicInterpretation.interpretationStatus`).
fn interpretation_status(status: FindingStatus) -> &'static str {
    match status {
        FindingStatus::Unknown => "UNKNOWN_STATUS",
        FindingStatus::Rejected => "REJECTED",
        FindingStatus::Candidate => "CANDIDATE",
        FindingStatus::Contributory => "CONTRIBUTORY",
        FindingStatus::Causative => "CAUSATIVE",
    }
}

/// The name of a case's progress in Phenopackets 2 (`Interpretation.progressStatus`).
fn progress_status(progress: CaseProgress) -> &'static str {
    match progress {
        CaseProgress::Unknown => "UNKNOWN_PROGRESS",
        CaseProgress::InProgress => "IN_PROGRESS",
        CaseProgress::Completed => "COMPLETED",
        CaseProgress::Solved => "SOLVED",
        CaseProgress::Unsolved => "UNSOLVED",
    }
}
