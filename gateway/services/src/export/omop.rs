//! Writes tables of the OMOP Common Data Model 5.4 as Parquet files.
//!
//! * There is no vocabulary here. A concept id is 0, except for the two sexes, the type of a record, and for codes that are OMOP concept ids themselves (`OMOP:201826`). The code
//!   of every statement is in the column `*_source_value`.
//! * Only a disease with the status `present` is a row of `condition_occurrence`. Phenotypic features, and features and diseases that were excluded, are
//!   observations whose value is `present` or `absent`. A statement with another status is in no table.
//! * A day is never invented: a row whose table requires a day that was not stated is left out.
//! * `person_id` is a number of this export alone. The tables contain no id of a participant.

mod day;
mod parquet_table;
mod tables;

use std::path::Path;

use gemj_model::fact::{Comparator, FactKind, FactStatus};
use gemj_model::{DatasetId, DetailName, Fact, MeasuredValue, PartialDate, Sex, SiteId, SpecimenStatement, Timestamp};

use super::ExportFailure;
use super::account::{Account, LeftOut};
use super::cases::{CaseWriter, ReturnedCase};
use day::{days, days_of_text};
use parquet_table::{Cell, ParquetTable};

/// The greatest length of a text of a `*_source_value` column, in characters (`varchar(50)`).
const MAX_SOURCE_CHARS: usize = 50;
/// The type of every row: a registry holds the statement. An extraction by a program has another type.
const REGISTRY: i32 = 32_879;

pub(super) struct Tables {
    site: SiteId,
    person: ParquetTable,
    condition: ParquetTable,
    drug: ParquetTable,
    procedure: ParquetTable,
    measurement: ParquetTable,
    observation: ParquetTable,
    specimen: ParquetTable,
    source: ParquetTable,
}

impl Tables {
    pub(super) fn create(folder: &Path, dataset: &DatasetId, site: &SiteId, now: Timestamp) -> Result<Self, ExportFailure> {
        let table = |table| ParquetTable::create(folder, table);
        let mut tables = Self {
            site: site.clone(),
            person: table(tables::PERSON)?,
            condition: table(tables::CONDITION_OCCURRENCE)?,
            drug: table(tables::DRUG_EXPOSURE)?,
            procedure: table(tables::PROCEDURE_OCCURRENCE)?,
            measurement: table(tables::MEASUREMENT)?,
            observation: table(tables::OBSERVATION)?,
            specimen: table(tables::SPECIMEN)?,
            source: table(tables::CDM_SOURCE)?,
        };
        let today = Cell::from(days_of_text(&now.rfc3339()));
        tables.source.add([
            (
                "cdm_source_name",
                format!("gemj-gateway, dataset {}", dataset.as_str()).as_str().into(),
            ),
            ("cdm_source_abbreviation", "gemj-gateway".into()),
            ("cdm_holder", site.as_str().into()),
            (
                "source_description",
                "Statements that the holder sent to the gateway, by the consents of the day of release.".into(),
            ),
            ("source_release_date", today.clone()),
            ("cdm_release_date", today),
            ("cdm_version", "5.4".into()),
            ("cdm_version_concept_id", 0.into()),
            ("vocabulary_version", "none".into()),
        ])?;
        Ok(tables)
    }
}

