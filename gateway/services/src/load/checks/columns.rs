//! Gathers data for each participant while a variant file is read: numbers of changes on X and Y, and a fingerprint.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gemj_model::{Allele, Assembly, Ordinal, Zygosity};
use gemj_variants::EntryWitness;
use sha2::{Digest as _, Sha256};

use super::chromosome::{Part, chromosome, part_at};
use super::fingerprint::{Fingerprint, HETEROZYGOUS, HOMOZYGOUS, HOW_BITS, MARK_BITS, WINDOW_BITS};
use super::thresholds::{FINGERPRINT_BUDGET_BYTES, LEAST_SITES_OF_A_COLUMN, MOST_SITES, WINDOW_BASES};

/// The numbers of single-base changes of one participant on X and Y outside the pseudo-autosomal regions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SexCounts {
    /// The number of heterozygous changes on X.
    pub(super) x_heterozygous: u64,
    /// The number of homozygous or haploid changes on X.
    pub(super) x_alone: u64,
    /// The number of heterozygous changes on Y.
    pub(super) y_heterozygous: u64,
    /// The number of homozygous or haploid changes on Y.
    pub(super) y_alone: u64,
}

/// The gathered data of one participant of a file.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) counts: SexCounts,
    sites: Vec<u64>,
    /// Sites with a number above this limit are not kept.
    limit: u64,
}

/// The gathered data of all participants of a file.
#[derive(Debug)]
pub(super) struct Columns {
    assembly: Assembly,
    key: [u8; 32],
    keep: usize,
    people: HashMap<u32, Column>,
    /// The window of the last site (chromosome and window number), and the mark (a keyed hash) of this window. Sites are sorted, so most
    /// sites are in the same window as the site before.
    window: Option<((u8, u64), u64)>,
}

impl Columns {
    /// Starts to gather data for a file of these participants. The key turns positions into site numbers, so the stored numbers reveal
    /// nothing without the key.
    pub(super) fn new(assembly: Assembly, key: [u8; 32], people: impl IntoIterator<Item = Ordinal>) -> Self {
        let column = || Column {
            counts: SexCounts::default(),
            sites: Vec::new(),
            limit: u64::MAX,
        };
        let people: HashMap<_, _> = people.into_iter().map(|ordinal| (ordinal.0, column())).collect();
        // A participant's list may contain up to twice the kept number of sites before it is sorted and truncated.
        let each = FINGERPRINT_BUDGET_BYTES / 2 / size_of::<u64>() / people.len().max(1);
        Self {
            assembly,
            key,
            keep: each.clamp(LEAST_SITES_OF_A_COLUMN, MOST_SITES),
            people,
            window: None,
        }
    }

    /// The gathered data of all participants, in order of ordinal.
    pub(super) fn finish(self) -> Vec<(Ordinal, SexCounts, Fingerprint)> {
        let keep = self.keep;
        let mut found: Vec<_> = self
            .people
            .into_iter()
            .map(|(ordinal, mut column)| {
                column.shrink(keep);
                let complete = column.limit == u64::MAX;
                (Ordinal(ordinal), column.counts, Fingerprint::new(column.sites, complete))
            })
            .collect();
        found.sort_unstable_by_key(|(ordinal, _, _)| *ordinal);
        found
    }

    /// A site's number: the mark (a keyed hash) of the site in the upper bits, the mark of its window in the lower bits.
    fn site(&mut self, chromosome: u8, allele: &Allele) -> u64 {
        let place = (chromosome, allele.start.0 / WINDOW_BASES);
        let window = match self.window {
            Some((last, mark)) if last == place => mark,
            _ => self.mark(&[b"window", &[chromosome], &place.1.to_be_bytes()], WINDOW_BITS),
        };
        self.window = Some((place, window));
        let start = allele.start.0.to_be_bytes();
        self.mark(&[&[chromosome], &start, allele.alternate.as_bytes()], MARK_BITS) << WINDOW_BITS | window
    }

    fn mark(&self, parts: &[&[u8]], bits: u32) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.key);
        for part in parts {
            hash.update(part);
        }
        let mut first = [0; 8];
        first.copy_from_slice(&hash.finalize()[..8]);
        u64::from_be_bytes(first) >> (64 - bits)
    }

    fn see(&mut self, allele: &Allele, carriers: &[(Ordinal, Zygosity)]) {
        let base = |text: &str| matches!(text.as_bytes(), [b'A' | b'C' | b'G' | b'T']);
        if !base(&allele.reference) || !base(&allele.alternate) {
            return;
        }
        match part_at(self.assembly, chromosome(allele.contig.as_str()), allele.start.0 + 1) {
            Part::Neither => {}
            part @ (Part::X | Part::Y) => {
                for (ordinal, zygosity) in carriers {
                    if let Some(column) = self.people.get_mut(&ordinal.0) {
                        column.counts.count(part == Part::X, *zygosity);
                    }
                }
            }
            Part::Autosome(number) => {
                let (site, keep) = (self.site(number, allele), self.keep);
                for (ordinal, zygosity) in carriers {
                    if let Some(column) = self.people.get_mut(&ordinal.0) {
                        column.carry(site, *zygosity, keep);
                    }
                }
            }
        }
    }
}

impl SexCounts {
    fn count(&mut self, x: bool, zygosity: Zygosity) {
        let alone = match zygosity {
            Zygosity::Heterozygous => false,
            Zygosity::Homozygous | Zygosity::Hemizygous => true,
        };
        let counter = match (x, alone) {
            (true, true) => &mut self.x_alone,
            (true, false) => &mut self.x_heterozygous,
            (false, true) => &mut self.y_alone,
            (false, false) => &mut self.y_heterozygous,
        };
        *counter += 1;
    }
}

impl Column {
    fn carry(&mut self, site: u64, zygosity: Zygosity, keep: usize) {
        let how = match zygosity {
            Zygosity::Heterozygous => HETEROZYGOUS,
            Zygosity::Homozygous | Zygosity::Hemizygous => HOMOZYGOUS,
        };
        let value = site << HOW_BITS | how;
        if value > self.limit {
            return;
        }
        self.sites.push(value);
        if self.sites.len() >= keep * 2 {
            self.shrink(keep);
        }
    }

    /// Keeps the sites with the smallest numbers, each once. A site that occurs both as heterozygous and as homozygous is kept as
    /// homozygous.
    fn shrink(&mut self, keep: usize) {
        self.sites.sort_unstable_by(|a, b| b.cmp(a));
        self.sites.dedup_by_key(|value| *value >> HOW_BITS);
        self.sites.reverse();
        if self.sites.len() > keep {
            self.sites.truncate(keep);
            // The limit includes the last site with every zygosity.
            self.limit = self.sites.last().map_or(u64::MAX, |last| *last | 0b11);
        }
    }
}

/// Passes the genotypes to [`Columns`] while a segment is built.
#[derive(Clone, Debug)]
pub(super) struct LookingOn(pub(super) Arc<Mutex<Columns>>);

impl EntryWitness for LookingOn {
    fn see(&mut self, allele: &Allele, carriers: &[(Ordinal, Zygosity)]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).see(allele, carriers);
    }
}
