/// An MD5 digest, written as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Md5([u8; 16]);

/// The text is not an MD5 digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an MD5 digest has 32 hexadecimal digits")]
pub struct Md5Error;

impl Md5 {
    /// The MD5 digest that consists of these bytes.
    #[must_use]
    pub const fn from_bytes(digest: [u8; 16]) -> Self {
        Self(digest)
    }

    /// Parses an MD5 digest from 32 hexadecimal digits of either case.
    ///
    /// # Errors
    /// [`Md5Error`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Md5Error> {
        let digits = text.as_bytes();
        if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(Md5Error);
        }
        let mut digest = [0; 16];
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| Md5Error)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| Md5Error)?;
        }
        Ok(Self(digest))
    }
}

impl std::fmt::Display for Md5 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
