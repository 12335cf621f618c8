//! Caches parsed headers and indexes by storage key, up to a number of bytes. Stored files never change, so a cached value is never
//! outdated.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A cache with a limited total size. If it is full, the least recently used entry is removed first.
#[derive(Debug)]
pub(crate) struct Cache<V> {
    state: Mutex<State<V>>,
    most_bytes: usize,
}

#[derive(Debug)]
struct State<V> {
    entries: HashMap<String, Entry<V>>,
    bytes: usize,
    tick: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: Arc<V>,
    bytes: usize,
    used: u64,
}

impl<V> Cache<V> {
    /// Makes an empty cache that holds values of about `most_bytes` bytes in total.
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self {
            state: Mutex::new(State {
                entries: HashMap::new(),
                bytes: 0,
                tick: 0,
            }),
            most_bytes,
        }
    }

    /// The size of the cached values in bytes, about, and the number of bytes that the cache may use.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        (self.state.lock().unwrap_or_else(PoisonError::into_inner).bytes, self.most_bytes)
    }

    /// Returns the cached value of a key and marks the value as just used. Absent if the cache has no value for the key.
    pub(crate) fn get(&self, key: &str) -> Option<Arc<V>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tick += 1;
        let tick = state.tick;
        let entry = state.entries.get_mut(key)?;
        entry.used = tick;
        Some(Arc::clone(&entry.value))
    }

    /// Caches a value whose size is about `bytes` bytes. A value larger than the whole cache is not cached.
    pub(crate) fn insert(&self, key: &str, value: Arc<V>, bytes: usize) {
        if bytes > self.most_bytes {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tick += 1;
        let used = state.tick;
        if let Some(old) = state.entries.insert(key.to_owned(), Entry { value, bytes, used }) {
            state.bytes -= old.bytes;
        }
        state.bytes += bytes;
        while state.bytes > self.most_bytes {
            let Some(oldest) = state.entries.iter().min_by_key(|(_, e)| e.used).map(|(key, _)| key.clone()) else {
                break;
            };
            if let Some(entry) = state.entries.remove(&oldest) {
                state.bytes -= entry.bytes;
            }
        }
    }

    /// Removes the cached value of a key, if the cache has one.
    pub(crate) fn remove(&self, key: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = state.entries.remove(key) {
            state.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_entry_is_removed_first() {
        let cache = Cache::new(10);
        cache.insert("a", Arc::new(1), 4);
        cache.insert("b", Arc::new(2), 4);
        assert!(cache.get("a").is_some());
        cache.insert("c", Arc::new(3), 4);
        assert!(cache.get("b").is_none());
        assert_eq!(cache.get("a").as_deref(), Some(&1));
        cache.insert("d", Arc::new(4), 11);
        assert!(cache.get("d").is_none());
    }
}
