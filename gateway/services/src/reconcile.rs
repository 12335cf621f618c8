//! A site's full list against the ledger: what they hold withdrawn and we hold given is blocked at once; every other difference rings, and
//! opens nothing.

mod compare;
mod list;

pub use compare::{Finding, Ours, Ring, compare, missing};
pub use list::{ListFault, ListRow, RowFault, Said, Who, read};
