//! Compares a site's full list of consents with the ledger. If the list withdraws or lacks clauses that the ledger has as given, these
//! clauses are blocked at once. A difference that an operator must resolve raises an alert ([`Ring`]). No difference permits a use.

mod compare;
mod list;

pub use compare::{Finding, Ours, Ring, compare, may_hold, missing};
pub use list::{ListFault, ListRow, RowFault, Said, Who, read};
