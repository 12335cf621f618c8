//! What a packet calls an allele.

use ga4gh_phenopackets::VariationDescriptor;
use gemj_model::ReportedName;
use gemj_model::allele_name::{MAX_CHANGE_BYTES, usual_change};

/// The most names of one allele that are kept; a packet has three.
const MOST_NAMES: usize = 64;

/// The changes of transcripts and proteins that a variant's `expressions` name in HGVS, each with the symbol of the variant's gene; the gene alone where there is no
/// such change. Genomic names are left out: they say where the allele is, which the VCF record says.
pub(super) fn of(descriptor: &VariationDescriptor) -> Vec<ReportedName> {
    let gene = descriptor.gene_context.as_ref().map_or("", |gene| gene.symbol.trim());
    let gene = if gene.len() <= MAX_CHANGE_BYTES {
        gene.to_ascii_uppercase()
    } else {
        String::new()
    };
    let mut names: Vec<ReportedName> = Vec::new();
    let expressions = descriptor
        .expressions
        .iter()
        .filter(|e| e.syntax.to_ascii_lowercase().starts_with("hgvs"));
    for expression in expressions.take(MOST_NAMES) {
        let (sequence, change) = expression.value.trim().split_once(':').unwrap_or(("", expression.value.trim()));
        let Some(change) = usual_change(change).filter(|change| !matches!(change.as_bytes(), [b'g' | b'm', ..])) else {
            continue;
        };
        // `NM_000546.6(TP53):c.215C>G` names the gene beside the transcript.
        let sequence = sequence.split_once('(').map_or(sequence, |(accession, _)| accession).trim();
        if sequence.len() > MAX_CHANGE_BYTES || !sequence.bytes().all(|b| b.is_ascii_graphic()) {
            continue;
        }
        let name = ReportedName {
            change,
            gene: gene.clone(),
            sequence: sequence.to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() && !gene.is_empty() {
        names.push(ReportedName {
            change: String::new(),
            gene,
            sequence: String::new(),
        });
    }
    names
}
