//! A header of reads without what tells whom they are of: people and their libraries under other names, no command lines, paths, comments
//! or centres.

use crate::format_error::{FormatError, FormatResult};
use crate::slice::names::Names;

/// SAM header text as people of an audience may see it (SAM specification § 1.3). `@RG`, `@SQ` and `@PG` lines keep their number, order and
/// ids, so that records and indexes still belong to it; comments and lines of unknown kinds go. Zero bytes behind the text go too.
///
/// A tag that is not known to be harmless goes, whatever it holds.
pub(crate) fn redact(text: &[u8], names: &Names) -> FormatResult<Vec<u8>> {
    let text = std::str::from_utf8(text).map_err(|_| FormatError::Header("the SAM header is not text"))?;
    let mut redacted = Vec::with_capacity(text.len());
    for line in text.trim_end_matches('\0').lines() {
        let mut fields = line.split('\t');
        let kind = fields.next().unwrap_or_default();
        if !matches!(kind, "@HD" | "@SQ" | "@RG" | "@PG") {
            continue;
        }
        redacted.extend_from_slice(kind.as_bytes());
        for (tag, value) in fields.filter_map(|field| field.split_once(':')) {
            if let Some(value) = shown(kind, tag, value, names) {
                redacted.push(b'\t');
                redacted.extend_from_slice(tag.as_bytes());
                redacted.push(b':');
                redacted.extend_from_slice(value.as_bytes());
            }
        }
        redacted.push(b'\n');
    }
    Ok(redacted)
}

/// A tag's value as it is shown; absent where the tag goes.
fn shown(kind: &str, tag: &str, value: &str, names: &Names) -> Option<String> {
    match (kind, tag) {
        ("@RG", "SM") => Some(names.sample(value)),
        ("@RG", "LB" | "PU" | "BC") => Some(names.text(tag, value)),
        ("@RG", "DT") => date(value),
        ("@HD", "VN" | "SO" | "GO" | "SS")
        | ("@SQ", "SN" | "LN" | "AH" | "AN" | "AS" | "M5" | "SP" | "TP")
        | ("@RG", "ID" | "PL" | "PM" | "PI" | "FO" | "KS")
        | ("@PG", "ID" | "PN" | "VN" | "PP") => Some(value.to_owned()),
        _ => None,
    }
}

/// The day of an ISO 8601 date or date and time; absent where it is none.
fn date(value: &str) -> Option<String> {
    let day = value.get(..10)?;
    let is_day = day.bytes().enumerate().all(|(place, byte)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let ends = matches!(value.as_bytes().get(10), None | Some(b'T' | b' '));
    (is_day && ends).then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_read_group_keeps_the_day_and_not_the_hour() {
        assert_eq!(date("2024-04-01T13:37:00+0900").as_deref(), Some("2024-04-01"));
        assert_eq!(date("2024-04-01").as_deref(), Some("2024-04-01"));
        for odd in ["2024", "2024-04-01-Tanaka", "Tanaka 2024", "01.04.2024", "２０２４-04"] {
            assert_eq!(date(odd), None, "{odd}");
        }
    }
}
