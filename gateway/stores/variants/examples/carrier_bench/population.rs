//! Synthetic participants with the frequency spectrum of a national programme: half the variants are singletons. A variant is generated from its
//! number whenever it is needed, always with the same result.

use gemj_model::{Allele, Contig, Ordinal, ZeroBased, Zygosity};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Distance in bases between variants, as with 500 million variants in a genome.
pub(crate) const SPACING: u64 = 6;
/// The position of the first variant, 0-based.
pub(crate) const FIRST: u64 = 10_000;

/// How many variants of 1,000 have a frequency above 5 %, from 0.5 to 5 %, and on one chromosome only.
///
/// The 1000 Genomes Project (Nature 526:68, 2015) found 8 million of the first and 12 million of the second kind. It found 4.1 to 5 million sites in
/// a genome, 1 to 4 % of them below 0.5 %. These numbers reproduce this: a genome has 4.3 million sites among 500 million variants of a hundred
/// thousand people, and 4.1 million among 40 million variants of a thousand people.
struct Shares {
    common: u32,
    less: u32,
    lone: u32,
}

const OF_FEW: Shares = Shares {
    common: 200,
    less: 250,
    lone: 300,
};
const OF_MANY: Shares = Shares {
    common: 16,
    less: 24,
    lone: 480,
};

/// A population of this many participants and variants.
#[derive(Clone, Copy)]
pub(crate) struct Population {
    pub(crate) people: u32,
    pub(crate) variants: u64,
}

impl Population {
    /// The first base of a variant, 0-based.
    pub(crate) fn start(number: u64) -> u64 {
        FIRST + number * SPACING
    }

    /// A variant in minimal form and its carriers by ordinal; never without a carrier.
    pub(crate) fn variant(self, number: u64) -> (Allele, Vec<(Ordinal, Zygosity)>) {
        let mut rng = StdRng::seed_from_u64(number);
        let allele = allele(number, &mut rng);
        (allele, carriers(&mut rng, self.people))
    }
}

/// The participants with consent: 97 in 100.
pub(crate) fn consented(people: u32) -> Vec<u32> {
    let mut rng = StdRng::seed_from_u64(97);
    (0..people).filter(|_| rng.random_bool(0.97)).collect()
}

fn allele(number: u64, rng: &mut StdRng) -> Allele {
    let start = Population::start(number);
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

/// The share of the population's chromosomes that carry an allele. Within each kind, higher frequencies are rarer, as in real populations.
fn frequency(rng: &mut StdRng, people: u32) -> f64 {
    let one = 0.5 / f64::from(people);
    let Shares { common, less, lone } = if people < 10_000 { OF_FEW } else { OF_MANY };
    let between = |low: f64, high: f64, place: f64| low * (high / low).powf(place);
    match rng.random_range(0..1000) {
        drawn if drawn < lone => one,
        drawn if drawn < lone + common => between(0.05, 0.95, rng.random()),
        drawn if drawn < lone + common + less => between(0.005, 0.05, rng.random()),
        _ => between(one, 0.005, rng.random::<f64>().powi(2)),
    }
}

fn carriers(rng: &mut StdRng, people: u32) -> Vec<(Ordinal, Zygosity)> {
    let frequency = frequency(rng, people);
    let (het, hom) = (2.0 * frequency * (1.0 - frequency), frequency * frequency);
    let carried = het + hom;
    let mut found = Vec::new();
    let mut ordinal = 0f64;
    loop {
        // Draws the gap to the next carrier, so that rare alleles do not require a look at every participant.
        ordinal += (rng.random::<f64>().ln() / (1.0 - carried).ln()).floor();
        if ordinal >= f64::from(people) {
            break;
        }
        let heterozygous = rng.random::<f64>() < het / carried;
        let zygosity = if heterozygous {
            Zygosity::Heterozygous
        } else {
            Zygosity::Homozygous
        };
        found.push((Ordinal(ordinal as u32), zygosity));
        ordinal += 1.0;
    }
    if found.is_empty() {
        found.push((Ordinal(rng.random_range(0..people)), Zygosity::Heterozygous));
    }
    found
}
