//! Decides which alleles of a site are kept, and selects the values of fields that have one value per allele or genotype.

use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::Number;

use super::alleles::states_none;
use super::family::format_stays;

/// The highest ploidy for which genotype values are selected. With a higher ploidy, a field with one value per genotype is replaced by the
/// missing value.
const MOST_PLOIDY: u64 = 8;

/// The numbers of called alleles in the genotypes of the kept samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlleleCounts {
    /// The number of times that each allele is called, with the reference allele first.
    pub(crate) counts: Vec<u32>,
    /// The number of samples with at least one called allele.
    pub(crate) samples_with_data: u32,
}

impl AlleleCounts {
    pub(crate) fn new(allele_count: usize) -> Self {
        Self {
            counts: vec![0; allele_count],
            samples_with_data: 0,
        }
    }

    /// Adds this number of calls to the count of an allele. The error means that the site does not have the allele.
    pub(crate) fn add(&mut self, allele: usize, calls: u32) -> FormatResult<()> {
        *self
            .counts
            .get_mut(allele)
            .ok_or(FormatError::Record("a genotype of an allele that the site does not have"))? += calls;
        Ok(())
    }

    /// The number of called alleles of all kinds, the reference included (INFO `AN`).
    pub(crate) fn total(&self) -> u32 {
        self.counts.iter().sum()
    }
}

/// How the values of a FORMAT or INFO field are assigned to alleles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The values of the field do not describe single alleles.
    Whole,
    /// The field has one value per alternative allele.
    Alternatives,
    /// The field has one value per allele, the reference included.
    Alleles,
    /// The field has one value per genotype.
    Genotypes,
    /// The values refer to alleles by number (VCF 4.5 § 1.6.2 `LAA` and the fields that depend on it; `PGT`), or the field is unknown and
    /// may do so. If samples are removed, this field is removed at every site. If it were removed only where an allele is removed, its
    /// absence would reveal the removed allele.
    Unknown,
}

impl Shape {
    /// The shape of a FORMAT field. The name determines the shape of fields that refer to alleles by number. For other fields, `Number` in
    /// the header determines the shape. If the header has `Number=.` or no line for the field, the name determines the shape again.
    pub(crate) fn of_format(name: &str, number: Option<Number>) -> Self {
        match (name, number) {
            ("LAA" | "LGT" | "LAD" | "LADF" | "LADR" | "LPL" | "LGL" | "LGP" | "LEC" | "LPP" | "LAF" | "PGT", _) => Self::Unknown,
            (_, Some(Number::Alternatives)) => Self::Alternatives,
            (_, Some(Number::Alleles)) => Self::Alleles,
            (_, Some(Number::Genotypes)) => Self::Genotypes,
            (_, Some(Number::Fixed)) if format_stays(name) || is_own(name) => Self::Whole,
            (_, Some(Number::Fixed)) => Self::Unknown,
            ("AO" | "QA" | "VAF" | "AF" | "EC" | "NR" | "NV", _) => Self::Alternatives,
            ("AD" | "ADF" | "ADR" | "ADALL" | "F1R2" | "F2R1" | "DPR" | "PR" | "SR", _) => Self::Alleles,
            ("PL" | "GL" | "GP" | "PP" | "SPL", _) => Self::Genotypes,
            (_, Some(Number::Unknown) | None) if format_stays(name) || is_own(name) => Self::Whole,
            (_, Some(Number::Unknown) | None) => Self::Unknown,
        }
    }
}

/// Whether a field describes only the sample and contains no allele numbers, although `format_stays` does not list it. These are fields of
/// phase, inheritance and dosage, and VarScan's counts.
fn is_own(name: &str) -> bool {
    matches!(
        name,
        "PS" | "PSO"
            | "PSQ"
            | "PQ"
            | "HQ"
            | "HP"
            | "PID"
            | "PF"
            | "DN"
            | "DQ"
            | "DNP"
            | "TP"
            | "JL"
            | "JP"
            | "DS"
            | "HDS"
            | "AB"
            | "SDP"
            | "RD"
            | "FREQ"
            | "PVAL"
            | "RBQ"
            | "ABQ"
            | "RDF"
            | "RDR"
    )
}

