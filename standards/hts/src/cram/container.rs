//! Containers and blocks (CRAM 3.1 § 7, § 8), and the header container at the beginning of a file.

use std::io::{BufRead, ErrorKind, Read};

use flate2::read::GzDecoder;

use super::num::{itf8, ltf8, put_itf8};
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;
use crate::limits::words::HEADER_BYTES;
use crate::limits::{MOST_COMPRESSION_HEADER_BYTES, MOST_CONTAINER_BYTES, MOST_HEADER_BYTES, MOST_SLICES, within};

/// The number of bytes of the file definition: magic, version and file id.
pub(crate) const FILE_DEFINITION_BYTES: usize = 26;

/// The maximum number of bytes that are reserved before the first bytes of a container arrive.
const READ_STEP_BYTES: usize = 1 << 20;

/// The end-of-file container of CRAM 3 (CRAM 3.1 § 9).
pub const END_CONTAINER: [u8; 38] = [
    0x0f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 1, 0, 5, 0xbd, 0xd9, 0x4f, 0, 1, 0, 6, 6, 1, 0, 1, 0,
    1, 0, 0xee, 0x63, 1, 0x4b,
];

/// The content types of blocks (CRAM 3.1 § 8).
pub(crate) const FILE_HEADER: u8 = 0;
pub(crate) const COMPRESSION_HEADER: u8 = 1;
pub(crate) const SLICE_HEADER: u8 = 2;
pub(crate) const EXTERNAL: u8 = 4;
/// The content type of the core data block (CRAM 3.1 § 8).
pub const CORE: u8 = 5;

/// A container with its blocks, not decompressed.
#[derive(Clone, Debug)]
pub struct Container {
    /// The offset of the container in the file, in bytes.
    pub offset: u64,
    /// The bytes of the container header, as in the file.
    pub(crate) header: Vec<u8>,
    /// The bytes of the blocks, as in the file.
    pub(crate) body: Vec<u8>,
    /// The number of records that the container header states.
    pub record_count: i32,
    /// The landmarks: the offsets of the slices in `body`, in bytes.
    pub landmarks: Vec<usize>,
    start: i32,
}

impl Container {
    /// Whether this is the end-of-file container.
    pub fn is_end(&self) -> bool {
        self.record_count == 0 && self.start == 4_542_278
    }

    /// The bytes of the container: header and blocks.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.header.as_slice(), self.body.as_slice()].concat()
    }

    /// The offset of the next container in the file.
    pub fn next_offset(&self) -> u64 {
        self.offset + (self.header.len() + self.body.len()) as u64
    }

    /// The offset in `body` of the end of the slice that begins at `landmark`.
    pub fn slice_end(&self, landmark: usize) -> usize {
        self.landmarks.iter().copied().find(|l| *l > landmark).unwrap_or(self.body.len())
    }
}

/// The beginning of a CRAM file, before the containers with records.
#[derive(Clone, Debug)]
pub struct FileStart {
    /// The bytes of the file definition and the header container, as in the file.
    pub bytes: Vec<u8>,
    /// The text of the SAM header.
    pub sam_text: Vec<u8>,
}

impl FileStart {
    /// Whether the file is CRAM 3.1. A reader of CRAM 3.1 supports more codecs than a reader of CRAM 3.0.
    pub fn is_3_1(&self) -> bool {
        self.bytes.get(4..6) == Some(&[3, 1])
    }
}

/// Reads the file definition and the header container.
///
/// # Errors
/// [`FormatError::Header`] if the file is not CRAM, [`FormatError::Unsupported`] for a version other than 3.0 and 3.1,
/// [`FormatError::TooMuch`] beyond the limits of [`crate::limits`], or an error of the reader.
pub fn read_file_start<R: BufRead>(reader: &mut R) -> FormatResult<FileStart> {
    let mut bytes = vec![0; FILE_DEFINITION_BYTES];
    read_exact(reader, &mut bytes, 0)?;
    if bytes[..4] != *b"CRAM" {
        return Err(FormatError::Header("not CRAM"));
    }
    if bytes[4] != 3 || bytes[5] > 1 {
        return Err(FormatError::Unsupported("a CRAM version other than 3.0 and 3.1"));
    }
    // Writers leave free space after the text of the header, so the block may be larger than the maximum text.
    let most = 2 * MOST_HEADER_BYTES;
    let container = read_container_within(reader, FILE_DEFINITION_BYTES as u64, most, HEADER_BYTES)?
        .ok_or(FormatError::Header("no header container"))?;
    bytes.extend_from_slice(&container.bytes());
    let block = Block::parse(&mut Fields::new(&container.body, "the header container is cut off"), FILE_HEADER)?;
    let mut fields = Fields::new(&block, "the SAM header is cut off");
    let length = fields.count()?;
    let sam_text = fields.take(length)?.to_vec();
    Ok(FileStart { bytes, sam_text })
}

