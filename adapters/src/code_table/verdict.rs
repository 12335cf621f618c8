//! Compares the rows of a table with each other: equal rows, and rows that contradict each other.
//!
//! Rows about one source code contradict each other if
//!
//! * they state two different equivalences for one target (or two statuses for one label),
//! * two different targets in one code system are `equal` to the source (or two labels in one language are official), or
//! * the code is unmatched in a code system, or in every code system, and another row has a match there.

use gemj_model::{CodeTableRow, Equivalence, LabelStatus};

use super::row::RowFault;
use crate::target::{Half, half};

/// What is compared of one row. Digests stand for the texts.
struct Key {
    source: Half,
    /// The target's code system; for a label, its language.
    system: Half,
    /// The target; the digest of the empty text for an unmatched code.
    target: Half,
    equivalence: Equivalence,
    row: u32,
}

#[derive(Default)]
pub(super) struct Keys(Vec<Key>);

impl Keys {
    pub(super) fn add(&mut self, row: u32, parsed: &CodeTableRow) {
        self.0.push(match parsed {
            CodeTableRow::Mapping(mapping) => Key {
                source: half(&[&mapping.source]),
                system: half(&[&mapping.target_system]),
                target: half(&[&mapping.target]),
                equivalence: mapping.equivalence,
                row,
            },
            // An official label is the only one of its code and language, as an equal target is the only one of its source and code system.
            CodeTableRow::Label(label) => Key {
                source: half(&[&label.code]),
                system: half(&[&label.language]),
                target: half(&[&label.label]),
                equivalence: match label.status {
                    LabelStatus::Official => Equivalence::Equal,
                    LabelStatus::Candidate => Equivalence::Inexact,
                },
                row,
            },
        });
    }

    /// The rows that are refused because of other rows, each once, in no order.
    pub(super) fn faults(mut self) -> Vec<(u32, RowFault)> {
        self.0.sort_unstable_by_key(|key| (key.source, key.system, key.target, key.row));
        let any_system = half(&[""]);
        let mut faults = Vec::new();
        for of_source in self.0.chunk_by(|a, b| a.source == b.source) {
            let is_match = |key: &Key| key.equivalence != Equivalence::Unmatched;
            let has_match = of_source.iter().any(is_match);
            let is_unmatched_everywhere = of_source.iter().any(|key| !is_match(key) && key.system == any_system);
            for of_system in of_source.chunk_by(|a, b| a.system == b.system) {
                let is_unmatched_here = of_system.iter().any(|key| !is_match(key)) && of_system.iter().any(is_match);
                let mut equal = of_system.iter().filter(|key| key.equivalence == Equivalence::Equal);
                let first = equal.next();
                let has_two_equal = first.is_some_and(|first| equal.any(|key| key.target != first.target));
                for of_target in of_system.chunk_by(|a, b| a.target == b.target) {
                    let differs = of_target.windows(2).any(|pair| pair[0].equivalence != pair[1].equivalence);
                    for (at, key) in of_target.iter().enumerate() {
                        let contradicts = differs
                            || is_unmatched_here
                            || (has_two_equal && key.equivalence == Equivalence::Equal)
                            || (is_unmatched_everywhere && has_match && (is_match(key) || key.system == any_system));
                        if contradicts {
                            faults.push((key.row, RowFault::Contradicts));
                        } else if at > 0 {
                            faults.push((key.row, RowFault::Duplicate));
                        }
                    }
                }
            }
        }
        faults
    }
}
