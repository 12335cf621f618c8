//! Consent at this moment: the ledger's fold, and the bitmaps that decisions read.

mod audience;
mod ledger;
mod roster;
mod rules;
mod standing;
mod view;

pub use audience::Audience;
pub use ledger::ConsentLedger;
pub use roster::Roster;
pub use rules::{AtMajority, ConsentRules};
pub use standing::{Standing, standing_at};
pub use view::{ConsentView, ReleaseMembers};
