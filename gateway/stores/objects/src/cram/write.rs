//! Writing records as a container of one slice: every series in its own external block, every mate detached, every name stored.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::compression::{CompressionHeader, TagKey};
use super::container::{Block, COMPRESSION_HEADER, SLICE_HEADER};
use super::num::{put_itf8, put_ltf8};
use super::record::{CramRecord, DETACHED, FeatureKind, MATE_DOWNSTREAM, MATE_REVERSE, MATE_UNMAPPED, NO_SEQUENCE, PAIRED, QUALITY_STORED};

const EXTERNAL_BLOCK: u8 = 4;
const CORE_BLOCK: u8 = 5;

/// The embedded reference's block.
const REFERENCE_BLOCK: i32 = 99;

/// A data series: its key, its block, and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Series {
    /// Integers or bytes.
    Plain(&'static [u8; 2]),
    /// Arrays that end with a zero byte.
    Stopped(&'static [u8; 2]),
    /// Arrays behind their length; quality values may be zero.
    Counted(&'static [u8; 2]),
}

const SERIES: [Series; 26] = [
    Series::Plain(b"BF"),
    Series::Plain(b"CF"),
    Series::Plain(b"RL"),
    Series::Plain(b"AP"),
    Series::Plain(b"RG"),
    Series::Stopped(b"RN"),
    Series::Plain(b"MF"),
    Series::Plain(b"NS"),
    Series::Plain(b"NP"),
    Series::Plain(b"TS"),
    Series::Plain(b"TL"),
    Series::Plain(b"FN"),
    Series::Plain(b"FC"),
    Series::Plain(b"FP"),
    Series::Plain(b"DL"),
    Series::Stopped(b"BB"),
    Series::Counted(b"QQ"),
    Series::Plain(b"BS"),
    Series::Stopped(b"IN"),
    Series::Plain(b"RS"),
    Series::Plain(b"PD"),
    Series::Plain(b"HC"),
    Series::Stopped(b"SC"),
    Series::Plain(b"MQ"),
    Series::Plain(b"BA"),
    Series::Plain(b"QS"),
];

impl Series {
    fn key(self) -> &'static [u8; 2] {
        match self {
            Self::Plain(key) | Self::Stopped(key) | Self::Counted(key) => key,
        }
    }
}

/// The bases under the records of one contig, from a 1-based position on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EmbeddedReference<'a> {
    pub(crate) start: i64,
    pub(crate) bases: &'a [u8],
}

/// The blocks while they fill.
struct Blocks {
    series: BTreeMap<[u8; 2], Vec<u8>>,
    tags: BTreeMap<TagKey, Vec<u8>>,
}

impl Blocks {
    fn of(&mut self, key: &[u8; 2]) -> &mut Vec<u8> {
        self.series.entry(*key).or_default()
    }

    fn integer(&mut self, key: &[u8; 2], value: i32) {
        put_itf8(self.of(key), value);
    }

    fn byte(&mut self, key: &[u8; 2], value: u8) {
        self.of(key).push(value);
    }

    fn stopped(&mut self, key: &[u8; 2], value: &[u8]) {
        let block = self.of(key);
        block.extend_from_slice(value);
        block.push(0);
    }
}

/// A container with these records, all of one contig (or of none), with `record_counter` records before it.
pub(crate) fn container(
    records: &[&CramRecord],
    compression: &CompressionHeader,
    reference: Option<EmbeddedReference<'_>>,
    record_counter: i64,
) -> io::Result<Vec<u8>> {
    let mut blocks = Blocks {
        series: BTreeMap::new(),
        tags: BTreeMap::new(),
    };
    for record in records {
        put_record(&mut blocks, record, compression);
    }
    let contig = records.first().map_or(-1, |r| r.contig);
    let (start, span) = match (contig, reference) {
        (..0, _) => (0, 0),
        (_, Some(reference)) => (reference.start, reference.bases.len() as i64),
        (_, None) => {
            let start = records.iter().map(|r| r.start).min().unwrap_or(0);
            let last = records.iter().map(|r| r.last()).max().unwrap_or(0);
            (start, last - start + 1)
        }
    };
    let fits = |value: i64| i32::try_from(value).map_err(|_| io::Error::from(io::ErrorKind::InvalidData));
    let place = [contig, fits(start)?, fits(span)?, records.len() as i32];

    // Without a reference in the slice a reader looks for one only where the original said so.
    let required = compression.reference_required && reference.is_none();
    let mut body = Vec::new();
    let header = compression_header(&blocks, compression, required);
    Block::put(&mut body, 0, COMPRESSION_HEADER, 0, &header, header.len());
    let landmark = body.len();
    let block_count = put_slice(&mut body, blocks, place, reference, record_counter)?;

    let mut out = (body.len() as i32).to_le_bytes().to_vec();
    for value in place {
        put_itf8(&mut out, value);
    }
    put_ltf8(&mut out, record_counter);
    put_ltf8(&mut out, records.iter().map(|r| r.length as i64).sum());
    put_itf8(&mut out, block_count);
    put_itf8(&mut out, 1);
    put_itf8(&mut out, landmark as i32);
    let checksum = crc32fast::hash(&out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&body);
    Ok(out)
}

