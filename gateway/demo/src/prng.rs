//! Pseudo-random numbers that are the same on every machine: SplitMix64 (Steele, Lea, Flood 2014) as a hash and as a sequence.

/// The seed from which all pseudo-random numbers of the programme are derived.
pub(crate) const SEED: u64 = 0x47_65_4D_4A_20_26_04_01;

fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A pseudo-random number that depends only on `parts` and on the seed.
pub(crate) fn hash(parts: &[u64]) -> u64 {
    parts.iter().fold(SEED, |state, part| {
        scramble(state.wrapping_add(0x9E37_79B9_7F4A_7C15) ^ part.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    })
}

/// A sequence of pseudo-random numbers.
pub(crate) struct Draw(u64);

impl Draw {
    /// The sequence of pseudo-random numbers that belongs to these parts.
    pub(crate) fn of(parts: &[u64]) -> Self {
        Self(hash(parts))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scramble(self.0)
    }

    /// The next number of the sequence, scaled to a number below `bound`; 0 if the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// True with a probability of `per_mille` in a thousand.
    pub(crate) fn per_mille(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the items, chosen by the next number of the sequence.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_never_changes() {
        let mut draw = Draw(0);
        // The expected numbers are the first outputs of SplitMix64 from seed 0, as published with its reference implementation.
        assert_eq!(draw.next(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(draw.next(), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn numbers_stay_below_their_bound_and_reach_it() {
        let mut draw = Draw::of(&[1]);
        let mut seen = [false; 7];
        for _ in 0..500 {
            seen[draw.below(7) as usize] = true;
        }
        assert!(seen.iter().all(|s| *s));
    }
}
