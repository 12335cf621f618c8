//! Finds the kept samples' columns in a line of a VCF file.

use std::ops::Range;

use hts_formats::error::{FormatError, FormatResult};

use crate::redact::KeptColumns;

const FIXED: usize = 9;
const WRONG_COUNT: FormatError = FormatError::Record("a line of another number of columns than the header");

/// The byte ranges of the kept samples' columns in a line. The buffer is reused for each line.
#[derive(Default)]
pub(super) struct Cells {
    places: Vec<Range<usize>>,
}

impl Cells {
    /// Finds the columns of the kept samples, and returns the nine columns before the samples. The line must have the header's number of
    /// columns.
    pub(super) fn find<'a>(&mut self, line: &'a [u8], sample_count: usize, kept: &KeptColumns) -> FormatResult<[&'a [u8]; FIXED]> {
        self.places.clear();
        let mut fixed = [&line[..0]; FIXED];
        let mut start = 0;
        for column in &mut fixed {
            let end = start + memchr::memchr(b'\t', line.get(start..).ok_or(WRONG_COUNT)?).ok_or(WRONG_COUNT)?;
            *column = &line[start..end];
            start = end + 1;
        }
        let mut wanted = kept.columns.iter().map(|column| column.at).peekable();
        let mut number = 0;
        let mut put = |number: usize, place: Range<usize>| {
            if wanted.next_if_eq(&number).is_some() {
                self.places.push(place);
            }
        };
        // This loop is a fast path for columns that contain only a diploid genotype. Such a column has three bytes, so no search for the
        // separator is needed.
        while let Some([a, b, c, b'\t']) = line.get(start..start + 4)
            && *a != b'\t'
            && *b != b'\t'
            && *c != b'\t'
        {
            put(number, start..start + 3);
            number += 1;
            start += 4;
        }
        let from = start;
        for end in memchr::memchr_iter(b'\t', &line[from..]).map(|end| from + end).chain([line.len()]) {
            put(number, start..end);
            number += 1;
            start = end + 1;
        }
        if number != sample_count {
            return Err(WRONG_COUNT);
        }
        Ok(fixed)
    }

    /// The columns of the kept samples, in order.
    pub(super) fn iter<'a>(&'a self, line: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.places.iter().map(|place| &line[place.clone()])
    }

    /// The column of one kept sample. `at` is the sample's place among the kept samples, from 0.
    pub(super) fn get<'a>(&self, line: &'a [u8], at: usize) -> &'a [u8] {
        &line[self.places[at].clone()]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::redact::KeptColumn;

    #[test]
    fn sample_columns_of_every_length_are_found() {
        let kept = KeptColumns {
            columns: [1, 2, 4].map(|at| KeptColumn { at, whole_family: true }).to_vec(),
            some_go: true,
        };
        for samples in [
            ["0/0", "0/1", "1", "0/0", "1|1"],
            ["", "a:b", "0/0", "0/0", ""],
            ["0/0:1", "0/1", "0/0", "1/1", "."],
        ] {
            let line = format!("1\t2\t3\t4\t5\t6\t7\t8\tGT\t{}", samples.join("\t"));
            let mut cells = Cells::default();
            let fixed = cells.find(line.as_bytes(), 5, &kept).unwrap();
            assert_eq!((fixed[0], fixed[8]), (&b"1"[..], &b"GT"[..]));
            let found: Vec<&[u8]> = cells.iter(line.as_bytes()).collect();
            assert_eq!(found, [1, 2, 4].map(|at| samples[at].as_bytes()));
            assert!(cells.find(line.as_bytes(), 4, &kept).is_err() && cells.find(line.as_bytes(), 6, &kept).is_err());
        }
        assert!(Cells::default().find(b"1\t2\t3\t4\t5\t6\t7\t8\tGT", 0, &kept).is_err());
    }
}
