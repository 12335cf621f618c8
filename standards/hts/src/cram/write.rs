//! Writes records as a container with one slice. The container has about the same size as if samtools wrote the same records.

mod columns;
mod links;
mod record;

use std::io;

use columns::{Blocks, Columns, Stored};

use super::compress::{BlockCompressor, Content, STORED};
use super::compression::TagKey;
use super::container::{Block, COMPRESSION_HEADER, SLICE_HEADER};
use super::num::{put_itf8, put_ltf8};
use super::record::CramRecord;

const EXTERNAL_BLOCK: u8 = 4;
const CORE_BLOCK: u8 = 5;

/// Where a reader finds the bases that the records do not store.
#[derive(Clone, Copy, Debug)]
pub enum SliceReference<'a> {
    /// The records store all their bases.
    Unneeded,
    /// The slice itself contains the reference bases, from a 1-based position on.
    Embedded {
        /// The position of the first reference base, 1-based.
        start: i64,
        /// The reference bases, in upper case.
        bases: &'a [u8],
    },
    /// The reader must have the reference.
    Outside {
        /// The MD5 of the reference bases of the slice; zeros if the MD5 is unknown.
        md5: [u8; 16],
    },
}

/// The records that one container gets, and the values that its headers need.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The records. They are all on one contig, or all without a contig.
    pub records: &'a [CramRecord],
    /// The tag lists to which the records refer.
    pub tag_lists: &'a [Vec<TagKey>],
    /// `SM` of the compression header.
    pub substitution_matrix: [u8; 5],
    /// Where a reader finds the bases that the records do not store.
    pub reference: SliceReference<'a>,
    /// The number of records that the file has before these records.
    pub record_counter: i64,
}

/// The reference interval that the records cover. Returns the first base, 1-based, and the number of bases.
pub fn stretch(records: &[CramRecord]) -> (i64, i64) {
    let start = records.iter().map(|r| r.start).min().unwrap_or(0);
    let last = records.iter().map(CramRecord::last).max().unwrap_or(0);
    (start, last - start + 1)
}

/// Makes a container from these records.
///
/// # Errors
/// `InvalidData` for a position or a span that does not fit into 32 bits.
pub fn container(batch: &Batch<'_>, compressor: &mut BlockCompressor) -> io::Result<Vec<u8>> {
    let records = batch.records;
    let contig = records.first().map_or(-1, |r| r.contig);
    let (start, span) = match (contig, batch.reference) {
        (..0, _) => (0, 0),
        (_, SliceReference::Embedded { start, bases }) => (start, bases.len() as i64),
        (_, SliceReference::Unneeded | SliceReference::Outside { .. }) => stretch(records),
    };
    let fits = |value: i64| i32::try_from(value).map_err(|_| io::Error::from(io::ErrorKind::InvalidData));
    let place = [contig, fits(start)?, fits(span)?, records.len() as i32];
    // Positions are stored as distances only if the records are sorted. In unsorted records, a distance could be negative and would take five
    // bytes.
    let is_sorted = records.is_sorted_by_key(|r| r.start);

    let lists = UsedLists::of(batch);
    let mut columns = Columns::default();
    let mut before = start;
    for (record, link) in records.iter().zip(links::links(records)) {
        let position = if is_sorted { record.start - before } else { record.start };
        before = record.start;
        let tags = (lists.numbers[record.tag_list], batch.tag_lists[record.tag_list].as_slice());
        record::put(&mut columns, record, link, position, tags);
    }
    let stored = columns.stored();
    let mut body = Vec::new();
    let header = compression_header(&stored, batch, &lists.lists, is_sorted);
    Block::put(&mut body, STORED, COMPRESSION_HEADER, 0, &header, header.len());
    let landmark = body.len();
    let block_count = put_slice(&mut body, stored.blocks, place, batch, compressor);

    let mut out = (body.len() as i32).to_le_bytes().to_vec();
    for value in place {
        put_itf8(&mut out, value);
    }
    put_ltf8(&mut out, batch.record_counter);
    put_ltf8(&mut out, records.iter().map(|r| r.length as i64).sum());
    put_itf8(&mut out, block_count);
    put_itf8(&mut out, 1);
    put_itf8(&mut out, landmark as i32);
    let checksum = crc32fast::hash(&out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&body);
    Ok(out)
}

