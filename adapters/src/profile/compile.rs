//! Compiles the text of a profile to its typed plan.

use std::collections::BTreeMap;

use gemj_model::{Clause, DetailName, FactKind, SiteId, SpecimenStepKind};
use serde_json::Value;

use super::expression::Yields;
use super::place::Place;
use super::rule::{Condition, DetailRule, StepRule, Test};
use super::text::{
    ConditionText, ConsentText, DetailText, ExpressionText, FhirText, LabelText, NumberText, ProfileText, RuleText, SpecimenText, StepText,
    ValueText,
};
use super::{
    ConsentRule, CoreModifiers, Expression, FactRule, Fault, Format, Function, Home, Ignore, Made, ModifierRule, Placed, Profile,
    ProfileError, Rule, Selector, SpecimenRule, ValueRule, ambiguity, function, schema, selector,
};

use crate::fhir;
use crate::target::is_namespace;

type Compiled<T> = Result<T, (Place, Fault)>;

pub(super) fn compile(yaml: &str, digest: &str) -> Result<Profile, ProfileError> {
    let document: Value = serde_norway::from_str(yaml).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |l| (l.line(), l.column()));
        ProfileError::Yaml {
            line,
            column,
            detail: error.to_string(),
        }
    })?;
    check_keys(yaml)?;
    plan(&document, digest).map_err(|(place, fault)| {
        let (line, column) = place.line_and_column(yaml);
        ProfileError::Place {
            line,
            column,
            place: place.to_string(),
            fault,
        }
    })
}

/// Refuses a mapping that contains a key twice. The YAML reader would use the last value without an error.
fn check_keys(yaml: &str) -> Result<(), ProfileError> {
    serde_norway::from_str::<serde_norway::Value>(yaml).map(drop).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |l| (l.line(), l.column()));
        ProfileError::Yaml {
            line,
            column,
            detail: error.to_string(),
        }
    })
}

