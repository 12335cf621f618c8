//! Compares a site's full list with the ledger. If the list has a consent as withdrawn and the ledger as given, the consent is blocked at once.
//! Every other difference raises an alert ([`Ring`]) and opens nothing.

mod compare;
mod list;

pub use compare::{Finding, Ours, Ring, compare, missing};
pub use list::{ListFault, ListRow, RowFault, Said, Who, read};
