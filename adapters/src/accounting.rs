//! What became of every unit of a run.

use std::collections::BTreeMap;

use thiserror::Error;

/// What became of a run's units, and what of their content is not in the stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounting {
    /// Units met. Always the sum of `committed`, `replaced`, `duplicate`, `superseded` and the length of `quarantined`.
    pub received: u64,
    /// Units that the sink took and that were new to it. For phenopackets, all units that the sink took.
    pub committed: u64,
    /// Units that took the place of an earlier version of themselves. For phenopackets they are among `committed`.
    pub replaced: u64,
    /// Units that the sink had already, byte for byte.
    pub duplicate: u64,
    /// Units of which the sink has a later version. For phenopackets they are among `duplicate`.
    pub superseded: u64,
    /// Units that were refused, in the order met.
    pub quarantined: Vec<Quarantined>,
    /// Of the committed units: results that could not be read and are not kept, each with the unit and record that it is in. Their units are kept
    /// without them.
    pub results_refused: Vec<Quarantined>,
    /// Files beside the units that are of no format read here (a README); they are not units.
    pub ignored_files: u64,
    /// Of the committed units: facts that something is present.
    pub facts_present: u64,
    /// Of the committed units: facts that something was looked for and not found.
    pub facts_excluded: u64,
    /// Of the committed units: facts that something is suspected.
    pub facts_suspected: u64,
    /// Of the committed units: facts of every other status, by its word (`history`, `ruled-out`, `not-understood`).
    pub facts_otherwise: BTreeMap<&'static str, u64>,
    /// Of the committed units: specimens.
    pub specimens: u64,
    /// Of the committed units: observations that a person carries an allele.
    pub carriers: u64,
    /// Of the committed units: variants that state no allele that can be counted (breakends, symbolic alleles without an end, `.`, `*`),
    /// or none at all.
    pub variants_not_counted: u64,
    /// Of the committed units: members that the format's specification has and the adapter does not read.
    pub members_unread: u64,
    /// Of the committed units: members that the format's specification does not have.
    pub members_unknown: u64,
    /// What is no unit and deliberately not read, by kind (`message:ADT-12`).
    pub ignored: BTreeMap<String, u64>,
    /// Of the units received: fields that had something, by `<kind of record> <field>`, and what the profile has for them. Names only; of
    /// a feed with very many names the rest is under `(others)`.
    pub fields: BTreeMap<String, FieldCoverage>,
    /// Of the committed units: records that rules are about and that gave nothing (a condition did not hold, or there was no result), by
    /// kind.
    pub not_taken: BTreeMap<String, u64>,
    /// Of the committed units: statements that their unit made twice, word for word; they are kept once.
    pub repeated: u64,
    /// Of the committed units: texts with a sign that stands for a lost character (`■`, U+FFFD). They are kept as received.
    pub lost_character: u64,
    /// Units received by how their text was read.
    pub encodings: BTreeMap<&'static str, u64>,
}

/// What became of a field's occurrences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldCoverage {
    /// A rule asks for it.
    pub mapped: u64,
    /// The profile says why it is not taken, or the feed marks it as identifying and it was dropped at the edge.
    pub ignored: u64,
    /// The profile knows nothing of it.
    pub unknown: u64,
}

/// A unit that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Which: the name of the file given, or its path inside the folder given; and inside the archive where there is one
    /// (`cases.tar.gz:KCNT1/case-1.json`). Never where that file or folder lies on the machine.
    pub unit: String,
    /// Why, as a short stable code.
    pub reason_code: &'static str,
    /// Why, in words: places and expectations, never a value of the unit.
    pub detail: String,
}

/// Why a run ended before its last unit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum IngestError {
    /// The store failed, or its table of numbers could not be read. Nothing of the unit at hand was kept; the units before it are as the
    /// accounting says. Running again is safe.
    #[error("the store failed at unit {unit}; {} units were committed before", accounting.committed)]
    Store {
        /// The unit at hand, which is not in the accounting.
        unit: String,
        /// What was done until then.
        accounting: Box<Accounting>,
    },
}

/// How many names are told apart in one account.
const MAX_NAMES: usize = 4096;
/// The longest name shown, in characters.
const MAX_NAME_CHARS: usize = 160;

impl Accounting {
    /// Whether every unit received is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let kept = self.committed + self.replaced + self.duplicate + self.superseded;
        self.received == kept + self.quarantined.len() as u64
    }

    /// Fields met that the profile knows nothing of.
    #[must_use]
    pub fn unknown_fields(&self) -> u64 {
        self.fields.values().map(|coverage| coverage.unknown).sum()
    }

    /// The coverage of a name, to be counted up.
    pub(crate) fn field(&mut self, name: &str) -> &mut FieldCoverage {
        entry(&mut self.fields, name)
    }

    pub(crate) fn ignore(&mut self, kind: &str) {
        *entry(&mut self.ignored, kind) += 1;
    }

    pub(crate) fn quarantine(&mut self, unit: String, reason_code: &'static str, detail: String) {
        self.received += 1;
        self.quarantined.push(Quarantined { unit, reason_code, detail });
    }
}

/// The entry of a name from outside: without control characters, cut short, and with all names beyond a number under one.
fn entry<'m, V: Default>(map: &'m mut BTreeMap<String, V>, name: &str) -> &'m mut V {
    let shown: String = name
        .chars()
        .take(MAX_NAME_CHARS)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    let full = map.len() >= MAX_NAMES && !map.contains_key(&shown);
    map.entry(if full { "(others)".to_owned() } else { shown }).or_default()
}
