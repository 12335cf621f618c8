//! The rules of a profile. A rule states which statement (a fact or a specimen) is made from each record of one kind.

use gemj_model::{DetailName, FactKind, SpecimenStepKind};

use super::{Expression, Selector};
use crate::miabis::meaning::is_read;
use crate::unit::Unit;

/// A value about the person. It is read in every record of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) record: String,
    pub(crate) value: Expression,
}

impl Placed {
    /// Whether a record of the kind `kind` can contain the value.
    pub(crate) fn is_in(&self, kind: &str) -> bool {
        self.record == "*" || self.record == kind
    }
}

/// A condition that a record must meet before a rule applies to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(super) selector: Selector,
    pub(super) test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
    Present(bool),
}

impl Condition {
    pub(super) fn holds(&self, unit: &Unit, record: usize) -> bool {
        let value = self.selector.value(unit, record).map(str::trim).filter(|text| !text.is_empty());
        let is_among = |list: &[String]| value.is_some_and(|value| list.iter().any(|word| word == value));
        match &self.test {
            Test::OneOf(list) => is_among(list),
            Test::NoneOf(list) => !is_among(list),
            Test::Present(wanted) => value.is_some() == *wanted,
        }
    }
}

/// One rule of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// The place of the rule in the profile, for messages: `rules[3]`.
    pub(crate) place: String,
    pub(crate) record: String,
    pub(super) when: Vec<Condition>,
    pub(crate) makes: Made,
}

/// The statement that a rule makes from a record: a fact or a specimen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    Fact(FactRule),
    Specimen(SpecimenRule),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FactRule {
    pub(crate) kind: FactKind,
    pub(crate) code: Expression,
    pub(crate) label: Option<Expression>,
    pub(crate) status: Option<Expression>,
    pub(crate) onset: Option<Expression>,
    pub(crate) observed: Option<Expression>,
    pub(crate) value: Option<ValueRule>,
    pub(crate) details: Vec<DetailRule>,
    /// The fields of inner records that change the status of the fact.
    pub(crate) modifiers: Vec<ModifierRule>,
    /// The fields whose meaning the format defines, and that change the status of the fact whatever the profile states.
    pub(crate) core: CoreModifiers,
}

/// A detail of a fact. At least one of code and text is stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DetailRule {
    pub(crate) name: DetailName,
    pub(crate) code: Option<Expression>,
    pub(crate) text: Option<Expression>,
}

/// The fields that change the status of a fact by the definition of the format. The code reads these fields in addition to the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CoreModifiers {
    /// The format defines no such fields.
    None,
    /// The fields of a problem: PRB-1, -9, -13, -14, -19 and -20.
    Problem,
    /// The status of a result, the type of its value and its flags (OBX-11, -2, -8), and the statuses of its order and its specimen.
    Result,
    /// The flags of an ODM element, and the mark of an imputed value.
    Flags,
    /// The statuses, the end and the names of a FHIR Condition.
    FhirCondition,
    /// The status of a FHIR Observation.
    FhirObservation,
    /// The marks of a MIABIS diagnosis and of its sample, and every member that the profile does not mention.
    Miabis,
    /// The marks of a record of the Beacon Friendly Format.
    Bff,
    /// The status that the decoder of OMOP tables states for each row.
    Omop,
}

impl CoreModifiers {
    /// Whether the field `field` of a record of the kind `record` is one of these fields.
    pub(crate) fn asks(self, record: &str, field: &str) -> bool {
        let is_in = |names: &[&str]| {
            names.iter().any(|name| {
                field
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(']))
            })
        };
        match self {
            Self::None => false,
            Self::Problem => match record {
                "PRB" => is_in(&["PRB-1", "PRB-9", "PRB-13", "PRB-14", "PRB-19", "PRB-20"]),
                // The records of its modifiers.
                "ZPR" | "ZPD" => true,
                _ => false,
            },
            Self::Result => match record {
                "OBX" => is_in(&["OBX-2", "OBX-8", "OBX-11"]),
                "OBR" => is_in(&["OBR-25"]),
                "ORC" => is_in(&["ORC-1", "ORC-5"]),
                "SPM" => is_in(&["SPM-11", "SPM-21", "SPM-24"]),
                _ => false,
            },
            Self::Flags => is_in(&["@Flag", "@Imputed", "@Unresolved", "@VendorStatus"]),
            Self::FhirCondition => {
                let fields = ["verificationStatus", "clinicalStatus", "abatement", "@Name", "@Category", "@Unread"];
                (record == "Condition" && is_in(&fields)) || (record == "Patient" && field == "@Time")
            }
            Self::FhirObservation => record.starts_with("Observation") && is_in(&["status", "@Unread"]),
            Self::Bff => is_in(&["excluded", "familyHistory", "modifiers", "resolution", "@Unread"]),
            Self::Omop => is_in(&["@Status"]),
            Self::Miabis => matches!(record, "donor" | "sample" | "contentDiagnosis") && is_read(field),
        }
    }
}

/// A field of records inside the rule's own record. The field changes the status of the fact that the rule makes, for example with `の疑い`
/// (suspected).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModifierRule {
    pub(crate) record: String,
    pub(crate) field: String,
}

