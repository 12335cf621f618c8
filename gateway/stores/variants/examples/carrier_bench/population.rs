//! Synthetic participants whose variants have frequencies as in a national programme. Among 10,000 participants or more, about half of the
//! variants are on one chromosome only. A variant is generated from its number when it is needed, and the same number always gives the same
//! variant.

use gemj_model::{Allele, Contig, Ordinal, ZeroBased, Zygosity};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The distance in bases between variants, as if the genome had 500 million variants.
pub(crate) const SPACING: u64 = 6;
/// The position of the first variant, 0-based.
pub(crate) const FIRST: u64 = 10_000;

/// The numbers of variants, of 1,000, with a frequency above 5 % (`common`), from 0.5 to 5 % (`less`), and on one chromosome only (`lone`).
///
/// The 1000 Genomes Project (Nature 526:68, 2015) found 8 million variants above 5 % and 12 million variants from 0.5 to 5 %. It found 4.1
/// to 5 million sites in a genome, 1 to 4 % of them below 0.5 %. The shares used here give similar numbers. A genome has 4.3 million sites
/// if a hundred thousand participants have 500 million variants, and 4.1 million sites if a thousand participants have 40 million variants.
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

/// A population with this number of participants (`people`) and variants.
#[derive(Clone, Copy)]
pub(crate) struct Population {
    pub(crate) people: u32,
    pub(crate) variants: u64,
}

impl Population {
    /// The 0-based position of the first base of the variant with this number.
    pub(crate) fn start(number: u64) -> u64 {
        FIRST + number * SPACING
    }

    /// The variant with this number, in minimal form, and its carriers by ordinal. Every variant has at least one carrier.
    pub(crate) fn variant(self, number: u64) -> (Allele, Vec<(Ordinal, Zygosity)>) {
        let mut rng = StdRng::seed_from_u64(number);
        let allele = allele(number, &mut rng);
        (allele, carriers(&mut rng, self.people))
    }
}

/// The ordinals of the participants with consent: about 97 of 100 participants.
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

/// Draws the share of the population's chromosomes that carry an allele. In each group of frequencies, higher frequencies are rarer, as in
/// real populations.
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
        // The gap to the next carrier is drawn, so that a rare allele does not require a draw for every participant.
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
