//! Measures both stores with a population of national size and the variants of a part of the genome.

use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use gemj_access::Grant;
use gemj_model::Allele;
use gemj_variants::{AlleleQuery, Cohort};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::answer::{Index, window_query};
use super::files::window;
use super::population::{Population, consented};
use super::programme::{ASSEMBLY, ORIGIN, dataset, grant};
use super::segment_file::{SegmentFile, builder};
use super::sqlite_blobs::{Blobs, Filling};
use super::times::{Times, print};

/// The number of timed queries: for one allele (`EXACT`), for one allele without a cache (`COLD`), and for ranges of 10 kb (`WINDOWS`). The
/// `EXACT` and `WINDOWS` queries are preceded by the same number of untimed queries, so that caches are filled.
const EXACT: usize = 50_000;
const COLD: usize = 2_000;
const WINDOWS: usize = 300;

/// Builds both stores, runs the same queries against both, compares the answers, and prints times and sizes.
pub(crate) async fn measure(folder: &Path, people: u32, variants: u64) {
    let population = Population { people, variants };
    let (segment, database) = (folder.join("large.segment"), folder.join("large.db"));
    let _ = std::fs::remove_file(&database);
    fill(population, &segment, &database);
    let consented = consented(people);
    let mut rng = StdRng::seed_from_u64(5);
    let cohort: Vec<u32> = (0..people).filter(|_| rng.random_bool(0.05)).collect();
    let blobs = Blobs::open(&database, people, &consented);
    let index = Index {
        reader: SegmentFile::open(&segment).reader(1 << 30).await,
        grant: grant(&dataset(), &consented, 1),
        dataset: dataset(),
    };
    exact(population, &index, &blobs, &mut rng).await;
    cold(population, &segment, &index, &mut rng).await;
    let of_ten_families = grant(&dataset(), &consented, 10);
    let cohort_blobs = blobs.within(&database, &cohort);
    windows(population, &index, &of_ten_families, &blobs, &cohort_blobs, &cohort, &mut rng).await;
    mask_floor(people);
}

fn fill(population: Population, segment: &Path, database: &Path) {
    let begin = Instant::now();
    let mut builder = builder();
    let source = builder.source("joint file").unwrap();
    let mut filling = Filling::create(database, population.people);
    let mut genotypes = 0;
    for number in 0..population.variants {
        let (allele, carriers) = population.variant(number);
        genotypes += carriers.len();
        builder.add_carriers(&allele, source, &carriers).unwrap();
        filling.add(&allele, &carriers);
    }
    filling.finish();
    let mut out = BufWriter::new(std::fs::File::create(segment).unwrap());
    let built = builder.finish_to(&mut out).unwrap();
    out.flush().unwrap();
    assert_eq!(built.variant_count, population.variants);
    print("large fill", begin.elapsed().as_nanos());
    print("large genotypes", genotypes);
    print("large bytes", segment.metadata().unwrap().len());
    print("large blobs bytes", database.metadata().unwrap().len());
}

/// Measures queries for one allele. Each store runs all queries twice in a row, and only the second run is timed, so that the data of the
/// other store is not in the processor's caches.
async fn exact(population: Population, index: &Index, blobs: &Blobs, rng: &mut StdRng) {
    let questions: Vec<Allele> = (0..EXACT)
        .map(|_| population.variant(rng.random_range(0..population.variants)).0)
        .collect();
    let mut found = Vec::with_capacity(2 * EXACT);
    let mut times = Times::default();
    for turn in 0..2 {
        for allele in &questions {
            let begin = Instant::now();
            let counts = index.exact(allele).await;
            let took = begin.elapsed();
            if turn == 1 {
                times.add(took);
            }
            found.push(counts);
        }
    }
    times.print("large exact index");
    let mut times = Times::default();
    let mut same = found.iter();
    for turn in 0..2 {
        for allele in &questions {
            let begin = Instant::now();
            let counts = blobs.exact(allele);
            let took = begin.elapsed();
            if turn == 1 {
                times.add(took);
            }
            assert_eq!(Some(&counts), same.next(), "both stores return the same counts");
        }
    }
    times.print("large exact blobs");
}

