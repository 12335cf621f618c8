//! Sealed capabilities: the authority that a ticket's block URLs and access URLs carry.
//!
//! A capability is not a Grant. It says which decision it came from and on which approvals that decision rested; at use the caller is
//! rebuilt from it and decided anew, so that a withdrawal or revocation in between is seen. It names no person and holds no token.

mod sealed;
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
    /// The last instant at which its first use may begin.
    #[serde(rename = "e")]
    pub not_after: Timestamp,
    /// The end of the visas that it rests on. A use that began in time goes on until then, as long as it is decided so; absent where none outlasts `not_after`.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<Timestamp>,
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
    /// Makes one from a Grant. Its end is the sooner of `not_after` and the Grant's end. What began before that end may outlast the tokens that it was asked
    /// with, and never the visas.
    #[must_use]
    pub fn from_grant(grant: &Grant, caller: &Caller, object: ObjectId, payload: Payload, not_after: Timestamp) -> Self {
        let not_after = not_after.min(grant.not_after());
        let rests_until = match payload {
            Payload::Slice(_) | Payload::Bytes => caller.visas_end(grant.approvals()).filter(|end| *end > not_after),
            Payload::Compute => None,
        };
        Self {
            object,
            payload,
            decision: grant.decision().to_string(),
            holder: caller.pseudonym.clone(),
            known_as: names(grant, caller),
            approvals: grant.approval_ids().to_vec(),
            marks: marks(grant, caller),
            purpose: grant.declared_purpose(),
            not_after,
            rests_until,
        }
    }

    /// The text to put into a URL. It shows nothing of the content but about how long it is.
    ///
    /// # Errors
    /// [`CapabilityError::TooLarge`] where it would be longer than [`Capability::open`] takes.
    pub fn seal(&self, key: &CapabilityKey) -> Result<String, CapabilityError> {
        let content = serde_json::to_vec(self).map_err(|_| CapabilityError::Invalid)?;
        sealed::seal(content, key, MAX_CAPABILITY_BYTES)
    }

    /// Opens a text from a URL for its first use.
    ///
    /// # Errors
    /// [`CapabilityError`]; that the text is of this key is checked before the content is looked at.
    pub fn open(text: &str, key: &CapabilityKey, now: Timestamp) -> Result<Self, CapabilityError> {
        let capability = Self::unseal(text, key)?;
        if capability.not_after <= now {
            return Err(CapabilityError::Expired);
        }
        Ok(capability)
    }

    /// Opens a text whatever the time. Whether it may still be used is the caller's to find out.
    ///
    /// # Errors
    /// [`CapabilityError::Invalid`].
    pub fn unseal(text: &str, key: &CapabilityKey) -> Result<Self, CapabilityError> {
        if text.len() > MAX_CAPABILITY_BYTES {
            return Err(CapabilityError::Invalid);
        }
        let content = match text.split_once('.') {
            None => sealed::unseal(text, key)?,
            Some((content, code)) => authentic(content, code, key)?,
        };
        let capability: Self = serde_json::from_slice(&content).map_err(|_| CapabilityError::Invalid)?;
        // Runs that wait since an earlier version hold their inputs in readable texts; no URL does any more.
        if text.contains('.') && capability.payload != Payload::Compute {
            return Err(CapabilityError::Invalid);
        }
        Ok(capability)
    }

    /// The last instant at which a use that began in time may go on.
    #[must_use]
    pub fn rests_until(&self) -> Timestamp {
        self.rests_until.map_or(self.not_after, |end| end.max(self.not_after))
    }

    /// What the request declared, to be declared again: the approvals are named by the holder's being no others.
    #[must_use]
    pub fn declared(&self) -> Declared {
        Declared {
            approval: None,
            purpose: self.purpose,
            fhir: None,
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
                    not_after: self.rests_until(),
                    subject: VisaSubject {
                        approval: Some(approval.clone()),
                        ..VisaSubject::default()
                    },
                })
                .collect(),
            not_after: Some(self.rests_until()),
            ..Caller::default()
        }
    }
}

/// The content of a text of before texts were encrypted: base64url of the content, a dot, base64url of its code.
fn authentic(content: &str, code: &str, key: &CapabilityKey) -> Result<Vec<u8>, CapabilityError> {
    let content = URL_SAFE_NO_PAD.decode(content).map_err(|_| CapabilityError::Invalid)?;
    let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| CapabilityError::Invalid)?;
    let state = key.state("capability-1", &content);
    state.verify_slice(&code).map_err(|_| CapabilityError::Invalid)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn capability(payload: Payload) -> Capability {
        Capability {
            object: ObjectId::parse("gemj.a").unwrap(),
            payload,
            decision: "0".repeat(32),
            holder: "holder".to_owned(),
            known_as: Vec::new(),
            approvals: vec!["2026-0001".to_owned()],
            marks: Vec::new(),
            purpose: None,
            not_after: Timestamp(10),
            rests_until: None,
        }
    }

    #[test]
    fn the_holder_keeps_the_rights_until_the_visas_end_and_no_longer() {
        let lasting = Capability {
            rests_until: Some(Timestamp(50)),
            ..capability(Payload::Bytes)
        };
        assert_eq!(lasting.holder().not_after, Some(Timestamp(50)));
        assert_eq!(lasting.holder().controlled[0].not_after, Timestamp(50));
        assert_eq!(capability(Payload::Bytes).holder().not_after, Some(Timestamp(10)));
        let key = CapabilityKey::new([7; 32]);
        let text = lasting.seal(&key).unwrap();
        assert_eq!(Capability::open(&text, &key, Timestamp(10)), Err(CapabilityError::Expired));
        assert_eq!(Capability::unseal(&text, &key), Ok(lasting));
    }

    #[test]
    fn a_readable_text_of_before_opens_for_a_waiting_run_alone() {
        let key = CapabilityKey::new([7; 32]);
        let before = |capability: &Capability| {
            let content = serde_json::to_vec(capability).unwrap();
            let code = key.mac("capability-1", &content);
            format!("{}.{}", URL_SAFE_NO_PAD.encode(&content), URL_SAFE_NO_PAD.encode(code))
        };
        let input = capability(Payload::Compute);
        assert_eq!(Capability::open(&before(&input), &key, Timestamp(5)), Ok(input));
        for payload in [Payload::Bytes, Payload::Slice(SlicePart::default())] {
            let text = before(&capability(payload));
            assert_eq!(Capability::open(&text, &key, Timestamp(5)), Err(CapabilityError::Invalid));
        }
    }
}
