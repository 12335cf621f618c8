//! Tests that queries under approvals for releases give the same answers as an index that contains only the files of the releases.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;

use gemj_access::{Action, Grant};
use gemj_model::{Allele, Contig, DatasetId, Interval, Ordinal, Origin, ZeroBased, Zygosity};
use gemj_variants::{AlleleFilter, AlleleQuery, CarrierReader, Cohort, DEFAULT_BUDGET_BYTES, SegmentBuilder, SequenceQuery, WindowQuery};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::counting::random_question;
use super::fixture::{CLASSES, G38, GERM, MemoryStore, People, allele, block_on, dataset, grant_of_families, grant_of_releases, people_of};
use super::oracle::{Entry, PEOPLE, ask_counts, ask_window, build_within, random_mask};

/// The id of a source that is a case report and not a file.
const REPORT: &str = "case-1";

fn family(ordinal: u32) -> Option<String> {
    (!ordinal.is_multiple_of(3)).then(|| format!("family {}", ordinal / 7))
}

/// Adds a case report with alleles that files also contain. The report's participants need not be the carriers that the files state.
fn report(rng: &mut StdRng, store: &MemoryStore, entries: &mut Vec<Entry>) {
    let name = dataset("main");
    let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 0);
    let source = builder.source(REPORT).unwrap();
    let known: Vec<Allele> = entries
        .iter()
        .filter(|e| e.0 == name && e.1 == GERM)
        .step_by(50)
        .map(|e| e.2.clone())
        .collect();
    for allele in known {
        let ordinal = rng.random_range(0..PEOPLE);
        builder.add(&allele, Ordinal(ordinal), Zygosity::Homozygous, source).unwrap();
        entries.push((name.clone(), GERM, allele, ordinal, REPORT.to_owned(), Zygosity::Homozygous));
    }
    store.add("report", builder);
}

/// Builds a store with one segment for each dataset and origin from these entries.
fn index_of<'a>(entries: impl Iterator<Item = &'a Entry>) -> MemoryStore {
    let mut builders: BTreeMap<(DatasetId, bool), SegmentBuilder> = BTreeMap::new();
    for (name, origin, allele, ordinal, source, zygosity) in entries {
        let new = || SegmentBuilder::new(name.clone(), G38, *origin, DEFAULT_BUDGET_BYTES);
        let builder = builders.entry((name.clone(), *origin == GERM)).or_insert_with(new);
        let source = builder.source(source).unwrap();
        builder.add(allele, Ordinal(*ordinal), *zygosity, source).unwrap();
    }
    let store = MemoryStore::default();
    for (number, builder) in builders.into_values().enumerate() {
        store.add(&number.to_string(), builder);
    }
    store
}

/// Random queries of every kind.
struct Questions {
    alleles: Vec<Allele>,
    windows: Vec<WindowQuery>,
    spelt: Vec<SequenceQuery>,
    any: Vec<AlleleQuery>,
    cohort: RoaringBitmap,
}

impl Questions {
    fn random(rng: &mut StdRng, known: &[&Allele]) -> Self {
        let mut pick = |count: usize| -> Vec<Allele> { (0..count).map(|_| known[rng.random_range(0..known.len())].clone()).collect() };
        let alleles = pick(40);
        let windows = pick(8).into_iter().map(|at| WindowQuery {
            contig: at.contig,
            interval: Interval {
                start: at.start,
                end: Some(ZeroBased(at.start.0 + 60)),
            },
            filter: AlleleFilter::default(),
        });
        let windows = windows.collect();
        let spelt = pick(200)
            .into_iter()
            .filter(|a| !a.alternate.starts_with('<') && !a.reference.is_empty());
        let spelt = spelt.map(|a| SequenceQuery {
            contig: a.contig,
            start: a.start,
            reference: None,
            alternate: a.alternate,
            filter: AlleleFilter::default(),
        });
        let spelt = spelt.take(30).collect();
        Self {
            alleles,
            windows,
            spelt,
            any: (0..3).map(|_| random_question(rng, known).0).collect(),
            cohort: random_mask(rng),
        }
    }
}

/// The answers to the same queries by every method of the reader.
#[derive(Debug, Default, PartialEq)]
struct Told {
    exact: Vec<(People, RoaringBitmap, [u64; 3])>,
    windows: Vec<Vec<(Allele, People)>>,
    counted: Vec<Vec<(Allele, [u64; 3])>>,
    spelt: Vec<Vec<(Allele, People)>>,
    visible: Vec<Vec<(Allele, Vec<usize>)>>,
    carrying: Vec<RoaringBitmap>,
}

impl Told {
    fn by(reader: &CarrierReader, grant: &Grant, names: &[DatasetId; 2], origin: Origin, questions: &Questions) -> Self {
        let mut told = Self::default();
        let name = &names[0];
        for allele in &questions.alleles {
            let carriers = block_on(reader.exact_carriers(grant, name, G38, origin, allele)).unwrap();
            let people = block_on(reader.exact(grant, name, G38, origin, allele)).unwrap();
            let counts = block_on(reader.count_exact(grant, name, G38, origin, allele)).unwrap();
            told.exact
                .push((people_of(&carriers), people, CLASSES.map(|class| counts.class(class))));
        }
        for query in &questions.windows {
            told.windows.push(ask_window(reader, grant, name, origin, query));
            told.counted.push(ask_counts(reader, grant, name, origin, query));
        }
        for query in &questions.spelt {
            let found = block_on(reader.sequence(grant, name, G38, origin, query)).unwrap();
            told.spelt
                .push(found.into_iter().map(|(a, carriers)| (a, people_of(&carriers))).collect());
        }
        for query in &questions.any {
            for within in [Some(&questions.cohort), None] {
                let cohorts = [0, 1].map(|n: usize| Cohort {
                    dataset: &names[n],
                    within,
                });
                let mut found = Vec::new();
                block_on(reader.visible(grant, &cohorts, G38, origin, query, |allele| {
                    found.push((allele.allele(), allele.cohorts().to_vec()));
                    ControlFlow::Continue(())
                }))
                .unwrap();
                told.visible.push(found);
                told.carrying
                    .push(block_on(reader.carrying(grant, cohorts[0], G38, origin, query)).unwrap());
            }
        }
        told
    }
}

