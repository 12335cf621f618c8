//! Reads the names of alleles from a file's annotations: INFO/CSQ in VEP's form, and INFO/ANN in SnpEff's form. The text is not trusted. A
//! stored name shows only that the file contains this name for the allele.
//!
//! Only names of coding changes are stored: names in entries with an HGVS protein name, and in entries that change one of the two bases at
//! an end of an intron (splice donor or acceptor). A genome has about twenty thousand alleles with these names. Names of the millions of
//! other alleles (introns, regulatory regions) are not stored.

use gemj_model::allele_name::usual_change;
use gemj_model::{Allele, AlleleName};

/// The maximum number of entries that are read from one record. A record with many transcripts has some hundreds of entries.
const MAX_ENTRIES: usize = 4_096;
/// The maximum number of columns in one entry.
const MAX_COLUMNS: usize = 256;
/// The maximum lengths, in bytes, of a stored symbol or accession (`MAX_SYMBOL_BYTES`) and of a stored list of consequences
/// (`MAX_CONSEQUENCE_BYTES`).
const MAX_SYMBOL_BYTES: usize = 64;
const MAX_CONSEQUENCE_BYTES: usize = 200;
/// The consequences (Sequence Ontology terms) whose transcript names are stored although the entry states no protein change.
const SPLICE_SITES: [&str; 2] = ["splice_donor_variant", "splice_acceptor_variant"];

/// The columns of an entry in SnpEff's ANN (SnpEff documentation, "ANN field (VCF output files)").
const SNPEFF: [&str; 11] = [
    "Allele",
    "Consequence",
    "IMPACT",
    "SYMBOL",
    "Gene",
    "Feature_type",
    "Feature",
    "BIOTYPE",
    "Rank",
    "HGVSc",
    "HGVSp",
];

/// The layout of the annotation entries in one INFO field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The key of the INFO field, for example `CSQ`.
    pub(super) key: String,
    /// Whether an entry's allele column contains the ALT allele unchanged. VEP instead leaves out a first base that all alleles share.
    whole_alternates: bool,
    allele: usize,
    consequence: Option<usize>,
    symbol: Option<usize>,
    feature: Option<usize>,
    coding: Option<usize>,
    protein: Option<usize>,
    allele_number: Option<usize>,
}

impl Layout {
    /// Determines the layout from the ID and Description of the header's INFO line. Absent if the field is not an annotation in the form of
    /// VEP or SnpEff, has no column `Allele`, or has more than [`MAX_COLUMNS`] columns.
    pub(super) fn of(id: &str, description: &str) -> Option<Self> {
        let columns: Vec<&str> = match (id, description.split_once("Format: ")) {
            ("CSQ" | "ANN" | "vep", Some((_, columns))) => columns
                .split('|')
                .take(MAX_COLUMNS + 1)
                .map(|c| c.trim_matches(['"', '\'', ' ']))
                .collect(),
            ("ANN", None) => SNPEFF.to_vec(),
            _ => return None,
        };
        if columns.len() > MAX_COLUMNS {
            return None;
        }
        let place = |wanted: &str| columns.iter().position(|column| column.eq_ignore_ascii_case(wanted));
        Some(Self {
            key: id.to_owned(),
            whole_alternates: !description.contains("Format: "),
            allele: place("Allele")?,
            consequence: place("Consequence"),
            symbol: place("SYMBOL"),
            feature: place("Feature"),
            coding: place("HGVSc"),
            protein: place("HGVSp"),
            allele_number: place("ALLELE_NUM"),
        })
    }
}

/// Whether a text may contain an annotation entry whose names are stored. This is a fast check before the text is parsed.
pub(super) fn may_name(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"p.").is_some() || memchr::memmem::find(text, b"splice_").is_some()
}

/// The alleles of a record, as spelled in the record.
pub(super) struct Named<'a> {
    pub(super) reference: &'a str,
    pub(super) alternates: &'a [&'a str],
}