/// Writes the slice header and its blocks. Returns the number of blocks in the container.
fn put_slice(body: &mut Vec<u8>, mut blocks: Blocks, place: [i32; 4], batch: &Batch<'_>, compressor: &mut BlockCompressor) -> i32 {
    let (embedded, md5) = match batch.reference {
        SliceReference::Unneeded => (-1, [0; 16]),
        SliceReference::Embedded { bases, .. } => (blocks.add(bases.to_vec(), Content::Values), [0; 16]),
        SliceReference::Outside { md5 } => (-1, md5),
    };
    let count = blocks.0.len() as i32;
    let mut header = Vec::new();
    for value in place {
        put_itf8(&mut header, value);
    }
    put_ltf8(&mut header, batch.record_counter);
    put_itf8(&mut header, count + 1);
    put_itf8(&mut header, count);
    for id in 1..=count {
        put_itf8(&mut header, id);
    }
    put_itf8(&mut header, embedded);
    header.extend_from_slice(&md5);
    Block::put(body, STORED, SLICE_HEADER, 0, &header, header.len());
    Block::put(body, STORED, CORE_BLOCK, 0, &[], 0);
    for (id, (data, content)) in (1..).zip(&blocks.0) {
        let compressed = compressor.compress(data, *content);
        Block::put(body, compressed.method, EXTERNAL_BLOCK, id, &compressed.data, data.len());
    }
    count + 3
}

/// The tag lists that the records use. Unused lists are not written. noodles 0.119 requires an encoding for every tag of every list, and a list
/// of records that are not in the slice would reveal which tags those records have.
struct UsedLists<'a> {
    /// The used tag lists, in the order of the batch.
    lists: Vec<&'a [TagKey]>,
    /// For each tag list of the batch, its number in the written file; 0 for an unused list.
    numbers: Vec<usize>,
}

impl<'a> UsedLists<'a> {
    fn of(batch: &Batch<'a>) -> Self {
        let mut is_used = vec![false; batch.tag_lists.len()];
        for record in batch.records {
            is_used[record.tag_list] = true;
        }
        let (mut lists, mut numbers) = (Vec::new(), vec![0; is_used.len()]);
        for (at, list) in batch.tag_lists.iter().enumerate().filter(|(at, _)| is_used[*at]) {
            numbers[at] = lists.len();
            lists.push(list.as_slice());
        }
        Self { lists, numbers }
    }
}

fn compression_header(stored: &Stored, batch: &Batch<'_>, tag_lists: &[&[TagKey]], is_sorted: bool) -> Vec<u8> {
    // A reader looks for a reference outside the slice only if this flag is set.
    let required = matches!(batch.reference, SliceReference::Outside { .. });
    let mut preservation = Vec::new();
    for (key, value) in [(b"RN", true), (b"AP", is_sorted), (b"RR", required)] {
        preservation.extend_from_slice(key);
        preservation.push(u8::from(value));
    }
    preservation.extend_from_slice(b"SM");
    preservation.extend_from_slice(&batch.substitution_matrix);
    preservation.extend_from_slice(b"TD");
    let mut lists = Vec::new();
    for list in tag_lists {
        lists.extend_from_slice(list.as_flattened());
        lists.push(0);
    }
    put_itf8(&mut preservation, lists.len() as i32);
    preservation.extend_from_slice(&lists);

    let mut out = Vec::new();
    for (map, count) in [
        (&preservation, 5),
        (&stored.series.0, stored.series.1),
        (&stored.tags.0, stored.tags.1),
    ] {
        let mut counted = Vec::new();
        put_itf8(&mut counted, count as i32);
        counted.extend_from_slice(map);
        put_itf8(&mut out, counted.len() as i32);
        out.extend_from_slice(&counted);
    }
    out
}
