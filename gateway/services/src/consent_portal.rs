//! Reads the consent statements that a hospital's portal sends as JSON.
//!
//! A statement has the same meaning as a line of a consent sheet. A statement that could be a withdrawal is never refused because a part of it cannot be
//! read: if the statement names a participant, all data of the participant is blocked until an operator resolves the withdrawal.

mod bulk;
mod fault;
mod salvage;
mod statement;
#[cfg(test)]
mod tests;
mod tree;

use gemj_access::CapabilityKey;
use gemj_catalogue::ConsentStatement;

use crate::linkage::keyed_digest;

pub use bulk::{BulkFault, MAX_ITEMS, split};
pub use fault::PortalFault;
pub use statement::read;

/// The maximum size of the body with one statement, in bytes.
pub const MAX_STATEMENT_BYTES: usize = 64 * 1024;

/// The maximum size of the body with several statements, in bytes.
pub const MAX_BULK_BYTES: usize = 4 * 1024 * 1024;

/// The relations of a legal representative to the participant that a statement can name.
pub const RELATIONS: [&str; 7] = ["parent", "guardian", "spouse", "child", "sibling", "grandparent", "other"];

/// The participant that a statement names. The type has no `Debug`, because it contains a person's number.
#[derive(Clone, PartialEq, Eq)]
pub enum PortalParticipant {
    /// The hospital's own number.
    Number {
        /// The namespace of the number at the hospital.
        namespace: String,
        /// The number.
        number: String,
    },
    /// The id of the FHIR Patient at this hospital.
    Patient(String),
}

/// A statement that could be read completely.
#[derive(Clone, PartialEq, Eq)]
pub struct PortalStatement {
    /// The participant.
    pub participant: PortalParticipant,
    /// The event of the ledger.
    pub event: ConsentStatement,
    /// SHA-256 of the scanned form, 64 lower-case hex digits; absent if the statement names no scan.
    pub scan_sha256: Option<String>,
    /// The relation of a legal representative; absent without a representative.
    pub relation: Option<String>,
}

/// The result of reading one statement of a portal.
#[derive(Clone, PartialEq, Eq)]
pub enum PortalItem {
    /// The statement can be recorded.
    Statement(Box<PortalStatement>),
    /// The statement could be a withdrawal, and a part of it cannot be read.
    Unclear {
        /// The participant; absent if the participant cannot be read.
        participant: Option<PortalParticipant>,
        /// The fault of the unreadable part.
        fault: PortalFault,
    },
    /// The statement cannot be recorded, and it is no withdrawal.
    Refused(PortalFault),
}

/// The keyed digests under which a request is stored: of its idempotency key and of its body. The body contains numbers of persons, which could be found
/// from a digest without a secret by trial.
#[must_use]
pub fn request_digests(key: &CapabilityKey, holder: &str, request_key: &str, body: &[u8]) -> (String, String) {
    let content = hex::encode(key.mac("consent-portal-body-1", body));
    (keyed_digest(key, "consent-portal-key-1", &[holder, request_key]), content)
}