/// Writes the slice header and its blocks; how many blocks the container has.
fn put_slice(
    body: &mut Vec<u8>,
    blocks: Blocks,
    place: [i32; 4],
    reference: Option<EmbeddedReference<'_>>,
    record_counter: i64,
) -> io::Result<i32> {
    let mut externals: Vec<(i32, Vec<u8>)> = Vec::new();
    for (key, data) in blocks.series {
        externals.push((block_of(&key), data));
    }
    for (key, data) in blocks.tags {
        externals.push((tag_block(&key), data));
    }
    if let Some(reference) = reference {
        externals.push((REFERENCE_BLOCK, reference.bases.to_vec()));
    }
    let mut header = Vec::new();
    for value in place {
        put_itf8(&mut header, value);
    }
    put_ltf8(&mut header, record_counter);
    put_itf8(&mut header, externals.len() as i32 + 1);
    put_itf8(&mut header, externals.len() as i32);
    for (id, _) in &externals {
        put_itf8(&mut header, *id);
    }
    put_itf8(&mut header, if reference.is_some() { REFERENCE_BLOCK } else { -1 });
    header.extend_from_slice(&[0; 16]);
    Block::put(body, 0, SLICE_HEADER, 0, &header, header.len());
    Block::put(body, 0, CORE_BLOCK, 0, &[], 0);
    for (id, data) in &externals {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data)?;
        let compressed = encoder.finish()?;
        if compressed.len() < data.len() {
            Block::put(body, 1, EXTERNAL_BLOCK, *id, &compressed, data.len());
        } else {
            Block::put(body, 0, EXTERNAL_BLOCK, *id, data, data.len());
        }
    }
    Ok(externals.len() as i32 + 3)
}

fn put_record(blocks: &mut Blocks, record: &CramRecord, compression: &CompressionHeader) {
    blocks.integer(b"BF", i32::from(record.flags));
    blocks.integer(b"CF", record.cram_flags & !MATE_DOWNSTREAM | DETACHED);
    blocks.integer(b"RL", record.length as i32);
    blocks.integer(b"AP", record.start as i32);
    blocks.integer(b"RG", record.read_group);
    blocks.stopped(b"RN", record.name.as_deref().unwrap_or_default());
    let mut mate_flags = 0;
    if record.flags & PAIRED != 0 {
        mate_flags |= i32::from(record.flags & MATE_REVERSE != 0);
        mate_flags |= i32::from(record.flags & MATE_UNMAPPED != 0) << 1;
    }
    blocks.integer(b"MF", mate_flags);
    blocks.integer(b"NS", record.mate_contig);
    blocks.integer(b"NP", record.mate_start as i32);
    blocks.integer(b"TS", record.template_length as i32);
    blocks.integer(b"TL", record.tag_list as i32);
    for (key, value) in compression.tag_lists[record.tag_list].iter().zip(&record.tags) {
        let block = blocks.tags.entry(*key).or_default();
        put_itf8(block, value.len() as i32);
        block.extend_from_slice(value);
    }
    if record.is_unmapped() {
        if record.cram_flags & NO_SEQUENCE == 0 {
            blocks.of(b"BA").extend_from_slice(&record.bases);
        }
    } else {
        put_features(blocks, record);
        blocks.integer(b"MQ", record.mapping_quality);
    }
    if record.cram_flags & QUALITY_STORED != 0 {
        blocks.of(b"QS").extend_from_slice(&record.qualities);
    }
}