/// Measures queries for one allele without the index's block cache. Each query reads its block from the file, whose pages are in memory.
async fn cold(population: Population, segment: &Path, index: &Index, rng: &mut StdRng) {
    let uncached = Index {
        reader: SegmentFile::open(segment).reader(0).await,
        grant: index.grant.clone(),
        dataset: dataset(),
    };
    let mut times = Times::default();
    for _ in 0..COLD {
        let (allele, _) = population.variant(rng.random_range(0..population.variants));
        let begin = Instant::now();
        std::hint::black_box(uncached.exact(&allele).await);
        times.add(begin.elapsed());
    }
    times.print("large uncached exact index");
}

/// Measures queries for ranges of 10 kb: counts all alleles, counts the alleles of a cohort, finds the variants with a carrier in the
/// cohort, and finds the variants that ten families of the cohort carry.
async fn windows(
    population: Population,
    index: &Index,
    of_ten_families: &Grant,
    blobs: &Blobs,
    cohort_blobs: &Blobs,
    cohort: &[u32],
    rng: &mut StdRng,
) {
    let bitmap: RoaringBitmap = cohort.iter().copied().collect();
    let dataset = dataset();
    let cohorts = [Cohort {
        dataset: &dataset,
        within: Some(&bitmap),
    }];
    let (mut counted, mut counted_blobs) = (Times::default(), Times::default());
    let (mut seen, mut seen_blobs, mut by_families) = (Times::default(), Times::default(), Times::default());
    let mut counted_in_cohort = Times::default();
    for turn in 0..2 * WINDOWS {
        let (start, end) = window(rng.random_range(0..population.variants - 10_000));
        let begin = Instant::now();
        let found = index.window(start, end).await;
        let took = [begin.elapsed()];
        let begin = Instant::now();
        let same = blobs.window(start, end);
        let took = [took[0], begin.elapsed()];
        assert_eq!(found, same, "both stores return the same counts");
        let begin = Instant::now();
        let of_cohort = index.window_of(&cohorts[0], start, end).await;
        let of_cohort_took = begin.elapsed();
        let begin = Instant::now();
        let visible = count_visible(index, &cohorts, start, end, &index.grant).await;
        let took = [took[0], took[1], begin.elapsed()];
        let begin = Instant::now();
        let same = cohort_blobs.window(start, end);
        let took = [took[0], took[1], took[2], begin.elapsed()];
        assert_eq!(visible, same.variants, "both stores return the same variants of the cohort");
        assert_eq!(of_cohort, same, "both stores return the same counts for the cohort");
        let begin = Instant::now();
        std::hint::black_box(count_visible(index, &cohorts, start, end, of_ten_families).await);
        let families_took = begin.elapsed();
        if turn >= WINDOWS {
            for (times, took) in [&mut counted, &mut counted_blobs, &mut seen, &mut seen_blobs].into_iter().zip(took) {
                times.add(took);
            }
            by_families.add(families_took);
            counted_in_cohort.add(of_cohort_took);
        }
    }
    counted.print("large window index");
    counted_blobs.print("large window blobs");
    counted_in_cohort.print("large cohort window index");
    seen_blobs.print("large cohort window blobs");
    seen.print("large cohort window seen index");
    by_families.print("large cohort window of ten families index");
}

async fn count_visible(index: &Index, cohorts: &[Cohort<'_>], start: u64, end: u64, grant: &Grant) -> u64 {
    let mut visible = 0;
    let query = AlleleQuery::Window(window_query(start, end));
    let take = |_: &gemj_variants::VisibleAllele<'_>| {
        visible += 1;
        ControlFlow::Continue(())
    };
    index.reader.visible(grant, cohorts, ASSEMBLY, ORIGIN, &query, take).await.unwrap();
    visible
}

/// Measures the physical minimum for counting the carriers of one allele: AND and population count of two plain bitmaps of all
/// participants.
fn mask_floor(people: u32) {
    const TURNS: u32 = 1_000;
    let words = people as usize / 64 + 1;
    let (a, b) = (vec![0x5555_aaaa_5555_aaaau64; words], vec![0x0f0f_f0f0_0f0f_f0f0u64; words]);
    let mut times = Times::default();
    for _ in 0..100 {
        let begin = Instant::now();
        for _ in 0..TURNS {
            let (a, b) = (std::hint::black_box(&a), std::hint::black_box(&b));
            let count: u32 = a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum();
            std::hint::black_box(count);
        }
        times.add(begin.elapsed() / TURNS);
    }
    times.print("large floor of a mask");
}
