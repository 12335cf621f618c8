//! Header lines that stay.

use super::KeptColumns;
use crate::format_error::{FormatError, FormatResult};

/// Kinds of lines that describe the format and the reference and cannot name a person. All others go: `SAMPLE`, `PEDIGREE`, `META`,
/// `pedigreeDB`, command lines with file names, and whatever else a tool may have written.
const KEPT_LINES: [&str; 10] = [
    "fileformat",
    "fileDate",
    "INFO",
    "FORMAT",
    "FILTER",
    "ALT",
    "contig",
    "assembly",
    "reference",
    "phasing",
];

/// The header text for the kept columns, with a line feed at its end. The order of what stays is the same, so that a BCF's dictionary
/// keeps its numbers. `phasing` says something of genotypes that are no longer phased where a relative is outside the Grant.
pub(crate) fn redact_header(text: &[u8], kept: &KeptColumns) -> FormatResult<Vec<u8>> {
    let text = std::str::from_utf8(text).map_err(|_| FormatError::Header("the VCF header is not text"))?;
    let mut out = String::with_capacity(text.len());
    for line in text.trim_end_matches('\0').lines() {
        if let Some(meta) = line.strip_prefix("##") {
            let stays = |kind: &str| KEPT_LINES.contains(&kind) && (kind != "phasing" || !kept.lacks_relatives());
            if meta.split_once('=').is_some_and(|(kind, _)| stays(kind)) {
                out.push_str(line);
                out.push('\n');
            }
            continue;
        }
        let columns: Vec<&str> = line.split('\t').collect();
        if columns.len() < 9 {
            return Err(FormatError::Header("no sample column"));
        }
        out.push_str(&columns[..9].join("\t"));
        for column in &kept.columns {
            out.push('\t');
            out.push_str(
                columns
                    .get(9 + column.at)
                    .ok_or(FormatError::Header("a sample column is missing"))?,
            );
        }
        out.push('\n');
    }
    Ok(out.into_bytes())
}
