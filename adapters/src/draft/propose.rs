//! Proposes what becomes of each field.

use crate::semantics::{curie, parse_sex};

use super::Coverage;
use super::describe::{Described, Kind};
use super::hints::{Hint, hint};
use super::write::quoted;

/// The maximum number of rules of a draft. A profile can have 256.
const MAX_RULES: usize = 256;
/// The maximum number of ignored fields of a draft. A profile can have 1024, and a decoder's own columns are among them.
const MAX_IGNORED: usize = 1000;
/// The maximum number of names that a decision contains.
const SHOWN: usize = 20;

/// A proposal about one field.
pub(super) struct Proposal {
    pub(super) field: Described,
    pub(super) fate: Fate,
}

/// What is proposed about a field.
pub(super) enum Fate {
    /// The field is the number of the person.
    Number,
    /// The field is the sex. The lines of YAML.
    Sex(Vec<String>),
    /// The field is the date of birth. The lines of YAML.
    Born(Vec<String>),
    /// A rule reads the field. The lines of YAML, without the list's mark.
    Rule(Vec<String>),
    /// The field is not read, for this reason.
    Ignored(&'static str),
    /// A person must decide, for this reason.
    Undecided(&'static str),
}

/// A draft before it is written.
pub(super) struct Sketch {
    /// The name of the profile's format.
    pub(super) format: &'static str,
    /// What the draft was made from, in words.
    pub(super) origin: &'static str,
    /// Lines of YAML after the format.
    pub(super) members: Vec<String>,
    /// The kind of the records with the person's number.
    pub(super) number_record: &'static str,
    /// The field of the person's number.
    pub(super) number_field: String,
    /// The kind of a record in which a rule can look for the number.
    pub(super) rule_record: &'static str,
    pub(super) proposals: Vec<Proposal>,
    /// Columns of the format itself that are ignored: patterns and reasons.
    pub(super) own: Vec<(String, &'static str)>,
    pub(super) decisions: Vec<String>,
}

impl Sketch {
    pub(super) fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        for proposal in &self.proposals {
            match proposal.fate {
                Fate::Ignored(_) => coverage.ignored += 1,
                Fate::Undecided(_) => coverage.undecided += 1,
                Fate::Number | Fate::Sex(_) | Fate::Born(_) | Fate::Rule(_) => coverage.mapped += 1,
            }
        }
        coverage
    }
}

/// Makes the proposals about the fields of one feed, in their order.
pub(super) struct Proposer<'a> {
    pub(super) site: &'a str,
    /// The formats of a date of birth, in the words of profiles.
    pub(super) dates: &'static str,
    /// The name of the field with the person's number; empty if it is no described field.
    pub(super) number: String,
}

#[derive(Default)]
struct Found {
    sex: bool,
    born: bool,
    rules: usize,
    ignored: usize,
    measured: Vec<String>,
    without_status: Vec<String>,
    by_name: Vec<String>,
}

impl Proposer<'_> {
    /// The proposals, and the decisions that follow from them.
    pub(super) fn all(&self, fields: Vec<Described>) -> (Vec<Proposal>, Vec<String>) {
        let mut found = Found::default();
        let mut proposals = Vec::with_capacity(fields.len());
        for field in fields {
            let fate = self.fate(&field, &mut found);
            proposals.push(Proposal { field, fate });
        }
        let decisions = found.decisions(&proposals);
        (proposals, decisions)
    }

    fn fate(&self, field: &Described, found: &mut Found) -> Fate {
        if field.name == self.number {
            return Fate::Number;
        }
        let hint = hint(&field.name, &field.label);
        let by_name = (hint == Hint::Identity).then_some("its name is that of a field which can identify the person");
        if let Some(reason) = field.not_read.or(by_name) {
            return match is_pattern(&field.name) {
                true => Fate::Undecided("its name contains *, so a profile cannot ignore it by name; the gateway does not read it"),
                false if found.ignored >= MAX_IGNORED => {
                    Fate::Undecided("the list of ignored fields is full; the gateway does not read it")
                }
                false => {
                    found.ignored += 1;
                    if field.not_read.is_none() {
                        found.by_name.push(field.name.clone());
                    }
                    Fate::Ignored(reason)
                }
            };
        }
        if let Some(reason) = field.unclear {
            return Fate::Undecided(reason);
        }
        let Some(record) = &field.record else {
            return Fate::Undecided("the kind of its records is not certain");
        };
        match hint {
            Hint::Relative => return Fate::Undecided("it can be about a relative"),
            Hint::Sex => return sex(field, record, found),
            Hint::Birth => return self.born(field, record, found),
            Hint::Identity | Hint::Reference | Hint::Icd10 | Hint::Hpo | Hint::None => {}
        }
        match (field.kind, hint) {
            (Kind::Number, Hint::Reference) => Fate::Undecided("it can be a number of the person"),
            (Kind::Number, _) => self.measurement(field, record, found),
            (Kind::Text, Hint::Icd10) => coded("disease", "[icd10, { prefix: \"ICD10:\" }]", field, record, found),
            (Kind::Text, Hint::Hpo) => coded("phenotype", "[hpo]", field, record, found),
            (Kind::Text, Hint::Reference) => Fate::Undecided("a text; it can be a number or a name"),
            (Kind::Text, _) => Fate::Undecided("a text; free text can name persons"),
            (Kind::Coded | Kind::Boxes, _) => Fate::Undecided("the meaning of its codes, and the fact that they modify"),
            (Kind::Date, _) => Fate::Undecided("the fact whose date it is"),
            (Kind::Unknown, _) => Fate::Undecided("its meaning"),
        }
    }

