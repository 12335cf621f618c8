//! The result of an ingest run: how many units were committed, replaced, unchanged, duplicate, superseded or quarantined.

mod stored_names;

use std::collections::{BTreeMap, HashMap};

use gemj_model::fact::Committed;
use gemj_model::{Fact, FactStatus};
use thiserror::Error;

use crate::unit::{LeftOutRule, Repair, UnitAccount};

pub use stored_names::{OTHER_NAMES, StoredNames};

/// The numbers of a run's units by result, and the counts of content that was not stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounting {
    /// The number of units received. It is always the sum of `committed`, `replaced`, `unchanged`, `duplicate`, `superseded` and the length of
    /// `quarantined`.
    pub received: u64,
    /// The number of units that the sink accepted and that were new to the sink.
    pub committed: u64,
    /// The number of units that replaced an earlier version of the same unit.
    pub replaced: u64,
    /// The number of units whose content the sink had stored before this run.
    pub unchanged: u64,
    /// The number of units that the input of this run contains a second time, with the same content.
    pub duplicate: u64,
    /// The number of units for which the sink has a later version, also a version of this run.
    pub superseded: u64,
    /// The units that were refused, in the order of reading.
    pub quarantined: Vec<Quarantined>,
    /// The results that could not be read and are not stored, in units that are stored: committed now, or already there. Each entry names the unit and
    /// the record.
    pub results_refused: Vec<Quarantined>,
    /// The number of files in a format that this adapter does not read, such as a README. These files are not units.
    pub ignored_files: u64,
    /// The number of facts in committed units which state that something is present.
    pub facts_present: u64,
    /// The number of facts in committed units which state that something was looked for and not found.
    pub facts_excluded: u64,
    /// The number of facts in committed units which state that something is suspected.
    pub facts_suspected: u64,
    /// The numbers of facts in committed units with any other status, by the name of the status (`history`, `ruled-out`, `not-understood`).
    pub facts_otherwise: BTreeMap<&'static str, u64>,
    /// The number of specimens in committed units.
    pub specimens: u64,
    /// The number of observations in committed units which state that a participant carries an allele.
    pub carriers: u64,
    /// The number of variants in committed units that state no countable allele: breakends, symbolic alleles without an end, `.`, `*`, or no
    /// allele at all.
    pub variants_not_counted: u64,
    /// The number of members in committed units that the format's specification defines and the adapter does not read.
    pub members_unread: u64,
    /// The number of members in committed units that the format's specification does not define.
    pub members_unknown: u64,
    /// The numbers of items that are not units and are deliberately not read, by kind of item (`message:ADT-12`).
    pub ignored: BTreeMap<String, u64>,
    /// For each field that is not empty in a received unit: how often it occurred, and whether the profile maps it. A key is `<kind of
    /// record> <field>` and contains only names. If a feed has more than 4096 names, the other names are counted together under `(others)`.
    pub fields: BTreeMap<String, FieldCoverage>,
    /// The numbers of records in committed units that a rule covers and that produced no statement, by kind of record. Either a condition of
    /// the rule was not met, or the record had no result.
    pub not_taken: BTreeMap<String, u64>,
    /// The number of statements in committed units that their unit contains a second time, with equal content. Each such statement is stored
    /// once.
    pub repeated: u64,
    /// The number of texts in committed units with a sign that replaces a lost character (`■`, U+FFFD). The texts are stored as received.
    pub lost_character: u64,
    /// How often a part of a received unit or file was left out, by rule, and then by the name of the field, segment, element or member. The
    /// names are limited in the same way as the names in `fields`.
    pub left_out: BTreeMap<LeftOutRule, BTreeMap<String, u64>>,
    /// The numbers of facts in committed units that are kept as not understood, by the field whose content was not understood.
    pub not_understood: BTreeMap<String, u64>,
    /// How often a value, message or file that was received was repaired, by the kind of repair.
    pub repairs: BTreeMap<Repair, u64>,
    /// The numbers of messages that stated a merge of two numbers and were not refused, by what became of the merge: `opened` (a case is open for a
    /// person's review, counted in `committed`), `known` (the merge was stated before) or `one-person` (both counted in `unchanged` or `duplicate`).
    pub merges: BTreeMap<&'static str, u64>,
    /// The numbers of received units, by the character encoding with which their text was read.
    pub encodings: BTreeMap<&'static str, u64>,
}

/// How often a field occurred, by how the profile treats the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldCoverage {
    /// How often the field occurred and a rule read it.
    pub mapped: u64,
    /// How often the field occurred and was ignored, because the profile states why the field is not read.
    pub ignored: u64,
    /// How often the field occurred although the profile does not mention it.
    pub unknown: u64,
}

/// A unit that was refused and put in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The position of the unit among all units that the run received, from 1.
    pub number: u64,
    /// The name under which the unit would be stored, as in `FactSource::unit`; `None` if the unit could not be read so far.
    pub name: Option<String>,
    /// What a unit without a name is recognised by in a later run: [`content_mark`] or [`place_mark`]. It is not shown.
    pub mark: String,
    /// The name of the unit: the name of the file that the operator named, or the path inside the folder that the operator named. If the file
    /// is an archive, the path inside the archive follows (`cases.tar.gz:KCNT1/case-1.json`). The path of that file or folder on the machine is
    /// never part of the name.
    pub unit: String,
    /// The reason for the refusal, as a short stable code.
    pub reason_code: &'static str,
    /// The reason for the refusal, in words. It names places and expected forms, and never contains a value of the unit.
    pub detail: String,
}

