//! The ages that records contain: with the precision that sources stated, and only below ninety years, because few participants are older.
//! A date is never listed.

use ga4gh_beacon::{Age, TimeElement};
use gemj_model::PartialDate;

use super::term::{Terms, curie};
use crate::beacon::filters;

/// The lowest age, in years, that records do not contain.
const TOO_OLD: u32 = 90;

/// The time in life when a fact began, as a source stated it: an age, a range `start/end`, weeks of a pregnancy `gestation:P33W2D`, or a
/// term. Absent for any other text, including dates.
pub(super) fn time(text: &str, terms: &Terms) -> Option<TimeElement> {
    let age = |text: &str| if terms.are_for_sender() { Age::parse(text) } else { age(text) };
    if let Some(age) = age(text) {
        return Some(TimeElement::Age(age));
    }
    if let Some((start, end)) = text.split_once('/') {
        return Some(TimeElement::AgeRange {
            start: age(start)?,
            end: age(end)?,
        });
    }
    if let Some(stated) = text.strip_prefix("gestation:") {
        let (weeks, days) = stated.strip_prefix('P')?.split_once('W')?;
        let days = days.strip_suffix('D').map(str::parse).transpose().ok()?;
        return Some(TimeElement::GestationalAge {
            weeks: weeks.parse().ok()?,
            days,
        });
    }
    curie(text)?;
    terms.term(text, "").map(TimeElement::Term)
}

/// The statement that counts when several sources state the age at the last encounter. It is the last statement that is an age or a range
/// of ages, even if records may not contain this age. If no statement is an age, it is the last statement. Absent if there are no
/// statements.
pub(in crate::beacon) fn last_word(stated: &[String]) -> Option<&str> {
    let ages = stated.iter().rev().find(|text| filters::is_age(text));
    ages.or(stated.last()).map(String::as_str)
}

/// Whether a duration is an age that records do not contain, because it is ninety years or more.
pub(in crate::beacon) fn is_too_old(text: &str) -> bool {
    years(text).is_some_and(|years| years >= TOO_OLD)
}

/// The age that an ISO 8601 duration states. Absent if the text is not a duration, or if the age is ninety years or more.
pub(super) fn age(text: &str) -> Option<Age> {
    let age = Age::parse(text)?;
    (years(text)? < TOO_OLD).then_some(age)
}

/// The number of whole years in a duration, calculated so that it is never too low: 365 days count as a year. An age of ninety years
/// therefore cannot be hidden in weeks or days.
fn years(text: &str) -> Option<u32> {
    const TWELFTHS_OF_A_YEAR: u64 = 12 * 365;
    let (mut twelfths_of_days, mut digits) = (0u64, 0u64);
    for letter in text.strip_prefix('P')?.chars() {
        let twelfths = match letter {
            'Y' => TWELFTHS_OF_A_YEAR,
            'M' => 365,
            'W' => 7 * 12,
            'D' => 12,
            digit => {
                digits = digits.checked_mul(10)?.checked_add(u64::from(digit.to_digit(10)?))?;
                continue;
            }
        };
        twelfths_of_days = twelfths_of_days.checked_add(digits.checked_mul(twelfths)?)?;
        digits = 0;
    }
    u32::try_from(twelfths_of_days / TWELFTHS_OF_A_YEAR).ok()
}

/// The age at a date, in whole years: the least and the greatest possible value. Absent if the date is before the birth, or if the age can
/// be ninety years or more.
pub(super) fn between(born: &PartialDate, at: &PartialDate) -> Option<(u32, u32)> {
    let (born_first, born_last) = born.months()?;
    let (at_first, at_last) = at.months()?;
    // Days are not used. In the month of birth, the birthday may be past or still to come, so the least age is calculated from one month
    // less.
    let most = u32::try_from((at_last - born_first).div_euclid(12)).ok()?;
    let least = u32::try_from((at_first - born_last - 1).max(0).div_euclid(12)).ok()?;
    (most < TOO_OLD).then_some((least, most))
}