/// The values of a vector that are kept after alleles are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection<'a> {
    /// All values are kept.
    Unchanged,
    /// The values at these places in the vector are kept, in this order.
    Values(&'a [usize]),
    /// The values cannot be assigned to alleles, so the vector is replaced by the missing value.
    Missing,
}

/// The alleles of a site that are kept, and their new numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllelePlan {
    /// The old numbers of the kept alleles, ascending; the reference is first.
    pub(crate) kept: Vec<usize>,
    /// The new number of each allele, at the place of its old number; absent for a removed allele.
    numbers: Vec<Option<usize>>,
    /// The places of the kept alternative alleles in a vector of one value per alternative allele.
    alternatives: Vec<usize>,
}

impl AllelePlan {
    /// Keeps the alleles that the kept samples carry. Absent if the kept samples carry no alternative allele, so that the site is removed.
    ///
    /// * `*` means that a deletion before this site covers the site. A carried `*` alone does not keep the site, because the deletion has
    ///   its own record, and this site exists for another sample's allele.
    /// * `<*>` and `<NON_REF>` name no observed allele. They are always kept, but do not keep the site.
    pub(crate) fn new(alternatives: &[&[u8]], counts: &AlleleCounts) -> Option<Self> {
        let mut kept = vec![0];
        let mut carried = false;
        for (index, alternative) in alternatives.iter().enumerate() {
            let count = counts.counts.get(index + 1).copied().unwrap_or(0);
            carried |= count > 0 && !states_none(alternative) && *alternative != b"*";
            if count > 0 || states_none(alternative) {
                kept.push(index + 1);
            }
        }
        carried.then(|| Self::of(kept, alternatives.len() + 1))
    }

    /// The plan of a site that keeps all its alleles.
    pub(crate) fn everything(alternative_count: usize) -> Self {
        Self::of((0..=alternative_count).collect(), alternative_count + 1)
    }

    fn of(kept: Vec<usize>, old_count: usize) -> Self {
        let mut numbers = vec![None; old_count];
        for (new, old) in kept.iter().enumerate() {
            numbers[*old] = Some(new);
        }
        let alternatives = kept.iter().skip(1).map(|allele| allele - 1).collect();
        Self {
            kept,
            numbers,
            alternatives,
        }
    }

    /// Whether at least one allele is removed.
    pub(crate) fn trims(&self) -> bool {
        self.kept.len() < self.numbers.len()
    }

    /// Whether the allele with this old number is kept.
    pub(crate) fn keeps(&self, old: usize) -> bool {
        self.numbers.get(old).is_some_and(Option::is_some)
    }

    /// The new number of the allele with this old number. The error means that the site does not have the allele or does not keep it.
    pub(crate) fn renumber(&self, old: usize) -> FormatResult<usize> {
        self.numbers
            .get(old)
            .copied()
            .flatten()
            .ok_or(FormatError::Record("a genotype of an allele that the site does not have"))
    }

    /// Selects the values that are kept in a vector of `value_count` values with this shape.
    pub(crate) fn select<'a>(&'a self, shape: Shape, value_count: usize, genotypes: &'a mut GenotypeSelections) -> Selection<'a> {
        if !self.trims() {
            return Selection::Unchanged;
        }
        match shape {
            Shape::Whole => Selection::Unchanged,
            Shape::Alternatives if value_count == self.numbers.len() - 1 => Selection::Values(&self.alternatives),
            Shape::Alleles if value_count == self.numbers.len() => Selection::Values(&self.kept),
            Shape::Genotypes => genotypes.of(self, value_count).map_or(Selection::Missing, Selection::Values),
            Shape::Alternatives | Shape::Alleles | Shape::Unknown => Selection::Missing,
        }
    }

