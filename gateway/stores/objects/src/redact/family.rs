//! Removes the data in a participant's record that can come from a relative's record: phase and inheritance.
//!
//! Phase from a participant's own reads is written in the same way as phase from the parents, so both are removed. Tools choose the names
//! of inheritance fields freely. For a participant with a relative outside the Grant, a field is therefore kept only if it is known to
//! describe the participant's own reads and genotype likelihoods, or the site. All other fields are removed.

/// Whether a FORMAT field of a sample is kept although a relative is outside the Grant.
///
/// Fields that are not kept are, for example: `PS`, `PSL`, `PQ`, `HP`, `HQ`, `PGT`, `PID`, `HDS` (phase), `DN`, `DNM`, `DQ`, `DNP`, `TP`,
/// `PP`, `JL`, `JP` (inheritance, posteriors under a pedigree), `LGT` (a second genotype).
pub(crate) fn format_stays(name: &str) -> bool {
    matches!(
        name,
        // VCF 4.3 § 1.6.2.
        "GT" | "AD" | "ADF" | "ADR" | "DP" | "EC" | "FT" | "GL" | "GP" | "GQ" | "MQ" | "PL"
            // Copy number and structural variants (VCF 4.3 § 4).
            | "CN" | "CNQ" | "CNL" | "CNP" | "CICN" | "DR" | "DV" | "RR" | "RV" | "PR" | "SR" | "BC"
            // GATK, DeepVariant, GLnexus, DRAGEN, Strelka, FreeBayes, bcftools.
            | "SB" | "MIN_DP" | "MED_DP" | "RGQ" | "VAF" | "AF" | "RNC" | "GQX" | "DPI" | "DPF" | "ADALL" | "F1R2" | "F2R1" | "SPL"
            | "ICNT" | "RO" | "QR" | "AO" | "QA" | "DV4" | "DP4" | "SP" | "DPR" | "NR" | "NV" | "BAF" | "LRR"
    )
}

/// Whether an INFO field is kept in a file whose samples are all kept, if the rules for files with removed samples do not keep the field.
/// These are statistics of the site over the reads and genotypes of the samples.
pub(crate) fn info_stays(name: &str) -> bool {
    let of_alleles = name.strip_prefix("AS_").unwrap_or(name);
    matches!(
        of_alleles,
        // VCF 4.3 § 1.6.1.
        "AD" | "ADF" | "ADR" | "BQ" | "CIGAR" | "DP" | "MQ" | "MQ0" | "SB" | "SOMATIC" | "VALIDATED" | "1000G"
            // GATK.
            | "BaseQRankSum" | "ClippingRankSum" | "MQRankSum" | "ReadPosRankSum" | "Dels" | "DS" | "ExcessHet" | "FS" | "HaplotypeScore"
            | "HRun" | "InbreedingCoeff" | "MLEAC" | "MLEAF" | "QD" | "RAW_MQ" | "RAW_MQandDP" | "SOR" | "VQSLOD" | "culprit"
            | "NEGATIVE_TRAIN_SITE" | "POSITIVE_TRAIN_SITE" | "FilterStatus" | "SB_TABLE"
            // bcftools.
            | "DP4" | "INDEL" | "IDV" | "IMF" | "VDB" | "RPB" | "RPBZ" | "MQB" | "MQBZ" | "BQB" | "BQBZ" | "MQSB" | "MQSBZ" | "SCBZ"
            | "SGB" | "MQ0F" | "ICB" | "HOB" | "HWE" | "ExcHet" | "MAF" | "AC_Hom" | "AC_Het" | "AC_Hemi" | "F_MISSING" | "VAF"
            // GLnexus, DRAGEN, FreeBayes.
            | "AQ" | "FractionInformativeReads" | "LOD" | "DPB" | "RO" | "AO" | "QR" | "QA" | "SRF" | "SRR" | "SAF" | "SAR" | "SRP"
            | "SAP" | "AB" | "ABP" | "RPP" | "RPPR" | "RPL" | "RPR" | "EPP" | "EPPR" | "ODDS" | "GTI" | "TYPE" | "LEN" | "MQM" | "MQMR"
            | "PAIRED" | "PAIREDR" | "NUMALT" | "MEANALT"
    )
}

/// Whether a FILTER is kept. A filter judges a site, but some tools store inheritance in it.
pub(crate) fn filter_stays(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ![
        "denovo", "de_novo", "mendel", "inherit", "trio", "parent", "mother", "father", "sib", "phase",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// The text of a genotype without phase. The separator is `/` and the alleles ascend, with unknown alleles first, so that their order
/// reveals nothing.
pub(crate) fn unphased_text(genotype: &[u8]) -> Vec<u8> {
    // VCF 4.4 allows a phasing mark before the first allele, so the first piece can be empty.
    let mut alleles: Vec<&[u8]> = genotype.split(|b| matches!(b, b'/' | b'|')).filter(|a| !a.is_empty()).collect();
    // The numbers have no leading zeros, so a longer number is larger.
    alleles.sort_by_key(|allele| if *allele == b"." { (0, *allele) } else { (allele.len(), *allele) });
    alleles.join(&b'/')
}

/// Removes the phase from BCF's values, (allele + 1) << 1 | phased, without the end-of-vector values.
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
    fn the_mark_and_the_order_of_alleles_lose_the_phase() {
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
        // 1|0, .|1, and 2|1 where the first allele also has the phase bit (VCF 4.4).
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
