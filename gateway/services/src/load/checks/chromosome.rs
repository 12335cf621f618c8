//! Finds the part of the genome that contains a position, for the sample checks: an autosome, the unshared part of X or Y, or neither.

use gemj_model::Assembly;

/// A part of the genome, as the sample checks distinguish parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// One of the 22 autosomes, by its number.
    Autosome(u8),
    /// The part of X outside the pseudo-autosomal regions.
    X,
    /// The part of Y outside the pseudo-autosomal regions.
    Y,
    /// None of the other parts: a pseudo-autosomal region, the mitochondrial genome, a decoy or a patch.
    Neither,
}

/// The two pseudo-autosomal regions of X or of Y, 1-based and closed, from the Genome Reference Consortium ("Human Genome Overview": PAR#1,
/// PAR#2).
fn pseudo_autosomal(assembly: Assembly, x: bool) -> [(u64, u64); 2] {
    match (assembly, x) {
        (Assembly::GRCh38, true) => [(10_001, 2_781_479), (155_701_383, 156_030_895)],
        (Assembly::GRCh38, false) => [(10_001, 2_781_479), (56_887_903, 57_217_415)],
        (Assembly::GRCh37, true) => [(60_001, 2_699_520), (154_931_044, 155_260_560)],
        (Assembly::GRCh37, false) => [(10_001, 2_649_520), (59_034_050, 59_363_566)],
    }
}

/// The part of the genome for a chromosome's name, with or without the prefix `chr`. For `X` and `Y` the position is not considered; see
/// [`part_at`].
pub(super) fn chromosome(name: &str) -> Part {
    match name.strip_prefix("chr").unwrap_or(name) {
        "X" => Part::X,
        "Y" => Part::Y,
        bare => match bare.parse::<u8>() {
            Ok(number @ 1..=22) if !bare.starts_with(['0', '+']) => Part::Autosome(number),
            _ => Part::Neither,
        },
    }
}

/// The part of the genome for a 1-based position on a chromosome.
pub(super) fn part_at(assembly: Assembly, chromosome: Part, position: u64) -> Part {
    let x = match chromosome {
        Part::X => true,
        Part::Y => false,
        other => return other,
    };
    let shared = pseudo_autosomal(assembly, x)
        .into_iter()
        .any(|(first, last)| (first..=last).contains(&position));
    if shared { Part::Neither } else { chromosome }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_last_base_of_a_pseudo_autosomal_region_belong_to_it() {
        let own = |assembly, name: &str, position| part_at(assembly, chromosome(name), position) == chromosome(name);
        for (assembly, name, first, last) in [
            (Assembly::GRCh38, "chrX", 10_001, 2_781_479),
            (Assembly::GRCh38, "chrX", 155_701_383, 156_030_895),
            (Assembly::GRCh38, "Y", 56_887_903, 57_217_415),
            (Assembly::GRCh37, "X", 60_001, 2_699_520),
            (Assembly::GRCh37, "X", 154_931_044, 155_260_560),
            (Assembly::GRCh37, "Y", 59_034_050, 59_363_566),
        ] {
            assert!(own(assembly, name, first - 1) && !own(assembly, name, first), "{name} {first}");
            assert!(!own(assembly, name, last) && own(assembly, name, last + 1), "{name} {last}");
        }
    }

    #[test]
    fn chromosome_names_are_read_with_and_without_chr() {
        assert_eq!(chromosome("chr22"), Part::Autosome(22));
        assert_eq!(chromosome("1"), Part::Autosome(1));
        for other in ["23", "0", "01", "chrM", "MT", "chr1_KI270706v1_random", "x"] {
            assert_eq!(chromosome(other), Part::Neither, "{other}");
        }
    }
}
