//! Finds the pairs of records in a container that can be written as the two ends of one template. A reader computes the mate's position and the
//! template length of linked records, so these values take no space. If the reader would compute other values, the records store their own
//! values and are not linked.

use std::collections::HashMap;

use super::super::mates::{Segment, template_lengths};
use super::super::record::{CramRecord, MATE_REVERSE, MATE_UNMAPPED, PAIRED, REVERSE, UNMAPPED};

/// The flags of alignments that are not the primary alignment of their read. A link to a mate never leads to these alignments.
const SECONDARY: u16 = 0x100;
const SUPPLEMENTARY: u16 = 0x800;

/// How a record states which record is its mate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MateLink {
    /// The record stores the fields of its mate itself.
    Detached,
    /// The mate is a later record; the number is that of the records between them.
    Downstream(usize),
    /// An earlier record refers to this record as its mate.
    Upstream,
}

/// Determines the link of each record of a container, in the order of the records.
pub(super) fn links(records: &[CramRecord]) -> Vec<MateLink> {
    let mut links = vec![MateLink::Detached; records.len()];
    let mut waiting: HashMap<&[u8], usize> = HashMap::new();
    for (second, record) in records.iter().enumerate() {
        let is_end = record.flags & PAIRED != 0 && record.flags & (SECONDARY | SUPPLEMENTARY) == 0;
        let Some(name) = record.name.as_deref().filter(|name| is_end && !name.is_empty() && *name != b"*") else {
            continue;
        };
        match waiting.remove(name) {
            Some(first) if are_computed(&records[first], record) => {
                links[first] = MateLink::Downstream(second - first - 1);
                links[second] = MateLink::Upstream;
            }
            _ => {
                waiting.insert(name, second);
            }
        }
    }
    links
}

/// Whether a reader of the linked pair would compute the values that both records have.
fn are_computed(first: &CramRecord, second: &CramRecord) -> bool {
    let lengths = template_lengths(&[Segment::of(first), Segment::of(second)]);
    says(first, second, lengths[0]) && says(second, first, lengths[1])
}

fn says(record: &CramRecord, mate: &CramRecord, length: i64) -> bool {
    let has = |flag: u16, of_mate: u16| mate.flags & of_mate == 0 || record.flags & flag != 0;
    let length = if (record.flags | mate.flags) & UNMAPPED != 0 { 0 } else { length };
    record.mate_contig == mate.contig
        && record.mate_start == mate.start
        && record.template_length == length
        && has(MATE_UNMAPPED, UNMAPPED)
        && has(MATE_REVERSE, REVERSE)
}
