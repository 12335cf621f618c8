//! The idempotency key of a request (draft-ietf-httpapi-idempotency-key-header).

use actix_web::HttpRequest;
use gemj_services::consent_portal::PortalFault;

/// The maximum number of characters of a key.
const MAX_CHARACTERS: usize = 255;

/// The key of a request. Absent if the header is absent, occurs twice, or is not 1 to 255 printable ASCII characters.
pub(super) fn of(request: &HttpRequest) -> Option<String> {
    let mut values = request.headers().get_all("idempotency-key");
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let text = value.to_str().ok()?.trim();
    let is_key = (1..=MAX_CHARACTERS).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    is_key.then(|| text.to_owned())
}

/// Why only the withdrawals of a request are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// The request has no usable idempotency key.
    Missing,
    /// The key was used for a request with another body.
    Reused,
}

impl Condition {
    pub(super) fn fault(self) -> PortalFault {
        match self {
            Self::Missing => PortalFault::KeyMissing,
            Self::Reused => PortalFault::KeyReused,
        }
    }

    /// The status of the answer: "400 (Bad Request)" without a key and "422" for a key with another payload (draft § 2.7).
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Missing => 400,
            Self::Reused => 422,
        }
    }

    /// The text for the caller.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Missing => {
                "the header Idempotency-Key (1 to 255 printable ASCII characters, once) is expected; only withdrawals were recorded"
            }
            Self::Reused => "this Idempotency-Key was used for another body; only withdrawals were recorded",
        }
    }
}
