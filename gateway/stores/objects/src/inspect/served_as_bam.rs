//! Whether the records of a CRAM file can be served as BAM: a file that loads can be served in both formats, wherever its reference is known.

use hts_formats::bam::validate_record;
use hts_formats::cram::alignment::align;
use hts_formats::cram::bam::put_record;
use hts_formats::cram::bases::{Bases, Pages};
use hts_formats::cram::compression::CompressionHeader;
use hts_formats::cram::record::FeatureKind;
use hts_formats::cram::slice::DecodedSlice;
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::sam_header::SamHeader;

use super::{InspectError, fault};

/// What is used again from slice to slice.
#[derive(Default)]
pub(super) struct ServedAsBam {
    pages: Pages,
    bytes: Vec<u8>,
}

impl ServedAsBam {
    /// Makes BAM of every record of a slice, whose last record has this number, and drops it. Of a slice whose reference is outside the file everything but the
    /// reference's bases is made.
    pub(super) fn check(
        &mut self,
        slice: &DecodedSlice,
        compression: &CompressionHeader,
        header: &SamHeader,
        last_record: u64,
    ) -> Result<(), InspectError> {
        let first = last_record + 1 - slice.records.len() as u64;
        self.records(slice, compression, header)
            .map_err(|(at, error)| fault(error, first + at))
    }

    fn records(&mut self, slice: &DecodedSlice, compression: &CompressionHeader, header: &SamHeader) -> Result<(), (u64, FormatError)> {
        let mut bases = match &slice.reference {
            Some(_) => Bases::of(slice, compression, header, None, &mut self.pages),
            None => None,
        };
        for (at, record) in (0..).zip(&slice.records) {
            let mut made = || -> FormatResult<()> {
                for feature in &record.features {
                    if let FeatureKind::Substitution(code) = feature.kind {
                        stands_for_a_base(compression.substitution_matrix, code)?;
                    }
                }
                let alignment = align(record, compression.substitution_matrix, bases.as_mut())?;
                let keys = compression.tag_lists.get(record.tag_list).map_or(&[][..], Vec::as_slice);
                put_record(&mut self.bytes, record, &alignment, keys, header)?;
                validate_record(&self.bytes, header.contigs.len())
            };
            made().map_err(|error| (at, error))?;
        }
        Ok(())
    }
}

/// Whatever the reference has, a code stands for one of the four other bases (CRAM 3.1 § 10.6.1).
fn stands_for_a_base(matrix: [u8; 5], code: u8) -> FormatResult<()> {
    let has_code = |row: u8| [6, 4, 2, 0].into_iter().any(|shift| row >> shift & 3 == code);
    if matrix.into_iter().all(has_code) {
        Ok(())
    } else {
        Err(FormatError::Record("a substitution that stands for nothing"))
    }
}
