//! Removes columns and tags from BAM records, so that only the requested ones remain (htsget 1.3 `fields`, `tags`, `notags`).
//!
//! A removed column gets the SAM value for "no information" (SAM specification § 1.4), so that the record stays valid.

use super::{FLAG_UNMAPPED, SHORT, long_cigar, next_tag, reference_span};
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;
use crate::read_fields::{ReadColumn, ReadFields};

/// The number of bytes of a record before its name, including the length field.
const FIXED_BYTES: usize = 36;

/// The value of MAPQ that means "no mapping quality available".
const NO_QUALITY: u8 = 255;

/// The codes of the CIGAR operations that consume a base of the read: M, I, S, = and X.
const TAKES_BASE: [u32; 5] = [0, 1, 4, 7, 8];

/// Returns a record, including its length field, with only the requested columns and tags. A long CIGAR in the tag `CG` belongs to the column
/// CIGAR. It is kept or removed with that column, whatever the request states about tags.
///
/// # Errors
/// [`FormatError::Record`] if the record is cut off or a tag cannot be parsed.
pub fn keep(record: &[u8], wanted: &ReadFields) -> FormatResult<Vec<u8>> {
    let keeps = |column| wanted.keeps(column);
    let mut fields = Fields::new(record, SHORT);
    fields.take(4)?;
    let (contig, start) = (fields.i32()?, fields.i32()?);
    let name_length = usize::from(fields.u8()?);
    let quality = fields.u8()?;
    fields.take(2)?;
    let operation_count = usize::from(fields.u16()?);
    let flag = fields.u16()?;
    let base_count = fields.count()?;
    let (mate_contig, mate_start, template) = (fields.i32()?, fields.i32()?, fields.i32()?);
    let mut name = fields.take(name_length)?;
    let mut cigar = fields.take(4 * operation_count)?.to_vec();
    let long = long_cigar(&cigar, fields, base_count, contig, i64::from(start))?;
    let bases = fields.take(base_count.div_ceil(2))?;
    let qualities = fields.take(base_count)?;

    let contig = if keeps(ReadColumn::Rname) { contig } else { -1 };
    let start = if keeps(ReadColumn::Pos) { start } else { -1 };
    let quality = if keeps(ReadColumn::Mapq) { quality } else { NO_QUALITY };
    let flag = if keeps(ReadColumn::Flag) { flag } else { 0 };
    let mate_contig = if keeps(ReadColumn::Rnext) { mate_contig } else { -1 };
    let mate_start = if keeps(ReadColumn::Pnext) { mate_start } else { -1 };
    let template = if keeps(ReadColumn::Tlen) { template } else { 0 };
    if !keeps(ReadColumn::Qname) || name.is_empty() {
        name = b"*\0";
    }
    let base_count = if keeps(ReadColumn::Seq) { base_count } else { 0 };
    let query_length = match long {
        Some(long) => query_length(long),
        None => query_length(&cigar),
    };
    // In a record without the flag "unmapped", the CIGAR must consume as many bases as the record has. If the flags of an unmapped record are
    // removed, a CIGAR of another length is therefore removed too.
    let fits = flag & FLAG_UNMAPPED != 0 || base_count == 0 || query_length == base_count as u64 || keeps(ReadColumn::Flag);
    let keeps_cigar = keeps(ReadColumn::Cigar) && fits;
    if !keeps_cigar {
        cigar.clear();
    } else if long.is_some() && cigar.len() >= 4 {
        // The placeholder in the CIGAR field begins with a soft clip as long as the sequence, so its length is adapted.
        cigar[..4].copy_from_slice(&((base_count as u32) << 4 | 4).to_le_bytes());
    }
    let span = match long {
        _ if flag & FLAG_UNMAPPED != 0 || !keeps_cigar => 0,
        Some(long) => reference_span(long),
        None => reference_span(&cigar),
    };

    let mut kept = Vec::with_capacity(record.len());
    kept.extend_from_slice(&[0; 4]);
    kept.extend_from_slice(&contig.to_le_bytes());
    kept.extend_from_slice(&start.to_le_bytes());
    kept.push(name.len() as u8);
    kept.push(quality);
    kept.extend_from_slice(&bin(i64::from(start), span.max(1)).to_le_bytes());
    kept.extend_from_slice(&((cigar.len() / 4) as u16).to_le_bytes());
    kept.extend_from_slice(&flag.to_le_bytes());
    kept.extend_from_slice(&(base_count as u32).to_le_bytes());
    for value in [mate_contig, mate_start, template] {
        kept.extend_from_slice(&value.to_le_bytes());
    }
    debug_assert_eq!(kept.len(), FIXED_BYTES);
    kept.extend_from_slice(name);
    kept.extend_from_slice(&cigar);
    kept.extend_from_slice(&bases[..base_count.div_ceil(2)]);
    if keeps(ReadColumn::Qual) {
        kept.extend_from_slice(&qualities[..base_count]);
    } else {
        kept.resize(kept.len() + base_count, 0xff);
    }
    while !fields.rest().is_empty() {
        let before = fields.rest();
        let (tag, _, _) = next_tag(&mut fields)?;
        let keeps_tag = match (&tag, long) {
            (b"CG", Some(_)) => keeps_cigar,
            _ => wanted.keeps_tag(tag),
        };
        if keeps_tag {
            kept.extend_from_slice(&before[..before.len() - fields.rest().len()]);
        }
    }
    let length = u32::try_from(kept.len() - 4).map_err(|_| FormatError::Record("an impossible length"))?;
    kept[..4].copy_from_slice(&length.to_le_bytes());
    Ok(kept)
}

/// The number of bases of the read that a CIGAR consumes.
fn query_length(cigar: &[u8]) -> u64 {
    let operations = cigar.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b));
    operations
        .filter(|operation| TAKES_BASE.contains(&(operation & 0xf)))
        .map(|operation| u64::from(operation >> 4))
        .sum()
}

/// The value of the field `bin` (SAM specification § 4.2.1). For positions beyond 2^29, only the lower 16 bits are kept. A start of -1 gives
/// 4680.
fn bin(start: i64, span: i64) -> u16 {
    let last = start + span - 1;
    for (shift, first) in [(14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)] {
        if start >> shift == last >> shift {
            return (first + (start >> shift)) as u16;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn damaged_records_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), small in any::<bool>()) {
            let mut bytes = bytes;
            if small && bytes.len() > 36 {
                // Writes small counts into the record, so that the test reaches the fields after them.
                bytes[16..18].copy_from_slice(&[2, 0]);
                bytes[20..24].copy_from_slice(&[10, 0, 0, 0]);
            }
            for columns in [None, Some(BTreeSet::new()), Some(BTreeSet::from([ReadColumn::Cigar, ReadColumn::Qual]))] {
                let _ = keep(&bytes, &ReadFields { columns, ..ReadFields::default() });
            }
        }
    }

    #[test]
    fn a_read_without_a_position_is_in_the_bin_of_the_specification() {
        assert_eq!(bin(-1, 1), 4680);
        assert_eq!(bin(0, 1), 4681);
        assert_eq!(bin(16_383, 2), 585);
        assert_eq!(bin(0, 1 << 29), 0);
    }
}