    fn born(&self, field: &Described, record: &str, found: &mut Found) -> Fate {
        match field.kind {
            _ if found.born => Fate::Undecided("another field is proposed as the date of birth"),
            Kind::Date | Kind::Unknown => {
                found.born = true;
                Fate::Born(vec![
                    format!("record: {}", quoted(record)),
                    format!("value: {{ from: {}, via: [{{ date: [{}] }}] }}", quoted(&field.name), self.dates),
                ])
            }
            Kind::Number | Kind::Coded | Kind::Boxes | Kind::Text => Fate::Undecided("it can state the birth, and is no date"),
        }
    }

    fn measurement(&self, field: &Described, record: &str, found: &mut Found) -> Fate {
        let code = format!("{}.item:{}", self.site, field.name);
        if curie(&code).is_err() {
            return Fate::Undecided("its name cannot be part of a code");
        }
        if let Some(full) = found.one_more_rule() {
            return full;
        }
        found.measured.push(field.name.clone());
        let unit = field
            .unit
            .as_ref()
            .map(|unit| format!(", unit: {}", quoted(unit)))
            .unwrap_or_default();
        let mut lines = vec![
            "fact: measurement".to_owned(),
            format!("record: {}", quoted(record)),
            format!("code: {{ const: {} }}", quoted(&code)),
        ];
        lines.extend(label(field));
        lines.push(format!("value: {{ quantity: {}{unit} }}", quoted(&field.name)));
        Fate::Rule(lines)
    }
}

impl Found {
    /// Counts one rule. Returns the fate of a field for which there is no rule left.
    fn one_more_rule(&mut self) -> Option<Fate> {
        if self.rules >= MAX_RULES {
            return Some(Fate::Undecided("a profile can have no more rules; use a second profile for it"));
        }
        self.rules += 1;
        None
    }

    fn decisions(&self, proposals: &[Proposal]) -> Vec<String> {
        let mut decisions = Vec::new();
        let mut decide = |what: String| decisions.push(what);
        if self.sex {
            decide("confirm the field of the sex and its codes".to_owned());
        }
        if self.born {
            decide("confirm the field of the date of birth and the form of its dates; only year and month are stored".to_owned());
        }
        if !self.measured.is_empty() {
            let what = "measurements with the site's own codes: state the standard code, the unit and the date of each, or ignore it";
            decide(format!("{what}: {}", listed(&self.measured)));
        }
        if !self.without_status.is_empty() {
            let what = "facts without a status are stored as not-understood: state the field of the status";
            decide(format!("{what}: {}", listed(&self.without_status)));
        }
        if !self.by_name.is_empty() {
            decide(format!("ignored because of their names; confirm: {}", listed(&self.by_name)));
        }
        let undecided = |reason: &str| -> Vec<String> {
            let of = proposals
                .iter()
                .filter(|proposal| matches!(proposal.fate, Fate::Undecided(why) if why == reason));
            of.map(|proposal| proposal.field.name.clone()).collect()
        };
        let mut reasons: Vec<&str> = Vec::new();
        for proposal in proposals {
            match proposal.fate {
                Fate::Undecided(reason) if !reasons.contains(&reason) => reasons.push(reason),
                _ => {}
            }
        }
        for reason in reasons {
            decide(format!("undecided ({reason}): {}", listed(&undecided(reason))));
        }
        decide("a draft contains no rules about consent; add them if the feed states consents".to_owned());
        decisions
    }
}

fn sex(field: &Described, record: &str, found: &mut Found) -> Fate {
    let codes: Option<Vec<String>> = field
        .choices
        .iter()
        .map(|(code, label)| Some(format!("{}: {}", quoted(code), parse_sex(label)?.as_str())))
        .collect();
    let via = match (field.kind, codes) {
        _ if found.sex => return Fate::Undecided("another field is proposed as the sex"),
        (Kind::Coded, Some(codes)) if !codes.is_empty() => format!("[{{ map: {{ {} }} }}]", codes.join(", ")),
        (Kind::Unknown, _) => "[sex]".to_owned(),
        _ => return Fate::Undecided("it can state the sex, and its codes have no certain meaning"),
    };
    found.sex = true;
    Fate::Sex(vec![
        format!("record: {}", quoted(record)),
        format!("value: {{ from: {}, via: {via} }}", quoted(&field.name)),
    ])
}

/// A fact from a code of a known code system. Whether the participant has it is a decision, so the fact is not understood until then.
fn coded(kind: &str, via: &str, field: &Described, record: &str, found: &mut Found) -> Fate {
    if let Some(full) = found.one_more_rule() {
        return full;
    }
    found.without_status.push(field.name.clone());
    Fate::Rule(vec![
        format!("fact: {kind}"),
        format!("record: {}", quoted(record)),
        format!("code: {{ from: {}, via: {via} }}", quoted(&field.name)),
        "status: { const: not-understood }".to_owned(),
    ])
}

fn label(field: &Described) -> Option<String> {
    let label: String = field
        .label
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(100)
        .collect();
    (!label.is_empty()).then(|| format!("label: {{ const: {} }}", quoted(&label)))
}

fn is_pattern(name: &str) -> bool {
    name.contains('*')
}

/// The names for a decision.
pub(super) fn listed(names: &[String]) -> String {
    let first: Vec<String> = names.iter().take(SHOWN).map(|name| quoted(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
