//! The usual spelling of gene names.

/// Writes a gene name in the form in which gene names are stored and compared. The form is in capitals, has an Ensembl identifier without its
/// version, and has one prefix for each authority.
///
/// Annotation files write `GeneID:673` and `ENSG00000157764`. Case reports write the CURIEs of Phenopackets, `NCBIGene:673` and
/// `ensembl:ENSG00000157764`. Both become the same text.
#[must_use]
pub fn usual_gene_name(text: &str) -> String {
    let upper = text.trim().to_ascii_uppercase();
    let upper = match upper.split_once(':') {
        Some(("NCBIGENE" | "ENTREZ", number)) => format!("GENEID:{number}"),
        Some(("ENSEMBL", stable)) => stable.to_owned(),
        Some(_) | None => upper,
    };
    match upper.split_once('.') {
        Some((stable, version)) if stable.starts_with("ENSG") && version.bytes().all(|b| b.is_ascii_digit()) => stable.to_owned(),
        Some(_) | None => upper,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_gene_becomes_the_usual_name() {
        for (texts, usual) in [
            (&["BRAF", "braf", " BRAF "][..], "BRAF"),
            (&["C9orf72", "C9ORF72"], "C9ORF72"),
            (&["HGNC:1097", "hgnc:1097"], "HGNC:1097"),
            (&["GeneID:673", "NCBIGene:673", "ncbigene:673", "entrez:673"], "GENEID:673"),
            (
                &["ENSG00000157764", "ENSG00000157764.14", "ensembl:ENSG00000157764.14"],
                "ENSG00000157764",
            ),
            (&["AC012345.1"], "AC012345.1"),
        ] {
            for text in texts {
                assert_eq!(usual_gene_name(text), usual, "{text}");
            }
        }
    }
}
