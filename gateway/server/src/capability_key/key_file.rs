//! The bytes of the file with the installation's key.
//!
//! | length | content |
//! | --- | --- |
//! | 32 | the identity key, which also signs URLs and tokens |
//! | 64 | the identity key, and the key that signs URLs and tokens |
//! | 97 | the same, a further key whose URLs and tokens are accepted, and one letter: `n` if this key signs next, `p` if it signed before |

use anyhow::bail;
use gemj_access::CapabilityKey;

const KEY_BYTES: usize = 32;

/// The keys in the file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeyFile {
    identity: [u8; KEY_BYTES],
    signing: Option<[u8; KEY_BYTES]>,
    other: Option<Other>,
}

/// The further key during a rotation.
#[derive(Clone, PartialEq, Eq)]
enum Other {
    /// The key that signs next. It is accepted already, so that every replica accepts it before the first replica signs with it.
    Next([u8; KEY_BYTES]),
    /// The key that signed before.
    Previous([u8; KEY_BYTES]),
}

impl KeyFile {
    /// A new identity key.
    pub(super) fn fresh() -> Self {
        Self {
            identity: rand::random(),
            signing: None,
            other: None,
        }
    }

    pub(crate) fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let key = |at: usize| bytes.get(at * KEY_BYTES..(at + 1) * KEY_BYTES).and_then(|key| key.try_into().ok());
        let (identity, signing, other) = match (bytes.len(), bytes.last()) {
            (32, _) => (key(0), None, None),
            (64, _) => (key(0), key(1), None),
            (97, Some(b'n')) => (key(0), key(1), key(2).map(Other::Next)),
            (97, Some(b'p')) => (key(0), key(1), key(2).map(Other::Previous)),
            _ => (None, None, None),
        };
        let Some(identity) = identity else {
            bail!("32, 64 or 97 bytes are expected, as `key make` and `key rotate` write them");
        };
        Ok(Self { identity, signing, other })
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.identity.to_vec();
        bytes.extend(self.signing.iter().flatten());
        match &self.other {
            None => {}
            Some(Other::Next(key)) => bytes.extend(key.iter().chain(b"n")),
            Some(Other::Previous(key)) => bytes.extend(key.iter().chain(b"p")),
        }
        bytes
    }

    pub(crate) fn key(&self) -> CapabilityKey {
        let key = CapabilityKey::new(self.identity);
        let accepted = self.other.as_ref().map(|(Other::Next(key) | Other::Previous(key))| *key);
        match self.signing {
            Some(signing) => key.with_url_keys(signing, accepted),
            None => key,
        }
    }

    fn signs(&self) -> [u8; KEY_BYTES] {
        self.signing.unwrap_or(self.identity)
    }

    /// Adds a new key that is accepted, but does not sign yet.
    pub(crate) fn prepare(self) -> anyhow::Result<Self> {
        match self.other {
            Some(Other::Next(_)) => bail!("a new key is already prepared: run `key rotate`"),
            Some(Other::Previous(_)) => bail!("the last rotation is not finished: run `key retire` first"),
            None => Ok(Self {
                signing: Some(self.signs()),
                other: Some(Other::Next(rand::random())),
                ..self
            }),
        }
    }

    /// Signs with the prepared key, or with a new key if none was prepared. The earlier key stays accepted.
    pub(crate) fn rotate(self) -> anyhow::Result<Self> {
        let next = match &self.other {
            Some(Other::Next(key)) => *key,
            Some(Other::Previous(_)) => bail!("the last rotation is not finished: run `key retire` first"),
            None => rand::random(),
        };
        Ok(Self {
            other: Some(Other::Previous(self.signs())),
            signing: Some(next),
            ..self
        })
    }

    /// Ends the acceptance of the earlier key.
    pub(crate) fn retire(self) -> anyhow::Result<Self> {
        match self.other {
            Some(Other::Previous(_)) => Ok(Self { other: None, ..self }),
            Some(Other::Next(_)) => bail!("a new key is prepared and does not sign yet: run `key rotate`"),
            None => bail!("there is no earlier key to retire; `gemj-gateway key rotate` makes a new key"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_step_of_a_rotation_is_written_and_read_back() {
        let made = KeyFile::fresh();
        let prepared = made.clone().prepare().unwrap();
        let rotated = prepared.clone().rotate().unwrap();
        let retired = rotated.clone().retire().unwrap();
        for (step, length) in [
            (&made, 32),
            (&prepared, 97),
            (&rotated, 97),
            (&retired, 64),
            (&made.clone().rotate().unwrap(), 97),
        ] {
            assert_eq!(step.bytes().len(), length);
            assert!(KeyFile::parse(&step.bytes()).unwrap() == *step);
        }
        assert!(prepared.signs() == made.identity && rotated.signs() != made.identity && retired.signs() == rotated.signs());
        assert!(prepared.prepare().is_err() && rotated.clone().rotate().is_err() && rotated.prepare().is_err());
        assert!(made.retire().is_err() && retired.retire().is_err());
        for length in [0, 31, 33, 63, 65, 96, 98] {
            assert!(KeyFile::parse(&vec![b'n'; length]).is_err(), "{length}");
        }
        assert!(KeyFile::parse(&[b'x'; 97]).is_err());
    }
}
