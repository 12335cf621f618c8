//! A site of a variant file in the form that the kept samples need.

use super::alleles::{End, common_end, extends_by_length, is_structural};
use super::info::InfoRule;
use super::plan::{AllelePlan, Shape};

/// A site of a variant file, and the plan that decides which of its alleles are kept.
pub(crate) struct Site<'a> {
    pub(crate) contig: &'a str,
    /// The POS of the site, 1-based.
    pub(crate) position: i64,
    reference: &'a [u8],
    /// The alternative alleles in the original file.
    pub(crate) alternatives: &'a [&'a [u8]],
    pub(crate) plan: AllelePlan,
    /// The number of bases that REF and the kept alternative alleles lose at their ends.
    shorter_by: usize,
    loses_structural: bool,
}

/// The treatment of an INFO field at one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The INFO field is removed.
    Goes,
    /// The INFO field is kept unchanged.
    Stays,
    /// The field keeps only the values of kept alleles. The shape assigns the values to alleles.
    Selected(Shape),
    /// The treatment depends on the field's value.
    Judged,
    /// The value is computed again from the kept samples.
    Recomputed,
}

impl<'a> Site<'a> {
    pub(crate) fn new(contig: &'a str, position: i64, reference: &'a [u8], alternatives: &'a [&'a [u8]], plan: AllelePlan) -> Self {
        let kept = plan.kept.iter().skip(1).map(|allele| alternatives[allele - 1]);
        // The equal bases are removed even if this record loses no allele, because the allele that required them can be on another line of
        // the file.
        let shorter_by = common_end(reference, kept);
        let gone = |(at, alternative): (usize, &&[u8])| !plan.keeps(at + 1) && is_structural(alternative);
        let loses_structural = alternatives.iter().enumerate().any(gone);
        Self {
            contig,
            position,
            reference,
            alternatives,
            plan,
            shorter_by,
            loses_structural,
        }
    }

    /// Whether the alleles of the written site differ from the alleles in the file.
    fn changes(&self) -> bool {
        self.plan.trims() || self.shorter_by > 0
    }

    /// REF without the bases that the kept alleles do not need.
    pub(crate) fn reference(&self) -> &'a [u8] {
        &self.reference[..self.reference.len() - self.shorter_by]
    }

    /// The kept alternative alleles without the bases that they do not need.
    pub(crate) fn kept_alternatives(&self) -> impl Iterator<Item = &'a [u8]> + Clone + '_ {
        self.plan.kept.iter().skip(1).map(|allele| {
            let alternative = self.alternatives[allele - 1];
            // A `*`, symbolic allele or breakend has no bases that could be removed.
            let shorter_by = if alternative.iter().all(u8::is_ascii_alphabetic) {
                self.shorter_by
            } else {
                0
            };
            &alternative[..alternative.len() - shorter_by]
        })
    }

    /// The treatment of an INFO field with this redaction rule at this site.
    pub(crate) fn fate(&self, rule: InfoRule) -> Fate {
        match rule {
            InfoRule::AlleleCount | InfoRule::AlleleNumber | InfoRule::AlleleFrequency | InfoRule::SamplesWithData => Fate::Recomputed,
            InfoRule::Drop => Fate::Goes,
            InfoRule::OfPlace => Fate::Stays,
            InfoRule::OfAllAlleles if self.changes() => Fate::Goes,
            InfoRule::OfAllAlleles => Fate::Stays,
            InfoRule::Consequences if self.changes() => Fate::Goes,
            InfoRule::Consequences | InfoRule::OtherRecords => Fate::Judged,
            InfoRule::Structural if self.loses_structural => Fate::Goes,
            InfoRule::Structural => Fate::Stays,
            InfoRule::End if self.changes() => Fate::Judged,
            InfoRule::StructuralType if self.loses_structural => Fate::Judged,
            InfoRule::StructuralType | InfoRule::End => Fate::Stays,
            InfoRule::OfAlternatives => Fate::Selected(Shape::Alternatives),
        }
    }

    /// Whether SVTYPE can be kept, because the kept structural alleles state the same type.
    pub(crate) fn type_stays(&self, value: &[u8]) -> bool {
        let mut structural = self.kept_alternatives().filter(|a| is_structural(a)).peekable();
        structural.peek().is_some()
            && structural.all(|alternative| {
                let behind = alternative.strip_prefix(b"<").and_then(|name| name.strip_prefix(value));
                behind.is_some_and(|rest| rest.starts_with(b">") || rest.starts_with(b":"))
            })
    }

    /// Decides the value of INFO/END for the kept alleles. `end` is the value in the file, and `lengths` contains the record's SVLEN values.
    /// * END is removed if alleles are removed or shortened and no kept allele is structural.
    /// * END does not change if no structural allele is removed, or if the record does not have one SVLEN value for each alternative
    ///   allele. The value in the file then applies to all alleles.
    /// * Otherwise END becomes the last end of the kept symbolic alleles, but at most the value in the file.
    pub(crate) fn end_after(&self, end: i64, lengths: &[Option<i64>]) -> End {
        if !self.changes() {
            return End::Unchanged;
        }
        if !self.kept_alternatives().any(is_structural) {
            return End::Dropped;
        }
        if !self.loses_structural || lengths.len() != self.alternatives.len() {
            return End::Unchanged;
        }
        let mut reach = self.position + self.reference().len() as i64 - 1;
        for allele in self.plan.kept.iter().skip(1).map(|allele| allele - 1) {
            match lengths[allele] {
                Some(length) if extends_by_length(self.alternatives[allele]) => {
                    reach = reach.max(self.position.saturating_add(length.saturating_abs()))
                }
                Some(_) | None => {}
            }
        }
        End::At(reach.min(end.max(self.position)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::AlleleCounts;
    use super::*;

    fn with_site<T>(alternatives: &[&str], counts: &[u32], then: impl FnOnce(&Site<'_>) -> T) -> T {
        let alternatives: Vec<&[u8]> = alternatives.iter().map(|a| a.as_bytes()).collect();
        let counts = AlleleCounts {
            counts: counts.to_vec(),
            samples_with_data: 1,
        };
        let plan = AllelePlan::new(&alternatives, &counts).unwrap_or_else(|| AllelePlan::everything(alternatives.len()));
        then(&Site::new("1", 100, b"A", &alternatives, plan))
    }

    #[test]
    fn the_extent_of_a_removed_structural_allele_is_removed() {
        let lengths = [Some(-50), Some(900)];
        let two = ["<DEL>", "<DUP:TANDEM>"];
        with_site(&two, &[0, 1, 0], |site| {
            assert_eq!(site.end_after(1000, &lengths), End::At(150));
            assert_eq!(site.end_after(1000, &[]), End::Unchanged);
            assert!(site.type_stays(b"DEL") && !site.type_stays(b"CNV") && !site.type_stays(b"DE"));
            assert_eq!(site.fate(InfoRule::Structural), Fate::Goes);
        });
        with_site(&two, &[0, 0, 1], |site| {
            assert_eq!(site.end_after(1000, &lengths), End::At(1000));
            assert!(site.type_stays(b"DUP"));
        });
        with_site(&two, &[0, 1, 1], |site| {
            assert_eq!(site.end_after(1000, &lengths), End::Unchanged);
            assert_eq!(site.fate(InfoRule::StructuralType), Fate::Stays);
        });
        with_site(&["<DEL>", "T"], &[0, 0, 1], |site| {
            assert_eq!(site.end_after(1000, &lengths), End::Dropped);
            assert!(!site.type_stays(b"DEL"));
        });
        with_site(&["<DEL>", "T"], &[0, 1, 0], |site| {
            assert_eq!(site.end_after(1000, &lengths), End::Unchanged);
            assert_eq!(site.fate(InfoRule::Structural), Fate::Stays);
        });
    }
}
