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
        let mut digest = [0; 16];
        hex::decode_to_slice(text, &mut digest).map_err(|_| Md5Error)?;
        Ok(Self(digest))
    }
}

impl std::fmt::Display for Md5 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
