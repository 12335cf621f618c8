//! One CRAM record (CRAM 3.1 § 10). Its bases are kept as differences from the reference.

/// The BAM flags that this crate uses.
pub(crate) const PAIRED: u16 = 1;
pub(crate) const UNMAPPED: u16 = 4;
pub(crate) const MATE_UNMAPPED: u16 = 8;
pub(crate) const REVERSE: u16 = 16;
pub(crate) const MATE_REVERSE: u16 = 32;
pub(crate) const FIRST: u16 = 64;

/// The CRAM flag of a record whose qualities are stored as an array (CRAM 3.1 § 10.2).
pub const QUALITY_STORED: i32 = 1;
pub(crate) const DETACHED: i32 = 2;
pub(crate) const MATE_DOWNSTREAM: i32 = 4;
pub(crate) const NO_SEQUENCE: i32 = 8;

/// A read feature: its position in the read, as the distance from the previous feature, and its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// `FP`: the distance in bases from the previous feature. For the first feature, it is the distance from the position before the read.
    pub delta: i32,
    /// The kind of the feature and its values.
    pub kind: FeatureKind,
}

/// The kind of a feature. The comment of each variant begins with the letter of the kind in the data series `FC`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeatureKind {
    /// `B`: a base and its quality.
    BaseAndQuality(u8, u8),
    /// `X`: a base that replaces the reference base, as a substitution code.
    Substitution(u8),
    /// `D`: the number of deleted reference bases.
    Deletion(i32),
    /// `I`: inserted bases.
    Insertion(Vec<u8>),
    /// `i`: one inserted base.
    InsertedBase(u8),
    /// `b`: several bases of the read.
    Bases(Vec<u8>),
    /// `q`: the qualities of several bases.
    Qualities(Vec<u8>),
    /// `Q`: the quality of one base.
    Quality(u8),
    /// `N`: the number of skipped reference bases.
    Skip(i32),
    /// `S`: soft-clipped bases.
    SoftClip(Vec<u8>),
    /// `P`: the length of a padding.
    Padding(i32),
    /// `H`: the number of hard-clipped bases.
    HardClip(i32),
}

/// A CRAM record. Positions are 1-based, and 0 means no position, as in the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CramRecord {
    /// `BF`: the BAM flags.
    pub flags: u16,
    /// `CF`: the CRAM flags.
    pub cram_flags: i32,
    /// The contig's number; -1 if the record has no contig.
    pub contig: i32,
    /// The read length in bases.
    pub length: usize,
    /// The position of the first aligned base, 1-based; 0 if the record has no position.
    pub start: i64,
    /// The index of the read group among the header's `@RG` lines; -1 if the record has no read group.
    pub read_group: i32,
    /// The read name; `None` if the file does not store it.
    pub name: Option<Vec<u8>>,
    /// `MF`: the mate's flags. Only used for a detached record.
    pub mate_flags: i32,
    /// The contig's number of the next read of the template; -1 if it has no contig.
    pub mate_contig: i32,
    /// `NP`: the position of the next read of the template, 1-based; 0 if it has no position.
    pub mate_start: i64,
    /// `TS`: the template length.
    pub template_length: i64,
    /// The index in the slice of the next record of the same template. The last record of a template has the index of the first record. `None`
    /// if the record is not linked to another record of the slice.
    pub mate_line: Option<usize>,
    /// The index of the record's list of tags among the container's tag lists.
    pub tag_list: usize,
    /// The values of the tags of `tag_list`, encoded as in BAM.
    pub tags: Vec<Vec<u8>>,
    /// The read features: the differences of the read from the reference.
    pub features: Vec<Feature>,
    /// `MQ`: the mapping quality.
    pub mapping_quality: i32,
    /// The bases of an unmapped record; empty for a mapped record.
    pub bases: Vec<u8>,
    /// The qualities; empty if they are not stored as an array.
    pub qualities: Vec<u8>,
}

impl CramRecord {
    pub(crate) fn is_unmapped(&self) -> bool {
        self.flags & UNMAPPED != 0
    }

    /// The number of reference bases that the record covers.
    pub(crate) fn span(&self) -> i64 {
        if self.is_unmapped() {
            return 0;
        }
        self.features.iter().fold(self.length as i64, |span, feature| match &feature.kind {
            FeatureKind::Insertion(bases) | FeatureKind::SoftClip(bases) => span - bases.len() as i64,
            FeatureKind::InsertedBase(_) => span - 1,
            FeatureKind::Deletion(length) | FeatureKind::Skip(length) => span + i64::from(*length),
            FeatureKind::BaseAndQuality(..)
            | FeatureKind::Substitution(_)
            | FeatureKind::Bases(_)
            | FeatureKind::Qualities(_)
            | FeatureKind::Quality(_)
            | FeatureKind::Padding(_)
            | FeatureKind::HardClip(_) => span,
        })
    }

    /// The position of the last reference base of the record, 1-based. If the record covers no reference base, this is its start.
    pub fn last(&self) -> i64 {
        self.start + self.span().max(1) - 1
    }
}
