//! Finds rules of a profile that read the same field.

use super::rule::{Condition, Made, Rule, Test};
use super::{Expression, Selector};

/// The indices of the first two rules that read the same field of the same records as their code or id. Rules with conditions that exclude each
/// other do not count. `None` if no two rules read the same field.
pub(super) fn find(rules: &[Rule]) -> Option<(usize, usize)> {
    (0..rules.len()).find_map(|later| {
        (0..later)
            .find(|earlier| clash(&rules[*earlier], &rules[later]))
            .map(|earlier| (earlier, later))
    })
}

fn clash(a: &Rule, b: &Rule) -> bool {
    let same_kind = match (&a.makes, &b.makes) {
        (Made::Fact(a), Made::Fact(b)) => a.kind == b.kind,
        (Made::Specimen(_), Made::Specimen(_)) => true,
        (Made::Fact(_), Made::Specimen(_)) | (Made::Specimen(_), Made::Fact(_)) => false,
    };
    same_kind && a.record == b.record && share_a_field(what(a), what(b)) && !a.when.iter().any(|x| b.when.iter().any(|y| exclude(x, y)))
}

/// The expression that identifies the statement of a rule: the code of a fact, or the id of a specimen.
fn what(rule: &Rule) -> &Expression {
    match &rule.makes {
        Made::Fact(fact) => &fact.code,
        Made::Specimen(specimen) => &specimen.id,
    }
}

fn share_a_field(a: &Expression, b: &Expression) -> bool {
    let names: Vec<&str> = b.selectors().into_iter().map(Selector::name).collect();
    a == b || a.selectors().into_iter().any(|selector| names.contains(&selector.name()))
}

/// Whether two conditions can never be met by the same record.
fn exclude(a: &Condition, b: &Condition) -> bool {
    use Test::{NoneOf, OneOf, Present};
    a.selector == b.selector
        && match (&a.test, &b.test) {
            (OneOf(x), OneOf(y)) => !x.iter().any(|word| y.contains(word)),
            (OneOf(some), NoneOf(none)) | (NoneOf(none), OneOf(some)) => some.iter().all(|word| none.contains(word)),
            (Present(x), Present(y)) => x != y,
            (OneOf(_), Present(present)) | (Present(present), OneOf(_)) => !present,
            (NoneOf(_), NoneOf(_) | Present(_)) | (Present(_), NoneOf(_)) => false,
        }
}
