//! The plan of the synthetic programme: participants, families, consent histories, phenotypes and alleles. The plan depends only on constants, so it
//! is the same on every machine.

pub mod consent_history;
mod disease;
mod families;
pub mod files;
pub mod genotypes;
pub mod hpo;
pub mod person;
pub mod reference;
pub mod sites;

use std::collections::HashMap;

use gemj_access::ConsentLedger;
use gemj_model::{Clause, ClauseSet, ConsentEvent, ConsentForm, DatasetId, FormId, Ordinal, Timestamp};

pub use consent_history::{ConsentRow, History};
pub use files::FilePlan;
pub use person::{Hospital, Person, Relation};
pub use sites::Site;

use crate::error::DemoError;

/// The instant around which the consent histories are built. Scheduled changes (a birthday, an end of consent, a consent with a later date)
/// are in the days, months and years after this instant. All other events are before 2026, except the assent at a sixteenth birthday, which
/// can be in 2026. `demo --clock` with this instant shows the scheduled changes before they occur.
pub const REFERENCE_DATE: &str = "2026-12-01T00:00:00Z";

/// The clauses that a participant must have agreed to, all together, to count in the public tier.
pub const PUBLIC_CLAUSES: [Clause; 4] = [
    Clause::StudyUse,
    Clause::ThirdPartyDomestic,
    Clause::ThirdPartyOverseas,
    Clause::Commercial,
];

/// The built-in consent forms, as JSON texts.
const FORMS: [&str; 2] = [
    include_str!("../../../schemas/consent-forms/unified-1.json"),
    include_str!("../../../schemas/consent-forms/legacy-2019.json"),
];

/// The plan of the whole synthetic programme.
#[derive(Clone, Debug)]
pub struct Programme {
    /// All participants, in order of `Person::index`.
    pub people: Vec<Person>,
    /// The variant sites in order of contig and position.
    pub sites: Vec<Site>,
    /// The plan of the participants' files.
    pub files: FilePlan,
}

impl Programme {
    /// Makes the plan, which is always the same.
    #[must_use]
    pub fn plan() -> Self {
        let sites = sites::plan();
        let people = families::plan(&sites);
        let files = files::plan(&people);
        Self { people, sites, files }
    }

    /// The members of a dataset, in the order of their indices.
    pub fn members<'a>(&'a self, dataset: &'a str) -> impl Iterator<Item = &'a Person> {
        self.people.iter().filter(move |p| p.is_in(dataset))
    }

    /// The clauses that are valid for each participant at `now`, computed by the access rules as if every consent event was recorded at
    /// `recorded`. The result is for the facts that the demo prints, not for a decision.
    ///
    /// # Errors
    /// A form, identifier or time of the plan is not valid.
    pub fn standing(&self, recorded: Timestamp, now: Timestamp) -> Result<Vec<ClauseSet>, DemoError> {
        let forms: Vec<ConsentForm> = FORMS.iter().map(|text| serde_json::from_str(text)).collect::<Result<_, _>>()?;
        let mut ledger = ConsentLedger::new(forms);
        let mut sequence = 0;
        for person in &self.people {
            for row in &person.consents {
                sequence += 1;
                ledger.append(ConsentEvent {
                    sequence,
                    participant: Ordinal(person.index as u32),
                    kind: row.kind,
                    form: match row.form {
                        Some(id) => Some(FormId::parse(id).map_err(|_| DemoError::Plan { what: "form id" })?),
                        None => None,
                    },
                    clauses: row.clauses,
                    effective: row.effective()?,
                    recorded,
                    ground: gemj_model::Ground::Consent,
                    corrects: None,
                });
            }
        }
        Ok(self
            .people
            .iter()
            .map(|p| ledger.standing(Ordinal(p.index as u32), now).clauses)
            .collect())
    }

    /// The number of families of a dataset with a member for whom `holds` is true.
    pub fn families_with(&self, dataset: &str, holds: impl Fn(&Person) -> bool) -> usize {
        let mut families: HashMap<&str, ()> = HashMap::new();
        for person in self.members(dataset).filter(|p| holds(p)) {
            families.insert(&person.family, ());
        }
        families.len()
    }
}

/// Whether the set contains every clause that the public tier requires.
#[must_use]
pub fn is_public(clauses: ClauseSet) -> bool {
    clauses.contains_all(PUBLIC_CLAUSES.into_iter().collect())
}

/// The ids of the two datasets.
///
/// # Errors
/// The id of a dataset is not valid, which does not occur with the present constants.
pub fn dataset_ids() -> Result<[DatasetId; 2], DemoError> {
    let parse = |text| DatasetId::parse(text).map_err(|_| DemoError::Plan { what: "dataset id" });
    Ok([parse(person::CANCER)?, parse(person::RARE_DISEASE)?])
}
