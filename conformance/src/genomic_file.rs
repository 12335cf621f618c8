//! Reads the bytes that htsget returned and decides whether they are one complete file. It reads framing, header, number of records and end. The code
//! was written only from the format specifications, so that it does not repeat a fault of a server's library.

use crate::genomic_file::error::Malformed;

mod bam_and_bcf;
mod bgzf;
mod cram;
mod error;

/// The header of a file, and the number of its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GenomicFile {
    /// The bytes of the header after decompression. For CRAM, the header container as stored.
    pub(crate) header: Vec<u8>,
    /// The number of records after the header.
    pub(crate) record_count: usize,
}

/// Reads a complete file. `format` is htsget's name of the format. A VCF file may be plain or BGZF-compressed.
///
/// # Errors
/// [`Malformed`] for an unknown format, for a file above the limit, and for a violation of the format's specification, such as a broken
/// frame or record, a wrong checksum, an end marker that is missing or not at the end, or a second header.
pub(crate) fn read(format: &str, bytes: &[u8]) -> Result<GenomicFile, Malformed> {
    match format {
        "BAM" => bam_and_bcf::read_bam(&bgzf::inflate(bytes)?),
        "BCF" => bam_and_bcf::read_bcf(&bgzf::inflate(bytes)?),
        "CRAM" => cram::read(bytes),
        "VCF" if bytes.starts_with(&[0x1f, 0x8b]) => read_vcf(&bgzf::inflate(bytes)?),
        "VCF" => read_vcf(bytes),
        other => Err(Malformed::UnknownFormat(other.to_owned())),
    }
}

fn read_vcf(bytes: &[u8]) -> Result<GenomicFile, Malformed> {
    if !bytes.starts_with(b"##fileformat=VCFv") {
        return Err(Malformed::NoMagic("VCF"));
    }
    if !bytes.ends_with(b"\n") {
        return Err(Malformed::Truncated("a line"));
    }
    let mut header = Vec::new();
    let mut record_count = 0;
    let mut column_count = None;
    for line in bytes[..bytes.len() - 1].split(|byte| *byte == b'\n') {
        match (line.starts_with(b"#"), column_count) {
            (true, None) => {
                header.extend_from_slice(line);
                header.push(b'\n');
                if line.starts_with(b"#CHROM\t") {
                    column_count = Some(line.split(|byte| *byte == b'\t').count());
                }
            }
            (true, Some(_)) => return Err(Malformed::SecondHeader),
            (false, Some(columns)) if line.split(|byte| *byte == b'\t').count() == columns => record_count += 1,
            (false, _) => return Err(Malformed::Record(record_count)),
        }
    }
    match column_count {
        Some(_) => Ok(GenomicFile { header, record_count }),
        None => Err(Malformed::Truncated("the header")),
    }
}

/// The end marker for a file of this format that begins with these bytes. Empty for plain text, which has no end marker.
pub(crate) fn end_marker(format: &str, bytes: &[u8]) -> &'static [u8] {
    match format {
        "BAM" | "BCF" => &bgzf::END,
        "CRAM" => &cram::END,
        "VCF" if bytes.starts_with(&[0x1f, 0x8b]) => &bgzf::END,
        _ => &[],
    }
}

/// The little-endian 32-bit number at an offset; absent if the bytes end before it.
fn u32_at(bytes: &[u8], offset: usize) -> Option<usize> {
    let bytes = bytes.get(offset..offset.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vcf_is_read_plain_or_compressed() {
        let text = samples::vcf(3);
        let plain = read("VCF", &text).unwrap();
        assert_eq!(plain.record_count, 3);
        assert!(text.starts_with(&plain.header));
        assert_eq!(read("VCF", &samples::bgzf(&text)).unwrap(), plain);
    }

    #[test]
    fn concatenated_files_are_not_one_file() {
        for (format, file) in samples::all(2) {
            assert_eq!(read(format, &file).unwrap().record_count, 2, "{format}");
            let twice = [file.clone(), file].concat();
            assert!(read(format, &twice).is_err(), "{format}");
        }
    }

    #[test]
    fn truncated_and_changed_files_are_read_without_a_panic() {
        for (format, file) in samples::all(2) {
            for end in 0..file.len() {
                let cut = read(format, &file[..end]);
                // A plain VCF file may end after any line after its header, so only other cuts must be errors.
                assert!(
                    cut.is_err() || (format == "VCF" && file[..end].ends_with(b"\n")),
                    "{format} cut at {end}"
                );
            }
            for place in 0..file.len() {
                for flip in [1_u8, 0x80, 0xff] {
                    let mut changed = file.clone();
                    changed[place] ^= flip;
                    let _ = read(format, &changed);
                }
            }
        }
    }

    #[test]
    fn a_file_without_its_end_marker_is_valid_after_the_marker_is_added() {
        let compressed = ("VCF", samples::bgzf(&samples::vcf(2)));
        for (format, file) in samples::all(2).into_iter().chain([compressed]) {
            let marker = end_marker(format, &file);
            let cut = file.strip_suffix(marker).unwrap();
            assert_eq!(read(format, cut).is_err(), !marker.is_empty(), "{format}");
            assert_eq!(read(format, &[cut, marker].concat()), read(format, &file));
        }
    }

    #[test]
    fn an_unknown_format_is_an_error_that_names_it() {
        assert_eq!(read("SAM", b""), Err(Malformed::UnknownFormat("SAM".to_owned())));
    }
}
