//! Writes a filter in one canonical form, so that a repeated request in another spelling is recognised. No store is read, because the names
//! of fields, the words and terms for sex, and durations have a fixed meaning. Alternative ids of a term count as different requests.

use ga4gh_beacon::{Filter, Operator};

use super::duration::Age;
use super::field::{Field, PUBLISHED};
use super::sex;

/// The canonical form of a filter. The parts of the form are separated, so that filters with different meanings have different forms. The
/// form contains the value of the filter and must not be logged.
pub(in crate::beacon) fn one_spelling(filter: &Filter) -> String {
    let scope = filter.scope().map_or("", |scope| scope.entity_id());
    match filter {
        Filter::Ontology(term) => match sex::of_term(&term.id) {
            Some(sex) => of_sex(&[sex], scope),
            None => format!("{:?}", ("term", &term.id, term.include_descendant_terms, scope)),
        },
        Filter::Custom(term) => format!("{:?}", ("term", &term.id, term.include_descendant_terms, scope)),
        Filter::Alphanumeric(compared) => {
            let value = compared.value.as_str().trim();
            let field = Field::parse(&compared.id);
            if field == Some(Field::Sex) && compared.include_descendant_terms != Some(false) {
                let named = sex::named(value);
                match compared.operator {
                    Operator::Equal if !named.is_empty() => return of_sex(&named, scope),
                    Operator::Not if !named.is_empty() => return of_sex(&sex::others(&named), scope),
                    Operator::Equal
                    | Operator::Not
                    | Operator::Less
                    | Operator::Greater
                    | Operator::LessOrEqual
                    | Operator::GreaterOrEqual => {}
                }
            }
            let name = PUBLISHED
                .iter()
                .find(|published| Field::parse(published.id) == field && field.is_some());
            let value = Age::parse(value).map_or_else(|| value.to_owned(), |age| format!("{age:?}"));
            let parts = (
                name.map_or(compared.id.as_str(), |published| published.id),
                compared.operator.as_str(),
                value,
                compared.include_descendant_terms,
                scope,
            );
            format!("{:?}", ("comparison", parts))
        }
    }
}

/// A filter by sex has the same meaning without a scope and with the scope of individuals, so both have the same canonical form.
fn of_sex(sexes: &[gemj_model::Sex], scope: &str) -> String {
    let words: Vec<&str> = sexes.iter().map(|sex| sex.as_str()).collect();
    let scope = if scope == "individual" { "" } else { scope };
    format!("{:?}", ("sex", words, scope))
}
