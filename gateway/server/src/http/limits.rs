//! Rate limits: one token bucket for each caller or address, in bounded memory. Only keyed digests of callers and addresses are kept.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Maximum number of buckets of one kind. If this number is reached, all further callers or addresses share one bucket.
const MAX_BUCKETS: usize = 65_536;

/// The time in which an empty bucket fills, in seconds.
const FILL_S: f64 = 60.0;

/// The numbers of requests and failures that are permitted per minute; 0 for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    /// Maximum number of requests of one caller with credentials in a minute.
    pub(crate) requests_per_minute: u32,
    /// Maximum number of requests without credentials from one address in a minute.
    pub(crate) anonymous_requests_per_minute: u32,
    /// Maximum number of failed authentications from one address in a minute.
    pub(crate) failures_per_minute: u32,
}

/// The error for an exceeded rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// Seconds until a new request can succeed, at least 1.
    pub(crate) retry_after_s: u32,
}

/// The token buckets of the process: for callers, for anonymous addresses, and for failed authentications.
pub(crate) struct Limits {
    callers: Buckets,
    addresses: Buckets,
    failures: Buckets,
}

impl Limits {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            callers: Buckets::new(rates.requests_per_minute),
            addresses: Buckets::new(rates.anonymous_requests_per_minute),
            failures: Buckets::new(rates.failures_per_minute),
        }
    }

    /// Counts a request of a caller with credentials.
    pub(crate) fn caller(&self, pseudonym: &str) -> Result<(), TooMany> {
        self.callers.take(pseudonym.as_bytes(), Instant::now())
    }

    /// Counts a request without credentials.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), TooMany> {
        self.addresses.take(&network(address), Instant::now())
    }

    /// Checks, before credentials are verified, that the number of failed authentications from this address is below the limit. The check
    /// itself counts nothing.
    pub(crate) fn may_authenticate(&self, address: IpAddr) -> Result<(), TooMany> {
        self.failures.look(&network(address), Instant::now())
    }

    /// Counts a failed authentication from this address.
    pub(crate) fn failed(&self, address: IpAddr) {
        let _ = self.failures.take(&network(address), Instant::now());
    }
}

/// The key of limits by address: an IPv4 address, or the first 64 bits of an IPv6 address, because one site typically has such a network.
pub(super) fn network(address: IpAddr) -> [u8; 8] {
    let mut network = [0; 8];
    match address.to_canonical() {
        IpAddr::V4(v4) => network[..4].copy_from_slice(&v4.octets()),
        IpAddr::V6(v6) => network.copy_from_slice(&v6.octets()[..8]),
    }
    network
}

/// Token buckets by key. Each bucket holds the tokens of one minute and fills evenly.
pub(super) struct Buckets {
    capacity: f64,
    hasher: RandomState,
    filled: Mutex<Filled>,
}

#[derive(Default)]
struct Filled {
    buckets: HashMap<u64, Bucket>,
    /// The bucket that all keys above the maximum number of buckets share.
    others: Option<Bucket>,
}

#[derive(Clone, Copy)]
pub(super) struct Bucket {
    pub(super) tokens: f64,
    at: Instant,
}

impl Bucket {
    fn at(self, capacity: f64, now: Instant) -> Self {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * capacity / FILL_S;
        Self {
            tokens: (self.tokens + gained).min(capacity),
            at: now,
        }
    }
}

impl Buckets {
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            capacity: f64::from(per_minute),
            hasher: RandomState::new(),
            filled: Mutex::default(),
        }
    }

    fn take(&self, key: &[u8], now: Instant) -> Result<(), TooMany> {
        self.with(key, now, |bucket| {
            let left = bucket.tokens - 1.0;
            if left >= 0.0 {
                bucket.tokens = left;
            }
            left
        })
    }

    fn look(&self, key: &[u8], now: Instant) -> Result<(), TooMany> {
        self.with(key, now, |bucket| bucket.tokens - 1.0)
    }

    /// Applies `ask` to the bucket of a key. `ask` returns the number of tokens that would be left. A negative number means that there were too
    /// few tokens.
    pub(super) fn with(&self, key: &[u8], now: Instant, ask: impl Fn(&mut Bucket) -> f64) -> Result<(), TooMany> {
        if self.capacity == 0.0 {
            return Ok(());
        }
        let full = Bucket {
            tokens: self.capacity,
            at: now,
        };
        let key = self.hasher.hash_one(key);
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        if filled.buckets.len() >= MAX_BUCKETS && !filled.buckets.contains_key(&key) {
            // A full bucket equals a new bucket and can be removed.
            filled.buckets.retain(|_, b| b.at(self.capacity, now).tokens < self.capacity);
        }
        let room = filled.buckets.len() < MAX_BUCKETS || filled.buckets.contains_key(&key);
        let bucket = if room {
            filled.buckets.entry(key).or_insert(full)
        } else {
            filled.others.get_or_insert(full)
        };
        *bucket = bucket.at(self.capacity, now);
        let left = ask(bucket);
        if left >= 0.0 {
            return Ok(());
        }
        let wait = (-left * FILL_S / self.capacity).ceil();
        Err(TooMany {
            retry_after_s: (wait as u32).max(1),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;

    #[test]
    fn requests_empty_a_bucket_and_time_refills_it() {
        let (buckets, start) = (Buckets::new(6), Instant::now());
        for _ in 0..6 {
            assert_eq!(buckets.take(b"a", start), Ok(()));
        }
        assert_eq!(buckets.take(b"a", start), Err(TooMany { retry_after_s: 10 }));
        assert_eq!(buckets.take(b"b", start), Ok(()), "each key has its own bucket");
        assert_eq!(
            buckets.take(b"a", start + Duration::from_secs(9)),
            Err(TooMany { retry_after_s: 1 })
        );
        assert_eq!(buckets.take(b"a", start + Duration::from_secs(10)), Ok(()));
        for _ in 0..6 {
            assert_eq!(
                buckets.take(b"a", start + Duration::from_secs(3600)),
                Ok(()),
                "a bucket is capped at its capacity"
            );
        }
        assert!(buckets.take(b"a", start + Duration::from_secs(3600)).is_err());
    }

    #[test]
    fn a_check_takes_no_token_from_the_bucket_and_a_rate_of_zero_limits_nothing() {
        let (buckets, now) = (Buckets::new(1), Instant::now());
        for _ in 0..5 {
            assert_eq!(buckets.look(b"a", now), Ok(()));
        }
        assert_eq!(buckets.take(b"a", now), Ok(()));
        assert!(buckets.look(b"a", now).is_err());
        let off = Buckets::new(0);
        for _ in 0..100 {
            assert_eq!(off.take(b"a", now), Ok(()));
        }
    }

    #[test]
    fn memory_is_bounded_and_further_callers_share_one_limit() {
        let (buckets, now) = (Buckets::new(2), Instant::now());
        for key in 0..(MAX_BUCKETS as u64) {
            assert_eq!(buckets.take(&key.to_be_bytes(), now), Ok(()));
        }
        let newcomer = |n: u64| buckets.take(&(u64::MAX - n).to_be_bytes(), now);
        assert_eq!((newcomer(0), newcomer(1)), (Ok(()), Ok(())));
        assert!(newcomer(2).is_err());
        assert_eq!(buckets.filled.lock().unwrap().buckets.len(), MAX_BUCKETS);
        assert_eq!(buckets.take(b"later", now + Duration::from_secs(61)), Ok(()));
        assert_eq!(buckets.filled.lock().unwrap().buckets.len(), 1, "full buckets are removed");
    }

    #[test]
    fn ipv6_addresses_of_one_site_share_a_bucket() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
