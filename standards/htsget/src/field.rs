use std::collections::BTreeSet;

/// A column of an alignment record (htsget 1.3 § Field filtering).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// QNAME: the read name.
    Qname,
    /// FLAG: the bit flags.
    Flag,
    /// RNAME: the name of the reference sequence.
    Rname,
    /// POS: the position of the alignment.
    Pos,
    /// MAPQ: the mapping quality.
    Mapq,
    /// CIGAR: the alignment operations.
    Cigar,
    /// RNEXT: the reference sequence of the next fragment.
    Rnext,
    /// PNEXT: the position of the next fragment.
    Pnext,
    /// TLEN: the inferred template size.
    Tlen,
    /// SEQ: the bases of the read.
    Seq,
    /// QUAL: the qualities of the bases.
    Qual,
}

impl Field {
    /// All columns, in file order.
    pub const ALL: [Self; 11] = [
        Self::Qname,
        Self::Flag,
        Self::Rname,
        Self::Pos,
        Self::Mapq,
        Self::Cigar,
        Self::Rnext,
        Self::Pnext,
        Self::Tlen,
        Self::Seq,
        Self::Qual,
    ];

    /// The name of the column in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Qname => "QNAME",
            Self::Flag => "FLAG",
            Self::Rname => "RNAME",
            Self::Pos => "POS",
            Self::Mapq => "MAPQ",
            Self::Cigar => "CIGAR",
            Self::Rnext => "RNEXT",
            Self::Pnext => "PNEXT",
            Self::Tlen => "TLEN",
            Self::Seq => "SEQ",
            Self::Qual => "QUAL",
        }
    }

    /// The column with exactly this name; `None` if no column has this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }
}

/// The columns (fields) that a request selects. A server may return more columns (htsget 1.3 § Design principles), never fewer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Fields {
    /// All columns. The request has no parameter `fields`.
    #[default]
    All,
    /// Only these columns. An empty set is legal, because the specification does not forbid it. The server adds the columns that a valid record
    /// needs.
    Only(BTreeSet<Field>),
}
