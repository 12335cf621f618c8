//! The place of an entry in a file of approvals.

use std::fmt;

/// The place of an entry in a file: its number and the line on which it begins. Both are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The number of the entry in the file.
    pub number: usize,
    /// The line on which the entry begins.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} (line {})", self.number, self.line)
    }
}

/// The places of entries whose texts are parts of `whole`, in the order of the texts.
pub(super) fn places<'a>(whole: &[u8], entries: impl Iterator<Item = &'a str>) -> Vec<Place> {
    let (mut line, mut counted) = (1, 0);
    entries
        .enumerate()
        .map(|(index, entry)| {
            // An entry is a part of the file's bytes, so the difference of the addresses is the entry's position in the file.
            let begin = entry.as_ptr().addr().saturating_sub(whole.as_ptr().addr()).min(whole.len());
            if let Some(skipped) = whole.get(counted..begin) {
                line += skipped.iter().filter(|byte| **byte == b'\n').count();
                counted = begin;
            }
            Place { number: index + 1, line }
        })
        .collect()
}
