//! The result of a run: how many units were committed, duplicates, superseded or quarantined.

use std::collections::BTreeMap;

use thiserror::Error;

/// The results for a run's units, and the counts of their content that was not stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounting {
    /// Units received. Always the sum of `committed`, `replaced`, `duplicate`, `superseded` and the length of `quarantined`.
    pub received: u64,
    /// Units that the sink accepted and that were new to the sink. For phenopackets, all units that the sink accepted.
    pub committed: u64,
    /// Units that replaced an earlier version of the same unit. For phenopackets, these units are also counted in `committed`.
    pub replaced: u64,
    /// Units that the sink had already stored, byte for byte.
    pub duplicate: u64,
    /// Units for which the sink has a later version. For phenopackets, these units are also counted in `duplicate`.
    pub superseded: u64,
    /// Units that were refused, in the order of reading.
    pub quarantined: Vec<Quarantined>,
    /// Of the committed units: results that could not be read and are not stored. Each entry names the unit and the record. The rest of the
    /// unit is stored.
    pub results_refused: Vec<Quarantined>,
    /// Files beside the units in a format that this adapter does not read (a README). These files are not units.
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
    /// Content that is not a unit and is deliberately not read, by kind (`message:ADT-12`).
    pub ignored: BTreeMap<String, u64>,
    /// Of the units received: non-empty fields, by `<kind of record> <field>`, and whether the profile maps them. The keys are names only.
    /// If a feed has very many names, the rest is counted under `(others)`.
    pub fields: BTreeMap<String, FieldCoverage>,
    /// Of the committed units: records that a rule covers and that produced no statement, by kind. Either a condition did not hold or there
    /// was no result.
    pub not_taken: BTreeMap<String, u64>,
    /// Of the committed units: statements that a unit contains twice, word for word. Each is stored once.
    pub repeated: u64,
    /// Of the committed units: texts with a sign that replaces a lost character (`■`, U+FFFD). The texts are stored as received.
    pub lost_character: u64,
    /// Units received, by the character encoding with which their text was read.
    pub encodings: BTreeMap<&'static str, u64>,
}

/// How often a field occurred, by how the profile treats the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldCoverage {
    /// A rule reads the field.
    pub mapped: u64,
    /// The profile states why the field is not read, or the feed marks the field as identifying and the decoder dropped it.
    pub ignored: u64,
    /// The profile does not mention the field.
    pub unknown: u64,
}

/// A unit that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The unit: the name of the file that the operator named, or the path inside the folder that the operator named. If the file is an
    /// archive, the path inside the archive follows (`cases.tar.gz:KCNT1/case-1.json`). The path of that file or folder on the machine is
    /// never part of the name.
    pub unit: String,
    /// The reason, as a short stable code.
    pub reason_code: &'static str,
    /// The reason, in words: places and expectations, never a value of the unit.
    pub detail: String,
}

/// Why a run ended before its last unit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum IngestError {
    /// The store failed, or its table of numbers could not be read. Nothing of the current unit was stored. The accounting covers the units
    /// before it. The run can safely be repeated.
    #[error("the store failed at unit {unit}; {} units were committed before", accounting.committed)]
    Store {
        /// The current unit, which is not in the accounting.
        unit: String,
        /// The accounting up to the failure.
        accounting: Box<Accounting>,
    },
}

/// The largest number of different names in one account.
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

    /// Occurrences of fields that the profile does not mention.
    #[must_use]
    pub fn unknown_fields(&self) -> u64 {
        self.fields.values().map(|coverage| coverage.unknown).sum()
    }

    /// The counters of a field, by its name.
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
