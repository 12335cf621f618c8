//! Sources of ids that cannot be guessed.

use std::sync::Arc;

/// A source of ids that cannot be guessed: decisions, runs, requests, tasks, FHIR resources, keys of stored files.
///
/// The ids are the only random part of an answer. The source is passed in, like a clock, so that a test can compare
/// the answers of two gateways byte for byte.
pub trait Entropy: std::fmt::Debug + Send + Sync {
    /// Returns 128 random bits.
    fn draw(&self) -> u128;

    /// Returns a new id: 32 hexadecimal digits.
    fn id(&self) -> String {
        format!("{:032x}", self.draw())
    }
}

/// The operating system's random numbers. The binary uses no other source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl SystemEntropy {
    /// Returns this source behind a shared pointer.
    #[must_use]
    pub fn shared(self) -> Arc<dyn Entropy> {
        Arc::new(self)
    }
}

impl Entropy for SystemEntropy {
    fn draw(&self) -> u128 {
        rand::random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_32_hexadecimal_digits_and_two_ids_differ() {
        let (first, second) = (SystemEntropy.id(), SystemEntropy.id());
        assert!(first.len() == 32 && first.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(first, second);
    }
}
