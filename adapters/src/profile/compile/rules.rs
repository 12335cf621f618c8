//! Compiles the rules of a profile: statements, consents, and the expressions and conditions in them.

use gemj_model::{Clause, DetailName, FactKind, SpecimenStepKind};

use super::super::expression::Yields;
use super::super::place::Place;
use super::super::rule::{Condition, DetailRule, StepRule, Test};
use super::super::text::{ConditionText, ConsentText, DetailText, ExpressionText, RuleText, SpecimenText, StepText, ValueText};
use super::super::{
    ConsentRule, CoreModifiers, Expression, FactRule, Fault, Format, Function, Made, ModifierRule, Rule, Selector, SpecimenRule, ValueRule,
    function, selector,
};
use super::Compiled;

/// The rules of one profile, in its format.
pub(super) struct Site {
    pub(super) format: Format,
}

impl Site {
    fn record(&self, kind: &str, place: &Place) -> Compiled<String> {
        let format = self.format.as_str();
        match selector::is_record(self.format, kind) {
            true => Ok(kind.to_owned()),
            false => Err((place.clone(), Fault::RecordSyntax { format })),
        }
    }

    /// Checks the kind of records in which a value about the person is read. For REDCap, `*` means every record of a unit, because all its rows
    /// are about the same person.
    pub(super) fn placed_record(&self, kind: &str, place: &Place) -> Compiled<String> {
        match (self.format, kind) {
            (Format::Redcap | Format::Csv, "*") => Ok(kind.to_owned()),
            _ => self.record(kind, place),
        }
    }

    pub(super) fn selector(&self, name: &str, place: &Place) -> Compiled<Selector> {
        let format = self.format.as_str();
        Selector::parse(self.format, name).ok_or_else(|| (place.clone(), Fault::FieldSyntax { format }))
    }

    pub(super) fn expression(&self, text: &ExpressionText, place: &Place, yields: Yields) -> Compiled<Expression> {
        let expression = self.expression_of_any_kind(text, place)?;
        if expression.yields(yields) {
            return Ok(expression);
        }
        let needed = match yields {
            Yields::Text => "a text",
            Yields::Date => "a date: end with {date}",
            Yields::Code => "a CURIE: end with {prefix}, hpo, orpha, curie or a {map} to CURIEs",
            Yields::Sex => "a sex: end with sex, or a {map} to male, female, other and unknown",
            Yields::Status => {
                "a status: end with a {map} to present, excluded, suspected, ruled-out, history, not-confirmed and not-understood"
            }
            Yields::Storage => "a storage class: end with storage-class",
        };
        Err((place.clone(), Fault::Yields { needed }))
    }

    fn expression_of_any_kind(&self, text: &ExpressionText, place: &Place) -> Compiled<Expression> {
        Ok(match text {
            ExpressionText::Field(name) => Expression::From {
                selector: self.selector(name, place)?,
                when: Vec::new(),
                via: Vec::new(),
                unrecognised: None,
            },
            ExpressionText::Constant { constant } => Expression::Constant(constant.clone()),
            ExpressionText::Any { any } => {
                let list = any.iter().enumerate();
                let list = list.map(|(at, text)| self.expression_of_any_kind(text, &place.key("any").index(at)));
                Expression::Any(list.collect::<Result<_, _>>()?)
            }
            ExpressionText::From {
                from,
                when,
                via,
                unrecognised,
            } => {
                let when = when.iter().enumerate();
                let when = when.map(|(at, condition)| self.condition(condition, &place.key("when").index(at)));
                let via = via.iter().enumerate().map(|(at, text)| {
                    Function::compile(text).ok_or_else(|| {
                        let known = function::KNOWN;
                        (place.key("via").index(at), Fault::UnknownFunction { known })
                    })
                });
                Expression::From {
                    selector: self.selector(from, &place.key("from"))?,
                    when: when.collect::<Result<_, _>>()?,
                    via: via.collect::<Result<_, _>>()?,
                    unrecognised: unrecognised.clone(),
                }
            }
        })
    }

