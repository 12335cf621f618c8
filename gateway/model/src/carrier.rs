//! Alleles and the participants that carry them.

use serde::{Deserialize, Serialize};

use crate::assembly::Assembly;
use crate::coordinates::{Contig, OneBased, ZeroBased};
use crate::identifier::ParticipantId;
use crate::interpretation::{AlleleInterpretation, ReportedName, SpelledAllele};

/// The origin of variant calls: germline or tumour. Calls of the two origins are never counted together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The allele is inherited. This origin is also assumed if the source does not state the origin.
    #[default]
    Germline,
    /// The allele was called from tumour material.
    Somatic,
}

impl Origin {
    /// The lower-case name of the origin.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Germline => "germline",
            Self::Somatic => "somatic",
        }
    }
}

/// The zygosity of an allele in one participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zygosity {
    /// The participant has one copy, beside another allele or an unknown allele.
    Heterozygous,
    /// Every copy of the participant has the allele, and the participant has two or more copies.
    Homozygous,
    /// The participant has only one copy (X or Y of a male, mitochondrion), and the copy has the allele.
    Hemizygous,
}

/// One alternative allele on one assembly, in minimal form. The common suffix of REF and ALT is trimmed first, then the common prefix. An anchored
/// and a trimmed spelling of one change therefore give equal values. A deletion has an empty `alternate`, and an insertion an empty `reference`.
///
/// A symbolic allele (`<DEL>`) keeps its text in `alternate` and has an empty `reference`. Like any other allele, it starts at the first base
/// that it changes. In VCF, POS is the base before the event, so `start` is the base after POS. The allele ends at INFO/END, or
/// where REF ends if INFO/END is absent. An `<INS>` is before the base at `start` and has no extent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Allele {
    /// The canonical name of the contig (see [`Contig::canonical`]).
    pub contig: Contig,
    /// The first changed base; for an insertion, the base after the inserted bases.
    pub start: ZeroBased,
    /// The first base after the change, 0-based half-open. Equal to `start` for an insertion, and for a symbolic allele without
    /// INFO/END whose REF is one base.
    pub end: ZeroBased,
    /// The reference bases in upper case; empty for an insertion and for a symbolic allele.
    pub reference: String,
    /// The alternative bases in upper case, or a symbolic allele in angle brackets; empty for a deletion.
    pub alternate: String,
    /// The number of bases that a symbolic insertion adds (INFO/SVLEN); absent if the number is not stated. Absent for every other allele, because
    /// its length follows from its bases or its extent.
    pub inserted: Option<u64>,
}

/// The reason why REF and ALT do not form an allele that can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAllele {
    /// ALT is empty, `.`, `*`, `<*>` or `<NON_REF>`, so the record states no alternative allele.
    #[error("states no alternative allele")]
    NoAlternative,
    /// REF and ALT are the same.
    #[error("has the same reference and alternative allele")]
    Same,
    /// REF is empty, or REF or ALT contains a character that is not an IUPAC base.
    #[error("has a character that is not a base")]
    BadBase,
    /// ALT is a breakend. Breakends are not counted.
    #[error("is a breakend")]
    Breakend,
    /// The position is 0 and the allele is not symbolic, or the end is before the start.
    #[error("has an impossible position")]
    BadPosition,
}

fn is_bases(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b"ACGTUNRYSWKMBDHV".contains(&b.to_ascii_uppercase()))
}

impl Allele {
    /// Makes the minimal form of a VCF record's REF and one ALT. `end` is the record's 1-based inclusive end (INFO/END), if the record has one. Only
    /// symbolic alleles use `end`, and symbolic insertions ignore it. Position 0, the base before the first base, is valid for symbolic alleles only.
    ///
    /// # Errors
    /// [`NotAnAllele`] if REF and ALT do not form an allele that can be counted.
    pub fn from_vcf(
        contig: &Contig,
        position: OneBased,
        reference: &str,
        alternate: &str,
        end: Option<OneBased>,
    ) -> Result<Self, NotAnAllele> {
        if matches!(alternate, "." | "*" | "<*>" | "<NON_REF>" | "") {
            return Err(NotAnAllele::NoAlternative);
        }
        if !is_bases(reference) {
            return Err(NotAnAllele::BadBase);
        }
        let contig = contig.canonical();
        if alternate.starts_with('<') && alternate.ends_with('>') {
            // VCF 4.3 § 1.4.1: with a symbolic allele "POS denotes the coordinate of the base preceding the polymorphism". The event ends at
            // INFO/END, or where REF ends. The 0-based position of the event's first base is therefore the same number as POS.
            let start = position.0;
            let end = match end {
                _ if is_symbolic_insertion(alternate) => start,
                Some(end) => end.0,
                None => start.saturating_add(reference.len() as u64 - 1),
            };
            if end < start {
                return Err(NotAnAllele::BadPosition);
            }
            return Ok(Self {
                contig,
                start: ZeroBased(start),
                end: ZeroBased(end),
                reference: String::new(),
                alternate: alternate.to_owned(),
                inserted: None,
            });
        }
        let start = position.zero_based().ok_or(NotAnAllele::BadPosition)?;
        if alternate.contains(['[', ']']) || alternate.starts_with('.') || alternate.ends_with('.') {
            return Err(NotAnAllele::Breakend);
        }
        if !is_bases(alternate) {
            return Err(NotAnAllele::BadBase);
        }
        let (reference, alternate) = (reference.to_ascii_uppercase(), alternate.to_ascii_uppercase());
        if reference == alternate {
            return Err(NotAnAllele::Same);
        }
        let suffix = reference
            .bytes()
            .rev()
            .zip(alternate.bytes().rev())
            .take_while(|(r, a)| r == a)
            .count();
        let (r, a) = (&reference[..reference.len() - suffix], &alternate[..alternate.len() - suffix]);
        let prefix = r.bytes().zip(a.bytes()).take_while(|(r, a)| r == a).count();
        let start = ZeroBased(start.0 + prefix as u64);
        let (reference, alternate) = (r[prefix..].to_owned(), a[prefix..].to_owned());
        Ok(Self {
            contig,
            start,
            end: ZeroBased(start.0 + reference.len() as u64),
            reference,
            alternate,
            inserted: None,
        })
    }

