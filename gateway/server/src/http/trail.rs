//! Writing of decisions to the audit trail.

use std::net::IpAddr;

use gemj_access::CapabilityKey;
use gemj_catalogue::audit::{AuditEntry, Receipt};
use gemj_catalogue::{CatalogueError, Disclosure};
use gemj_model::Timestamp;

use super::flow::Refusal;
use super::gateway::Gateway;
use super::request_caller::RequestCaller;

/// The context string in the digests of network locations, which separates them from other digests.
const PLACE: &str = "gemj-anonymous-place-1";

/// The number of microseconds in a day.
const DAY_US: i64 = 86_400 * 1_000_000;

/// Records a decision in the audit trail. Decisions about anonymous callers are counted, and one row with the counts is written for each
/// minute. With one row for each decision, a single address could fill the disk.
///
/// # Errors
/// The audit trail cannot be written now. The request must not be answered.
pub(super) fn record(
    gateway: &Gateway,
    asker: &RequestCaller,
    entry: AuditEntry,
    disclosures: Vec<Disclosure>,
) -> Result<Receipt, Refusal> {
    let receipt = if asker.is_anonymous() && disclosures.is_empty() {
        gateway.audit.count_anonymous(entry, &asker.place)
    } else {
        gateway.audit.append_disclosing(entry, disclosures)
    };
    if receipt.is_refused() {
        return Err(Refusal::Store(CatalogueError::Unavailable));
    }
    Ok(receipt)
}

/// A digest of the approximate origin of an anonymous request. The digest covers a network of 256 IPv4 addresses or an IPv6 network of 48 bits,
/// and the day. It shows that one place sends many requests, but does not contain an address.
pub(super) fn place(key: &CapabilityKey, address: IpAddr, now: Timestamp) -> String {
    let mut bytes = [0; 14];
    match address.to_canonical() {
        IpAddr::V4(v4) => bytes[..3].copy_from_slice(&v4.octets()[..3]),
        IpAddr::V6(v6) => bytes[..6].copy_from_slice(&v6.octets()[..6]),
    }
    bytes[6..].copy_from_slice(&now.0.div_euclid(DAY_US).to_be_bytes());
    let digest = key.mac(PLACE, &bytes);
    hex::encode(&digest[..8])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_place_is_one_network_on_one_day() {
        let key = CapabilityKey::new([3; 32]);
        let of = |address: &str, day: i64| place(&key, address.parse().unwrap(), Timestamp(day * DAY_US + 5));
        assert_eq!(of("192.0.2.1", 1), of("192.0.2.200", 1));
        assert_eq!(of("::ffff:192.0.2.1", 1), of("192.0.2.1", 1));
        assert_ne!(of("192.0.2.1", 1), of("192.0.3.1", 1));
        assert_ne!(of("192.0.2.1", 1), of("192.0.2.1", 2));
        assert_eq!(of("2001:db8:1:2::1", 1), of("2001:db8:1:ffff::1", 1));
        assert_ne!(of("2001:db8:1::1", 1), of("2001:db8:2::1", 1));
        assert_eq!(of("192.0.2.1", 1).len(), 16);
    }
}
