//! Which alleles of a site stay, and what that does to fields that have a value per allele or genotype.

use crate::format_error::{FormatError, FormatResult};
use crate::vcf::header::Number;

/// The genotypes of the kept samples, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlleleCounts {
    /// Calls of each allele, the reference first.
    pub(crate) counts: Vec<u32>,
    /// Samples with at least one called allele.
    pub(crate) samples_with_data: u32,
}

impl AlleleCounts {
    pub(crate) fn new(allele_count: usize) -> Self {
        Self {
            counts: vec![0; allele_count],
            samples_with_data: 0,
        }
    }

    /// Counts one sample's called alleles.
    pub(crate) fn add_sample(&mut self, alleles: impl IntoIterator<Item = usize>) -> FormatResult<()> {
        let mut any = false;
        for allele in alleles {
            *self
                .counts
                .get_mut(allele)
                .ok_or(FormatError::Record("a genotype of an allele that the site does not have"))? += 1;
            any = true;
        }
        self.samples_with_data += u32::from(any);
        Ok(())
    }

    /// Called alleles in all.
    pub(crate) fn total(&self) -> u32 {
        self.counts.iter().sum()
    }
}

/// What becomes of a vector of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// It stays.
    Unchanged,
    /// These of its values stay, in this order.
    Values(Vec<usize>),
    /// It cannot be taken apart: it becomes missing.
    Missing,
}

/// The alleles of a site that stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllelePlan {
    /// Old numbers of the kept alleles, ascending; the reference is first.
    pub(crate) kept: Vec<usize>,
    old_count: usize,
}

impl AllelePlan {
    /// The plan of a site; absent where none of the kept samples carries an alternative allele, so that the site goes.
    ///
    /// `*` alone does not keep a site: it says that a deletion, which has its own site, covers this one, and the site is here for
    /// somebody else's allele. `<*>` and `<NON_REF>` state no allele: they neither keep a site nor go.
    pub(crate) fn new(alternatives: &[&[u8]], counts: &AlleleCounts) -> Option<Self> {
        let states_none = |alternative: &[u8]| matches!(alternative, b"<*>" | b"<NON_REF>" | b".");
        let mut kept = vec![0];
        let mut carried = false;
        for (index, alternative) in alternatives.iter().enumerate() {
            let count = counts.counts.get(index + 1).copied().unwrap_or(0);
            if count > 0 && !states_none(alternative) && *alternative != b"*" {
                carried = true;
            }
            if count > 0 || states_none(alternative) {
                kept.push(index + 1);
            }
        }
        carried.then_some(Self {
            kept,
            old_count: alternatives.len() + 1,
        })
    }

    /// The plan of a site that stays as it is.
    pub(crate) fn everything(alternative_count: usize) -> Self {
        Self {
            kept: (0..=alternative_count).collect(),
            old_count: alternative_count + 1,
        }
    }

    /// Whether an allele goes.
    pub(crate) fn trims(&self) -> bool {
        self.kept.len() < self.old_count
    }

    /// An allele's new number.
    pub(crate) fn renumber(&self, old: usize) -> FormatResult<usize> {
        self.kept
            .iter()
            .position(|k| *k == old)
            .ok_or(FormatError::Record("a genotype of an allele that the site does not have"))
    }

    /// What becomes of a FORMAT field's vector of this many values.
    pub(crate) fn format_selection(&self, name: &str, number: Option<Number>, value_count: usize) -> Selection {
        if !self.trims() {
            return Selection::Unchanged;
        }
        match (name, number) {
            // VCF 4.5 local alleles refer to alleles by number.
            ("LAA" | "LGT" | "LAD" | "LADF" | "LADR" | "LPL" | "LGL" | "LGP" | "LEC" | "LPP", _) => Selection::Missing,
            (_, Some(Number::Fixed)) => Selection::Unchanged,
            (_, Some(Number::Alternatives)) => self.alternatives(value_count),
            (_, Some(Number::Alleles)) | ("AD" | "ADF" | "ADR", _) => self.alleles(value_count),
            (_, Some(Number::Genotypes)) | ("PL" | "GL" | "GP" | "PP", _) => self.genotypes(value_count),
            (_, Some(Number::Unknown) | None) if value_count <= 1 => Selection::Unchanged,
            (_, Some(Number::Unknown) | None) => Selection::Missing,
        }
    }

    /// What becomes of an INFO field's values.
    pub(crate) fn info_selection(&self, number: Option<Number>, value_count: usize) -> Selection {
        if !self.trims() {
            return Selection::Unchanged;
        }
        match number {
            Some(Number::Fixed) => Selection::Unchanged,
            Some(Number::Alternatives) => self.alternatives(value_count),
            Some(Number::Alleles) => self.alleles(value_count),
            Some(Number::Genotypes) => self.genotypes(value_count),
            Some(Number::Unknown) | None if value_count <= 1 => Selection::Unchanged,
            Some(Number::Unknown) | None => self.alternatives(value_count),
        }
    }

    fn alternatives(&self, value_count: usize) -> Selection {
        if value_count != self.old_count - 1 {
            return Selection::Missing;
        }
        Selection::Values(self.kept.iter().skip(1).map(|k| k - 1).collect())
    }

    fn alleles(&self, value_count: usize) -> Selection {
        if value_count != self.old_count {
            return Selection::Missing;
        }
        Selection::Values(self.kept.clone())
    }

    /// VCF 4.3 § 1.6.2 `GL`: of a diploid, genotype j/k (j <= k) is value k(k+1)/2 + j; of a haploid, genotype k is value k.
    fn genotypes(&self, value_count: usize) -> Selection {
        let diploid = self.old_count * (self.old_count + 1) / 2;
        if value_count == diploid {
            let pairs = self
                .kept
                .iter()
                .enumerate()
                .flat_map(|(at, k)| self.kept[..=at].iter().map(move |j| k * (k + 1) / 2 + j));
            Selection::Values(pairs.collect())
        } else {
            self.alleles(value_count)
        }
    }
}