    fn optional(&self, text: &Option<ExpressionText>, place: &Place, name: &str, yields: Yields) -> Compiled<Option<Expression>> {
        text.as_ref()
            .map(|text| self.expression(text, &place.key(name), yields))
            .transpose()
    }

    pub(super) fn rule(&self, text: &RuleText, place: &Place) -> Compiled<Rule> {
        let when = text.when.iter().enumerate();
        let when = when.map(|(at, condition)| self.condition(condition, &place.key("when").index(at)));
        Ok(Rule {
            place: place.to_string(),
            record: self.record(&text.record, &place.key("record"))?,
            when: when.collect::<Result<_, _>>()?,
            makes: match (&text.fact, &text.code, &text.specimen) {
                (Some(kind), Some(code), None) => Made::Fact(self.fact(kind, code, text, place)?),
                (None, None, Some(specimen)) if text.has_no_fact_members() => {
                    Made::Specimen(self.specimen(specimen, &place.key("specimen"))?)
                }
                _ => {
                    let what = "a rule makes either a fact with a code or a specimen without members of a fact";
                    return Err((place.clone(), Fault::Member { what }));
                }
            },
        })
    }

    fn fact(&self, kind: &str, code: &ExpressionText, text: &RuleText, place: &Place) -> Compiled<FactRule> {
        // The schema has accepted the kind.
        let Some(kind) = FactKind::parse(kind) else {
            let what = "is not a kind of fact";
            return Err((place.key("fact"), Fault::Member { what }));
        };
        // An order, a plan and a refusal name the same agent as a treatment. A rule without a status would make them all present.
        let needs_status = match kind {
            FactKind::Treatment | FactKind::Procedure | FactKind::FamilyHistory => true,
            FactKind::Phenotype | FactKind::Disease | FactKind::Measurement => false,
        };
        if needs_status && text.status.is_none() {
            let what = "a treatment, procedure or family-history must have a status";
            return Err((place.clone(), Fault::Member { what }));
        }
        if (kind == FactKind::Measurement) != text.value.is_some() {
            let what = "a measurement must have a value; other facts must not";
            return Err((place.clone(), Fault::Member { what }));
        }
        let modifiers = text.modifiers.iter().enumerate().map(|(at, modifier)| {
            let place = place.key("modifiers").index(at);
            Ok(ModifierRule {
                record: self.record(&modifier.record, &place.key("record"))?,
                field: self.selector(&modifier.field, &place.key("field"))?.name().to_owned(),
            })
        });
        let modifiers = modifiers.collect::<Compiled<Vec<_>>>()?;
        if kind == FactKind::Measurement && !modifiers.is_empty() {
            let what = "a measurement has no modifiers";
            return Err((place.clone(), Fault::Member { what }));
        }
        if text.status.as_ref().is_some_and(|status| has_fallback_to_present(status, false)) {
            let what = "must not have `const: present` as an alternative: a status that was not read would become present";
            return Err((place.key("status"), Fault::Member { what }));
        }
        Ok(FactRule {
            modifiers,
            core: self.core_modifiers(&text.record),
            kind,
            code: self.expression(code, &place.key("code"), Yields::Code)?,
            label: self.optional(&text.label, place, "label", Yields::Text)?,
            status: self.optional(&text.status, place, "status", Yields::Status)?,
            onset: self.optional(&text.onset, place, "onset", Yields::Text)?,
            observed: self.optional(&text.observed, place, "observed", Yields::Date)?,
            value: text
                .value
                .as_ref()
                .map(|value| self.value(value, &place.key("value")))
                .transpose()?,
            details: self.details(&text.details, kind, &place.key("details"))?,
        })
    }

