//! Decodes the records of a slice.

use std::borrow::Cow;

use super::codec_sizes;
use super::compression::CompressionHeader;
use super::container::{Block, COMPRESSION_HEADER, CORE, Container, EXTERNAL, Frame, SLICE_HEADER};
use super::encoding::Streams;
use super::mates;
use super::num::{itf8, ltf8};
use super::record::{CramRecord, DETACHED, Feature, FeatureKind, MATE_DOWNSTREAM, NO_SEQUENCE, QUALITY_STORED, UNMAPPED};
use super::unpack::unpack;
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;
use crate::limits::{MOST_HELD_BYTES, MOST_UNPACKED_BYTES, within};

/// The maximum number of records that the header of one slice may state.
const MOST_RECORDS: usize = 1 << 24;

/// The maximum number of features of one record, whatever its length.
const MOST_FEATURES: i32 = 1 << 24;

/// The header of a slice (CRAM 3.1 § 8.5).
#[derive(Clone, Debug)]
pub struct SliceHeader {
    /// The contig's number; -1 for unplaced reads, -2 for several contigs.
    pub contig: i32,
    /// The first reference base of the slice, 1-based.
    pub start: i32,
    pub(crate) span: i32,
    pub(crate) record_count: usize,
    pub(crate) record_counter: i64,
    /// The content id of the block with the embedded reference; -1 if the slice has no embedded reference.
    pub embedded_reference: i32,
    /// The MD5 of the reference bases of the slice; zeros if the slice does not state an MD5.
    pub(crate) reference_md5: [u8; 16],
}

impl SliceHeader {
    fn parse(bytes: &[u8]) -> FormatResult<Self> {
        let mut fields = Fields::new(bytes, "a slice header is cut off");
        let (contig, start, span) = (itf8(&mut fields)?, itf8(&mut fields)?, itf8(&mut fields)?);
        let record_count = usize::try_from(itf8(&mut fields)?)
            .ok()
            .filter(|count| *count <= MOST_RECORDS)
            .ok_or(FormatError::Record("an impossible number of records in a slice"))?;
        let record_counter = ltf8(&mut fields)?;
        itf8(&mut fields)?;
        for _ in 0..itf8(&mut fields)? {
            itf8(&mut fields)?;
        }
        let embedded_reference = itf8(&mut fields)?;
        let mut reference_md5 = [0; 16];
        reference_md5.copy_from_slice(fields.take(16)?);
        Ok(Self {
            contig,
            start,
            span,
            record_count,
            record_counter,
            embedded_reference,
            reference_md5,
        })
    }
}

/// A slice with its decoded records.
#[derive(Clone, Debug)]
pub struct DecodedSlice {
    /// The header of the slice.
    pub header: SliceHeader,
    /// The records in file order, with resolved mates.
    pub records: Vec<CramRecord>,
    /// The bases of the embedded reference, from the slice's start on; `None` if the slice has no embedded reference.
    pub reference: Option<Vec<u8>>,
}

/// Reads the compression header of a container.
///
/// # Errors
/// A [`FormatError`] if the header is broken or exceeds the limits of [`crate::limits`].
pub fn compression_header(container: &Container) -> FormatResult<CompressionHeader> {
    let mut fields = Fields::new(&container.body, "a container is cut off");
    CompressionHeader::parse(&Block::parse(&mut fields, COMPRESSION_HEADER)?)
}

/// Reads the header of the slice at a landmark, without its records.
///
/// # Errors
/// A [`FormatError`] if the landmark is outside the container or the header is broken.
pub fn slice_header(container: &Container, landmark: usize) -> FormatResult<SliceHeader> {
    let body = container
        .body
        .get(landmark..)
        .ok_or(FormatError::Record("a slice outside its container"))?;
    SliceHeader::parse(&Block::parse(&mut Fields::new(body, "a slice is cut off"), SLICE_HEADER)?)
}

/// Decodes those slices of a container for whose landmark `wanted` returns true, in order. Each slice is passed to `visit` before the next
/// slice is decoded, so only one slice is in memory.
///
/// # Errors
/// An error if a slice cannot be decoded, if a slice needs more memory than [`crate::limits`] allow, or if `visit` fails.
pub fn each_slice<E: From<FormatError>>(
    container: &Container,
    compression: &CompressionHeader,
    wanted: impl Fn(usize) -> bool,
    mut visit: impl FnMut(usize, DecodedSlice) -> Result<(), E>,
) -> Result<(), E> {
    for landmark in container.landmarks.iter().copied().filter(|landmark| wanted(*landmark)) {
        visit(landmark, decode_slice(container, compression, landmark)?)?;
    }
    Ok(())
}

