//! Queries by HGVS name (`genomicAlleleShortForm`).

mod edit;

use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::{Interval, ZeroBased};
use crate::error::BeaconError;
use crate::reference_name::{ReferenceName, assembly_of, resolve};
use crate::variant_query::amino_acid::AminoAcidChange;
use crate::variant_query::bracket::{Bracket, BracketQuery};
use crate::variant_query::{SequenceQuery, VariantQuery};
use crate::variant_type::VariantType;

use edit::Edit;

/// The name of the request parameter that contains an HGVS name.
const NAME: &str = "genomicAlleleShortForm";
/// The longest accepted HGVS name, in bytes.
const MAX_HGVS_BYTES: usize = 4096;

/// A query for one variant by an HGVS name on a transcript or protein, or by a genomic HGVS name that does not state all bases. A genomic
/// name that states all bases becomes a [`SequenceQuery`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlleleQuery {
    /// A genomic HGVS name without the reference bases (`g.100_102del`).
    Genomic(GenomicAllele),
    /// An HGVS name on a transcript or protein. The Beacon must look it up in its annotations.
    Annotated(HgvsDescription),
}

/// A genomic HGVS name that does not state the reference bases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenomicAllele {
    /// The chromosome of the variant.
    pub reference_name: ReferenceName,
    /// The assembly of the chromosome.
    pub assembly: Assembly,
    /// The interval of reference bases that the variant changes.
    pub interval: Interval,
    /// The change of these bases.
    pub change: GenomicChange,
}

/// The kind of change of an interval of reference bases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GenomicChange {
    /// `del`: the bases are deleted.
    Deletion,
    /// `dup`: the bases are duplicated.
    Duplication,
    /// `inv`: the bases are inverted.
    Inversion,
    /// `delins`: the bases are replaced by these new bases, at least one.
    Delins(Bases),
}

/// An HGVS name on a transcript or protein (`NM_004006.2:c.4375C>T`, `NP_009225.1:p.Glu1817Ter`), as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HgvsDescription {
    /// The assembly that the request requires; `None` if not stated.
    pub assembly: Option<Assembly>,
    sequence: String,
    kind: HgvsKind,
    change: String,
}

/// The kind of sequence to which an HGVS name refers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HgvsKind {
    /// `c.`: a coding DNA sequence.
    Coding,
    /// `n.`: a non-coding DNA sequence.
    NonCoding,
    /// `r.`: an RNA sequence.
    Rna,
    /// `p.`: a protein sequence.
    Protein,
}

impl HgvsKind {
    /// The letter before the dot in an HGVS name.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Coding => 'c',
            Self::NonCoding => 'n',
            Self::Rna => 'r',
            Self::Protein => 'p',
        }
    }
}

impl GenomicAllele {
    /// The sequence query for this variant. `reference` contains the reference bases of the changed interval. `None` if they are not A, C, G
    /// and T in the interval's length, or if the variant would change nothing.
    #[must_use]
    pub fn with_reference(&self, reference: &str) -> Option<SequenceQuery> {
        let length = self.interval.end().0 - self.interval.start().0;
        let bases = Bases::parse(reference).filter(|b| b.is_exact() && u64::try_from(b.as_str().len()) == Ok(length))?;
        let edit = match &self.change {
            GenomicChange::Deletion => Edit::Deletion(bases),
            GenomicChange::Duplication => Edit::Duplication(bases),
            GenomicChange::Inversion => Edit::Inversion(bases),
            GenomicChange::Delins(put) => Edit::Delins(bases, put.clone()),
        };
        edit.question(self.reference_name, self.assembly, self.interval.start())
    }

    /// The query for symbolic alleles (`<DEL>`, `<DUP>`, `<INV>`) of exactly this interval. It needs no reference bases. `None` for a `delins`,
    /// for which no symbol exists. Alleles with stated bases match too, if they are of this kind and stored at exactly this position.
    #[must_use]
    pub fn as_bracket(&self) -> Option<BracketQuery> {
        let variant_type = match self.change {
            GenomicChange::Deletion => VariantType::Deletion,
            GenomicChange::Duplication => VariantType::Duplication,
            GenomicChange::Inversion => VariantType::Inversion,
            GenomicChange::Delins(_) => return None,
        };
        let precise = |edge: ZeroBased| Bracket::try_new(edge, ZeroBased(edge.0.checked_add(1)?));
        Some(BracketQuery {
            reference_name: self.reference_name,
            assembly: self.assembly,
            start: precise(self.interval.start())?,
            end: precise(self.interval.end())?,
            reference_bases: None,
            alternate_bases: None,
            variant_type: Some(variant_type),
            min_length: None,
            max_length: None,
        })
    }
}

