//! Consent at this moment: the fold of the consent ledger, and the bitmaps of participants that decisions read.

mod answers;
mod audience;
mod corrections;
mod covered;
mod evaluation;
mod fold;
mod form_table;
mod ledger;
mod merge;
mod person;
mod planes;
mod record;
mod roster;
mod rules;
mod standing;
mod view;

pub use audience::Audience;
pub use ledger::ConsentLedger;
pub use merge::{Joined, Merge, MergeState};
pub use roster::Roster;
pub use rules::{AtMajority, ConsentRules};
pub use standing::{Circumstances, Standing, standing_as_of, standing_at};
pub use view::{ConsentView, ReleaseMembers};

#[cfg(test)]
mod tests;
