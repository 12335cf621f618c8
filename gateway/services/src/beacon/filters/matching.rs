//! Comparisons, put to what is stored of each person.

use std::collections::BTreeSet;

use ga4gh_beacon::Operator;
use gemj_access::Grant;
use gemj_catalogue::{Split, StatedAge, StatedFact, TermKind, TermsView, TermsWanted};
use gemj_model::DatasetId;
use gemj_model::fact::{Comparator, FactKind};
use roaring::RoaringBitmap;

use super::bounds::{Bounds, End};
use super::comparison::{Comparison, Facts, Subject};
use super::decimal::Decimal;
use super::duration::Age;
use super::sex;
use crate::beacon::records::age;
use crate::beacon::records::term::Terms;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The Grant's people of a dataset of whom each of these comparisons holds, in their order. Whatever they are, the ages of the dataset are read once,
/// and its facts once for each kind.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn people(
    stores: &Stores,
    grant: &Grant,
    dataset: &DatasetId,
    comparisons: &[&Comparison],
) -> Result<Vec<RoaringBitmap>, ServiceError> {
    let catalogue = &stores.catalogue;
    let mut all: Vec<(&Comparison, Verdicts)> = comparisons.iter().map(|c| (*c, Verdicts::new(c.operator))).collect();
    for (comparison, verdicts) in &mut all {
        if let Subject::Sex(sexes) = &comparison.subject {
            let sexes = if comparison.operator == Operator::Not {
                sex::others(sexes)
            } else {
                sexes.clone()
            };
            verdicts.add_all(&catalogue.participants_by_sex(grant, dataset, &sexes).await?, Some(true));
        }
    }
    if all.iter().any(|(comparison, _)| matches!(comparison.subject, Subject::Age(_))) {
        for (ordinal, known) in catalogue.stated_ages(grant, dataset).await? {
            let Some(age) = age(&known) else { continue };
            for (comparison, verdicts) in &mut all {
                if let Subject::Age(than) = &comparison.subject {
                    verdicts.add(ordinal.0, age.is(comparison.operator, than));
                }
            }
        }
    }
    of_terms(stores, grant, dataset, &mut all).await?;
    for kind in [FactKind::Phenotype, FactKind::Disease, FactKind::Measurement] {
        let reading: Vec<Option<&BTreeSet<String>>> = all.iter().filter_map(|(comparison, _)| reads(&comparison.subject, kind)).collect();
        if reading.is_empty() {
            continue;
        }
        let of_all: Option<BTreeSet<&String>> = reading.into_iter().try_fold(BTreeSet::new(), |mut codes, more| {
            codes.extend(more?);
            Some(codes)
        });
        let codes: Option<Vec<String>> = of_all.map(|codes| codes.into_iter().cloned().collect());
        let add = |fact: StatedFact| {
            for (comparison, verdicts) in &mut all {
                let is_meant = |codes: Option<&BTreeSet<String>>| codes.is_none_or(|codes| codes.contains(&fact.code));
                if reads(&comparison.subject, kind).is_some_and(is_meant)
                    && let Some(verdict) = verdict(&comparison.subject, comparison.operator, &fact)
                {
                    verdicts.add(fact.ordinal.0, verdict);
                }
            }
        };
        catalogue.visit_facts(grant, dataset, kind, codes.as_deref(), add).await?;
    }
    Ok(all.into_iter().map(|(_, verdicts)| verdicts.people()).collect())
}

/// The codes (absent: all) of the facts of a kind that a comparison reads; absent altogether where it reads none.
fn reads(subject: &Subject, kind: FactKind) -> Option<Option<&BTreeSet<String>>> {
    match subject {
        Subject::Onset(Facts::Coded(codes), _) | Subject::OnsetTerm(Facts::Coded(codes), _) => {
            (kind != FactKind::Measurement).then_some(Some(codes))
        }
        Subject::Onset(Facts::Of(of), _) | Subject::OnsetTerm(Facts::Of(of), _) => (*of == kind).then_some(None),
        Subject::Number(codes, ..) | Subject::Words(codes, _) => (kind == FactKind::Measurement).then_some(Some(codes)),
        Subject::Sex(_) | Subject::Age(_) | Subject::Code(..) | Subject::CodePattern(..) | Subject::Label(..) => None,
    }
}

/// The comparisons of codes and labels: from the terms that are kept in memory, as records tell them.
async fn of_terms(stores: &Stores, grant: &Grant, dataset: &DatasetId, all: &mut [(&Comparison, Verdicts)]) -> Result<(), ServiceError> {
    if all.iter().all(|(comparison, _)| kind_compared(&comparison.subject).is_none()) {
        return Ok(());
    }
    let systems = Terms::read(stores, &BTreeSet::new()).await?;
    let compare = |view: &TermsView<'_>| {
        for (comparison, verdicts) in all {
            let Some(kind) = kind_compared(&comparison.subject) else { continue };
            // `!` holds of those who have others and none that is named.
            let others = comparison.operator == Operator::Not;
            let told = |code: &str, in_release: bool| is_told(code, in_release, &systems);
            let split = match &comparison.subject {
                Subject::Code(_, ids) if !others => Split {
                    wanted: view.with_codes(kind, ids.iter().map(String::as_str).filter(|id| told(id, false))),
                    others: RoaringBitmap::new(),
                },
                Subject::Code(_, ids) => view.by_code(kind, &wanted(|code| ids.contains(code), told, others)),
                Subject::CodePattern(_, pattern) => view.by_code(kind, &wanted(|code| pattern.matches(code), told, others)),
                Subject::Label(_, pattern) => view.by_label(kind, &wanted(|label| pattern.matches_lowered(label), told, others)),
                Subject::Sex(_)
                | Subject::Age(_)
                | Subject::Onset(..)
                | Subject::OnsetTerm(..)
                | Subject::Number(..)
                | Subject::Words(..) => continue,
            };
            verdicts.add_all(&split.wanted, Some(!others));
            verdicts.add_all(&split.others, Some(others));
        }
    };
    stores.catalogue.show_terms(grant, dataset, compare).await?;
    Ok(())
}

