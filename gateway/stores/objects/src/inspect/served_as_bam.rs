//! Checks that the records of a CRAM file can be returned as BAM. Every loaded CRAM file can then be returned as CRAM and, if its reference
//! is known, as BAM.

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

/// Checks that records of a CRAM file can be converted to BAM. The buffers are reused for each slice.
#[derive(Default)]
pub(super) struct ServedAsBam {
    pages: Pages,
    bytes: Vec<u8>,
}

impl ServedAsBam {
    /// Converts every record of a slice to BAM and discards the result. `last_record` is the number of the slice's last record in the file,
    /// for error messages. If the reference is not embedded in the slice, the records are converted without bases that come from the
    /// reference.
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

/// Checks that a substitution code gives a base for every possible reference base (CRAM 3.1 § 10.6.1). The reference may be unknown at this
/// time.
fn stands_for_a_base(matrix: [u8; 5], code: u8) -> FormatResult<()> {
    let has_code = |row: u8| [6, 4, 2, 0].into_iter().any(|shift| row >> shift & 3 == code);
    if matrix.into_iter().all(has_code) {
        Ok(())
    } else {
        Err(FormatError::Record("a substitution code without a base"))
    }
}
