//! The id of a request, by which an operator finds the request in the logs of the proxy and of the gateway.

use std::fmt;

use actix_web::http::header::HeaderMap;

/// The header with the id of a request, in requests and answers.
pub(crate) const HEADER: &str = "x-request-id";

/// The id of a request: 128 bits. A client or a proxy may choose it, but only as 32 hexadecimal digits or as a UUID. Any other text of a client could
/// contain a name or a token, and would be written to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestId {
    number: u128,
    /// Whether the id has the form of a UUID, so that the answer repeats the id as it was sent.
    has_hyphens: bool,
}

impl RequestId {
    /// The id in the request's headers, or a random id if the request has none, several, or one of another form.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(HEADER);
        let sent = match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok().and_then(Self::parse),
            _ => None,
        };
        sent.unwrap_or_else(|| Self {
            number: rand::random(),
            has_hyphens: false,
        })
    }

    /// Parses 32 lower-case hexadecimal digits (nginx's `$request_id`), or a UUID in lower case (RFC 9562 § 4).
    fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let has_hyphens = bytes.len() == 36;
        let mut number: u128 = 0;
        let mut digits = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if has_hyphens && matches!(at, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
                continue;
            }
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return None,
            };
            digits += 1;
            if digits > 32 {
                return None;
            }
            number = number << 4 | u128::from(digit);
        }
        (digits == 32).then_some(Self { number, has_hyphens })
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.number);
        if self.has_hyphens {
            let (a, b, c, d, e) = (&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
            write!(f, "{a}-{b}-{c}-{d}-{e}")
        } else {
            f.write_str(&digits)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_in_a_strict_form_is_accepted_and_repeated_as_sent() {
        for id in ["0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"] {
            assert_eq!(RequestId::parse(id).unwrap().to_string(), id);
        }
    }

    #[test]
    fn any_other_text_is_rejected() {
        for text in [
            "",
            "0123456789abcdef0123456789abcde",
            "0123456789abcdef0123456789abcdef0",
            "0123456789ABCDEF0123456789abcdef",
            "0123456789abcdef0123456789abcdeg",
            "0123456-789ab-cdef-0123-456789abcdef",
            "01234567-89ab-cdef-0123-456789abcde-",
            "hanako.yamada@hospital.example",
            "01234567 89ab-cdef-0123-456789abcdef",
        ] {
            assert_eq!(RequestId::parse(text), None, "{text}");
        }
    }
}
