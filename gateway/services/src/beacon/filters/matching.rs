//! Comparisons, put to what is stored of each person.

use ga4gh_beacon::Operator;
use gemj_access::Grant;
use gemj_catalogue::{StatedAge, StatedFact};
use gemj_model::fact::{Comparator, FactKind};
use gemj_model::{DatasetId, PartialDate};
use roaring::RoaringBitmap;

use super::bounds::{Bounds, End};
use super::comparison::{Comparison, Facts, Subject};
use super::decimal::Decimal;
use super::duration::Age;
use super::sex;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The Grant's people of a dataset of whom a comparison holds.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn people(
    stores: &Stores,
    grant: &Grant,
    dataset: &DatasetId,
    comparison: &Comparison,
) -> Result<RoaringBitmap, ServiceError> {
    let operator = comparison.operator;
    let catalogue = &stores.catalogue;
    let mut verdicts = Verdicts::new(operator);
    let (facts, codes) = match &comparison.subject {
        Subject::Sex(sexes) => {
            let sexes = if operator == Operator::Not {
                sex::others(sexes)
            } else {
                sexes.clone()
            };
            return Ok(catalogue.participants_by_sex(grant, dataset, &sexes).await?);
        }
        Subject::Age(than) => {
            for (ordinal, known) in catalogue.stated_ages(grant, dataset).await? {
                if let Some(age) = age(&known) {
                    verdicts.add(ordinal.0, age.is(operator, than));
                }
            }
            return Ok(verdicts.people());
        }
        Subject::Onset(Facts::Coded(codes), _) | Subject::OnsetTerm(Facts::Coded(codes), _) => {
            (&[FactKind::Phenotype, FactKind::Disease][..], Some(codes.as_slice()))
        }
        Subject::Onset(Facts::Of(kind), _) | Subject::OnsetTerm(Facts::Of(kind), _) => (std::slice::from_ref(kind), None),
        Subject::Code(kind, _) | Subject::CodePattern(kind, _) | Subject::Label(kind, _) => (std::slice::from_ref(kind), None),
        Subject::Number(codes, ..) | Subject::Words(codes, _) => (&[FactKind::Measurement][..], Some(codes.as_slice())),
    };
    for kind in facts {
        let add = |fact: StatedFact| {
            if let Some(verdict) = verdict(&comparison.subject, operator, &fact) {
                verdicts.add(fact.ordinal.0, verdict);
            }
        };
        catalogue.visit_facts(grant, dataset, *kind, codes, add).await?;
    }
    Ok(verdicts.people())
}

/// What a comparison says of each person's values.
struct Verdicts {
    all: bool,
    yes: RoaringBitmap,
    otherwise: RoaringBitmap,
}

impl Verdicts {
    /// `!` holds where it holds of every value, the others where they hold of any.
    fn new(operator: Operator) -> Self {
        Self {
            all: operator == Operator::Not,
            yes: RoaringBitmap::new(),
            otherwise: RoaringBitmap::new(),
        }
    }

    fn add(&mut self, person: u32, verdict: Option<bool>) {
        match verdict {
            Some(true) => self.yes.insert(person),
            Some(false) | None => self.otherwise.insert(person),
        };
    }

    fn people(self) -> RoaringBitmap {
        if self.all { self.yes - self.otherwise } else { self.yes }
    }
}

/// Whether a comparison holds of a fact (absent: it may or may not); absent altogether where the fact has no such value.
fn verdict(subject: &Subject, operator: Operator, fact: &StatedFact) -> Option<Option<bool>> {
    let words = |equal: bool| Some(Some(equal != (operator == Operator::Not)));
    match subject {
        Subject::Onset(_, than) => Some(onset(fact.onset.as_deref()?)?.is(operator, than)),
        Subject::OnsetTerm(_, ids) => {
            let onset = fact.onset.as_deref().filter(|text| is_term(text))?;
            words(ids.iter().any(|id| id == onset))
        }
        Subject::Code(_, ids) => words(ids.contains(&fact.code)),
        Subject::CodePattern(_, pattern) => words(pattern.matches(&fact.code)),
        Subject::Label(_, pattern) => match fact.label.as_str() {
            "" => None,
            label => words(pattern.matches(label)),
        },
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
        // Neither is read from facts.
        Subject::Sex(_) | Subject::Age(_) => None,
    }
}