    /// Whether the allele is a symbolic insertion (`<INS>`, `<INS:ME>`).
    #[must_use]
    pub fn is_symbolic_insertion(&self) -> bool {
        is_symbolic_insertion(&self.alternate)
    }
}

fn is_symbolic_insertion(alternate: &str) -> bool {
    let rest = alternate
        .get(..4)
        .filter(|name| name.eq_ignore_ascii_case("<INS"))
        .and(alternate.get(4..));
    rest.is_some_and(|rest| rest.starts_with(['>', ':']))
}

/// The statement that one participant carries one allele, from a case report and not from a call file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierObservation {
    /// The participant who carries the allele.
    pub participant: ParticipantId,
    /// The assembly of the allele's coordinates.
    pub assembly: Assembly,
    /// The origin of the allele: germline or somatic.
    pub origin: Origin,
    /// The allele that the participant carries.
    pub allele: Allele,
    /// The zygosity; absent if the report does not state it.
    pub zygosity: Option<Zygosity>,
    /// The allele as the report spells it; absent if the spelling is not known.
    pub spelled: Option<SpelledAllele>,
    /// The report's conclusions about the allele; empty if the report states none.
    pub interpretations: Vec<AlleleInterpretation>,
    /// The report's names for the allele.
    pub names: Vec<ReportedName>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn allele(pos: u64, r: &str, a: &str) -> (u64, u64, String, String) {
        let x = Allele::from_vcf(&Contig("chr1".to_owned()), OneBased(pos), r, a, None).unwrap();
        (x.start.0, x.end.0, x.reference, x.alternate)
    }

    #[test]
    fn anchored_and_trimmed_spellings_give_the_same_allele() {
        assert_eq!(allele(100, "CAG", "C"), (100, 102, "AG".into(), String::new()));
        assert_eq!(allele(99, "ACAG", "AC"), (100, 102, "AG".into(), String::new()));
        assert_eq!(allele(100, "A", "T"), (99, 100, "A".into(), "T".into()));
        assert_eq!(allele(100, "GA", "GT"), (100, 101, "A".into(), "T".into()));
        assert_eq!(allele(100, "c", "ca"), (100, 100, String::new(), "A".into()));
    }

    #[test]
    fn a_record_without_a_countable_allele_is_an_error() {
        let parse = |r: &str, a: &str| Allele::from_vcf(&Contig("1".into()), OneBased(5), r, a, None).unwrap_err();
        for alt in [".", "*", "<NON_REF>", "<*>"] {
            assert_eq!(parse("A", alt), NotAnAllele::NoAlternative);
        }
        assert_eq!(parse("A", "a"), NotAnAllele::Same);
        assert_eq!(parse("A", "N[chr2:1["), NotAnAllele::Breakend);
        assert_eq!(parse("A", "!"), NotAnAllele::BadBase);
        let telomere = Allele::from_vcf(&Contig("1".into()), OneBased(0), "N", "A", None);
        assert_eq!(telomere.unwrap_err(), NotAnAllele::BadPosition);
    }

    #[test]
    fn a_symbolic_deletion_extends_to_its_end() {
        let x = Allele::from_vcf(&Contig("1".into()), OneBased(100), "N", "<DEL>", Some(OneBased(5000))).unwrap();
        assert_eq!((x.start.0, x.end.0, x.alternate.as_str()), (100, 5000, "<DEL>"));
    }

    #[test]
    fn a_spelled_and_a_symbolic_deletion_of_the_same_bases_have_the_same_extent() {
        let symbolic = Allele::from_vcf(&Contig("1".into()), OneBased(100), "C", "<DEL>", Some(OneBased(102))).unwrap();
        assert_eq!((symbolic.start.0, symbolic.end.0), (100, 102));
        let (start, end, ..) = allele(100, "CAG", "C");
        assert_eq!((start, end), (symbolic.start.0, symbolic.end.0));
    }

    #[test]
    fn a_symbolic_insertion_has_no_extent_even_if_it_states_an_end() {
        for end in [None, Some(OneBased(100)), Some(OneBased(400))] {
            let x = Allele::from_vcf(&Contig("1".into()), OneBased(100), "C", "<INS:ME>", end).unwrap();
            assert_eq!((x.start.0, x.end.0), (100, 100));
            assert!(x.is_symbolic_insertion());
        }
        assert_eq!(allele(100, "C", "CT").0, 100);
    }

    #[test]
    fn an_event_at_the_first_base_has_position_zero_as_its_anchor() {
        let x = Allele::from_vcf(&Contig("1".into()), OneBased(0), "N", "<DEL>", Some(OneBased(50))).unwrap();
        assert_eq!((x.start.0, x.end.0), (0, 50));
        let before = Allele::from_vcf(&Contig("1".into()), OneBased(100), "N", "<DEL>", Some(OneBased(99)));
        assert_eq!(before.unwrap_err(), NotAnAllele::BadPosition);
    }
}
