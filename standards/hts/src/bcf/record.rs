//! One BCF record, parsed without a copy.

use super::typed::{Kind, Typed, descriptor, integer, typed};
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;

const SHORT: &str = "a record is cut off";

/// A FORMAT field: one vector of `count` values per sample, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct FormatField<'a> {
    /// The field's number in the dictionary.
    pub key: usize,
    /// The type of the values.
    pub kind: Kind,
    /// The number of values of each sample.
    pub count: usize,
    /// The values of all samples, little-endian.
    pub data: &'a [u8],
}

impl<'a> FormatField<'a> {
    /// One sample's vector.
    ///
    /// # Errors
    /// [`FormatError::Record`] if the record does not have the sample.
    pub fn of_sample(&self, sample: usize) -> FormatResult<&'a [u8]> {
        let length = self.count * self.kind.size();
        self.data
            .get(sample * length..(sample + 1) * length)
            .ok_or(FormatError::Record("a sample that the record does not have"))
    }
}

/// A record.
#[derive(Clone, Debug)]
pub struct BcfRecord<'a> {
    /// CHROM: the contig's number in the header's dictionary.
    pub contig: i32,
    /// POS, 0-based.
    pub position: i32,
    /// rlen: how many reference bases the record covers.
    pub length: i32,
    /// QUAL, a little-endian float.
    pub quality: [u8; 4],
    /// ID: text, possibly empty.
    pub id: &'a [u8],
    /// REF and the ALTs.
    pub alleles: Vec<&'a [u8]>,
    /// FILTER: dictionary numbers.
    pub filter: Typed<'a>,
    /// INFO: dictionary number and value of each field.
    pub infos: Vec<(usize, Typed<'a>)>,
    /// The FORMAT fields, in the order of the record.
    pub formats: Vec<FormatField<'a>>,
    /// The number of samples.
    pub sample_count: usize,
}

impl<'a> BcfRecord<'a> {
    /// Parses a record that begins with its length fields. A record with bytes that belong to no field is rejected.
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
