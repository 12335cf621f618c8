//! The kinds of token, distinguished by `typ`.

use crate::limits::{ACCESS_TOKEN_MAX_BYTES, PASSPORT_MAX_BYTES, VISA_MAX_BYTES};

/// The kind of a token. A token of one kind is never parsed as another kind (`RFC 8725 § 3.11`, explicit typing).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A passport. `AAI 1.2.1 § Passport Format`: typ "vnd.ga4gh.passport+jwt", required.
    Passport,
    /// A visa. `AAI 1.2.1 § Visa Document Token Format`: typ "vnd.ga4gh.visa+jwt" or "JWT". The typ is only recommended, so it may be absent.
    Visa,
    /// An access token. `AAI 1.2.1 § Passport-Scoped Access Token`: typ "JWT" or "at+jwt".
    AccessToken,
}

impl TokenKind {
    /// The largest accepted token of this kind, in bytes.
    #[must_use]
    pub fn max_bytes(self) -> usize {
        match self {
            Self::Passport => PASSPORT_MAX_BYTES,
            Self::Visa => VISA_MAX_BYTES,
            Self::AccessToken => ACCESS_TOKEN_MAX_BYTES,
        }
    }

    /// Whether a token with this `typ` may be of this kind. Media types compare case-insensitively and may have the prefix `application/`
    /// (`RFC 7515 § 4.1.9`).
    #[must_use]
    pub fn accepts_typ(self, typ: Option<&str>) -> bool {
        let Some(typ) = typ else {
            return self == Self::Visa;
        };
        let short = short_media_type(typ);
        match self {
            Self::Passport => short == "vnd.ga4gh.passport+jwt",
            Self::Visa => short == "vnd.ga4gh.visa+jwt" || short == "jwt",
            Self::AccessToken => short == "jwt" || short == "at+jwt",
        }
    }

    /// The kind of a bearer token, determined from its `typ`; `None` if the token can be neither a passport nor an access token.
    #[must_use]
    pub fn of_bearer(typ: Option<&str>) -> Option<Self> {
        [Self::Passport, Self::AccessToken].into_iter().find(|kind| kind.accepts_typ(typ))
    }
}

pub(crate) fn short_media_type(typ: &str) -> String {
    let lower = typ.to_ascii_lowercase();
    lower.strip_prefix("application/").map_or_else(|| lower.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typ_distinguishes_the_kinds_of_token() {
        assert!(TokenKind::Passport.accepts_typ(Some("vnd.ga4gh.passport+jwt")));
        assert!(TokenKind::Passport.accepts_typ(Some("application/VND.GA4GH.Passport+JWT")));
        for typ in [
            None,
            Some("JWT"),
            Some("at+jwt"),
            Some("vnd.ga4gh.visa+jwt"),
            Some(""),
            Some("application/application/vnd.ga4gh.passport+jwt"),
        ] {
            assert!(!TokenKind::Passport.accepts_typ(typ), "{typ:?}");
        }
        assert!(TokenKind::Visa.accepts_typ(None) && TokenKind::Visa.accepts_typ(Some("jwt")));
        assert!(!TokenKind::Visa.accepts_typ(Some("vnd.ga4gh.passport+jwt")) && !TokenKind::Visa.accepts_typ(Some("at+jwt")));
        assert_eq!(TokenKind::of_bearer(Some("AT+JWT")), Some(TokenKind::AccessToken));
        assert_eq!(TokenKind::of_bearer(Some("vnd.ga4gh.visa+jwt")), None);
        assert_eq!(TokenKind::of_bearer(None), None);
    }
}
