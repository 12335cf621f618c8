//! Classifies alternative alleles, and finds the bases at the end of a site's alleles that are no longer needed.

/// Whether the text is `<*>`, `<NON_REF>` or `.`. These texts name no observed allele. `<*>` and `<NON_REF>` stand for any allele that was
/// not observed.
pub(crate) fn states_none(alternative: &[u8]) -> bool {
    matches!(alternative, b"<*>" | b"<NON_REF>" | b".")
}

/// Whether an alternative allele is a breakend (VCF 4.3 § 5.4). Single breakends are included.
pub(crate) fn is_breakend(alternative: &[u8]) -> bool {
    alternative.iter().any(|b| matches!(b, b'[' | b']'))
        || (alternative.len() > 1 && (alternative.starts_with(b".") || alternative.ends_with(b".")))
}

/// Whether an alternative allele is a symbolic allele or a breakend, so that its extent is not visible in its bases.
pub(crate) fn is_structural(alternative: &[u8]) -> bool {
    (alternative.starts_with(b"<") && !states_none(alternative)) || is_breakend(alternative)
}

fn is_sequence(allele: &[u8]) -> bool {
    !allele.is_empty() && allele.iter().all(u8::is_ascii_alphabetic)
}

/// The number of bases that are equal at the end of REF and of all kept alternative alleles. At least one base of each allele remains.
///
/// REF in a file is as long as the longest deletion of any sample requires. After the deletion is removed, the bases at the end of REF
/// would still reveal the deletion. REF and the kept alleles therefore lose these equal bases; the meaning of the alleles does not change.
/// * `*`, `<*>`, `<NON_REF>` and `.` have no bases and are not compared.
/// * If a kept alternative allele is structural, or is any other text that is not bases, no base is removed.
/// * Equal bases at the *start* of the alleles are kept. If these bases were removed, POS would change, and with it the order of the file.
///   A site can therefore still reveal that a removed longer allele begins at its POS.
pub(crate) fn common_end<'a>(reference: &[u8], alternatives: impl Iterator<Item = &'a [u8]> + Clone) -> usize {
    let with_bases = alternatives.filter(|a| *a != b"*" && !states_none(a));
    if !is_sequence(reference) || !with_bases.clone().all(is_sequence) {
        return 0;
    }
    let most = with_bases.clone().map(<[u8]>::len).fold(reference.len(), usize::min) - 1;
    let alike = |allele: &[u8]| {
        let pairs = reference.iter().rev().zip(allele.iter().rev());
        pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
    };
    with_bases.map(alike).fold(most, usize::min)
}

/// The value of INFO/END after the redaction of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// END keeps its value.
    Unchanged,
    /// END is removed, because the stated end belongs to a removed allele.
    Dropped,
    /// END is replaced by this position: the last base of the record, 1-based.
    At(i64),
}

/// Whether a symbolic allele's extent is the number of reference bases in its SVLEN (VCF 4.4 § 3 `SVLEN`).
pub(crate) fn extends_by_length(alternative: &[u8]) -> bool {
    [&b"<DEL"[..], b"<DUP", b"<INV", b"<CNV"]
        .iter()
        .any(|start| alternative.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_equal_end_of_all_alleles_is_removed() {
        for (reference, alternatives, count) in [
            ("ATT", &["GTT"][..], 2),
            ("ATT", &["A"], 0),
            ("ATT", &["AT"], 1),
            ("ATT", &["ATTT", "AT"], 1),
            ("ATT", &["ATTT"], 2),
            ("ATT", &["GTT", "*", "<NON_REF>"], 2),
            ("ATT", &["GTT", "<DEL>"], 0),
            ("ATT", &["GTT", "A]chr2:5]"], 0),
            ("attn", &["GTTN"], 3),
            ("A", &["C"], 0),
            ("ATTC", &["GTTA"], 0),
        ] {
            let alternatives: Vec<&[u8]> = alternatives.iter().map(|a| a.as_bytes()).collect();
            assert_eq!(
                common_end(reference.as_bytes(), alternatives.iter().copied()),
                count,
                "{reference} {alternatives:?}"
            );
        }
    }
}
