use serde::Deserialize;

/// A GA4GH Passport as the client sent it: an encoded JWT. This crate does not verify the passport. A passport is a credential, so `Debug` does
/// not show it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct EncodedPassport(String);

impl EncodedPassport {
    /// The encoded token. Use it for verification only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for EncodedPassport {
    fn from(encoded: String) -> Self {
        Self(encoded)
    }
}

impl std::fmt::Debug for EncodedPassport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EncodedPassport(..)")
    }
}