impl HgvsDescription {
    /// The reference sequence as sent (`NM_004006.2`, `NM_004006.2(DMD)`, `BRAF`).
    #[must_use]
    pub fn sequence(&self) -> &str {
        &self.sequence
    }

    /// The reference sequence without a suffix in parentheses.
    #[must_use]
    pub fn accession(&self) -> &str {
        self.sequence.split('(').next().unwrap_or_default()
    }

    /// The kind of sequence to which the name refers.
    #[must_use]
    pub fn kind(&self) -> HgvsKind {
        self.kind
    }

    /// The change, with the letter of the kind of sequence: `c.4375C>T`.
    #[must_use]
    pub fn change(&self) -> &str {
        &self.change
    }

    /// The amino acid change of a `p.` name; `None` for other kinds of sequence and other changes.
    #[must_use]
    pub fn amino_acid_change(&self) -> Option<AminoAcidChange> {
        (self.kind == HgvsKind::Protein)
            .then(|| AminoAcidChange::parse(&self.change))
            .flatten()
    }
}

/// Parses an HGVS name. For a genomic name, `assembly_id` is required if the sequence does not determine its assembly, and must agree with
/// the sequence if it does. For a name on a transcript or protein, `assembly_id` is optional.
pub(crate) fn query(text: &str, assembly_id: Option<&str>) -> Result<VariantQuery, BeaconError> {
    let invalid = |expected| BeaconError::invalid(NAME, expected);
    let text = unescaped(text.trim());
    if text.len() > MAX_HGVS_BYTES || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(invalid(
            "an HGVS name without white space is expected (in an address, `+` is written `%2B`)",
        ));
    }
    let bare = match text.split_once(':') {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("refseq") => rest,
        _ => text.as_str(),
    };
    let (sequence, change) = bare.split_once(':').ok_or(invalid(
        "a sequence, a colon and a change are expected, such as NC_000001.11:g.123A>G",
    ))?;
    match change.split_once('.') {
        Some((kind @ ("g" | "m"), edit)) => genomic(sequence, assembly_id, kind == "m", edit),
        Some((kind, _)) => annotated(sequence, assembly_id, kind, change).map(|text| VariantQuery::Allele(AlleleQuery::Annotated(text))),
        None => Err(invalid("the change begins with its kind: g., m., c., n., r. or p.")),
    }
}

fn genomic(sequence: &str, assembly_id: Option<&str>, mitochondrial: bool, text: &str) -> Result<VariantQuery, BeaconError> {
    let (reference_name, assembly) = resolve(sequence, assembly_id).map_err(|error| match error {
        BeaconError::InvalidValue { name: "referenceName", .. } => BeaconError::invalid(
            NAME,
            "a genomic change is on a human chromosome's RefSeq accession with version (NC_000001.11), on GRCh37 or GRCh38",
        ),
        other => other,
    })?;
    if mitochondrial && reference_name.as_str() != "MT" {
        return Err(BeaconError::invalid(NAME, "m. is for the mitochondrion; other chromosomes have g."));
    }
    let edit::Placed { interval, edit } = edit::parse(text).ok_or(BeaconError::invalid(
        NAME,
        "a genomic change is a substitution, del, dup, ins, delins or inv at certain positions, with bases as many as positions",
    ))?;
    match edit {
        edit::Stated::Whole(edit) => edit
            .question(reference_name, assembly, interval.start())
            .map(VariantQuery::Sequence)
            .ok_or(BeaconError::invalid(NAME, "the bases before and after are the same")),
        edit::Stated::WithoutReference(change) => Ok(VariantQuery::Allele(AlleleQuery::Genomic(GenomicAllele {
            reference_name,
            assembly,
            interval,
            change,
        }))),
    }
}

