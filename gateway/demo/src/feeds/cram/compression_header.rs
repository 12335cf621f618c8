//! The compression header (§ 8.4): lists the data series and the block of each.

use super::number::{itf8, to_i32};
use crate::error::DemoError;

/// A data series of the demo's files; the number is the id of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Series {
    BamFlags = 1,
    CramFlags = 2,
    ReadLength = 3,
    Position = 4,
    ReadGroup = 5,
    Name = 6,
    MateFlags = 7,
    MateContig = 8,
    MatePosition = 9,
    TemplateLength = 10,
    TagList = 11,
    FeatureCount = 12,
    FeatureCode = 13,
    FeaturePosition = 14,
    DeletionLength = 15,
    SkipLength = 16,
    Insertion = 17,
    SoftClip = 18,
    StretchLength = 19,
    StretchBases = 20,
    MappingQuality = 21,
    Base = 22,
    QualityScore = 23,
    EditDistance = 24,
    TagLength = 25,
}

/// The encoding of a series in its block.
enum Spelling {
    /// EXTERNAL: the values one after another.
    External,
    /// BYTE_ARRAY_STOP: bytes up to a zero.
    UpToZero,
    /// BYTE_ARRAY_LEN: the length in another block, the bytes in this one.
    LengthIn(Series),
}

impl Series {
    /// All blocks, in their order within a slice.
    pub(super) const ALL: [Self; 25] = [
        Self::BamFlags,
        Self::CramFlags,
        Self::ReadLength,
        Self::Position,
        Self::ReadGroup,
        Self::Name,
        Self::MateFlags,
        Self::MateContig,
        Self::MatePosition,
        Self::TemplateLength,
        Self::TagList,
        Self::FeatureCount,
        Self::FeatureCode,
        Self::FeaturePosition,
        Self::DeletionLength,
        Self::SkipLength,
        Self::Insertion,
        Self::SoftClip,
        Self::StretchLength,
        Self::StretchBases,
        Self::MappingQuality,
        Self::Base,
        Self::QualityScore,
        Self::EditDistance,
        Self::TagLength,
    ];

    /// The id of the block.
    pub(super) fn block_id(self) -> i32 {
        self as i32
    }
}

/// § 8.4.2 "Encodings for data series": the keys in use.
const ENCODINGS: [(&[u8; 2], Series, Spelling); 22] = [
    (b"BF", Series::BamFlags, Spelling::External),
    (b"CF", Series::CramFlags, Spelling::External),
    (b"RL", Series::ReadLength, Spelling::External),
    (b"AP", Series::Position, Spelling::External),
    (b"RG", Series::ReadGroup, Spelling::External),
    (b"RN", Series::Name, Spelling::UpToZero),
    (b"MF", Series::MateFlags, Spelling::External),
    (b"NS", Series::MateContig, Spelling::External),
    (b"NP", Series::MatePosition, Spelling::External),
    (b"TS", Series::TemplateLength, Spelling::External),
    (b"TL", Series::TagList, Spelling::External),
    (b"FN", Series::FeatureCount, Spelling::External),
    (b"FC", Series::FeatureCode, Spelling::External),
    (b"FP", Series::FeaturePosition, Spelling::External),
    (b"DL", Series::DeletionLength, Spelling::External),
    (b"RS", Series::SkipLength, Spelling::External),
    (b"IN", Series::Insertion, Spelling::UpToZero),
    (b"SC", Series::SoftClip, Spelling::UpToZero),
    (b"BB", Series::StretchBases, Spelling::LengthIn(Series::StretchLength)),
    (b"MQ", Series::MappingQuality, Spelling::External),
    (b"BA", Series::Base, Spelling::External),
    (b"QS", Series::QualityScore, Spelling::External),
];

/// Tag lists: the first with NM as an unsigned byte, the second empty (§ 8.4.1, key TD).
const TAG_LISTS: &[u8] = b"NMC\0\0";

/// The content of the block.
pub(super) fn encode() -> Result<Vec<u8>, DemoError> {
    let mut out = Vec::new();
    map(&mut out, 5, &preservation()?)?;
    let mut series = Vec::new();
    for (key, block, spelling) in &ENCODINGS {
        series.extend(*key);
        encoding(&mut series, *block, spelling)?;
    }
    map(&mut out, ENCODINGS.len(), &series)?;
    let mut tags = Vec::new();
    itf8(&mut tags, i32::from_be_bytes([0, b'N', b'M', b'C']));
    encoding(&mut tags, Series::EditDistance, &Spelling::LengthIn(Series::TagLength))?;
    map(&mut out, 1, &tags)?;
    Ok(out)
}

/// § 8.4.1 "Preservation map".
fn preservation() -> Result<Vec<u8>, DemoError> {
    let mut out = Vec::new();
    // Names are preserved, positions are differences, and no reference is needed.
    out.extend(b"RN\x01AP\x01RR\x00");
    // The substitution matrix is mandatory, but no substitution is used.
    out.extend(b"SM\x1B\x1B\x1B\x1B\x1B");
    out.extend(b"TD");
    itf8(&mut out, to_i32(TAG_LISTS.len() as u64)?);
    out.extend(TAG_LISTS);
    Ok(out)
}

fn map(out: &mut Vec<u8>, entries: usize, content: &[u8]) -> Result<(), DemoError> {
    let mut body = Vec::new();
    itf8(&mut body, to_i32(entries as u64)?);
    body.extend(content);
    itf8(out, to_i32(body.len() as u64)?);
    out.extend(body);
    Ok(())
}

/// § 3 "Encodings".
fn encoding(out: &mut Vec<u8>, series: Series, spelling: &Spelling) -> Result<(), DemoError> {
    let (codec, parameters) = match spelling {
        Spelling::External => (1, external(series)),
        Spelling::UpToZero => (5, [&[0][..], &external(series)].concat()),
        Spelling::LengthIn(length) => {
            let mut both = Vec::new();
            encoding(&mut both, *length, &Spelling::External)?;
            encoding(&mut both, series, &Spelling::External)?;
            (4, both)
        }
    };
    itf8(out, codec);
    itf8(out, to_i32(parameters.len() as u64)?);
    out.extend(parameters);
    Ok(())
}

fn external(series: Series) -> Vec<u8> {
    let mut id = Vec::new();
    itf8(&mut id, series.block_id());
    id
}
