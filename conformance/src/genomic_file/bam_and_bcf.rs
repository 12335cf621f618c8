//! Reads decompressed BAM (SAM v1 § 4.2) and BCF 2.2 (VCF 4.3 § 6) files.

use super::error::Malformed;
use super::{GenomicFile, u32_at};

/// Reads the header of a decompressed BAM file and counts its records.
pub(super) fn read_bam(data: &[u8]) -> Result<GenomicFile, Malformed> {
    if !data.starts_with(b"BAM\x01") {
        return Err(Malformed::NoMagic("BAM"));
    }
    let end = bam_header_end(data).ok_or(Malformed::Truncated("the header"))?;
    walk(data, end, |rest| {
        let size = u32_at(rest, 0)?;
        // The fixed fields of a BAM record take 32 bytes, so no record is shorter.
        (size >= 32).then(|| size.checked_add(4)).flatten()
    })
}

fn bam_header_end(data: &[u8]) -> Option<usize> {
    let text_length = u32_at(data, 4)?;
    let mut offset = 8_usize.checked_add(text_length)?;
    let reference_count = u32_at(data, offset)?;
    offset += 4;
    for _ in 0..reference_count {
        let name_length = u32_at(data, offset)?;
        offset = offset.checked_add(8)?.checked_add(name_length)?;
        if offset > data.len() {
            return None;
        }
    }
    (offset <= data.len()).then_some(offset)
}

/// Reads the header of a decompressed BCF file and counts its records.
pub(super) fn read_bcf(data: &[u8]) -> Result<GenomicFile, Malformed> {
    if !data.starts_with(b"BCF\x02") {
        return Err(Malformed::NoMagic("BCF"));
    }
    let text_length = u32_at(data, 5).ok_or(Malformed::Truncated("the header"))?;
    let end = 9_usize.checked_add(text_length).filter(|end| *end <= data.len());
    walk(data, end.ok_or(Malformed::Truncated("the header"))?, |rest| {
        let (shared, individual) = (u32_at(rest, 0)?, u32_at(rest, 4)?);
        // The fixed fields of the shared part of a BCF record take 24 bytes, so no shared part is shorter.
        (shared >= 24).then(|| shared.checked_add(individual)?.checked_add(8)).flatten()
    })
}

/// Counts the records after the header. `size` returns the size of the record with which its argument begins.
fn walk(data: &[u8], header_end: usize, size: impl Fn(&[u8]) -> Option<usize>) -> Result<GenomicFile, Malformed> {
    let mut rest = &data[header_end..];
    let mut record_count = 0;
    while !rest.is_empty() {
        if rest.starts_with(b"BAM\x01") || rest.starts_with(b"BCF\x02\x02") {
            return Err(Malformed::SecondHeader);
        }
        let size = size(rest).ok_or(Malformed::Record(record_count))?;
        rest = rest.get(size..).ok_or(Malformed::Record(record_count))?;
        record_count += 1;
    }
    Ok(GenomicFile {
        header: data[..header_end].to_vec(),
        record_count,
    })
}
