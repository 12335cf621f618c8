//! Rates of the carrier index against physical floors measured in the same run.
//!
//! `cargo run --release -p gemj-variants --example index_rate`
//!
//! Two synthetic populations with the frequency spectrum of a national programme (half the variants are singletons, 2 in 100 are above 5 %): 1,000
//! people, and 100,000 people of whom only a slice of the genome is built.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use gemj_access::{Action, Caller, ConsentLedger, ConsentView, DecisionId, Grant, Policy, Question, Resource, Roster, decide};
use gemj_model::consent::{Bilingual, FormClause};
use gemj_model::{
    Allele, Assembly, Clause, ConsentEvent, ConsentForm, ConsentKind, Contig, DatasetId, DatasetPolicy, FormId, Interval, Ordinal, Origin,
    Timestamp, ZeroBased, Zygosity,
};
use gemj_variants::storage::Answer;
use gemj_variants::{
    AlleleFilter, AlleleQuery, BlobReader, CarrierIndex, Cohort, DEFAULT_BUDGET_BYTES, Enough, ManifestReader, SegmentBuilder,
    SegmentManifest, StoredSegment, WindowQuery,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

const ASSEMBLY: Assembly = Assembly::GRCh38;
const ORIGIN: Origin = Origin::Germline;
/// One variant every six bases, as 500 million do on a genome.
const SPACING: u64 = 6;

fn main() {
    println!(
        "| people | variants | genotypes | bytes/variant | build variants/s | build genotypes/s | exact p50 | p99 | cold p50 | 10 kb window p50 (variants) | 10 kb seen by k = 10 families of a cohort of 5 %, p50 | p99 | floors: mask AND | block copy |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(measure(1_000, 200_000));
    runtime.block_on(measure(100_000, 12_000));
}

/// A share of the population's chromosomes that carries an allele.
fn frequency(rng: &mut StdRng, people: u32) -> f64 {
    let one = 0.5 / f64::from(people);
    match rng.random_range(0..1000) {
        0..480 => one,
        480..981 => one * (0.05f64 / one).powf(rng.random::<f64>().powi(2)),
        _ => rng.random_range(0.05..0.95),
    }
}

fn carriers(rng: &mut StdRng, people: u32) -> Vec<(Ordinal, Zygosity)> {
    let frequency = frequency(rng, people);
    let expected = frequency * f64::from(people) * 2.0;
    if expected < 1.5 {
        return vec![(Ordinal(rng.random_range(0..people)), Zygosity::Heterozygous)];
    }
    let (het, hom) = (2.0 * frequency * (1.0 - frequency), frequency * frequency);
    let mut found = Vec::new();
    let carried = het + hom;
    let mut ordinal = 0f64;
    loop {
        // The gap to the next carrier, so that rare alleles do not cost a look at everybody.
        ordinal += (rng.random::<f64>().ln() / (1.0 - carried).ln()).floor();
        if ordinal >= f64::from(people) {
            return found;
        }
        let zygosity = if rng.random::<f64>() < het / carried {
            Zygosity::Heterozygous
        } else {
            Zygosity::Homozygous
        };
        found.push((Ordinal(ordinal as u32), zygosity));
        ordinal += 1.0;
    }
}

fn allele(number: u64, rng: &mut StdRng) -> Allele {
    let start = 10_000 + number * SPACING;
    let (reference, alternate) = match rng.random_range(0..10) {
        0 => ("AT", ""),
        1 => ("", "G"),
        2..6 => ("A", "G"),
        _ => ("C", "T"),
    };
    Allele {
        contig: Contig("22".into()),
        start: ZeroBased(start),
        end: ZeroBased(start + reference.len() as u64),
        reference: reference.into(),
        alternate: alternate.into(),
        inserted: None,
    }
}

async fn measure(people: u32, variants: u64) {
    let mut rng = StdRng::seed_from_u64(1);
    let dataset = DatasetId::parse("bench").unwrap();
    let data: Vec<_> = (0..variants).map(|n| (allele(n, &mut rng), carriers(&mut rng, people))).collect();
    let genotypes: usize = data.iter().map(|(_, c)| c.len()).sum();
    let begin = Instant::now();
    let mut builder = SegmentBuilder::new(dataset.clone(), ASSEMBLY, ORIGIN, DEFAULT_BUDGET_BYTES);
    let source = builder.source("joint file").unwrap();
    for (allele, carriers) in data.iter().filter(|(_, c)| !c.is_empty()) {
        builder.add_carriers(allele, source, carriers).unwrap();
    }
    let (bytes, built) = builder.finish().unwrap();
    let build = begin.elapsed().as_secs_f64();
    let size = bytes.len() as f64 / built.variant_count as f64;
    let store = Store::of(bytes.into(), &dataset);
    let grant = grant(&dataset, people, &mut rng);

    let warm = CarrierIndex::over(Box::new(store.clone()), Box::new(store.clone()), 1 << 30)
        .now()
        .await
        .unwrap();
    let mut exact = Vec::new();
    for round in 0..3 {
        for _ in 0..20_000 {
            let (allele, _) = &data[rng.random_range(0..data.len())];
            let begin = Instant::now();
            std::hint::black_box(warm.exact(&grant, &dataset, ASSEMBLY, ORIGIN, allele).await.unwrap());
            if round > 0 {
                exact.push(begin.elapsed());
            }
        }
    }
    let uncached = CarrierIndex::over(Box::new(store.clone()), Box::new(store.clone()), 0)
        .now()
        .await
        .unwrap();
    let mut cold = Vec::new();
    for _ in 0..2_000 {
        let (allele, _) = &data[rng.random_range(0..data.len())];
        let begin = Instant::now();
        std::hint::black_box(uncached.exact(&grant, &dataset, ASSEMBLY, ORIGIN, allele).await.unwrap());
        cold.push(begin.elapsed());
    }
    let cohort: RoaringBitmap = (0..people).filter(|_| rng.random_bool(0.05)).collect();
    let cohorts = [Cohort {
        dataset: &dataset,
        within: Some(&cohort),
    }];
    let mut counted = Vec::new();
    let (mut windows, mut seen) = (Vec::new(), 0u64);
    for _ in 0..100 {
        let start = 10_000 + rng.random_range(0..(variants * SPACING).saturating_sub(10_000));
        let query = WindowQuery {
            contig: Contig("chr22".into()),
            interval: Interval {
                start: ZeroBased(start),
                end: Some(ZeroBased(start + 10_000)),
            },
            filter: AlleleFilter::default(),
        };
        let begin = Instant::now();
        let mut total = 0;
        warm.overlapping(&grant, &dataset, ASSEMBLY, ORIGIN, &query, |_, carriers| {
            seen += 1;
            total += carriers.len();
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
        std::hint::black_box(total);
        windows.push(begin.elapsed());
        let query = AlleleQuery::Window(query);
        let begin = Instant::now();
        let mut visible = 0u64;
        warm.visible(&grant, &cohorts, ASSEMBLY, ORIGIN, &query, Enough::Families, |_| {
            visible += 1;
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
        std::hint::black_box(visible);
        counted.push(begin.elapsed());
    }
    println!(
        "| {people} | {} | {genotypes} | {size:.0} | {:.0} | {:.0} | {:?} | {:?} | {:?} | {:?} ({}) | {:?} | {:?} | {:?} | {:?} |",
        built.variant_count,
        built.variant_count as f64 / build,
        genotypes as f64 / build,
        at(&mut exact, 0.5),
        at(&mut exact, 0.99),
        at(&mut cold, 0.5),
        at(&mut windows, 0.5),
        seen / 100,
        at(&mut counted, 0.5),
        at(&mut counted, 0.99),
        mask_floor(people),
        copy_floor(size as usize * 256),
    );
}

fn at(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * share) as usize]
}

/// AND and population count of two plain masks of everybody.
fn mask_floor(people: u32) -> Duration {
    let words = people as usize / 64 + 1;
    let (a, b) = (vec![0x5555_aaaa_5555_aaaau64; words], vec![0x0f0f_f0f0_0f0f_f0f0u64; words]);
    best(|| {
        let (a, b) = (std::hint::black_box(&a), std::hint::black_box(&b));
        let count: u32 = a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum();
        std::hint::black_box(count);
    })
}

/// A copy of as many bytes as a block of 256 variants has.
fn copy_floor(bytes: usize) -> Duration {
    let block = vec![7u8; bytes];
    best(|| {
        std::hint::black_box(std::hint::black_box(&block).clone());
    })
}

fn best(work: impl Fn()) -> Duration {
    const TURNS: u32 = 1_000;
    (0..20)
        .map(|_| {
            let begin = Instant::now();
            (0..TURNS).for_each(|_| work());
            begin.elapsed() / TURNS
        })
        .min()
        .unwrap()
}

#[derive(Clone)]
struct Store {
    blob: Bytes,
    segment: Arc<StoredSegment>,
}

impl Store {
    fn of(blob: Bytes, dataset: &DatasetId) -> Self {
        let segment = Arc::new(StoredSegment {
            id: "s".into(),
            dataset: dataset.clone(),
            assembly: ASSEMBLY,
            origin: ORIGIN,
            storage_key: "s".into(),
            size_bytes: blob.len() as u64,
        });
        Self { blob, segment }
    }
}

impl ManifestReader for Store {
    fn manifest(&self) -> Answer<'_, SegmentManifest> {
        Box::pin(async {
            Ok(SegmentManifest {
                generation: 1,
                segments: vec![self.segment.as_ref().clone()],
                retired_sources: HashSet::new(),
            })
        })
    }
}

impl BlobReader for Store {
    fn read_range<'a>(&'a self, _grant: &'a Grant, _key: &'a str, range: Range<u64>) -> Answer<'a, Bytes> {
        Box::pin(async move { Ok(self.blob.slice(range.start as usize..range.end as usize)) })
    }
}

/// A Grant that covers 97 in 100.
fn grant(dataset: &DatasetId, people: u32, rng: &mut StdRng) -> Grant {
    let form = FormId::parse("unified-1").unwrap();
    let words = || Bilingual {
        ja: String::new(),
        en: String::new(),
    };
    let mut ledger = ConsentLedger::new([ConsentForm {
        id: form.clone(),
        title: words(),
        issuer: String::new(),
        particulars: Default::default(),
        effective_from: "2020-01-01".into(),
        overseas_countries: Vec::new(),
        clauses: Clause::ALL.into_iter().map(|clause| FormClause { clause, text: words() }).collect(),
    }]);
    let mut roster = Roster::default();
    for ordinal in (0..people).filter(|_| rng.random_bool(0.97)) {
        roster.enrol(dataset, Ordinal(ordinal));
        ledger.append(ConsentEvent {
            sequence: u64::from(ordinal) + 1,
            participant: Ordinal(ordinal),
            kind: ConsentKind::Given,
            form: Some(form.clone()),
            clauses: Clause::ALL.into_iter().collect(),
            effective: Timestamp(1),
            recorded: Timestamp(1),
            ground: gemj_model::Ground::Consent,
            corrects: None,
        });
    }
    let ids = [dataset.clone()];
    let policy = DatasetPolicy {
        id: dataset.clone(),
        name: String::new(),
        description: String::new(),
        data_use: Vec::new(),
        public_boolean: true,
    };
    let view = ConsentView::fold(1, &ledger, &roster, &[], &[], &ids, Timestamp(10));
    let question = Question {
        decision: DecisionId(1),
        caller: &Caller::anonymous(),
        action: Action::AskVariants,
        resource: Resource::Population(&ids),
        declared: None,
        now: Timestamp(10),
    };
    decide(&question, &Policy::new(vec![policy], Vec::new(), 10), &view).unwrap()
}
