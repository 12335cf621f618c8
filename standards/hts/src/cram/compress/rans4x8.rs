//! The encoder of rANS 4x8 (CRAM codecs 3.1 § 2). noodles has an encoder but does not export it.

use super::frequencies::{Alphabet, cost_bits, counts, pair_counts, scaled};
use super::lanes::{encode_order_0, encode_order_1, intervals};

/// The sum of the frequencies: one less than 2 to the power of `SCALE`, as the format requires.
const TOTAL: u32 = 4095;

/// A decoder divides a state by 2 to the power of this number.
const SCALE: u32 = 12;

/// The number of bytes for the order, the compressed size and the uncompressed size.
const HEADER_BYTES: usize = 9;

/// The number of bytes of the four final states.
const STATE_BYTES: usize = 16;

/// The minimum number of bytes of data for which order 1 is defined.
const LEAST_ORDER_1_BYTES: usize = 4;

/// The chosen order for some data, with its frequencies and its estimated size.
pub(super) struct Plan {
    order: Order,
    table: Vec<u8>,
    /// The estimated size of the result in bytes, with an error of a few bytes from rounding.
    pub(super) bytes: usize,
}

enum Order {
    Zero(Vec<(u32, u32)>),
    One(Alphabet, Vec<(u32, u32)>),
}

impl Plan {
    /// Chooses the order that gives the smaller result for `data`.
    pub(super) fn best(data: &[u8]) -> Self {
        let zero = Self::order_0(data);
        if data.len() < LEAST_ORDER_1_BYTES {
            return zero;
        }
        let one = Self::order_1(data);
        if one.bytes < zero.bytes { one } else { zero }
    }

    fn order_0(data: &[u8]) -> Self {
        let counts = counts(data);
        let frequencies = scaled(&counts, TOTAL);
        let mut table = Vec::new();
        put_row(&mut table, &frequencies);
        Self {
            bytes: size(&table, cost_bits(&counts, &frequencies, 1 << SCALE)),
            order: Order::Zero(intervals(&frequencies)),
            table,
        }
    }

    fn order_1(data: &[u8]) -> Self {
        let alphabet = Alphabet::with_nul(data);
        let size_of_row = alphabet.len();
        let counts = pair_counts(data, &alphabet);
        let mut rows: Vec<Option<Vec<u32>>> = vec![None; 256];
        let mut all = Vec::with_capacity(counts.len());
        let mut bits = 0.0;
        for (row, context) in counts.chunks(size_of_row).zip(&alphabet.symbols) {
            let frequencies = scaled(row, TOTAL);
            bits += cost_bits(row, &frequencies, 1 << SCALE);
            all.extend(intervals(&frequencies));
            if frequencies.iter().any(|f| *f > 0) {
                let mut whole = vec![0; 256];
                for (symbol, frequency) in alphabet.symbols.iter().zip(&frequencies) {
                    whole[usize::from(*symbol)] = *frequency;
                }
                rows[usize::from(*context)] = Some(whole);
            }
        }
        let mut table = Vec::new();
        put_runs(
            &mut table,
            |at| rows[at].is_some(),
            |table, at| {
                if let Some(row) = &rows[at] {
                    put_row(table, row);
                }
            },
        );
        Self {
            bytes: size(&table, bits),
            order: Order::One(alphabet, all),
            table,
        }
    }

    /// Encodes `data`, for which this plan was made.
    pub(super) fn encode(&self, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0; HEADER_BYTES];
        out.extend_from_slice(&self.table);
        match &self.order {
            Order::Zero(intervals) => encode_order_0::<8>(data, intervals, &mut out),
            Order::One(alphabet, all) => {
                out[0] = 1;
                let interval = |context, symbol| all[alphabet.rank(context) * alphabet.len() + alphabet.rank(symbol)];
                encode_order_1::<8>(data, SCALE, interval, &mut out);
            }
        }
        let behind = (out.len() - HEADER_BYTES) as u32;
        out[1..5].copy_from_slice(&behind.to_le_bytes());
        out[5..9].copy_from_slice(&(data.len() as u32).to_le_bytes());
        out
    }
}

fn size(table: &[u8], bits: f64) -> usize {
    HEADER_BYTES + table.len() + STATE_BYTES + (bits / 8.0) as usize
}

/// Writes those of 256 entries that occur, each after its number. After two adjacent numbers, the count of further adjacent entries follows.
/// These further entries are written without their numbers.
fn put_runs(out: &mut Vec<u8>, occurs: impl Fn(usize) -> bool, put: impl Fn(&mut Vec<u8>, usize)) {
    let mut run = 0;
    for at in 0..256 {
        if !occurs(at) {
            continue;
        }
        if run > 0 {
            run -= 1;
        } else {
            out.push(at as u8);
            if at > 0 && occurs(at - 1) {
                run = (at + 1..256).take_while(|next| occurs(*next)).count();
                out.push(run as u8);
            }
        }
        put(out, at);
    }
    out.push(0);
}

fn put_row(out: &mut Vec<u8>, frequencies: &[u32]) {
    put_runs(
        out,
        |at| frequencies[at] > 0,
        |out, at| match frequencies[at] {
            frequency @ 0..0x80 => out.push(frequency as u8),
            frequency => out.extend_from_slice(&[(frequency >> 8) as u8 | 0x80, frequency as u8]),
        },
    );
}
