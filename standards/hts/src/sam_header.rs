//! The parts of a SAM header that the crate uses (SAM specification § 1.3): the contigs, the samples, the sort order.

use std::collections::HashSet;

use crate::error::{FormatError, FormatResult};
use crate::limits::words::{CONTIG_NAME, CONTIGS, HEADER_BYTES, HEADER_LINES};
use crate::limits::{MOST_CONTIG_NAME_BYTES, MOST_CONTIGS, MOST_HEADER_BYTES, MOST_HEADER_LINES, MOST_READ_GROUPS, within};

/// A contig of a file's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderContig {
    /// `SN`: the name of the contig.
    pub name: String,
    /// `LN`: the length of the contig in bases; `None` if a VCF header does not state it.
    pub length: Option<u64>,
    /// `M5`: the MD5 of the contig's bases, lower-case hexadecimal; `None` if the header does not state it.
    pub md5: Option<String>,
}

/// A SAM header, limited to the parts that the crate uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SamHeader {
    /// The contigs of the `@SQ` lines, in order.
    pub contigs: Vec<HeaderContig>,
    /// The id and, if stated, the sample of each `@RG` line, in order.
    pub read_groups: Vec<(String, Option<String>)>,
    /// The sort order in `@HD SO`; `None` if the header does not state it.
    pub sort_order: Option<String>,
}

impl SamHeader {
    /// Parses the text of a SAM header.
    ///
    /// # Errors
    /// [`FormatError::Header`] with the first fault, or [`FormatError::TooMuch`] beyond the limits of [`crate::limits`].
    pub fn parse(text: &[u8]) -> FormatResult<Self> {
        within(text.len(), MOST_HEADER_BYTES, HEADER_BYTES)?;
        let text = std::str::from_utf8(text).map_err(|_| FormatError::Header("the SAM header is not text"))?;
        let mut header = Self::default();
        for (number, line) in text.trim_end_matches('\0').lines().filter(|l| !l.is_empty()).enumerate() {
            within(number + 1, MOST_HEADER_LINES, HEADER_LINES)?;
            within(header.contigs.len(), MOST_CONTIGS, CONTIGS)?;
            within(header.read_groups.len(), MOST_READ_GROUPS, "more than 65,536 read groups")?;
            let mut fields = line.split('\t');
            let kind = fields.next().unwrap_or_default();
            let tag = |name: &str| {
                line.split('\t')
                    .skip(1)
                    .find_map(|f| f.strip_prefix(name).and_then(|f| f.strip_prefix(':')))
            };
            match kind {
                "@HD" => header.sort_order = tag("SO").map(str::to_owned),
                "@SQ" => header.contigs.push(HeaderContig {
                    name: tag("SN").ok_or(FormatError::Header("an @SQ line has no SN"))?.to_owned(),
                    length: Some(
                        tag("LN")
                            .and_then(|l| l.parse().ok())
                            .ok_or(FormatError::Header("an @SQ line has no LN"))?,
                    ),
                    md5: tag("M5").map(str::to_ascii_lowercase),
                }),
                "@RG" => header.read_groups.push((
                    tag("ID").ok_or(FormatError::Header("an @RG line has no ID"))?.to_owned(),
                    tag("SM").map(str::to_owned),
                )),
                _ if kind.starts_with('@') => {}
                _ => return Err(FormatError::Header("a line of the SAM header does not begin with @")),
            }
        }
        within(header.contigs.len(), MOST_CONTIGS, CONTIGS)?;
        let names = header.contigs.iter().map(|contig| contig.name.len());
        within(names.max().unwrap_or(0), MOST_CONTIG_NAME_BYTES, CONTIG_NAME)?;
        Ok(header)
    }

    /// The distinct sample names of the read groups, in the order of their first occurrence.
    pub fn samples(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let samples = self.read_groups.iter().filter_map(|(_, sample)| sample.as_ref());
        samples.filter(|sample| seen.insert(*sample)).cloned().collect()
    }
}
