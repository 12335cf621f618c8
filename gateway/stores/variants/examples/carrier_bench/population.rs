//! Synthetic people with the frequency spectrum of a national programme: half the variants are singletons. A variant is
//! made anew from its number whenever it is needed, always the same.

use gemj_model::{Allele, Contig, Ordinal, ZeroBased, Zygosity};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// One variant every six bases, as 500 million do on a genome.
pub(crate) const SPACING: u64 = 6;
/// Where the first one is, 0-based.
pub(crate) const FIRST: u64 = 10_000;

/// How many variants of 1,000 are above 5 % among some thousand people, and among a hundred thousand. A genome differs from the reference at
/// 4.5 million places: of 40 million variants of a thousand people about 110 carry each, of 500 million of a hundred thousand about 1,000.
const COMMON_OF_FEW: u32 = 235;
const COMMON_OF_MANY: u32 = 16;

/// So many people and variants.
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

    /// A variant in minimal form, and who carries it, by ordinal; never nobody.
    pub(crate) fn variant(self, number: u64) -> (Allele, Vec<(Ordinal, Zygosity)>) {
        let mut rng = StdRng::seed_from_u64(number);
        let allele = allele(number, &mut rng);
        (allele, carriers(&mut rng, self.people))
    }
}

/// Who consented: 97 in 100.
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

/// A share of the population's chromosomes that carries an allele.
fn frequency(rng: &mut StdRng, people: u32) -> f64 {
    let one = 0.5 / f64::from(people);
    let common = if people < 10_000 { COMMON_OF_FEW } else { COMMON_OF_MANY };
    match rng.random_range(0..1000) {
        0..480 => one,
        drawn if drawn < 1000 - common => one * (0.05f64 / one).powf(rng.random::<f64>().powi(2)),
        // The more frequent, the fewer there are, as among people.
        _ => 0.05 * 19f64.powf(rng.random::<f64>()),
    }
}

fn carriers(rng: &mut StdRng, people: u32) -> Vec<(Ordinal, Zygosity)> {
    let frequency = frequency(rng, people);
    let (het, hom) = (2.0 * frequency * (1.0 - frequency), frequency * frequency);
    let carried = het + hom;
    let mut found = Vec::new();
    let mut ordinal = 0f64;
    loop {
        // The gap to the next carrier, so that rare alleles do not cost a look at everybody.
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
