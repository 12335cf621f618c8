//! Property tests of the fold, which computes the consent state from the events of the ledger, and of `ConsentView`, which holds that state for
//! decisions. The oracles compute the same results by other algorithms.

mod incremental;
pub(super) mod kit;
mod merges;
mod oracle;
mod properties;
mod views;
