//! A participant's fingerprint: a sample of the single-base changes that a file shows, with their zygosity.
//!
//! Each change on an autosome becomes a number, computed from its position and base with the installation's key. If a file has many
//! changes, only the smallest numbers are kept. Two files of one person therefore keep the same changes, as far as both files contain the
//! changes. If a fingerprint left out numbers, its limit is its largest number; otherwise it has no limit. Two fingerprints are compared up
//! to the lower of their limits.
//!
//! The same position gives different numbers in two assemblies, so files of different assemblies are not compared.
//!
//! Each number also identifies the window of the genome that contains its site. Neighbouring sites are inherited together, so a hundred
//! sites of one gene are no more evidence than one site.

use std::cmp::Ordering;

use sha2::{Digest as _, Sha256};

use super::thresholds::{
    BANDS, LEAST_AGREEMENT_OF_ONE_PERSON, LEAST_SHARE_OF_ONE_PERSON, LEAST_SHARED_SITES, LEAST_SHARED_WINDOWS,
    MOST_AGREEMENT_OF_TWO_PEOPLE, MOST_SITES, ROWS,
};

/// The number of bits of a site's mark (a keyed hash), which is the upper part of a site's number. The marks are long enough to avoid
/// chance collisions between the changes of one window.
pub(super) const MARK_BITS: u32 = 30;
/// The number of bits of the window's mark (a keyed hash), which is the lower part of a site's number. Two of some 2,900 windows may have
/// the same mark; they then count as one window.
pub(super) const WINDOW_BITS: u32 = 12;
/// The number of bits of a site's number.
pub(super) const SITE_BITS: u32 = MARK_BITS + WINDOW_BITS;
/// The number of bits of the zygosity, which is stored below the site's number.
pub(super) const HOW_BITS: u32 = 2;
/// The stored value of the zygosity heterozygous.
pub(super) const HETEROZYGOUS: u64 = 1;
/// The stored value of the zygosity homozygous or haploid.
pub(super) const HOMOZYGOUS: u64 = 2;

/// A fingerprint: the numbers of sites in ascending order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    sites: Vec<u64>,
    /// Whether the fingerprint contains every change of the file.
    complete: bool,
}

/// The result of a comparison of two fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The number of sites of the smaller fingerprint within the range of both.
    pub(super) fewer: u64,
    /// The number of sites that both fingerprints contain.
    pub(super) shared: u64,
    /// The number of shared sites with the same zygosity.
    pub(super) alike: u64,
    /// The number of windows of the genome that contain shared sites.
    pub(super) windows: u64,
}

/// The verdict whether two fingerprints belong to one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Both fingerprints belong to one person or to monozygotic twins.
    OnePerson,
    /// The fingerprints belong to two people.
    TwoPeople,
    /// The fingerprints share too few sites, or their agreement is between the thresholds.
    NotShown,
}

impl Fingerprint {
    /// A fingerprint made of sites in ascending order.
    pub(super) fn new(sites: Vec<u64>, complete: bool) -> Self {
        Self { sites, complete }
    }

    /// The number of sites in the fingerprint.
    pub(super) fn len(&self) -> u64 {
        self.sites.len() as u64
    }