fn put_features(blocks: &mut Blocks, record: &CramRecord) {
    blocks.integer(b"FN", record.features.len() as i32);
    for feature in &record.features {
        let letter = |blocks: &mut Blocks, letter| {
            blocks.byte(b"FC", letter);
            blocks.integer(b"FP", feature.delta);
        };
        match &feature.kind {
            FeatureKind::BaseAndQuality(base, quality) => {
                letter(blocks, b'B');
                blocks.byte(b"BA", *base);
                blocks.byte(b"QS", *quality);
            }
            FeatureKind::Substitution(code) => {
                letter(blocks, b'X');
                blocks.byte(b"BS", *code);
            }
            FeatureKind::Deletion(length) => {
                letter(blocks, b'D');
                blocks.integer(b"DL", *length);
            }
            FeatureKind::Insertion(bases) => {
                letter(blocks, b'I');
                blocks.stopped(b"IN", bases);
            }
            FeatureKind::InsertedBase(base) => {
                letter(blocks, b'i');
                blocks.byte(b"BA", *base);
            }
            FeatureKind::Bases(bases) => {
                letter(blocks, b'b');
                blocks.stopped(b"BB", bases);
            }
            FeatureKind::Qualities(qualities) => {
                letter(blocks, b'q');
                let block = blocks.of(b"QQ");
                put_itf8(block, qualities.len() as i32);
                block.extend_from_slice(qualities);
            }
            FeatureKind::Quality(quality) => {
                letter(blocks, b'Q');
                blocks.byte(b"QS", *quality);
            }
            FeatureKind::Skip(length) => {
                letter(blocks, b'N');
                blocks.integer(b"RS", *length);
            }
            FeatureKind::SoftClip(bases) => {
                letter(blocks, b'S');
                blocks.stopped(b"SC", bases);
            }
            FeatureKind::Padding(length) => {
                letter(blocks, b'P');
                blocks.integer(b"PD", *length);
            }
            FeatureKind::HardClip(length) => {
                letter(blocks, b'H');
                blocks.integer(b"HC", *length);
            }
        }
    }
}

fn compression_header(blocks: &Blocks, original: &CompressionHeader, reference_required: bool) -> Vec<u8> {
    let mut preservation = Vec::new();
    for (key, value) in [(b"RN", true), (b"AP", false), (b"RR", reference_required)] {
        preservation.extend_from_slice(key);
        preservation.push(u8::from(value));
    }
    preservation.extend_from_slice(b"SM");
    preservation.extend_from_slice(&original.substitution_matrix);
    preservation.extend_from_slice(b"TD");
    let mut lists = Vec::new();
    for list in &original.tag_lists {
        lists.extend_from_slice(list.as_flattened());
        lists.push(0);
    }
    put_itf8(&mut preservation, lists.len() as i32);
    preservation.extend_from_slice(&lists);

    let present: BTreeSet<[u8; 2]> = blocks.series.keys().copied().collect();
    let mut series = Vec::new();
    for kind in SERIES.into_iter().filter(|s| present.contains(s.key())) {
        let block = block_of(kind.key());
        series.extend_from_slice(kind.key());
        match kind {
            Series::Plain(_) => put_external(&mut series, block),
            Series::Stopped(_) => {
                let mut parameters = vec![0];
                put_itf8(&mut parameters, block);
                put_encoding(&mut series, 5, &parameters);
            }
            Series::Counted(_) => put_counted(&mut series, block),
        }
    }
    let mut tags = Vec::new();
    for key in blocks.tags.keys() {
        put_itf8(&mut tags, tag_block(key));
        put_counted(&mut tags, tag_block(key));
    }
    let mut out = Vec::new();
    for (map, count) in [(preservation, 5), (series, present.len()), (tags, blocks.tags.len())] {
        let mut counted = Vec::new();
        put_itf8(&mut counted, count as i32);
        counted.extend_from_slice(&map);
        put_itf8(&mut out, counted.len() as i32);
        out.extend_from_slice(&counted);
    }
    out
}

fn put_encoding(out: &mut Vec<u8>, kind: i32, parameters: &[u8]) {
    put_itf8(out, kind);
    put_itf8(out, parameters.len() as i32);
    out.extend_from_slice(parameters);
}

fn put_external(out: &mut Vec<u8>, block: i32) {
    let mut parameters = Vec::new();
    put_itf8(&mut parameters, block);
    put_encoding(out, 1, &parameters);
}

/// Arrays behind their length, both in one block.
fn put_counted(out: &mut Vec<u8>, block: i32) {
    let mut parameters = Vec::new();
    put_external(&mut parameters, block);
    put_external(&mut parameters, block);
    put_encoding(out, 4, &parameters);
}

/// A series' block: its number in the list, from 1.
fn block_of(key: &[u8; 2]) -> i32 {
    SERIES.iter().position(|s| s.key() == key).map_or(0, |at| at as i32 + 1)
}

/// A tag's block is named by the tag, as everybody does it.
fn tag_block(key: &TagKey) -> i32 {
    i32::from_be_bytes([0, key[0], key[1], key[2]])
}
