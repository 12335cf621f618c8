//! Finds the names of removed samples in the free text of a variant file.

use std::collections::{BTreeSet, HashSet};

use super::KeptColumns;
use super::family::{format_stays, info_stays};
use super::info::{InfoRule, rule};

/// The names of the samples that the redaction removes.
#[derive(Debug, Default)]
pub(crate) struct GoneNames {
    /// The names of the removed sample columns, in lower case and with `_` for every separator.
    names: HashSet<Vec<u8>>,
    lengths: BTreeSet<usize>,
}

impl GoneNames {
    /// Collects the names of the sample columns that are not kept.
    pub(crate) fn new<'a>(samples: impl Iterator<Item = &'a str>, kept: &KeptColumns) -> Self {
        let mut still = kept.columns.iter().map(|column| column.at).peekable();
        let mut gone = Self::default();
        for (at, name) in samples.enumerate() {
            if still.next_if_eq(&at).is_none() {
                gone.lengths.insert(name.len());
                gone.names.insert(plain(name.as_bytes()));
            }
        }
        gone
    }

    /// Whether a text contains the name of a removed sample as a whole word. Case is ignored, and all separators between words are equal. A
    /// letter or digit directly before or behind the name prevents a match.
    pub(crate) fn are_in(&self, text: &[u8]) -> bool {
        if self.names.is_empty() {
            return false;
        }
        let text = plain(text);
        let inside_word = |at: usize| at > 0 && at < text.len() && text[at - 1].is_ascii_alphanumeric() && text[at].is_ascii_alphanumeric();
        (0..text.len()).filter(|start| !inside_word(*start)).any(|start| {
            let ends = self
                .lengths
                .iter()
                .map(|length| start + length)
                .take_while(|end| *end <= text.len());
            ends.filter(|end| !inside_word(*end))
                .any(|end| self.names.contains(&text[start..end]))
        })
    }

    /// Whether the name of a field or filter contains the name of a removed sample. The name of a known field is never a match, even if a
    /// removed sample has the same name.
    pub(crate) fn are_in_id(&self, id: &str) -> bool {
        let known = id == "PASS" || rule(id) != InfoRule::Drop || info_stays(id) || format_stays(id);
        !known && self.are_in(id.as_bytes())
    }
}

/// Returns the text in lower case with `_` for every separator. Some tools replace characters of a sample name, so separators must not
/// prevent a match.
fn plain(text: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| match byte {
        b if b.is_ascii_alphanumeric() || !b.is_ascii() => b.to_ascii_lowercase(),
        _ => b'_',
    };
    text.iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::super::KeptColumn;
    use super::*;

    #[test]
    fn sample_names_are_found_as_whole_words() {
        let kept = KeptColumns {
            columns: vec![KeptColumn { at: 1, whole_family: true }],
            some_go: true,
        };
        let gone = GoneNames::new(["NA-1", "NA-11", "x", "研究"].into_iter(), &kept);
        for text in [
            "NA-1",
            "na-1.bam",
            "called_NA-1_DEL_7",
            "(X)",
            "a 研究 b",
            "NA-1,NA-11",
            "NA_1",
            "bnd_na 1:3",
        ] {
            assert!(gone.are_in(text.as_bytes()), "{text}");
        }
        for text in ["", "NA-11", "NA-", "exome", "1NA-1", "NA-1a"] {
            assert!(!gone.are_in(text.as_bytes()), "{text}");
        }
        let dp = GoneNames::new(["DP", "a"].into_iter(), &kept);
        assert!(dp.are_in(b"DP") && !dp.are_in_id("DP"));
        assert!(gone.are_in_id("AC_NA-1"));
    }
}
