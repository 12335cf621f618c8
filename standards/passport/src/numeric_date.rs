//! `NumericDate` of RFC 7519: whole seconds.

use serde_json::Value;

/// Whole seconds since 1970-01-01T00:00:00Z (`RFC 7519 § 2`), always between 0 and the end of the year 9999. The sum of two dates therefore
/// never overflows. A timestamp in milliseconds (of any date after 1978) is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumericDate(i64);

/// The largest accepted date, 9999-12-31T23:59:59Z, in seconds since 1970.
const MAX_SECONDS: i64 = 253_402_300_799;

impl NumericDate {
    /// Converts seconds since 1970-01-01T00:00:00Z; `None` if below 0 or after the year 9999.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        (0..=MAX_SECONDS).contains(&seconds).then_some(Self(seconds))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// Parses a JSON integer. Strings, fractions, exponents and numbers out of range give `None`, and the caller rejects them. Older releases
    /// of jsonwebtoken treated a claim of the wrong type as absent (CVE-2026-25537).
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        value.as_i64().and_then(Self::from_seconds)
    }
}
