//! The regions of the genome that a Grant opens if an approval limits the Grant to regions.

use std::collections::BTreeMap;

use gemj_model::{ApprovedRegion, Assembly, Contig, ZeroBased};

/// The open stretches of the genome in a dataset. Every base outside these stretches is closed. If the value
/// has no stretch, the whole genome is closed.
///
/// A contig is found under every spelling of its name ([`Contig::canonical`]). Each assembly has its own stretches: coordinates in one
/// assembly never count in another assembly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantedRegions {
    /// The stretches by assembly and canonical contig name. The stretches of a contig are sorted. No stretch is empty, and no stretch touches the
    /// next.
    contigs: BTreeMap<(Assembly, Contig), Vec<Stretch>>,
}

/// An interval of bases, `[start, end)`, 0-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stretch {
    start: ZeroBased,
    end: ZeroBased,
}

impl GrantedRegions {
    /// The open stretches for the regions of an approval. A region that names no assembly is open in every assembly.
    #[must_use]
    pub fn of(approved: &[ApprovedRegion]) -> Self {
        let mut regions = Self::default();
        for region in approved.iter().filter(|region| region.start < region.end) {
            let stretch = Stretch {
                start: region.start,
                end: region.end,
            };
            for assembly in Assembly::ALL {
                if region.assembly.is_none_or(|named| named == assembly) {
                    regions
                        .contigs
                        .entry((assembly, region.contig.canonical()))
                        .or_default()
                        .push(stretch);
                }
            }
        }
        regions.contigs.values_mut().for_each(join);
        regions
    }

    /// Whether every base of `[start, end)` of a contig is open. Also true if the interval contains no base.
    #[must_use]
    pub fn covers(&self, assembly: Assembly, contig: &Contig, start: ZeroBased, end: ZeroBased) -> bool {
        // Touching stretches are joined, so a covered interval is within a single stretch.
        start >= end
            || self
                .first_ending_after(assembly, contig, start)
                .is_some_and(|s| s.start <= start && end <= s.end)
    }

    /// Whether no base of the genome is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contigs.is_empty()
    }

    /// The bases that are open in both values.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let mut both = Self::default();
        for (contig, ours) in &self.contigs {
            let met = other.contigs.get(contig).map(|theirs| meet(ours, theirs)).unwrap_or_default();
            if !met.is_empty() {
                both.contigs.insert(contig.clone(), met);
            }
        }
        both
    }

    /// Whether every base that is open in this value is open in the other value too.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.contigs.iter().all(|((assembly, contig), stretches)| {
            let covered = |s: &Stretch| other.covers(*assembly, contig, s.start, s.end);
            stretches.iter().all(covered)
        })
    }

    /// The regions in the form that approvals use: with canonical contig names, in order. A stretch that is open in every
    /// assembly becomes a region without an assembly.
    #[must_use]
    pub fn to_approved(&self) -> Vec<ApprovedRegion> {
        let mut approved = Vec::new();
        for ((assembly, contig), stretches) in &self.contigs {
            for stretch in stretches {
                let is_of = |other: &Assembly| {
                    let there = self.contigs.get(&(*other, contig.clone()));
                    there.is_some_and(|there| there.binary_search(stretch).is_ok())
                };
                let everywhere = Assembly::ALL.iter().all(is_of);
                if everywhere && *assembly != Assembly::ALL[0] {
                    continue;
                }
                approved.push(ApprovedRegion {
                    assembly: (!everywhere).then_some(*assembly),
                    contig: contig.clone(),
                    start: stretch.start,
                    end: stretch.end,
                });
            }
        }
        approved
    }

    fn first_ending_after(&self, assembly: Assembly, contig: &Contig, start: ZeroBased) -> Option<&Stretch> {
        let stretches = self.contigs.get(&(assembly, contig.canonical()))?;
        stretches.get(stretches.partition_point(|s| s.end <= start))
    }
}

/// Sorts stretches and joins those that touch or overlap.
fn join(stretches: &mut Vec<Stretch>) {
    stretches.sort_unstable();
    let mut apart: Vec<Stretch> = Vec::with_capacity(stretches.len());
    for stretch in stretches.drain(..) {
        match apart.last_mut() {
            Some(last) if stretch.start <= last.end => last.end = last.end.max(stretch.end),
            _ => apart.push(stretch),
        }
    }
    *stretches = apart;
}

