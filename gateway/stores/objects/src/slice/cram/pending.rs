//! Records that wait for their container. Slices of a few records each would make containers that are mostly headers, so records of neighbouring
//! slices share one where their bases are told in the same way.

use std::collections::BTreeMap;

use crate::cram::compression::{CompressionHeader, TagKey};
use crate::cram::record::CramRecord;

/// The most records of a container, as samtools has it.
pub(super) const MOST_RECORDS: usize = 10_000;

/// The most bases of a container's reads, as samtools has it: long reads come in fewer records.
pub(super) const MOST_BASES: usize = 500 * MOST_RECORDS;

/// The most bases between two stretches of embedded reference that are joined.
const MOST_GAP_BASES: i64 = 1 << 16;

/// Where readers take the bases from that are not in the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// All are in the records.
    Unneeded,
    /// From these bases, from a 1-based position on.
    Embedded(i64, Vec<u8>),
    /// From a reference. Whether the configured one is known to be the right one.
    Outside { is_configured: bool },
}

/// Records for one container.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) records: Vec<CramRecord>,
    pub(super) tag_lists: Vec<Vec<TagKey>>,
    pub(super) substitution_matrix: [u8; 5],
    pub(super) basis: Basis,
    pub(super) base_count: usize,
    places: BTreeMap<Vec<TagKey>, usize>,
}

impl Pending {
    /// No records yet, of a container whose records are like those of this one.
    pub(super) fn new(compression: &CompressionHeader, basis: Basis) -> Self {
        Self {
            records: Vec::new(),
            tag_lists: Vec::new(),
            substitution_matrix: compression.substitution_matrix,
            basis,
            base_count: 0,
            places: BTreeMap::new(),
        }
    }

    /// How many of these records still fit.
    pub(super) fn room(&self, records: &[CramRecord]) -> usize {
        let mut bases = self.base_count;
        let fits = |record: &&CramRecord| {
            let fits = bases < MOST_BASES;
            bases = bases.saturating_add(record.length);
            fits
        };
        records.iter().take(MOST_RECORDS - self.records.len().min(MOST_RECORDS)).take_while(fits).count()
    }

    /// Makes the container's bases serve more records too. False where they cannot: then these records need another container.
    pub(super) fn join(&mut self, contig: i32, compression: &CompressionHeader, basis: &Basis) -> bool {
        let same_contig = self.records.first().is_none_or(|first| first.contig.max(-1) == contig.max(-1));
        if !same_contig || self.substitution_matrix != compression.substitution_matrix {
            return false;
        }
        match (&mut self.basis, basis) {
            (Basis::Embedded(start, bases), Basis::Embedded(more_start, more)) => join_bases(*start, bases, *more_start, more),
            (mine, theirs) => mine == theirs,
        }
    }

    /// Puts a record behind the others.
    pub(super) fn push(&mut self, mut record: CramRecord, compression: &CompressionHeader) {
        let list = &compression.tag_lists[record.tag_list];
        record.tag_list = match self.places.get(list) {
            Some(place) => *place,
            None => {
                self.tag_lists.push(list.clone());
                self.places.insert(list.clone(), self.tag_lists.len() - 1);
                self.tag_lists.len() - 1
            }
        };
        self.base_count = self.base_count.saturating_add(record.length);
        self.records.push(record);
    }
}

/// Puts bases behind or over others where both agree. A small gap becomes `N`: no record is there.
fn join_bases(start: i64, bases: &mut Vec<u8>, more_start: i64, more: &[u8]) -> bool {
    let end = start + bases.len() as i64;
    if more_start < start || more_start > end + MOST_GAP_BASES {
        return false;
    }
    let from = (more_start - start) as usize;
    let common = bases.len().saturating_sub(from).min(more.len());
    // A consensus of other reads may be another one.
    if common > 0 && bases[from..from + common] != more[..common] {
        return false;
    }
    if from + more.len() > bases.len() {
        bases.resize(from.max(bases.len()), b'N');
        bases.extend_from_slice(&more[common..]);
    }
    true
}
