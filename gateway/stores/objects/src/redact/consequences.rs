//! Redacts INFO `CSQ` (VEP). A run of VEP can add any field to `CSQ`, for example the participants of the file (`IND`, `ZYG`) or the counts
//! of the cohort. Only the fields that VEP defines and that describe the allele or the transcript are kept.

/// The fields of `CSQ` that are kept: fields of VEP 100 to 115 and of its common plugins.
const KNOWN: &str = "Allele Consequence IMPACT SYMBOL Gene Feature_type Feature BIOTYPE EXON INTRON HGVSc HGVSp HGVSg cDNA_position CDS_position \
    Protein_position Amino_acids Codons Existing_variation REF_ALLELE DISTANCE STRAND FLAGS PICK VARIANT_CLASS SYMBOL_SOURCE HGNC_ID CANONICAL \
    MANE MANE_SELECT MANE_PLUS_CLINICAL TSL APPRIS CCDS ENSP SWISSPROT TREMBL UNIPARC UNIPROT_ISOFORM SOURCE GENE_PHENO SIFT PolyPhen DOMAINS \
    miRNA HGVS_OFFSET AF AFR_AF AMR_AF EAS_AF EUR_AF SAS_AF AA_AF EA_AF MAX_AF MAX_AF_POPS FREQS CLIN_SIG SOMATIC PHENO PUBMED VAR_SYNONYMS \
    MOTIF_NAME MOTIF_POS HIGH_INF_POS MOTIF_SCORE_CHANGE TRANSCRIPTION_FACTORS CADD_PHRED CADD_RAW LoF LoF_filter LoF_flags LoF_info REVEL \
    am_class am_pathogenicity BAM_EDIT GIVEN_REF USED_REF CHECK_REF NEAREST OverlapBP OverlapPC BLOSUM62 ";

fn is_known(name: &str) -> bool {
    KNOWN.split_ascii_whitespace().any(|known| known == name)
        || ["gnomAD_", "gnomADe_", "gnomADg_"]
            .iter()
            .any(|start| name.strip_prefix(start).is_some_and(|rest| rest.ends_with("AF")))
        || name.starts_with("SpliceAI_pred_")
}

/// For each field of a file's `CSQ`, whether the field is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consequences {
    stays: Vec<bool>,
}

impl Consequences {
    /// Reads the names of the fields from the description of the header's `CSQ` line, which contains `Format: Allele|Consequence|...`. If
    /// this text is absent, no field is kept.
    pub(crate) fn described(description: &str) -> Self {
        let fields = description.split_once("Format:").map_or("", |(_, fields)| fields);
        let fields = fields.trim().trim_end_matches(['"', '\'', '.']);
        Self {
            stays: fields
                .split('|')
                .filter(|_| !fields.is_empty())
                .map(|field| is_known(field.trim()))
                .collect(),
        }
    }

    /// Writes a value of `CSQ` in which the removed fields are empty. Returns false and writes nothing if no field is kept.
    pub(crate) fn put(&self, value: &[u8], out: &mut Vec<u8>) -> bool {
        if !self.stays.contains(&true) {
            return false;
        }
        for (at, transcript) in value.split(|b| *b == b',').enumerate() {
            if at > 0 {
                out.push(b',');
            }
            for (field, text) in transcript.split(|b| *b == b'|').take(self.stays.len()).enumerate() {
                if field > 0 {
                    out.push(b'|');
                }
                if self.stays[field] {
                    out.extend_from_slice(text);
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fields_that_vep_defines_are_kept() {
        let said = "Consequence annotations from Ensembl VEP. Format: Allele|Consequence|IND|gnomADe_EAS_AF|COHORT_AF|ZYG";
        let mut out = Vec::new();
        assert!(Consequences::described(said).put(b"T|missense|P1|0.1|0.2|P1:HET&P2:HOM|more,C|stop|P2|||", &mut out));
        assert_eq!(out, b"T|missense||0.1||,C|stop||||");
        for said in ["", "Format:", "Format: ZYG|IND", "Allele|Consequence"] {
            assert!(!Consequences::described(said).put(b"T|missense", &mut out), "{said}");
        }
    }
}
