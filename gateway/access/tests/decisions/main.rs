//! Tests of every row of the decision table `decisions.toml`, and of properties that hold beyond the rows.
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

/// The table's text.
const TABLE: &str = include_str!("../decisions.toml");