/// The mark of a unit by its content, of which this is the SHA-256.
pub(crate) fn content_mark(sha256: &str) -> String {
    format!("content:{sha256}")
}

/// The mark of a file or unit that could not be read at all, by its place.
pub(crate) fn place_mark(place: &str) -> String {
    format!("place:{place}")
}

/// Why a run ended before its last unit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum IngestError {
    /// The store failed, or the table that links numbers to participants could not be read. Nothing of the current unit was stored. The
    /// accounting covers the units before it. The run can safely be repeated.
    #[error("the store failed at unit {unit}; {} units were committed before", accounting.committed)]
    Store {
        /// The name of the current unit, which is not in the accounting.
        unit: String,
        /// The accounting of the units before the failure.
        accounting: Box<Accounting>,
    },
}

/// The numbers of a unit's facts, by status. They are counted before the sink takes the unit, and added after the sink committed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FactCounts(HashMap<FactStatus, u64>);

impl FactCounts {
    pub(crate) fn of(facts: &[Fact]) -> Self {
        let mut counts = HashMap::new();
        for fact in facts {
            *counts.entry(fact.status).or_default() += 1;
        }
        Self(counts)
    }
}

/// The maximum number of different names in one count by name.
const MAX_NAMES: usize = 4096;
/// The maximum length of a name, in characters.
const MAX_NAME_CHARS: usize = 160;

impl Accounting {
    /// Whether every unit received is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let kept = self.committed + self.replaced + self.unchanged + self.duplicate + self.superseded;
        self.received == kept + self.quarantined.len() as u64
    }

    /// How often fields occurred that the profile does not mention.
    #[must_use]
    pub fn unknown_fields(&self) -> u64 {
        self.fields.values().map(|coverage| coverage.unknown).sum()
    }

    /// Counts a unit that the sink took. `is_repeated` states whether this run received the same content of the unit before.
    pub(crate) fn take(&mut self, committed: Committed, is_repeated: bool) {
        self.received += 1;
        match committed {
            Committed::New => self.committed += 1,
            Committed::Replaced => self.replaced += 1,
            Committed::Duplicate if is_repeated => self.duplicate += 1,
            Committed::Duplicate => self.unchanged += 1,
            Committed::Superseded => self.superseded += 1,
        }
    }

    /// The counters of the field with this name.
    pub(crate) fn field(&mut self, name: &str) -> &mut FieldCoverage {
        entry(&mut self.fields, name)
    }

    /// Adds the facts of a committed unit.
    pub(crate) fn add_facts(&mut self, counts: FactCounts) {
        for (status, count) in counts.0 {
            match status {
                FactStatus::Present => self.facts_present += count,
                FactStatus::Excluded => self.facts_excluded += count,
                FactStatus::Suspected => self.facts_suspected += count,
                FactStatus::RuledOut | FactStatus::History | FactStatus::NotConfirmed | FactStatus::NotUnderstood => {
                    *self.facts_otherwise.entry(status.as_str()).or_default() += count;
                }
            }
        }
    }

    /// Counts a part of the input that was left out.
    pub(crate) fn leave_out(&mut self, rule: LeftOutRule, name: &str, count: u64) {
        *entry(self.left_out.entry(rule).or_default(), name) += count;
    }

    /// Counts a fact that is kept as not understood because of the content of a field.
    pub(crate) fn keep_as_not_understood(&mut self, field: &str) {
        *entry(&mut self.not_understood, field) += 1;
    }

    /// Counts a repair.
    pub(crate) fn repair(&mut self, repair: Repair, count: u64) {
        *self.repairs.entry(repair).or_default() += count;
    }

    /// Adds what the decoder left out of a unit and what it repaired.
    pub(crate) fn add_account(&mut self, account: &UnitAccount) {
        for (rule, names) in &account.left_out {
            for (name, count) in names {
                self.leave_out(*rule, name, *count);
            }
        }
        for (repair, count) in &account.repairs {
            self.repair(*repair, *count);
        }
    }

    pub(crate) fn ignore(&mut self, kind: &str) {
        *entry(&mut self.ignored, kind) += 1;
    }

    /// Counts a refused unit that has no name and is recognised by its mark.
    pub(crate) fn quarantine_marked(&mut self, mark: String, unit: String, reason_code: &'static str, detail: String) {
        self.refuse((None, mark), unit, reason_code, detail);
    }

    /// Counts a refused unit that has a name.
    pub(crate) fn quarantine_named(&mut self, name: String, unit: String, reason_code: &'static str, detail: String) {
        self.refuse((Some(name), String::new()), unit, reason_code, detail);
    }

    fn refuse(&mut self, (name, mark): (Option<String>, String), unit: String, reason_code: &'static str, detail: String) {
        self.received += 1;
        self.quarantined.push(Quarantined {
            number: self.received,
            name,
            mark,
            unit,
            reason_code,
            detail,
        });
    }
}

/// The entry for a name from the input. Control characters are replaced, long names are cut, and names beyond [`MAX_NAMES`] share one
/// entry.
fn entry<'m, V: Default>(map: &'m mut BTreeMap<String, V>, name: &str) -> &'m mut V {
    let shown: String = name
        .chars()
        .take(MAX_NAME_CHARS)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    let full = map.len() >= MAX_NAMES && !map.contains_key(&shown);
    map.entry(if full { "(others)".to_owned() } else { shown }).or_default()
}