/// Whether an onset is a term and no age, range, date or week of a pregnancy.
fn is_term(text: &str) -> bool {
    let prefix = text.split_once(':').map(|(prefix, _)| prefix);
    prefix.is_some_and(|prefix| prefix != "gestation" && prefix.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.contains('/'))
}

/// An onset as an age; absent for terms, dates and weeks of a pregnancy.
fn onset(text: &str) -> Option<Bounds<Age>> {
    match text.split_once('/') {
        None => Age::parse(text).map(Bounds::exactly),
        Some((start, end)) => {
            let bounds = Bounds {
                low: Age::parse(start).map(End::included),
                high: Age::parse(end).map(End::included),
            };
            // An end that is not given is open; one that is no age makes the whole none.
            let read = |text: &str, end: &Option<End<Age>>| text == ".." || end.is_some();
            (read(start, &bounds.low) && read(end, &bounds.high)).then_some(bounds)
        }
    }
}

/// A measured number as far as its source gave it.
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

/// The age at the last encounter: the greatest that a unit stated, else what lies between birth and the last observation. Absent where neither
/// is known.
fn age(known: &StatedAge) -> Option<Bounds<Age>> {
    let stated = known.stated.iter().filter_map(|text| onset(text));
    let last = stated.max_by_key(|bounds| {
        let end = bounds.high.as_ref().or(bounds.low.as_ref());
        end.map(|end| end.at)
    });
    last.or_else(|| {
        let (born, seen) = (months(known.born.as_ref()?)?, months(known.last_observed.as_ref()?)?);
        // The months are counted from some day of the first to some day of the last.
        let (least, most) = (seen.0.saturating_sub(born.1 + 1), (seen.1 + 1).checked_sub(born.0)?);
        Some(Bounds {
            low: Some(End::included(Age::of_months(least))),
            high: Some(End::excluded(Age::of_months(most))),
        })
    })
}

/// The first and last month that a date may be in, counted from year 0.
fn months(date: &PartialDate) -> Option<(u64, u64)> {
    let mut parts = date.as_str().split('-').map(|part| part.parse::<u64>().ok());
    let year = parts.next()??;
    match parts.next() {
        None => Some((year * 12, year * 12 + 11)),
        Some(month) => {
            let month = year * 12 + month?.checked_sub(1)?;
            Some((month, month))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn known(stated: &[&str], born: Option<&str>, seen: Option<&str>) -> Option<Bounds<Age>> {
        let date = |text: Option<&str>| text.map(|t| PartialDate::parse(t).unwrap());
        age(&StatedAge {
            stated: stated.iter().map(|s| (*s).to_owned()).collect(),
            born: date(born),
            last_observed: date(seen),
        })
    }

    #[test]
    fn an_age_is_the_greatest_stated_or_lies_between_birth_and_the_last_observation() {
        let than = |text| Age::parse(text).unwrap();
        let stated = known(&["P9Y", "P10Y", "unread"], Some("1950-01"), Some("2020-01")).unwrap();
        assert_eq!(stated.is(Operator::Equal, &than("P10Y")), Some(true));
        let reckoned = known(&[], Some("1990-06"), Some("2020-06-15")).unwrap();
        assert_eq!(reckoned.is(Operator::Less, &than("P31Y")), Some(true));
        assert_eq!(reckoned.is(Operator::GreaterOrEqual, &than("P29Y")), Some(true));
        assert_eq!(
            reckoned.is(Operator::GreaterOrEqual, &than("P30Y")),
            None,
            "the birthday may be to come"
        );
        assert_eq!(reckoned.is(Operator::Equal, &than("P25Y")), Some(false));
        assert!(known(&[], Some("1990"), None).is_none() && known(&[], None, Some("2020")).is_none());
        assert!(known(&[], Some("2020"), Some("1990")).is_none(), "observed before birth");
    }

    #[test]
    fn terms_and_weeks_of_a_pregnancy_are_no_ages() {
        for none in ["HP:0003577", "gestation:P33W2D", "2020-01-01T00:00:00Z", "P1Y/later"] {
            assert!(onset(none).is_none(), "{none}");
        }
        assert!(onset("P1Y/P2Y").is_some() && onset("../P2Y").is_some());
        assert!(is_term("HP:0003577") && !is_term("gestation:P33W2D") && !is_term("2020-01-01T00:00:00Z") && !is_term("P1Y/P2Y"));
    }
}
