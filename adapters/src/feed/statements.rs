//! Makes a statement by applying one rule to one record.

use gemj_model::{
    DetailName, Fact, FactDetail, FactKind, FactStatus, MeasuredValue, PartialDate, SpecimenId, SpecimenStatement, SpecimenStep,
};

use super::map::Refusal;
use super::modifiers::{Found, is_usable_specimen, modifiers};
use super::{off_scale, stated_unit};
use crate::profile::{CoreModifiers, Expression, FactRule, Profile, Rule, SpecimenRule, ValueRule, status};
use crate::semantics::{Modifier, modified, parse_quantity};
use crate::unit::Unit;

/// The maximum length of a stored text, in bytes.
pub(super) const MAX_TEXT_BYTES: usize = 4096;

/// A fact, with the fields because of which the fact is not understood.
pub(super) struct Stated {
    pub(super) fact: Fact,
    pub(super) not_understood: Vec<String>,
}

/// A unit with its profile, and the records inside each record.
pub(super) struct View<'v> {
    profile: &'v Profile,
    unit: &'v Unit,
    inside: Vec<Vec<usize>>,
}

impl<'v> View<'v> {
    pub(super) fn new(profile: &'v Profile, unit: &'v Unit) -> Self {
        let mut inside = vec![Vec::new(); unit.records.len()];
        for (at, record) in unit.records.iter().enumerate() {
            if let Some(list) = record.parent.and_then(|parent| inside.get_mut(parent)) {
                list.push(at);
            }
        }
        Self { profile, unit, inside }
    }

    fn place<'p>(&'p self, rule: &'p Rule, record: usize) -> Place<'p> {
        Place {
            profile: self.profile,
            rule,
            unit: self.unit,
            record,
            inside: self.inside.get(record).map_or(&[], Vec::as_slice),
        }
    }
}

/// The profile with the rule, and the record of the unit from which a statement is made.
pub(super) struct Place<'p> {
    pub(super) profile: &'p Profile,
    /// The indices of the records inside the record.
    pub(super) inside: &'p [usize],
    pub(super) rule: &'p Rule,
    pub(super) unit: &'p Unit,
    pub(super) record: usize,
}

