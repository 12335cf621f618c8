//! Records that the gateway writes outside its database, encrypted with the installation's key.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::CapabilityKey;

/// The number of hex digits of a key's mark.
const MARK_DIGITS: usize = 16;

impl CapabilityKey {
    /// A short digest by which two keys can be told apart. The key cannot be computed from it.
    #[must_use]
    pub fn mark(&self) -> String {
        let mut digits = hex::encode(self.mac("key-mark-1", b""));
        digits.truncate(MARK_DIGITS);
        digits
    }

    /// A short digest of the key that signs URLs and tokens. The key cannot be computed from it.
    #[must_use]
    pub fn signing_mark(&self) -> String {
        self.signing().mark()
    }

    /// Encrypts a record of a kind. The result is one line of base64url. Absent only if the encryption fails. The nonce is a keyed digest of the
    /// content, so that only equal contents have equal nonces; AES-GCM-SIV stays safe under equal nonces (RFC 8452 § 1).
    #[must_use]
    pub fn seal_record(&self, kind: &'static str, content: &[u8]) -> Option<String> {
        let digest = self.mac("record-nonce-1", content);
        let (nonce, _) = digest.split_at(NONCE_LEN);
        let mut sealed = nonce.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = content.to_vec();
        self.record_cipher(kind)?
            .seal_in_place_append_tag(nonce, Aad::from(kind.as_bytes()), &mut content)
            .ok()?;
        sealed.append(&mut content);
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Decrypts a record of a kind. Absent for every text that [`Self::seal_record`] did not make with this key and this kind.
    #[must_use]
    pub fn open_record(&self, kind: &'static str, text: &str) -> Option<Vec<u8>> {
        let mut sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, content) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let content = self
            .record_cipher(kind)?
            .open_in_place(nonce, Aad::from(kind.as_bytes()), content)
            .ok()?;
        Some(content.to_vec())
    }

    fn record_cipher(&self, kind: &str) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, &self.mac("record-seal-1", kind.as_bytes())).ok()?;
        Some(LessSafeKey::new(key))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_record_opens_only_with_its_key_and_kind_and_unaltered() {
        let key = CapabilityKey::new([7; 32]);
        let text = key.seal_record("kind-1", b"content").unwrap();
        assert_eq!(key.open_record("kind-1", &text).unwrap(), b"content");
        assert_eq!(key.open_record("kind-2", &text), None);
        assert_eq!(CapabilityKey::new([8; 32]).open_record("kind-1", &text), None);
        for at in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(key.open_record("kind-1", std::str::from_utf8(&altered).unwrap()), None);
        }
        assert_ne!(key.mark(), CapabilityKey::new([8; 32]).mark());
        assert_eq!(key.mark().len(), MARK_DIGITS);
    }
}
