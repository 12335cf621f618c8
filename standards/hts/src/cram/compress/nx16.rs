//! The encoder of rANS Nx16 with four states (CRAM codecs 3.1 § 3). noodles has an encoder but does not export it.
//!
//! First, a transform may be applied to the data: packing, run-length coding, or both. The result is then coded by order 0 or order 1, or
//! stored. The encoder chooses the combination with the smallest estimated size. For numbers of four bytes, it also tries four separate
//! streams.

mod entropy;
mod transform;

use super::uint7::put_uint7;
use crate::cram::codec_sizes::{NO_SIZE, PACK, RLE, STRIPE};
use entropy::Entropy;

/// The flag of order 1: each symbol is coded with the symbol before it as context.
const ORDER_1: u8 = 0x01;

/// The flag of data that is stored without entropy coding.
const STORED: u8 = 0x20;

/// The number of streams of a stripe.
const STREAMS: usize = 4;

/// Encodes data, with its uncompressed size at the start.
pub(super) fn encode(data: &[u8]) -> Vec<u8> {
    encode_with(data, 0)
}

/// Encodes numbers of four bytes. The bytes at the same position of each number form one stream, if the result is then smaller.
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

/// A way to encode data: the data after a transform, the metadata that the decoder needs, and the entropy coding.
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