impl CaseWriter for Tables {
    fn add(&mut self, case: &ReturnedCase, account: &mut Account) -> Result<(), ExportFailure> {
        let person = &case.person;
        let born = person.born.as_ref().map(PartialDate::as_str);
        let Some(year) = born.and_then(|born| born.get(..4)?.parse::<i32>().ok()) else {
            account.leave_out(LeftOut::NoYearOfBirth, 1);
            return Ok(());
        };
        let id = self.person.next()?;
        let gender = match person.sex {
            Sex::Male => 8507,
            Sex::Female => 8532,
            Sex::Other | Sex::Unknown => 0,
        };
        self.person.add([
            ("person_id", id.into()),
            ("gender_concept_id", gender.into()),
            ("year_of_birth", year.into()),
            ("month_of_birth", born.and_then(|born| born.get(5..7)?.parse::<i32>().ok()).into()),
            ("race_concept_id", 0.into()),
            ("ethnicity_concept_id", 0.into()),
            ("gender_source_value", person.sex.as_str().into()),
        ])?;
        account.participants += 1;
        for fact in &person.facts {
            self.add_fact(id, fact, account)?;
        }
        for specimen in &case.specimens {
            self.add_specimen(id, specimen, account)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, account: &mut Account) -> Result<(), ExportFailure> {
        let all = [
            self.person,
            self.condition,
            self.drug,
            self.procedure,
            self.measurement,
            self.observation,
            self.specimen,
            self.source,
        ];
        for table in all {
            let (name, count) = table.finish()?;
            account.files.insert(name.to_owned(), count);
        }
        Ok(())
    }
}

/// Why a statement is in no table.
type Refusal = LeftOut;

impl Tables {
    fn add_fact(&mut self, person: i32, fact: &Fact, account: &mut Account) -> Result<(), ExportFailure> {
        let added = match (fact.kind, fact.status) {
            (FactKind::FamilyHistory, _) => Err(LeftOut::FamilyHistory),
            (FactKind::Disease, FactStatus::Present) => self.add_condition(person, fact)?,
            (FactKind::Phenotype, FactStatus::Present) => self.add_observation(person, fact, "present")?,
            (FactKind::Phenotype | FactKind::Disease, FactStatus::Excluded) => self.add_observation(person, fact, "absent")?,
            (FactKind::Measurement, FactStatus::Present) => self.add_measurement(person, fact)?,
            (FactKind::Treatment, FactStatus::Present) => self.add_drug(person, fact)?,
            (FactKind::Procedure, FactStatus::Present) => self.add_procedure(person, fact)?,
            (FactKind::Measurement | FactKind::Treatment | FactKind::Procedure, FactStatus::Excluded)
            | (
                FactKind::Phenotype | FactKind::Disease | FactKind::Measurement | FactKind::Treatment | FactKind::Procedure,
                FactStatus::Suspected | FactStatus::RuledOut | FactStatus::History | FactStatus::NotConfirmed | FactStatus::NotUnderstood,
            ) => Err(LeftOut::Status),
        };
        match added {
            Ok(told) => {
                account.leave_out(LeftOut::Detail, fact.details.len().saturating_sub(told) as u64);
                let (onset, date) = untold_times(fact);
                account.leave_out(LeftOut::Onset, u64::from(onset));
                account.leave_out(LeftOut::Date, u64::from(date));
            }
            Err(rule) => account.leave_out(rule, 1),
        }
        Ok(())
    }

    /// Adds a present disease. Like the other functions, returns how many details of the statement are in the table, or why the statement is not.
    fn add_condition(&mut self, person: i32, fact: &Fact) -> Result<Result<usize, Refusal>, ExportFailure> {
        let (coded, day) = match (self.coded(fact, "condition"), began_day(fact)) {
            (Ok(coded), Some(day)) => (coded, day),
            (Err(rule), _) => return Ok(Err(rule)),
            (Ok(_), None) => return Ok(Err(LeftOut::NoDay)),
        };
        let end = detail(fact, DetailName::End).and_then(days_of_text);
        self.condition.add([
            ("condition_occurrence_id", self.condition.next()?.into()),
            ("person_id", person.into()),
            ("condition_concept_id", coded.concept.into()),
            ("condition_start_date", day.into()),
            ("condition_end_date", end.into()),
            ("condition_type_concept_id", REGISTRY.into()),
            ("condition_source_value", coded.source.as_str().into()),
            ("condition_source_concept_id", 0.into()),
        ])?;
        Ok(Ok(usize::from(end.is_some()) + coded.details))
    }

