//! Removes the data in a participant's columns that can come from a relative's data: phase and inheritance.
//!
//! Phase from a participant's own reads is written in the same way as phase from the parents, so both are removed. Tools choose the names
//! of inheritance fields freely. For a participant with a relative outside the Grant, a field is therefore kept only if it is on a list of
//! known fields. The listed fields describe the participant's own reads and genotype likelihoods, or the site. All other fields are
//! removed.

/// Whether a FORMAT field of a sample is kept although a relative is outside the Grant.
///
/// Examples of fields that are not kept:
/// * phase: `PS`, `PSL`, `PQ`, `HP`, `HQ`, `PGT`, `PID`, `HDS`;
/// * inheritance and posteriors under a pedigree: `DN`, `DNM`, `DQ`, `DNP`, `TP`, `PP`, `JL`, `JP`;
/// * a second genotype: `LGT`.
pub(crate) fn format_stays(name: &str) -> bool {
    matches!(
        name,
        // These are reserved fields of VCF 4.3 § 1.6.2.
        "GT" | "AD" | "ADF" | "ADR" | "DP" | "EC" | "FT" | "GL" | "GP" | "GQ" | "MQ" | "PL"
            // These fields describe copy numbers and structural variants (VCF 4.3 § 4).
            | "CN" | "CNQ" | "CNL" | "CNP" | "CICN" | "DR" | "DV" | "RR" | "RV" | "PR" | "SR" | "BC"
            // These fields come from GATK, DeepVariant, GLnexus, DRAGEN, Strelka, FreeBayes and bcftools.
            | "SB" | "MIN_DP" | "MED_DP" | "RGQ" | "VAF" | "AF" | "RNC" | "GQX" | "DPI" | "DPF" | "ADALL" | "F1R2" | "F2R1" | "SPL"
            | "ICNT" | "RO" | "QR" | "AO" | "QA" | "DV4" | "DP4" | "SP" | "DPR" | "NR" | "NV" | "BAF" | "LRR"
    )
}

/// Whether an INFO field is kept in a file whose samples are all kept, although a relative is outside the Grant. The fields are statistics
/// of the site over the reads and genotypes of the samples. Fields that [`super::info::rule`] keeps are kept in addition.
pub(crate) fn info_stays(name: &str) -> bool {
    let of_alleles = name.strip_prefix("AS_").unwrap_or(name);
    matches!(
        of_alleles,
        // These are reserved fields of VCF 4.3 § 1.6.1.
        "AD" | "ADF" | "ADR" | "BQ" | "CIGAR" | "DP" | "MQ" | "MQ0" | "SB" | "SOMATIC" | "VALIDATED" | "1000G"
            // These fields come from GATK.
            | "BaseQRankSum" | "ClippingRankSum" | "MQRankSum" | "ReadPosRankSum" | "Dels" | "DS" | "ExcessHet" | "FS" | "HaplotypeScore"
            | "HRun" | "InbreedingCoeff" | "MLEAC" | "MLEAF" | "QD" | "RAW_MQ" | "RAW_MQandDP" | "SOR" | "VQSLOD" | "culprit"
            | "NEGATIVE_TRAIN_SITE" | "POSITIVE_TRAIN_SITE" | "FilterStatus" | "SB_TABLE"
            // These fields come from bcftools.
            | "DP4" | "INDEL" | "IDV" | "IMF" | "VDB" | "RPB" | "RPBZ" | "MQB" | "MQBZ" | "BQB" | "BQBZ" | "MQSB" | "MQSBZ" | "SCBZ"
            | "SGB" | "MQ0F" | "ICB" | "HOB" | "HWE" | "ExcHet" | "MAF" | "AC_Hom" | "AC_Het" | "AC_Hemi" | "F_MISSING" | "VAF"
            // These fields come from GLnexus, DRAGEN and FreeBayes.
            | "AQ" | "FractionInformativeReads" | "LOD" | "DPB" | "RO" | "AO" | "QR" | "QA" | "SRF" | "SRR" | "SAF" | "SAR" | "SRP"
            | "SAP" | "AB" | "ABP" | "RPP" | "RPPR" | "RPL" | "RPR" | "EPP" | "EPPR" | "ODDS" | "GTI" | "TYPE" | "LEN" | "MQM" | "MQMR"
            | "PAIRED" | "PAIREDR" | "NUMALT" | "MEANALT"
    )
}

/// Whether a FILTER of this name is kept although a relative is outside the Grant. A filter judges a site, but some tools write inheritance
/// into its name.
pub(crate) fn filter_stays(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ![
        "denovo", "de_novo", "mendel", "inherit", "trio", "parent", "mother", "father", "sib", "phase",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// The text of a genotype without its phase. The separator is `/`, and the alleles are in ascending order with unknown alleles first, so
/// that their order does not reveal the phase.
pub(crate) fn unphased_text(genotype: &[u8]) -> Vec<u8> {
    // VCF 4.4 allows a phasing mark before the first allele, so the first piece of the text can be empty.
    let mut alleles: Vec<&[u8]> = genotype.split(|b| matches!(b, b'/' | b'|')).filter(|a| !a.is_empty()).collect();
    // The numbers of alleles have no leading zeros, so a longer number is larger.
    alleles.sort_by_key(|allele| if *allele == b"." { (0, *allele) } else { (allele.len(), *allele) });
    alleles.join(&b'/')
}

/// Removes the phase from BCF genotype values, each (allele + 1) << 1 | phased. `values` must not contain end-of-vector values.
pub(crate) fn unphase_values(values: &mut [i32]) {
    for value in values.iter_mut() {
        *value &= !1;
    }
    values.sort_unstable();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unphasing_removes_the_phasing_mark_and_sorts_the_alleles() {
        for (phased, unphased) in [
            ("0|1", "0/1"),
            ("1|0", "0/1"),
            ("1/0", "0/1"),
            ("|1|0", "0/1"),
            ("10|9", "9/10"),
            ("1|.", "./1"),
            (".|.", "./."),
            ("2|0/1", "0/1/2"),
            ("|1", "1"),
            ("1", "1"),
            (".", "."),
        ] {
            assert_eq!(unphased_text(phased.as_bytes()), unphased.as_bytes(), "{phased}");
        }
        // The genotypes 1|0 and .|1, and the genotype 2|1 whose first allele also has the phase bit (VCF 4.4).
        for (phased, unphased) in [(vec![4, 3], vec![2, 4]), (vec![0, 5], vec![0, 4]), (vec![7, 5], vec![4, 6])] {
            let mut values = phased;
            unphase_values(&mut values);
            assert_eq!(values, unphased);
        }
    }

    #[test]
    fn phase_inheritance_and_unknown_fields_are_removed() {
        for name in [
            "PS", "PSL", "PSO", "PSQ", "PQ", "HP", "HQ", "PGT", "PID", "PF", "HDS", "DN", "DNM", "DQ", "DNP", "TP", "PP", "JL", "JP",
            "INH", "LGT", "VA", "MCV", "XX",
        ] {
            assert!(!format_stays(name), "{name}");
        }
        for name in [
            "hiConfDeNovo",
            "loConfDeNovo",
            "DENOVO",
            "MENDEL",
            "MERR",
            "INH",
            "DN",
            "denovo",
            "TP",
            "PG",
            "slivar_comphet",
            "XX",
        ] {
            assert!(!info_stays(name), "{name}");
        }
        assert!(filter_stays("PASS") && filter_stays("VQSRTrancheSNP99.90to100.00"));
        assert!(!filter_stays("MendelianError") && !filter_stays("lowDeNovo"));
    }
}
