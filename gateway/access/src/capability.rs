//! Signed capabilities: the authority that a ticket's block URLs and access URLs carry.
//!
//! A capability is not a Grant. It says which decision it came from and on which approvals that decision rested; at use the caller is
//! rebuilt from it and decided anew, so that a withdrawal or revocation in between is seen. It names no person and holds no token.

mod slice_part;

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gemj_model::{ObjectId, Purpose, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::bans::Mark;
use crate::caller::{Caller, ControlledAccess, VisaSubject};
use crate::declared::Declared;
use crate::grant::Grant;

pub use slice_part::{Regions, SlicePart};

/// The longest capability text, in bytes. An address of 64 KiB is refused by HTTP libraries before anybody reads it.
const MAX_CAPABILITY_BYTES: usize = 60 * 1024;

/// The installation's key for capabilities, 32 bytes, shared by its replicas.
#[derive(Clone)]
pub struct CapabilityKey([u8; 32]);

impl fmt::Debug for CapabilityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CapabilityKey(..)")
    }
}

impl CapabilityKey {
    /// A key from its bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Message authentication code over a context and some bytes.
    #[must_use]
    pub fn mac(&self, context: &str, bytes: &[u8]) -> [u8; 32] {
        self.state(context, bytes).finalize().into_bytes().into()
    }

    fn state(&self, context: &str, bytes: &[u8]) -> Hmac<Sha256> {
        // RFC 2104: a key shorter than the hash's block is padded with zeros.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(&(context.len() as u64).to_be_bytes());
        mac.update(context.as_bytes());
        mac.update(bytes);
        mac
    }
}

/// What the holder may fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Payload {
    /// A slice of a file.
    Slice(SlicePart),
    /// The file's bytes, whole.
    Bytes,
    /// The file as a workflow's input, kept with the run until it starts.
    Compute,
}

/// A capability, opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// The file.
    #[serde(rename = "o")]
    pub object: ObjectId,
    /// What of it.
    #[serde(rename = "p")]
    pub payload: Payload,
    /// The decision that it came from, 32 hex digits.
    #[serde(rename = "d")]
    pub decision: String,
    /// The holder's pseudonym in the audit trail.
    #[serde(rename = "w")]
    pub holder: String,
    /// Further pseudonyms under which approvals may name the holder.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    pub known_as: Vec<String>,
    /// Ids of the approvals the decision rested on; in those that were made before approvals shared visa values, their visa values.
    #[serde(rename = "a")]
    pub approvals: Vec<String>,
    /// Marks of what the decision rested on beside these: tokens, visas and their issuers. A ban of one of them closes it.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// The purpose that the request declared; absent where it declared none.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Its last instant.
    #[serde(rename = "e")]
    pub not_after: Timestamp,
}

/// Why a capability is not honoured. All look alike to its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapabilityError {
    /// Not of this gateway, altered or cut.
    #[error("the URL is not valid")]
    Invalid,
    /// Past its end.
    #[error("the URL has expired")]
    Expired,
    /// What it would have to carry does not fit into a URL.
    #[error("the request does not fit into a URL")]
    TooLarge,
}

/// The visas of a caller whose approvals a Grant rests on.
fn used<'a>(grant: &'a Grant, caller: &'a Caller) -> impl Iterator<Item = &'a ControlledAccess> {
    caller.controlled.iter().filter(|visa| {
        let bound = visa.subject.approval.as_ref();
        grant.approvals().contains(&visa.value) || bound.is_some_and(|bound| grant.approval_ids().contains(bound))
    })
}

/// Every name under which the approvals may have named the caller. Their ends are not kept: the capability ends with the Grant, which ended with them.
fn names(grant: &Grant, caller: &Caller) -> Vec<String> {
    let of_visas = used(grant, caller).flat_map(|visa| visa.subject.known_as.iter().map(|name| &name.pseudonym));
    let names: BTreeSet<&String> = caller.known_as.iter().chain(of_visas).collect();
    names.into_iter().cloned().collect()
}

fn marks(grant: &Grant, caller: &Caller) -> Vec<Mark> {
    let of_visas = used(grant, caller).flat_map(|visa| visa.subject.marks.iter());
    let marks: BTreeSet<&Mark> = caller.marks.iter().chain(of_visas).collect();
    marks.into_iter().cloned().collect()
}

impl Capability {
    /// Makes one from a Grant. Its end is the sooner of `not_after` and the Grant's end.
    #[must_use]
    pub fn from_grant(grant: &Grant, caller: &Caller, object: ObjectId, payload: Payload, not_after: Timestamp) -> Self {
        Self {
            object,
            payload,
            decision: grant.decision().to_string(),
            holder: caller.pseudonym.clone(),
            known_as: names(grant, caller),
            approvals: grant.approval_ids().to_vec(),
            marks: marks(grant, caller),
            purpose: grant.declared_purpose(),
            not_after: not_after.min(grant.not_after()),
        }
    }

    /// The text to put into a URL: base64url of the content, a dot, base64url of its code.
    ///
    /// # Errors
    /// [`CapabilityError::TooLarge`] where it would be longer than [`Capability::open`] takes.
    pub fn seal(&self, key: &CapabilityKey) -> Result<String, CapabilityError> {
        let content = serde_json::to_vec(self).map_err(|_| CapabilityError::Invalid)?;
        let code = key.mac("capability-1", &content);
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(&content), URL_SAFE_NO_PAD.encode(code));
        if text.len() > MAX_CAPABILITY_BYTES {
            Err(CapabilityError::TooLarge)
        } else {
            Ok(text)
        }
    }

    /// Opens a text from a URL.
    ///
    /// # Errors
    /// [`CapabilityError`]; the code is checked, in constant time, before the content is looked at.
    pub fn open(text: &str, key: &CapabilityKey, now: Timestamp) -> Result<Self, CapabilityError> {
        if text.len() > MAX_CAPABILITY_BYTES {
            return Err(CapabilityError::Invalid);
        }
        let (content, code) = text.split_once('.').ok_or(CapabilityError::Invalid)?;
        let content = URL_SAFE_NO_PAD.decode(content).map_err(|_| CapabilityError::Invalid)?;
        let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| CapabilityError::Invalid)?;
        key.state("capability-1", &content)
            .verify_slice(&code)
            .map_err(|_| CapabilityError::Invalid)?;
        let capability: Self = serde_json::from_slice(&content).map_err(|_| CapabilityError::Invalid)?;
        if capability.not_after <= now {
            return Err(CapabilityError::Expired);
        }
        Ok(capability)
    }

    /// What the request declared, to be declared again: the approvals are named by the holder's being no others.
    #[must_use]
    pub fn declared(&self) -> Declared {
        Declared {
            approval: None,
            purpose: self.purpose,
        }
    }

    /// The caller as whom the holder is decided anew: the same approvals, nothing else.
    #[must_use]
    pub fn holder(&self) -> Caller {
        Caller {
            pseudonym: self.holder.clone(),
            known_as: self.known_as.clone(),
            marks: self.marks.clone(),
            controlled: self
                .approvals
                .iter()
                .map(|approval| ControlledAccess {
                    value: String::new(),
                    jti: None,
                    not_after: self.not_after,
                    subject: VisaSubject {
                        approval: Some(approval.clone()),
                        ..VisaSubject::default()
                    },
                })
                .collect(),
            not_after: Some(self.not_after),
            ..Caller::default()
        }
    }
}
