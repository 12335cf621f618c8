//! Parses the comparisons of a request: a field, an operator and a value.

use std::collections::BTreeSet;

use ga4gh_beacon::{AlphanumericFilter, Operator};
use gemj_access::Terms;
use gemj_catalogue::{LoadedOntologies, TermKind};
use gemj_model::Sex;

use super::decimal::Decimal;
use super::duration::Age;
use super::field::Field;
use super::pattern::Pattern;
use super::term::{self, Code, Resolved, Term};
use super::{Scope, sex, steps};
use crate::beacon::records::term::curie;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// A comparison of stored values with the value of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) operator: Operator,
    pub(super) subject: Subject,
}

/// The field that a comparison reads, with the value of the filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The registered sex. `=` matches a participant whose sex is one of these.
    Sex(Vec<Sex>),
    /// The age of the participant at the last encounter.
    Age(Age),
    /// The age at the onset of each of these facts.
    Onset(Facts, Age),
    /// The ontology term of the onset of each of these facts (for example HP:0003577). `=` matches an onset whose id is one of these ids.
    OnsetTerm(Facts, BTreeSet<String>),
    /// The code of each fact of a kind. `=` matches a fact whose code is one of these ids.
    Code(TermKind, BTreeSet<String>),
    /// A fact's code, compared with a pattern with wildcards.
    CodePattern(TermKind, Pattern),
    /// A fact's label, as records contain it, compared with a pattern.
    Label(TermKind, Pattern),
    /// The number of a measurement that has one of these codes. If the request names a unit, only numbers with this unit are compared.
    Number(BTreeSet<String>, Decimal, Option<String>),
    /// The code or text that is the value of a measurement with one of these codes, compared with a pattern.
    Words(BTreeSet<String>, Pattern),
}

/// The facts whose onset is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Facts {
    /// All facts of a kind.
    Of(TermKind),
    /// Phenotypic features and diseases with one of these codes.
    Coded(BTreeSet<String>),
}

/// Parses a comparison, and resolves the terms that the comparison names.
///
/// # Errors
/// * [`ServiceError::UnknownTerm`] for an unknown field, and for a term that its loaded release does not contain.
/// * [`ServiceError::Filter`] for an operator or value that the field does not support.
pub(super) async fn resolve(
    stores: &Stores,
    ontologies: &LoadedOntologies,
    asked: &AlphanumericFilter,
    scope: Scope,
) -> Result<(Comparison, Vec<Resolved>), ServiceError> {
    if scope == Scope::Biosample {
        return Err(refused("a comparison of the scope individuals: specimens have no values"));
    }
    let value = asked.value.as_str().trim();
    let descendants = asked.include_descendant_terms;
    let mut used = Vec::new();
    let subject = match Field::parse(&asked.id) {
        Some(Field::Sex) => {
            let sexes = sex::named(value);
            if sexes.is_empty() {
                return Err(refused("female, male, other or the term of a sex as the value of `sex`"));
            }
            Subject::Sex(sexes)
        }
        Some(Field::Age) => Subject::Age(Age::parse(value).ok_or(refused(DURATION))?),
        Some(Field::Onset(kind)) => match Age::parse(value) {
            Some(age) => Subject::Onset(Facts::Of(kind), age),
            None => Subject::OnsetTerm(
                Facts::Of(kind),
                ids(stores, ontologies, value, descendants.unwrap_or(true), &mut used).await?,
            ),
        },
        Some(Field::Code(kind)) if value.contains('%') => Subject::CodePattern(kind, Pattern::parse(value)),
        // Some clients send the label of a term where its code is expected.
        Some(Field::Code(kind)) if curie(value).is_none() && sex::of_term(value).is_none() => Subject::Label(kind, Pattern::parse(value)),
        // A code matches only itself, unless the request asks for its descendants (`includeDescendantTerms`).
        Some(Field::Code(kind)) => Subject::Code(kind, ids(stores, ontologies, value, descendants.unwrap_or(false), &mut used).await?),
        Some(Field::Label(kind)) => Subject::Label(kind, Pattern::parse(value)),
        None => {
            let resolved = term::resolve(ontologies, &asked.id, descendants.unwrap_or(true), Scope::Individual)?;
            let Some(code) = resolved.term.code() else {
                return Err(ServiceError::UnknownTerm { id: asked.id.clone() });
            };
            let codes = expanded(stores, code).await?;
            used.push(resolved);
            if is_of_other_figures(value) {
                return Err(refused(
                    "a number such as 1000, 0.5 or 1e-7, and its unit after a space, as the value of a measurement",
                ));
            }
            match (Age::parse(value), quantity(value)) {
                (Some(age), _) => Subject::Onset(Facts::Coded(codes), age),
                (None, Some((number, unit))) => Subject::Number(codes, number, unit),
                (None, None) => Subject::Words(codes, Pattern::parse(value)),
            }
        }
    };
    let comparison = Comparison {
        operator: asked.operator,
        subject,
    };
    comparison.check_operator()?;
    comparison.check_age()?;
    if descendants == Some(false) && !comparison.has_descendants() {
        return Err(refused(
            "no `includeDescendantTerms: false` with a comparison without descendants (in a GET it applies to every filter)",
        ));
    }
    Ok((comparison, used))
}

