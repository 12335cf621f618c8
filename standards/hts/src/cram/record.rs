//! One CRAM record (CRAM 3.1 § 10), its bases left as differences.

/// BAM flags used here.
pub(crate) const PAIRED: u16 = 1;
pub(crate) const UNMAPPED: u16 = 4;
pub(crate) const MATE_UNMAPPED: u16 = 8;
pub(crate) const REVERSE: u16 = 16;
pub(crate) const MATE_REVERSE: u16 = 32;
pub(crate) const FIRST: u16 = 64;

/// CRAM flags.
pub(crate) const QUALITY_STORED: i32 = 1;
pub(crate) const DETACHED: i32 = 2;
pub(crate) const MATE_DOWNSTREAM: i32 = 4;
pub(crate) const NO_SEQUENCE: i32 = 8;

/// A read feature: where in the read (distance from the feature before) and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    pub(crate) delta: i32,
    /// The kind of the feature and its values.
    pub kind: FeatureKind,
}

/// What a feature is; the letter of `FC` in the comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeatureKind {
    /// `B`
    BaseAndQuality(u8, u8),
    /// `X`
    Substitution(u8),
    /// `D`
    Deletion(i32),
    /// `I`
    Insertion(Vec<u8>),
    /// `i`
    InsertedBase(u8),
    /// `b`
    Bases(Vec<u8>),
    /// `q`
    Qualities(Vec<u8>),
    /// `Q`
    Quality(u8),
    /// `N`
    Skip(i32),
    /// `S`
    SoftClip(Vec<u8>),
    /// `P`
    Padding(i32),
    /// `H`
    HardClip(i32),
}

/// A record. Positions are 1-based, 0 for none, as in the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CramRecord {
    /// `BF`: the BAM flags.
    pub flags: u16,
    /// `CF`: the CRAM flags.
    pub cram_flags: i32,
    /// -1 for none.
    pub contig: i32,
    /// The read length in bases.
    pub length: usize,
    /// The position, 1-based; 0 for none.
    pub start: i64,
    /// Index of the header's `@RG`; -1 for none.
    pub read_group: i32,
    /// The read name; absent where it is not stored.
    pub name: Option<Vec<u8>>,
    /// `MF`: the mate's flags, of a detached record.
    pub mate_flags: i32,
    /// The contig of the next read of the template; -1 for none.
    pub mate_contig: i32,
    /// `NP`: the position of the next read of the template, 1-based; 0 for none.
    pub mate_start: i64,
    /// `TS`: the template length.
    pub template_length: i64,
    /// The slice's record that is the next of the same template.
    pub mate_line: Option<usize>,
    /// Index into the container's tag lists.
    pub tag_list: usize,
    /// Values of the list's tags, as in BAM.
    pub tags: Vec<Vec<u8>>,
    /// The differences from the reference.
    pub features: Vec<Feature>,
    /// `MQ`: the mapping quality.
    pub mapping_quality: i32,
    /// An unmapped record's bases.
    pub bases: Vec<u8>,
    /// Empty where they are not stored as an array.
    pub qualities: Vec<u8>,
}

impl CramRecord {
    pub(crate) fn is_unmapped(&self) -> bool {
        self.flags & UNMAPPED != 0
    }

    /// How many reference bases it takes.
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

    /// The last reference base, 1-based; the first where it takes none.
    pub fn last(&self) -> i64 {
        self.start + self.span().max(1) - 1
    }
}
