//! What a request shows.

/// What one request shows to say who sent it. [`Presented::default`] shows nothing.
///
/// Whoever fills it in answers for two things: a header that occurs twice is refused before (RFC 9449 § 4.3, check 1, and RFC 9110 for
/// Authorization), and the certificate comes from the TLS connection itself or from a proxy that alone can set it.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    /// The Authorization header; absent where there is none.
    pub authorization: Option<Authorization<'a>>,
    /// Passports of the request body (`DRS 1.5 § PostObjectBody`), in their order.
    pub passports: &'a [String],
    /// The DPoP header with the request that it must speak of; absent where there is none.
    pub proof: Option<DpopProof<'a>>,
    /// The client's certificate in DER; absent where none was shown.
    pub client_certificate: Option<&'a [u8]>,
}

/// An Authorization header, split at its space.
#[derive(Clone, Copy)]
pub struct Authorization<'a> {
    /// The scheme.
    pub scheme: Scheme,
    /// What follows it.
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

/// A DPoP proof and the request that it came with.
#[derive(Clone, Copy)]
pub struct DpopProof<'a> {
    /// The value of the DPoP header.
    pub proof: &'a str,
    /// The method of the request, as received.
    pub method: &'a str,
    /// The whole URL as the client addresses it: scheme and authority of the configured public URL, never of the Host header; then path and
    /// query as received (the query is not compared, RFC 9449 § 4.3, check 9).
    pub url: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads a header value: `Bearer` or `DPoP` in any case, then spaces, then a token. Absent for everything else.
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
    /// A bearer token and passports, and nothing that would prove a binding.
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
