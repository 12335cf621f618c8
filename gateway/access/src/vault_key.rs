//! The keys that encrypt the numbers of one institution.

use gemj_model::{Entropy, SiteId, SiteNumber};

use crate::capability::CapabilityKey;
use crate::sealed_content::{NotSealed, open_content, seal_content};

/// Numbers are filled up to a multiple of this length, so that an encrypted number does not show the length of the number.
const BLOCK_BYTES: usize = 32;

/// The key that encrypts the numbers of one institution. It is stored only sealed with the key of the installation. Without it no number of the
/// institution can be read, so its destruction erases the numbers in every copy of the database that does not have the key.
pub struct VaultKey([u8; 32]);

impl VaultKey {
    /// Makes a new random key.
    #[must_use]
    pub fn make(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        let (first, second) = bytes.split_at_mut(16);
        first.copy_from_slice(&entropy.draw().to_be_bytes());
        second.copy_from_slice(&entropy.draw().to_be_bytes());
        Self(bytes)
    }

    /// The key, sealed with the key of the installation.
    ///
    /// # Errors
    /// [`NotSealed`] if the cipher fails.
    pub fn wrapped(&self, installation: &CapabilityKey, site: &SiteId) -> Result<Vec<u8>, NotSealed> {
        seal_content(installation, &purpose_of_key(site), self.0.to_vec())
    }

    /// Opens a key that [`VaultKey::wrapped`] sealed for the same institution.
    ///
    /// # Errors
    /// [`NotSealed`] for all other bytes.
    pub fn unwrapped(installation: &CapabilityKey, site: &SiteId, wrapped: Vec<u8>) -> Result<Self, NotSealed> {
        let bytes = open_content(installation, &purpose_of_key(site), wrapped)?;
        bytes.try_into().map(Self).map_err(|_| NotSealed)
    }

    /// Encrypts a number.
    ///
    /// # Errors
    /// [`NotSealed`] for a number of more than 255 bytes, or if the cipher fails.
    pub fn seal(&self, number: SiteNumber<'_>) -> Result<Vec<u8>, NotSealed> {
        let mut content = vec![u8::try_from(number.number.len()).map_err(|_| NotSealed)?];
        content.extend(number.number.as_bytes());
        content.resize(content.len().next_multiple_of(BLOCK_BYTES), 0);
        seal_content(
            &CapabilityKey::new(self.0),
            &purpose_of_number(number.site, number.namespace),
            content,
        )
    }

    /// Decrypts a number that [`VaultKey::seal`] encrypted for the same institution and namespace.
    ///
    /// # Errors
    /// [`NotSealed`] for all other bytes.
    pub fn open(&self, site: &SiteId, namespace: &str, sealed: Vec<u8>) -> Result<String, NotSealed> {
        let content = open_content(&CapabilityKey::new(self.0), &purpose_of_number(site, namespace), sealed)?;
        let (length, rest) = content.split_first().ok_or(NotSealed)?;
        let number = rest.get(..usize::from(*length)).ok_or(NotSealed)?;
        String::from_utf8(number.to_vec()).map_err(|_| NotSealed)
    }
}

fn purpose_of_key(site: &SiteId) -> String {
    format!("vault-key-1 {}", site.as_str())
}

/// An institution's id has no space, so two different pairs never give the same text.
fn purpose_of_number(site: &SiteId, namespace: &str) -> String {
    format!("vault-number-1 {} {namespace}", site.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::SystemEntropy;

    use super::*;

    fn site(id: &str) -> SiteId {
        SiteId::parse(id).unwrap()
    }

    #[test]
    fn a_number_opens_only_with_the_key_of_its_institution_and_for_its_namespace() {
        let (key, here) = (VaultKey::make(&SystemEntropy), site("hospital-a"));
        let number = SiteNumber {
            site: &here,
            namespace: "mrn",
            number: "0012345678",
        };
        let sealed = key.seal(number).unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"0012"));
        assert_eq!(key.open(&here, "mrn", sealed.clone()).unwrap(), "0012345678");
        assert_eq!(key.open(&here, "other", sealed.clone()), Err(NotSealed));
        assert_eq!(key.open(&site("hospital-b"), "mrn", sealed.clone()), Err(NotSealed));
        assert_eq!(VaultKey::make(&SystemEntropy).open(&here, "mrn", sealed), Err(NotSealed));
        let short = SiteNumber { number: "1", ..number };
        assert_eq!(key.seal(short).unwrap().len(), key.seal(number).unwrap().len());
        let long = "9".repeat(256);
        assert_eq!(key.seal(SiteNumber { number: &long, ..number }), Err(NotSealed));
    }

    #[test]
    fn a_key_opens_only_with_the_key_of_the_installation_and_for_its_institution() {
        let (installation, here) = (CapabilityKey::new([7; 32]), site("hospital-a"));
        let key = VaultKey::make(&SystemEntropy);
        let number = SiteNumber {
            site: &here,
            namespace: "mrn",
            number: "1",
        };
        let (wrapped, sealed) = (key.wrapped(&installation, &here).unwrap(), key.seal(number).unwrap());
        let again = VaultKey::unwrapped(&installation, &here, wrapped.clone()).unwrap();
        assert_eq!(again.open(&here, "mrn", sealed).unwrap(), "1");
        assert!(VaultKey::unwrapped(&CapabilityKey::new([8; 32]), &here, wrapped.clone()).is_err());
        assert!(VaultKey::unwrapped(&installation, &site("hospital-b"), wrapped).is_err());
        assert!(VaultKey::unwrapped(&installation, &here, Vec::new()).is_err());
    }
}
