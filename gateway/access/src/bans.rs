//! Bans of people, issuers and tokens. A ban ends every right that rests on the banned person, issuer or token,
//! also rights that were issued before the ban.
//!
//! Tokens are checked against the operator's deny list when they are presented. Some rights outlive this check: URLs of bytes and blocks, open
//! streams, waiting runs and running runs. The gateway decides these rights again at each use. They carry marks of the tokens, visas and issuers on
//! which they rest, and every decision compares the marks with the bans.
//!
//! They also carry marks of trust: one for each statement of the configuration by which their tokens and visas were accepted. If a reload removes an
//! issuer or narrows the trust in it, the mark is no longer trusted, and the right ends like a banned one.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::caller::{Caller, Identity};

/// A mark replaces the name of an issuer or the id of a token where the text itself must not be shown. A mark is the first 8 bytes of a SHA-256, as
/// base64url. If two issuers or tokens had the same mark (very unlikely), a ban would close too much, never too little.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(String);

impl Mark {
    /// The mark of an issuer. Every visa and token that the issuer signs carries this mark.
    #[must_use]
    pub fn of_issuer(issuer: &str) -> Self {
        Self::of(&["issuer", issuer])
    }

    /// The mark of one token, by its issuer and its `jti`.
    #[must_use]
    pub fn of_token(issuer: &str, token_id: &str) -> Self {
        Self::of(&["token", issuer, token_id])
    }

    /// The mark of a statement of trust, for example that an issuer may assert visas of a type. It begins with `~`, which no other mark contains.
    #[must_use]
    pub fn of_trust(statement: &str) -> Self {
        let Self(digest) = Self::of(&["trust", statement]);
        Self(format!("~{digest}"))
    }

    pub(crate) fn is_of_trust(&self) -> bool {
        self.0.starts_with('~')
    }

    fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(URL_SAFE_NO_PAD.encode(&hash.finalize()[..8]))
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark(..)")
    }
}

/// The banned people, issuers and tokens.
#[derive(Debug, Default)]
pub struct Bans {
    pseudonyms: HashSet<String>,
    marks: HashSet<Mark>,
    /// The marks of trust of the configuration. Absent: the marks of trust are not compared.
    trusted: Option<HashSet<Mark>>,
}

impl Bans {
    /// Bans a person, with everything that the person may use.
    pub fn add_person(&mut self, identity: &Identity) {
        self.pseudonyms.insert(identity.pseudonym());
    }

    /// Bans everything that an issuer signed.
    pub fn add_issuer(&mut self, issuer: &str) {
        self.marks.insert(Mark::of_issuer(issuer));
    }

    /// Bans one token and everything that the token opened.
    pub fn add_token(&mut self, issuer: &str, token_id: &str) {
        self.marks.insert(Mark::of_token(issuer, token_id));
    }

    /// Bans every right that rests on a statement of trust that is not in this list.
    #[must_use]
    pub fn trusting_only(mut self, trusted: HashSet<Mark>) -> Self {
        self.trusted = Some(trusted);
        self
    }

    fn bar(&self, mark: &Mark) -> bool {
        let is_untrusted = |trusted: &HashSet<Mark>| mark.is_of_trust() && !trusted.contains(mark);
        self.marks.contains(mark) || self.trusted.as_ref().is_some_and(is_untrusted)
    }

    fn is_empty(&self) -> bool {
        self.pseudonyms.is_empty() && self.marks.is_empty() && self.trusted.is_none()
    }
}

/// The list of bans that every decision reads. Clones share one list, so that a replacement takes effect in all of them.
#[derive(Clone, Debug, Default)]
pub struct BanList(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    bans: RwLock<Bans>,
    /// How often the bans were replaced.
    replaced: AtomicU64,
}

impl BanList {
    /// Replaces the bans. Every decision that begins after this call uses the new bans.
    pub fn replace(&self, bans: Bans) {
        *self.0.bans.write().unwrap_or_else(PoisonError::into_inner) = bans;
        self.0.replaced.fetch_add(1, Ordering::Release);
    }

    /// How often the bans were replaced. A decision that begins after this number is read uses the bans of this replacement or later bans. Work in
    /// progress therefore needs a new decision only if the number has changed.
    #[must_use]
    pub fn times_replaced(&self) -> u64 {
        self.0.replaced.load(Ordering::Acquire)
    }

    /// Whether the person with this pseudonym is banned.
    #[must_use]
    pub fn bars_person(&self, pseudonym: &str) -> bool {
        let bans = self.0.bans.read().unwrap_or_else(PoisonError::into_inner);
        bans.pseudonyms.contains(pseudonym)
    }

    /// Whether a caller is banned: by any of the caller's names, or by a mark of a token, visa or issuer on which any of the caller's rights rests.
    /// Authentication already ignores a visa that is banned when it is presented. This method finds the bans that were added later.
    #[must_use]
    pub fn bars(&self, caller: &Caller) -> bool {
        let bans = self.0.bans.read().unwrap_or_else(PoisonError::into_inner);
        if bans.is_empty() || caller.is_anonymous() {
            return false;
        }
        let banned_name = |name: &String| bans.pseudonyms.contains(name);
        let banned_mark = |mark: &Mark| bans.bar(mark);
        banned_name(&caller.pseudonym)
            || caller.known_as.iter().any(banned_name)
            || caller.marks.iter().any(banned_mark)
            || caller.controlled.iter().any(|visa| {
                let subject = &visa.subject;
                subject.known_as.iter().any(|name| banned_name(&name.pseudonym)) || subject.marks.iter().any(banned_mark)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_ends_if_one_of_its_marks_of_trust_is_no_longer_trusted() {
        let (kept, gone) = (Mark::of_trust("kept"), Mark::of_trust("gone"));
        let caller = |marks: &[&Mark]| Caller {
            pseudonym: "someone".to_owned(),
            marks: marks.iter().map(|mark| (*mark).clone()).collect(),
            ..Caller::default()
        };
        let list = BanList::default();
        assert!(!list.bars(&caller(&[&kept, &gone])), "no list of trusted marks");
        list.replace(Bans::default().trusting_only(HashSet::from([kept.clone()])));
        assert!(list.bars(&caller(&[&kept, &gone])));
        assert!(
            !list.bars(&caller(&[&kept, &Mark::of_issuer("gone")])),
            "a mark of an issuer is not a mark of trust"
        );
    }
}
