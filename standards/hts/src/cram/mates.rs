//! Resolves the mates of the records in one slice as htslib does. Flags, mate position and template length are then the same as in samtools'
//! output.

use super::record::{CramRecord, FIRST, MATE_REVERSE, MATE_UNMAPPED, PAIRED, REVERSE, UNMAPPED};
use crate::error::{FormatError, FormatResult};

/// Sets the mate fields of all records from the links between them, and then sets the names.
pub(crate) fn resolve(records: &mut [CramRecord], first_number: i64) -> FormatResult<()> {
    for line in 0..records.len() {
        if records[line].mate_line.is_some_and(|mate| mate > line) && !closes(records, line) {
            set_template(records, line)?;
        }
    }
    for line in 0..records.len() {
        if let Some(mate) = records[line].mate_line {
            let (flags, contig, start) = (records[mate].flags, records[mate].contig, records[mate].start);
            let record = &mut records[line];
            record.mate_start = start;
            record.mate_contig = contig;
            record.flags |= PAIRED;
            if flags & UNMAPPED != 0 {
                record.flags |= MATE_UNMAPPED;
                record.template_length = 0;
            }
            if record.flags & UNMAPPED != 0 {
                record.template_length = 0;
            }
            if flags & REVERSE != 0 {
                record.flags |= MATE_REVERSE;
            }
        } else {
            let record = &mut records[line];
            if record.mate_flags & 1 != 0 {
                record.flags |= PAIRED | MATE_REVERSE;
            }
            if record.mate_flags & 2 != 0 {
                record.flags |= MATE_UNMAPPED;
            }
            if record.flags & PAIRED == 0 {
                record.mate_contig = -1;
            }
        }
    }
    set_names(records, first_number);
    Ok(())
}

/// Whether the links from this record lead back to an earlier record. The template was then already processed.
fn closes(records: &[CramRecord], line: usize) -> bool {
    let mut at = line;
    for _ in 0..records.len() {
        match records[at].mate_line {
            Some(next) if next > at => at = next,
            Some(_) => return true,
            None => return false,
        }
    }
    true
}

/// Links the last record of a template to its first record, and sets the template length of every segment. The template begins at the record
/// `first`.
fn set_template(records: &mut [CramRecord], first: usize) -> FormatResult<()> {
    let mut ring = vec![first];
    let mut at = first;
    while let Some(next) = records[at].mate_line {
        if next <= at || next >= records.len() {
            return Err(FormatError::Record("a mate outside the slice"));
        }
        ring.push(next);
        at = next;
    }
    records[at].mate_line = Some(first);
    let segments: Vec<Segment> = ring.iter().map(|line| Segment::of(&records[*line])).collect();
    for (line, length) in ring.into_iter().zip(template_lengths(&segments)) {
        records[line].template_length = length;
    }
    Ok(())
}

/// The values of one segment (read) that determine the template length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    contig: i32,
    start: i64,
    last: i64,
    is_first: bool,
}

impl Segment {
    pub(crate) fn of(record: &CramRecord) -> Self {
        Self {
            contig: record.contig,
            start: record.start,
            last: last(record),
            is_first: record.flags & FIRST != 0,
        }
    }
}

/// The template length of each segment of one template, in the order of `segments`.
pub(crate) fn template_lengths(segments: &[Segment]) -> Vec<i64> {
    let left = segments.iter().map(|s| s.start).min().unwrap_or(0);
    let right = segments.iter().map(|s| s.last).max().unwrap_or(0);
    let leftmost_count = segments.iter().filter(|s| s.start == left).count();
    let one_contig = segments.iter().all(|s| s.contig == segments[0].contig);
    let length = if one_contig { right - left + 1 } else { 0 };
    let of_segment = |segment: &Segment| {
        // If several segments begin at the leftmost base, the first read of the pair is the left segment.
        let is_left = segment.start == left && (leftmost_count == 1 || segment.is_first);
        if is_left { length } else { -length }
    };
    segments.iter().map(of_segment).collect()
}

/// The position of the last base of a record, as in htslib's `aend`. An unmapped record ends where it starts.
fn last(record: &CramRecord) -> i64 {
    if record.is_unmapped() { record.start } else { record.last() }
}

/// Gives each record without a name the name of its template. If the template has no name, the record's number in the
/// file becomes its name.
fn set_names(records: &mut [CramRecord], first_number: i64) {
    for line in 0..records.len() {
        if records[line].name.is_some() {
            continue;
        }
        let mut at = line;
        let mut name = None;
        for _ in 0..records.len() {
            match records[at].mate_line {
                Some(next) if next != line => at = next,
                _ => break,
            }
            if let Some(found) = &records[at].name {
                name = Some(found.clone());
                break;
            }
        }
        let number = first_number + line as i64 + 1;
        records[line].name = Some(name.unwrap_or_else(|| number.to_string().into_bytes()));
    }
}
