//! Compares the answers to random queries under random masks with a plain map, which is the oracle.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use gemj_access::Action;
use gemj_model::{Allele, Contig, DatasetId, Interval, Ordinal, Origin, ZeroBased, Zygosity};
use gemj_variants::{AlleleFilter, AlleleQuery, CarrierReader, Cohort, SegmentBuilder, VariantKind, WindowQuery};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::fixture::{CLASSES, G38, GERM, MemoryStore, People, allele, block_on, dataset, grant, people_of, rank};

pub(crate) const PEOPLE: u32 = 300;
pub(crate) const CONTIGS: [&str; 3] = ["1", "MT", "chrUn_KI270302v1"];

/// One entry: dataset, origin, allele, ordinal, source and zygosity.
pub(crate) type Entry = (DatasetId, Origin, Allele, u32, String, Zygosity);

pub(crate) fn bases(rng: &mut StdRng, length: usize) -> String {
    (0..length).map(|_| ['A', 'C', 'G', 'T'][rng.random_range(0..4)]).collect()
}

pub(crate) fn random_allele(rng: &mut StdRng) -> Allele {
    let contig = CONTIGS[rng.random_range(0..3)];
    // Only few positions are used, so that several alleles share a start and some shared starts are in two blocks.
    let start = rng.random_range(0..3_000u64);
    match rng.random_range(0..20) {
        0 => {
            let length = rng.random_range(1..30);
            allele(contig, start, start + length, &bases(rng, length as usize), "")
        }
        1 => allele(contig, start, start, "", ["A", "CT", "GTTTT"][rng.random_range(0..3)]),
        2 => allele(contig, start, start + 2, &bases(rng, 2), "TTT"),
        3 if rng.random_range(0..20) == 0 => allele(contig, start, start + rng.random_range(500..2_500), "", "<DEL>"),
        3 => allele(contig, start, start + rng.random_range(1..40), "", "<DUP>"),
        4 => Allele {
            inserted: [None, Some(1), Some(300)][rng.random_range(0..3)],
            ..allele(contig, start, start, "", "<INS>")
        },
        _ => {
            let r = rng.random_range(0..4);
            let a = (r + rng.random_range(1..4)) % 4;
            allele(contig, start, start + 1, ["A", "C", "G", "T"][r], ["A", "C", "G", "T"][a])
        }
    }
}

/// Builds eight segments of random entries, with the smallest memory budget, so that the builder uses temporary files.
pub(crate) fn build(rng: &mut StdRng, store: &MemoryStore, entries: &mut Vec<Entry>) {
    build_within(rng, store, entries, 0);
}

/// Builds eight segments of random entries, with this memory budget for each segment.
pub(crate) fn build_within(rng: &mut StdRng, store: &MemoryStore, entries: &mut Vec<Entry>, budget_bytes: usize) {
    for number in 0..8 {
        let name = dataset(if number % 4 == 3 { "other" } else { "main" });
        let origin = if number == 6 { Origin::Somatic } else { GERM };
        let mut builder = SegmentBuilder::new(name.clone(), G38, origin, budget_bytes);
        let sources = [1, 1, 2, 7, 40, 3, 1, 2][number];
        for _ in 0..3_000 {
            let allele = random_allele(rng);
            let carriers = [1, 1, 1, 2, 5, 30, 200][rng.random_range(0..7)];
            for _ in 0..carriers {
                let ordinal = rng.random_range(0..PEOPLE);
                // In segment 4 each carrier has entries from one source only. In segment 3 a carrier can have entries from several sources.
                let which = if number == 4 {
                    ordinal % sources
                } else {
                    rng.random_range(0..sources)
                };
                let id = format!("file {number}/{which}");
                let source = builder.source(&id).unwrap();
                let zygosity = CLASSES[rng.random_range(0..3)];
                builder.add(&allele, Ordinal(ordinal), zygosity, source).unwrap();
                entries.push((name.clone(), origin, allele.clone(), ordinal, id, zygosity));
            }
        }
        store.add(&format!("segment {number}"), builder);
    }
}

