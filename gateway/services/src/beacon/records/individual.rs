//! Makes the Beacon records of `individuals`: each describes a participant.

use ga4gh_beacon::{Age, Date, Disease, Individual, OntologyTerm, PhenotypicFeature, Procedure, Sex, TimeElement, Treatment};
use gemj_catalogue::RecordedPerson;
use gemj_model::fact::{FactKind, FactStatus};
use gemj_model::{DetailName, Fact, PartialDate};

use super::names::RecordNames;
use super::term::{MappedCode, Terms};
use super::untold::Untold;
use super::{age, measurement};

/// The Beacon record of a participant: sex, features (also excluded features), present diseases, measurements, treatments and procedures. `info`
/// contains the codes to which loaded code tables map the codes of present facts, and the number of statements that are left out: statements with an
/// institution's own code, and statements that a Beacon record cannot express. A family history is always left out, because a pedigree of Beacon describes
/// relatives, who have their own consent.
pub(crate) fn record(names: &dyn RecordNames, person: &RecordedPerson, terms: &Terms) -> Individual {
    told(names, person, terms).0
}

/// The Beacon record of a participant, and everything that it does not contain.
pub(crate) fn told(names: &dyn RecordNames, person: &RecordedPerson, terms: &Terms) -> (Individual, Vec<Untold>) {
    let sex = match person.sex {
        gemj_model::Sex::Female => Sex::Female,
        gemj_model::Sex::Male => Sex::Male,
        gemj_model::Sex::Other => Sex::Other,
        gemj_model::Sex::Unknown => Sex::Unknown,
    };
    let mut individual = Individual::new(&names.of_person(person.ordinal), sex);
    let mut untold = Vec::new();
    let mut mapped = Vec::new();
    for fact in &person.facts {
        // An excluded or suspected fact is not mapped: the absence of a code does not show the absence of a wider one.
        if fact.status == FactStatus::Present && fact.kind.is_about_participant() {
            for code in terms.mapped(&fact.code, &fact.label) {
                if !mapped.contains(&code) {
                    mapped.push(code);
                }
            }
        }
        add(&mut individual, fact, person, terms, &mut untold);
    }
    // If several sources state the age at the last encounter, the last stated age counts.
    if let Some(seen) = age::last_word(&person.ages).and_then(|text| age::time(text, terms))
        && let Ok(seen) = serde_json::to_value(seen)
    {
        individual.info.insert("ageAtLastEncounter".to_owned(), seen);
    }
    if !mapped.is_empty() {
        let mapped = mapped.iter().map(MappedCode::rendered).collect();
        individual.info.insert("mappedCodes".to_owned(), mapped);
    }
    let whole = untold.iter().filter(|reason| reason.is_whole()).count();
    if whole > 0 {
        individual.info.insert("statementsNotTold".to_owned(), whole.into());
    }
    (individual, untold)
}

/// Adds a fact to the record of a participant.
fn add(individual: &mut Individual, fact: &Fact, person: &RecordedPerson, terms: &Terms, untold: &mut Vec<Untold>) {
    let Some(term) = terms.term(&fact.code, &fact.label) else {
        untold.push(Untold::Code);
        return;
    };
    let onset = fact.onset.as_deref().and_then(|onset| age::time(onset, terms));
    // The details that the record contains.
    let mut told: &[DetailName] = &[];
    let mut is_dated = false;
    match (fact.kind, fact.status) {
        (FactKind::Phenotype, FactStatus::Present | FactStatus::Excluded) => {
            let mut feature = PhenotypicFeature::new(term);
            feature.excluded = fact.status == FactStatus::Excluded;
            feature.onset.clone_from(&onset);
            once(&mut individual.phenotypic_features, feature, untold);
        }
        (FactKind::Disease, FactStatus::Present) => {
            let mut disease = Disease::new(term);
            disease.age_of_onset.clone_from(&onset);
            disease.stage = detail(fact, DetailName::Stage, terms);
            told = &[DetailName::Stage];
            once(&mut individual.diseases, disease, untold);
        }
        (FactKind::Measurement, FactStatus::Present) => match measurement::measurement(term, fact, person, terms) {
            Some(measured) => {
                is_dated = measured.date.is_some();
                individual.measures.push(measured);
            }
            None => {
                untold.push(Untold::Value);
                return;
            }
        },
        (FactKind::Treatment, FactStatus::Present) => {
            let mut treatment = Treatment::new(term);
            treatment.route_of_administration = detail(fact, DetailName::Route, terms);
            told = &[DetailName::Route];
            treatment.age_at_onset = only_age(onset.clone());
            once(&mut individual.treatments, treatment, untold);
        }
        (FactKind::Procedure, FactStatus::Present) => {
            let mut procedure = Procedure::new(term);
            procedure.body_site = detail(fact, DetailName::BodySite, terms);
            told = &[DetailName::BodySite];
            procedure.age_at_procedure.clone_from(&onset);
            if terms.are_for_sender() {
                procedure.date_of_procedure = fact.observed.as_ref().map(PartialDate::as_str).and_then(Date::parse);
                is_dated = procedure.date_of_procedure.is_some();
            }
            once(&mut individual.interventions_or_procedures, procedure, untold);
        }
        (FactKind::Disease | FactKind::Measurement | FactKind::Treatment | FactKind::Procedure, FactStatus::Excluded)
        | (
            FactKind::Phenotype | FactKind::Disease | FactKind::Measurement | FactKind::Treatment | FactKind::Procedure,
            FactStatus::Suspected | FactStatus::RuledOut | FactStatus::History | FactStatus::NotConfirmed | FactStatus::NotUnderstood,
        ) => {
            untold.push(Untold::Status);
            return;
        }
        (
            FactKind::FamilyHistory,
            FactStatus::Present
            | FactStatus::Excluded
            | FactStatus::Suspected
            | FactStatus::RuledOut
            | FactStatus::History
            | FactStatus::NotConfirmed
            | FactStatus::NotUnderstood,
        ) => {
            untold.push(Untold::FamilyHistory);
            return;
        }
    }
    if fact.onset.is_some() && (onset.is_none() || (fact.kind == FactKind::Treatment && only_age(onset).is_none())) {
        untold.push(Untold::Onset);
    }
    if fact.observed.is_some() && !is_dated {
        untold.push(Untold::Date);
    }
    let is_told = |name| told.contains(&name) && detail(fact, name, terms).is_some();
    let rest = fact.details.iter().filter(|detail| !is_told(detail.name)).count();
    untold.extend(std::iter::repeat_n(Untold::Detail, rest));
}

/// Adds a statement. Equal statements from several sources are listed once.
fn once<T: PartialEq>(list: &mut Vec<T>, statement: T, untold: &mut Vec<Untold>) {
    if list.contains(&statement) {
        untold.push(Untold::Twice);
    } else {
        list.push(statement);
    }
}

fn only_age(time: Option<TimeElement>) -> Option<Age> {
    match time {
        Some(TimeElement::Age(age)) => Some(age),
        Some(TimeElement::AgeRange { .. } | TimeElement::GestationalAge { .. } | TimeElement::Interval { .. } | TimeElement::Term(_))
        | None => None,
    }
}

/// The term of a fact's first detail of this name; absent if the fact has no such detail, or if records do not contain its code.
fn detail(fact: &Fact, name: DetailName, terms: &Terms) -> Option<OntologyTerm> {
    let detail = fact.details.iter().find(|detail| detail.name == name)?;
    terms.term(detail.code.as_deref()?, &detail.text)
}
