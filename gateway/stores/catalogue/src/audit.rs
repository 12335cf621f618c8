//! The audit trail: hash chains whose rows record decisions and writes. A decision about an anonymous caller has no row of its own: one row for
//! each minute contains the counts of these decisions.
//!
//! Each serving process has its own chain under a random id. One task writes the chain with group commit. Every write under a `Mandate` appends
//! a row to the single chain `operations`, in the transaction of that write. Signed heads of the chains are written to files outside the
//! database.

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

pub(crate) use checkpoint::{blocking, newest_write};
pub use checkpoint::{
    checkpoint_operations, contradicting_head, finish_setting_aside, lacks_signed_writes, set_heads_aside, signed_writes,
};
pub use entry::{AuditEntry, AuditResource, Verdict};
pub use health::AuditLag;
pub use log::{AuditLog, Receipt, Recorded};
pub use verify::{AuditError, AuditFault, AuditReport, Fault, verify};
