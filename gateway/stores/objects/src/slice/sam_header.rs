//! A header of reads without what tells whom they are of: people and their libraries under other names, no command lines, paths, comments
//! or centres.

use hts_formats::error::{FormatError, FormatResult};

use super::names::Names;

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

/// SAM specification § 1.3.4 `PL`, "Valid values", and two that files of before have. Whatever else somebody wrote there is free text, as a
/// model (`PM`) is, which can be one machine's number.
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

/// Programs that write reads, in lower case. A program's name is free text: a laboratory's own can be called after its people.
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

/// Whether a text is a version: words of digits, perhaps with a letter or a known word before, or a digest of a commit.
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
    fn a_version_is_no_name() {
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
    fn a_read_group_keeps_the_day_and_not_the_hour() {
        assert_eq!(date("2024-04-01T13:37:00+0900").as_deref(), Some("2024-04-01"));
        assert_eq!(date("2024-04-01").as_deref(), Some("2024-04-01"));
        for odd in ["2024", "2024-04-01-Tanaka", "Tanaka 2024", "01.04.2024", "２０２４-04"] {
            assert_eq!(date(odd), None, "{odd}");
        }
    }
}