impl Place<'_> {
    pub(super) fn refuse(&self, reason_code: &'static str, what: &str) -> Refusal {
        Refusal::new(reason_code, format!("{}, record {}: {what}", self.rule.place, self.record))
    }

    pub(super) fn value(&self, expression: &Expression) -> Result<Option<String>, Refusal> {
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

    pub(super) fn text(&self, expression: Option<&Expression>) -> Result<String, Refusal> {
        self.optional(expression).map(Option::unwrap_or_default)
    }

    pub(super) fn date(&self, expression: Option<&Expression>) -> Result<Option<PartialDate>, Refusal> {
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

    /// The status that the profile states. If the profile's functions do not accept the received status, the status is not understood, and the
    /// result names its field.
    fn status(&self, made: &FactRule) -> Result<(FactStatus, Option<String>), Refusal> {
        let Some(expression) = &made.status else {
            return Ok((FactStatus::Present, None));
        };
        match expression.value(self.unit, self.record) {
            Err(fault) => Ok((FactStatus::NotUnderstood, Some(fault.field))),
            // A problem in a list of problems is present, unless a field of the problem states otherwise.
            Ok(None) if made.core == CoreModifiers::Problem => Ok((FactStatus::Present, None)),
            // An empty status is not understood, as a status that the profile does not map.
            Ok(None) => {
                let field = expression.selectors().first().map_or("status", |selector| selector.name());
                Ok((FactStatus::NotUnderstood, Some(field.to_owned())))
            }
            Ok(Some(word)) => {
                let status = status(&word).ok_or_else(|| self.refuse("unknown-code", "is not a status"))?;
                Ok((status, None))
            }
        }
    }

    /// Whether a vendor's mark on the record or a record around it could state that the data was removed.
    fn has_unclear_status(&self) -> bool {
        self.unit.field(self.record, "@VendorStatus").is_some()
    }

    fn specimen_id(&self, text: &str) -> Result<SpecimenId, Refusal> {
        SpecimenId::parse(text).map_err(|error| self.refuse("bad-identifier", &format!("a specimen's id {error}")))
    }
}

/// The fact that the rule makes from the record. `None` if the record has no value for the fact, or if the fact is a measurement without a
/// result.
pub(super) fn fact(view: &View<'_>, rule: &Rule, made: &FactRule, record: usize) -> Result<Option<Stated>, Refusal> {
    let place = view.place(rule, record);
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
    let (stated, unread) = place.status(made)?;
    let label = place.text(made.label.as_ref())?;
    let mut found = modifiers(&place, made, &code, &label);
    let value = value.map(|value| off_scale::bounded(&place, made, value, &mut found));
    let effects: Vec<Modifier> = found.iter().map(|found| found.modifier).collect();
    let mut details = details(&place, made)?;
    let status = extracted(modified(stated, &effects), &mut details);
    Ok(Some(Stated {
        fact: Fact {
            kind: made.kind,
            code,
            label,
            status,
            onset: place.optional(made.onset.as_ref())?,
            value,
            observed: place.date(made.observed.as_ref())?,
            details,
        },
        not_understood: match status {
            FactStatus::NotUnderstood => not_understood(&rule.record, unread, &found),
            FactStatus::Present
            | FactStatus::Excluded
            | FactStatus::Suspected
            | FactStatus::RuledOut
            | FactStatus::History
            | FactStatus::NotConfirmed => Vec::new(),
        },
    }))
}

/// The details of the fact that the record states, in the order of the profile.
fn details(place: &Place<'_>, made: &FactRule) -> Result<Vec<FactDetail>, Refusal> {
    let mut details = Vec::new();
    for rule in &made.details {
        let (code, text) = (place.optional(rule.code.as_ref())?, place.text(rule.text.as_ref())?);
        if code.is_some() || !text.is_empty() {
            details.push(FactDetail {
                name: rule.name,
                code,
                text,
            });
        }
    }
    Ok(details)
}

/// The status of a statement with these details. What a model extracted is not confirmed, whatever the model states. The model's own status is kept as a
/// detail.
fn extracted(stated: FactStatus, details: &mut Vec<FactDetail>) -> FactStatus {
    let is_extracted = details.iter().any(|detail| DetailName::OF_AN_EXTRACTION.contains(&detail.name));
    if !is_extracted {
        return stated;
    }
    details.push(FactDetail {
        name: DetailName::ExtractedStatus,
        code: None,
        text: stated.as_str().to_owned(),
    });
    match stated {
        FactStatus::NotUnderstood => FactStatus::NotUnderstood,
        FactStatus::Present
        | FactStatus::Excluded
        | FactStatus::Suspected
        | FactStatus::RuledOut
        | FactStatus::History
        | FactStatus::NotConfirmed => FactStatus::NotConfirmed,
    }
}

/// The names of the fields because of which a fact is not understood. If each field is understood by itself, the fields contradict each other,
/// and the result names all fields that change the status.
fn not_understood(record: &str, unread: Option<String>, found: &[Found]) -> Vec<String> {
    let fields = |wanted: &dyn Fn(Modifier) -> bool| -> Vec<String> {
        let named = found.iter().filter(|found| wanted(found.modifier)).map(|found| found.field.clone());
        named.chain(unread.clone().map(|field| format!("{record} {field}"))).collect()
    };
    let unknown = |modifier| matches!(modifier, Modifier::Unknown | Modifier::Says(FactStatus::NotUnderstood));
    let mut names = fields(&unknown);
    if names.is_empty() {
        names = fields(&|modifier| modifier != Modifier::Neutral);
    }
    names.sort();
    names.dedup();
    names
}

fn measured(place: &Place<'_>, rule: &ValueRule) -> Result<Option<MeasuredValue>, Refusal> {
    Ok(match rule {
        ValueRule::Text(text) => place.value(text)?.map(MeasuredValue::Text),
        ValueRule::Coded { code, label } => match place.value(code)? {
            Some(code) => Some(MeasuredValue::Coded {
                code,
                label: place.text(label.as_ref())?,
            }),
            // A coded result without a code is its text.
            None => place.optional(label.as_ref())?.map(MeasuredValue::Text),
        },
        ValueRule::Quantity { quantity, unit, or_text } => match place.value(quantity)? {
            None => None,
            Some(text) => match parse_quantity(&text) {
                Some(read) => {
                    let unit = place.text(unit.as_ref())?;
                    stated_unit::check(place, quantity, &unit)?;
                    Some(MeasuredValue::Quantity {
                        comparator: read.comparator,
                        number: read.number,
                        unit,
                    })
                }
                None if *or_text => Some(MeasuredValue::Text(text)),
                None => return Err(place.refuse("not-a-number", "the result is not a number, with or without a bound")),
            },
        },
    })
}

/// Whether the format states that the record's specimen is not certainly a usable specimen of the patient.
fn is_refused_specimen(place: &Place<'_>) -> bool {
    place
        .unit
        .records
        .get(place.record)
        .is_some_and(|record| !is_usable_specimen(record))
}

/// The specimen that the rule makes from the record; `None` if the record has no value for a specimen.
pub(super) fn specimen(view: &View<'_>, rule: &Rule, made: &SpecimenRule, record: usize) -> Result<Option<SpecimenStatement>, Refusal> {
    let place = view.place(rule, record);
    if !place.has_anything() {
        return Ok(None);
    }
    if place.has_unclear_status() {
        return Err(place.refuse(
            "modifier-not-understood",
            "has a mark that could state that the specimen was removed",
        ));
    }
    // A specimen has no status. A specimen that could be another person's, or that was rejected, must not become the participant's.
    if is_refused_specimen(&place) {
        return Err(place.refuse("specimen-role", "SPM-11, -21 or -24 do not state a usable specimen of the patient"));
    }
    let id = place.value(&made.id)?;
    let id = id.ok_or_else(|| place.refuse("no-specimen-id", "describes a specimen that has no id"))?;
    let parent = place.optional(made.parent.as_ref())?;
    let mut steps = Vec::new();
    for rule in &made.steps {
        let step = SpecimenStep {
            kind: rule.kind,
            code: place.optional(rule.code.as_ref())?,
            label: place.text(rule.label.as_ref())?,
            time: place.optional(rule.time.as_ref())?,
        };
        if step.code.is_some() || !step.label.is_empty() || step.time.is_some() {
            steps.push(step);
        }
    }
    Ok(Some(SpecimenStatement {
        id: place.specimen_id(&id)?,
        kind_code: place.text(made.kind.as_ref())?,
        kind_label: place.text(made.label.as_ref())?,
        collected: place.date(made.collected.as_ref())?,
        body_site: place.optional(made.site.as_ref())?,
        storage: place.optional(made.storage.as_ref())?,
        parent: parent.map(|parent| place.specimen_id(&parent)).transpose()?,
        steps,
    }))
}
