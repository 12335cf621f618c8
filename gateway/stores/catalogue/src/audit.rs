//! The audit trail: every decision a row in a hash chain.
//!
//! Each process that serves has its own chain, under a random id, written by one task with group commit. Writes under a `Mandate` append
//! to the one chain `operations` in the transaction of the write itself. Signed heads of the chains go to files outside the database.

mod anonymous;
mod chain;
mod checkpoint;
pub(crate) mod covered;
mod entry;
mod health;
mod log;
pub(crate) mod operation;
mod verify;
mod writer;

pub use checkpoint::checkpoint_operations;
pub use entry::{AuditEntry, AuditResource, Verdict};
pub use log::{AuditLog, Receipt, Recorded};
pub use verify::{AuditError, AuditFault, AuditReport, Fault, verify};