/// The header of a container, without the blocks (CRAM 3.1 § 7).
#[derive(Clone, Debug)]
pub struct ContainerHeader {
    /// The container's offset in the file, in bytes.
    pub(crate) offset: u64,
    /// The bytes of the header, as in the file.
    bytes: Vec<u8>,
    /// The number of bytes of the blocks that follow the header.
    body_bytes: usize,
    start: i32,
    record_count: i32,
    landmarks: Vec<usize>,
}

impl ContainerHeader {
    /// The offset of the next container in the file.
    pub fn next_offset(&self) -> u64 {
        self.offset + (self.bytes.len() + self.body_bytes) as u64
    }
}

/// Reads the header of the container at `offset`; `None` at the end of the file. The reader must be at this offset.
///
/// # Errors
/// [`FormatError::DamagedBlock`] if the checksum or a landmark is wrong, [`FormatError::TooMuch`] for more than 65,536 slices, or an error
/// of the reader.
pub fn read_container_header<R: BufRead>(reader: &mut R, offset: u64) -> FormatResult<Option<ContainerHeader>> {
    if fill(reader)? == 0 {
        return Ok(None);
    }
    let mut header = vec![0; 4];
    read_exact(reader, &mut header, offset)?;
    let length = Fields::new(&header, "").count()?;
    // The header contains, in this order: reference id, start, span, number of records; record counter, number of bases; number of blocks,
    // landmarks.
    let mut numbers = [0; 4];
    for number in &mut numbers {
        *number = read_itf8(reader, &mut header, offset)?;
    }
    for _ in 0..2 {
        read_ltf8(reader, &mut header, offset)?;
    }
    read_itf8(reader, &mut header, offset)?;
    let landmark_count = read_itf8(reader, &mut header, offset)?;
    within(
        usize::try_from(landmark_count).unwrap_or(0),
        MOST_SLICES,
        "a container of more than 65,536 slices",
    )?;
    let mut landmarks = Vec::new();
    for _ in 0..landmark_count {
        let landmark = usize::try_from(read_itf8(reader, &mut header, offset)?)
            .ok()
            .filter(|l| *l <= length && landmarks.last().is_none_or(|last| last < l))
            .ok_or(FormatError::DamagedBlock { at_byte: offset })?;
        landmarks.push(landmark);
    }
    let computed = crc32fast::hash(&header);
    let mut checksum = [0; 4];
    read_exact(reader, &mut checksum, offset)?;
    if u32::from_le_bytes(checksum) != computed {
        return Err(FormatError::DamagedBlock { at_byte: offset });
    }
    header.extend_from_slice(&checksum);
    Ok(Some(ContainerHeader {
        offset,
        bytes: header,
        body_bytes: length,
        start: numbers[1],
        record_count: numbers[3],
        landmarks,
    }))
}

/// Reads the container at `offset`; `None` at the end of the file. The reader must be at this offset.
///
/// # Errors
/// The errors of [`read_container_header`], and [`FormatError::TooMuch`] for a container of more than 64 MiB.
pub fn read_container<R: BufRead>(reader: &mut R, offset: u64) -> FormatResult<Option<Container>> {
    read_container_within(reader, offset, MOST_CONTAINER_BYTES, "a container of more than 64 MiB")
}

fn read_container_within<R: BufRead>(
    reader: &mut R,
    offset: u64,
    most_bytes: usize,
    what: &'static str,
) -> FormatResult<Option<Container>> {
    let Some(header) = read_container_header(reader, offset)? else {
        return Ok(None);
    };
    within(header.body_bytes, most_bytes, what)?;
    let body = read_whole(reader, header.body_bytes, offset)?;
    Ok(Some(Container {
        offset,
        header: header.bytes,
        body,
        record_count: header.record_count,
        landmarks: header.landmarks,
        start: header.start,
    }))
}

/// Reads exactly `length` bytes. Memory is reserved as the bytes arrive, so a false length reserves little memory. The reserved memory never
/// exceeds `length`.
fn read_whole<R: BufRead>(reader: &mut R, length: usize, offset: u64) -> FormatResult<Vec<u8>> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let room = bytes.len().max(READ_STEP_BYTES).min(length - bytes.len());
        bytes.reserve_exact(room);
        let got = reader.take(room as u64).read_to_end(&mut bytes)?;
        if got != room {
            return Err(FormatError::Truncated { at_byte: offset });
        }
    }
    Ok(bytes)
}

