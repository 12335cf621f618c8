//! Converts CRAM records to BAM records (SAM specification § 4.2).

use super::alignment::Alignment;
use super::compression::TagKey;
use super::record::CramRecord;
use crate::binning::bin_of;
use crate::error::{FormatError, FormatResult};
use crate::sam_header::SamHeader;

/// The maximum length of the name of a BAM record in bytes, without the zero byte at its end.
const MOST_NAME_BYTES: usize = 254;

/// The maximum number of operations in the CIGAR field of a BAM record. A longer CIGAR is written to the tag `CG`.
const MOST_OPERATIONS: usize = 0xffff;

/// The value of the field `bin` in a record without a position.
const UNPLACED_BIN: u32 = 4680;

/// htslib's tag that states whether readers must not generate MD and NM. This tag is never written to BAM.
pub(crate) const MADE_UP_TAG: TagKey = *b"cFC";
pub(crate) const NO_MD: u8 = 1;
pub(crate) const NO_NM: u8 = 2;

/// Makes a BAM header with this text.
///
/// # Errors
/// [`FormatError::Header`] for a length or count that does not fit into 31 bits, or for a contig without a length.
pub fn header(text: &[u8], header: &SamHeader) -> FormatResult<Vec<u8>> {
    let fits = |n: usize| u32::try_from(n).ok().filter(|n| *n <= i32::MAX.cast_unsigned());
    let put = |out: &mut Vec<u8>, n: Option<u32>| -> FormatResult<()> {
        out.extend_from_slice(&n.ok_or(FormatError::Header("too long for BAM"))?.to_le_bytes());
        Ok(())
    };
    let mut out = b"BAM\x01".to_vec();
    put(&mut out, fits(text.len()))?;
    out.extend_from_slice(text);
    put(&mut out, fits(header.contigs.len()))?;
    for contig in &header.contigs {
        put(&mut out, fits(contig.name.len() + 1))?;
        out.extend_from_slice(contig.name.as_bytes());
        out.push(0);
        put(&mut out, contig.length.and_then(|l| usize::try_from(l).ok()).and_then(fits))?;
    }
    Ok(out)
}

/// Replaces the contents of `out` with a BAM record, including its length field.
///
/// # Errors
/// [`FormatError::Record`] for a value that BAM cannot hold, or for a read group that the header does not have.
pub fn put_record(out: &mut Vec<u8>, record: &CramRecord, alignment: &Alignment, keys: &[TagKey], header: &SamHeader) -> FormatResult<()> {
    let fits = |n: i64| i32::try_from(n).map_err(|_| FormatError::Record("a position that BAM cannot hold"));
    let name = record.name.as_deref().filter(|n| !n.is_empty()).unwrap_or(b"*");
    if name.len() > MOST_NAME_BYTES || name.contains(&0) {
        return Err(FormatError::Record("a name that BAM cannot hold"));
    }
    let span = reference_span(&alignment.cigar);
    let start = record.start - 1;
    let bin = match u64::try_from(start) {
        Ok(start) => bin_of(start, start + span.max(1), 14, 5),
        Err(_) => UNPLACED_BIN,
    };
    let length = alignment.bases.len();
    let long = alignment.cigar.len() > MOST_OPERATIONS;
    let stand_in = [(length as u32) << 4 | 4, (span as u32) << 4 | 3];
    if long && (span >= 1 << 28 || length >= 1 << 28) {
        return Err(FormatError::Record("a CIGAR that BAM cannot hold"));
    }
    let cigar = if long { &stand_in[..] } else { &alignment.cigar };

    out.clear();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&record.contig.to_le_bytes());
    out.extend_from_slice(&fits(start)?.to_le_bytes());
    out.push(name.len() as u8 + 1);
    out.push((record.mapping_quality & 0xff) as u8);
    out.extend_from_slice(&(bin as u16).to_le_bytes());
    out.extend_from_slice(&(cigar.len() as u16).to_le_bytes());
    out.extend_from_slice(&record.flags.to_le_bytes());
    out.extend_from_slice(&(length as u32).to_le_bytes());
    out.extend_from_slice(&record.mate_contig.to_le_bytes());
    out.extend_from_slice(&fits(record.mate_start - 1)?.to_le_bytes());
    out.extend_from_slice(&fits(record.template_length)?.to_le_bytes());
    out.extend_from_slice(name);
    out.push(0);
    put_operations(out, cigar);
    for pair in alignment.bases.chunks(2) {
        out.push(packed(pair[0]) << 4 | pair.get(1).map_or(0, |base| packed(*base)));
    }
    out.extend_from_slice(&alignment.qualities);
    put_tags(out, record, alignment, keys, header)?;
    if long {
        out.extend_from_slice(b"CGBI");
        out.extend_from_slice(&(alignment.cigar.len() as u32).to_le_bytes());
        put_operations(out, &alignment.cigar);
    }
    let bytes = u32::try_from(out.len() - 4).ok().filter(|n| *n < 1 << 29);
    let bytes = bytes.ok_or(FormatError::Record("a record that BAM cannot hold"))?;
    out[..4].copy_from_slice(&bytes.to_le_bytes());
    Ok(())
}

