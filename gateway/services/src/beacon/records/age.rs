//! Ages, as far as records tell them: in the steps that sources stated them in, and none of ninety years or more, of whom there are few. A date
//! is never told.

use ga4gh_beacon::{Age, TimeElement};
use gemj_model::PartialDate;

use super::term::{Terms, curie};
use crate::beacon::filters;

/// The age from which none is told, in years.
const TOO_OLD: u32 = 90;

/// When in life something began, as a source stated it: an age, two ages `start/end`, weeks of a pregnancy `gestation:P33W2D`, or a term.
/// Absent for all else, dates among it.
pub(super) fn time(text: &str, terms: &Terms) -> Option<TimeElement> {
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

/// Which of the words of several sources on the age at the last encounter counts: the last that is an age or two ages, whether it may be told or not;
/// where none is, the last. Absent where there are none.
pub(in crate::beacon) fn last_word(stated: &[String]) -> Option<&str> {
    let ages = stated.iter().rev().find(|text| filters::is_age(text));
    ages.or(stated.last()).map(String::as_str)
}

/// Whether a duration is one of the ages that are not told.
pub(in crate::beacon) fn is_too_old(text: &str) -> bool {
    years(text).is_some_and(|years| years >= TOO_OLD)
}

/// An ISO 8601 duration that may be told.
pub(super) fn age(text: &str) -> Option<Age> {
    let age = Age::parse(text)?;
    (years(text)? < TOO_OLD).then_some(age)
}

/// The years of a duration, rounded up, so that no unit hides them.
fn years(text: &str) -> Option<u32> {
    let (mut days, mut digits) = (0u64, 0u64);
    for letter in text.strip_prefix('P')?.chars() {
        let in_days = match letter {
            'Y' => 366,
            'M' => 31,
            'W' => 7,
            'D' => 1,
            digit => {
                digits = digits.checked_mul(10)?.checked_add(u64::from(digit.to_digit(10)?))?;
                continue;
            }
        };
        days = days.checked_add(digits.checked_mul(in_days)?)?;
        digits = 0;
    }
    u32::try_from(days / 366).ok()
}

/// How old somebody was, in whole years: the least and the most that they can have been. Absent where the dates contradict each other, and from
/// ninety years.
pub(super) fn between(born: &PartialDate, at: &PartialDate) -> Option<(u32, u32)> {
    let (born_first, born_last) = born.months()?;
    let (at_first, at_last) = at.months()?;
    // Days are not known: a month more or less is a birthday before or after.
    let most = u32::try_from((at_last - born_first).div_euclid(12)).ok()?;
    let least = u32::try_from((at_first - born_last - 1).max(0).div_euclid(12)).ok()?;
    (most < TOO_OLD).then_some((least, most))
}

/// An age of whole years.
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
    fn onsets_are_told_as_they_were_stated_and_dates_never() {
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
    fn nobody_is_ninety() {
        for told in ["P89Y", "P1000M", "P80Y11M", "P4600W"] {
            assert_ne!(said(told), Value::Null, "{told}");
        }
        for hidden in ["P90Y", "P102Y3M", "P1080M", "P89Y400D", "P5000W", "P33000D", "P5Y/P95Y"] {
            assert_eq!(said(hidden), Value::Null, "{hidden}");
        }
    }

    #[test]
    fn an_age_between_two_dates_is_as_certain_as_they_are() {
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
    fn the_last_word_on_an_age_counts_be_it_told_or_not() {
        let of = |stated: &[&str]| {
            let stated: Vec<String> = stated.iter().map(|text| (*text).to_owned()).collect();
            last_word(&stated).map(str::to_owned)
        };
        assert_eq!(of(&["P50Y", "P45Y"]).as_deref(), Some("P45Y"));
        assert_eq!(of(&["P50Y", "P45Y/P50Y", "in childhood"]).as_deref(), Some("P45Y/P50Y"));
        assert_eq!(
            of(&["P89Y", "P91Y"]).as_deref(),
            Some("P91Y"),
            "who is ninety is not told as younger"
        );
        assert_eq!(of(&["HP:0003581"]).as_deref(), Some("HP:0003581"));
        assert_eq!(of(&[]), None);
    }

    proptest! {
        /// Every pair of days that the dates can mean gives an age between the two ends.
        #[test]
        fn no_possible_age_lies_outside(by in 1930i32..2000, bm in 1i32..=12, bd in 1i32..=28, y in 0i32..60, m in 1i32..=12, d in 1i32..=28,
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
        fn no_text_breaks_it(text in "[PYMWD0-9/:.a-zé-]{0,16}") {
            let _ = time(&text, &Terms::default());
        }
    }
}
