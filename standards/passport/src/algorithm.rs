//! The two signature algorithms of the GA4GH AAI OIDC Profile.

/// A signature algorithm. `AAI 1.2.1 § Signing Algorithms`: "JWTs MUST be signed with RS256 or ES256". No other algorithm is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256, signature as `r || s`.
    Es256,
}

impl Algorithm {
    /// The value of the header member `alg`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// Parses the header member `alg`, which is case-sensitive (`RFC 7515 § 4.1.1`). `None` for every algorithm that is not allowed.
    #[must_use]
    pub fn parse(alg: &str) -> Option<Self> {
        match alg {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}
