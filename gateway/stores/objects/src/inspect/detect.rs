//! Detects a file's format from its first bytes.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use gemj_model::FileFormat;
use hts_formats::bgzf::{BgzfReader, block_length};

use super::{InspectError, fault};

/// Detects the format of a file from its content.
pub(super) fn detect(mut file: impl Read + Seek) -> Result<FileFormat, InspectError> {
    let mut start = Vec::new();
    (&mut file).take(64 * 1024).read_to_end(&mut start)?;
    if start.is_empty() {
        return Err(InspectError::Empty);
    }
    if start.starts_with(b"CRAM") {
        return Ok(FileFormat::Cram);
    }
    if start.starts_with(b"##fileformat=VCF") {
        return Err(InspectError::PlainText);
    }
    if !start.starts_with(&[0x1f, 0x8b]) {
        return Err(InspectError::UnknownFormat);
    }
    if block_length(&start).is_none() {
        return Err(InspectError::PlainGzip);
    }
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BgzfReader::new(file);
    let data = reader.fill().map_err(|e| fault(e, 0))?;
    if data.starts_with(b"BAM\x01") {
        Ok(FileFormat::Bam)
    } else if data.starts_with(b"BCF\x02") {
        Ok(FileFormat::Bcf)
    } else if data.starts_with(b"##fileformat=VCF") {
        Ok(FileFormat::Vcf)
    } else {
        Err(InspectError::UnknownFormat)
    }
}

/// Rejects a file whose extension and content have different formats, because the extension or the content is a mistake.
pub(super) fn check_extension(path: &Path, found: FileFormat) -> Result<(), InspectError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let said = [
        (".bam", FileFormat::Bam),
        (".cram", FileFormat::Cram),
        (".vcf.gz", FileFormat::Vcf),
        (".vcf.bgz", FileFormat::Vcf),
        (".vcf", FileFormat::Vcf),
        (".bcf", FileFormat::Bcf),
    ];
    match said.iter().find(|(extension, _)| name.ends_with(extension)) {
        Some((_, said)) if *said != found => Err(InspectError::Mislabelled { found }),
        _ => Ok(()),
    }
}