const DURATION: &str = "an ISO 8601 duration such as P70Y, P1Y6M or P3W as the value of an age";

fn refused(expected: &'static str) -> ServiceError {
    ServiceError::Filter { expected }
}

/// Every id under which a code can be stored: the term and, if requested, its descendants, each with its alternative and obsolete ids.
async fn expanded(stores: &Stores, code: &Code) -> Result<BTreeSet<String>, ServiceError> {
    let expansion = stores.catalogue.expand_term(&code.id, code.descendants).await?;
    Ok(expansion.ids.into_iter().collect())
}

/// The ids that the value of a filter means. If the value is the id or the label of a term of a loaded release, these are the ids of
/// [`expanded`]. A term of a sex means only itself, and so does a term of a known code system without a loaded release.
///
/// # Errors
/// [`ServiceError::UnknownTerm`] for any other term with a prefix; [`ServiceError::Filter`] for a value that is neither a term nor a loaded
/// label.
async fn ids(
    stores: &Stores,
    ontologies: &LoadedOntologies,
    value: &str,
    descendants: bool,
    used: &mut Vec<Resolved>,
) -> Result<BTreeSet<String>, ServiceError> {
    let value = match curie(value) {
        Some(_) => value,
        None => ontologies.term_labelled(value).unwrap_or(value),
    };
    let resolved = term::resolve(ontologies, value, descendants, Scope::Individual)?;
    match &resolved.term {
        Term::Code(code) => {
            let ids = expanded(stores, code).await?;
            used.push(resolved);
            Ok(ids)
        }
        Term::Sex(_) => Ok(BTreeSet::from([value.to_owned()])),
        // The code system is unknown, or its loaded release does not contain the term. A filter by this term is answered only where the
        // term is listed. A comparison would match also where the term is not listed.
        Term::Listed(code) if curie(&code.id).is_some() => Err(ServiceError::UnknownTerm { id: code.id.clone() }),
        Term::Listed(_) => Err(refused(
            "a CURIE such as OMIM:310200 or HP:0003577, or a label of a loaded release, as the value of a code or of an onset's term",
        )),
    }
}

/// Whether the value is a number in an unsupported notation, such as `1,000` or `0x10`. Without this check, the text after the first digits
/// would be read as an unknown unit.
fn is_of_other_figures(value: &str) -> bool {
    let rest = value
        .trim_start_matches(['+', '-'])
        .trim_start_matches(|c: char| c.is_ascii_digit());
    let mut next = rest.chars();
    let sign = next.next().is_some_and(|c| matches!(c, ',' | 'x' | 'X' | '_'));
    sign && rest.len() < value.len() && next.next().is_some_and(|c| c.is_ascii_digit())
}

/// The byte position at which the number at the start of a text ends. A power of ten (`1e-7`) is part of the number.
fn end_of_number(value: &str) -> usize {
    let of_figures = |from: usize| {
        let rest = &value[from..];
        from + rest
            .find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)))
            .unwrap_or(rest.len())
    };
    let end = of_figures(0);
    match value[end..].strip_prefix(['e', 'E']) {
        Some(power) if end > 0 && power.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit()) => of_figures(end + 1),
        Some(_) | None => end,
    }
}

