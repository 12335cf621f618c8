//! The table of every value of a feed, and what became of it. No value is returned.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::PathBuf;

use gemj_model::ParticipantId;

use super::explain::{self, ExplainedField, Fate};
use super::known_names::KnownNames;
use super::map::{self, Refusal};
use super::{agreement, decoders, empty_case, person, source};
use crate::profile::Profile;
use crate::target::{Half, Target, half};
use crate::unit::{Met, Unit};

/// A value of a feed, or several values of one name that are left out together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueRow {
    /// The place of the unit, with the position of its file among the files of the feed in place of the file's name; empty for a part of a file that
    /// belongs to no unit.
    pub unit: String,
    /// The index of the record in the unit; `None` for a part that did not enter a record.
    pub record: Option<usize>,
    /// The kind of the record; empty for a part that did not enter a record.
    pub kind: String,
    /// The name of the field, segment, element, member, column or kind of file; empty for a unit that could not be read. A name that neither the standard
    /// nor the profile defines is `(undeclared name)`.
    pub field: String,
    /// How often the name occurs with this outcome at this place.
    pub count: u64,
    /// What became of the values.
    pub outcome: ValueOutcome,
}

/// What became of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueOutcome {
    /// These parts of the profile read the value (`rules[3]`, `sex`), or the format's own meaning (`status`).
    Kept(Vec<String>),
    /// The value is not stored, by this rule: a rule of `docs/feeds.md`, `ignored: <reason of the profile>`, `condition of <rules>`, or `not-mapped`.
    LeftOut(String),
    /// The unit or the result was refused, for this reason.
    Quarantined(String),
    /// The unit occurs a second time in the input, with the same content.
    Duplicate,
}

impl ValueOutcome {
    /// The name of the outcome, and the rules or the reason.
    #[must_use]
    pub fn named(&self) -> (&'static str, String) {
        match self {
            Self::Kept(by) => ("kept", by.join(", ")),
            Self::LeftOut(by) => ("left-out", by.clone()),
            Self::Quarantined(reason) => ("quarantined", reason.clone()),
            Self::Duplicate => ("duplicate", String::new()),
        }
    }
}

/// Gives a row for each value of the input, in the order of `ingest`. Every number counts as linked, and nothing is stored. The function stops early only
/// if `give` returns [`ControlFlow::Break`].
pub fn values(paths: &[PathBuf], profile: &Profile, target: &Target, give: &mut dyn FnMut(ValueRow) -> ControlFlow<()>) -> ControlFlow<()> {
    let profile = &profile.of_site(target.site());
    let mut table = Table {
        names: KnownNames::new(paths, profile),
        profile,
        target,
        give,
        seen: HashMap::new(),
        contents: HashSet::new(),
        remains: None,
    };
    decoders::decode(paths, profile, &mut |met| table.met(met))
}

struct Table<'t> {
    names: KnownNames,
    profile: &'t Profile,
    target: &'t Target,
    give: &'t mut dyn FnMut(ValueRow) -> ControlFlow<()>,
    /// The digest of the content of each unit and version.
    seen: HashMap<Half, String>,
    /// The digests of unit and content.
    contents: HashSet<Half>,
    /// What could be read of the unit whose refusal follows.
    remains: Option<Box<Unit>>,
}

