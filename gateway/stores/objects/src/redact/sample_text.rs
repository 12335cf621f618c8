//! Redacts the text of a sample's FORMAT field. A text can name removed samples. A filter in `FT` can name removed samples or describe
//! inheritance.

use super::family::{filter_stays, format_stays};
use super::names::GoneNames;
use super::vcf::put_list;

/// The kind of a FORMAT field's text. The kind states which information about other samples the text can contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SampleText {
    /// The text contains no information about other samples: numbers, genotypes or codes.
    Silent,
    /// The text is a list of filter names (`FT`).
    Filters,
    /// The text can contain any information.
    Free,
}

impl SampleText {
    /// The kind of text in the FORMAT field with this name. `is_text` is true if the header states that the field's type is text, or if the
    /// header does not define the field.
    pub(crate) fn of_format(name: &str, is_text: bool) -> Self {
        match name {
            "FT" => Self::Filters,
            // The text of PGT is a phased genotype, for example "0|1".
            "PGT" => Self::Silent,
            _ if format_stays(name) || !is_text => Self::Silent,
            _ => Self::Free,
        }
    }

    /// Writes the part of a sample's text that is kept. Writes `.` if nothing is kept. If a relative is outside the Grant, filters about
    /// inheritance are removed.
    pub(crate) fn put(self, out: &mut Vec<u8>, text: &[u8], whole_family: bool, gone: &GoneNames) {
        match self {
            Self::Free if gone.are_in(text) => out.push(b'.'),
            Self::Silent | Self::Free => out.extend_from_slice(text),
            Self::Filters => put_list(out, text, |filter| {
                (whole_family || filter_stays(filter)) && (filter == "PASS" || !gone.are_in(filter.as_bytes()))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KeptColumn, KeptColumns};
    use super::*;

    #[test]
    fn a_sample_text_does_not_name_removed_samples() {
        let kept = KeptColumns {
            columns: vec![KeptColumn { at: 0, whole_family: true }],
            some_go: true,
        };
        let gone = GoneNames::new(["P1", "P-2"].into_iter(), &kept);
        for (name, text, whole_family, stays) in [
            ("FT", "PASS", true, "PASS"),
            ("FT", "LowGQ;like_P_2", true, "LowGQ"),
            ("FT", "LowGQ;MendelError", true, "LowGQ;MendelError"),
            ("FT", "LowGQ;MendelError", false, "LowGQ"),
            ("FT", "deNovo", false, "."),
            ("SRC", "merged-with-p-2.bam", true, "."),
            ("SRC", "P1", true, "P1"),
            ("GT", "0/1", true, "0/1"),
        ] {
            let mut out = Vec::new();
            SampleText::of_format(name, true).put(&mut out, text.as_bytes(), whole_family, &gone);
            assert_eq!(String::from_utf8_lossy(&out), stays, "{name} {text}");
        }
    }
}
