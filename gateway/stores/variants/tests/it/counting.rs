//! Compares counts that the index makes without bitmaps with counts of a plain map, under random masks, cohorts, families and unloaded
//! sources.

use std::collections::{BTreeSet, HashSet};
use std::ops::{ControlFlow, Range};

use gemj_access::Action;
use gemj_model::{Allele, Contig, DatasetId, Interval, Ordinal, ZeroBased, Zygosity};
use gemj_variants::{AlleleFilter, AlleleQuery, Cohort, SegmentBuilder, SequenceQuery, VariantKind, WindowQuery};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::fixture::{G38, GERM, MemoryStore, allele, block_on, dataset, grant, grant_of_families};
use super::oracle::{CONTIGS, Entry, Oracle, PEOPLE, build, random_mask};

/// The family of a participant. A third of the participants have no known family.
fn family(ordinal: u32) -> Option<String> {
    (!ordinal.is_multiple_of(3)).then(|| format!("family {}", ordinal / 7))
}

/// The number of families of these participants. A participant without a known family counts as a family.
fn families(people: impl Iterator<Item = u32>) -> usize {
    let families: BTreeSet<(bool, u32)> = people
        .map(|ordinal| {
            if ordinal.is_multiple_of(3) {
                (true, ordinal)
            } else {
                (false, ordinal / 7)
            }
        })
        .collect();
    families.len()
}

/// Adds alleles of the dataset `main` to the dataset `other`, so that both datasets have them.
fn share(rng: &mut StdRng, store: &MemoryStore, entries: &mut Vec<Entry>) {
    let name = dataset("other");
    let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 0);
    let source = builder.source("shared").unwrap();
    let shared: Vec<Entry> = entries
        .iter()
        .filter(|e| e.0 == dataset("main") && e.1 == GERM)
        .step_by(40)
        .cloned()
        .collect();
    for (_, origin, allele, ..) in shared {
        let ordinal = rng.random_range(0..PEOPLE);
        builder.add(&allele, Ordinal(ordinal), Zygosity::Homozygous, source).unwrap();
        entries.push((name.clone(), origin, allele, ordinal, "shared".to_owned(), Zygosity::Homozygous));
    }
    store.add("shared", builder);
}

fn zero(range: &Range<u64>) -> Range<ZeroBased> {
    ZeroBased(range.start)..ZeroBased(range.end)
}

/// A predicate that states whether an allele matches a query.
type Meant = Box<dyn Fn(&Allele) -> bool>;

/// A random query, and a plain predicate with the same meaning.
pub(crate) fn random_question(rng: &mut StdRng, known: &[&Allele]) -> (AlleleQuery, Meant) {
    if rng.random_range(0..5) > 0 {
        return plain_question(rng, known);
    }
    // The query combines several overlapping queries in any order.
    let (queries, meant): (Vec<_>, Vec<_>) = (0..rng.random_range(0..5)).map(|_| plain_question(rng, known)).unzip();
    (AlleleQuery::AnyOf(queries), Box::new(move |a| meant.iter().any(|one| one(a))))
}

fn plain_question(rng: &mut StdRng, known: &[&Allele]) -> (AlleleQuery, Meant) {
    let contig = Contig(CONTIGS[rng.random_range(0..3)].to_owned());
    let from = rng.random_range(0..3_000u64);
    let covers = |a: &Allele, from: u64, to: u64| a.start.0 < to && a.end.0.max(a.start.0 + 1) > from && from < to;
    match rng.random_range(0..4) {
        0 => {
            let to = from + [0, 1, 30, 3_000][rng.random_range(0..4)];
            let query = WindowQuery {
                contig: contig.clone(),
                interval: Interval {
                    start: ZeroBased(from),
                    end: Some(ZeroBased(to)),
                },
                filter: AlleleFilter::default(),
            };
            (
                AlleleQuery::Window(query),
                Box::new(move |a| a.contig == contig && covers(a, from, to)),
            )
        }
        1 => {
            let starts = from..from + rng.random_range(0..900);
            let ends = from + rng.random_range(0..900)..from + rng.random_range(0..3_000);
            let query = WindowQuery::bracket(contig.clone(), zero(&starts), zero(&ends), AlleleFilter::default());
            (
                AlleleQuery::Window(query),
                Box::new(move |a| a.contig == contig && starts.contains(&a.start.0) && ends.contains(&a.end.0)),
            )
        }
        2 => {
            let least = [1, 2, 10, 300][rng.random_range(0..4)];
            let query = WindowQuery {
                contig: contig.clone(),
                interval: Interval::WHOLE,
                filter: AlleleFilter {
                    kinds: vec![VariantKind::Insertion, VariantKind::Duplication],
                    min_length: Some(least),
                    ..AlleleFilter::default()
                },
            };
            let wanted = move |a: &Allele| {
                let length = match (a.alternate.as_str(), a.inserted) {
                    ("<DUP>", _) => a.end.0 - a.start.0,
                    ("<INS>", told) => told.unwrap_or(0),
                    (bases, _) if a.reference.is_empty() && !bases.starts_with('<') => bases.len() as u64,
                    _ => 0,
                };
                a.contig == contig && length >= least
            };
            (AlleleQuery::Window(query), Box::new(wanted))
        }
        _ => {
            let spelt: Vec<&&Allele> = known.iter().filter(|a| !a.alternate.starts_with('<')).collect();
            let asked = (*spelt[rng.random_range(0..spelt.len())]).clone();
            let query = SequenceQuery {
                contig: asked.contig.clone(),
                start: asked.start,
                reference: Some(asked.reference.clone()),
                alternate: asked.alternate.clone(),
                filter: AlleleFilter::default(),
            };
            (AlleleQuery::Sequence(query), Box::new(move |a| *a == asked))
        }
    }
}