fn put_operations(out: &mut Vec<u8>, operations: &[u32]) {
    for operation in operations {
        out.extend_from_slice(&operation.to_le_bytes());
    }
}

/// Writes the stored tags, then MD, NM and RG, in htslib's order.
fn put_tags(out: &mut Vec<u8>, record: &CramRecord, alignment: &Alignment, keys: &[TagKey], header: &SamHeader) -> FormatResult<()> {
    let (mut has_md, mut has_nm) = (false, false);
    for (key, value) in keys.iter().zip(&record.tags) {
        if let (MADE_UP_TAG, [bits]) = (*key, &value[..]) {
            has_md |= bits & NO_MD != 0;
            has_nm |= bits & NO_NM != 0;
            continue;
        }
        has_md |= key.starts_with(b"MD");
        has_nm |= key.starts_with(b"NM");
        out.extend_from_slice(key);
        out.extend_from_slice(value);
    }
    if let Some(md) = alignment.md.as_ref().filter(|_| !has_md) {
        out.extend_from_slice(b"MDZ");
        out.extend_from_slice(md);
        out.push(0);
    }
    if let Some(nm) = alignment.nm.filter(|_| !has_nm) {
        match (u8::try_from(nm), u16::try_from(nm)) {
            (Ok(small), _) => out.extend_from_slice(&[b'N', b'M', b'C', small]),
            (Err(_), Ok(middle)) => {
                out.extend_from_slice(b"NMS");
                out.extend_from_slice(&middle.to_le_bytes());
            }
            (Err(_), Err(_)) => {
                out.extend_from_slice(b"NMI");
                out.extend_from_slice(&nm.to_le_bytes());
            }
        }
    }
    if let Ok(number) = usize::try_from(record.read_group) {
        let (id, _) = header
            .read_groups
            .get(number)
            .ok_or(FormatError::Record("a read group that the header does not have"))?;
        // Some writers give reads without a read group the group `UNKNOWN`, which is the last group in the header. Records of this group get no
        // RG tag.
        if id != "UNKNOWN" || number + 1 != header.read_groups.len() {
            out.extend_from_slice(b"RGZ");
            out.extend_from_slice(id.as_bytes());
            out.push(0);
        }
    }
    Ok(())
}

/// The number of reference bases that a CIGAR covers: M, D, N, = and X.
fn reference_span(cigar: &[u32]) -> u64 {
    let taking = cigar.iter().filter(|operation| matches!(*operation & 0xf, 0 | 2 | 3 | 7 | 8));
    taking.map(|operation| u64::from(operation >> 4)).sum()
}

/// A base as a 4-bit code: its index in `=ACMGRSVTWYHKDBN`.
fn packed(base: u8) -> u8 {
    match base.to_ascii_uppercase() {
        b'=' => 0,
        b'A' => 1,
        b'C' => 2,
        b'M' => 3,
        b'G' => 4,
        b'R' => 5,
        b'S' => 6,
        b'V' => 7,
        b'T' | b'U' => 8,
        b'W' => 9,
        b'Y' => 10,
        b'H' => 11,
        b'K' => 12,
        b'D' => 13,
        b'B' => 14,
        _ => 15,
    }
}
