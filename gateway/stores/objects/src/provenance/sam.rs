//! Reads provenance from the headers of BAM and CRAM files (SAM specification § 1.3).

use std::collections::BTreeSet;

use gemj_model::{PartialDate, Provenance};

use super::{day, vocabulary, with_version};

/// Reads from the text of a SAM header how the reads were made (provenance).
pub(crate) fn of_sam(text: &[u8]) -> Provenance {
    let mut read = SamProvenance::default();
    for line in String::from_utf8_lossy(text).trim_end_matches('\0').lines() {
        read.read(line);
    }
    read.finish()
}

/// The provenance statements of the header lines that were read so far.
#[derive(Default)]
struct SamProvenance {
    made: Option<PartialDate>,
    platforms: BTreeSet<&'static str>,
    models: BTreeSet<&'static str>,
    aligner: Option<String>,
}

impl SamProvenance {
    /// Reads a line of the header. Only `@RG` and `@PG` lines are used.
    fn read(&mut self, line: &str) {
        let tag = |name: &str| {
            line.split('\t')
                .skip(1)
                .find_map(|field| field.strip_prefix(name)?.strip_prefix(':'))
        };
        match line.split('\t').next() {
            Some("@RG") => {
                // SAM specification § 1.3, `@RG DT`: "DT Date the run was produced (ISO8601 date or date/time)."
                let made = tag("DT").and_then(day);
                self.made = made.max(self.made.take());
                self.platforms.extend(tag("PL").and_then(vocabulary::platform));
                self.models.extend(tag("PM").and_then(vocabulary::model));
            }
            Some("@PG") => {
                // SAM specification § 1.3, `@PG PN`: "PN Program name". If the name is not stated, the id is often the program's name, a
                // dot and a number.
                let id = || tag("ID").map(|id| id.split_once('.').map_or(id, |(name, _)| name));
                if let Some(aligner) = tag("PN").or_else(id).and_then(vocabulary::aligner) {
                    // If the reads were aligned more than once, the last `@PG` line describes the last alignment, so the last line is used.
                    self.aligner = Some(with_version(aligner, tag("VN")));
                }
            }
            _ => {}
        }
    }

    /// Combines the statements of all lines. If the lines name several platforms or several instruments, the platform or the instrument is
    /// left out.
    fn finish(self) -> Provenance {
        let one = |words: &BTreeSet<&'static str>| words.first().filter(|_| words.len() == 1).map(|word| (*word).to_owned());
        Provenance {
            made: self.made,
            platform: one(&self.platforms),
            platform_model: one(&self.models),
            aligner: self.aligner,
            variant_caller: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Provenance {
        of_sam(lines.join("\n").as_bytes())
    }

    #[test]
    fn provenance_is_read_from_read_groups_and_programs() {
        let made = of(&[
            "@HD\tVN:1.6\tSO:coordinate",
            "@RG\tID:1\tSM:Taro\tLB:Taro-lib\tCN:Hospital\tPL:ILLUMINA\tPM:NovaSeq 6000\tDT:2024-05-01T09:00:00+09:00",
            "@RG\tID:2\tPL:illumina\tPM:NovaSeq6000\tDT:2024-05-03\tDS:DT:2030-01-01",
            "@RG\tID:3\tDT:yesterday",
            "@PG\tID:bwa\tPN:bwa\tVN:0.7.17-r1188\tCL:bwa mem /home/taro/x",
            "@PG\tID:MarkDuplicates\tPN:MarkDuplicates\tVN:3.0",
            "@CO\tPN:minimap2",
        ]);
        let text = |word: &Option<String>| word.clone().unwrap_or_default();
        assert_eq!(made.made.as_ref().map(PartialDate::as_str), Some("2024-05-03"));
        assert_eq!(
            (text(&made.platform), text(&made.platform_model)),
            ("Illumina".into(), "Illumina NovaSeq 6000".into())
        );
        assert_eq!((text(&made.aligner), made.variant_caller), ("bwa 0.7.17-r1188".into(), None));
    }

    #[test]
    fn several_or_unknown_instruments_are_left_out() {
        let made = of(&[
            "@RG\tID:1\tPL:ILLUMINA\tPM:Taro's machine",
            "@RG\tID:2\tPL:PACBIO",
            "@PG\tID:secret-aligner.1",
        ]);
        assert_eq!(made, Provenance::default());
        let again = of(&["@PG\tID:bwa\tVN:1", "@PG\tID:minimap2.1\tVN:from /home/taro"]);
        assert_eq!(again.aligner.as_deref(), Some("minimap2"));
    }
}
