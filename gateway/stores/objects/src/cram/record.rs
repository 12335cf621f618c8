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
pub(crate) struct Feature {
    pub(crate) delta: i32,
    pub(crate) kind: FeatureKind,
}

/// What a feature is; the letter of `FC` in the comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FeatureKind {
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
pub(crate) struct CramRecord {
    pub(crate) flags: u16,
    pub(crate) cram_flags: i32,
    /// -1 for none.
    pub(crate) contig: i32,
    pub(crate) length: usize,
    pub(crate) start: i64,
    /// Index of the header's `@RG`; -1 for none.
    pub(crate) read_group: i32,
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) mate_flags: i32,
    pub(crate) mate_contig: i32,
    pub(crate) mate_start: i64,
    pub(crate) template_length: i64,
    /// The slice's record that is the next of the same template.
    pub(crate) mate_line: Option<usize>,
    /// Index into the container's tag lists.
    pub(crate) tag_list: usize,
    /// Values of the list's tags, as in BAM.
    pub(crate) tags: Vec<Vec<u8>>,
    pub(crate) features: Vec<Feature>,
    pub(crate) mapping_quality: i32,
    /// An unmapped record's bases.
    pub(crate) bases: Vec<u8>,
    /// Empty where they are not stored as an array.
    pub(crate) qualities: Vec<u8>,
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
    pub(crate) fn last(&self) -> i64 {
        self.start + self.span().max(1) - 1
    }
}
