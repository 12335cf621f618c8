//! How often one caller may ask: token buckets, one for each caller, in bounded memory. Nobody's name is kept, only a keyed digest of it.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The most buckets of one kind. Beyond it newcomers share one.
const MAX_BUCKETS: usize = 65_536;

/// Seconds in which an empty bucket fills.
const FILL_S: f64 = 60.0;

/// How often may be asked, a minute; 0 is as often as anybody likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    /// Requests of one caller: a known one, or an address from which nothing is presented.
    pub(crate) requests_per_minute: u32,
    /// Failed authentications of one address.
    pub(crate) failures_per_minute: u32,
}

/// Somebody asks too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// Seconds after which it is worth asking again, at least 1.
    pub(crate) retry_after_s: u32,
}

/// The buckets of the process.
pub(crate) struct Limits {
    callers: Buckets,
    addresses: Buckets,
    failures: Buckets,
}

impl Limits {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            callers: Buckets::new(rates.requests_per_minute),
            addresses: Buckets::new(rates.requests_per_minute),
            failures: Buckets::new(rates.failures_per_minute),
        }
    }

    /// A request of a known caller.
    pub(crate) fn caller(&self, pseudonym: &str) -> Result<(), TooMany> {
        self.callers.take(pseudonym.as_bytes(), Instant::now())
    }

    /// A request that presents nothing.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), TooMany> {
        self.addresses.take(&network(address), Instant::now())
    }

    /// Before credentials are verified: whether too many of this address have failed. It costs nothing.
    pub(crate) fn may_authenticate(&self, address: IpAddr) -> Result<(), TooMany> {
        self.failures.look(&network(address), Instant::now())
    }

    /// Credentials of this address did not hold.
    pub(crate) fn failed(&self, address: IpAddr) {
        let _ = self.failures.take(&network(address), Instant::now());
    }
}

/// What counts as one place: an IPv4 address, or the 64 bits of an IPv6 address that a site gets.
pub(super) fn network(address: IpAddr) -> [u8; 8] {
    let mut network = [0; 8];
    match address.to_canonical() {
        IpAddr::V4(v4) => network[..4].copy_from_slice(&v4.octets()),
        IpAddr::V6(v6) => network.copy_from_slice(&v6.octets()[..8]),
    }
    network
}

/// Buckets by key. Each holds a minute's worth and fills evenly.
struct Buckets {
    capacity: f64,
    hasher: RandomState,
    filled: Mutex<Filled>,
}

#[derive(Default)]
struct Filled {
    buckets: HashMap<u64, Bucket>,
    /// Of everybody for whom there is no room.
    others: Option<Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
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
    fn new(per_minute: u32) -> Self {
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

    /// Does something with a bucket; what it answers with is what would be left, below nothing where there was too little.
    fn with(&self, key: &[u8], now: Instant, ask: impl Fn(&mut Bucket) -> f64) -> Result<(), TooMany> {
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
            // Whoever's bucket is full again is as good as new.
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
    fn a_bucket_empties_by_asking_and_fills_by_waiting() {
        let (buckets, start) = (Buckets::new(6), Instant::now());
        for _ in 0..6 {
            assert_eq!(buckets.take(b"a", start), Ok(()));
        }
        assert_eq!(buckets.take(b"a", start), Err(TooMany { retry_after_s: 10 }));
        assert_eq!(buckets.take(b"b", start), Ok(()), "each has their own");
        assert_eq!(
            buckets.take(b"a", start + Duration::from_secs(9)),
            Err(TooMany { retry_after_s: 1 })
        );
        assert_eq!(buckets.take(b"a", start + Duration::from_secs(10)), Ok(()));
        for _ in 0..6 {
            assert_eq!(buckets.take(b"a", start + Duration::from_secs(3600)), Ok(()), "no more than full");
        }
        assert!(buckets.take(b"a", start + Duration::from_secs(3600)).is_err());
    }

    #[test]
    fn looking_costs_nothing_and_nothing_is_counted_where_it_is_off() {
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
    fn memory_is_bounded_and_newcomers_are_limited_all_the_same() {
        let (buckets, now) = (Buckets::new(2), Instant::now());
        for key in 0..(MAX_BUCKETS as u64) {
            assert_eq!(buckets.take(&key.to_be_bytes(), now), Ok(()));
        }
        let newcomer = |n: u64| buckets.take(&(u64::MAX - n).to_be_bytes(), now);
        assert_eq!((newcomer(0), newcomer(1)), (Ok(()), Ok(())));
        assert!(newcomer(2).is_err());
        assert_eq!(buckets.filled.lock().unwrap().buckets.len(), MAX_BUCKETS);
        assert_eq!(buckets.take(b"later", now + Duration::from_secs(61)), Ok(()));
        assert_eq!(buckets.filled.lock().unwrap().buckets.len(), 1, "who waited is forgotten");
    }

    #[test]
    fn a_site_s_ipv6_addresses_are_one_place() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