#[test]
fn under_releases_every_answer_comes_only_from_the_files_of_the_releases() {
    let mut rng = StdRng::seed_from_u64(20_261_122);
    let store = MemoryStore::default();
    let mut entries = Vec::new();
    build_within(&mut rng, &store, &mut entries, DEFAULT_BUDGET_BYTES);
    report(&mut rng, &store, &mut entries);
    let index = store.index(1 << 22);
    let names = [dataset("main"), dataset("other")];
    let files: BTreeSet<String> = entries.iter().filter(|e| e.0 == names[0]).map(|e| e.4.clone()).collect();
    let files: Vec<String> = files.into_iter().filter(|source| source != REPORT).collect();
    let mut retired: HashSet<String> = HashSet::new();
    let (mut carriers, mut differ) = (0, 0);
    // Each list describes the releases of one round: each number is the fraction of the files in one release. Every round uses the same
    // release ids for other files.
    for shares in [&[1.0][..], &[0.6], &[0.8, 0.6], &[0.0]] {
        let releases: Vec<Vec<String>> = shares
            .iter()
            .map(|share| files.iter().filter(|_| rng.random_bool(*share)).cloned().collect())
            .collect();
        let counts = |e: &&Entry| {
            let in_all = releases.iter().all(|release| release.contains(&e.4));
            (e.0 == names[1] || in_all) && !retired.contains(&e.4)
        };
        let alone = index_of(entries.iter().filter(counts));
        let (ours, alone) = (block_on(index.now()).unwrap(), block_on(alone.index(1 << 22).now()).unwrap());
        for origin in [GERM, Origin::Somatic] {
            let of_origin = entries.iter().filter(|e| e.0 == names[0] && e.1 == origin);
            let known: BTreeSet<&Allele> = of_origin.map(|e| &e.2).collect();
            let known: Vec<&Allele> = known.into_iter().collect();
            for _ in 0..2 {
                let masks = [random_mask(&mut rng), random_mask(&mut rng)];
                let people: Vec<(&DatasetId, &RoaringBitmap)> = names.iter().zip(&masks).collect();
                let k = [1, 5, 20][rng.random_range(0..3)];
                let questions = Questions::random(&mut rng, &known);
                // For the live data, one family is enough to show an allele, as under approvals, where k does not apply.
                let live = grant_of_families(&people, Action::AskVariants, 1, family);
                let bound = grant_of_releases(&people, &releases, k, family);
                let told = Told::by(&ours, &bound, &names, origin, &questions);
                assert_eq!(told, Told::by(&alone, &live, &names, origin, &questions), "{shares:?} {origin:?}");
                carriers += told.exact.iter().map(|(people, ..)| people.len()).sum::<usize>();
                differ += usize::from(told != Told::by(&ours, &live, &names, origin, &questions));
            }
        }
        // If a file of a release is unloaded, its entries also disappear from the answers under the release.
        for _ in 0..2 {
            let gone = files[rng.random_range(0..files.len())].clone();
            store.retire(&gone);
            retired.insert(gone);
        }
    }
    assert!(carriers > 1_000 && differ > 8, "{carriers} {differ}");
}

#[test]
fn under_several_releases_only_entries_of_files_in_every_release_count() {
    let (store, name) = (MemoryStore::default(), dataset("main"));
    let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 0);
    let snv = allele("1", 100, 101, "A", "T");
    for (ordinal, source) in [(1, "gemj.1"), (2, REPORT), (3, "gemj.2")] {
        let source = builder.source(source).unwrap();
        builder.add(&snv, Ordinal(ordinal), Zygosity::Heterozygous, source).unwrap();
    }
    store.add("all", builder);
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    let everybody: RoaringBitmap = (0..5).collect();
    let ask = |releases: &[Vec<String>]| {
        let grant = grant_of_releases(&[(&name, &everybody)], releases, 1, |_| None);
        block_on(reader.exact(&grant, &name, G38, GERM, &snv))
            .unwrap()
            .iter()
            .collect::<Vec<_>>()
    };
    let of = |files: &[&str]| files.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>();
    assert_eq!(ask(&[of(&["gemj.1"])]), [1]);
    assert_eq!(ask(&[of(&["gemj.1", "gemj.2"]), of(&["gemj.2"])]), [3]);
    assert!(ask(&[of(&["gemj.1"]), of(&["gemj.2"])]).is_empty());
    assert!(ask(&[Vec::new()]).is_empty());
    // A window query finds the same participants as the query for the exact allele.
    let grant = grant_of_releases(&[(&name, &everybody)], &[of(&["gemj.2"])], 1, |_| None);
    let query = WindowQuery {
        contig: Contig("chr1".into()),
        interval: Interval::WHOLE,
        filter: AlleleFilter::default(),
    };
    let found = ask_window(&reader, &grant, &name, GERM, &query);
    assert_eq!(found, [(snv.clone(), People::from([(3, Zygosity::Heterozygous)]))]);
}
