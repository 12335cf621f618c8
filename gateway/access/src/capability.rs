//! Sealed capabilities: the authority that a ticket's block URLs and access URLs carry.
//!
//! A capability is not a Grant. A capability contains the id of the decision that made it and the approvals on which that decision rested. At
//! each use, the gateway rebuilds the caller from the capability and decides again, so that a later withdrawal or revocation takes effect. A
//! capability names no person and contains no token.

mod sealed;
mod sealed_record;
mod slice_part;

use std::collections::BTreeSet;
use std::fmt;

use gemj_model::{ObjectId, Purpose, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::bans::Mark;
use crate::caller::{Caller, ControlledAccess, VisaSubject};
use crate::declared::Declared;
use crate::grant::Grant;

pub use slice_part::{Regions, SlicePart};

/// The longest capability text, in bytes. HTTP libraries reject a URL of 64 KiB before the gateway can read it.
const MAX_CAPABILITY_BYTES: usize = 60 * 1024;

/// The installation's key, shared by all replicas of the gateway.
///
/// * The identity key (32 bytes) makes the keyed digests that must stay the same: numbers of institutions, ids of files, pseudonyms and marks. It also
///   signs the heads of the audit chains.
/// * The URL keys sign URLs and access tokens. They can be replaced. Before the first replacement, the identity key is the URL key.
#[derive(Clone)]
pub struct CapabilityKey {
    identity: [u8; 32],
    /// The key that signs new URLs and tokens; absent before the first replacement.
    signing: Option<[u8; 32]>,
    /// A further key whose URLs and tokens are accepted during a replacement.
    accepted: Option<[u8; 32]>,
}

impl fmt::Debug for CapabilityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CapabilityKey(..)")
    }
}

impl CapabilityKey {
    /// Makes a key from its 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self {
            identity: bytes,
            signing: None,
            accepted: None,
        }
    }

    /// Returns the key with its own key for URLs and tokens, and with a further key whose URLs and tokens are accepted.
    #[must_use]
    pub fn with_url_keys(self, signing: [u8; 32], accepted: Option<[u8; 32]>) -> Self {
        Self {
            signing: Some(signing),
            accepted,
            ..self
        }
    }

    /// The key that signs new URLs and tokens.
    #[must_use]
    pub fn signing(&self) -> Self {
        Self::new(self.signing.unwrap_or(self.identity))
    }

    /// The keys whose URLs and tokens are accepted. The first one signs new ones.
    pub fn accepted(&self) -> impl Iterator<Item = Self> + use<> {
        [Some(self.signing.unwrap_or(self.identity)), self.accepted]
            .into_iter()
            .flatten()
            .map(Self::new)
    }

    /// The message authentication code (HMAC) over a context and the given bytes.
    #[must_use]
    pub fn mac(&self, context: &str, bytes: &[u8]) -> [u8; 32] {
        // RFC 2104: a key that is shorter than the hash function's block is padded with zeros.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.identity);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(&(context.len() as u64).to_be_bytes());
        mac.update(context.as_bytes());
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }
}

/// The part of the file that the holder may fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Payload {
    /// The holder may fetch a slice of the file.
    Slice(SlicePart),
    /// The holder may fetch the whole file.
    Bytes,
    /// A workflow may use the whole file as an input. The capability is stored with the run until the run starts.
    Compute,
}

/// A capability whose text was opened and authenticated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// The file that the capability opens.
    #[serde(rename = "o")]
    pub object: ObjectId,
    /// The part of the file that the capability opens.
    #[serde(rename = "p")]
    pub payload: Payload,
    /// The id of the decision that made the capability, as 32 hex digits.
    #[serde(rename = "d")]
    pub decision: String,
    /// The holder's pseudonym in the audit trail.
    #[serde(rename = "w")]
    pub holder: String,
    /// Further pseudonyms under which approvals may name the holder.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    pub known_as: Vec<String>,
    /// Ids of the approvals on which the decision rested. Older capabilities contain the approvals' visa values instead; they were made when each
    /// visa value belonged to only one approval.
    #[serde(rename = "a")]
    pub approvals: Vec<String>,
    /// Marks of the tokens, visas and issuers on which the decision rested, and marks of trust. A ban of any of them closes the capability. A text
    /// without a mark of trust is refused.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// The purpose that the request declared; absent if the request declared no purpose.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The instant from which the first use may no longer begin.
    #[serde(rename = "e")]
    pub not_after: Timestamp,
    /// The end of the visas on which the capability rests. A use that began in time may continue until this end, if each new decision allows the use.
    /// Absent if the visas do not outlast `not_after`.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<Timestamp>,
}

/// The reason why a capability is rejected. The holder gets the same answer for every reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapabilityError {
    /// The text was not sealed by this gateway, was altered, or was cut.
    #[error("the URL is not valid")]
    Invalid,
    /// The end of the capability has passed.
    #[error("the URL has expired")]
    Expired,
    /// The content does not fit into a URL.
    #[error("the request does not fit into a URL")]
    TooLarge,
}