fn plan(document: &Value, digest: &str) -> Compiled<Profile> {
    schema::validate(document)?;
    let root = Place::default();
    // The schema has accepted the document, so parsing fails only if the schema and the parser differ.
    let mut text: ProfileText = ProfileText::deserialize_from(document).ok_or_else(|| {
        (
            root.clone(),
            Fault::Member {
                what: "does not have the members of a profile",
            },
        )
    })?;
    let format = match text.format.as_str() {
        "ss-mix2" => Format::SsMix2,
        "odm" => Format::Odm,
        "redcap" => Format::Redcap,
        "fhir" => Format::Fhir,
        "bff" => Format::Bff,
        "csv" => Format::Csv,
        "omop" => Format::Omop,
        _ => Format::Miabis,
    };
    if (format == Format::Redcap) != text.redcap.is_some() {
        let what = "redcap: is required in a profile of format redcap and not allowed in another format";
        return Err((root.key("format"), Fault::Member { what }));
    }
    if format != Format::Csv && text.csv.is_some() {
        let what = "csv: is allowed only in a profile of format csv";
        return Err((root.key("csv"), Fault::Member { what }));
    }
    if format != Format::Omop && text.omop.is_some() {
        let what = "omop: is allowed only in a profile of format omop";
        return Err((root.key("omop"), Fault::Member { what }));
    }
    if format != Format::Fhir && text.fhir.is_some() {
        let what = "fhir: is allowed only in a profile of format fhir";
        return Err((root.key("fhir"), Fault::Member { what }));
    }
    let fhir = text.fhir.map(fhir_options).unwrap_or_default();
    if let Some(at) = repeated_system(&fhir) {
        let what = "has the name or a URI of an earlier system, or the name of another field of concepts";
        return Err((root.key("fhir").key("systems").index(at), Fault::Member { what }));
    }
    if format != Format::Odm && text.study.is_some() {
        let what = "study: is allowed only in a profile of format odm";
        return Err((root.key("study"), Fault::Member { what }));
    }
    if !matches!(format, Format::SsMix2 | Format::Odm | Format::Redcap) && !text.facilities.is_empty() {
        let what = "facilities: is allowed only in a profile of format ss-mix2, odm or redcap";
        return Err((root.key("facilities"), Fault::Member { what }));
    }
    if text.site.is_none() && !text.facilities.is_empty() {
        let what = "facilities: a profile with facilities must state a site";
        return Err((root.key("facilities"), Fault::Member { what }));
    }
    let home = home(text.site.as_deref(), text.namespace, &root)?;
    let site = Site { format };
    let participant = {
        let place = root.key("participant");
        Placed {
            record: site.placed_record(&text.participant.record, &place.key("record"))?,
            value: Expression::From {
                selector: site.selector(&text.participant.number, &place.key("number"))?,
                when: Vec::new(),
                via: Vec::new(),
                unrecognised: None,
            },
        }
    };
    let placed = |text: &Option<super::text::PlacedText>, name: &str, yields: Yields| match text {
        None => Ok(None),
        Some(text) => {
            let place = root.key(name);
            Ok(Some(Placed {
                record: site.placed_record(&text.record, &place.key("record"))?,
                value: site.expression(&text.value, &place.key("value"), yields)?,
            }))
        }
    };
    let mut rules = Vec::new();
    for (at, rule) in text.rules.iter().enumerate() {
        rules.push(site.rule(rule, &root.key("rules").index(at))?);
    }
    let consents = text.consents.iter().enumerate();
    let consents = consents.map(|(at, consent)| site.consent(consent, &root.key("consents").index(at)));
    let consents = consents.collect::<Compiled<Vec<_>>>()?;
    if let Some((earlier, later)) = ambiguity::find(&rules) {
        let other = format!("rules[{earlier}]");
        return Err((root.key("rules").index(later), Fault::Ambiguous { other }));
    }
    Ok(Profile {
        mapping_version: format!("{}-{}+{digest}", text.profile, text.version),
        name: text.profile,
        format,
        home,
        facilities: text.facilities,
        study: text.study,
        sex: placed(&text.sex, "sex", Yields::Sex)?,
        born: placed(&text.born, "born", Yields::Date)?,
        dictionary: text.redcap.as_ref().map(|r| r.dictionary.clone()),
        labels: text
            .redcap
            .as_mut()
            .map(|r| labels(std::mem::take(&mut r.labels)))
            .unwrap_or_default(),
        missing: match (text.redcap, &mut text.csv) {
            (Some(redcap), _) => redcap.missing,
            (None, Some(csv)) => std::mem::take(&mut csv.missing),
            (None, None) => Vec::new(),
        },
        optional: text.csv.map(|csv| csv.optional).unwrap_or_default(),
        absent: text.omop.map(|omop| omop.absent).unwrap_or_default(),
        fhir,
        participant,
        rules,
        consents,
        ignore: text
            .ignore
            .into_iter()
            .map(|i| Ignore {
                record: i.record,
                field: i.field,
                reason: i.reason,
            })
            .collect(),
    })
}

fn fhir_options(text: FhirText) -> fhir::Options {
    let number = |text: Option<NumberText>| match text {
        None => fhir::Number::Only,
        Some(NumberText { system: Some(system) }) => fhir::Number::System(system),
        Some(NumberText { system: None }) => fhir::Number::Id,
    };
    let systems = text.systems.into_iter().map(|system| fhir::System {
        name: system.name,
        uris: system.uris,
    });
    fhir::Options {
        patient: number(text.number),
        specimen: number(text.specimen),
        systems: systems.collect(),
    }
}

/// The expected labels, by variable and code.
fn labels(text: BTreeMap<String, BTreeMap<String, LabelText>>) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let listed = |label| match label {
        LabelText::One(label) => vec![label],
        LabelText::Several(labels) => labels,
    };
    let of_codes = |codes: BTreeMap<String, LabelText>| codes.into_iter().map(|(code, label)| (code, listed(label))).collect();
    text.into_iter().map(|(variable, codes)| (variable, of_codes(codes))).collect()
}