impl Table<'_> {
    fn met(&mut self, met: Met) -> ControlFlow<()> {
        match met {
            Met::Unit(unit) => self.unit(&unit),
            Met::Remains(unit) => {
                self.remains = Some(unit);
                ControlFlow::Continue(())
            }
            Met::Undecodable(refused) => {
                let outcome = ValueOutcome::Quarantined(refused.reason_code.to_owned());
                self.beside(&refused.locator, "", 1, outcome.clone())?;
                match self.remains.take() {
                    Some(unit) => self.whole(&unit, &outcome),
                    None => ControlFlow::Continue(()),
                }
            }
            Met::LeftOut(rule, name) => self.beside("", &name, 1, ValueOutcome::LeftOut(rule.as_str().to_owned())),
            Met::Ignored(kind) => match explain::not_included(self.profile, &kind) {
                Some((name, fate)) => self.beside("", &name, 1, outcome(&fate)),
                None => self.beside("", &kind, 1, ValueOutcome::LeftOut("file-not-read".to_owned())),
            },
            Met::Repaired(_) => ControlFlow::Continue(()),
        }
    }

    /// A row for values that did not enter a record.
    fn beside(&mut self, unit: &str, name: &str, count: u64, outcome: ValueOutcome) -> ControlFlow<()> {
        (self.give)(ValueRow {
            unit: self.names.place(unit),
            record: None,
            kind: String::new(),
            field: self.names.field(name),
            count,
            outcome,
        })
    }

    fn unit(&mut self, unit: &Unit) -> ControlFlow<()> {
        let name = self.target.unit(self.profile.format().as_str(), &unit.key);
        let is_repeated = !self.contents.insert(half(&[&name, &unit.sha256]));
        let whole = match self.refused(unit, &name) {
            Err(refusal) => Some(ValueOutcome::Quarantined(refusal.reason_code.to_owned())),
            Ok(_) if unit.deleted => Some(ValueOutcome::LeftOut("deleted-unit".to_owned())),
            Ok(_) if is_repeated => Some(ValueOutcome::Duplicate),
            Ok(refused) => {
                let explained = explain::explained(self.profile, unit, Vec::new());
                for field in explained.fields {
                    let is_read = matches!(field.fate, Fate::Read(_));
                    let outcome = match refused.iter().find(|(at, _)| is_read && *at == field.record) {
                        Some((_, refusal)) => ValueOutcome::Quarantined(refusal.reason_code.to_owned()),
                        None => outcome(&field.fate),
                    };
                    self.field(unit, field, outcome)?;
                }
                None
            }
        };
        match whole {
            Some(outcome) => self.whole(unit, &outcome),
            None => self.left_out(unit),
        }
    }

    /// The rows of a unit whose values all have the same outcome.
    fn whole(&mut self, unit: &Unit, outcome: &ValueOutcome) -> ControlFlow<()> {
        for field in explain::explained(self.profile, unit, Vec::new()).fields {
            self.field(unit, field, outcome.clone())?;
        }
        self.left_out(unit)
    }

    fn left_out(&mut self, unit: &Unit) -> ControlFlow<()> {
        for (rule, names) in &unit.account.left_out {
            for (name, count) in names {
                self.beside(&unit.locator, name, *count, ValueOutcome::LeftOut(rule.as_str().to_owned()))?;
            }
        }
        ControlFlow::Continue(())
    }

    fn field(&mut self, unit: &Unit, field: ExplainedField, outcome: ValueOutcome) -> ControlFlow<()> {
        (self.give)(ValueRow {
            unit: self.names.place(&unit.locator),
            record: Some(field.record),
            kind: self.names.field(&field.kind),
            field: self.names.field(&field.name),
            count: 1,
            outcome,
        })
    }

    /// The refused results of a unit, or the reason why the whole unit is refused.
    fn refused(&mut self, unit: &Unit, name: &str) -> Result<Vec<(usize, Refusal)>, Refusal> {
        let place = half(&[name, self.target.version(&unit.version)]);
        if self.seen.get(&place).is_some_and(|earlier| *earlier != unit.sha256) {
            return Err(Refusal::new("same-key", ""));
        }
        agreement::check_unit(self.profile, self.target.site(), unit)?;
        let number = person::number(self.profile, unit)?;
        let participant = format!("TRIAL-{}", hex::encode(half(&[&number])));
        let participant = ParticipantId::parse(&participant).map_err(|_| Refusal::new("no-number", ""))?;
        let mapped = match unit.deleted {
            true => Vec::new(),
            false => {
                map::map(
                    self.profile,
                    unit,
                    empty_case(self.target, participant, source(self.profile, self.target, unit)),
                )?
                .refused
            }
        };
        self.seen.insert(place, unit.sha256.clone());
        Ok(mapped)
    }
}

fn outcome(fate: &Fate) -> ValueOutcome {
    match fate {
        Fate::Read(by) => ValueOutcome::Kept(by.clone()),
        Fate::Modifier => ValueOutcome::Kept(vec!["status".to_owned()]),
        Fate::ConditionNotMet(by) => ValueOutcome::LeftOut(format!("condition of {}", by.join(", "))),
        Fate::Ignored(reason) => ValueOutcome::LeftOut(format!("ignored: {reason}")),
        Fate::NotMapped => ValueOutcome::LeftOut("not-mapped".to_owned()),
        Fate::LeftOut(rule) => ValueOutcome::LeftOut(rule.as_str().to_owned()),
    }
}