/// The intersection of two sorted lists of stretches. The stretches of each list do not touch each other, so the
/// stretches of the result do not touch either.
fn meet(ours: &[Stretch], theirs: &[Stretch]) -> Vec<Stretch> {
    let mut both = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (ours.get(i), theirs.get(j)) {
        let met = Stretch {
            start: a.start.max(b.start),
            end: a.end.min(b.end),
        };
        if met.start < met.end {
            both.push(met);
        }
        if a.end <= b.end {
            i += 1;
        } else {
            j += 1;
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gemj_model::Assembly::{GRCh37, GRCh38};
    use proptest::prelude::*;

    use super::*;

    /// Spellings of the names of two contigs, with the number of the contig. Each contig has 24 bases.
    const SPELT: [(&str, u8); 5] = [("chr1", 1), ("1", 1), ("chrM", 2), ("MT", 2), ("M", 2)];
    const BASES: u64 = 24;

    type Written = Vec<(Option<Assembly>, usize, u64, u64)>;

    fn written() -> impl Strategy<Value = Written> {
        let assembly = prop::sample::select(vec![None, None, Some(GRCh37), Some(GRCh38)]);
        prop::collection::vec((assembly, 0..SPELT.len(), 0..BASES, 0..=BASES), 0..8)
    }

    fn region((assembly, spelt, start, end): (Option<Assembly>, usize, u64, u64)) -> ApprovedRegion {
        ApprovedRegion {
            assembly,
            contig: Contig(SPELT[spelt].0.to_owned()),
            start: ZeroBased(start),
            end: ZeroBased(end),
        }
    }

    fn regions(written: &Written) -> GrantedRegions {
        GrantedRegions::of(&written.iter().copied().map(region).collect::<Vec<_>>())
    }

    /// The expected open bases of the written regions, as a set of single bases.
    fn bases(written: &Written) -> BTreeSet<(Assembly, u8, u64)> {
        let mut open = BTreeSet::new();
        for (assembly, spelt, start, end) in written {
            for of in [GRCh37, GRCh38] {
                if assembly.is_none() || *assembly == Some(of) {
                    open.extend((*start..*end).map(|base| (of, SPELT[*spelt].1, base)));
                }
            }
        }
        open
    }

    fn bases_of(regions: &GrantedRegions) -> BTreeSet<(Assembly, u8, u64)> {
        let mut open = BTreeSet::new();
        for of in [GRCh37, GRCh38] {
            for (name, number) in SPELT {
                let contig = Contig(name.to_owned());
                let is_open = |base: &u64| regions.covers(of, &contig, ZeroBased(*base), ZeroBased(base + 1));
                open.extend((0..BASES + 2).filter(is_open).map(|base| (of, number, base)));
            }
        }
        open
    }

    proptest! {
        #[test]
        fn regions_open_the_same_bases_as_a_list_of_single_bases(written in written(), of in prop::sample::select(vec![GRCh37, GRCh38]), spelt in 0..SPELT.len(), start in 0..BASES, length in 0..BASES) {
            let (granted, open) = (regions(&written), bases(&written));
            prop_assert_eq!(bases_of(&granted), open.clone());
            prop_assert_eq!(granted.is_empty(), open.is_empty());
            let contig = Contig(SPELT[spelt].0.to_owned());
            let mut bases_asked = (start..start + length).map(|base| open.contains(&(of, SPELT[spelt].1, base)));
            let (from, to) = (ZeroBased(start), ZeroBased(start + length));
            prop_assert_eq!(granted.covers(of, &contig, from, to), bases_asked.all(|is_open| is_open));
        }

        #[test]
        fn a_meet_has_the_common_bases_and_is_within_means_a_subset_of_bases(a in written(), b in written()) {
            let (ours, theirs) = (regions(&a), regions(&b));
            let both: BTreeSet<_> = bases(&a).intersection(&bases(&b)).copied().collect();
            let met = ours.meet(&theirs);
            prop_assert_eq!(bases_of(&met), both);
            prop_assert!(met.is_within(&ours) && met.is_within(&theirs));
            prop_assert_eq!(ours.is_within(&theirs), bases(&a).is_subset(&bases(&b)));
            prop_assert_eq!(ours == theirs, bases(&a) == bases(&b));
        }

        #[test]
        fn regions_written_as_an_approval_and_parsed_again_are_equal(a in written()) {
            let granted = regions(&a);
            prop_assert_eq!(GrantedRegions::of(&granted.to_approved()), granted.clone());
            let mut shuffled = a;
            shuffled.reverse();
            prop_assert_eq!(regions(&shuffled), granted);
        }
    }

    #[test]
    fn an_end_beyond_the_contig_opens_the_contig_to_its_end_and_other_contigs_stay_closed() {
        let granted = GrantedRegions::of(&[region((None, 0, 10, u64::MAX))]);
        let (one, other) = (Contig("1".into()), Contig("chr2".into()));
        assert!(granted.covers(GRCh38, &one, ZeroBased(10), ZeroBased(u64::MAX)));
        assert!(!granted.covers(GRCh38, &one, ZeroBased(9), ZeroBased(11)));
        assert!(!granted.covers(GRCh38, &other, ZeroBased(0), ZeroBased(1)));
        assert!(!granted.covers(GRCh38, &Contig("chr1_KI270706v1_random".into()), ZeroBased(10), ZeroBased(11)));
    }
}
