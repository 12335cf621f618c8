//! Dates, times and ages in Beacon records.

use serde::Serialize;

use super::ontology_term::OntologyTerm;

/// A calendar date, `YYYY-MM-DD` (`format: date`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Date(String);

/// A moment in time, RFC 3339 (`format: date-time`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(String);

/// An age, as an ISO 8601 duration (`P32Y6M1D`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Age {
    iso8601duration: String,
}

/// A time, in one of the forms of `common/timeElement.json`. That file also allows a bare moment, but every schema that refers to the file
/// requires an object. A moment can therefore only be written as an interval or an age.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum TimeElement {
    /// The age of the participant at the time.
    Age(Age),
    /// A range between two ages.
    AgeRange {
        /// The younger age.
        start: Age,
        /// The older age.
        end: Age,
    },
    /// A time before birth, as a gestational age.
    GestationalAge {
        /// The number of whole weeks.
        weeks: u8,
        /// The number of additional days; absent if not stated.
        #[serde(skip_serializing_if = "Option::is_none")]
        days: Option<u8>,
    },
    /// A range between two moments.
    Interval {
        /// The earlier moment.
        start: Timestamp,
        /// The later moment.
        end: Timestamp,
    },
    /// A period of life, as an ontology term.
    Term(OntologyTerm),
}

/// Whether `text` has the form `form`. In `form`, `0` stands for any digit, and every other character stands for itself.
fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(t, f)| if f == b'0' { t.is_ascii_digit() } else { t == f })
}

fn within(text: &str, range: std::ops::RangeInclusive<u8>) -> bool {
    text.parse().is_ok_and(|n: u8| range.contains(&n))
}

impl Date {
    /// Parses a date `YYYY-MM-DD` that exists in the Gregorian calendar. `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if !has_form(text, "0000-00-00") {
            return None;
        }
        let year: u32 = text.get(..4)?.parse().ok()?;
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match text.get(5..7)? {
            "01" | "03" | "05" | "07" | "08" | "10" | "12" => 31,
            "04" | "06" | "09" | "11" => 30,
            "02" if is_leap => 29,
            "02" => 28,
            _ => return None,
        };
        within(text.get(8..)?, 1..=days).then(|| Self(text.to_owned()))
    }

    /// The date as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Timestamp {
    /// Parses a moment in RFC 3339 format: `2025-01-16T09:30:00Z`, with an optional fraction or offset. `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        Date::parse(date)?;
        let clock = time.get(..8).filter(|clock| has_form(clock, "00:00:00"))?;
        let right = within(clock.get(..2)?, 0..=23) && within(clock.get(3..5)?, 0..=59) && within(clock.get(6..)?, 0..=60);
        let rest = time.get(8..)?;
        let zone = match rest.strip_prefix('.') {
            Some(fraction) => {
                let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
                fraction.get(digits..).filter(|_| matches!(digits, 1..=9))?
            }
            None => rest,
        };
        let offset = |zone: &str| {
            (has_form(zone, "+00:00") || has_form(zone, "-00:00"))
                && zone.get(1..3).is_some_and(|h| within(h, 0..=23))
                && zone.get(4..).is_some_and(|m| within(m, 0..=59))
        };
        (right && (zone == "Z" || offset(zone))).then(|| Self(text.to_owned()))
    }

    /// The moment as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Age {
    /// Parses an age, an ISO 8601 duration of years, months, weeks and days (`P32Y6M1D`, `P3W`). `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('P').filter(|r| !r.is_empty() && r.len() <= 32)?;
        let mut units = "YMWD";
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let unit = rest.get(digits..)?.chars().next().filter(|_| matches!(digits, 1..=6))?;
            units = units.split_once(unit)?.1;
            rest = rest.get(digits + 1..)?;
        }
        Some(Self {
            iso8601duration: text.to_owned(),
        })
    }

    /// The age as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.iso8601duration
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_valid_days_moments_and_ages_parse() {
        for good in ["2024-02-29", "2000-02-29", "1999-12-31"] {
            assert!(Date::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-04-31",
            "2024-4-1",
            "2024-01-00",
            "20240101",
            "2024-01-0é",
        ] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
        for good in ["2025-01-16T09:30:00Z", "2025-01-16T09:30:00.123Z", "2025-01-16T23:59:60+09:00"] {
            assert!(Timestamp::parse(good).is_some(), "{good}");
        }
        for bad in [
            "2025-01-16",
            "2025-01-16T09:30Z",
            "2025-01-16T24:00:00Z",
            "2025-01-16T09:30:00",
            "2025-01-16T09:30:00.Z",
            "2025-01-16T09:30:00+9:00",
        ] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
        for good in ["P32Y6M1D", "P3W", "P0D"] {
            assert_eq!(Age::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "P", "32Y", "PY", "P1D1Y", "P1Y1Y", "P1.5Y", "PT1H", "P-1Y", "P1É"] {
            assert_eq!(Age::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_rejected_without_panic(text in ".{0,30}") {
            let _ = (Date::parse(&text), Timestamp::parse(&text), Age::parse(&text));
        }
    }
}
