//! INFO fields that stay.

/// What becomes of an INFO field of a joint file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InfoRule {
    /// `AC`: recomputed.
    AlleleCount,
    /// `AN`: recomputed.
    AlleleNumber,
    /// `AF`: recomputed.
    AlleleFrequency,
    /// `NS`: recomputed.
    SamplesWithData,
    /// `END`: where the symbolic alleles that stay end.
    End,
    /// `SVTYPE`: goes with a structural allele that goes, unless those that stay say the same.
    StructuralType,
    /// Of the one structural allele that the record has: goes when a structural allele goes.
    Structural,
    /// One value for each alternative allele, however the header counts them.
    OfAlternatives,
    /// The names of other records, one or one for each alternative allele: goes where it names somebody who goes.
    OtherRecords,
    /// `CSQ`: fields that VEP itself defines; goes when an allele goes.
    Consequences,
    /// Of the place alone.
    OfPlace,
    /// Of the alleles, in a form that cannot be taken apart safely: goes when an allele goes.
    OfAllAlleles,
    /// Derived from the cohort, or unknown: goes.
    Drop,
}

/// The rule of a field, by name. Default: drop.
///
/// Not here although VCF reserves them: `CICN` and `CN` (copies of the cohort's people), `BKPTID` (a name in somebody's assembly), `MAC`, `MAF`,
/// `AC_Het` and their like (statistics that are made again from what stays).
pub(crate) fn rule(name: &str) -> InfoRule {
    match name {
        "AC" => InfoRule::AlleleCount,
        "AN" => InfoRule::AlleleNumber,
        "AF" => InfoRule::AlleleFrequency,
        "NS" => InfoRule::SamplesWithData,
        // Structural variants (VCF 4.3 § 3, 4.4 § 3) and what their callers add.
        "END" => InfoRule::End,
        "SVTYPE" => InfoRule::StructuralType,
        "CIPOS" | "CIEND" | "CILEN" | "IMPRECISE" | "PRECISE" | "MEINFO" | "METRANS" | "CHR2" | "POS2" | "END2" | "SVINSLEN"
        | "SVINSSEQ" | "LEFT_SVINSSEQ" | "RIGHT_SVINSSEQ" | "STRANDS" => InfoRule::Structural,
        "SVLEN" | "HOMLEN" | "HOMSEQ" | "SVCLAIM" | "EVENTTYPE" | "RN" => InfoRule::OfAlternatives,
        "MATEID" | "PARID" | "EVENT" => InfoRule::OtherRecords,
        // Of the place or of its alleles, from databases.
        "GENEINFO" => InfoRule::OfPlace,
        "AA" | "DB" | "H2" | "H3" | "RS" | "ALLELEID" | "CLNSIG" | "CLNDN" | "CLNREVSTAT" | "RUS" | "RUL" | "RUC" | "RB" => {
            InfoRule::OfAllAlleles
        }
        // Consequences (VEP, SnpEff).
        "CSQ" => InfoRule::Consequences,
        "ANN" | "EFF" | "LOF" | "NMD" => InfoRule::OfAllAlleles,
        _ => InfoRule::Drop,
    }
}

/// A number as C's `%g` prints it, which is what bcftools writes into VCF text.
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
