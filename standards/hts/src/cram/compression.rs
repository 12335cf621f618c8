//! The compression header of a container (CRAM 3.1 § 8.4).

use std::collections::HashMap;

use super::encoding::Encoding;
use super::num::itf8;
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;
use crate::limits::{MOST_TAG_LISTS, within};

/// The key of a tag: two letters of its name, and the letter of its value's type.
pub type TagKey = [u8; 3];

/// The compression header, which states how a container's records are stored.
#[derive(Clone, Debug)]
pub struct CompressionHeader {
    /// `RN`: whether the container stores the name of every record.
    pub(crate) names_stored: bool,
    /// `AP`: whether positions are stored as distances from the previous record.
    pub(crate) delta_positions: bool,
    /// `RR`: whether a reader needs a reference, because bases are stored as differences from it.
    pub reference_required: bool,
    /// `SM`: the substitution matrix, as in the file.
    pub substitution_matrix: [u8; 5],
    /// `TD`: the lists of tags. Each record refers to one of the lists.
    pub tag_lists: Vec<Vec<TagKey>>,
    series: HashMap<[u8; 2], Encoding>,
    tags: HashMap<TagKey, Encoding>,
}

const SHORT: &str = "the compression header is cut off";

impl Default for CompressionHeader {
    /// The default values of a compression header (CRAM 3.1 § 8.4).
    fn default() -> Self {
        Self {
            names_stored: true,
            delta_positions: true,
            reference_required: true,
            substitution_matrix: [0x1b; 5],
            tag_lists: Vec::new(),
            series: HashMap::new(),
            tags: HashMap::new(),
        }
    }
}

impl CompressionHeader {
    /// Reads the content of a compression header block.
    pub(crate) fn parse(bytes: &[u8]) -> FormatResult<Self> {
        let mut header = Self::default();
        let mut fields = Fields::new(bytes, SHORT);
        let (mut preservation, count) = map(&mut fields)?;
        for _ in 0..count {
            header.add_preservation(&mut preservation)?;
        }
        let (mut series, count) = map(&mut fields)?;
        for _ in 0..count {
            let key = [series.u8()?, series.u8()?];
            header.series.insert(key, Encoding::parse(&mut series)?);
        }
        let (mut tags, count) = map(&mut fields)?;
        for _ in 0..count {
            let [_, a, b, c] = itf8(&mut tags)?.to_be_bytes();
            header.tags.insert([a, b, c], Encoding::parse(&mut tags)?);
        }
        Ok(header)
    }

    fn add_preservation(&mut self, fields: &mut Fields<'_>) -> FormatResult<()> {
        match [fields.u8()?, fields.u8()?] {
            [b'R', b'N'] => self.names_stored = fields.u8()? != 0,
            [b'A', b'P'] => self.delta_positions = fields.u8()? != 0,
            [b'R', b'R'] => self.reference_required = fields.u8()? != 0,
            [b'S', b'M'] => {
                for code in &mut self.substitution_matrix {
                    *code = fields.u8()?;
                }
            }
            [b'T', b'D'] => {
                let length = usize::try_from(itf8(fields)?).map_err(|_| FormatError::Header("a negative length"))?;
                let lists = fields.take(length)?;
                for (number, list) in lists.strip_suffix(b"\0").unwrap_or(lists).split(|b| *b == 0).enumerate() {
                    within(number + 1, MOST_TAG_LISTS, "a container of more than 65,536 lists of tags")?;
                    let (tags, rest) = list.as_chunks::<3>();
                    if !rest.is_empty() || tags.iter().any(|t| t[2] == b'*') {
                        return Err(FormatError::Unsupported("a tag dictionary"));
                    }
                    self.tag_lists.push(tags.to_vec());
                }
            }
            _ => return Err(FormatError::Unsupported("a key of the preservation map")),
        }
        Ok(())
    }

    /// The encoding of the data series `key`.
    pub(crate) fn series(&self, key: &[u8; 2]) -> &Encoding {
        self.series.get(key).unwrap_or(&Encoding::Null)
    }

    /// The encoding of the tag `key`.
    pub(crate) fn tag(&self, key: &TagKey) -> &Encoding {
        self.tags.get(key).unwrap_or(&Encoding::Null)
    }
}

/// Reads the size of a map in bytes and the number of its entries. Returns the bytes of the entries and their number.
fn map<'a>(fields: &mut Fields<'a>) -> FormatResult<(Fields<'a>, i32)> {
    let size = usize::try_from(itf8(fields)?).map_err(|_| FormatError::Header("a negative length"))?;
    let mut entries = Fields::new(fields.take(size)?, SHORT);
    let count = itf8(&mut entries)?;
    Ok((entries, count))
}
