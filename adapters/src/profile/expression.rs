//! Expressions of a profile. An expression names a field to read, and the functions that the field's value passes through.

use gemj_model::SiteId;

use super::function::NotTaken;
use super::rule::Condition;
use super::{Function, Selector};
use crate::unit::{Repair, Unit};

/// The source of one value of the fact or the specimen that a rule of the profile makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// The expression always gives this text.
    Constant(String),
    /// The expression gives the value of the first inner expression that has a value.
    Any(Vec<Expression>),
    /// The expression gives a field's value, passed through functions.
    From {
        selector: Selector,
        /// The conditions under which the value passes through the functions, such as the name of a code system. If one does not hold, the value counts as
        /// a value that the functions refuse, if there is a prefix for such values. Otherwise the expression has no value.
        when: Vec<Condition>,
        via: Vec<Function>,
        /// If a function refuses the value, the value is kept after this prefix. `None` if a refused value is a fault.
        unrecognised: Option<String>,
    },
}

/// The kind of value that an expression or function always gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Yields {
    Text,
    Date,
    Code,
    Sex,
    Status,
    Storage,
}

/// Why a value is refused. The fault names the field and never contains the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValueFault {
    pub(crate) reason_code: &'static str,
    pub(crate) field: String,
    pub(crate) expectation: &'static str,
}

impl Expression {
    /// The value of the expression for a record; `None` if no field that it reads has a value.
    pub(crate) fn value(&self, unit: &Unit, record: usize) -> Result<Option<String>, ValueFault> {
        match self {
            Self::Constant(text) => Ok(Some(text.clone())),
            Self::Any(list) => {
                for expression in list {
                    if let Some(found) = expression.value(unit, record)? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
            Self::From {
                selector,
                when,
                via,
                unrecognised,
            } => {
                let holds = when.iter().all(|condition| condition.holds(unit, record));
                if !holds && unrecognised.is_none() {
                    return Ok(None);
                }
                let Some(received) = selector.value(unit, record).map(str::trim).filter(|text| !text.is_empty()) else {
                    return Ok(None);
                };
                let taken = via.iter().try_fold(received.to_owned(), |text, function| function.apply(&text));
                let kept = match (taken, unrecognised) {
                    (taken, Some(prefix)) if taken.is_err() || !holds => Function::Prefix(prefix.clone()).apply(received),
                    (taken, _) => taken,
                };
                kept.map(Some).map_err(|NotTaken(reason_code, expectation)| ValueFault {
                    reason_code,
                    field: selector.name().to_owned(),
                    expectation,
                })
            }
        }
    }

    /// Writes the site's id in place of `{site}` in the prefixes of local codes. The prefix of a CURIE begins with a letter, so `site-` precedes
    /// an id that begins with another character.
    pub(super) fn name_site(&mut self, site: &SiteId) {
        match self {
            Self::Constant(_) => {}
            Self::Any(list) => list.iter_mut().for_each(|inner| inner.name_site(site)),
            Self::From { via, unrecognised, .. } => {
                let prefixes = via.iter_mut().filter_map(|function| match function {
                    Function::Prefix(prefix) => Some(prefix),
                    _ => None,
                });
                for prefix in prefixes.chain(unrecognised) {
                    let begins = site.as_str().starts_with(|c: char| c.is_ascii_alphabetic());
                    let before = if begins { "" } else { "site-" };
                    *prefix = prefix.replace("{site}", &format!("{before}{}", site.as_str()));
                }
            }
        }
    }

    /// The repairs of the value that [`Expression::value`] returns; empty if it returns none.
    pub(crate) fn repairs(&self, unit: &Unit, record: usize) -> Vec<Repair> {
        match self {
            Self::Constant(_) => Vec::new(),
            Self::Any(list) => {
                let used = list.iter().find(|expression| !matches!(expression.value(unit, record), Ok(None)));
                used.map(|expression| expression.repairs(unit, record)).unwrap_or_default()
            }
            Self::From { when, .. } if !when.iter().all(|condition| condition.holds(unit, record)) => Vec::new(),
            Self::From { selector, via, .. } => {
                let mut repairs = Vec::new();
                let mut text = selector.value(unit, record).unwrap_or_default().trim().to_owned();
                for function in via {
                    repairs.extend(function.repairs(&text));
                    let Ok(next) = function.apply(&text) else { return Vec::new() };
                    text = next;
                }
                repairs
            }
        }
    }

    /// Every field that the expression reads, in the order of the expression.
    pub(crate) fn selectors(&self) -> Vec<&Selector> {
        match self {
            Self::Constant(_) => Vec::new(),
            Self::Any(list) => list.iter().flat_map(Self::selectors).collect(),
            Self::From { selector, when, .. } => std::iter::once(selector)
                .chain(when.iter().map(|condition| &condition.selector))
                .collect(),
        }
    }

    /// Whether every value of the expression is of the kind `needed`. Every value counts as a text.
    pub(super) fn yields(&self, needed: Yields) -> bool {
        match self {
            _ if needed == Yields::Text => true,
            Self::Constant(text) => match needed {
                Yields::Status => super::function::is_status(text),
                Yields::Sex => super::function::is_sex(text),
                Yields::Code => crate::semantics::curie(text).is_ok(),
                Yields::Text | Yields::Date | Yields::Storage => false,
            },
            Self::Any(list) => list.iter().all(|e| e.yields(needed)),
            Self::From { via, unrecognised, .. } => {
                let kept_good = unrecognised.is_none() || needed == Yields::Code;
                kept_good && via.last().is_some_and(|last| last.yields() == needed)
            }
        }
    }
}
