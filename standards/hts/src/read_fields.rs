//! The columns and tags of alignment records that a client requests.

use std::collections::BTreeSet;

/// A column of an alignment record (SAM specification § 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadColumn {
    /// QNAME: the read name.
    Qname,
    /// FLAG: the bit flags.
    Flag,
    /// RNAME: the name of the reference sequence.
    Rname,
    /// POS: the position of the read.
    Pos,
    /// MAPQ: the mapping quality.
    Mapq,
    /// CIGAR: the alignment operations.
    Cigar,
    /// RNEXT: the reference sequence of the next read.
    Rnext,
    /// PNEXT: the position of the next read.
    Pnext,
    /// TLEN: the template length.
    Tlen,
    /// SEQ: the bases of the read.
    Seq,
    /// QUAL: the qualities of the bases.
    Qual,
}

/// The requested columns and tags of reads. A column that is not requested gets the SAM value for "no information".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadFields {
    /// The requested columns; `None` means all columns.
    pub columns: Option<BTreeSet<ReadColumn>>,
    /// The requested tags. `None` means all tags, and an empty set means no tags.
    pub tags: Option<BTreeSet<[u8; 2]>>,
    /// The tags that the client excludes. They are removed even if they are requested.
    pub without_tags: BTreeSet<[u8; 2]>,
}

impl ReadFields {
    /// Whether all columns and tags are requested, so that records stay unchanged.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.columns.is_none() && self.tags.is_none() && self.without_tags.is_empty()
    }

    /// Whether the column is kept. A record with qualities but without bases is invalid, so the bases are also kept if the qualities are
    /// requested.
    #[must_use]
    pub fn keeps(&self, column: ReadColumn) -> bool {
        match &self.columns {
            None => true,
            Some(columns) => columns.contains(&column) || (column == ReadColumn::Seq && columns.contains(&ReadColumn::Qual)),
        }
    }

    /// Whether the tag is kept.
    #[must_use]
    pub fn keeps_tag(&self, tag: [u8; 2]) -> bool {
        self.tags.as_ref().is_none_or(|tags| tags.contains(&tag)) && !self.without_tags.contains(&tag)
    }
}
