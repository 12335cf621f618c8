//! Answers of issuers about access tokens. At most one request at a time is sent to an issuer for one token. The answer is cached for a limited time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gemj_model::{Clock, Timestamp};

use crate::error::AuthError;
use crate::key_store::younger_than;
use crate::token_cache::{TokenCache, TokenHash};

/// The cached answers of issuers, by access token, and the requests that are under way.
pub(crate) struct TokenAnswers<T> {
    clock: Arc<dyn Clock>,
    answers: TokenCache<CachedAnswer<T>>,
    under_way: Mutex<HashMap<TokenHash, Weak<tokio::sync::Mutex<()>>>>,
}

struct CachedAnswer<T> {
    outcome: Result<Arc<T>, AuthError>,
    asked_at: Timestamp,
}

/// The times for which answers are used, in seconds.
#[derive(Clone, Copy)]
pub(crate) struct Ages {
    /// How long a usable answer is used.
    pub(crate) good_s: u32,
    /// How long a refusal or a failure is used, so that the gateway does not repeat the request to a failing issuer for every caller.
    pub(crate) bad_s: u32,
}

/// An answer with its size in bytes. The size counts towards the limit of the cache.
pub(crate) struct Weighed<T> {
    pub(crate) value: T,
    pub(crate) bytes: usize,
}

impl<T> TokenAnswers<T> {
    pub(crate) fn new(max_bytes: usize, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            answers: TokenCache::new(max_bytes),
            under_way: Mutex::default(),
        }
    }

    /// Returns the answer for a token: the cached answer if it is younger than `ages` allows, otherwise the result of `ask`. The
    /// second value is true if `ask` was called now.
    pub(crate) async fn get(
        &self,
        hash: &TokenHash,
        ages: Ages,
        ask: impl Future<Output = Result<Weighed<T>, AuthError>>,
    ) -> (Result<Arc<T>, AuthError>, bool) {
        if let Some(outcome) = self.kept(hash, ages) {
            return (outcome, false);
        }
        let turn = Turn::new(self, *hash);
        let _mine = turn.lock.lock().await;
        // The request that held the lock before this one may have stored the answer.
        if let Some(outcome) = self.kept(hash, ages) {
            return (outcome, false);
        }
        let asked_at = self.clock.now();
        let (outcome, bytes) = match ask.await {
            Ok(answer) => (Ok(Arc::new(answer.value)), answer.bytes),
            Err(error) => (Err(error), 0),
        };
        let answer = CachedAnswer {
            outcome: outcome.clone(),
            asked_at,
        };
        self.answers.insert(*hash, Arc::new(answer), bytes);
        (outcome, true)
    }

    /// Drops the cached answer for a token, because it is no longer usable.
    pub(crate) fn forget(&self, hash: &TokenHash) {
        self.answers.remove(hash);
    }

    fn kept(&self, hash: &TokenHash, ages: Ages) -> Option<Result<Arc<T>, AuthError>> {
        let answer = self.answers.get(hash)?;
        let age_s = if answer.outcome.is_ok() { ages.good_s } else { ages.bad_s };
        younger_than(answer.asked_at, self.clock.now(), age_s).then(|| answer.outcome.clone())
    }
}

/// The place of one request in the queue of requests for one token. When the last request ends or is cancelled, the queue is removed.
struct Turn<'a, T> {
    asked: &'a TokenAnswers<T>,
    hash: TokenHash,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl<'a, T> Turn<'a, T> {
    fn new(asked: &'a TokenAnswers<T>, hash: TokenHash) -> Self {
        let mut under_way = asked.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = under_way.get(&hash).and_then(Weak::upgrade).unwrap_or_default();
        under_way.insert(hash, Arc::downgrade(&lock));
        drop(under_way);
        Self { asked, hash, lock }
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        let mut under_way = self.asked.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::strong_count(&self.lock) == 1 {
            under_way.remove(&self.hash);
        }
    }
}
