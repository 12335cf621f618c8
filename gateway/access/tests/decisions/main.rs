//! Tests of every row of the decision table `decisions.toml`, and properties that hold for all questions, also those that no row contains.
#![allow(clippy::unwrap_used, missing_docs)]

mod attacks;
mod committee;
mod declarations;
mod monotone;
mod oracle;
mod programme;
mod properties;
mod research;
mod rights;
mod shared_values;
mod uses;

/// The text of the decision table.
const TABLE: &str = include_str!("../decisions.toml");
