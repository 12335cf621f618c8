//! BAM (SAM v1 § 4.2) and BCF 2.2 (VCF 4.3 § 6) after decompression.

use super::error::Malformed;
use super::{GenomicFile, u32_at};

/// Reads a BAM file's header and walks its records.
pub(super) fn read_bam(data: &[u8]) -> Result<GenomicFile, Malformed> {
    if !data.starts_with(b"BAM\x01") {
        return Err(Malformed::NoMagic("BAM"));
    }
    let end = bam_header_end(data).ok_or(Malformed::Truncated("the header"))?;
    walk(data, end, |rest| {
        let size = u32_at(rest, 0)?;
        // The fixed fields of a record take 32 bytes.
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

/// Reads a BCF file's header and walks its records.
pub(super) fn read_bcf(data: &[u8]) -> Result<GenomicFile, Malformed> {
    if !data.starts_with(b"BCF\x02") {
        return Err(Malformed::NoMagic("BCF"));
    }
    let text_length = u32_at(data, 5).ok_or(Malformed::Truncated("the header"))?;
    let end = 9_usize.checked_add(text_length).filter(|end| *end <= data.len());
    walk(data, end.ok_or(Malformed::Truncated("the header"))?, |rest| {
        let (shared, individual) = (u32_at(rest, 0)?, u32_at(rest, 4)?);
        // The fixed fields of the shared part take 24 bytes.
        (shared >= 24).then(|| shared.checked_add(individual)?.checked_add(8)).flatten()
    })
}

/// Steps from record to record; `size` returns the size of the record at the beginning of its argument.
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