/// A number and its unit: `75`, `75 kg`, `0.5mg/dL`, `1e-7`; absent if there is no number.
fn quantity(value: &str) -> Option<(Decimal, Option<String>)> {
    let end = end_of_number(value);
    let (number, unit) = value.split_at(end);
    let unit = unit.trim();
    // A unit has no wildcard: `7%` is a pattern, `7 %` is seven per cent.
    if unit.starts_with('%') && !value[end..].starts_with(' ') {
        return None;
    }
    Some((Decimal::parse(number)?, (!unit.is_empty()).then(|| unit.to_owned())))
}

impl Comparison {
    /// Refuses an ordering operator for values without an order.
    fn check_operator(&self) -> Result<(), ServiceError> {
        let ordered = match self.operator {
            Operator::Equal | Operator::Not => false,
            Operator::Less | Operator::Greater | Operator::LessOrEqual | Operator::GreaterOrEqual => true,
        };
        match &self.subject {
            Subject::Age(_) | Subject::Onset(..) | Subject::Number(..) => Ok(()),
            Subject::Sex(_)
            | Subject::OnsetTerm(..)
            | Subject::Code(..)
            | Subject::CodePattern(..)
            | Subject::Label(..)
            | Subject::Words(..) => match ordered {
                false => Ok(()),
                true => Err(refused(
                    "= or ! as the operator of a comparison with words or terms; < > <= >= compare numbers and durations",
                )),
            },
        }
    }

    /// Refuses an age above 90 years, because all participants of 90 years or more are compared as one group.
    fn check_age(&self) -> Result<(), ServiceError> {
        match &self.subject {
            Subject::Age(age) | Subject::Onset(_, age) if *age > Age::OLDEST => Err(refused(
                "an age of at most P90Y: all participants of that age or older are compared as one group",
            )),
            Subject::Age(_)
            | Subject::Onset(..)
            | Subject::Sex(_)
            | Subject::OnsetTerm(..)
            | Subject::Code(..)
            | Subject::CodePattern(..)
            | Subject::Label(..)
            | Subject::Number(..)
            | Subject::Words(..) => Ok(()),
        }
    }

    /// Whether the comparison names a term that can have descendants.
    fn has_descendants(&self) -> bool {
        match &self.subject {
            Subject::Code(..) | Subject::OnsetTerm(..) | Subject::Onset(Facts::Coded(_), _) | Subject::Number(..) | Subject::Words(..) => {
                true
            }
            Subject::Sex(_) | Subject::Age(_) | Subject::Onset(Facts::Of(_), _) | Subject::CodePattern(..) | Subject::Label(..) => false,
        }
    }

    /// Refuses a comparison that is finer than the tier allows.
    pub(super) fn check_terms(&self, terms: Terms) -> Result<(), ServiceError> {
        match &self.subject {
            Subject::Age(age) => steps::check_age(terms, self.operator, *age, false),
            Subject::Onset(_, age) => steps::check_age(terms, self.operator, *age, true),
            Subject::Number(..) | Subject::Words(..) => steps::check_measurement(terms),
            Subject::OnsetTerm(..) | Subject::Code(..) => steps::check_term(terms, self.operator, None),
            Subject::CodePattern(_, pattern) | Subject::Label(_, pattern) => steps::check_term(terms, self.operator, Some(pattern)),
            // A comparison of the sex is allowed at every tier, because each sex has many participants.
            Subject::Sex(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_quantity_is_a_number_with_or_without_a_unit() {
        let of = |text| quantity(text).map(|(number, unit)| (number, unit.unwrap_or_default()));
        let expect = |number, unit: &str| Some((Decimal::parse(number).unwrap(), unit.to_owned()));
        assert_eq!(of("75"), expect("75", ""));
        assert_eq!(of("-0.5 mg/dL"), expect("-0.5", "mg/dL"));
        assert_eq!(of("75kg"), expect("75", "kg"));
        assert_eq!(of("7 %"), expect("7", "%"));
        assert_eq!(of("1e2"), expect("100", ""));
        assert_eq!(of("1.25E-3 g"), expect("0.00125", "g"));
        assert_eq!(of("2e"), expect("2", "e"));
        for other in ["1,000", "0x10", "-1_0", "1,5 mg"] {
            assert!(is_of_other_figures(other), "{other}");
        }
        for plain in ["1.5", "10 x10^9/L", "x10", "7x", "1+", "2-3", "a,1"] {
            assert!(!is_of_other_figures(plain), "{plain}");
        }
        for none in ["", "7%", "kg", "LOINC:1", "1.2.3", "%7"] {
            assert!(of(none).is_none(), "{none}");
        }
    }
}