/// The index of the first system that cannot be told from an earlier one, or whose name is the name of another field.
fn repeated_system(options: &fhir::Options) -> Option<usize> {
    let systems = &options.systems;
    systems.iter().enumerate().position(|(at, system)| {
        let mut earlier = systems.iter().take(at);
        let is_field = matches!(system.name.as_str(), "local" | "display" | "text");
        is_field || earlier.any(|other| other.name == system.name || other.uris.iter().any(|uri| system.uris.contains(uri)))
    })
}

/// The institution and the namespace of a profile. A profile states both or neither.
fn home(site: Option<&str>, namespace: Option<String>, root: &Place) -> Compiled<Option<Home>> {
    match (site, namespace) {
        (None, None) => Ok(None),
        (Some(site), Some(namespace)) if is_namespace(&namespace) => {
            let site = SiteId::parse(site).map_err(|_| {
                let what = "is not a site's id";
                (root.key("site"), Fault::Member { what })
            })?;
            Ok(Some(Home { site, namespace }))
        }
        (Some(_), Some(_)) => {
            let what = "must not be empty nor have a / or a control character";
            Err((root.key("namespace"), Fault::Member { what }))
        }
        (Some(_), None) => {
            let what = "site: a profile with a site must state the namespace of its numbers";
            Err((root.key("site"), Fault::Member { what }))
        }
        (None, Some(_)) => {
            let what = "namespace: a profile with a namespace must state the site that uses the numbers";
            Err((root.key("namespace"), Fault::Member { what }))
        }
    }
}

impl ProfileText {
    fn deserialize_from(document: &Value) -> Option<Self> {
        serde::Deserialize::deserialize(document).ok()
    }
}

struct Site {
    format: Format,
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
    fn placed_record(&self, kind: &str, place: &Place) -> Compiled<String> {
        match (self.format, kind) {
            (Format::Redcap | Format::Csv, "*") => Ok(kind.to_owned()),
            _ => self.record(kind, place),
        }
    }

    fn selector(&self, name: &str, place: &Place) -> Compiled<Selector> {
        let format = self.format.as_str();
        Selector::parse(self.format, name).ok_or_else(|| (place.clone(), Fault::FieldSyntax { format }))
    }

    fn expression(&self, text: &ExpressionText, place: &Place, yields: Yields) -> Compiled<Expression> {
        let expression = self.expression_of_any_kind(text, place)?;
        if expression.yields(yields) {
            return Ok(expression);
        }
        let needed = match yields {
            Yields::Text => "a text",
            Yields::Date => "a date: end with {date}",
            Yields::Code => "a CURIE: end with {prefix}, hpo, orpha, curie or a {map} to CURIEs",
            Yields::Sex => "a sex: end with sex, or a {map} to male, female, other and unknown",
            Yields::Status => "a status: end with a {map} to present, excluded, suspected, ruled-out, history, not-confirmed and not-understood",
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

    fn rule(&self, text: &RuleText, place: &Place) -> Compiled<Rule> {
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
        let mut modifiers = modifiers.collect::<Compiled<Vec<_>>>()?;
        if kind == FactKind::Measurement && !modifiers.is_empty() {
            let what = "a measurement has no modifiers";
            return Err((place.clone(), Fault::Member { what }));
        }
        // The SS-MIX2 specification defines the fields of a problem's modifiers. They are read even if the site's profile does not name them.
        if self.format == Format::SsMix2 && text.record == "PRB" {
            for (record, field) in [("ZPR", "ZPR-3"), ("ZPD", "ZPD-3")] {
                if modifiers.iter().all(|m| m.record != record) {
                    modifiers.push(ModifierRule {
                        record: record.to_owned(),
                        field: field.to_owned(),
                    });
                }
            }
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
    fn consent(&self, text: &ConsentText, place: &Place) -> Compiled<ConsentRule> {
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
