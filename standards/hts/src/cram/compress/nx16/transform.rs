//! Transforms that are applied before the entropy coding: packing several symbols into a byte, and separating runs from the rest (CRAM codecs
//! 3.1 § 3.4 and § 3.5).

use super::entropy::Entropy;
use crate::cram::codec_sizes::MOST_PACKED_SYMBOLS;
use crate::cram::compress::uint7::put_uint7;

/// Packs several symbols into each byte, if the data has 2 to 16 symbols. Returns the metadata for the decoder and the packed data, in this
/// order. `None` for any other number of symbols.
pub(super) fn packed(data: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut occurs = [false; 256];
    for byte in data {
        occurs[usize::from(*byte)] = true;
    }
    let symbols: Vec<u8> = (0..=255u8).filter(|byte| occurs[usize::from(*byte)]).collect();
    let per_byte = match symbols.len() {
        2 => 8,
        3..=4 => 4,
        5..=MOST_PACKED_SYMBOLS => 2,
        _ => return None,
    };
    let bits = 8 / per_byte;
    let mut ranks = [0u8; 256];
    for (rank, symbol) in symbols.iter().enumerate() {
        ranks[usize::from(*symbol)] = rank as u8;
    }
    let packed: Vec<u8> = data
        .chunks(per_byte)
        .map(|chunk| {
            let places = chunk.iter().enumerate();
            places.fold(0, |byte, (at, symbol)| byte | ranks[usize::from(*symbol)] << (bits * at))
        })
        .collect();
    let mut meta = vec![symbols.len() as u8];
    meta.extend_from_slice(&symbols);
    put_uint7(&mut meta, packed.len());
    Some((meta, packed))
}

/// Replaces each run by one symbol. A symbol whose runs would save no space is left unchanged. Returns the metadata with the lengths of the
/// runs and the remaining data. `None` if nothing is saved.
pub(super) fn without_runs(data: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut saved = [0i64; 256];
    let mut last = None;
    for byte in data {
        saved[usize::from(*byte)] += if last == Some(*byte) { 1 } else { -1 };
        last = Some(*byte);
    }
    let symbols: Vec<u8> = (0..=255u8).filter(|byte| saved[usize::from(*byte)] > 0).collect();
    if symbols.is_empty() {
        return None;
    }
    // The number of symbols is written in one byte; 256 is written as 0.
    let mut lengths = vec![symbols.len() as u8];
    lengths.extend_from_slice(&symbols);
    let mut rest = Vec::new();
    let mut at = 0;
    while at < data.len() {
        let symbol = data[at];
        rest.push(symbol);
        at += 1;
        if saved[usize::from(symbol)] > 0 {
            let run = data[at..].iter().take_while(|byte| **byte == symbol).count();
            put_uint7(&mut lengths, run);
            at += run;
        }
    }
    let mut coded = Vec::new();
    Entropy::order_0(&lengths).encode(&lengths, &mut coded);
    let mut meta = Vec::new();
    if coded.len() < lengths.len() {
        put_uint7(&mut meta, lengths.len() * 2);
        put_uint7(&mut meta, rest.len());
        put_uint7(&mut meta, coded.len());
        meta.extend_from_slice(&coded);
    } else {
        put_uint7(&mut meta, lengths.len() * 2 + 1);
        put_uint7(&mut meta, rest.len());
        meta.extend_from_slice(&lengths);
    }
    Some((meta, rest))
}
