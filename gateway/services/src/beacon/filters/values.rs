//! Applies comparisons to the values of facts, as the sources stated these values.

use ga4gh_beacon::Operator;
use gemj_catalogue::{ReckonedAge, StatedValue};
use gemj_model::fact::Comparator;

use super::bounds::{Bounds, End};
use super::comparison::Subject;
use super::decimal::Decimal;
use super::duration::Age;
use crate::beacon::records::age;

/// Whether a comparison is true for the values of a fact. `None`: the fact has no value of this kind. `Some(None)`: the comparison is
/// undecided.
pub(super) fn verdict(subject: &Subject, operator: Operator, fact: &StatedValue) -> Option<Option<bool>> {
    let words = |equal: bool| Some(Some(equal != (operator == Operator::Not)));
    match subject {
        Subject::Onset(_, than) => Some(onset(fact.onset.as_deref()?)?.is(operator, than)),
        Subject::OnsetTerm(_, ids) => {
            let onset = fact.onset.as_deref().filter(|text| is_term(text))?;
            words(ids.contains(onset))
        }
        Subject::Number(_, than, unit) => {
            if unit.as_ref().is_some_and(|unit| fact.unit.as_ref() != Some(unit)) {
                return None;
            }
            let number = Decimal::parse(fact.number.as_deref()?)?;
            Some(measured(fact.comparator, number).is(operator, than))
        }
        Subject::Words(_, pattern) => match (&fact.value_code, &fact.value_text) {
            (None, None) => None,
            (code, text) => words([code, text].into_iter().flatten().any(|value| pattern.matches(value))),
        },
        // Sex, age, codes and labels are not compared here: they are not values of a fact.
        Subject::Sex(_) | Subject::Age(_) | Subject::Code(..) | Subject::CodePattern(..) | Subject::Label(..) => None,
    }
}

/// Whether an onset is a term, and not an age, a range, a date or a week of a pregnancy.
fn is_term(text: &str) -> bool {
    let prefix = text.split_once(':').map(|(prefix, _)| prefix);
    prefix.is_some_and(|prefix| prefix != "gestation" && prefix.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.contains('/'))
}

/// Whether a text is an age or a range of two ages.
pub(in crate::beacon) fn is_age(text: &str) -> bool {
    onset(text).is_some()
}

/// The age range of a fact's onset; absent for terms, dates and weeks of a pregnancy. All ages of 90 years and more, which records do not
/// contain, are equal.
fn onset(text: &str) -> Option<Bounds<Age>> {
    let age = |text: &str| {
        let age = Age::parse(text)?;
        Some(if age::is_too_old(text) { Age::OLDEST } else { age.min(Age::OLDEST) })
    };
    match text.split_once('/') {
        None => age(text).map(Bounds::exactly),
        Some((start, end)) => {
            let bounds = Bounds {
                low: age(start).map(End::included),
                high: age(end).map(End::included),
            };
            // The text `..` is an open end of a range. If any other end is not an age, the text is not a range of ages.
            let read = |text: &str, end: &Option<End<Age>>| text == ".." || end.is_some();
            (read(start, &bounds.low) && read(end, &bounds.high)).then_some(bounds)
        }
    }
}

/// The range of possible values of a measured number, from the number and the comparator that the source stated.
fn measured(comparator: Option<Comparator>, number: Decimal) -> Bounds<Decimal> {
    let (low, high) = match comparator {
        None => return Bounds::exactly(number),
        Some(Comparator::Less) => (None, Some(End::excluded(number))),
        Some(Comparator::AtMost) => (None, Some(End::included(number))),
        Some(Comparator::AtLeast) => (Some(End::included(number)), None),
        Some(Comparator::More) => (Some(End::excluded(number)), None),
    };
    Bounds { low, high }
}

/// The age at the last encounter, from the statement that [`age::last_word`] selects; absent if this statement is not an age.
pub(super) fn stated_age(stated: &[String]) -> Option<Bounds<Age>> {
    age::last_word(stated).and_then(onset)
}

/// The range of the age at the last observation, computed from the dates of birth and of the observation.
pub(super) fn reckoned_age(reckoned: ReckonedAge) -> Bounds<Age> {
    let most = Age::of_months(reckoned.below_months);
    Bounds {
        low: Some(End::included(Age::of_months(reckoned.least_months).min(Age::OLDEST))),
        high: Some(if most > Age::OLDEST {
            End::included(Age::OLDEST)
        } else {
            End::excluded(most)
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn reckoned(least_months: u64, below_months: u64) -> Bounds<Age> {
        reckoned_age(ReckonedAge {
            least_months,
            below_months,
        })
    }

    #[test]
    fn an_age_is_the_last_stated_age_or_between_the_months_of_the_dates() {
        let than = |text| Age::parse(text).unwrap();
        let stated = |words: &[&str]| stated_age(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            stated(&["P12Y", "P10Y", "unread"]).unwrap().is(Operator::Equal, &than("P10Y")),
            Some(true)
        );
        assert!(stated(&["unread"]).is_none());
        // The range of months for a participant who was born in June 1990 and last seen in June 2020.
        let reckoned = reckoned(359, 361);
        assert_eq!(reckoned.is(Operator::Less, &than("P31Y")), Some(true));
        assert_eq!(reckoned.is(Operator::GreaterOrEqual, &than("P29Y")), Some(true));
        assert_eq!(
            reckoned.is(Operator::GreaterOrEqual, &than("P30Y")),
            None,
            "the birthday may be later in the month"
        );
        assert_eq!(reckoned.is(Operator::Equal, &than("P25Y")), Some(false));
    }

    #[test]
    fn all_ages_of_ninety_years_and_more_are_equal() {
        let than = |text| Age::parse(text).unwrap();
        for old in ["P90Y", "P97Y", "P102Y3M", "P89Y400D", "P95Y/P99Y"] {
            let age = onset(old).unwrap();
            assert_eq!(age.is(Operator::Equal, &than("P90Y")), Some(true), "{old}");
            assert_eq!(age.is(Operator::Greater, &than("P90Y")), Some(false), "{old}");
            assert_eq!(age.is(Operator::Greater, &than("P89Y")), Some(true), "{old}");
        }
        assert_eq!(onset("P89Y11M").unwrap().is(Operator::Less, &than("P90Y")), Some(true));
        assert_eq!(onset("P1DT12H").unwrap().is(Operator::Less, &than("P1Y")), Some(true));
        // Three participants were born in January 1920 and last seen in January 2015, June 2009 and January 2010: is the age at least 90
        // years?
        for (least, below, is_ninety) in [(1139, 1141, Some(true)), (1072, 1074, Some(false)), (1079, 1081, None)] {
            assert_eq!(
                reckoned(least, below).is(Operator::GreaterOrEqual, &than("P90Y")),
                is_ninety,
                "{least}"
            );
        }
    }

    #[test]
    fn terms_and_weeks_of_a_pregnancy_are_not_ages() {
        for none in ["HP:0003577", "gestation:P33W2D", "2020-01-01T00:00:00Z", "P1Y/later"] {
            assert!(onset(none).is_none(), "{none}");
        }
        assert!(onset("P1Y/P2Y").is_some() && onset("../P2Y").is_some());
        assert!(is_term("HP:0003577") && !is_term("gestation:P33W2D") && !is_term("2020-01-01T00:00:00Z") && !is_term("P1Y/P2Y"));
    }
}
