//! One BCF record, parsed without copying its values.

use super::typed::{Kind, Typed, descriptor, integer, typed};
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;

const SHORT: &str = "a record is cut off";

/// A FORMAT field of a record. Each sample has `count` values, and the samples follow one another.
#[derive(Clone, Copy, Debug)]
pub struct FormatField<'a> {
    /// The number of the field's name in the header's dictionary.
    pub key: usize,
    /// The type of the field's values.
    pub kind: Kind,
    /// The number of values for each sample.
    pub count: usize,
    /// The values of all samples, in little-endian bytes.
    pub data: &'a [u8],
}

impl<'a> FormatField<'a> {
    /// The bytes of the values of one sample.
    ///
    /// # Errors
    /// [`FormatError::Record`] if the record does not have this sample.
    pub fn of_sample(&self, sample: usize) -> FormatResult<&'a [u8]> {
        let length = self.count * self.kind.size();
        self.data
            .get(sample * length..(sample + 1) * length)
            .ok_or(FormatError::Record("a sample that the record does not have"))
    }
}

/// One BCF record.
#[derive(Clone, Debug)]
pub struct BcfRecord<'a> {
    /// CHROM: the contig's number in the header's dictionary of contigs.
    pub contig: i32,
    /// POS of the record, 0-based.
    pub position: i32,
    /// The number of reference bases that the record covers (`rlen`).
    pub length: i32,
    /// QUAL, a float in little-endian bytes.
    pub quality: [u8; 4],
    /// ID as text; may be empty.
    pub id: &'a [u8],
    /// The alleles: REF, then the ALTs.
    pub alleles: Vec<&'a [u8]>,
    /// FILTER: the numbers of the filters in the header's dictionary.
    pub filter: Typed<'a>,
    /// INFO: for each field, the number of its name in the header's dictionary, and its value.
    pub infos: Vec<(usize, Typed<'a>)>,
    /// The FORMAT fields, in the order of the record.
    pub formats: Vec<FormatField<'a>>,
    /// The number of samples in the record.
    pub sample_count: usize,
}

impl<'a> BcfRecord<'a> {
    /// Parses a record that begins with its two length fields. A record with bytes that belong to no field is rejected.
    ///
    /// # Errors
    /// [`FormatError::Record`] with the first fault.
    pub fn parse(record: &'a [u8]) -> FormatResult<Self> {
        let mut fields = Fields::new(record, SHORT);
        let shared_length = fields.u32()? as usize;
        fields.take(4)?;
        let mut shared = Fields::new(fields.take(shared_length)?, SHORT);
        let (contig, position, length) = (shared.i32()?, shared.i32()?, shared.i32()?);
        let quality = shared.u32()?.to_le_bytes();
        let info_count = usize::from(shared.u16()?);
        let allele_count = usize::from(shared.u16()?);
        let word = shared.u32()?;
        let (sample_count, format_count) = ((word & 0xff_ffff) as usize, (word >> 24) as usize);
        let id = text(&mut shared)?;
        let alleles = (0..allele_count).map(|_| text(&mut shared)).collect::<FormatResult<Vec<_>>>()?;
        let filter = typed(&mut shared)?;
        let mut infos = Vec::with_capacity(info_count.min(64));
        for _ in 0..info_count {
            infos.push((key(&mut shared)?, typed(&mut shared)?));
        }
        let mut formats = Vec::with_capacity(format_count);
        for _ in 0..format_count {
            let key = key(&mut fields)?;
            let (kind, count) = descriptor(&mut fields)?;
            let bytes = count
                .checked_mul(kind.size())
                .and_then(|b| b.checked_mul(sample_count))
                .ok_or(FormatError::Record("an impossible count"))?;
            formats.push(FormatField {
                key,
                kind,
                count,
                data: fields.take(bytes)?,
            });
        }
        if !shared.rest().is_empty() || !fields.rest().is_empty() {
            return Err(FormatError::Record("bytes behind its last field"));
        }
        if alleles.is_empty() {
            return Err(FormatError::Record("no reference allele"));
        }
        Ok(Self {
            contig,
            position,
            length,
            quality,
            id,
            alleles,
            filter,
            infos,
            formats,
            sample_count,
        })
    }
}

fn key(fields: &mut Fields<'_>) -> FormatResult<usize> {
    usize::try_from(integer(fields)?).map_err(|_| FormatError::Record("a negative field number"))
}

fn text<'a>(fields: &mut Fields<'a>) -> FormatResult<&'a [u8]> {
    let value = typed(fields)?;
    match value.kind {
        Kind::Char | Kind::Missing => Ok(value.data),
        Kind::Int8 | Kind::Int16 | Kind::Int32 | Kind::Float => Err(FormatError::Record("text was expected")),
    }
}
