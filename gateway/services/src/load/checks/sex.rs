//! Compares the declared sex of a participant with the data on X and Y in the file.

use gemj_model::Sex;
use gemj_objects::inspect::{ContigAmount, Measure};
use serde_json::{Value, json};

use super::chromosome::{Part, chromosome};
use super::columns::SexCounts;
use super::thresholds::{
    LEAST_AUTOSOMAL_BYTES, LEAST_AUTOSOMAL_READS, LEAST_BYTES_OF_EACH_AUTOSOME, LEAST_DEPTH_OF_TWO_X, LEAST_HETEROZYGOUS_OF_TWO_X,
    LEAST_READS_OF_EACH_AUTOSOME, LEAST_X_SITES, LEAST_Y_BESIDE_ONE_X, LEAST_Y_BESIDE_TWO_X, LEAST_Y_FOR_EACH_HETEROZYGOUS, LEAST_Y_SITES,
    MOST_DEPTH_OF_ONE_X, MOST_HETEROZYGOUS_OF_ONE_X, MOST_Y_WITHOUT_Y,
};

/// The sex chromosomes that the data of a file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The file shows one X and a Y.
    OneXAndY,
    /// The file shows one X. No Y is seen, possibly because the file has no calls on Y.
    OneX,
    /// The file shows two X and no Y.
    TwoX,
    /// The file shows two X and a Y.
    TwoXAndY,
    /// The file has too little data, or a value between the thresholds.
    Nothing,
}

/// The sex chromosomes that a file shows, and the figures from which that was concluded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SexEvidence {
    pub(super) shown: Shown,
    pub(super) figures: Value,
}

impl SexEvidence {
    /// The evidence from one participant's genotypes. Only carried changes are counted, so that files with and without reference calls give
    /// the same result.
    pub(super) fn of_calls(counts: SexCounts) -> Self {
        let x = counts.x_heterozygous + counts.x_alone;
        let y = counts.y_alone >= LEAST_Y_SITES && counts.y_alone >= counts.y_heterozygous * LEAST_Y_FOR_EACH_HETEROZYGOUS;
        let share = counts.x_heterozygous * 100 / x.max(1);
        let shown = match share {
            _ if x < LEAST_X_SITES => Shown::Nothing,
            ..=MOST_HETEROZYGOUS_OF_ONE_X if y => Shown::OneXAndY,
            ..=MOST_HETEROZYGOUS_OF_ONE_X => Shown::OneX,
            LEAST_HETEROZYGOUS_OF_TWO_X.. if y => Shown::TwoXAndY,
            LEAST_HETEROZYGOUS_OF_TWO_X.. => Shown::TwoX,
            _ => Shown::Nothing,
        };
        let figures = json!({
            "x_sites": x,
            "x_heterozygous_percent": share,
            "y_sites": counts.y_alone,
            "y_heterozygous_sites": counts.y_heterozygous,
        });
        Self { shown, figures }
    }

    /// The evidence from the amount of data on each contig of a file of reads. `amounts` is absent if the index has no counts.
    pub(super) fn of_reads(amounts: Option<&(Measure, Vec<ContigAmount>)>) -> Self {
        let nothing = |why: &str| Self {
            shown: Shown::Nothing,
            figures: json!({"no_verdict": why}),
        };
        let Some((measure, amounts)) = amounts else {
            return nothing("the index has no counts");
        };
        let (least, least_of_each) = match measure {
            Measure::MappedReads => (LEAST_AUTOSOMAL_READS, LEAST_READS_OF_EACH_AUTOSOME),
            Measure::SliceBytes => (LEAST_AUTOSOMAL_BYTES, LEAST_BYTES_OF_EACH_AUTOSOME),
        };
        // The depth is a whole number: reads (for CRAM, compressed bytes) per 10^12 bases. A shallow file has only one read per 100,000
        // bases.
        let depth = |amount: u64, length: u64| u128::from(amount) * 1_000_000_000_000 / u128::from(length.max(1));
        let (mut autosomes, mut total, mut x, mut y) = (Vec::new(), 0, None, None);
        for contig in amounts {
            let Some(length) = contig.length_bases else { continue };
            match chromosome(contig.contig.as_str()) {
                Part::Autosome(_) => {
                    if contig.amount < least_of_each {
                        return nothing("an autosome has too little");
                    }
                    total += contig.amount;
                    autosomes.push(depth(contig.amount, length));
                }
                Part::X => x = Some(depth(contig.amount, length)),
                Part::Y => y = Some(depth(contig.amount, length)),
                Part::Neither => {}
            }
        }
        let (Some(x), Some(y)) = (x, y) else {
            return nothing("the header has no X or no Y");
        };
        if autosomes.len() != 22 || total < least {
            return nothing("there is too little on the autosomes");
        }
        autosomes.sort_unstable();
        let median = autosomes[autosomes.len() / 2].max(1);
        let hundredths = |part: u128, of: u128| u64::try_from(part * 100 / of.max(1)).unwrap_or(u64::MAX);
        let (x_depth, y_beside) = (hundredths(x, median), hundredths(y, x));
        let shown = match (x_depth, y_beside) {
            (..=MOST_DEPTH_OF_ONE_X, LEAST_Y_BESIDE_ONE_X..) if x > 0 => Shown::OneXAndY,
            (LEAST_DEPTH_OF_TWO_X.., LEAST_Y_BESIDE_TWO_X..) => Shown::TwoXAndY,
            (LEAST_DEPTH_OF_TWO_X.., ..=MOST_Y_WITHOUT_Y) => Shown::TwoX,
            _ => Shown::Nothing,
        };
        let figures = json!({
            "measure": match measure { Measure::MappedReads => "mapped-reads", Measure::SliceBytes => "slice-bytes" },
            "x_depth_percent_of_autosomes": x_depth,
            "y_depth_percent_of_x": y_beside,
        });
        Self { shown, figures }
    }

