//! Limits of concurrent long operations. Each operation holds a place. No caller and no address gets more than its share, so that places remain for others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::limits::network;

/// The maximum numbers of places: in total, for one caller and for one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    /// Maximum number of places of all callers.
    pub(crate) total: usize,
    /// Maximum number of places of one caller, over all URLs.
    pub(crate) of_a_caller: usize,
    /// Maximum number of places of one IPv4 address, or of one IPv6 network of 64 bits.
    pub(crate) of_an_address: usize,
}

/// The reason why no place is free: all places are taken, or the caller's or the address's share is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    #[error("the maximum number is already in progress; try again later")]
    All,
    #[error("you have the maximum number for one caller in progress; wait until one has ended")]
    Caller,
    #[error("your address has the maximum number for one address in progress; wait until one has ended")]
    Address,
}

/// The places for concurrent operations. Clones share one count.
#[derive(Clone, Debug)]
pub(crate) struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    shares: Shares,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    callers: HashMap<String, usize>,
    addresses: HashMap<[u8; 8], usize>,
}

/// A taken place. Dropping the value releases the place.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    caller: String,
    address: [u8; 8],
}

impl Places {
    pub(crate) fn new(shares: Shares) -> Self {
        Self(Arc::new(Shared {
            shares,
            taken: Mutex::default(),
        }))
    }

    /// Takes a place for an operation. For a caller without a pseudonym, only the limits in total and of the address apply.
    ///
    /// # Errors
    /// [`Full`] if all places, or all places of the caller or of the address, are taken.
    pub(crate) fn take(&self, pseudonym: &str, address: IpAddr) -> Result<Place, Full> {
        let (shares, address) = (self.0.shares, network(address));
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_caller = taken.callers.get(pseudonym).copied().unwrap_or_default();
        let of_address = taken.addresses.get(&address).copied().unwrap_or_default();
        if !pseudonym.is_empty() && of_caller >= shares.of_a_caller {
            return Err(Full::Caller);
        }
        if of_address >= shares.of_an_address {
            return Err(Full::Address);
        }
        if taken.total >= shares.total {
            return Err(Full::All);
        }
        taken.total += 1;
        *taken.callers.entry(pseudonym.to_owned()).or_default() += 1;
        *taken.addresses.entry(address).or_default() += 1;
        drop(taken);
        Ok(Place {
            places: self.clone(),
            caller: pseudonym.to_owned(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total = taken.total.saturating_sub(1);
        give_back(&mut taken.callers, &self.caller);
        give_back(&mut taken.addresses, &self.address);
    }
}

/// Decrements the number of places of a key, and removes the key when the number is 0.
fn give_back<K, Q>(counts: &mut HashMap<K, usize>, key: &Q)
where
    K: std::borrow::Borrow<Q> + Eq + std::hash::Hash,
    Q: Eq + std::hash::Hash + ?Sized,
{
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn places() -> Places {
        Places::new(Shares {
            total: 8,
            of_a_caller: 2,
            of_an_address: 4,
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_caller_and_an_address_get_only_their_share_of_places() {
        let places = places();
        let mut held = Vec::new();
        for _ in 0..2 {
            held.push(places.take("a", ip("192.0.2.1")).unwrap());
        }
        assert_eq!(places.take("a", ip("192.0.2.1")).unwrap_err(), Full::Caller);
        assert_eq!(
            places.take("a", ip("192.0.2.2")).unwrap_err(),
            Full::Caller,
            "the caller's share applies to all addresses"
        );
        for caller in ["b", "c"] {
            held.push(places.take(caller, ip("192.0.2.1")).unwrap());
        }
        assert_eq!(places.take("d", ip("192.0.2.1")).unwrap_err(), Full::Address);
        for caller in ["d", "e", "f", "g"] {
            held.push(places.take(caller, ip("192.0.2.2")).unwrap());
        }
        assert_eq!(places.take("h", ip("192.0.2.3")).unwrap_err(), Full::All);
    }

    #[test]
    fn a_dropped_place_is_free_again_and_its_counts_are_removed() {
        let places = places();
        for _ in 0..100 {
            let held = [
                places.take("a", ip("192.0.2.1")).unwrap(),
                places.take("a", ip("192.0.2.1")).unwrap(),
            ];
            assert!(places.take("a", ip("192.0.2.1")).is_err());
            drop(held);
        }
        let taken = places.0.taken.lock().unwrap();
        assert_eq!((taken.total, taken.callers.len(), taken.addresses.len()), (0, 0, 0));
    }

    #[test]
    fn callers_without_a_pseudonym_are_limited_by_address() {
        let places = places();
        let held: Vec<Place> = (0..4).map(|_| places.take("", ip("192.0.2.1")).unwrap()).collect();
        assert_eq!(places.take("", ip("192.0.2.1")).unwrap_err(), Full::Address);
        assert!(places.take("", ip("192.0.2.2")).is_ok());
        drop(held);
    }
}
