//! The encoder of rANS Nx16 with four states (CRAM codecs 3.1 § 3). noodles has an encoder but does not export it.
//!
//! Data is left unchanged, packed, run-length coded, or both. It is then coded by order 0, by order 1, or stored. The encoder chooses the
//! combination with the smallest estimated size. Numbers of four bytes are also tried as four streams.

mod entropy;
mod transform;

use super::uint7::put_uint7;
use crate::cram::codec_sizes::{NO_SIZE, PACK, RLE, STRIPE};
use entropy::Entropy;

/// Each symbol is coded with the symbol before it as the context.
const ORDER_1: u8 = 0x01;

/// Data is stored.
const STORED: u8 = 0x20;

/// The number of streams of a stripe.
const STREAMS: usize = 4;

/// Encodes data, with its size first.
pub(super) fn encode(data: &[u8]) -> Vec<u8> {
    encode_with(data, 0)
}

/// Encodes numbers of four bytes. Bytes of the same place in the number are grouped if the result is smaller.
pub(super) fn encode_numbers(data: &[u8]) -> Vec<u8> {
    let plain = encode(data);
    let mut striped = vec![STRIPE];
    put_uint7(&mut striped, data.len());
    striped.push(STREAMS as u8);
    let streams: Vec<Vec<u8>> = (0..STREAMS)
        .map(|stream| data.iter().copied().skip(stream).step_by(STREAMS).collect::<Vec<u8>>())
        .map(|stream| encode_with(&stream, NO_SIZE))
        .collect();
    for stream in &streams {
        put_uint7(&mut striped, stream.len());
    }
    striped.extend(streams.concat());
    if striped.len() < plain.len() { striped } else { plain }
}

/// Data after a transform, the metadata for the decoder, and the coding of the remaining data.
struct Candidate {
    flags: u8,
    meta: Vec<u8>,
    data: Vec<u8>,
    entropy: Entropy,
}

impl Candidate {
    fn new(flags: u8, meta: Vec<u8>, data: Vec<u8>) -> Self {
        let entropy = Entropy::best(&data);
        Self {
            flags,
            meta,
            data,
            entropy,
        }
    }

    fn bytes(&self) -> usize {
        self.meta.len() + self.entropy.bytes()
    }
}

fn encode_with(data: &[u8], flags: u8) -> Vec<u8> {
    let mut candidates = vec![Candidate::new(0, Vec::new(), data.to_vec())];
    if let Some((meta, runs)) = transform::without_runs(data) {
        candidates.push(Candidate::new(RLE, meta, runs));
    }
    if let Some((meta, packed)) = transform::packed(data) {
        if let Some((more, runs)) = transform::without_runs(&packed) {
            candidates.push(Candidate::new(PACK | RLE, [meta.as_slice(), &more].concat(), runs));
        }
        candidates.push(Candidate::new(PACK, meta, packed));
    }
    let mut out = Vec::new();
    let Some(best) = candidates.into_iter().min_by_key(Candidate::bytes) else {
        return out;
    };
    out.push(flags | best.flags | best.entropy.flags());
    if flags & NO_SIZE == 0 {
        put_uint7(&mut out, data.len());
    }
    out.extend_from_slice(&best.meta);
    best.entropy.encode(&best.data, &mut out);
    out
}
