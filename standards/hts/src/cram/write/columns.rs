//! The values of a container's records, by data series and tag, and how each series or tag is stored.
//!
//! A series whose values are all equal takes no space, because its Huffman code has zero bits. Every other series has its own block, so that
//! similar values are compressed together.

use std::collections::BTreeMap;

use super::super::compress::Content;
use super::super::compression::TagKey;
use super::super::num::put_itf8;

/// The numbers of the encodings (CRAM 3.1 § 13).
const EXTERNAL: i32 = 1;
const HUFFMAN: i32 = 3;
const ARRAY_BEHIND_LENGTH: i32 = 4;
const ARRAY_UNTIL_STOP: i32 = 5;

/// The byte that ends an array of a tag. A tab never occurs in texts. A zero byte would occur, because it belongs to the value of a text.
const TAG_STOP: u8 = b'\t';

/// The byte that ends an array of any other series.
const STOP: u8 = 0;

/// The arrays of a series, stored one after the other.
#[derive(Default)]
pub(super) struct Arrays {
    bytes: Vec<u8>,
    lengths: Vec<i32>,
}

impl Arrays {
    pub(super) fn put(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.lengths.push(value.len() as i32);
    }

    /// All arrays, each followed by the byte `stop`; `None` if an array contains this byte.
    fn stopped(&self, stop: u8) -> Option<Vec<u8>> {
        if self.bytes.contains(&stop) {
            return None;
        }
        let mut out = Vec::with_capacity(self.bytes.len() + self.lengths.len());
        let mut rest = self.bytes.as_slice();
        for length in &self.lengths {
            let (value, behind) = rest.split_at(*length as usize);
            out.extend_from_slice(value);
            out.push(stop);
            rest = behind;
        }
        Some(out)
    }
}

/// The values of one data series.
pub(super) enum Values {
    Integers(Vec<i32>),
    Bytes(Vec<u8>),
    Arrays(Arrays),
}

/// The values of all records of a container, by data series and tag.
#[derive(Default)]
pub(super) struct Columns {
    series: BTreeMap<[u8; 2], Values>,
    tags: BTreeMap<TagKey, Arrays>,
}

impl Columns {
    pub(super) fn integer(&mut self, key: &[u8; 2], value: i32) {
        let values = self.series.entry(*key).or_insert_with(|| Values::Integers(Vec::new()));
        if let Values::Integers(values) = values {
            values.push(value);
        }
    }

    pub(super) fn bytes(&mut self, key: &[u8; 2], value: &[u8]) {
        let values = self.series.entry(*key).or_insert_with(|| Values::Bytes(Vec::new()));
        if let Values::Bytes(values) = values {
            values.extend_from_slice(value);
        }
    }

    pub(super) fn array(&mut self, key: &[u8; 2], value: &[u8]) {
        let values = self.series.entry(*key).or_insert_with(|| Values::Arrays(Arrays::default()));
        if let Values::Arrays(values) = values {
            values.put(value);
        }
    }

    pub(super) fn tag(&mut self, key: TagKey, value: &[u8]) {
        self.tags.entry(key).or_default().put(value);
    }

    /// Chooses how each data series and each tag is stored.
    pub(super) fn stored(self) -> Stored {
        let mut blocks = Blocks::default();
        let mut series = Vec::new();
        let series_count = self.series.len();
        for (key, values) in self.series {
            series.extend_from_slice(&key);
            match values {
                Values::Integers(values) => put_integers(&mut series, &values, &mut blocks),
                Values::Bytes(values) => match (&key, values.as_slice()) {
                    // These series always have an external block, because readers read many of their values at once.
                    (b"QS" | b"BA", _) => put_external(&mut series, blocks.add(values, Content::Values)),
                    (_, [first, rest @ ..]) if rest.iter().all(|value| value == first) => put_constant(&mut series, i32::from(*first)),
                    _ => put_external(&mut series, blocks.add(values, Content::Values)),
                },
                Values::Arrays(values) if key == *b"RN" => put_arrays(&mut series, values, STOP, Content::Names, &mut blocks),
                Values::Arrays(values) => put_arrays(&mut series, values, STOP, Content::Values, &mut blocks),
            }
        }
        let mut tags = Vec::new();
        let tag_count = self.tags.len();
        for (key, values) in self.tags {
            put_itf8(&mut tags, i32::from_be_bytes([0, key[0], key[1], key[2]]));
            put_arrays(&mut tags, values, TAG_STOP, Content::Values, &mut blocks);
        }
        Stored {
            series: (series, series_count),
            tags: (tags, tag_count),
            blocks,
        }
    }
}