    fn add_observation(&mut self, person: i32, fact: &Fact, value: &'static str) -> Result<Result<usize, Refusal>, ExportFailure> {
        let day = observed_day(fact).or_else(|| onset_day(fact));
        let (coded, day) = match (self.coded(fact, "observation"), day) {
            (Ok(coded), Some(day)) => (coded, day),
            (Err(rule), _) => return Ok(Err(rule)),
            (Ok(_), None) => return Ok(Err(LeftOut::NoDay)),
        };
        self.observation.add([
            ("observation_id", self.observation.next()?.into()),
            ("person_id", person.into()),
            // The concept of a condition is none of an observation.
            ("observation_concept_id", 0.into()),
            ("observation_date", day.into()),
            ("observation_type_concept_id", REGISTRY.into()),
            ("value_as_string", value.into()),
            ("observation_source_value", coded.source.as_str().into()),
            ("observation_source_concept_id", 0.into()),
            ("value_source_value", value.into()),
        ])?;
        Ok(Ok(coded.details))
    }

    fn add_measurement(&mut self, person: i32, fact: &Fact) -> Result<Result<usize, Refusal>, ExportFailure> {
        let Some(day) = observed_day(fact) else {
            return Ok(Err(LeftOut::NoDay));
        };
        let (coded, value) = match (self.coded(fact, "measurement"), measured(fact.value.as_ref())) {
            (Ok(coded), Ok(value)) => (coded, value),
            (Err(rule), _) | (_, Err(rule)) => return Ok(Err(rule)),
        };
        self.measurement.add([
            ("measurement_id", self.measurement.next()?.into()),
            ("person_id", person.into()),
            ("measurement_concept_id", coded.concept.into()),
            ("measurement_date", day.into()),
            ("measurement_type_concept_id", REGISTRY.into()),
            ("operator_concept_id", value.operator.into()),
            ("value_as_number", value.number),
            ("value_as_concept_id", value.concept.into()),
            ("unit_concept_id", value.unit.is_some().then_some(0).into()),
            ("measurement_source_value", coded.source.as_str().into()),
            ("measurement_source_concept_id", 0.into()),
            ("unit_source_value", value.unit.as_deref().into()),
            ("value_source_value", value.source.as_str().into()),
        ])?;
        Ok(Ok(coded.details))
    }

    fn add_drug(&mut self, person: i32, fact: &Fact) -> Result<Result<usize, Refusal>, ExportFailure> {
        let start = detail(fact, DetailName::Start).and_then(days_of_text);
        let end = detail(fact, DetailName::End).and_then(days_of_text);
        let (coded, start, end) = match (self.coded(fact, "drug"), start, end) {
            (Ok(coded), Some(start), Some(end)) => (coded, start, end),
            (Err(rule), _, _) => return Ok(Err(rule)),
            (Ok(_), None, _) => return Ok(Err(LeftOut::NoDay)),
            (Ok(_), Some(_), None) => return Ok(Err(LeftOut::NoLastDay)),
        };
        let find = |name| fact.details.iter().find(|detail| detail.name == name);
        let kind = find(DetailName::DrugType).and_then(|detail| concept(detail.code.as_deref()?));
        let route = find(DetailName::Route);
        let route_concept = route.and_then(|route| concept(route.code.as_deref()?));
        let route_source = route.map(|route| match (&route.code, route_concept) {
            (Some(code), None) => code.as_str(),
            (Some(_) | None, _) => route.text.as_str(),
        });
        let route_source = route_source.filter(|text| !text.is_empty() && fits(text));
        self.drug.add([
            ("drug_exposure_id", self.drug.next()?.into()),
            ("person_id", person.into()),
            ("drug_concept_id", coded.concept.into()),
            ("drug_exposure_start_date", start.into()),
            ("drug_exposure_end_date", end.into()),
            ("drug_type_concept_id", kind.unwrap_or(0).into()),
            ("route_concept_id", route_concept.into()),
            ("drug_source_value", coded.source.as_str().into()),
            ("drug_source_concept_id", 0.into()),
            ("route_source_value", route_source.into()),
        ])?;
        let told = 2 + usize::from(kind.is_some()) + usize::from(route_concept.is_some() || route_source.is_some());
        Ok(Ok(told + coded.details))
    }