#[test]
fn visible_alleles_and_their_carriers_equal_those_of_a_plain_map() {
    let mut rng = StdRng::seed_from_u64(20_261_122);
    let store = MemoryStore::default();
    let mut entries = Vec::new();
    build(&mut rng, &store, &mut entries);
    share(&mut rng, &store, &mut entries);
    let index = store.index(300_000);
    let names = [dataset("main"), dataset("other")];
    let mut retired = HashSet::new();
    let (mut counted, mut in_both, mut hidden) = (0, 0, 0);
    for round in 0..3 {
        if let Some(source) = [None, Some("file 3/2"), Some("file 4/7")][round] {
            store.retire(source);
            retired.insert(source.to_owned());
        }
        let reader = block_on(index.now()).unwrap();
        let oracles = [0, 1].map(|n: usize| Oracle::of(&entries, &names[n], GERM, &retired));
        let known: Vec<&Allele> = oracles[0].alleles.keys().collect();
        for _ in 0..8 {
            let masks = [random_mask(&mut rng), random_mask(&mut rng)];
            let cohorts = [0, 1].map(|_| rng.random_bool(0.5).then(|| random_mask(&mut rng)));
            let k = [1, 2, 10, 40][rng.random_range(0..4)];
            let people: Vec<(&DatasetId, &RoaringBitmap)> = names.iter().zip(&masks).collect();
            // The terms of each Grant state how many families must carry an allele before it is shown: one, or k.
            let grants = [1, k].map(|k| (k, grant_of_families(&people, Action::AskVariants, k, family)));
            let asked = [0, 1].map(|n: usize| Cohort {
                dataset: &names[n],
                within: cohorts[n].as_ref(),
            });
            let carriers = |n: usize, a: &Allele| -> RoaringBitmap {
                let counts = |o: &u32| masks[n].contains(*o) && cohorts[n].as_ref().is_none_or(|c| c.contains(*o));
                oracles[n]
                    .alleles
                    .get(a)
                    .into_iter()
                    .flat_map(|p| p.keys().copied())
                    .filter(counts)
                    .collect()
            };
            for _ in 0..5 {
                let (query, wanted) = random_question(&mut rng, &known);
                let (k, grant) = &grants[rng.random_range(0..2)];
                let seen = |n: usize, a: &Allele| families(carriers(n, a).iter()) >= *k as usize;
                let all: BTreeSet<&Allele> = oracles.iter().flat_map(|o| o.alleles.keys()).filter(|a| wanted(a)).collect();
                let mut expected = Vec::new();
                for a in &all {
                    let places: Vec<usize> = (0..2).filter(|n| seen(*n, a)).collect();
                    hidden += usize::from(places.is_empty());
                    if !places.is_empty() {
                        in_both += usize::from(places.len() == 2);
                        expected.push(((*a).clone(), places));
                    }
                }
                let mut found = Vec::new();
                block_on(reader.visible(grant, &asked, G38, GERM, &query, |allele| {
                    found.push((allele.allele(), allele.cohorts().to_vec()));
                    ControlFlow::Continue(())
                }))
                .unwrap();
                if let AlleleQuery::AnyOf(_) = query {
                    // The parts of the query are answered one after another, so the alleles are not in order.
                    found.sort();
                }
                assert_eq!(found, expected, "{query:?} {k}");
                counted += found.len();
                for n in [0, 1] {
                    let together = block_on(reader.carrying(grant, asked[n], G38, GERM, &query)).unwrap();
                    let expected = all
                        .iter()
                        .filter(|a| seen(n, a))
                        .fold(RoaringBitmap::new(), |people, a| people | carriers(n, a));
                    assert_eq!(together, expected, "{query:?} {k}");
                }
            }
        }
    }
    assert!(counted > 2_000 && in_both > 50 && hidden > 1_000, "{counted} {in_both} {hidden}");
}

/// A deletion of 90 million bases covers nearly all of 40,000 short alleles. A bracket query for its start and its end finds it with one
/// read, without reading the blocks of the other alleles.
#[test]
fn a_bracket_query_reads_only_the_blocks_of_its_starts_and_finds_an_allele_that_ends_far_away() {
    let (store, name) = (MemoryStore::default(), dataset("main"));
    let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 0);
    let source = builder.source("file").unwrap();
    let long = allele("1", 5_000, 90_000_000, "", "<DEL>");
    builder.add(&long, Ordinal(1), Zygosity::Heterozygous, source).unwrap();
    for number in 0..40_000u64 {
        let snv = allele("1", number * 2_000, number * 2_000 + 1, "A", "T");
        builder.add(&snv, Ordinal(2), Zygosity::Heterozygous, source).unwrap();
    }
    store.add("segment", builder);
    let reader = block_on(store.index(0).now()).unwrap();
    let everybody: RoaringBitmap = (0..5).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let ask = |starts: Range<u64>, ends: Range<u64>| {
        let query = WindowQuery::bracket(Contig("1".into()), zero(&starts), zero(&ends), AlleleFilter::default());
        let mut found = Vec::new();
        let before = store.reads();
        block_on(reader.overlapping(&grant, &name, G38, GERM, &query, |a, _| {
            found.push(a.clone());
            ControlFlow::Continue(())
        }))
        .unwrap();
        (found, store.reads() - before)
    };
    ask(0..1, 0..1);
    let (found, reads) = ask(4_999..5_001, 89_999_999..90_000_001);
    assert_eq!((found, reads), (vec![long], 1));
    assert!(ask(4_999..5_000, 0..100_000_000).0.is_empty() && ask(5_000..5_001, 0..90_000_000).0.is_empty());
}
