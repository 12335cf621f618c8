//! Symbol frequencies for the rANS coders. Counts are scaled to a fixed total, and the size of the coded data is estimated from them.

/// The symbols that occur in some data, and the rank of each symbol. Ranks keep the tables of symbol pairs small.
pub(super) struct Alphabet {
    /// The symbols in ascending order.
    pub(super) symbols: Vec<u8>,
    /// For each byte, its rank in `symbols`. The entry of a byte that does not occur has no meaning.
    pub(super) ranks: Box<[u8; 256]>,
}

impl Alphabet {
    /// The alphabet of `data`. It always contains 0, because every rANS state starts in the context 0.
    pub(super) fn with_nul(data: &[u8]) -> Self {
        let mut occurs = [false; 256];
        occurs[0] = true;
        for byte in data {
            occurs[usize::from(*byte)] = true;
        }
        let symbols: Vec<u8> = (0..=255u8).filter(|byte| occurs[usize::from(*byte)]).collect();
        let mut ranks = Box::new([0; 256]);
        for (rank, symbol) in symbols.iter().enumerate() {
            ranks[usize::from(*symbol)] = rank as u8;
        }
        Self { symbols, ranks }
    }

    pub(super) fn len(&self) -> usize {
        self.symbols.len()
    }

    pub(super) fn rank(&self, byte: u8) -> usize {
        usize::from(self.ranks[usize::from(byte)])
    }
}

/// The number of occurrences of each byte in `data`.
pub(super) fn counts(data: &[u8]) -> [u32; 256] {
    let mut counts = [0; 256];
    for byte in data {
        counts[usize::from(*byte)] += 1;
    }
    counts
}

/// The number of occurrences of each symbol after each context symbol, one row for each context. The data is cut into four parts of equal
/// length, as the rANS coders read it. The remainder belongs to the fourth part.
pub(super) fn pair_counts(data: &[u8], alphabet: &Alphabet) -> Vec<u32> {
    let size = alphabet.len();
    let mut counts = vec![0u32; size * size];
    let quarter = data.len() / 4;
    for lane in 0..4 {
        let end = if lane == 3 { data.len() } else { (lane + 1) * quarter };
        let mut context = alphabet.rank(0);
        for byte in &data[lane * quarter..end] {
            let symbol = alphabet.rank(*byte);
            counts[context * size + symbol] += 1;
            context = symbol;
        }
    }
    counts
}

/// Scales counts so that their sum is `total` and no symbol that occurs gets 0. If no symbol occurs, all results are 0. At most `total` symbols
/// may occur.
pub(super) fn scaled(counts: &[u32], total: u32) -> Vec<u32> {
    let sum: u64 = counts.iter().copied().map(u64::from).sum();
    let mut scaled = vec![0; counts.len()];
    if sum == 0 {
        return scaled;
    }
    for (target, count) in scaled.iter_mut().zip(counts) {
        if *count > 0 {
            *target = (((u64::from(*count) * u64::from(total) + sum / 2) / sum) as u32).max(1);
        }
    }
    let mut assigned: u32 = scaled.iter().sum();
    while assigned != total {
        let Some(largest) = (0..scaled.len()).max_by_key(|at| (scaled[*at], std::cmp::Reverse(*at))) else {
            break;
        };
        if assigned < total {
            scaled[largest] += total - assigned;
            break;
        }
        // The sum is too large, because many rare symbols were rounded up to 1. Each step reduces the largest value by at most half.
        let given = (assigned - total).min((scaled[largest] / 2).max(1));
        scaled[largest] -= given;
        assigned -= given;
    }
    scaled
}

/// The estimated size in bits of data with these counts, if it is coded with these frequencies.
pub(super) fn cost_bits(counts: &[u32], frequencies: &[u32], total: u32) -> f64 {
    let total = f64::from(total).log2();
    counts
        .iter()
        .zip(frequencies)
        .filter(|(count, _)| **count > 0)
        .map(|(count, frequency)| f64::from(*count) * (total - f64::from(*frequency).log2()))
        .sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn scaled_counts_add_up_and_keep_every_symbol(
            counts in prop::collection::vec(prop_oneof![Just(0u32), 1u32..4, any::<u32>().prop_map(|n| n >> 6)], 1..256),
            total in prop_oneof![Just(4095u32), Just(4096), Just(1024), Just(256)],
        ) {
            let scaled = scaled(&counts, total);
            let sum: u32 = scaled.iter().sum();
            prop_assert_eq!(sum, if counts.iter().any(|c| *c > 0) { total } else { 0 });
            for (count, frequency) in counts.iter().zip(&scaled) {
                prop_assert_eq!(*count > 0, *frequency > 0);
            }
        }
    }
}