    fn details(&self, texts: &[DetailText], kind: FactKind, place: &Place) -> Compiled<Vec<DetailRule>> {
        if kind == FactKind::FamilyHistory && texts.iter().all(|detail| detail.name != DetailName::Relationship.as_str()) {
            let what = "a family-history must have the detail relationship";
            return Err((place.clone(), Fault::Member { what }));
        }
        let states = |name: &DetailName| texts.iter().any(|detail| detail.name == name.as_str());
        let of_extraction = DetailName::OF_AN_EXTRACTION;
        if of_extraction.iter().any(states) && !of_extraction.iter().all(states) {
            let what = "a statement that was extracted must have the details extraction-source, extraction-model and extraction-confidence";
            return Err((place.clone(), Fault::Member { what }));
        }
        let list = texts.iter().enumerate().map(|(at, text)| {
            let place = place.index(at);
            // The schema has accepted the name.
            let Some(name) = DetailName::parse(&text.name) else {
                let what = "is not the name of a detail";
                return Err((place.key("name"), Fault::Member { what }));
            };
            Ok(DetailRule {
                name,
                code: self.optional(&text.code, &place, "code", Yields::Code)?,
                text: self.optional(&text.text, &place, "text", Yields::Text)?,
            })
        });
        list.collect()
    }

    fn steps(&self, texts: &[StepText], place: &Place) -> Compiled<Vec<StepRule>> {
        let list = texts.iter().enumerate().map(|(at, text)| {
            let place = place.index(at);
            // The schema has accepted the step.
            let Some(kind) = SpecimenStepKind::parse(&text.step) else {
                let what = "is not a step";
                return Err((place.key("step"), Fault::Member { what }));
            };
            Ok(StepRule {
                kind,
                code: self.optional(&text.code, &place, "code", Yields::Code)?,
                label: self.optional(&text.label, &place, "label", Yields::Text)?,
                time: self.optional(&text.time, &place, "time", Yields::Text)?,
            })
        });
        list.collect()
    }

    /// The fields of a record that the format defines. They apply to every kind of fact that is made from the record.
    fn core_modifiers(&self, record: &str) -> CoreModifiers {
        match (self.format, record) {
            (Format::SsMix2, "PRB") => CoreModifiers::Problem,
            (Format::SsMix2, "OBX") => CoreModifiers::Result,
            (Format::Odm, _) => CoreModifiers::Flags,
            (Format::Fhir, "Condition") => CoreModifiers::FhirCondition,
            (Format::Fhir, "Observation" | "Observation.component") => CoreModifiers::FhirObservation,
            (Format::Miabis, "contentDiagnosis" | "sample") => CoreModifiers::Miabis,
            (Format::Bff, "disease" | "phenotypicFeature" | "measure") => CoreModifiers::Bff,
            (Format::Omop, record) if record != "PERSON" => CoreModifiers::Omop,
            (Format::Omop, _) => CoreModifiers::None,
            (Format::SsMix2 | Format::Redcap | Format::Miabis | Format::Fhir | Format::Bff | Format::Csv, _) => CoreModifiers::None,
        }
    }

    fn value(&self, text: &ValueText, place: &Place) -> Compiled<ValueRule> {
        Ok(match text {
            ValueText::Quantity { quantity, unit, or_text } => ValueRule::Quantity {
                quantity: self.expression(quantity, &place.key("quantity"), Yields::Text)?,
                unit: self.optional(unit, place, "unit", Yields::Text)?,
                or_text: *or_text,
            },
            ValueText::Coded { code, label } => ValueRule::Coded {
                code: self.expression(code, &place.key("code"), Yields::Code)?,
                label: self.optional(label, place, "label", Yields::Text)?,
            },
            ValueText::Text { text } => ValueRule::Text(self.expression(text, &place.key("text"), Yields::Text)?),
        })
    }

