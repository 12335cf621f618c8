//! Redacts the SAM header of a read file. Names of samples and libraries are replaced. Command lines, paths, comments and sequencing
//! centres are removed.

use hts_formats::error::{FormatError, FormatResult};

use super::names::Names;

/// Returns the redacted text of a SAM header (SAM specification § 1.3). `@RG`, `@SQ` and `@PG` lines keep their number, order and ids, so that
/// records and indexes still match. Comments, lines of unknown kinds, and zero bytes behind the text are removed.
///
/// A tag is removed unless [`shown`] lists it.
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

/// Returns the value of a tag in the redacted header. Absent if the tag is removed.
fn shown(kind: &str, tag: &str, value: &str, names: &Names) -> Option<String> {
    match (kind, tag) {
        ("@RG", "SM") => Some(names.sample(value)),
        ("@RG", "LB" | "PU" | "BC") => Some(names.text(tag, value)),
        ("@RG", "DT") => date(value),
        ("@RG", "PL") => PLATFORMS.contains(&value.to_ascii_uppercase().as_str()).then(|| value.to_owned()),
        ("@PG", "PN") => PROGRAMS.contains(&value.to_ascii_lowercase().as_str()).then(|| value.to_owned()),
        ("@PG", "VN") => is_version(value).then(|| value.to_owned()),
        ("@HD", "VN" | "SO" | "GO" | "SS")
        | ("@SQ", "SN" | "LN" | "AH" | "AN" | "AS" | "M5" | "SP" | "TP")
        | ("@RG", "ID" | "PI" | "FO" | "KS")
        | ("@PG", "ID" | "PP") => Some(value.to_owned()),
        _ => None,
    }
}

/// The accepted values of `PL`: "Valid values" of the SAM specification § 1.3.4, and two values of older files. Any other value is free
/// text and is removed. The instrument model (`PM`) is also removed, because it can be the number of a single machine.
const PLATFORMS: [&str; 14] = [
    "CAPILLARY",
    "DNBSEQ",
    "ELEMENT",
    "HELICOS",
    "ILLUMINA",
    "IONTORRENT",
    "LS454",
    "ONT",
    "PACBIO",
    "SINGULAR",
    "SOLID",
    "ULTIMA",
    "BGI",
    "COMPLETE",
];

/// The accepted names of programs that write reads (`PN`), in lower case. Any other name is removed: the name of a laboratory's own program
/// can contain a person's name.
const PROGRAMS: [&str; 43] = [
    "bam2fq",
    "bamsort",
    "bbmap",
    "bcftools",
    "bfast",
    "bowtie",
    "bowtie2",
    "bwa",
    "bwa-mem2",
    "bwa-meth",
    "bammarkduplicates",
    "dorado",
    "dragen",
    "dragen sw build",
    "fgbio",
    "gatk",
    "gatk applybqsr",
    "gatk printreads",
    "gatk applybqsrspark",
    "graphmap",
    "guppy",
    "hisat2",
    "isaac",
    "lima",
    "longranger",
    "markduplicates",
    "mergebamalignment",
    "mergesamfiles",
    "minimap2",
    "ngmlr",
    "novoalign",
    "novosort",
    "pbmm2",
    "picard",
    "sambamba",
    "samblaster",
    "samtools",
    "samtoolssort",
    "snap",
    "star",
    "strobealign",
    "vg",
    "winnowmap",
];

/// Whether a text is a version. A version consists of words: digits, optionally after a letter or a known word such as `rc`, or the digest
/// of a commit.
fn is_version(value: &str) -> bool {
    let is_word = |word: &str| {
        let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let letters = &word[..word.len() - digits.len()];
        let is_number = !digits.is_empty() && digits.len() <= 8 && digits.bytes().all(|b| b.is_ascii_digit());
        let is_digest =
            (7..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit()) && word.bytes().any(|b| b.is_ascii_digit());
        let is_known = matches!(letters, "" | "v" | "r" | "b" | "g" | "p" | "rc" | "beta" | "alpha" | "release");
        (is_number && is_known) || is_digest || matches!(word, "rc" | "beta" | "alpha" | "dirty" | "release" | "SNAPSHOT")
    };
    value.len() <= 60 && value.split(['.', '-', '_', '+', ':']).all(is_word)
}

/// The day of an ISO 8601 date, or of an ISO 8601 date and time. Absent if the text has neither form.
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
    fn a_version_is_accepted_and_a_text_that_contains_a_name_is_rejected() {
        for version in [
            "1.22",
            "0.7.17-r1188",
            "v2.3.0",
            "4.2.6.1",
            "2.28-r1209",
            "05.021.572.3.6.9",
            "0.6.1+897f4ebd",
            "2.0-rc1",
        ] {
            assert!(is_version(version), "{version}");
        }
        for text in ["", "tanaka", "1.2-tanaka", "tanaka1", "1 2", "1..2", "patient-00123x"] {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn a_run_date_keeps_the_day_and_loses_the_hour() {
        assert_eq!(date("2024-04-01T13:37:00+0900").as_deref(), Some("2024-04-01"));
        assert_eq!(date("2024-04-01").as_deref(), Some("2024-04-01"));
        for odd in ["2024", "2024-04-01-Tanaka", "Tanaka 2024", "01.04.2024", "２０２４-04"] {
            assert_eq!(date(odd), None, "{odd}");
        }
    }
}
