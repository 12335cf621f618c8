//! Makes a statement by applying one rule to one record.

use gemj_model::{Fact, FactKind, FactStatus, MeasuredValue, PartialDate, SpecimenId, SpecimenStatement};

use super::map::Refusal;
use crate::profile::{Expression, FactRule, Rule, SpecimenRule, ValueRule, status};
use crate::semantics::{Modifier, in_name, modified, modifier, parse_quantity};
use crate::unit::Unit;

/// The maximum length of a stored text, in bytes.
const MAX_TEXT_BYTES: usize = 4096;

/// The rule, the unit and the record from which a statement is made.
struct Place<'p> {
    rule: &'p Rule,
    unit: &'p Unit,
    record: usize,
}

impl Place<'_> {
    fn refuse(&self, reason_code: &'static str, what: &str) -> Refusal {
        Refusal::new(reason_code, format!("{}, record {}: {what}", self.rule.place, self.record))
    }

    fn value(&self, expression: &Expression) -> Result<Option<String>, Refusal> {
        let value = expression
            .value(self.unit, self.record)
            .map_err(|fault| Refusal::of_value(&self.rule.place, self.record, &fault))?;
        if value.as_ref().is_some_and(|text| text.len() > MAX_TEXT_BYTES) {
            return Err(self.refuse("too-long", "a text is longer than the limit"));
        }
        Ok(value)
    }

    fn optional(&self, expression: Option<&Expression>) -> Result<Option<String>, Refusal> {
        expression.map_or(Ok(None), |expression| self.value(expression))
    }

    fn text(&self, expression: Option<&Expression>) -> Result<String, Refusal> {
        self.optional(expression).map(Option::unwrap_or_default)
    }

    fn date(&self, expression: Option<&Expression>) -> Result<Option<PartialDate>, Refusal> {
        let text = self.optional(expression)?;
        let date = text.map(|text| PartialDate::parse(&text)).transpose();
        date.map_err(|_| self.refuse("bad-date", "is not a date"))
    }

    /// Whether the record itself, and not a record around it, has a value from which the statement could be made.
    fn has_anything(&self) -> bool {
        let selectors = self.rule.expressions().into_iter().flat_map(Expression::selectors);
        selectors.into_iter().any(|s| {
            let here = s.find(self.unit, self.record).is_some_and(|(at, _, _)| at == self.record);
            here && s.value(self.unit, self.record).is_some_and(|text| !text.trim().is_empty())
        })
    }

    /// The modifiers that apply to the statement. They come from the modifier fields of the records inside this record. For a disease, they
    /// also come from its own name.
    fn modifiers(&self, made: &FactRule, label: &str) -> Vec<Modifier> {
        let mut modifiers = Vec::new();
        for rule in &made.modifiers {
            let inside = self
                .unit
                .records
                .iter()
                .filter(|r| r.parent == Some(self.record) && r.kind == rule.record);
            modifiers.extend(inside.flat_map(|record| rule.texts(record)).map(modifier));
        }
        match made.kind {
            FactKind::Disease => modifiers.push(in_name(label)),
            FactKind::Phenotype | FactKind::Measurement => {}
        }
        modifiers
    }

    fn specimen_id(&self, text: &str) -> Result<SpecimenId, Refusal> {
        SpecimenId::parse(text).map_err(|error| self.refuse("bad-identifier", &format!("a specimen's id {error}")))
    }
}

/// The fact that the rule makes from the record. `None` if the record has no value for the fact, or if the fact is a measurement without a
/// result.
pub(super) fn fact(rule: &Rule, made: &FactRule, unit: &Unit, record: usize) -> Result<Option<Fact>, Refusal> {
    let place = Place { rule, unit, record };
    if !place.has_anything() {
        return Ok(None);
    }
    let code = place.value(&made.code)?;
    let value = made.value.as_ref().map(|value| measured(&place, value)).transpose()?.flatten();
    let code = match code {
        Some(code) => code,
        None => return Err(place.refuse("no-code", "has values but no code")),
    };
    if made.kind == FactKind::Measurement && value.is_none() {
        return Ok(None);
    }
    let status = match &made.status {
        None => FactStatus::Present,
        Some(expression) => {
            let word = place.value(expression)?;
            let word = word.ok_or_else(|| place.refuse("no-status", "has no status"))?;
            status(&word).ok_or_else(|| place.refuse("unknown-code", "is not a status"))?
        }
    };
    let label = place.text(made.label.as_ref())?;
    let status = modified(status, &place.modifiers(made, &label));
    Ok(Some(Fact {
        kind: made.kind,
        code,
        label,
        status,
        onset: place.optional(made.onset.as_ref())?,
        value,
        observed: place.date(made.observed.as_ref())?,
    }))
}

fn measured(place: &Place<'_>, rule: &ValueRule) -> Result<Option<MeasuredValue>, Refusal> {
    Ok(match rule {
        ValueRule::Text(text) => place.value(text)?.map(MeasuredValue::Text),
        ValueRule::Coded { code, label } => match place.value(code)? {
            Some(code) => Some(MeasuredValue::Coded {
                code,
                label: place.text(label.as_ref())?,
            }),
            None => None,
        },
        ValueRule::Quantity { quantity, unit, or_text } => match place.value(quantity)? {
            None => None,
            Some(text) => match parse_quantity(&text) {
                Some(read) => Some(MeasuredValue::Quantity {
                    comparator: read.comparator,
                    number: read.number,
                    unit: place.text(unit.as_ref())?,
                }),
                None if *or_text => Some(MeasuredValue::Text(text)),
                None => return Err(place.refuse("not-a-number", "the result is not a number, with or without a bound")),
            },
        },
    })
}

/// The specimen that the rule makes from the record; `None` if the record has no value for a specimen.
pub(super) fn specimen(rule: &Rule, made: &SpecimenRule, unit: &Unit, record: usize) -> Result<Option<SpecimenStatement>, Refusal> {
    let place = Place { rule, unit, record };
    if !place.has_anything() {
        return Ok(None);
    }
    let id = place.value(&made.id)?;
    let id = id.ok_or_else(|| place.refuse("no-specimen-id", "describes a specimen that has no id"))?;
    let parent = place.optional(made.parent.as_ref())?;
    Ok(Some(SpecimenStatement {
        id: place.specimen_id(&id)?,
        kind_code: place.text(made.kind.as_ref())?,
        kind_label: place.text(made.label.as_ref())?,
        collected: place.date(made.collected.as_ref())?,
        body_site: place.optional(made.site.as_ref())?,
        storage: place.optional(made.storage.as_ref())?,
        parent: parent.map(|parent| place.specimen_id(&parent)).transpose()?,
    }))
}
