//! Checks of Passport and AAI 1.2.1 from outside: a protected path must refuse requests without a valid token.

use crate::check::{Check, Standard};

mod bearer;
mod protected;

const STANDARD: Standard = Standard::Passport;

/// The checks of Passport. They can test any protected path, so no check belongs to one operation.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "no-credentials-401",
        title: "A protected path without credentials gets 401.",
        reference: "GA4GH AAI 1.2.1, Clearinghouse; RFC 9110 § 15.5.2",
        expected: "401",
        run: bearer::no_credentials,
    },
    Check {
        id: "no-credentials-www-authenticate",
        title: "The 401 requests a Bearer token.",
        reference: "RFC 6750 § 3; RFC 9110 § 11.6.1: a 401 MUST have WWW-Authenticate",
        expected: "401 with WWW-Authenticate: Bearer",
        run: bearer::challenge,
    },
    Check {
        id: "garbage-token-401",
        title: "A text that is not a token gets 401.",
        reference: "RFC 6750 § 3.1 invalid_token; GA4GH AAI 1.2.1, Clearinghouse",
        expected: "401",
        run: bearer::garbage,
    },
    Check {
        id: "alg-none-401",
        title: "An unsigned token gets 401, with every spelling of none.",
        reference: "GA4GH AAI 1.2.1, signing algorithms: RS256 and ES256 only; RFC 8725 § 2.1",
        expected: "401 to alg none, None, NONE",
        run: bearer::unsigned,
    },
    Check {
        id: "forged-signature-401",
        title: "A token of a known issuer with a forged signature gets 401.",
        reference: "GA4GH AAI 1.2.1, Clearinghouse: the signature MUST be verified",
        expected: "401",
        run: bearer::forged,
    },
    Check {
        id: "tampered-claims-401",
        title: "A valid token with changed claims gets 401, and the unchanged token is accepted.",
        reference: "GA4GH AAI 1.2.1, Clearinghouse: the signature MUST be verified; RFC 7515 § 5.2",
        expected: "401, and 2xx to the token itself",
        run: bearer::tampered,
    },
    Check {
        id: "expired-token-401",
        title: "An expired token gets 401.",
        reference: "GA4GH AAI 1.2.1, Clearinghouse: exp; RFC 7519 § 4.1.4",
        expected: "401",
        run: bearer::expired,
    },
    Check {
        id: "query-token-401",
        title: "A valid token in the query string is not accepted.",
        reference: "RFC 6750 § 2.3 (not to be used), § 5.3; RFC 9700 § 4.3.2",
        expected: "401, and 2xx to the same token in its header",
        run: bearer::in_query,
    },
    Check {
        id: "refusal-does-not-echo-the-token",
        title: "A refusal does not repeat the token, in body or headers.",
        reference: "RFC 6750 § 5.3: bearer tokens are not disclosed",
        expected: "a refusal without the token",
        run: bearer::echo,
    },
    Check {
        id: "visaless-token-refused",
        title: "A valid token without the required visa does not open a protected path.",
        reference: "GA4GH Passport 1.2.1, ControlledAccessGrants; AAI 1.2.1, Clearinghouse",
        expected: "403, or 404 if existence is hidden, and 2xx to the caller's own token",
        run: bearer::visaless,
    },
];
