//! The deny list: tokens, persons and issuers that are refused.

use gemj_access::{Bans, Identity};
use serde::{Deserialize, Serialize};

/// Tokens that are refused although they are valid: single tokens, and all tokens of a person or of an issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenyList {
    /// Single tokens (passports, visas, access tokens) that are refused.
    #[serde(default, rename = "token")]
    pub tokens: Vec<DeniedToken>,
    /// Persons for whom every token is refused.
    #[serde(default, rename = "subject")]
    pub subjects: Vec<DeniedSubject>,
    /// Issuers (`iss`, compared byte for byte) for which every signed token is refused.
    #[serde(default)]
    pub issuers: Vec<String>,
}

impl DenyList {
    /// The deny list as bans. Bans apply to everything that is used after a token was presented: signed URLs, streams,
    /// runs, and tokens that this gateway issued.
    #[must_use]
    pub fn bans(&self) -> Bans {
        let mut bans = Bans::default();
        for token in &self.tokens {
            bans.add_token(&token.issuer, &token.jti);
        }
        for person in &self.subjects {
            bans.add_person(&Identity {
                issuer: person.issuer.clone(),
                subject: person.subject.clone(),
            });
        }
        for issuer in &self.issuers {
            bans.add_issuer(issuer);
        }
        bans
    }
}

/// A token that is refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeniedToken {
    /// The `iss` of the refused token.
    pub issuer: String,
    /// The `jti` of the refused token.
    pub jti: String,
}

/// A person whose tokens are refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeniedSubject {
    /// The `iss` of the person's tokens.
    pub issuer: String,
    /// The `sub` of the person's tokens.
    pub subject: String,
}

impl std::fmt::Debug for DeniedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeniedToken").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for DeniedSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeniedSubject")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
