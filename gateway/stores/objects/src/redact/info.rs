//! Decides for each INFO field whether and how it is kept for the kept samples.

/// The redaction rule for an INFO field of a joint file. A field whose text names a removed sample is removed, whatever its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InfoRule {
    /// `AC` is recomputed from the kept samples.
    AlleleCount,
    /// `AN` is recomputed from the kept samples.
    AlleleNumber,
    /// `AF` is recomputed from the kept samples.
    AlleleFrequency,
    /// `NS` is recomputed from the kept samples.
    SamplesWithData,
    /// `END` is kept, is removed, or becomes the last end of the kept symbolic alleles ([`super::site::Site::end_after`]).
    End,
    /// `SVTYPE` is removed if a structural allele is removed, unless the kept structural alleles state the same type.
    StructuralType,
    /// A field that describes the single structural allele of the record. It is removed if a structural allele is removed.
    Structural,
    /// A field with one value for each alternative allele. The `Number` in the header is ignored, and the values of kept alleles are kept.
    OfAlternatives,
    /// A field with the names of other records: one name, or one name for each alternative allele. It is removed if its text names a
    /// removed sample.
    OtherRecords,
    /// `CSQ` keeps only the known fields ([`super::consequences::Consequences`]). It is removed if an allele is removed or shortened.
    Consequences,
    /// A field that describes only the place. It is kept unchanged.
    OfPlace,
    /// A field that describes the alleles in a form that cannot be separated safely by allele. It is removed if an allele is removed or
    /// shortened.
    OfAllAlleles,
    /// A field that is derived from the cohort or is unknown. It is removed.
    Drop,
}

/// Returns the redaction rule of the INFO field with this name. A field that is not listed is dropped.
///
/// For example, these fields are not listed:
/// * `CICN` and `CN`: copy numbers of the cohort's participants;
/// * `BKPTID`: a name in a participant's assembly;
/// * `MAC`, `MAF`, `AC_Het` and similar statistics, which can be computed again from the kept data.
pub(crate) fn rule(name: &str) -> InfoRule {
    match name {
        "AC" => InfoRule::AlleleCount,
        "AN" => InfoRule::AlleleNumber,
        "AF" => InfoRule::AlleleFrequency,
        "NS" => InfoRule::SamplesWithData,
        // The fields of structural variants (VCF 4.3 § 3, 4.4 § 3), and additional fields that callers of structural variants write.
        "END" => InfoRule::End,
        "SVTYPE" => InfoRule::StructuralType,
        "CIPOS" | "CIEND" | "CILEN" | "IMPRECISE" | "PRECISE" | "MEINFO" | "METRANS" | "CHR2" | "POS2" | "END2" | "SVINSLEN"
        | "SVINSSEQ" | "LEFT_SVINSSEQ" | "RIGHT_SVINSSEQ" | "STRANDS" => InfoRule::Structural,
        "SVLEN" | "HOMLEN" | "HOMSEQ" | "SVCLAIM" | "EVENTTYPE" | "RN" => InfoRule::OfAlternatives,
        "MATEID" | "PARID" | "EVENT" => InfoRule::OtherRecords,
        // The fields that annotation tools copy from databases. They describe the place or its alleles.
        "GENEINFO" => InfoRule::OfPlace,
        "AA" | "DB" | "H2" | "H3" | "RS" | "ALLELEID" | "CLNSIG" | "CLNDN" | "CLNREVSTAT" | "RUS" | "RUL" | "RUC" | "RB" => {
            InfoRule::OfAllAlleles
        }
        // The fields of predicted consequences (VEP, SnpEff).
        "CSQ" => InfoRule::Consequences,
        "ANN" | "EFF" | "LOF" | "NMD" => InfoRule::OfAllAlleles,
        _ => InfoRule::Drop,
    }
}

/// Writes a number in the form of C's `%g`, which bcftools uses in VCF text.
pub(crate) fn shortest_decimal(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.5e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..6).contains(&exponent) {
        let places = usize::try_from(5 - exponent).unwrap_or(0);
        trim(&format!("{value:.places$}"))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim(digits), exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_percent_g() {
        let cases = [
            (0.5, "0.5"),
            (1.0, "1"),
            (1.0 / 3.0, "0.333333"),
            (0.000_1, "0.0001"),
            (0.000_012_5, "1.25e-05"),
            (2.0 / 3.0, "0.666667"),
            (0.999_999_9, "1"),
        ];
        for (value, text) in cases {
            assert_eq!(shortest_decimal(value), text);
        }
    }
}