    /// For a vector of one value per genotype, returns the places of the genotypes that contain only kept alleles. Absent if no ploidy
    /// gives this number of values.
    ///
    /// VCF 4.3 § 1.6.2 `GL`: genotypes k1 <= k2 <= ... <= kp are sorted by their last allele first, so the place of a genotype is the sum
    /// of C(km + m - 1, m).
    fn genotypes(&self, value_count: usize) -> Option<Vec<usize>> {
        let old_count = self.numbers.len() as u64;
        let ploidy = (1..=MOST_PLOIDY).find(|ploidy| binomial(old_count + ploidy - 1, *ploidy) == Some(value_count as u64))?;
        let mut genotype = vec![0_usize; ploidy as usize];
        let mut places = Vec::new();
        loop {
            let mut place = 0;
            for (m, at) in (1..).zip(&genotype) {
                place += binomial(self.kept[*at] as u64 + m - 1, m)?;
            }
            places.push(usize::try_from(place).ok()?);
            // The next genotype increases the first allele that can increase without exceeding the allele behind it.
            let can_rise = |m: &usize| genotype[*m] < genotype.get(m + 1).copied().unwrap_or(self.kept.len() - 1);
            let Some(m) = (0..genotype.len()).find(can_rise) else { break };
            genotype[m] += 1;
            genotype[..m].fill(0);
        }
        Some(places)
    }
}

/// The binomial coefficient n over k. Absent if the calculation exceeds 64 bits.
fn binomial(n: u64, k: u64) -> Option<u64> {
    if k > n {
        return Some(0);
    }
    (1..=k).try_fold(1_u64, |product, i| product.checked_mul(n - k + i).map(|product| product / i))
}

/// The places of kept genotypes, by the number of values in a vector. The places are computed once for each record and number of values.
#[derive(Clone, Debug, Default)]
pub(crate) struct GenotypeSelections {
    known: Vec<(usize, Option<Vec<usize>>)>,
}

impl GenotypeSelections {
    /// Removes the places that were computed for the previous record.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }

    fn of(&mut self, plan: &AllelePlan, value_count: usize) -> Option<&[usize]> {
        let at = match self.known.iter().position(|(count, _)| *count == value_count) {
            Some(at) => at,
            None => {
                // Vectors of many different lengths occur only in damaged records. The stored places are then removed, so that memory stays
                // bounded.
                if self.known.len() >= MOST_PLOIDY as usize {
                    self.known.clear();
                }
                self.known.push((value_count, plan.genotypes(value_count)));
                self.known.len() - 1
            }
        };
        self.known[at].1.as_deref()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// All genotypes in the order of VCF 4.3 § 1.6.2, made by the specification's own recursion.
    fn ordering(ploidy: usize, most: usize, suffix: &[usize], out: &mut Vec<Vec<usize>>) {
        for allele in 0..=most {
            let genotype = [&[allele][..], suffix].concat();
            if ploidy == 1 {
                out.push(genotype);
            } else {
                ordering(ploidy - 1, allele, &genotype, out);
            }
        }
    }

    #[test]
    fn kept_genotypes_contain_only_kept_alleles_in_the_specified_order() {
        for (old_count, kept) in [
            (2, vec![0, 1]),
            (3, vec![0, 2]),
            (4, vec![0, 1, 3]),
            (5, vec![0, 2, 3]),
            (7, vec![0, 6]),
        ] {
            for ploidy in 1..=4 {
                let mut all = Vec::new();
                ordering(ploidy, old_count - 1, &[], &mut all);
                let wanted: Vec<usize> = (0..all.len()).filter(|i| all[*i].iter().all(|a| kept.contains(a))).collect();
                let plan = AllelePlan::of(kept.clone(), old_count);
                assert_eq!(plan.genotypes(all.len()), Some(wanted), "{old_count} {kept:?} {ploidy}");
            }
        }
        let plan = AllelePlan::of(vec![0, 2], 3);
        assert_eq!(plan.genotypes(5), None);
        assert_eq!(AllelePlan::of(vec![0, 2], 65_535).genotypes(1 << 30), None);
    }
}
