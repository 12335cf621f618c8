//! Key sets of issuers. A key set is fetched when it is needed, with a minimum interval between fetches and a maximum age.
//!
//! Every key set is known from the configuration when the store is built. A token cannot add a key set.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use ga4gh_passport::Reason;
use gemj_model::{Clock, Timestamp};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::config::KeyFetching;
use crate::discovery::Discovery;
use crate::fetch::{DOCUMENT_MAX_BYTES, FetchFault, FetchUrl, Fetcher};
use crate::jwk::{KeySet, PublicKey};
use crate::trouble::Trouble;

/// The source of a key set.
pub(crate) enum KeySource {
    /// The key set is at a configured URL.
    Url(FetchUrl),
    /// The key set is at the `jwks_uri` of the issuer's discovery document.
    Discovered(Arc<Discovery>),
    /// The key set is in a file.
    File(PathBuf),
}

/// One key set with its cache.
pub(crate) struct CachedKeySet {
    source: KeySource,
    fetcher: Arc<Fetcher>,
    clock: Arc<dyn Clock>,
    times: KeyFetching,
    state: RwLock<State>,
    /// The lock that a request holds during a fetch, so that one fetch serves all waiting requests.
    fetching: Arc<Mutex<()>>,
}

#[derive(Clone, Default)]
struct State {
    keys: Arc<KeySet>,
    /// How often `keys` changed. A token that was verified in another generation is verified again.
    generation: u64,
    fetched_at: Option<Timestamp>,
    attempted_at: Option<Timestamp>,
    /// Whether the last attempt to fetch the keys failed.
    failing: bool,
    /// The reason why the last attempt failed; absent if it succeeded.
    fault: Option<FetchFault>,
}

impl CachedKeySet {
    pub(crate) fn new(source: KeySource, fetcher: Arc<Fetcher>, clock: Arc<dyn Clock>, times: KeyFetching) -> Arc<Self> {
        Arc::new(Self {
            source,
            fetcher,
            clock,
            times,
            state: RwLock::default(),
            fetching: Arc::default(),
        })
    }

    /// The generation of the current keys. Keys that are too old are fetched first.
    ///
    /// # Errors
    /// [`Reason::KeysUnavailable`] if no usable keys are available.
    pub(crate) async fn generation(self: &Arc<Self>) -> Result<u64, Reason> {
        self.current().await.map(|state| state.generation)
    }

