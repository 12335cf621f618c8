//! Ages as ISO 8601 durations.
//!
//! A year is 365.25 days and a month is a twelfth of a year, so that all ages are comparable: `P12M` is `P1Y`, `P4W` is less than `P1M`.

/// An age in units of half an hour (48 per day): the largest unit in which years, months, weeks, days and hours are all whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Age(u64);

const YEAR: u64 = 17_532;
const MONTH: u64 = 1_461;
const WEEK: u64 = 336;
const DAY: u64 = 48;
const HOUR: u64 = 2;

impl Age {
    /// Ninety years. Participants of this age or older are compared as one group, because records contain no higher age.
    pub(super) const OLDEST: Self = Self(90 * YEAR);

    /// Parses an ISO 8601 duration such as `P70Y`, `P1Y6M`, `P3W` or `P1DT12H`: whole numbers, largest unit first. Absent for any other
    /// text, including minutes and fractions.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('P')?;
        let (date, time) = match text.split_once('T') {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None => (text, ""),
        };
        if date.is_empty() && time.is_empty() {
            return None;
        }
        let days = sum(date, &[('Y', YEAR), ('M', MONTH), ('W', WEEK), ('D', DAY)])?;
        Some(Self(days.checked_add(sum(time, &[('H', HOUR)])?)?))
    }

    /// The age of this number of whole months.
    pub(super) fn of_months(months: u64) -> Self {
        Self(months.saturating_mul(MONTH))
    }

    /// Whether the age is a positive whole multiple of this number of years.
    pub(super) fn is_whole_years(self, step: u64) -> bool {
        self.0 > 0 && self.0.is_multiple_of(step.saturating_mul(YEAR))
    }
}

fn sum(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let (mut total, mut left) = (0u64, units);
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit())?;
        let (digits, rest) = text.split_at(end);
        let unit = rest.chars().next()?;
        let at = left.iter().position(|(letter, _)| *letter == unit)?;
        // Nine digits exceed every human age and cannot overflow.
        let count: u64 = if digits.len() <= 9 { digits.parse().ok()? } else { return None };
        total = total.checked_add(count.checked_mul(left[at].1)?)?;
        left = &left[at + 1..];
        text = &rest[unit.len_utf8()..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ages_in_different_units_are_comparable() {
        let of = |text| Age::parse(text).unwrap();
        assert_eq!(of("P12M"), of("P1Y"));
        assert_eq!(of("P1W"), of("P7D"));
        assert_eq!(of("PT48H"), of("P2D"));
        assert_eq!(of("P0D"), of("P0Y"));
        let in_order = [
            "P0D", "PT1H", "P1D", "P4W", "P1M", "P11M", "P365D", "P1Y", "P366D", "P1Y1D", "P69Y11M", "P70Y",
        ];
        for pair in in_order.windows(2) {
            assert!(of(pair[0]) < of(pair[1]), "{pair:?}");
        }
        assert!(of("P10Y").is_whole_years(5) && of("P120M").is_whole_years(5));
        assert!(!of("P7Y").is_whole_years(5) && !of("P0Y").is_whole_years(5) && !of("P5Y1D").is_whole_years(5));
    }

    #[test]
    fn a_text_that_is_not_a_duration_is_not_parsed() {
        for bad in [
            "",
            "P",
            "PT",
            "P1",
            "1Y",
            "P1Y2",
            "P1M1Y",
            "P1Y1Y",
            "P1.5Y",
            "P-1Y",
            "P1YT",
            "PT5M",
            "p1y",
            "P1234567890Y",
            "P１Y",
            "P1Yx",
        ] {
            assert!(Age::parse(bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[PYMWDTH0-9é]{0,12}") {
            let _ = Age::parse(&text);
        }
    }
}
