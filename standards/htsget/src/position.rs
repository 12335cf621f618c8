/// A 0-based position on a reference sequence. A position is inclusive as a start and exclusive as an end.
///
/// htsget defines positions as 32-bit unsigned integers: 0 to 4,294,967,295.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u32);

impl Position {
    /// The position of the first base of a sequence.
    pub const FIRST: Self = Self(0);

    /// The position `zero_based` bases after the first base.
    #[must_use]
    pub const fn new(zero_based: u32) -> Self {
        Self(zero_based)
    }

    /// The position as a 0-based number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Parses a position from ASCII digits: no sign, space, exponent or fraction, and at most 2^32-1. `None` for any other text.
    #[must_use]
    pub fn from_digits(text: &str) -> Option<Self> {
        // `u32::from_str` alone would accept a leading `+`.
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().map(Self)
    }
}

impl From<u32> for Position {
    fn from(zero_based: u32) -> Self {
        Self(zero_based)
    }
}

impl From<Position> for u32 {
    fn from(position: Position) -> Self {
        position.0
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