fn decode_slice(container: &Container, compression: &CompressionHeader, landmark: usize) -> FormatResult<DecodedSlice> {
    let header = slice_header(container, landmark)?;
    let frames = frames_of(&container.body[landmark..container.slice_end(landmark)])?;
    let unpacked_bytes = check_sizes(container.body.len(), &frames)?;
    let mut core: Cow<'_, [u8]> = Cow::Borrowed(&[]);
    let mut externals = Vec::with_capacity(frames.len());
    for frame in frames {
        match frame.content_type {
            CORE => core = unpack(&frame)?,
            _ => externals.push((frame.content_id, unpack(&frame)?)),
        }
    }
    let room = MOST_HELD_BYTES.saturating_sub(container.body.len().saturating_add(unpacked_bytes));
    let streams = Streams::new(&core, externals.iter().map(|(id, bytes)| (*id, bytes.as_ref())), room);
    let records = decode_records(&header, compression, streams)?;
    let mut reference = None;
    if header.embedded_reference >= 0 {
        let embedded = externals.into_iter().find(|(id, _)| *id == header.embedded_reference);
        let (_, bytes) = embedded.ok_or(FormatError::Record("the embedded reference is missing"))?;
        reference = Some(bytes.into_owned());
    }
    Ok(DecodedSlice {
        header,
        records,
        reference,
    })
}

/// The core block and the external blocks of a slice, not decompressed.
fn frames_of(slice: &[u8]) -> FormatResult<Vec<Frame<'_>>> {
    let mut fields = Fields::new(slice, "a slice is cut off");
    Block::take(&mut fields)?;
    let mut frames = Vec::new();
    while !fields.rest().is_empty() {
        let frame = Block::take(&mut fields)?;
        let expected = if frames.is_empty() { CORE } else { EXTERNAL };
        if frame.content_type != expected {
            return Err(FormatError::Record("a block of another kind than expected"));
        }
        frames.push(frame);
    }
    Ok(frames)
}