/// The age of this number of whole years.
pub(super) fn of_years(years: u32) -> Option<Age> {
    Age::parse(&format!("P{years}Y"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn said(text: &str) -> Value {
        serde_json::to_value(time(text, &Terms::default())).unwrap()
    }

    #[test]
    fn onsets_are_listed_as_stated_and_dates_never() {
        assert_eq!(said("P32Y6M1D"), json!({"iso8601duration": "P32Y6M1D"}));
        assert_eq!(
            said("P1Y/P2Y"),
            json!({"start": {"iso8601duration": "P1Y"}, "end": {"iso8601duration": "P2Y"}})
        );
        assert_eq!(said("gestation:P33W2D"), json!({"weeks": 33, "days": 2}));
        assert_eq!(said("HP:0003581"), json!({"id": "HP:0003581"}));
        for never in [
            "",
            "1984-03-01",
            "2020-01-01T09:30:00Z",
            "2020-01-01T00:00:00Z/2021-01-01T00:00:00Z",
            "P1Y/..",
            "../P3Y",
            "in childhood",
            "hospital-a.term:7",
            "gestation:P300W2D",
        ] {
            assert_eq!(said(never), Value::Null, "{never}");
        }
    }

    #[test]
    fn ages_of_ninety_years_and_more_are_not_listed() {
        for told in ["P89Y", "P1000M", "P80Y11M", "P4600W", "P89Y11M", "P89Y364D", "P32849D"] {
            assert_ne!(said(told), Value::Null, "{told}");
        }
        for hidden in [
            "P90Y", "P102Y3M", "P1080M", "P89Y400D", "P5000W", "P4699W", "P33000D", "P32900D", "P32850D", "P5Y/P95Y",
        ] {
            assert_eq!(said(hidden), Value::Null, "{hidden}");
        }
    }

    #[test]
    fn an_age_between_two_dates_is_as_precise_as_the_dates() {
        let of = |born: &str, at: &str| between(&PartialDate::parse(born).unwrap(), &PartialDate::parse(at).unwrap());
        assert_eq!(of("1990-06", "2020-05"), Some((29, 29)));
        assert_eq!(of("1990-06", "2020-06-30"), Some((29, 30)));
        assert_eq!(of("1990-06", "2020-07"), Some((30, 30)));
        assert_eq!(of("1990", "2020"), Some((29, 30)));
        assert_eq!(of("1990-06", "1990-06"), Some((0, 0)));
        assert_eq!(of("1990-06", "1990-05"), None);
        assert_eq!(of("1920", "2015"), None);
    }

    #[test]
    fn the_last_stated_age_counts_even_if_records_do_not_contain_it() {
        let of = |stated: &[&str]| {
            let stated: Vec<String> = stated.iter().map(|text| (*text).to_owned()).collect();
            last_word(&stated).map(str::to_owned)
        };
        assert_eq!(of(&["P50Y", "P45Y"]).as_deref(), Some("P45Y"));
        assert_eq!(of(&["P50Y", "P45Y/P50Y", "in childhood"]).as_deref(), Some("P45Y/P50Y"));
        assert_eq!(
            of(&["P89Y", "P91Y"]).as_deref(),
            Some("P91Y"),
            "a participant above ninety is not listed as younger"
        );
        assert_eq!(of(&["HP:0003581"]).as_deref(), Some("HP:0003581"));
        assert_eq!(of(&[]), None);
    }

    proptest! {
        /// For every pair of days that the dates can mean, the age is within the range.
        #[test]
        fn each_possible_age_is_in_the_range(by in 1930i32..2000, bm in 1i32..=12, bd in 1i32..=28, y in 0i32..60, m in 1i32..=12, d in 1i32..=28,
                                        born_month: bool, at_month: bool) {
            let at_year = by + y;
            prop_assume!((at_year, m, d) >= (by, bm, bd));
            let whole = y - i32::from((m, d) < (bm, bd));
            let born = if born_month { format!("{by}-{bm:02}") } else { format!("{by}") };
            let at = if at_month { format!("{at_year}-{m:02}") } else { format!("{at_year}") };
            let (least, most) = between(&PartialDate::parse(&born).unwrap(), &PartialDate::parse(&at).unwrap()).unwrap();
            prop_assert!((least..=most).contains(&u32::try_from(whole).unwrap()) && most - least <= 2);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "[PYMWD0-9/:.a-zé-]{0,16}") {
            let _ = time(&text, &Terms::default());
        }
    }
}