pub(crate) struct Oracle {
    pub(crate) alleles: BTreeMap<Allele, People>,
}

impl Oracle {
    /// Makes the plain map of the entries that count. If a participant has several entries for an allele, from one source or from several
    /// sources, the strongest zygosity counts.
    pub(crate) fn of(entries: &[Entry], name: &DatasetId, origin: Origin, retired: &HashSet<String>) -> Self {
        let mut alleles: BTreeMap<Allele, People> = BTreeMap::new();
        for (_, _, allele, ordinal, _, zygosity) in entries.iter().filter(|e| &e.0 == name && e.1 == origin && !retired.contains(&e.4)) {
            let people = alleles.entry(allele.clone()).or_default();
            let kept = people.entry(*ordinal).or_insert(*zygosity);
            if rank(*zygosity) > rank(*kept) {
                *kept = *zygosity;
            }
        }
        Self { alleles }
    }

    fn exact(&self, allele: &Allele, mask: &RoaringBitmap) -> People {
        let mut people = self.alleles.get(allele).cloned().unwrap_or_default();
        people.retain(|o, _| mask.contains(*o));
        people
    }

    fn window(&self, contig: &str, from: u64, to: Option<u64>, kind: Option<&VariantKind>, mask: &RoaringBitmap) -> Vec<(Allele, People)> {
        let of_kind = |a: &Allele| match kind {
            None => true,
            Some(VariantKind::Snv) => a.reference.len() == 1 && a.alternate.len() == 1,
            Some(VariantKind::Deletion) => a.alternate.is_empty() || a.alternate == "<DEL>",
            Some(_) => unreachable!("not asked"),
        };
        self.alleles
            .iter()
            .filter(|(a, _)| a.contig.as_str() == contig && of_kind(a))
            .filter(|(a, _)| {
                let last = if a.end == a.start { a.start.0 } else { a.end.0 - 1 };
                last >= from && to.is_none_or(|to| a.start.0 < to && from < to)
            })
            .map(|(a, _)| (a.clone(), self.exact(a, mask)))
            .filter(|(_, people)| !people.is_empty())
            .collect()
    }
}

pub(crate) fn random_mask(rng: &mut StdRng) -> RoaringBitmap {
    let share = [0.0, 0.01, 0.3, 0.97, 1.0][rng.random_range(0..5)];
    (0..PEOPLE).filter(|_| rng.random_bool(share)).collect()
}

pub(crate) fn ask_window(
    reader: &CarrierReader,
    grant: &gemj_access::Grant,
    name: &DatasetId,
    origin: Origin,
    query: &WindowQuery,
) -> Vec<(Allele, People)> {
    let mut found = Vec::new();
    block_on(reader.overlapping(grant, name, G38, origin, query, |allele, carriers| {
        found.push((allele.clone(), people_of(carriers)));
        ControlFlow::Continue(())
    }))
    .unwrap();
    found
}

pub(crate) fn ask_counts(
    reader: &CarrierReader,
    grant: &gemj_access::Grant,
    name: &DatasetId,
    origin: Origin,
    query: &WindowQuery,
) -> Vec<(Allele, [u64; 3])> {
    let mut found = Vec::new();
    let everybody = Cohort {
        dataset: name,
        within: None,
    };
    let query = AlleleQuery::Window(query.clone());
    block_on(reader.counted(grant, everybody, G38, origin, &query, |allele| {
        found.push((allele.allele(), CLASSES.map(|class| allele.counts().class(class))));
        ControlFlow::Continue(())
    }))
    .unwrap();
    found
}

/// The number of participants in each zygosity class.
fn counts_of(people: &People) -> [u64; 3] {
    CLASSES.map(|class| people.values().filter(|zygosity| **zygosity == class).count() as u64)
}

