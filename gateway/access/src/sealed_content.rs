//! Content that is sealed before it reaches a store. A copy of the database alone does not show it.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::capability::CapabilityKey;

/// The error for content that this key did not seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the content was not sealed with the key of this installation")]
pub struct NotSealed;

/// Seals content for one purpose. The nonce is a keyed digest of the content, so that only equal contents have equal nonces. AES-GCM-SIV stays safe
/// under equal nonces (RFC 8452 § 1).
///
/// # Errors
/// [`NotSealed`] if the cipher fails, which only content of many gigabytes causes.
pub fn seal_content(key: &CapabilityKey, purpose: &str, mut content: Vec<u8>) -> Result<Vec<u8>, NotSealed> {
    let digest = key.mac(&format!("sealed-content-nonce {purpose}"), &content);
    let (nonce, _) = digest.split_at(NONCE_LEN);
    let mut sealed = nonce.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotSealed)?;
    cipher(key, purpose)?
        .seal_in_place_append_tag(nonce, Aad::from(purpose.as_bytes()), &mut content)
        .map_err(|_| NotSealed)?;
    sealed.append(&mut content);
    Ok(sealed)
}

/// Opens content that [`seal_content`] sealed for the same purpose.
///
/// # Errors
/// [`NotSealed`] for all other bytes.
pub fn open_content(key: &CapabilityKey, purpose: &str, mut sealed: Vec<u8>) -> Result<Vec<u8>, NotSealed> {
    let (nonce, content) = sealed.split_at_mut_checked(NONCE_LEN).ok_or(NotSealed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotSealed)?;
    let content = cipher(key, purpose)?
        .open_in_place(nonce, Aad::from(purpose.as_bytes()), content)
        .map_err(|_| NotSealed)?;
    Ok(content.to_vec())
}

fn cipher(key: &CapabilityKey, purpose: &str) -> Result<LessSafeKey, NotSealed> {
    let key = UnboundKey::new(&AES_256_GCM_SIV, &key.mac("sealed-content-key", purpose.as_bytes())).map_err(|_| NotSealed)?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sealed_content_opens_only_with_its_key_and_for_its_purpose() {
        let key = CapabilityKey::new([7; 32]);
        let sealed = seal_content(&key, "packet", b"a planted name".to_vec()).unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"planted"));
        assert_eq!(open_content(&key, "packet", sealed.clone()).unwrap(), b"a planted name");
        assert_eq!(open_content(&key, "other", sealed.clone()), Err(NotSealed));
        assert_eq!(open_content(&CapabilityKey::new([8; 32]), "packet", sealed.clone()), Err(NotSealed));
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(open_content(&key, "packet", altered), Err(NotSealed));
            assert_eq!(open_content(&key, "packet", sealed[..at].to_vec()), Err(NotSealed));
        }
    }
}
