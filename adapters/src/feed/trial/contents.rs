//! Compares the statements of two trials part by part, without keeping the statements. The sum of digests of a set of texts does not depend on their
//! order, and it differs if one text differs.

use std::collections::{BTreeMap, BTreeSet};

use gemj_model::fact::{CaseRecord, Comparator};
use gemj_model::{CarrierObservation, Fact, MeasuredValue, PartialDate, SpecimenStatement};

use crate::target::half;

/// The digests of the parts of statements that have one kind, code and status. Two sets of statements are equal if these are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents(BTreeMap<&'static str, u128>);

impl Contents {
    /// The names of the parts in which two sets of statements differ, in the order of the names: `value`, `unit`, `observed`, `sex`, …
    #[must_use]
    pub fn different(&self, other: &Self) -> Vec<&'static str> {
        let names: BTreeSet<_> = self.0.keys().chain(other.0.keys()).copied().collect();
        names.into_iter().filter(|name| self.0.get(name) != other.0.get(name)).collect()
    }

    /// Adds one part of a statement about a person. `rest` identifies the statement among those of the person, so that two statements that exchange
    /// their values differ.
    fn add(&mut self, name: &'static str, person: &str, rest: &str, text: &str) {
        let digest = u128::from_be_bytes(half(&[person, rest, name, text]));
        let sum = self.0.entry(name).or_default();
        *sum = sum.wrapping_add(digest);
    }

    /// Adds the parts of a fact.
    pub(super) fn fact(&mut self, person: &str, fact: &Fact) {
        // Every member is named, so that a new member of facts cannot be forgotten here.
        let Fact {
            kind: _,
            code: _,
            status: _,
            label,
            onset,
            value,
            observed,
            details,
        } = fact;
        let date = observed.as_ref().map(PartialDate::as_str).unwrap_or_default();
        self.add("label", person, date, label);
        self.add("onset", person, date, onset.as_deref().unwrap_or_default());
        self.add("observed", person, "", date);
        for detail in details {
            let code = detail.code.as_deref().unwrap_or_default();
            self.add("detail", person, date, &format!("{} {code} {}", detail.name.as_str(), detail.text));
        }
        match value {
            None => self.add("value", person, date, ""),
            Some(MeasuredValue::Text(text)) => self.add("value", person, date, &format!("text {text}")),
            Some(MeasuredValue::Coded { code, label }) => self.add("value", person, date, &format!("code {code} {label}")),
            Some(MeasuredValue::Quantity { comparator, number, unit }) => {
                let comparator = comparator.map(Comparator::as_str).unwrap_or_default();
                self.add("value", person, date, &format!("number {comparator}{number}"));
                self.add("unit", person, date, unit);
            }
        }
    }

    /// Adds the parts of a specimen.
    pub(super) fn specimen(&mut self, person: &str, specimen: &SpecimenStatement) {
        let SpecimenStatement {
            id,
            kind_code: _,
            kind_label,
            collected,
            body_site,
            storage,
            parent,
            steps,
        } = specimen;
        let id = id.as_str();
        self.add("id", person, "", id);
        for step in steps {
            let [code, time] = [&step.code, &step.time].map(|text| text.as_deref().unwrap_or_default());
            self.add("step", person, id, &format!("{:?} {code} {} {time}", step.kind, step.label));
        }
        self.add("label", person, id, kind_label);
        self.add(
            "collected",
            person,
            id,
            collected.as_ref().map(PartialDate::as_str).unwrap_or_default(),
        );
        self.add("body-site", person, id, body_site.as_deref().unwrap_or_default());
        self.add("storage", person, id, storage.as_deref().unwrap_or_default());
        self.add(
            "parent",
            person,
            id,
            parent.as_ref().map(|parent| parent.as_str()).unwrap_or_default(),
        );
    }

    /// Adds an allele of a person.
    pub(super) fn carrier(&mut self, person: &str, carrier: &CarrierObservation) {
        self.add("allele", person, "", &format!("{carrier:?}"));
    }

    /// Adds what a unit states about the person itself.
    pub(super) fn person(&mut self, person: &str, record: &CaseRecord) {
        let family = record.family.as_ref().map(|family| family.as_str()).unwrap_or_default();
        self.add("sex", person, "", record.sex.as_str());
        self.add(
            "born",
            person,
            "",
            record.born.as_ref().map(PartialDate::as_str).unwrap_or_default(),
        );
        self.add("family", person, "", family);
        self.add("age", person, "", record.age_at_last_encounter.as_deref().unwrap_or_default());
    }
}