#[test]
fn every_answer_equals_the_answer_of_a_plain_map() {
    let mut rng = StdRng::seed_from_u64(20_260_401);
    let store = MemoryStore::default();
    let mut entries = Vec::new();
    build(&mut rng, &store, &mut entries);
    let index = store.index(300_000);
    let mut retired = HashSet::new();
    let scopes = [
        (dataset("main"), GERM),
        (dataset("other"), GERM),
        (dataset("main"), Origin::Somatic),
    ];
    let (mut exact_asked, mut exact_hits, mut windows_asked, mut long_hits) = (0, 0, 0, 0);
    for round in 0..5 {
        let mut generation = 8 + round;
        for source in [
            vec![],
            vec!["file 3/2", "file 3/6"],
            vec!["file 0/0"],
            vec!["file 4/7", "file 5/1"],
            vec!["file 7/0"],
        ][round as usize]
            .iter()
        {
            generation = store.retire(source);
            retired.insert((*source).to_owned());
        }
        let reader = block_on(index.at(generation.min(8 + retired.len() as u64))).unwrap();
        assert_eq!(reader.generation(), 8 + retired.len() as u64);
        for (name, origin) in &scopes {
            let oracle = Oracle::of(&entries, name, *origin, &retired);
            let known: Vec<&Allele> = entries.iter().filter(|e| &e.0 == name && e.1 == *origin).map(|e| &e.2).collect();
            for _ in 0..12 {
                let mask = random_mask(&mut rng);
                let grant = grant(&[(name, &mask)], Action::AskVariants);
                for _ in 0..14 {
                    let allele = if rng.random_bool(0.8) {
                        known[rng.random_range(0..known.len())].clone()
                    } else {
                        random_allele(&mut rng)
                    };
                    let found = block_on(reader.exact_carriers(&grant, name, G38, *origin, &allele)).unwrap();
                    let expected = oracle.exact(&allele, &mask);
                    assert_eq!(people_of(&found), expected, "{allele:?}");
                    let counts = block_on(reader.count_exact(&grant, name, G38, *origin, &allele)).unwrap();
                    assert_eq!(CLASSES.map(|class| counts.class(class)), counts_of(&expected), "{allele:?}");
                    exact_asked += 1;
                    exact_hits += usize::from(!expected.is_empty());
                }
                for _ in 0..6 {
                    let contig = CONTIGS[rng.random_range(0..3)];
                    let from = rng.random_range(0..3_200);
                    let to = (rng.random_range(0..10) > 0).then(|| from + [0, 1, 2, 20, 400][rng.random_range(0..5)]);
                    let kind = [None, None, Some(VariantKind::Snv), Some(VariantKind::Deletion)][rng.random_range(0..4)].clone();
                    let query = WindowQuery {
                        contig: Contig(if contig == "1" { "chr1".into() } else { contig.into() }),
                        interval: Interval {
                            start: ZeroBased(from),
                            end: to.map(ZeroBased),
                        },
                        filter: AlleleFilter {
                            kinds: kind.clone().into_iter().collect(),
                            ..AlleleFilter::default()
                        },
                    };
                    let expected = oracle.window(contig, from, to, kind.as_ref(), &mask);
                    let found = ask_window(&reader, &grant, name, *origin, &query);
                    assert_eq!(found, expected, "{query:?}");
                    let counted = ask_counts(&reader, &grant, name, *origin, &query);
                    let expected_counts: Vec<_> = expected.iter().map(|(a, people)| (a.clone(), counts_of(people))).collect();
                    assert_eq!(counted, expected_counts, "{query:?}");
                    windows_asked += 1;
                    long_hits += expected.iter().filter(|(a, _)| a.start.0 + 200 < from).count();
                }
            }
        }
    }
    assert!(exact_asked >= 2_000 && windows_asked >= 1_000, "{exact_asked} {windows_asked}");
    assert!(exact_hits > 800 && long_hits > 100, "{exact_hits} {long_hits}");
}