    /// The text of the contradiction between the file and a declared sex; absent if there is no contradiction. A declared sex other than
    /// female or male is never contradicted.
    pub(super) fn contradicts(&self, declared: Sex) -> Option<&'static str> {
        match (declared, self.shown) {
            (Sex::Unknown | Sex::Other, _)
            | (_, Shown::Nothing)
            | (Sex::Male, Shown::OneXAndY | Shown::OneX)
            | (Sex::Female, Shown::TwoX) => None,
            (Sex::Female, Shown::OneXAndY) => Some("declared female; the file shows one X and a Y"),
            (Sex::Female, Shown::OneX) => {
                Some("declared female; the file shows one X, and no Y: another person's file, 45,X or long homozygous stretches")
            }
            (Sex::Male, Shown::TwoX) => Some("declared male; the file shows two X and no Y"),
            (Sex::Female, Shown::TwoXAndY) => {
                Some("declared female; the file shows two X and a Y: a mixed file, another person's, or 47,XXY")
            }
            (Sex::Male, Shown::TwoXAndY) => Some("declared male; the file shows two X and a Y: a mixed file, another person's, or 47,XXY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(x_heterozygous: u64, x_alone: u64, y_heterozygous: u64, y_alone: u64) -> Shown {
        SexEvidence::of_calls(SexCounts {
            x_heterozygous,
            x_alone,
            y_heterozygous,
            y_alone,
        })
        .shown
    }

    #[test]
    fn calls_show_the_number_of_x_and_a_y() {
        assert_eq!(calls(0, 99, 0, 500), Shown::Nothing, "few sites on X give no verdict");
        assert_eq!(calls(5, 95, 0, 500), Shown::OneXAndY);
        assert_eq!(calls(5, 95, 0, 19), Shown::OneX);
        assert_eq!(
            calls(5, 95, 10, 25),
            Shown::OneX,
            "mostly heterozygous calls on Y are wrongly placed reads"
        );
        assert_eq!(calls(60, 40, 30, 5), Shown::TwoX);
        assert_eq!(calls(60, 40, 3, 300), Shown::TwoXAndY);
        assert_eq!(calls(20, 80, 0, 300), Shown::Nothing, "between one X and two");
    }

    #[test]
    fn a_declared_sex_other_than_female_or_male_is_never_contradicted() {
        for shown in [Shown::OneXAndY, Shown::OneX, Shown::TwoX, Shown::TwoXAndY, Shown::Nothing] {
            let evidence = SexEvidence {
                shown,
                figures: Value::Null,
            };
            assert_eq!(evidence.contradicts(Sex::Unknown), None);
            assert_eq!(evidence.contradicts(Sex::Other), None);
            let held = (
                evidence.contradicts(Sex::Female).is_some(),
                evidence.contradicts(Sex::Male).is_some(),
            );
            let expected = match shown {
                Shown::OneXAndY | Shown::OneX => (true, false),
                Shown::TwoX => (false, true),
                Shown::TwoXAndY => (true, true),
                Shown::Nothing => (false, false),
            };
            assert_eq!(held, expected, "{shown:?}");
        }
    }
}
