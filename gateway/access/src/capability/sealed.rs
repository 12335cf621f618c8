//! The text of a capability. The text is encrypted, so that a URL shows nothing about its holder. The content is padded,
//! so that texts have few different lengths.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{CapabilityError, CapabilityKey};

/// The associated data of the encryption (AEAD). It names the kind and the version of the text: a text of another kind or version does not open.
const CONTEXT: &str = "capability-2";

/// The length of a sealed capability in bytes is a multiple of this number. In base64, the length is then a multiple of 1,024
/// characters and needs no padding characters.
const STEP_BYTES: usize = 768;

/// The length of the authentication tag that AES-GCM-SIV adds, in bytes (RFC 8452 § 4).
const TAG_BYTES: usize = 16;

/// Encrypts the JSON of a capability. The nonce is a keyed digest of the content, so that only equal contents have equal nonces. AES-GCM-SIV
/// stays safe under equal nonces (RFC 8452 § 1).
///
/// # Errors
/// [`CapabilityError::TooLarge`] if the text would be longer than `most_bytes`.
pub(super) fn seal(mut content: Vec<u8>, key: &CapabilityKey, most_bytes: usize) -> Result<String, CapabilityError> {
    let bare = NONCE_LEN + content.len() + TAG_BYTES;
    let padded = bare.next_multiple_of(STEP_BYTES);
    // The padding consists of spaces at the end, which have no meaning in JSON (RFC 8259 § 2).
    content.resize(content.len() + (padded - bare), b' ');
    let digest = key.mac("capability-nonce-2", &content);
    let (nonce, _) = digest.split_at(NONCE_LEN);
    let mut sealed = nonce.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CapabilityError::Invalid)?;
    cipher(key)?
        .seal_in_place_append_tag(nonce, Aad::from(CONTEXT.as_bytes()), &mut content)
        .map_err(|_| CapabilityError::Invalid)?;
    sealed.append(&mut content);
    let text = URL_SAFE_NO_PAD.encode(sealed);
    if text.len() > most_bytes {
        return Err(CapabilityError::TooLarge);
    }
    Ok(text)
}

/// Decrypts a text to the JSON of a capability.
///
/// # Errors
/// [`CapabilityError::Invalid`] for every text that this key did not seal.
pub(super) fn unseal(text: &str, key: &CapabilityKey) -> Result<Vec<u8>, CapabilityError> {
    let mut sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| CapabilityError::Invalid)?;
    let (nonce, content) = sealed.split_at_mut_checked(NONCE_LEN).ok_or(CapabilityError::Invalid)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CapabilityError::Invalid)?;
    let content = cipher(key)?
        .open_in_place(nonce, Aad::from(CONTEXT.as_bytes()), content)
        .map_err(|_| CapabilityError::Invalid)?;
    Ok(content.to_vec())
}

fn cipher(key: &CapabilityKey) -> Result<LessSafeKey, CapabilityError> {
    let key = UnboundKey::new(&AES_256_GCM_SIV, &key.mac("capability-seal-2", b"")).map_err(|_| CapabilityError::Invalid)?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MOST: usize = 60 * 1024;

    fn key() -> CapabilityKey {
        CapabilityKey::new([7; 32])
    }

    #[test]
    fn sealed_content_opens_unchanged_and_is_not_visible_in_the_text() {
        let content = br#"{"w":"0123456789abcdef"}"#.to_vec();
        let text = seal(content.clone(), &key(), MOST).unwrap();
        let opened = unseal(&text, &key()).unwrap();
        assert_eq!(opened.trim_ascii_end(), content);
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        assert!(!bytes.windows(8).any(|window| window == b"01234567"));
        assert_eq!(unseal(&text, &CapabilityKey::new([8; 32])), Err(CapabilityError::Invalid));
    }

    #[test]
    fn sealed_texts_have_few_different_lengths() {
        let length = |bytes: usize| seal(vec![b'1'; bytes], &key(), MOST).unwrap().len();
        assert_eq!((length(1), length(300), length(740)), (1024, 1024, 1024));
        assert_eq!((length(741), length(1_508)), (2048, 2048));
        assert_eq!(seal(vec![b'1'; MOST], &key(), MOST), Err(CapabilityError::TooLarge));
    }

    #[test]
    fn no_altered_cut_or_extended_text_opens() {
        let text = seal(b"{}".to_vec(), &key(), MOST).unwrap();
        for at in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            assert!(unseal(std::str::from_utf8(&altered).unwrap(), &key()).is_err(), "character {at}");
            assert!(unseal(&text[..at], &key()).is_err(), "cut to {at}");
        }
        for added in ["A", "AAAA", "=", "."] {
            assert!(unseal(&format!("{text}{added}"), &key()).is_err());
        }
    }
}