fn fill<R: BufRead>(reader: &mut R) -> FormatResult<usize> {
    loop {
        match reader.fill_buf() {
            Ok(bytes) => return Ok(bytes.len()),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
}

fn read_exact<R: BufRead>(reader: &mut R, buffer: &mut [u8], offset: u64) -> FormatResult<()> {
    reader.read_exact(buffer).map_err(|e| match e.kind() {
        ErrorKind::UnexpectedEof => FormatError::Truncated { at_byte: offset },
        _ => e.into(),
    })
}

fn read_number<R: BufRead>(reader: &mut R, header: &mut Vec<u8>, offset: u64, extra: impl Fn(u8) -> usize) -> FormatResult<usize> {
    let at = header.len();
    header.push(0);
    read_exact(reader, &mut header[at..], offset)?;
    let count = extra(header[at]);
    header.resize(at + 1 + count, 0);
    read_exact(reader, &mut header[at + 1..], offset)?;
    Ok(at)
}

fn read_itf8<R: BufRead>(reader: &mut R, header: &mut Vec<u8>, offset: u64) -> FormatResult<i32> {
    let at = read_number(reader, header, offset, |b| b.leading_ones().min(4) as usize)?;
    itf8(&mut Fields::new(&header[at..], ""))
}

fn read_ltf8<R: BufRead>(reader: &mut R, header: &mut Vec<u8>, offset: u64) -> FormatResult<i64> {
    let at = read_number(reader, header, offset, |b| b.leading_ones() as usize)?;
    ltf8(&mut Fields::new(&header[at..], ""))
}

/// A block whose data is still compressed.
pub(crate) struct Frame<'a> {
    pub(crate) method: u8,
    pub(crate) content_type: u8,
    pub(crate) content_id: i32,
    /// The compressed data of the block.
    pub(crate) data: &'a [u8],
    /// The uncompressed size in bytes.
    pub(crate) raw_size: usize,
}

/// Reads and writes blocks. `parse` also decompresses header blocks (file header, compression header, slice header), which are stored
/// uncompressed or gzip-compressed.
pub struct Block;

impl Block {
    /// Reads a block that must have this content type, and returns its decompressed content.
    pub(crate) fn parse(fields: &mut Fields<'_>, content_type: u8) -> FormatResult<Vec<u8>> {
        let before = *fields;
        let (method, found, _, size, raw_size) = Self::frame(fields)?;
        let data = fields.take(size)?;
        let length = before.rest().len() - fields.rest().len();
        let computed = crc32fast::hash(&before.rest()[..length]);
        if fields.u32()? != computed {
            return Err(FormatError::Header("a block's checksum"));
        }
        if found != content_type {
            return Err(FormatError::Header("a block of another kind than expected"));
        }
        let (most, what) = match content_type {
            FILE_HEADER => (MOST_HEADER_BYTES + 4, HEADER_BYTES),
            _ => (MOST_COMPRESSION_HEADER_BYTES, "a header block of more than 4 MiB"),
        };
        within(raw_size, most, what)?;
        let content = match method {
            0 => data.to_vec(),
            1 => {
                let mut content = Vec::with_capacity(raw_size + 1);
                GzDecoder::new(data)
                    .take(raw_size as u64 + 1)
                    .read_to_end(&mut content)
                    .map_err(|_| FormatError::Header("a block that does not decompress"))?;
                content
            }
            _ => return Err(FormatError::Unsupported("a header block compressed with other than gzip")),
        };
        if content.len() != raw_size {
            return Err(FormatError::Header("a block of another size than stated"));
        }
        Ok(content)
    }

    /// Reads a block without decompressing it, and verifies its checksum.
    pub(crate) fn take<'a>(fields: &mut Fields<'a>) -> FormatResult<Frame<'a>> {
        let before = *fields;
        let (method, content_type, content_id, size, raw_size) = Self::frame(fields)?;
        let data = fields.take(size)?;
        let length = before.rest().len() - fields.rest().len();
        if fields.u32()? != crc32fast::hash(&before.rest()[..length]) {
            return Err(FormatError::Record("a block's checksum"));
        }
        Ok(Frame {
            method,
            content_type,
            content_id,
            data,
            raw_size,
        })
    }

    /// Reads the header of a block. Returns its method, content type, content id, compressed size and uncompressed size.
    fn frame(fields: &mut Fields<'_>) -> FormatResult<(u8, u8, i32, usize, usize)> {
        let method = fields.u8()?;
        let found = fields.u8()?;
        let content_id = itf8(fields)?;
        let sizes = [itf8(fields)?, itf8(fields)?].map(usize::try_from);
        let [Ok(size), Ok(raw_size)] = sizes else {
            return Err(FormatError::Header("a block of negative size"));
        };
        Ok((method, found, content_id, size, raw_size))
    }

    /// Writes a block with its header and checksum.
    pub(crate) fn put(out: &mut Vec<u8>, method: u8, content_type: u8, content_id: i32, data: &[u8], raw_size: usize) {
        let start = out.len();
        out.extend_from_slice(&[method, content_type]);
        put_itf8(out, content_id);
        put_itf8(out, data.len() as i32);
        put_itf8(out, raw_size as i32);
        out.extend_from_slice(data);
        let checksum = crc32fast::hash(&out[start..]);
        out.extend_from_slice(&checksum.to_le_bytes());
    }
}
