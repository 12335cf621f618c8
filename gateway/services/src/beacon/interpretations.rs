//! How case reports class the alleles of records.

use std::collections::HashMap;

use ga4gh_beacon::{ClinicalInterpretation, ClinicalRelevance, OntologyTerm};
use gemj_access::{DatasetGrant, Grant};
use gemj_catalogue::CatalogueError;
use gemj_model::{Allele, AlleleInterpretation, Assembly, Origin, Pathogenicity};
use roaring::RoaringBitmap;

use crate::stores::Stores;

/// What reports class, by person and allele.
pub(super) struct Classed(HashMap<(u32, Allele), Vec<ClinicalInterpretation>>);

impl Classed {
    /// What current reports of a dataset class of these people's alleles. Under an approval for a release there is none: no report is in a release.
    ///
    /// # Errors
    /// The catalogue does not answer.
    pub(super) async fn of(
        stores: &Stores,
        grant: &Grant,
        dataset: &DatasetGrant,
        people: &RoaringBitmap,
        scope: (Assembly, Origin),
    ) -> Result<Self, CatalogueError> {
        let mut classed: HashMap<_, Vec<_>> = HashMap::new();
        if dataset.releases().is_empty() && !people.is_empty() {
            let (assembly, origin) = scope;
            let found = stores
                .catalogue
                .allele_interpretations(grant, dataset.dataset(), people, assembly, origin);
            for found in found.await? {
                let Some(interpretation) = clinical(&found.interpretation) else {
                    continue;
                };
                let known = classed.entry((found.ordinal.0, found.allele)).or_default();
                if !known.contains(&interpretation) {
                    known.push(interpretation);
                }
            }
        }
        Ok(Self(classed))
    }

    /// The classes of one person's allele.
    pub(super) fn of_case(&self, person: u32, allele: &Allele) -> Vec<ClinicalInterpretation> {
        // What a file says of an inserted sequence's length is no part of what a report states.
        let stated = Allele {
            inserted: None,
            ..allele.clone()
        };
        self.0.get(&(person, stated)).cloned().unwrap_or_default()
    }
}

/// An interpretation in Beacon's words; absent where it has no class, or no disease with a CURIE, which Beacon requires.
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
    Some(ClinicalInterpretation::new(OntologyTerm::parse(&disease.code, label)?, relevance))
}
