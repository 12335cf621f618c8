//! A bounded cache of results for tokens. The key of an entry is the SHA-256 of the whole token text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use ga4gh_passport::Identity;

/// SHA-256 of the whole text of a token, including its signature.
pub(crate) type TokenHash = [u8; 32];

pub(crate) fn token_hash(token: &str) -> TokenHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

/// The key of an issuer's answer for a token and a person. An introspection endpoint may state another subject for the same opaque token later. The
/// cached answer for the earlier subject then does not count.
pub(crate) fn hash_for(token: &TokenHash, identity: &Identity) -> TokenHash {
    // A hash and the JSON of two texts: no other pair of texts gives the same text.
    let texts = serde_json::json!([token, identity.issuer, identity.subject]);
    token_hash(&texts.to_string())
}

/// A bounded cache with two generations of entries. When the young generation is full, it becomes the old generation, and the previous old generation
/// is dropped. An entry that is read moves back into the young generation, so entries in use stay.
pub(crate) struct TokenCache<T> {
    max_bytes: usize,
    generations: Mutex<Generations<T>>,
}

struct Generations<T> {
    young: HashMap<TokenHash, Entry<T>>,
    old: HashMap<TokenHash, Entry<T>>,
    young_bytes: usize,
}

struct Entry<T> {
    value: Arc<T>,
    weight_bytes: usize,
}

impl<T> TokenCache<T> {
    /// An empty cache. The tokens of all entries together have at most about `max_bytes` of text.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            generations: Mutex::new(Generations {
                young: HashMap::new(),
                old: HashMap::new(),
                young_bytes: 0,
            }),
        }
    }

    pub(crate) fn get(&self, hash: &TokenHash) -> Option<Arc<T>> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = generations.young.get(hash) {
            return Some(Arc::clone(&entry.value));
        }
        let entry = generations.old.remove(hash)?;
        let value = Arc::clone(&entry.value);
        generations.insert(*hash, entry, self.max_bytes);
        Some(value)
    }

    pub(crate) fn insert(&self, hash: TokenHash, value: Arc<T>, token_bytes: usize) {
        let entry = Entry {
            value,
            weight_bytes: token_bytes.saturating_add(1024),
        };
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(hash, entry, self.max_bytes);
    }

    pub(crate) fn remove(&self, hash: &TokenHash) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.old.remove(hash);
        if let Some(entry) = generations.young.remove(hash) {
            generations.young_bytes = generations.young_bytes.saturating_sub(entry.weight_bytes);
        }
    }
}

impl<T> Generations<T> {
    fn insert(&mut self, hash: TokenHash, entry: Entry<T>, max_bytes: usize) {
        if self.young_bytes.saturating_add(entry.weight_bytes) > max_bytes / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes = self.young_bytes.saturating_add(entry.weight_bytes);
        if let Some(replaced) = self.young.insert(hash, entry) {
            self.young_bytes = self.young_bytes.saturating_sub(replaced.weight_bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_stays_within_its_bound_and_keeps_entries_in_use() {
        let cache = TokenCache::new(100 * 1024);
        let hot = token_hash("hot");
        cache.insert(hot, Arc::new(0), 0);
        for n in 1..10_000 {
            cache.insert(token_hash(&n.to_string()), Arc::new(n), 0);
            assert_eq!(cache.get(&hot).as_deref(), Some(&0));
        }
        let generations = cache.generations.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(generations.young.len() + generations.old.len() <= 100);
    }

    #[test]
    fn the_key_covers_the_whole_token() {
        assert_ne!(token_hash("a.b.c"), token_hash("a.b.d"));
    }

    #[test]
    fn a_removed_entry_is_absent_from_both_generations() {
        let cache = TokenCache::new(4 * 1024);
        for n in 0..3 {
            cache.insert(token_hash(&n.to_string()), Arc::new(n), 0);
        }
        for n in 0..3 {
            cache.remove(&token_hash(&n.to_string()));
            assert!(cache.get(&token_hash(&n.to_string())).is_none());
        }
    }
}