impl Named<'_> {
    /// Whether VEP leaves out the first base of every allele of this record. VEP does this if at least one allele differs in length from
    /// the reference and all alleles have the same first base.
    fn is_shortened(&self) -> bool {
        let spelt = || self.alternates.iter().filter(|a| !a.starts_with(['<', '*']));
        let first = self.reference.bytes().next();
        spelt().any(|a| a.len() != self.reference.len()) && spelt().all(|a| a.bytes().next() == first)
    }

    /// Whether the allele text of an annotation entry is the record's alternative allele with this index (from 0).
    fn is(&self, index: usize, allele: &Allele, text: &str, whole: bool) -> bool {
        let Some(alternate) = self.alternates.get(index) else {
            return false;
        };
        let same = |form: &str| text.eq_ignore_ascii_case(if form.is_empty() { "-" } else { form });
        match (whole, self.alternates.len()) {
            (true, _) => same(alternate),
            // If the record has a single alternative allele, the entry is unambiguous, with or without the first base.
            (false, 1) => same(alternate) || same(&allele.alternate) || alternate.get(1..).is_some_and(same),
            (false, _) if self.is_shortened() => alternate.get(1..).is_some_and(same),
            (false, _) => same(alternate),
        }
    }

    /// Calls `visit` with each name that the annotation text states for one allele of the record. `index` is the allele's index (from 0),
    /// and the name refers to `kept`, the stored form of the allele.
    pub(super) fn each(
        &self,
        layout: &Layout,
        text: &str,
        index: usize,
        allele: &Allele,
        kept: &Allele,
        mut visit: impl FnMut(AlleleName),
    ) {
        for entry in text.split(',').take(MAX_ENTRIES) {
            let columns: Vec<&str> = entry.split('|').take(MAX_COLUMNS).map(str::trim).collect();
            let column = |place: Option<usize>| place.and_then(|at| columns.get(at).copied()).unwrap_or_default();
            let numbered = column(layout.allele_number).parse::<usize>().ok();
            let is_it = match numbered {
                Some(number) => number == index + 1,
                None => self.is(index, allele, column(Some(layout.allele)), layout.whole_alternates),
            };
            if !is_it {
                continue;
            }
            let consequence = column(layout.consequence);
            let (coding, protein) = (column(layout.coding), column(layout.protein));
            let at_splice_site = consequence.split('&').any(|term| SPLICE_SITES.contains(&term));
            if protein.is_empty() && !at_splice_site {
                continue;
            }
            for stated in [protein, coding] {
                let (sequence, change) = stated.split_once(':').unwrap_or((column(layout.feature), stated));
                let Some(change) = usual_change(change) else { continue };
                visit(AlleleName {
                    allele: kept.clone(),
                    change,
                    gene: symbol(column(layout.symbol)).to_ascii_uppercase(),
                    sequence: symbol(sequence).to_owned(),
                    consequence: consequence
                        .get(..consequence.len().min(MAX_CONSEQUENCE_BYTES))
                        .unwrap_or_default()
                        .to_owned(),
                });
            }
        }
    }
}