fn wanted<W: Fn(&str) -> bool, T: Fn(&str, bool) -> bool>(is_wanted: W, is_told: T, others: bool) -> TermsWanted<W, T> {
    TermsWanted {
        is_wanted,
        is_told,
        others,
    }
}

/// The kind of terms whose codes or labels a comparison is about; absent for all others.
fn kind_compared(subject: &Subject) -> Option<TermKind> {
    match subject {
        Subject::Code(kind, _) | Subject::CodePattern(kind, _) | Subject::Label(kind, _) => Some(match kind {
            FactKind::Phenotype => TermKind::Phenotype,
            FactKind::Disease => TermKind::Disease,
            FactKind::Measurement => TermKind::Measurement,
        }),
        Subject::Sex(_) | Subject::Age(_) | Subject::Onset(..) | Subject::OnsetTerm(..) | Subject::Number(..) | Subject::Words(..) => None,
    }
}

/// Whether records tell a stored code of who has it. `systems` are the loaded code systems.
pub(in crate::beacon) fn is_told(code: &str, in_release: bool, systems: &Terms) -> bool {
    in_release || systems.term(code, "").is_some()
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

    fn add_all(&mut self, people: &RoaringBitmap, verdict: Option<bool>) {
        match verdict {
            Some(true) => self.yes |= people,
            Some(false) | None => self.otherwise |= people,
        }
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
        // None is read from facts.
        Subject::Sex(_) | Subject::Age(_) | Subject::Code(..) | Subject::CodePattern(..) | Subject::Label(..) => None,
    }
}

/// Whether an onset is a term and no age, range, date or week of a pregnancy.
fn is_term(text: &str) -> bool {
    let prefix = text.split_once(':').map(|(prefix, _)| prefix);
    prefix.is_some_and(|prefix| prefix != "gestation" && prefix.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.contains('/'))
}

/// Whether a text is an age or two ages.
pub(in crate::beacon) fn is_age(text: &str) -> bool {
    onset(text).is_some()
}

/// An onset as an age; absent for terms, dates and weeks of a pregnancy. The ages that records do not tell are one.
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

/// The age at the last encounter: the word of records on it, else what lies between birth and the last observation. Absent where neither is known.
fn age(known: &StatedAge) -> Option<Bounds<Age>> {
    let stated = age::last_word(&known.stated).and_then(onset);
    stated.or_else(|| {
        let (born, seen) = (age::months(known.born.as_ref()?)?, age::months(known.last_observed.as_ref()?)?);
        // The months are counted from some day of the first to some day of the last.
        let least = u64::try_from((seen.0 - born.1 - 1).max(0)).ok()?;
        let most = Age::of_months(u64::try_from(seen.1 + 1 - born.0).ok()?);
        Some(Bounds {
            low: Some(End::included(Age::of_months(least).min(Age::OLDEST))),
            high: Some(if most > Age::OLDEST {
                End::included(Age::OLDEST)
            } else {
                End::excluded(most)
            }),
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::PartialDate;

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
    fn an_age_is_the_last_stated_or_lies_between_birth_and_the_last_observation() {
        let than = |text| Age::parse(text).unwrap();
        let stated = known(&["P12Y", "P10Y", "unread"], Some("1950-01"), Some("2020-01")).unwrap();
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
    fn whoever_is_ninety_is_as_old_as_anybody_older() {
        let than = |text| Age::parse(text).unwrap();
        for old in ["P90Y", "P97Y", "P102Y3M", "P89Y400D", "P95Y/P99Y"] {
            let age = onset(old).unwrap();
            assert_eq!(age.is(Operator::Equal, &than("P90Y")), Some(true), "{old}");
            assert_eq!(age.is(Operator::Greater, &than("P90Y")), Some(false), "{old}");
            assert_eq!(age.is(Operator::Greater, &than("P89Y")), Some(true), "{old}");
        }
        assert_eq!(onset("P89Y11M").unwrap().is(Operator::Less, &than("P90Y")), Some(true));
        assert_eq!(onset("P1DT12H").unwrap().is(Operator::Less, &than("P1Y")), Some(true));
        for (born, seen, is_ninety) in [
            ("1920-01", "2015-01", Some(true)),
            ("1920-01", "2009-06", Some(false)),
            ("1920-01", "2010-01", None),
        ] {
            let age = known(&[], Some(born), Some(seen)).unwrap();
            assert_eq!(age.is(Operator::GreaterOrEqual, &than("P90Y")), is_ninety, "{born} {seen}");
        }
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
