//! The credentials that a request presents.

/// The credentials with which one request identifies its caller. [`Presented::default`] contains no credentials.
///
/// The calling code must ensure two things:
/// * It refuses a request that contains the DPoP header twice (RFC 9449 § 4.3, check 1) or the Authorization header twice (RFC 9110).
/// * It takes the certificate only from the TLS connection itself, or from a proxy that alone can set the certificate.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    /// The Authorization header; absent if the request has none.
    pub authorization: Option<Authorization<'a>>,
    /// The passports of the request body (`DRS 1.5 § PostObjectBody`), in the order of the body.
    pub passports: &'a [String],
    /// The DPoP header, with the request for which the proof must have been made; absent if the request has no DPoP header.
    pub proof: Option<DpopProof<'a>>,
    /// The client's certificate in DER; absent if the client presented no certificate.
    pub client_certificate: Option<&'a [u8]>,
}

/// An Authorization header, split at its space.
#[derive(Clone, Copy)]
pub struct Authorization<'a> {
    /// The scheme.
    pub scheme: Scheme,
    /// The token after the scheme.
    pub token: &'a str,
}

/// The schemes under which tokens are presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `Bearer` (RFC 6750 § 2.1).
    Bearer,
    /// `DPoP` (RFC 9449 § 7.1).
    Dpop,
}

/// A DPoP proof and the request that carried it.
#[derive(Clone, Copy)]
pub struct DpopProof<'a> {
    /// The value of the DPoP header.
    pub proof: &'a str,
    /// The method of the request, as received.
    pub method: &'a str,
    /// The whole URL as the client addresses it. Scheme and authority come from the configured public URL, never from the Host header. Path
    /// and query are as received (the query is not compared, RFC 9449 § 4.3, check 9).
    pub url: &'a str,
}

impl<'a> Authorization<'a> {
    /// Parses the value of an Authorization header: `Bearer` or `DPoP` in any case, then spaces, then a token. Absent for every other value.
    #[must_use]
    pub fn parse(header: &'a str) -> Option<Self> {
        let (scheme, token) = header.split_once(' ')?;
        let scheme = match scheme {
            s if s.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
            s if s.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
            _ => return None,
        };
        let token = token.trim_matches(' ');
        (!token.is_empty()).then_some(Self { scheme, token })
    }
}

impl<'a> Presented<'a> {
    /// Credentials of a bearer token and passports, without a proof of a binding.
    #[must_use]
    pub fn bearer(token: Option<&'a str>, passports: &'a [String]) -> Self {
        Self {
            authorization: token.map(|token| Authorization {
                scheme: Scheme::Bearer,
                token,
            }),
            passports,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_by_its_scheme() {
        let read = |header| Authorization::parse(header).map(|a| (a.scheme, a.token));
        assert_eq!(read("Bearer a.b.c"), Some((Scheme::Bearer, "a.b.c")));
        assert_eq!(read("bEARER  a.b.c "), Some((Scheme::Bearer, "a.b.c")));
        assert_eq!(read("DPoP x"), Some((Scheme::Dpop, "x")));
        assert_eq!(read("dpop x"), Some((Scheme::Dpop, "x")));
        for other in [
            "",
            "Bearer",
            "Bearer ",
            "DPoP",
            "DPoP  ",
            "Basic YTpi",
            "a.b.c",
            "DPoP\tx",
            "Bearerx y",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
