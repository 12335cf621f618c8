//! What became of every unit of a run.

use thiserror::Error;

/// What became of a run's units, and what of their content is not in the stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounting {
    /// Units met. Always the sum of `committed`, `duplicate` and the length of `quarantined`.
    pub received: u64,
    /// Units that the sink took.
    pub committed: u64,
    /// Units that the sink had already, byte for byte.
    pub duplicate: u64,
    /// Units that were refused, in the order met.
    pub quarantined: Vec<Quarantined>,
    /// Files beside the units that are of no format read here (a README); they are not units.
    pub ignored_files: u64,
    /// Of the committed units: facts that something is present.
    pub facts_present: u64,
    /// Of the committed units: facts that something was looked for and not found.
    pub facts_excluded: u64,
    /// Of the committed units: observations that a person carries an allele.
    pub carriers: u64,
    /// Of the committed units: variants that state no allele that can be counted (breakends, symbolic alleles without an end, `.`, `*`),
    /// or none at all.
    pub variants_not_counted: u64,
    /// Of the committed units: members that the format's specification has and the adapter does not read.
    pub members_unread: u64,
    /// Of the committed units: members that the format's specification does not have.
    pub members_unknown: u64,
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
    /// The store failed. Nothing of the unit at hand was kept; the units before it are as the accounting says. Running again is safe.
    #[error("the store failed at unit {unit}; {} units were committed before", accounting.committed)]
    Store {
        /// The unit at hand, which is not in the accounting.
        unit: String,
        /// What was done until then.
        accounting: Box<Accounting>,
    },
}

impl Accounting {
    /// Whether every unit received is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.received == self.committed + self.duplicate + self.quarantined.len() as u64
    }

    pub(crate) fn quarantine(&mut self, unit: String, reason_code: &'static str, detail: String) {
        self.received += 1;
        self.quarantined.push(Quarantined { unit, reason_code, detail });
    }
}