/// Checks the uncompressed sizes that the blocks and their codecs state, before any block is decompressed. Returns the total uncompressed size
/// of the blocks.
fn check_sizes(container_bytes: usize, frames: &[Frame<'_>]) -> FormatResult<usize> {
    let (mut total, mut largest) = (0usize, 0);
    for frame in frames {
        total = total.saturating_add(frame.raw_size);
        largest = largest.max(frame.raw_size);
        let held = container_bytes.saturating_add(total).saturating_add(largest);
        within(held, MOST_UNPACKED_BYTES, "a slice that takes more than 288 MiB with its container")?;
        codec_sizes::check(frame.method, frame.data, frame.raw_size)?;
    }
    Ok(total)
}

fn decode_records(header: &SliceHeader, compression: &CompressionHeader, mut streams: Streams<'_>) -> FormatResult<Vec<CramRecord>> {
    streams.spend(header.record_count.saturating_mul(size_of::<CramRecord>()))?;
    let mut records: Vec<CramRecord> = Vec::with_capacity(header.record_count);
    let mut last_start = i64::from(header.start);
    for line in 0..header.record_count {
        records.push(decode_record(header, compression, &mut streams, line, &mut last_start)?);
    }
    mates::resolve(&mut records, header.record_counter)?;
    Ok(records)
}

fn decode_record(
    header: &SliceHeader,
    compression: &CompressionHeader,
    streams: &mut Streams<'_>,
    line: usize,
    last_start: &mut i64,
) -> FormatResult<CramRecord> {
    let flags = u16::try_from(compression.series(b"BF").integer(streams)?).map_err(|_| FormatError::Record("impossible flags"))?;
    let cram_flags = compression.series(b"CF").integer(streams)?;
    if cram_flags & !0xf != 0 {
        return Err(FormatError::Unsupported("a CRAM flag"));
    }
    let contig = if header.contig == -2 {
        compression.series(b"RI").integer(streams)?
    } else {
        header.contig
    };
    let length = usize::try_from(compression.series(b"RL").integer(streams)?).map_err(|_| FormatError::Record("a negative length"))?;
    let position = i64::from(compression.series(b"AP").integer(streams)?);
    let start = if compression.delta_positions {
        *last_start + position
    } else {
        position
    };
    *last_start = start;
    let read_group = compression.series(b"RG").integer(streams)?;
    let mut name = None;
    if compression.names_stored {
        name = Some(compression.series(b"RN").array(streams)?);
    }
    let mut record = CramRecord {
        flags,
        cram_flags,
        contig,
        length,
        start,
        read_group,
        name: None,
        mate_flags: 0,
        mate_contig: -1,
        mate_start: 0,
        template_length: 0,
        mate_line: None,
        tag_list: 0,
        tags: Vec::new(),
        features: Vec::new(),
        mapping_quality: 0,
        bases: Vec::new(),
        qualities: Vec::new(),
    };
    if cram_flags & DETACHED != 0 {
        record.mate_flags = compression.series(b"MF").integer(streams)?;
        if !compression.names_stored {
            name = Some(compression.series(b"RN").array(streams)?);
        }
        record.mate_contig = compression.series(b"NS").integer(streams)?;
        record.mate_start = i64::from(compression.series(b"NP").integer(streams)?);
        record.template_length = i64::from(compression.series(b"TS").integer(streams)?);
    } else if cram_flags & MATE_DOWNSTREAM != 0 {
        let distance = compression.series(b"NF").integer(streams)?;
        let mate = usize::try_from(distance)
            .ok()
            .map(|d| line + d + 1)
            .filter(|m| *m < header.record_count);
        record.mate_line = Some(mate.ok_or(FormatError::Record("a mate outside the slice"))?);
    }
    record.name = name;
    decode_tags(compression, streams, &mut record)?;
    if flags & UNMAPPED == 0 {
        decode_features(compression, streams, &mut record)?;
        record.mapping_quality = compression.series(b"MQ").integer(streams)?;
    } else if cram_flags & NO_SEQUENCE == 0 {
        record.bases = compression.series(b"BA").bytes(streams, length)?;
    }
    if cram_flags & QUALITY_STORED != 0 {
        record.qualities = compression.series(b"QS").bytes(streams, length)?;
    }
    Ok(record)
}

fn decode_tags(compression: &CompressionHeader, streams: &mut Streams<'_>, record: &mut CramRecord) -> FormatResult<()> {
    let list = compression.series(b"TL").integer(streams)?;
    record.tag_list = usize::try_from(list).map_err(|_| FormatError::Record("a negative tag list"))?;
    let keys = compression
        .tag_lists
        .get(record.tag_list)
        .ok_or(FormatError::Record("a tag list that does not exist"))?;
    streams.spend_list(keys.len(), size_of::<Vec<u8>>())?;
    record.tags.reserve_exact(keys.len());
    for key in keys {
        record.tags.push(compression.tag(key).array(streams)?);
    }
    Ok(())
}

fn decode_features(compression: &CompressionHeader, streams: &mut Streams<'_>, record: &mut CramRecord) -> FormatResult<()> {
    let count = compression.series(b"FN").integer(streams)?;
    // A read has at most a few features at each of its bases, and a few before and after them. A larger count is rejected.
    if count > MOST_FEATURES || i64::from(count) > 8 * record.length as i64 + 1024 {
        return Err(FormatError::Record("a read with too many features"));
    }
    let expected = usize::try_from(count).unwrap_or(0);
    streams.spend_list(expected, size_of::<Feature>())?;
    record.features.reserve_exact(expected);
    let mut at = 0i64;
    for _ in 0..count {
        let letter = compression.series(b"FC").byte(streams)?;
        let delta = compression.series(b"FP").integer(streams)?;
        at += i64::from(delta);
        if delta < 0 || at < 1 || at > record.length as i64 + 1 {
            return Err(FormatError::Record("a feature outside its read"));
        }
        let length = |series: &[u8; 2], streams: &mut Streams<'_>| match compression.series(series).integer(streams)? {
            length if length < 0 => Err(FormatError::Record("a feature of negative length")),
            length => Ok(length),
        };
        let array = |series: &[u8; 2], streams: &mut Streams<'_>| compression.series(series).array(streams);
        let byte = |series: &[u8; 2], streams: &mut Streams<'_>| compression.series(series).byte(streams);
        let kind = match letter {
            b'B' => FeatureKind::BaseAndQuality(byte(b"BA", streams)?, byte(b"QS", streams)?),
            b'X' => FeatureKind::Substitution(byte(b"BS", streams)?),
            b'D' => FeatureKind::Deletion(length(b"DL", streams)?),
            b'I' => FeatureKind::Insertion(array(b"IN", streams)?),
            b'i' => FeatureKind::InsertedBase(byte(b"BA", streams)?),
            b'b' => FeatureKind::Bases(array(b"BB", streams)?),
            b'q' => FeatureKind::Qualities(array(b"QQ", streams)?),
            b'Q' => FeatureKind::Quality(byte(b"QS", streams)?),
            b'N' => FeatureKind::Skip(length(b"RS", streams)?),
            b'S' => FeatureKind::SoftClip(array(b"SC", streams)?),
            b'P' => FeatureKind::Padding(length(b"PD", streams)?),
            b'H' => FeatureKind::HardClip(length(b"HC", streams)?),
            _ => return Err(FormatError::Record("a feature of unknown kind")),
        };
        record.features.push(Feature { delta, kind });
    }
    if record.span() < 0 {
        return Err(FormatError::Record("a read shorter than its features"));
    }
    Ok(())
}
