//! Applies comparisons to the stored values of each participant.

use std::collections::BTreeSet;
use std::ops::BitOrAssign as _;

use ga4gh_beacon::Operator;
use gemj_access::Grant;
use gemj_catalogue::{Split, StatedValue, TermKind, TermsView, TermsWanted};
use gemj_model::DatasetId;
use roaring::RoaringBitmap;

use super::bounds::Bounds;
use super::comparison::{Comparison, Facts, Subject};
use super::duration::Age;
use super::{sex, values};
use crate::beacon::records::term::Terms;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// For each comparison, in the given order, the Grant's participants of a dataset that match the comparison. All comparisons are answered
/// from memory.
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
            verdicts.add_all(&catalogue.participants_by_sex(grant, dataset, &sexes).await?, true);
        }
    }
    of_kept(stores, grant, dataset, &mut all).await?;
    Ok(all.into_iter().map(|(_, verdicts)| verdicts.people()).collect())
}

/// Applies all comparisons except those of the registered sex. Codes and labels are compared as records contain them.
async fn of_kept(stores: &Stores, grant: &Grant, dataset: &DatasetId, all: &mut [(&Comparison, Verdicts)]) -> Result<(), ServiceError> {
    if all.iter().all(|(comparison, _)| matches!(comparison.subject, Subject::Sex(_))) {
        return Ok(());
    }
    let reads_terms = |comparison: &Comparison| {
        matches!(
            comparison.subject,
            Subject::Code(..) | Subject::CodePattern(..) | Subject::Label(..)
        )
    };
    let systems = if all.iter().any(|(comparison, _)| reads_terms(comparison)) {
        Terms::read(stores, &BTreeSet::new()).await?
    } else {
        Terms::default()
    };
    let compare = |view: &TermsView<'_>| {
        for (comparison, verdicts) in all {
            compare(view, comparison, &systems, verdicts);
        }
    };
    stores.catalogue.show_terms(grant, dataset, compare).await?;
    Ok(())
}

fn compare(view: &TermsView<'_>, comparison: &Comparison, systems: &Terms, verdicts: &mut Verdicts) {
    // With `!`, the participants with other values match, except the participants that also have the named value.
    let others = comparison.operator == Operator::Not;
    let told = |code: &str, in_release: bool| is_told(code, in_release, systems);
    let split = match &comparison.subject {
        // The function `people` has already applied the comparisons of the registered sex.
        Subject::Sex(_) => return,
        Subject::Code(kind, ids) if !others => Split {
            wanted: view.with_codes(*kind, ids.iter().map(String::as_str).filter(|id| told(id, false))),
            others: RoaringBitmap::new(),
        },
        Subject::Code(kind, ids) => view.by_code(*kind, &wanted(|code| ids.contains(code), told, others)),
        Subject::CodePattern(kind, pattern) => view.by_code(*kind, &wanted(|code| pattern.matches(code), told, others)),
        Subject::Label(kind, pattern) => view.by_label(*kind, &wanted(|label| pattern.matches_lowered(label), told, others)),
        Subject::Age(than) => {
            let holds = |age: Bounds<Age>| age.is(comparison.operator, than) == Some(true);
            let split = view.by_age(
                |stated| values::stated_age(stated).map(holds),
                |reckoned| holds(values::reckoned_age(reckoned)),
            );
            return verdicts.add_split(&split);
        }
        Subject::Onset(facts, _) | Subject::OnsetTerm(facts, _) => {
            let (kinds, codes) = match facts {
                Facts::Of(kind) => (std::slice::from_ref(kind), None),
                Facts::Coded(codes) => (&[TermKind::Phenotype, TermKind::Disease][..], Some(codes)),
            };
            for kind in kinds {
                verdicts.add_split(&by_value(view, comparison, *kind, codes));
            }
            return;
        }
        Subject::Number(codes, ..) | Subject::Words(codes, _) => {
            return verdicts.add_split(&by_value(view, comparison, TermKind::Measurement, Some(codes)));
        }
    };
    verdicts.add_all(&split.wanted, !others);
    verdicts.add_all(&split.others, others);
}

fn by_value(view: &TermsView<'_>, comparison: &Comparison, kind: TermKind, codes: Option<&BTreeSet<String>>) -> Split {
    let judge = |value: &StatedValue| values::verdict(&comparison.subject, comparison.operator, value).map(|holds| holds == Some(true));
    view.by_value(kind, codes, judge)
}

fn wanted<W: Fn(&str) -> bool, T: Fn(&str, bool) -> bool>(is_wanted: W, is_told: T, others: bool) -> TermsWanted<W, T> {
    TermsWanted {
        is_wanted,
        is_told,
        others,
    }
}

/// Whether records can contain a stored code: a loaded release contains the code, or its code system is known. `systems` contains the
/// loaded code systems.
pub(in crate::beacon) fn is_told(code: &str, in_release: bool, systems: &Terms) -> bool {
    in_release || systems.term(code, "").is_some()
}

/// The participants with a value for which a comparison is true (`yes`), and the participants with a value for which it is not true
/// (`otherwise`).
struct Verdicts {
    all: bool,
    yes: RoaringBitmap,
    otherwise: RoaringBitmap,
}

impl Verdicts {
    /// With `!`, the comparison must be true for every value of a participant (`all`). With any other operator, it must be true for at
    /// least one value.
    fn new(operator: Operator) -> Self {
        Self {
            all: operator == Operator::Not,
            yes: RoaringBitmap::new(),
            otherwise: RoaringBitmap::new(),
        }
    }

    fn add_all(&mut self, people: &RoaringBitmap, holds: bool) {
        if holds { &mut self.yes } else { &mut self.otherwise }.bitor_assign(people);
    }

    fn add_split(&mut self, split: &Split) {
        self.add_all(&split.wanted, true);
        self.add_all(&split.others, false);
    }

    fn people(self) -> RoaringBitmap {
        if self.all { self.yes - self.otherwise } else { self.yes }
    }
}
