//! A date of limited precision.

use std::fmt;

/// A year, a year and month, or a day of the Gregorian calendar, as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Dates are ordered by text, so a year
/// sorts before its months.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate(String);

/// The error for a text that is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not YYYY, YYYY-MM or YYYY-MM-DD of the calendar")]
pub struct NotADate;

impl PartialDate {
    /// Parses a date. Only the years 1800 to 2200 are accepted, to detect a mistyped century.
    ///
    /// # Errors
    /// [`NotADate`] for a text of another form, and for days that the calendar does not have.
    pub fn parse(text: &str) -> Result<Self, NotADate> {
        let digits = |part: &str, len: usize| {
            let good = part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
            good.then(|| part.parse::<u32>().ok()).flatten().ok_or(NotADate)
        };
        let parts: Vec<&str> = text.split('-').collect();
        let year = digits(parts.first().copied().unwrap_or_default(), 4)?;
        let month = parts.get(1).map(|m| digits(m, 2)).transpose()?;
        let day = parts.get(2).map(|d| digits(d, 2)).transpose()?;
        let within = (1800..=2200).contains(&year)
            && month.is_none_or(|m| (1..=12).contains(&m))
            && day.is_none_or(|d| d >= 1 && d <= month.map_or(0, |m| days_of(year, m)));
        if parts.len() > 3 || !within {
            return Err(NotADate);
        }
        Ok(Self(text.to_owned()))
    }

    /// The date as text, with the precision with which it was stated.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The date without its day. A date without a day stays unchanged.
    #[must_use]
    pub fn to_month(&self) -> Self {
        Self(self.0.chars().take(7).collect())
    }

    /// The first and the last month in which the date can be. Months are counted from January of year 0. Both are equal if the date states a month.
    #[must_use]
    pub fn months(&self) -> Option<(i64, i64)> {
        let year: i64 = self.0.get(..4)?.parse().ok()?;
        let Some(month) = self.0.get(5..7) else {
            return Some((year * 12, year * 12 + 11));
        };
        let month: i64 = month.parse().ok()?;
        Some((year * 12 + month - 1, year * 12 + month - 1))
    }

    /// Whether the two dates are equal, or one of them is the other date with less precision.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartialDate(..)")
    }
}

fn days_of(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_dates_that_exist_in_the_calendar_parse() {
        for good in ["1984", "1984-02", "1984-02-29", "2000-02-29", "2026-12-31"] {
            assert_eq!(PartialDate::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "84",
            "1984-2",
            "1984-13",
            "1900-02-29",
            "2023-02-30",
            "1984-00-01",
            "1984-01-01-01",
            "１９８４",
            "0984",
        ] {
            assert!(PartialDate::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_date_agrees_with_the_same_date_of_lower_precision() {
        let of = |text| PartialDate::parse(text).unwrap();
        assert!(of("1984").agrees_with(&of("1984-03")) && of("1984-03-01").agrees_with(&of("1984-03")));
        assert!(!of("1984-04").agrees_with(&of("1984-03")));
        assert_eq!(of("1984-03-01").to_month(), of("1984-03"));
    }
}