    fn specimen(&self, text: &SpecimenText, place: &Place) -> Compiled<SpecimenRule> {
        Ok(SpecimenRule {
            id: self.expression(&text.id, &place.key("id"), Yields::Text)?,
            kind: self.optional(&text.kind, place, "kind", Yields::Code)?,
            label: self.optional(&text.label, place, "label", Yields::Text)?,
            collected: self.optional(&text.collected, place, "collected", Yields::Date)?,
            site: self.optional(&text.site, place, "site", Yields::Code)?,
            storage: self.optional(&text.storage, place, "storage", Yields::Storage)?,
            parent: self.optional(&text.parent, place, "parent", Yields::Text)?,
            steps: self.steps(&text.steps, &place.key("steps"))?,
        })
    }

    /// A consent rule. A status alone is never consent: the answers need a form and a signing date beside them.
    pub(super) fn consent(&self, text: &ConsentText, place: &Place) -> Compiled<ConsentRule> {
        let member = |what| (place.clone(), Fault::Member { what });
        let gives = !text.clauses.is_empty();
        if gives && (text.form.is_none() || text.signed.is_none()) {
            return Err(member("a consent rule with clauses must state the form and the signing date"));
        }
        if !gives && (text.form.is_some() || text.signed.is_some() || text.proxy.is_some()) {
            return Err(member(
                "a consent rule with a form or a signing date must state the answer to each clause",
            ));
        }
        let withdraws = text.withdrawn.is_some() || text.withdrawn_at.is_some();
        if !withdraws && (!gives || !text.withdraws.is_empty()) {
            return Err(member("a consent rule must state clauses, a withdrawal, or both"));
        }
        let clause = |name: &str| Clause::parse(name).ok_or_else(|| member("clauses: has a name that is not a clause"));
        let when = text.when.iter().enumerate();
        let when = when.map(|(at, condition)| self.condition(condition, &place.key("when").index(at)));
        let clauses = text.clauses.iter().map(|(name, answer)| {
            let answer = self.expression(answer, &place.key("clauses").key(name), Yields::Text)?;
            Ok((clause(name)?, answer))
        });
        Ok(ConsentRule {
            place: place.to_string(),
            record: self.record(&text.record, &place.key("record"))?,
            when: when.collect::<Result<_, _>>()?,
            form: self.optional(&text.form, place, "form", Yields::Text)?,
            signed: self.optional(&text.signed, place, "signed", Yields::Date)?,
            clauses: clauses.collect::<Compiled<Vec<_>>>()?,
            proxy: self.optional(&text.proxy, place, "proxy", Yields::Text)?,
            withdrawn: self.optional(&text.withdrawn, place, "withdrawn", Yields::Text)?,
            withdrawn_at: self.optional(&text.withdrawn_at, place, "withdrawn-at", Yields::Date)?,
            withdraws: text.withdraws.iter().map(|name| clause(name)).collect::<Compiled<Vec<_>>>()?,
        })
    }

    fn condition(&self, text: &ConditionText, place: &Place) -> Compiled<Condition> {
        let test = match (&text.one_of, &text.none_of, text.present) {
            (Some(list), None, None) => Test::OneOf(list.clone()),
            (None, Some(list), None) => Test::NoneOf(list.clone()),
            (None, None, Some(present)) => Test::Present(present),
            _ => {
                let what = "a condition must have exactly one of in, not and present";
                return Err((place.clone(), Fault::Member { what }));
            }
        };
        Ok(Condition {
            selector: self.selector(&text.field, &place.key("field"))?,
            test,
        })
    }
}

/// Whether an expression contains the constant `present` beside alternatives. `is_alternative` states whether the expression itself is an
/// alternative.
fn has_fallback_to_present(expression: &ExpressionText, is_alternative: bool) -> bool {
    match expression {
        ExpressionText::Constant { constant } => is_alternative && constant == "present",
        ExpressionText::Any { any } => any.iter().any(|inner| has_fallback_to_present(inner, true)),
        ExpressionText::Field(_) | ExpressionText::From { .. } => false,
    }
}

impl RuleText {
    fn has_no_fact_members(&self) -> bool {
        let members = [&self.label, &self.status, &self.onset, &self.observed];
        members.into_iter().all(Option::is_none) && self.value.is_none() && self.modifiers.is_empty() && self.details.is_empty()
    }
}
