//! Pseudo-random numbers that are the same in every run.

/// A generator (xorshift64*). Equal seeds give equal numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator whose seed is a word. Each kind of data has its own word, so the data of one word does not change when another word's data
    /// changes.
    #[must_use]
    pub fn of(word: &str) -> Self {
        // The hash is FNV-1a.
        let seed = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed | 1)
    }

    /// The next number of 64 bits.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number in `[0, end)`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        // The high bits of xorshift64* have the better quality.
        (self.number() >> 11).checked_rem(end).unwrap_or(0)
    }

    /// One of these values, chosen at random.
    pub fn of_these<'a, T>(&mut self, these: &'a [T]) -> &'a T {
        &these[usize::try_from(self.below(these.len() as u64)).unwrap()]
    }

    /// `count` letters of an alphabet.
    pub fn letters(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count).map(|_| char::from(*self.of_these(alphabet))).collect()
    }
}