/// The data series and tags in their written form.
pub(super) struct Stored {
    /// The entries of the map of data series as bytes, and the number of entries.
    pub(super) series: (Vec<u8>, usize),
    /// The entries of the map of tags as bytes, and the number of entries.
    pub(super) tags: (Vec<u8>, usize),
    pub(super) blocks: Blocks,
}

/// The external blocks of a slice. The content id of a block is its number, counted from 1. Small numbers take only one byte.
#[derive(Default)]
pub(super) struct Blocks(pub(super) Vec<(Vec<u8>, Content)>);

impl Blocks {
    /// Adds an external block and returns its content id.
    pub(super) fn add(&mut self, data: Vec<u8>, content: Content) -> i32 {
        self.0.push((data, content));
        self.0.len() as i32
    }
}

fn put_integers(out: &mut Vec<u8>, values: &[i32], blocks: &mut Blocks) {
    match values {
        [first, rest @ ..] if rest.iter().all(|value| value == first) => put_constant(out, *first),
        _ => {
            let mut data = Vec::with_capacity(values.len() * 2);
            for value in values {
                put_itf8(&mut data, *value);
            }
            put_external(out, blocks.add(data, Content::Values));
        }
    }
}

/// Chooses the encoding of the arrays of a series. Arrays that all have one length are written without their lengths. Other arrays end with a
/// byte that no array contains. If no such byte exists, the lengths have their own block.
fn put_arrays(out: &mut Vec<u8>, arrays: Arrays, stop: u8, content: Content, blocks: &mut Blocks) {
    let one_length = arrays.lengths.iter().all(|length| Some(length) == arrays.lengths.first());
    // The name tokeniser requires that each name ends with a zero byte.
    if (!one_length || content == Content::Names)
        && let Some(stopped) = arrays.stopped(stop)
    {
        let mut parameters = vec![stop];
        put_itf8(&mut parameters, blocks.add(stopped, content));
        put_encoding(out, ARRAY_UNTIL_STOP, &parameters);
        return;
    }
    let mut parameters = Vec::new();
    put_integers(&mut parameters, &arrays.lengths, blocks);
    put_external(&mut parameters, blocks.add(arrays.bytes, Content::Values));
    put_encoding(out, ARRAY_BEHIND_LENGTH, &parameters);
}

/// Writes a Huffman code with one symbol. The code of this symbol has zero bits.
fn put_constant(out: &mut Vec<u8>, value: i32) {
    let mut parameters = Vec::new();
    put_itf8(&mut parameters, 1);
    put_itf8(&mut parameters, value);
    put_itf8(&mut parameters, 1);
    put_itf8(&mut parameters, 0);
    put_encoding(out, HUFFMAN, &parameters);
}

fn put_external(out: &mut Vec<u8>, block: i32) {
    let mut parameters = Vec::new();
    put_itf8(&mut parameters, block);
    put_encoding(out, EXTERNAL, &parameters);
}

fn put_encoding(out: &mut Vec<u8>, kind: i32, parameters: &[u8]) {
    put_itf8(out, kind);
    put_itf8(out, parameters.len() as i32);
    out.extend_from_slice(parameters);
}