impl ModifierRule {
    /// Whether the field `field` of a record of the kind `record` belongs to the modifier.
    pub(crate) fn asks(&self, record: &str, field: &str) -> bool {
        record == self.record
            && field
                .strip_prefix(self.field.as_str())
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ValueRule {
    Quantity {
        quantity: Expression,
        unit: Option<Expression>,
        or_text: bool,
    },
    Coded {
        code: Expression,
        label: Option<Expression>,
    },
    Text(Expression),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpecimenRule {
    pub(crate) id: Expression,
    pub(crate) kind: Option<Expression>,
    pub(crate) label: Option<Expression>,
    pub(crate) collected: Option<Expression>,
    pub(crate) site: Option<Expression>,
    pub(crate) storage: Option<Expression>,
    pub(crate) parent: Option<Expression>,
    pub(crate) steps: Vec<StepRule>,
}

/// A step of the handling of a specimen. At least one of code and label is stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepRule {
    pub(crate) kind: SpecimenStepKind,
    pub(crate) code: Option<Expression>,
    pub(crate) label: Option<Expression>,
    pub(crate) time: Option<Expression>,
}

impl Rule {
    /// Whether the record is of the kind for which the rule is made.
    pub(crate) fn is_about(&self, unit: &Unit, record: usize) -> bool {
        unit.records.get(record).is_some_and(|r| r.kind == self.record)
    }

    /// Whether the record meets all conditions of the rule.
    pub(crate) fn holds(&self, unit: &Unit, record: usize) -> bool {
        self.when.iter().all(|condition| condition.holds(unit, record))
    }

    /// Whether the record meets all conditions of the rule, except the conditions about fields that [`CoreModifiers`] names.
    pub(crate) fn holds_apart_from(&self, core: CoreModifiers, unit: &Unit, record: usize) -> bool {
        let others = self
            .when
            .iter()
            .filter(|condition| !core.asks(&self.record, condition.selector.name()));
        others.into_iter().all(|condition| condition.holds(unit, record))
    }

    /// The expressions from which the statement is made, without the conditions.
    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        match &self.makes {
            Made::Fact(fact) => {
                let value: [Option<&Expression>; 2] = match &fact.value {
                    Some(ValueRule::Quantity { quantity, unit, .. }) => [Some(quantity), unit.as_ref()],
                    Some(ValueRule::Coded { code, label }) => [Some(code), label.as_ref()],
                    Some(ValueRule::Text(text)) => [Some(text), None],
                    None => [None, None],
                };
                let rest = [&fact.label, &fact.status, &fact.onset, &fact.observed].map(Option::as_ref);
                let details = fact.details.iter().flat_map(|detail| [detail.code.as_ref(), detail.text.as_ref()]);
                let rest = rest.into_iter().chain(value).chain(details).flatten();
                std::iter::once(&fact.code).chain(rest).collect()
            }
            Made::Specimen(s) => {
                let rest = [&s.kind, &s.label, &s.collected, &s.site, &s.storage, &s.parent].map(Option::as_ref);
                let steps = s
                    .steps
                    .iter()
                    .flat_map(|step| [&step.code, &step.label, &step.time].map(Option::as_ref));
                std::iter::once(&s.id).chain(rest.into_iter().chain(steps).flatten()).collect()
            }
        }
    }

    /// The expressions of [`Rule::expressions`], to be changed.
    pub(crate) fn expressions_mut(&mut self) -> Vec<&mut Expression> {
        match &mut self.makes {
            Made::Fact(fact) => {
                let value: [Option<&mut Expression>; 2] = match &mut fact.value {
                    Some(ValueRule::Quantity { quantity, unit, .. }) => [Some(quantity), unit.as_mut()],
                    Some(ValueRule::Coded { code, label }) => [Some(code), label.as_mut()],
                    Some(ValueRule::Text(text)) => [Some(text), None],
                    None => [None, None],
                };
                let rest = [&mut fact.label, &mut fact.status, &mut fact.onset, &mut fact.observed].map(Option::as_mut);
                let details = fact
                    .details
                    .iter_mut()
                    .flat_map(|detail| [detail.code.as_mut(), detail.text.as_mut()]);
                let rest = rest.into_iter().chain(value).chain(details).flatten();
                std::iter::once(&mut fact.code).chain(rest).collect()
            }
            Made::Specimen(s) => {
                let rest = [
                    &mut s.kind,
                    &mut s.label,
                    &mut s.collected,
                    &mut s.site,
                    &mut s.storage,
                    &mut s.parent,
                ]
                .map(Option::as_mut);
                let steps = s.steps.iter_mut();
                let steps = steps.flat_map(|step| [&mut step.code, &mut step.label, &mut step.time].map(Option::as_mut));
                std::iter::once(&mut s.id).chain(rest.into_iter().chain(steps).flatten()).collect()
            }
        }
    }

    /// Every field that the rule reads, including the fields of its conditions.
    pub(crate) fn selectors(&self) -> Vec<&Selector> {
        let conditions = self.when.iter().map(|condition| &condition.selector);
        let made = self.expressions().into_iter().flat_map(Expression::selectors);
        conditions.chain(made).collect()
    }
}
