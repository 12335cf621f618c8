//! Collects the names that a packet uses for an allele: HGVS names on transcripts and proteins, and gene names.

use ga4gh_phenopackets::{Expression, GeneDescriptor, VariationDescriptor};
use gemj_model::ReportedName;
use gemj_model::allele_name::{MAX_CHANGE_BYTES, is_accession, usual_change};
use gemj_model::gene_name::usual_gene_name;

/// The maximum number of HGVS names of one variant that are read. A usual packet has three.
const MOST_NAMES: usize = 64;

/// The changes on transcripts and proteins that a variant's `expressions` state in HGVS. Each change occurs once for each name of the variant's
/// gene. If the variant states no such change, the result contains only the gene. Genomic names are omitted, because the VCF record already
/// states the genomic position.
pub(super) fn of(descriptor: &VariationDescriptor) -> Vec<ReportedName> {
    let genes = descriptor.gene_context.as_ref().map(names_of).unwrap_or_default();
    let mut names: Vec<ReportedName> = Vec::new();
    let expressions = descriptor
        .expressions
        .iter()
        .filter(|e| e.syntax.to_ascii_lowercase().starts_with("hgvs"));
    for expression in expressions.take(MOST_NAMES) {
        let Some((change, On { sequence, gene })) = change_of(expression) else {
            continue;
        };
        // The variant's own gene is used if it is stated. Otherwise the gene inside the HGVS name is used.
        let of_name: Vec<String> = gene.and_then(gene_name).into_iter().collect();
        let of = if genes.is_empty() { of_name } else { genes.clone() };
        add(&mut names, &change, sequence, of);
    }
    if names.is_empty() && !genes.is_empty() {
        add(&mut names, "", "", genes);
    }
    names
}

/// Whether a notation of a variant is stored as a name of its allele.
pub(in crate::phenopacket) fn is_stored_expression(expression: &Expression) -> bool {
    expression.syntax.to_ascii_lowercase().starts_with("hgvs") && change_of(expression).is_some()
}

/// The change that an HGVS expression states on a transcript or a protein, and the sequence. `None` for a genomic change, or if the text is not
/// HGVS.
fn change_of(expression: &Expression) -> Option<(String, On<'_>)> {
    let (on, change) = expression.value.trim().rsplit_once(':').unwrap_or(("", expression.value.trim()));
    let change = usual_change(change).filter(|change| !matches!(change.as_bytes(), [b'g' | b'm', ..]))?;
    let on = On::parse(on);
    let is_good = on.sequence.len() <= MAX_CHANGE_BYTES && on.sequence.bytes().all(|b| b.is_ascii_graphic());
    is_good.then_some((change, on))
}

/// Adds a change once for each name of its gene, or once without a gene.
fn add(names: &mut Vec<ReportedName>, change: &str, sequence: &str, mut genes: Vec<String>) {
    if genes.is_empty() {
        genes.push(String::new());
    }
    for gene in genes {
        let name = ReportedName {
            change: change.to_owned(),
            gene,
            sequence: sequence.to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

/// The symbol and the identifier of a gene, as far as they are stated. Both are kept, because a gene model may contain only one of them.
fn names_of(gene: &GeneDescriptor) -> Vec<String> {
    let mut names: Vec<String> = [&gene.symbol, &gene.value_id]
        .into_iter()
        .filter_map(|name| gene_name(name))
        .collect();
    names.dedup();
    names
}

fn gene_name(text: &str) -> Option<String> {
    let name = usual_gene_name(text);
    (matches!(name.len(), 1..=MAX_CHANGE_BYTES) && name.bytes().all(|b| b.is_ascii_graphic())).then_some(name)
}

/// The sequence and the gene to which an HGVS change refers.
struct On<'a> {
    /// The accession of the sequence; empty if none is stated.
    sequence: &'a str,
    /// The gene that is named after the accession or in place of it; `None` if no gene is named.
    gene: Option<&'a str>,
}

impl<'a> On<'a> {
    /// Parses the part of an HGVS name before the change: `NM_000546.6`, `NM_000546.6(TP53)`, `NG_017013.2(NM_000546.6)` or `TP53`, each also
    /// after a prefix (`refseq:NM_000546.6`).
    fn parse(text: &'a str) -> Self {
        let text = text.rsplit_once(':').map_or(text, |(_, behind)| behind).trim();
        let (outer, inner) = match text.split_once('(') {
            Some((outer, inner)) => (outer.trim(), Some(inner.trim_end_matches(')').trim())),
            None => (text, None),
        };
        if is_accession(outer) {
            return Self {
                sequence: outer,
                gene: inner,
            };
        }
        match inner {
            // A genomic sequence followed by a transcript in parentheses. The positions refer to the transcript.
            Some(inner) if is_accession(inner) => Self {
                sequence: inner,
                gene: None,
            },
            // A text with an underscore is an accession of another source, because no gene symbol contains an underscore.
            _ if outer.contains('_') => Self {
                sequence: outer,
                gene: inner,
            },
            _ => Self {
                sequence: "",
                gene: Some(outer).filter(|gene| !gene.is_empty()),
            },
        }
    }
}