    fn add_procedure(&mut self, person: i32, fact: &Fact) -> Result<Result<usize, Refusal>, ExportFailure> {
        let stated = detail(fact, DetailName::Start).and_then(days_of_text);
        let day = match detail(fact, DetailName::Start) {
            Some(_) => stated,
            None => observed_day(fact),
        };
        let end = detail(fact, DetailName::End).and_then(days_of_text);
        let (coded, day) = match (self.coded(fact, "procedure"), day) {
            (Ok(coded), Some(day)) => (coded, day),
            (Err(rule), _) => return Ok(Err(rule)),
            (Ok(_), None) => return Ok(Err(LeftOut::NoDay)),
        };
        self.procedure.add([
            ("procedure_occurrence_id", self.procedure.next()?.into()),
            ("person_id", person.into()),
            ("procedure_concept_id", coded.concept.into()),
            ("procedure_date", day.into()),
            ("procedure_end_date", end.into()),
            ("procedure_type_concept_id", REGISTRY.into()),
            ("procedure_source_value", coded.source.as_str().into()),
            ("procedure_source_concept_id", 0.into()),
        ])?;
        Ok(Ok(usize::from(stated.is_some()) + usize::from(end.is_some()) + coded.details))
    }

    fn add_specimen(&mut self, person: i32, specimen: &SpecimenStatement, account: &mut Account) -> Result<(), ExportFailure> {
        let Some(day) = specimen.collected.as_ref().and_then(days) else {
            account.leave_out(LeftOut::NoDay, 1);
            return Ok(());
        };
        let kind = self.code(&specimen.kind_code, "specimen");
        let site = specimen.body_site.as_deref();
        let site_concept = site.and_then(concept);
        let site_source = site.filter(|_| site_concept.is_none());
        if !fits(kind) || site_source.is_some_and(|text| !fits(text)) {
            account.leave_out(LeftOut::TooLong, 1);
            return Ok(());
        }
        let concept = concept(&specimen.kind_code);
        let source = if concept.is_none() { kind } else { specimen.kind_label.as_str() };
        let source = Some(source).filter(|text| !text.is_empty() && fits(text));
        self.specimen.add([
            ("specimen_id", self.specimen.next()?.into()),
            ("person_id", person.into()),
            ("specimen_concept_id", concept.unwrap_or(0).into()),
            ("specimen_type_concept_id", REGISTRY.into()),
            ("specimen_date", day.into()),
            ("anatomic_site_concept_id", site_concept.into()),
            ("specimen_source_value", source.into()),
            ("anatomic_site_source_value", site_source.into()),
        ])?;
        account.leave_out(LeftOut::Parent, u64::from(specimen.parent.is_some()));
        let has_label = concept.is_none() && !specimen.kind_label.is_empty();
        let details = specimen.steps.len() as u64 + u64::from(specimen.storage.is_some()) + u64::from(has_label);
        account.leave_out(LeftOut::Detail, details);
        Ok(())
    }

    /// The code of a statement for a table. `table` is the word that the profile `omop` puts before an institution's own code of the table.
    fn coded(&self, fact: &Fact, table: &str) -> Result<Coded, Refusal> {
        let concept = concept(&fact.code);
        let received = fact.details.iter().find(|detail| detail.name == DetailName::Received);
        // The profile `omop` keeps the source's own value of a row as the detail `received`.
        let own = self.code(&fact.code, table);
        let is_of_table = concept.is_some() || own != fact.code;
        let source = match received {
            Some(received) if is_of_table && !received.text.is_empty() => received.text.as_str(),
            Some(_) | None => own,
        };
        if !fits(source) {
            return Err(LeftOut::TooLong);
        }
        let is_told = received.is_some_and(|received| received.code.is_none() && received.text == source);
        Ok(Coded {
            concept: concept.unwrap_or(0),
            source: source.to_owned(),
            details: usize::from(is_told),
        })
    }

    /// A code without the prefix with which the profile `omop` marks an institution's own code.
    fn code<'c>(&self, code: &'c str, table: &str) -> &'c str {
        let own = code.strip_prefix(self.site.as_str()).and_then(|rest| rest.strip_prefix('.'));
        let own = own.and_then(|rest| rest.strip_prefix(table)?.strip_prefix(':'));
        own.unwrap_or(code)
    }
}