    /// Where and why the last attempt to fetch the keys failed; absent if it succeeded or no attempt was made.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let fault = self.state().fault?;
        Some(Trouble { fault, host: self.host() })
    }

    /// Whether the key set has usable keys now.
    pub(crate) fn is_usable(&self) -> bool {
        self.usable().is_some()
    }

    /// The host from which the keys are fetched; empty if the keys are in a file.
    fn host(&self) -> String {
        match &self.source {
            KeySource::Url(url) => url.host().unwrap_or_default().to_owned(),
            KeySource::Discovered(discovery) => discovery.host(),
            KeySource::File(_) => String::new(),
        }
    }

    /// The key with this id, and the generation of its key set. Unknown key ids cause at most one fetch in each
    /// interval, even if callers present many of them.
    ///
    /// # Errors
    /// [`Reason::KeysUnavailable`] if no usable keys are available; [`Reason::KeyUnknown`] if the key set contains no key with this id.
    pub(crate) async fn key(self: &Arc<Self>, key_id: &str) -> Result<(PublicKey, u64), Reason> {
        let found = |state: &State| state.keys.get(key_id).map(|key| (key.clone(), state.generation));
        if let Some(key) = found(&self.current().await?) {
            return Ok(key);
        }
        let guard = Arc::clone(&self.fetching).lock_owned().await;
        // The request that held the lock before this one may have fetched this key.
        if let Some(key) = found(&self.state()) {
            return Ok(key);
        }
        self.fetch_if_allowed(guard).await;
        found(&self.usable().ok_or(Reason::KeysUnavailable)?).ok_or(Reason::KeyUnknown)
    }

    async fn current(self: &Arc<Self>) -> Result<State, Reason> {
        if let Some(state) = self.fresh() {
            return Ok(state);
        }
        let lock = Arc::clone(&self.fetching);
        let guard = match self.usable() {
            // If the last fetch failed and the old keys may still be used, one request fetches again, and all other requests use the old keys.
            // Otherwise every request waits for the fetch, so that a removed key is not used after its maximum age.
            Some(state) if state.failing => match lock.try_lock_owned() {
                Ok(guard) => guard,
                Err(_) => return Ok(state),
            },
            Some(_) | None => lock.lock_owned().await,
        };
        if self.fresh().is_none() {
            self.fetch_if_allowed(guard).await;
        }
        self.usable().ok_or(Reason::KeysUnavailable)
    }

    /// Fetches the key set, unless the last attempt is too recent. The fetch runs in its own task, so that a client that disconnects can
    /// neither cancel a fetch for which other requests wait, nor use up the interval without a result.
    async fn fetch_if_allowed(self: &Arc<Self>, guard: OwnedMutexGuard<()>) {
        let now = self.clock.now();
        let too_recent = self
            .state()
            .attempted_at
            .is_some_and(|at| younger_than(at, now, self.times.min_refresh_interval_s));
        if too_recent {
            return;
        }
        self.change(|state| state.attempted_at = Some(now));
        let this = Arc::clone(self);
        let task = tokio::spawn(async move {
            match this.fetch().await {
                Ok(keys) => this.replace(keys, now),
                Err(fault) => {
                    tracing::warn!(%fault, host = this.host(), "a key set could not be fetched");
                    this.change(|state| {
                        state.failing = true;
                        state.fault = Some(fault);
                    });
                }
            }
            drop(guard);
        });
        if task.await.is_err() {
            tracing::error!("the task that fetches a key set failed");
        }
    }

    async fn fetch(&self) -> Result<KeySet, FetchFault> {
        let bytes = match &self.source {
            KeySource::Url(url) => self.fetcher.get(url, DOCUMENT_MAX_BYTES).await?,
            KeySource::File(path) => read_file(path).await?,
            KeySource::Discovered(discovery) => {
                let endpoints = discovery.endpoints().await?;
                let answer = self.fetcher.get(&endpoints.jwks, DOCUMENT_MAX_BYTES).await;
                if answer.is_err() {
                    // The fetch failed, possibly because the issuer moved its key set to another URL. The discovery document is
                    // therefore read again at the next attempt.
                    discovery.forget().await;
                }
                answer?
            }
        };
        KeySet::parse(&bytes).map_err(|fault| {
            tracing::warn!(%fault, "a fetched document is not a key set");
            FetchFault::Document
        })
    }

    fn replace(&self, keys: KeySet, now: Timestamp) {
        self.change(|state| {
            if *state.keys != keys {
                if keys.is_empty() {
                    tracing::error!("an issuer withdrew all its keys; everything it signed is refused");
                }
                state.keys = Arc::new(keys);
                state.generation += 1;
            }
            state.fetched_at = Some(now);
            state.failing = false;
            state.fault = None;
        });
    }

    fn fresh(&self) -> Option<State> {
        self.younger(self.times.max_age_s)
    }

    fn usable(&self) -> Option<State> {
        self.younger(self.times.max_stale_s)
    }

    fn younger(&self, seconds: u32) -> Option<State> {
        let state = self.state();
        state
            .fetched_at
            .is_some_and(|at| younger_than(at, self.clock.now(), seconds))
            .then_some(state)
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whether `then` is less than this number of seconds before `now`. If `then` is in the future because the clock was set back, the result is false.
pub(crate) fn younger_than(then: Timestamp, now: Timestamp, seconds: u32) -> bool {
    then <= now && now < then.plus_seconds(i64::from(seconds))
}

async fn read_file(path: &std::path::Path) -> Result<Vec<u8>, FetchFault> {
    let size = tokio::fs::metadata(path).await.map_err(|_| FetchFault::Transfer)?.len();
    if usize::try_from(size).map_or(true, |size| size > DOCUMENT_MAX_BYTES) {
        return Err(FetchFault::TooLarge);
    }
    tokio::fs::read(path).await.map_err(|_| FetchFault::Transfer)
}
