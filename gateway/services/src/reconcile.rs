//! Compares a site's full list of consents with the ledger. If the list states a withdrawal of a consent that the ledger has as given, the
//! consent is blocked at once. Every other difference raises an alert ([`Ring`]) and permits nothing.

mod compare;
mod list;

pub use compare::{Finding, Ours, Ring, compare, missing};
pub use list::{ListFault, ListRow, RowFault, Said, Who, read};