    /// The stored form of a fingerprint: one byte for `complete`, then the distances between sites, seven bits in each byte, low bits
    /// first.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.complete)];
        let mut before = 0;
        for site in &self.sites {
            let mut distance = site - before;
            while distance >= 0x80 {
                bytes.push(distance as u8 | 0x80);
                distance >>= 7;
            }
            bytes.push(distance as u8);
            before = *site;
        }
        bytes
    }

    /// Parses the stored form of a fingerprint; absent if the bytes are invalid.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (complete, mut rest) = match bytes {
            [0, rest @ ..] => (false, rest),
            [1, rest @ ..] => (true, rest),
            _ => return None,
        };
        let (mut sites, mut before) = (Vec::new(), 0_u64);
        while !rest.is_empty() {
            let length = rest.iter().position(|byte| byte & 0x80 == 0)? + 1;
            let (number, behind) = rest.split_at(length);
            let mut distance = 0_u64;
            for (place, byte) in number.iter().enumerate() {
                distance |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(place).ok()?)?;
            }
            before = before.checked_add(distance).filter(|site| *site >> HOW_BITS >> SITE_BITS == 0)?;
            if distance == 0 || sites.len() >= MOST_SITES {
                return None;
            }
            sites.push(before);
            rest = behind;
        }
        Some(Self { sites, complete })
    }

    fn reach(&self) -> u64 {
        match self.sites.last() {
            Some(last) if !self.complete => *last >> HOW_BITS,
            _ => u64::MAX,
        }
    }

    /// Compares two fingerprints, as far as both contain all sites.
    pub(super) fn compare(&self, other: &Self) -> Comparison {
        let reach = self.reach().min(other.reach());
        let within = |sites: &[u64]| sites.partition_point(|site| *site >> HOW_BITS <= reach);
        let (a, b) = (&self.sites[..within(&self.sites)], &other.sites[..within(&other.sites)]);
        let (mut at, mut beside, mut shared, mut alike) = (0, 0, 0, 0);
        let mut windows = vec![false; 1 << WINDOW_BITS];
        while let (Some(one), Some(two)) = (a.get(at), b.get(beside)) {
            match (one >> HOW_BITS).cmp(&(two >> HOW_BITS)) {
                Ordering::Less => at += 1,
                Ordering::Greater => beside += 1,
                Ordering::Equal => {
                    shared += 1;
                    alike += u64::from(one == two);
                    windows[(one >> HOW_BITS) as usize % (1 << WINDOW_BITS)] = true;
                    (at, beside) = (at + 1, beside + 1);
                }
            }
        }
        Comparison {
            fewer: a.len().min(b.len()) as u64,
            shared,
            alike,
            windows: windows.into_iter().filter(|there| *there).count() as u64,
        }
    }

    /// The bands of the fingerprint: numbers by which similar fingerprints are found. The sites are divided into `BANDS * ROWS` parts, and
    /// each band is a hash of the smallest sites of `ROWS` parts. Empty if the fingerprint has too few sites for a verdict.
    pub(super) fn bands(&self) -> Vec<i64> {
        if self.len() < LEAST_SHARED_SITES {
            return Vec::new();
        }
        let mut least = [u64::MAX; BANDS * ROWS];
        for site in &self.sites {
            let part = (site >> HOW_BITS >> WINDOW_BITS) % least.len() as u64;
            let least = &mut least[part as usize];
            *least = (*least).min(*site);
        }
        // A part without a site uses the site of the next part.
        let filled = |from: usize| {
            (0..least.len())
                .map(|n| least[(from + n) % least.len()])
                .find(|site| *site != u64::MAX)
        };
        let number = |band: usize| {
            let mut hash = Sha256::new();
            hash.update((band as u64).to_be_bytes());
            for row in 0..ROWS {
                hash.update(filled(band * ROWS + row).unwrap_or(u64::MAX).to_be_bytes());
            }
            let mut first = [0; 8];
            first.copy_from_slice(&hash.finalize()[..8]);
            i64::from_be_bytes(first)
        };
        (0..BANDS).map(number).collect()
    }
}

