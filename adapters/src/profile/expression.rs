//! Expressions: the field that is read, and the functions that its value passes through.

use super::function::NotTaken;
use super::{Function, Selector};
use crate::unit::Unit;

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// Always this text.
    Constant(String),
    /// The value of the first expression that has one.
    Any(Vec<Expression>),
    /// A field's value, passed through functions.
    From {
        selector: Selector,
        via: Vec<Function>,
        /// If the functions refuse a value, the value is kept under this prefix.
        unrecognised: Option<String>,
    },
}

/// The kind of value that an expression always gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Yields {
    Text,
    Date,
    Code,
    Sex,
    Status,
    Storage,
}

/// Why a value is refused. The fault names the field, never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValueFault {
    pub(crate) reason_code: &'static str,
    pub(crate) field: String,
    pub(crate) expectation: &'static str,
}

impl Expression {
    /// The value; absent if none of the fields has a value.
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
                via,
                unrecognised,
            } => {
                let Some(received) = selector.value(unit, record).map(str::trim).filter(|text| !text.is_empty()) else {
                    return Ok(None);
                };
                let taken = via.iter().try_fold(received.to_owned(), |text, function| function.apply(&text));
                let kept = match (taken, unrecognised) {
                    (Err(_), Some(prefix)) => Function::Prefix(prefix.clone()).apply(received),
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

    /// Every field that the expression reads, in order.
    pub(crate) fn selectors(&self) -> Vec<&Selector> {
        match self {
            Self::Constant(_) => Vec::new(),
            Self::Any(list) => list.iter().flat_map(Self::selectors).collect(),
            Self::From { selector, .. } => vec![selector],
        }
    }

    /// Whether every value of the expression is of this kind. Every value counts as a text.
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