/// Returns a gene symbol or accession unchanged, and an empty text for any other text.
fn symbol(text: &str) -> &str {
    let fits = text.len() <= MAX_SYMBOL_BYTES && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:@".contains(&b));
    if fits { text } else { "" }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use gemj_model::{Contig, OneBased};
    use proptest::prelude::*;

    const CSQ: &str = "Consequence annotations from Ensembl VEP. Format: Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp";

    fn named(layout: &Layout, reference: &str, alternates: &[&str], text: &str) -> Vec<Vec<String>> {
        let record = Named { reference, alternates };
        (0..alternates.len())
            .map(|index| {
                let mut found = Vec::new();
                if let Ok(allele) = Allele::from_vcf(&Contig("7".into()), OneBased(100), reference, alternates[index], None) {
                    record.each(layout, text, index, &allele, &allele, |name| {
                        found.push(format!("{} {} {}", name.gene, name.sequence, name.change));
                    });
                }
                found
            })
            .collect()
    }

    #[test]
    fn entries_of_vep_are_assigned_to_the_allele_that_they_name() {
        let layout = Layout::of("CSQ", CSQ).unwrap();
        let one = |r: &str, a: &str, allele: &str| {
            named(
                &layout,
                r,
                &[a],
                &format!("{allele}|missense_variant|BRAF|E1|E1.2:c.5A>T|P1.1:p.Val2Glu"),
            )[0]
            .len()
        };
        assert_eq!(one("A", "T", "T"), 2);
        assert_eq!(one("A", "T", "G"), 0);
        assert_eq!(one("CAG", "C", "-"), 2);
        assert_eq!(one("C", "CAG", "AG"), 2);
        let several = "T|frameshift_variant|G1|E1|E1.1:c.1A>T|P1.1:p.Lys1fs,-|inframe_deletion|G1|E1|E1.1:c.2del|P1.1:p.Lys2del";
        // All alleles begin with C, and the lengths differ, so VEP leaves out the C in its allele column.
        assert_eq!(
            named(&layout, "CA", &["CT", "C"], several),
            [["G1 P1.1 p.Lys1fs", "G1 E1.1 c.1A>T"], ["G1 P1.1 p.Lys2del", "G1 E1.1 c.2del"]]
        );
        // The alleles begin with different bases, so VEP does not leave out a base. The entry for T therefore belongs to the ALT allele T
        // and not to AT.
        let text = "T|missense_variant|G1|E1||P1.1:p.Lys1Met";
        assert_eq!(
            named(&layout, "A", &["AT", "T"], text),
            [vec![], vec!["G1 P1.1 p.Lys1Met".to_owned()]]
        );
    }

    #[test]
    fn entries_of_snpeff_have_the_transcript_in_a_separate_column() {
        let layout = Layout::of(
            "ANN",
            "Functional annotations: 'Allele | Annotation | Annotation_Impact | Gene_Name'",
        )
        .unwrap();
        let text = "T|missense_variant|MODERATE|BRAF|ENSG1|transcript|NM_004333.6|protein_coding|15/18|c.1799T>A|p.Val600Glu|1/2|3/4|5/6||,\
                    T|intron_variant|MODIFIER|BRAF|ENSG1|transcript|NM_9.1|protein_coding|2/18|c.99+5T>A||||||,\
                    T|splice_donor_variant&intron_variant|HIGH|BRAF|ENSG1|transcript|NM_8.1|protein_coding|2/18|c.99+1T>A||||||";
        assert_eq!(
            named(&layout, "A", &["T"], text),
            [[
                "BRAF NM_004333.6 p.Val600Glu",
                "BRAF NM_004333.6 c.1799T>A",
                "BRAF NM_8.1 c.99+1T>A"
            ]]
        );
    }

    #[test]
    fn fields_that_are_not_annotations_have_no_layout() {
        for (id, description) in [
            ("DP", "Total depth. Format: Allele|X"),
            ("CSQ", "Consequences"),
            ("CSQ", "Format: A|B"),
            ("ANNX", "Format: Allele"),
        ] {
            assert_eq!(Layout::of(id, description), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn a_random_annotation_text_is_read_without_a_panic(text in "[-ACGT|,:p.c>&a-zA-Z0-9%*=é]{0,200}", alternates in prop::collection::vec("[ACGT*<>é]{0,4}", 1..4), description in "\\PC{0,80}") {
            let alternates: Vec<&str> = alternates.iter().map(String::as_str).collect();
            let layout = Layout::of("CSQ", CSQ).unwrap();
            for found in named(&layout, "CA", &alternates, &text).into_iter().flatten() {
                prop_assert!(found.len() < 512);
            }
            let _ = Layout::of("CSQ", &format!("Format: {description}"));
        }
    }
}
