//! Makes the Beacon records of `individuals`: each describes a participant.

use ga4gh_beacon::{Disease, Individual, PhenotypicFeature, Sex};
use gemj_access::PseudonymKey;
use gemj_catalogue::RecordedPerson;
use gemj_model::fact::{FactKind, FactStatus};

use super::term::Terms;
use super::{age, measurement};

/// The Beacon record of a participant: sex, features (also excluded features), present diseases and measurements. `info` contains the
/// number of statements that are left out: statements with an institution's own code, and statements that a Beacon record cannot express.
pub(super) fn record(names: &PseudonymKey, person: &RecordedPerson, terms: &Terms) -> Individual {
    let sex = match person.sex {
        gemj_model::Sex::Female => Sex::Female,
        gemj_model::Sex::Male => Sex::Male,
        gemj_model::Sex::Other => Sex::Other,
        gemj_model::Sex::Unknown => Sex::Unknown,
    };
    let mut individual = Individual::new(&names.person(person.ordinal), sex);
    let mut untold = 0_u64;
    for fact in &person.facts {
        let Some(term) = terms.term(&fact.code, &fact.label) else {
            untold += 1;
            continue;
        };
        let onset = fact.onset.as_deref().and_then(|onset| age::time(onset, terms));
        match (fact.kind, fact.status) {
            (FactKind::Phenotype, FactStatus::Present | FactStatus::Excluded) => {
                let mut feature = PhenotypicFeature::new(term);
                feature.excluded = fact.status == FactStatus::Excluded;
                feature.onset = onset;
                // Equal features or diseases from several sources are listed once.
                if !individual.phenotypic_features.contains(&feature) {
                    individual.phenotypic_features.push(feature);
                }
            }
            (FactKind::Disease, FactStatus::Present) => {
                let mut disease = Disease::new(term);
                disease.age_of_onset = onset;
                if !individual.diseases.contains(&disease) {
                    individual.diseases.push(disease);
                }
            }
            (FactKind::Measurement, FactStatus::Present) => match measurement::measurement(term, fact, person, terms) {
                Some(measured) => individual.measures.push(measured),
                None => untold += 1,
            },
            (FactKind::Disease | FactKind::Measurement, FactStatus::Excluded)
            | (
                FactKind::Phenotype | FactKind::Disease | FactKind::Measurement,
                FactStatus::Suspected | FactStatus::RuledOut | FactStatus::History | FactStatus::NotUnderstood,
            ) => untold += 1,
        }
    }
    // If several sources state the age at the last encounter, the last stated age counts.
    if let Some(seen) = age::last_word(&person.ages).and_then(|text| age::time(text, terms))
        && let Ok(seen) = serde_json::to_value(seen)
    {
        individual.info.insert("ageAtLastEncounter".to_owned(), seen);
    }
    if untold > 0 {
        individual.info.insert("statementsNotTold".to_owned(), untold.into());
    }
    individual
}
