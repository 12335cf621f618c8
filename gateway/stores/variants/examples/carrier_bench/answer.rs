//! Runs every query of a query file against both stores: the carrier index and SQLite.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use gemj_access::Grant;
use gemj_model::{Allele, Contig, DatasetId, Interval, ZeroBased, Zygosity};
use gemj_variants::{AlleleFilter, AlleleQuery, CarrierCounts, CarrierReader, Cohort, CountedAllele, WindowQuery};

use super::population::{Population, consented};
use super::programme::{ASSEMBLY, ORIGIN, dataset, grant};
use super::segment_file::{self, SegmentFile};
use super::sqlite_blobs::{Blobs, Filling, Found};
use super::times::{Times, print};

/// The number of runs of each query. The first run is not timed.
const ROUNDS: usize = 6;

/// The carrier index with the Grant and the dataset of the queries.
pub(crate) struct Index {
    pub(crate) reader: CarrierReader,
    pub(crate) grant: Grant,
    pub(crate) dataset: DatasetId,
}

impl Index {
    pub(crate) async fn exact(&self, allele: &Allele) -> Found {
        let counts = self
            .reader
            .count_exact(&self.grant, &self.dataset, ASSEMBLY, ORIGIN, allele)
            .await
            .unwrap();
        let mut found = Found::default();
        found.add(alleles(counts));
        found
    }

    pub(crate) async fn window(&self, start: u64, end: u64) -> Found {
        let everybody = Cohort {
            dataset: &self.dataset,
            within: None,
        };
        self.window_of(&everybody, start, end).await
    }

    pub(crate) async fn window_of(&self, cohort: &Cohort<'_>, start: u64, end: u64) -> Found {
        let mut found = Found::default();
        let take = |allele: &CountedAllele<'_>| {
            found.add(alleles(allele.counts()));
            ControlFlow::Continue(())
        };
        let query = AlleleQuery::Window(window_query(start, end));
        self.reader
            .counted(&self.grant, *cohort, ASSEMBLY, ORIGIN, &query, take)
            .await
            .unwrap();
        found
    }
}

/// A query for every variant in a range of contig 22. The range is 0-based and half-open.
pub(crate) fn window_query(start: u64, end: u64) -> WindowQuery {
    WindowQuery {
        contig: Contig("22".into()),
        interval: Interval {
            start: ZeroBased(start),
            end: Some(ZeroBased(end)),
        },
        filter: AlleleFilter::default(),
    }
}

fn alleles(counts: CarrierCounts) -> u64 {
    counts.class(Zygosity::Heterozygous) + 2 * counts.class(Zygosity::Homozygous)
}

/// Reads `people.bcf` into a segment, writes the same synthetic participants into SQLite, and runs the queries of `questions.tsv` against
/// both stores. Prints a line `answer N` for each query.
pub(crate) async fn answer(folder: &Path, people: u32) {
    std::fs::write(
        folder.join("people.segment"),
        segment_file::ingest(&folder.join("people.bcf"), people),
    )
    .unwrap();
    let database = folder.join("blobs.db");
    let variants = std::fs::read_to_string(folder.join("variants.txt"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let _ = std::fs::remove_file(&database);
    fill(&database, Population { people, variants });
    print("blobs bytes", database.metadata().unwrap().len());
    let consented = consented(people);
    let blobs = Blobs::open(&database, people, &consented);
    let index = Index {
        reader: SegmentFile::open(&folder.join("people.segment")).reader(1 << 30).await,
        grant: grant(&dataset(), &consented, 1),
        dataset: dataset(),
    };
    let (mut exact, mut window) = ([Times::default(), Times::default()], [Times::default(), Times::default()]);
    let questions = std::fs::read_to_string(folder.join("questions.tsv")).unwrap();
    for round in 0..ROUNDS {
        for (number, line) in questions.lines().enumerate() {
            let words: Vec<&str> = line.split('\t').collect();
            let start: u64 = words[1].parse().unwrap();
            let (mine, theirs, times) = if words[0] == "exact" {
                let allele = Allele {
                    contig: Contig("22".into()),
                    start: ZeroBased(start),
                    end: ZeroBased(start + words[2].len() as u64),
                    reference: words[2].to_owned(),
                    alternate: words[3].to_owned(),
                    inserted: None,
                };
                let begin = Instant::now();
                let mine = (index.exact(&allele).await, begin.elapsed());
                let begin = Instant::now();
                (mine, (blobs.exact(&allele), begin.elapsed()), &mut exact)
            } else {
                let end: u64 = words[2].parse().unwrap();
                let begin = Instant::now();
                let mine = (index.window(start, end).await, begin.elapsed());
                let begin = Instant::now();
                (mine, (blobs.window(start, end), begin.elapsed()), &mut window)
            };
            assert_eq!(mine.0, theirs.0, "the answers of both stores differ: {line}");
            if round == 0 {
                print(&format!("answer {number}"), format_args!("{}\t{}", mine.0.variants, mine.0.alleles));
            } else {
                times[0].add(mine.1);
                times[1].add(theirs.1);
            }
        }
    }
    for (name, times) in [("exact", exact), ("window", window)] {
        let [mine, theirs] = times;
        mine.print(&format!("{name} index"));
        theirs.print(&format!("{name} blobs"));
    }
}

fn fill(path: &Path, population: Population) {
    let mut filling = Filling::create(path, population.people);
    for number in 0..population.variants {
        let (allele, carriers) = population.variant(number);
        filling.add(&allele, &carriers);
    }
    filling.finish();
}