/// The code of a statement in a table.
struct Coded {
    concept: i32,
    source: String,
    /// The number of details that the columns of the code contain.
    details: usize,
}

/// The value of a measurement in the table.
struct Measured {
    operator: Option<i32>,
    number: Cell,
    concept: Option<i32>,
    unit: Option<String>,
    source: String,
}

fn measured(value: Option<&MeasuredValue>) -> Result<Measured, Refusal> {
    let measured = match value {
        None => return Err(LeftOut::Value),
        Some(MeasuredValue::Quantity { comparator, number, unit }) => Measured {
            operator: comparator.map(operator),
            number: Cell::Number(
                number
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite())
                    .ok_or(LeftOut::Value)?,
            ),
            concept: None,
            unit: Some(unit.clone()).filter(|unit| !unit.is_empty()),
            source: format!("{}{number}", comparator.map_or("", Comparator::as_str)),
        },
        Some(MeasuredValue::Coded { code, label }) => {
            let concept = concept(code);
            let source = if concept.is_some() && !label.is_empty() { label } else { code };
            Measured {
                operator: None,
                number: Cell::Empty,
                concept: Some(concept.unwrap_or(0)),
                unit: None,
                source: source.clone(),
            }
        }
        Some(MeasuredValue::Text(text)) => Measured {
            operator: None,
            number: Cell::Empty,
            concept: None,
            unit: None,
            source: text.clone(),
        },
    };
    if !fits(&measured.source) || measured.unit.as_deref().is_some_and(|unit| !fits(unit)) {
        return Err(LeftOut::TooLong);
    }
    Ok(measured)
}

/// The concept of an operator (vocabulary "Meas Value Operator").
fn operator(comparator: Comparator) -> i32 {
    match comparator {
        Comparator::Less => 4_171_756,
        Comparator::AtMost => 4_171_754,
        Comparator::AtLeast => 4_171_755,
        Comparator::More => 4_172_704,
    }
}

/// The concept id of a code `OMOP:<concept_id>`; absent for every other code.
fn concept(code: &str) -> Option<i32> {
    let id: i32 = code.strip_prefix("OMOP:")?.parse().ok()?;
    (id > 0).then_some(id)
}

fn fits(text: &str) -> bool {
    text.chars().count() <= MAX_SOURCE_CHARS
}

/// The text of the first detail of a name.
fn detail(fact: &Fact, name: DetailName) -> Option<&str> {
    fact.details
        .iter()
        .find(|detail| detail.name == name)
        .map(|detail| detail.text.as_str())
}

/// The day on which the feature was observed.
fn observed_day(fact: &Fact) -> Option<i32> {
    fact.observed.as_ref().and_then(days)
}

/// The onset, if it is a day. An excluded feature has no onset.
fn onset_day(fact: &Fact) -> Option<i32> {
    let onset = fact.onset.as_deref().filter(|_| fact.status != FactStatus::Excluded)?;
    days_of_text(onset)
}

/// The day on which a condition began: the onset, if it is a day. Without a stated onset, the day on which the condition was observed.
fn began_day(fact: &Fact) -> Option<i32> {
    match fact.onset {
        Some(_) => onset_day(fact),
        None => observed_day(fact),
    }
}

/// Whether the row of a statement lacks its stated onset, and whether the row lacks its stated date.
fn untold_times(fact: &Fact) -> (bool, bool) {
    let (has_onset, has_date) = (fact.onset.is_some(), fact.observed.is_some());
    match (fact.kind, fact.status) {
        (FactKind::Disease, FactStatus::Present) => (false, has_onset && has_date),
        (FactKind::Disease | FactKind::Phenotype, _) => {
            let is_observed = observed_day(fact).is_some();
            (has_onset && is_observed, has_date && !is_observed)
        }
        (FactKind::Procedure, _) => (has_onset, has_date && detail(fact, DetailName::Start).is_some()),
        (FactKind::Treatment, _) => (has_onset, has_date),
        (FactKind::Measurement | FactKind::FamilyHistory, _) => (has_onset, false),
    }
}