impl Comparison {
    /// The verdict whether the two fingerprints belong to one person.
    pub(super) fn likeness(self) -> Likeness {
        if self.shared < LEAST_SHARED_SITES {
            return Likeness::NotShown;
        }
        let hundredths = |part: u64, of: u64| part * 100 / of.max(1);
        let agreement = hundredths(self.alike, self.shared);
        let is_one = agreement >= LEAST_AGREEMENT_OF_ONE_PERSON && hundredths(self.shared, self.fewer) >= LEAST_SHARE_OF_ONE_PERSON;
        if is_one && self.windows >= LEAST_SHARED_WINDOWS {
            return Likeness::OnePerson;
        }
        if agreement < MOST_AGREEMENT_OF_TWO_PEOPLE {
            return Likeness::TwoPeople;
        }
        Likeness::NotShown
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn of(sites: &BTreeMap<u64, u64>, complete: bool) -> Fingerprint {
        Fingerprint::new(sites.iter().map(|(site, how)| site << 2 | how).collect(), complete)
    }

    fn sites() -> impl Strategy<Value = BTreeMap<u64, u64>> {
        // Sites have one of forty marks and one of ten windows, so that many sites coincide.
        let site = (0..40_u64, 0..10_u64).prop_map(|(mark, window)| mark << WINDOW_BITS | window);
        prop::collection::btree_map(site, 1..=2_u64, 0..300)
    }

    proptest! {
        #[test]
        fn a_stored_fingerprint_parses_back_and_other_bytes_never_panic(sites in sites(), complete: bool, bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let made = of(&sites, complete);
            prop_assert_eq!(Fingerprint::parse(&made.to_bytes()).unwrap(), made);
            if let Some(read) = Fingerprint::parse(&bytes) {
                prop_assert!(read.sites.is_sorted());
                let _ = (read.bands(), read.compare(&read));
            }
        }

        #[test]
        fn a_comparison_agrees_with_a_count_over_all_pairs(one in sites(), two in sites(), complete: (bool, bool)) {
            let reach = |sites: &BTreeMap<u64, u64>, complete| if complete { u64::MAX } else { sites.keys().last().copied().unwrap_or(u64::MAX) };
            let reach = reach(&one, complete.0).min(reach(&two, complete.1));
            let within = |sites: &BTreeMap<u64, u64>| sites.iter().filter(|(s, _)| **s <= reach).map(|(s, h)| (*s, *h)).collect::<Vec<_>>();
            let (a, b) = (within(&one), within(&two));
            let shared = a.iter().filter(|(s, _)| b.iter().any(|(t, _)| s == t)).count() as u64;
            let alike = a.iter().filter(|pair| b.contains(pair)).count() as u64;
            let fewer = a.len().min(b.len()) as u64;
            let window = |site: &u64| b.iter().any(|(t, _)| site == t).then_some(site % 4_096);
            let windows = a.iter().filter_map(|(s, _)| window(s)).collect::<BTreeSet<_>>().len() as u64;
            prop_assert_eq!(of(&one, complete.0).compare(&of(&two, complete.1)), Comparison { fewer, shared, alike, windows });
        }
    }

    #[test]
    fn too_few_shared_sites_give_no_verdict() {
        let comparison = |shared, alike, fewer, windows| Comparison {
            fewer,
            shared,
            alike,
            windows,
        };
        let of = |shared, alike, fewer| comparison(shared, alike, fewer, shared).likeness();
        assert_eq!(of(99, 99, 99), Likeness::NotShown);
        assert_eq!(of(100, 100, 100), Likeness::OnePerson);
        assert_eq!(of(100, 94, 100), Likeness::NotShown);
        assert_eq!(of(100, 86, 100), Likeness::TwoPeople);
        assert_eq!(of(100, 100, 200), Likeness::NotShown);
        assert_eq!(of(0, 0, 5_000), Likeness::NotShown);
    }

    #[test]
    fn many_shared_sites_in_few_windows_do_not_show_one_person() {
        let of = |alike, windows| Comparison {
            fewer: 900,
            shared: 900,
            alike,
            windows,
        };
        assert_eq!(of(900, 49).likeness(), Likeness::NotShown);
        assert_eq!(of(900, 50).likeness(), Likeness::OnePerson);
        assert_eq!(of(700, 2).likeness(), Likeness::TwoPeople);
    }
}
