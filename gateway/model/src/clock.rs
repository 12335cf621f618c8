//! Time as microseconds since the Unix epoch in UTC, and the clocks that supply it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

/// The error for a text that is neither an RFC 3339 instant nor a calendar date.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("is neither a date (2026-04-01) nor an RFC 3339 time (2026-04-01T09:00:00+09:00)")]
pub struct NotATime;

/// Japan Standard Time. A date without a time zone is in this zone, because the programme's forms are signed in Japan.
const JST: jiff::tz::Offset = jiff::tz::Offset::constant(9);

impl Timestamp {
    /// Parses an RFC 3339 instant or a date. A date means the first instant of that day in Japan.
    ///
    /// # Errors
    /// [`NotATime`] if the text is neither an instant nor a date.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Self(instant.as_microsecond()));
        }
        let date: jiff::civil::Date = text.parse().map_err(|_| NotATime)?;
        if text.len() != "2026-04-01".len() {
            return Err(NotATime);
        }
        let instant = JST.to_timestamp(date.at(0, 0, 0, 0)).map_err(|_| NotATime)?;
        Ok(Self(instant.as_microsecond()))
    }

    /// The instant as RFC 3339 text in UTC with a `Z`. If the fraction of the second is zero, it is omitted.
    #[must_use]
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_microsecond(self.0).map_or_else(|_| "9999-12-31T23:59:59Z".to_owned(), |t| t.to_string())
    }

    /// Whole seconds since the Unix epoch, rounded down (JWT `NumericDate`).
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The instant of a JWT `NumericDate`, clamped to the representable range.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// This instant plus a number of seconds, clamped to the representable range.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

/// Timestamps as RFC 3339 text in files that people write: `#[serde(with = "gemj_model::clock::rfc3339")]`.
pub mod rfc3339 {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Timestamp;

    /// Writes a timestamp as RFC 3339 text.
    ///
    /// # Errors
    /// The errors of the serializer.
    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time.rfc3339())
    }

    /// Parses RFC 3339 text or a date; a date means the first instant of that day in Japan.
    ///
    /// # Errors
    /// The text is neither an RFC 3339 instant nor a date.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Timestamps that may be absent, as RFC 3339 text in files that people write: `#[serde(default, with = "gemj_model::clock::maybe_rfc3339")]`.
pub mod maybe_rfc3339 {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Timestamp;

    /// Writes a timestamp as RFC 3339 text; an absent timestamp as null.
    ///
    /// # Errors
    /// The errors of the serializer.
    pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_some(&time.rfc3339()),
            None => serializer.serialize_none(),
        }
    }

    /// Parses RFC 3339 text or a date. Null means an absent timestamp.
    ///
    /// # Errors
    /// The text is neither an RFC 3339 instant nor a date.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Timestamp::parse(&text).map_err(serde::de::Error::custom))
            .transpose()
    }
}

/// The source of the present time.
pub trait Clock: Send + Sync {
    /// Returns the present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock, optionally with a constant offset (the demo's `--clock`).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock {
    /// Microseconds added to the machine's clock; 0 in production.
    pub offset_us: i64,
}

impl SystemClock {
    /// A clock that shows `start` now and advances from there.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self {
            offset_us: start.0.saturating_sub(Self::default().now().0),
        }
    }

    /// Returns this clock behind a shared pointer.
    #[must_use]
    pub fn shared(self) -> Arc<dyn Clock> {
        Arc::new(self)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond().saturating_add(self.offset_us))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_date_means_its_first_instant_in_japan() {
        assert_eq!(Timestamp::parse("2026-04-01").unwrap().rfc3339(), "2026-03-31T15:00:00Z");
        assert_eq!(
            Timestamp::parse("2026-04-01T09:00:00+09:00").unwrap().rfc3339(),
            "2026-04-01T00:00:00Z"
        );
    }

    #[test]
    fn a_text_that_is_neither_a_date_nor_a_time_is_an_error() {
        for text in ["", "yesterday", "2026-13-01", "2026-04-01T09:00:00", "20260401", "1e9"] {
            assert_eq!(Timestamp::parse(text), Err(NotATime), "{text}");
        }
    }
}