fn annotated(sequence: &str, assembly_id: Option<&str>, kind: &str, change: &str) -> Result<HgvsDescription, BeaconError> {
    let kind = match kind {
        "c" => HgvsKind::Coding,
        "n" => HgvsKind::NonCoding,
        "r" => HgvsKind::Rna,
        "p" => HgvsKind::Protein,
        _ => {
            return Err(BeaconError::invalid(
                NAME,
                "the change begins with its kind: g., m., c., n., r. or p.",
            ));
        }
    };
    let named = matches!(sequence.len(), 1..=64) && sequence.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-()".contains(&b));
    let stated = matches!(change.len(), 3..=256);
    if !(named && stated) {
        return Err(BeaconError::invalid(
            NAME,
            "an accession and a change of at most 256 bytes are expected, such as NM_004006.2:c.4375C>T",
        ));
    }
    Ok(HgvsDescription {
        assembly: assembly_id.map(assembly_of).transpose()?,
        sequence: sequence.to_owned(),
        kind,
        change: change.to_owned(),
    })
}

/// Decodes the HTML escapes of `>` and similar characters, because texts from web forms contain them. The text is decoded once, so that
/// `&amp;gt;` does not become `>`.
pub(crate) fn unescaped(text: &str) -> String {
    const ESCAPES: [(&str, char); 5] = [("&gt;", '>'), ("&#62;", '>'), ("&#x3e;", '>'), ("&lt;", '<'), ("&amp;", '&')];
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let escape = ESCAPES
            .iter()
            .find(|(written, _)| from.get(..written.len()).is_some_and(|head| head.eq_ignore_ascii_case(written)));
        let (meant, length) = escape.map_or(('&', 1), |(written, meant)| (*meant, written.len()));
        plain.push(meant);
        rest = from.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sequence(text: &str, assembly: Option<&str>) -> (String, u64, String, String) {
        match query(text, assembly).unwrap() {
            VariantQuery::Sequence(q) => (
                format!("{}-{}", q.assembly.as_str(), q.reference_name.as_str()),
                q.start.0,
                q.reference_bases.unwrap().as_str().to_owned(),
                q.alternate_bases.as_str().to_owned(),
            ),
            other => panic!("{text}: {other:?}"),
        }
    }

    // The expected positions and bases follow the HGVS recommendations (varnomen) and were computed by hand.
    #[test]
    fn names_that_state_all_bases_become_sequence_queries() {
        for (text, place, start, reference, alternate) in [
            ("NC_000023.10:g.33038255C>A", "GRCh37-X", 33_038_254, "C", "A"),
            ("NC_000017.11:g.43057063G&gt;A", "GRCh38-17", 43_057_062, "G", "A"),
            ("refseq:NC_000001.11:g.1a>g", "GRCh38-1", 0, "A", "G"),
            ("NC_000023.11:g.33344591delA", "GRCh38-X", 33_344_590, "A", ""),
            ("NC_000001.11:g.100_102delACG", "GRCh38-1", 99, "ACG", ""),
            ("NC_000001.11:g.100_102dupACG", "GRCh38-1", 99, "", "ACG"),
            ("NC_000001.11:g.100dupA", "GRCh38-1", 99, "", "A"),
            ("NC_000023.10:g.32862923_32862924insCCT", "GRCh37-X", 32_862_923, "", "CCT"),
            ("NC_000001.11:g.100_101delACinsT", "GRCh38-1", 99, "AC", "T"),
            ("NC_000001.11:g.100_102invAAC", "GRCh38-1", 99, "AAC", "GTT"),
        ] {
            let expected = (place.to_owned(), start, reference.to_owned(), alternate.to_owned());
            assert_eq!(sequence(text, None), expected, "{text}");
        }
        assert_eq!(sequence("NC_012920.1:m.3243A>G", Some("GRCh38")).1, 3242);
        assert_eq!(sequence("chr7:g.140753336A>T", Some("hg38")).0, "GRCh38-7");
    }

    #[test]
    fn names_without_bases_can_be_completed_from_the_reference() {
        for (text, reference, expected) in [
            ("NC_000001.11:g.100_102del", "ACG", Some((99, "ACG", ""))),
            ("NC_000001.11:g.100_102dup", "ACG", Some((99, "", "ACG"))),
            ("NC_000001.11:g.100_102inv", "AAC", Some((99, "AAC", "GTT"))),
            ("NC_000001.11:g.100_102delinsTT", "ACG", Some((99, "ACG", "TT"))),
            ("NC_000001.11:g.100delinsTT", "A", Some((99, "A", "TT"))),
            ("NC_000001.11:g.100_102del", "AC", None),
            ("NC_000001.11:g.100_102del", "ANG", None),
            ("NC_000001.11:g.100_102delinsACG", "ACG", None),
            ("NC_000001.11:g.100_101inv", "AT", None),
        ] {
            let Ok(VariantQuery::Allele(AlleleQuery::Genomic(allele))) = query(text, None) else {
                panic!("{text}")
            };
            let found = allele.with_reference(reference);
            let found = found
                .as_ref()
                .map(|q| (q.start.0, q.reference_bases.as_ref().unwrap().as_str(), q.alternate_bases.as_str()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_name_without_bases_also_gives_a_precise_bracket_query() {
        let Ok(VariantQuery::Allele(AlleleQuery::Genomic(allele))) = query("NC_000023.10:g.100_200del", None) else {
            panic!()
        };
        let bracket = allele.as_bracket().unwrap();
        assert_eq!((bracket.start.first().0, bracket.start.bound().0), (99, 100));
        assert_eq!((bracket.end.first().0, bracket.end.bound().0), (200, 201));
        assert_eq!(bracket.variant_type, Some(VariantType::Deletion));
    }

    #[test]
    fn names_on_transcripts_and_proteins_stay_text() {
        for (text, accession, kind, change) in [
            ("NM_004006.2:c.4375C&gt;T", "NM_004006.2", HgvsKind::Coding, "c.4375C>T"),
            ("NM_004006.2(DMD):c.357+1G>A", "NM_004006.2", HgvsKind::Coding, "c.357+1G>A"),
            ("NP_009225.1:p.(Glu1817Ter)", "NP_009225.1", HgvsKind::Protein, "p.(Glu1817Ter)"),
            ("NR_002196.1:n.601G>T", "NR_002196.1", HgvsKind::NonCoding, "n.601G>T"),
        ] {
            let Ok(VariantQuery::Allele(AlleleQuery::Annotated(found))) = query(text, None) else {
                panic!("{text}")
            };
            assert_eq!((found.accession(), found.kind(), found.change()), (accession, kind, change));
            assert!(found.change().starts_with(kind.letter()));
            assert_eq!(found.amino_acid_change().is_some(), kind == HgvsKind::Protein);
        }
    }

    #[test]
    fn names_that_are_uncertain_or_not_human_are_rejected() {
        for text in [
            "",
            "g.100A>G",
            "NC_000001.11",
            "NC_000001.11:100A>G",
            "NC_000001.11:g.0A>G",
            "NC_000001.11:g.100",
            "NC_000001.11:g.100=",
            "NC_000001.11:g.A>G",
            "NC_000001.11:g.100A>",
            "NC_000001.11:g.100A>A",
            "NC_000001.11:g.100A>N",
            "NC_000001.11:g.100_101A>G",
            "NC_000001.11:g.102_100del",
            "NC_000001.11:g.100_102delAC",
            "NC_000001.11:g.100_102del3",
            "NC_000001.11:g.100insT",
            "NC_000001.11:g.100_102insT",
            "NC_000001.11:g.100_101ins",
            "NC_000001.11:g.100_101ins50",
            "NC_000001.11:g.100_101ins200_300",
            "NC_000001.11:g.(100_150)_(200_250)del",
            "NC_000001.11:g.100_?del",
            "NC_000001.11:g.100_102[4]",
            "NC_000001.11:g.100_102con200_202",
            "NC_000001.11:g.100_102delACinsT",
            "NC_000001.11:g.99999999999999999999A>G",
            "NC_000001.9:g.100A>G",
            "NG_012232.1:g.100A>G",
            "NM_004006.2:g.100A>G",
            "NC_000001.11:m.100A>G",
            "NC_000001.11:x.100A>G",
            "NM_004006.2:c.",
            "NM_004006.2:c.357 1G>A",
            ":c.357G>A",
            "NC_000001.11:g.100A&amp;gt;G",
        ] {
            assert_eq!(query(text, None).unwrap_err().status(), 400, "{text}");
        }
        assert!(matches!(
            query("NC_000001.11:g.100A>G", Some("GRCh37")),
            Err(BeaconError::Contradiction { .. })
        ));
        assert!(matches!(query("chr1:g.100A>G", None), Err(BeaconError::MissingParameter { .. })));
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_rejected_without_panic(text in prop_oneof![".{0,40}", "NC_000001\\.11:g\\.[0-9_]{1,9}[a-z]{0,6}[ACGTN>&;]{0,5}"]) {
            if let Err(error) = query(&text, None) {
                prop_assert_eq!(error.status(), 400);
            }
        }
    }
}
