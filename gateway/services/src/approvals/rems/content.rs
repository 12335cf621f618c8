//! What an export states about one application, as a digest. An import recognises by it that a state was imported before, whatever the layout of the file,
//! the order of its rows and its other applications are.

use gemj_model::ApprovalId;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of the content of one application in an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// The digest of a content. The content must contain the id of the application's approval and the form of the export. Lists whose order has no meaning
    /// must be sorted sets. Two contents with different values have different JSON texts, and therefore different digests.
    pub(super) fn of(content: &impl Serialize) -> Option<Self> {
        let text = serde_json::to_vec(content).ok()?;
        Some(Self(Sha256::digest(text).into()))
    }

    /// The id under which the register stores the time at which the content was imported.
    #[must_use]
    pub fn id(&self) -> Option<ApprovalId> {
        ApprovalId::parse(&format!("content:{}", hex::encode(self.0))).ok()
    }
}