/// The caller's controlled-access visas for the approvals that the Grant uses.
fn used<'a>(grant: &'a Grant, caller: &'a Caller) -> impl Iterator<Item = &'a ControlledAccess> {
    caller.controlled.iter().filter(|visa| {
        let bound = visa.subject.approval.as_ref();
        grant.approvals().contains(&visa.value) || bound.is_some_and(|bound| grant.approval_ids().contains(bound))
    })
}

/// Every pseudonym under which the Grant's approvals may have named the caller. The ends of these pseudonyms are not stored, because the capability's
/// own ends (`not_after` and `rests_until`) are no later.
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
    /// Makes a capability from a Grant. The capability ends at `not_after` or at the Grant's end, whichever is earlier. A use that began before that
    /// end may outlast the tokens of the request, but never the visas.
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

    /// The capability as a text for a URL. The text shows nothing of the content except its approximate length.
    ///
    /// # Errors
    /// [`CapabilityError::TooLarge`] if the text would be longer than [`Capability::open`] accepts.
    pub fn seal(&self, key: &CapabilityKey) -> Result<String, CapabilityError> {
        let content = serde_json::to_vec(self).map_err(|_| CapabilityError::Invalid)?;
        sealed::seal(content, &key.signing(), MAX_CAPABILITY_BYTES)
    }

    /// Opens the text of a capability from a URL, for the first use of that capability.
    ///
    /// # Errors
    /// [`CapabilityError`] if the text was not sealed with this key, or if the capability has ended. The text is authenticated
    /// with the key before its content is parsed.
    pub fn open(text: &str, key: &CapabilityKey, now: Timestamp) -> Result<Self, CapabilityError> {
        let capability = Self::unseal(text, key)?;
        if capability.not_after <= now {
            return Err(CapabilityError::Expired);
        }
        Ok(capability)
    }

    /// Opens the text of a capability without checking its end. The code that calls this method must check whether the capability may still be used.
    ///
    /// # Errors
    /// [`CapabilityError::Invalid`] if the text was not sealed with this key.
    pub fn unseal(text: &str, key: &CapabilityKey) -> Result<Self, CapabilityError> {
        if text.len() > MAX_CAPABILITY_BYTES {
            return Err(CapabilityError::Invalid);
        }
        let content = key
            .accepted()
            .find_map(|key| sealed::unseal(text, &key).ok())
            .ok_or(CapabilityError::Invalid)?;
        let capability: Self = serde_json::from_slice(&content).map_err(|_| CapabilityError::Invalid)?;
        // A capability of an earlier version has no marks of trust. It would outlast the trust in its issuer, so it opens nothing.
        if !capability.marks.iter().any(Mark::is_of_trust) {
            return Err(CapabilityError::Invalid);
        }
        Ok(capability)
    }

    /// The instant at which a use that began before `not_after` must end.
    #[must_use]
    pub fn rests_until(&self) -> Timestamp {
        self.rests_until.map_or(self.not_after, |end| end.max(self.not_after))
    }

    /// The declaration of the original request, to be declared again at each use. The declaration names no approval, because the rebuilt caller holds
    /// only the approvals that the original decision used.
    #[must_use]
    pub fn declared(&self) -> Declared {
        Declared {
            approval: None,
            purpose: self.purpose,
            fhir: None,
        }
    }

    /// The rebuilt caller for the new decision. The caller has the approvals of the capability and no other right.
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
            marks: vec![Mark::of_trust("kept")],
            purpose: None,
            not_after: Timestamp(10),
            rests_until: None,
        }
    }

    #[test]
    fn the_rebuilt_holder_keeps_its_rights_until_the_visas_end() {
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
    fn during_a_replacement_urls_of_both_keys_open_and_afterwards_only_urls_of_the_new_key() {
        let (old, new, identity) = ([7; 32], [8; 32], CapabilityKey::new([7; 32]));
        let replaced = identity.clone().with_url_keys(new, Some(old));
        let retired = identity.clone().with_url_keys(new, None);
        let sealed = |key: &CapabilityKey| capability(Payload::Bytes).seal(key).unwrap();
        let opens = |text: &str, key: &CapabilityKey| Capability::unseal(text, key).is_ok();
        let (before, after) = (sealed(&identity), sealed(&replaced));
        assert!(opens(&before, &replaced) && opens(&after, &replaced));
        assert!(!opens(&before, &retired) && opens(&after, &retired));
        assert!(!opens(&after, &identity));
        assert_eq!(identity.mac("digest", b"number"), retired.mac("digest", b"number"));
        assert_eq!(identity.mark(), retired.mark());
    }

    #[test]
    fn a_capability_of_an_earlier_version_without_marks_of_trust_opens_nothing() {
        let key = CapabilityKey::new([7; 32]);
        for payload in [Payload::Compute, Payload::Bytes, Payload::Slice(SlicePart::default())] {
            let current = capability(payload);
            let earlier = Capability {
                marks: vec![Mark::of_issuer("https://broker.example")],
                ..current.clone()
            };
            let opens = |capability: &Capability| Capability::open(&capability.seal(&key).unwrap(), &key, Timestamp(5));
            assert_eq!(opens(&earlier), Err(CapabilityError::Invalid));
            assert_eq!(opens(&current), Ok(current.clone()));
        }
    }
}
