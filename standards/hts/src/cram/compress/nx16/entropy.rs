//! The entropy coding of rANS Nx16: order 0, order 1, or none (CRAM codecs 3.1 § 3.1 to § 3.3).

use super::{ORDER_1, STORED};
use crate::cram::compress::frequencies::{Alphabet, cost_bits, counts, pair_counts, scaled};
use crate::cram::compress::lanes::{encode_order_0, encode_order_1, intervals};
use crate::cram::compress::uint7::put_uint7;

/// At order 0, the sum of the frequencies is 2 to the power of this number.
const SCALE: u32 = 12;

/// At order 1, the sum of the frequencies is 2 to the power of one of these numbers. The encoder chooses the number that gives the smaller
/// result. The smaller number gives smaller tables.
const SCALES_ORDER_1: [u32; 2] = [10, 12];

/// The number of bytes of the four final states.
const STATE_BYTES: usize = 16;

/// Data with fewer bytes than this is stored without entropy coding.
const LEAST_BYTES: usize = 4;

/// The chosen entropy coding for some data.
pub(super) enum Entropy {
    Stored {
        bytes: usize,
    },
    Order0 {
        table: Vec<u8>,
        intervals: Vec<(u32, u32)>,
        bytes: usize,
    },
    Order1(Order1),
}

pub(super) struct Order1 {
    scale: u32,
    alphabet: Alphabet,
    intervals: Vec<(u32, u32)>,
    table: Vec<u8>,
    bytes: usize,
}

impl Entropy {
    /// Chooses the coding with the smallest estimated size for `data`.
    pub(super) fn best(data: &[u8]) -> Self {
        let stored = Self::Stored { bytes: data.len() };
        if data.len() < LEAST_BYTES {
            return stored;
        }
        let mut best = stored;
        let zero = Self::order_0(data);
        if zero.bytes() < best.bytes() {
            best = zero;
        }
        let one = Self::Order1(Order1::best(data));
        if one.bytes() < best.bytes() {
            best = one;
        }
        best
    }

    pub(super) fn order_0(data: &[u8]) -> Self {
        let counts = counts(data);
        let frequencies = scaled(&counts, 1 << SCALE);
        let mut table = Vec::new();
        put_alphabet(&mut table, |at| frequencies[at] > 0);
        for frequency in frequencies.iter().filter(|f| **f > 0) {
            put_uint7(&mut table, *frequency as usize);
        }
        let bits = cost_bits(&counts, &frequencies, 1 << SCALE);
        Self::Order0 {
            bytes: size(&table, bits),
            intervals: intervals(&frequencies),
            table,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Stored { bytes } | Self::Order0 { bytes, .. } | Self::Order1(Order1 { bytes, .. }) => *bytes,
        }
    }

    pub(super) fn flags(&self) -> u8 {
        match self {
            Self::Stored { .. } => STORED,
            Self::Order0 { .. } => 0,
            Self::Order1(_) => ORDER_1,
        }
    }

    /// Encodes `data`, for which this coding was chosen.
    pub(super) fn encode(&self, data: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Stored { .. } => out.extend_from_slice(data),
            Self::Order0 { table, intervals, .. } => {
                out.extend_from_slice(table);
                encode_order_0::<16>(data, intervals, out);
            }
            Self::Order1(one) => {
                out.extend_from_slice(&one.table);
                let alphabet = &one.alphabet;
                let interval = |context, symbol| one.intervals[alphabet.rank(context) * alphabet.len() + alphabet.rank(symbol)];
                encode_order_1::<16>(data, one.scale, interval, out);
            }
        }
    }
}

impl Order1 {
    fn best(data: &[u8]) -> Self {
        let alphabet = Alphabet::with_nul(data);
        let counts = pair_counts(data, &alphabet);
        let [narrow, wide] = SCALES_ORDER_1.map(|scale| Self::at(scale, &counts, &alphabet));
        let (scale, (table, frequencies, bytes)) = if narrow.2 <= wide.2 {
            (SCALES_ORDER_1[0], narrow)
        } else {
            (SCALES_ORDER_1[1], wide)
        };
        let intervals = frequencies.chunks(alphabet.len()).flat_map(intervals).collect();
        Self {
            scale,
            alphabet,
            intervals,
            table,
            bytes,
        }
    }

    /// Estimates order 1 with this scale. Returns the table, the frequencies and the size in bytes.
    fn at(scale: u32, counts: &[u32], alphabet: &Alphabet) -> (Vec<u8>, Vec<u32>, usize) {
        let mut rows = Vec::new();
        put_alphabet(&mut rows, |at| alphabet.symbols.binary_search(&(at as u8)).is_ok());
        let mut frequencies = Vec::with_capacity(counts.len());
        let mut bits = 0.0;
        for row in counts.chunks(alphabet.len()) {
            let seen: u32 = row.iter().fold(0, |sum, count| sum.saturating_add(*count));
            // The frequencies of a rare context add up to a smaller total, so that the table has small numbers. A decoder doubles the numbers
            // until they add up to the full total.
            let total = if seen >= 1 << scale { 1 << scale } else { seen.next_power_of_two() };
            let written = scaled(row, total);
            put_row(&mut rows, &written);
            let shift = scale - total.trailing_zeros();
            let used: Vec<u32> = written.iter().map(|frequency| frequency << shift).collect();
            bits += cost_bits(row, &used, 1 << scale);
            frequencies.extend(used);
        }
        let table = table(scale, &rows);
        let bytes = size(&table, bits);
        (table, frequencies, bytes)
    }
}

/// The table in its written form: a byte that states how the rows are stored, then the rows, either unchanged or coded by order 0.
fn table(scale: u32, rows: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    Entropy::order_0(rows).encode(rows, &mut coded);
    let mut table = Vec::new();
    if coded.len() + 4 < rows.len() {
        table.push((scale << 4) as u8 | 1);
        put_uint7(&mut table, rows.len());
        put_uint7(&mut table, coded.len());
        table.extend_from_slice(&coded);
    } else {
        table.push((scale << 4) as u8);
        table.extend_from_slice(rows);
    }
    table
}

fn size(table: &[u8], bits: f64) -> usize {
    table.len() + STATE_BYTES + (bits / 8.0) as usize
}

/// Writes the set of symbols that occur. After two adjacent symbols, the number of further adjacent symbols is written.
fn put_alphabet(out: &mut Vec<u8>, occurs: impl Fn(usize) -> bool) {
    let mut run = 0;
    for at in 0..256 {
        if !occurs(at) {
            continue;
        }
        if run > 0 {
            run -= 1;
            continue;
        }
        out.push(at as u8);
        if at > 0 && occurs(at - 1) {
            run = (at + 1..256).take_while(|next| occurs(*next)).count();
            out.push(run as u8);
        }
    }
    out.push(0);
}

/// Writes the frequencies of one context. After a 0, the number of further zeros is written.
fn put_row(out: &mut Vec<u8>, frequencies: &[u32]) {
    let mut at = 0;
    while at < frequencies.len() {
        put_uint7(out, frequencies[at] as usize);
        if frequencies[at] == 0 {
            let more = frequencies[at + 1..].iter().take_while(|f| **f == 0).count();
            out.push(more as u8);
            at += more;
        }
        at += 1;
    }
}
