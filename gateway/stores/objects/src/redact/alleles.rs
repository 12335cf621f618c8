//! What kind of allele a text is, and how much of it has to be written.

/// `<*>`, `<NON_REF>` and `.`, which state no allele: any that was not seen.
pub(crate) fn states_none(alternative: &[u8]) -> bool {
    matches!(alternative, b"<*>" | b"<NON_REF>" | b".")
}

/// A breakend (VCF 4.3 § 5.4), single ones too.
pub(crate) fn is_breakend(alternative: &[u8]) -> bool {
    alternative.iter().any(|b| matches!(b, b'[' | b']'))
        || (alternative.len() > 1 && (alternative.starts_with(b".") || alternative.ends_with(b".")))
}

/// An allele whose extent is not in its bases: symbolic or a breakend.
pub(crate) fn is_structural(alternative: &[u8]) -> bool {
    (alternative.starts_with(b"<") && !states_none(alternative)) || is_breakend(alternative)
}

fn is_sequence(allele: &[u8]) -> bool {
    !allele.is_empty() && allele.iter().all(u8::is_ascii_alphabetic)
}

/// How many bases REF and all alternative alleles end with alike, one base of each being left.
///
/// REF is as long as the longest deletion of anybody in the file needs it. Once that allele goes, the bases behind would tell of it, so REF and
/// the alleles lose them; what they say stays the same. `*` and alleles that are not stated have no bases of their own and do not count. With a
/// structural allele, or anything else that is not bases, nothing is taken off. Bases that the alleles *begin* with alike stay: without them
/// POS, and with it the order of the file, would change. So a site can still tell that a longer allele begins there.
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

/// Where the record of a site ends after structural alleles went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As it was.
    Unchanged,
    /// It spoke of an allele that went.
    Dropped,
    /// 1-based, last base.
    At(i64),
}

/// Whether the extent of a symbolic allele is that of the reference bases that SVLEN counts (VCF 4.4 § 3 `SVLEN`).
pub(crate) fn extends_by_length(alternative: &[u8]) -> bool {
    [&b"<DEL"[..], b"<DUP", b"<INV", b"<CNV"]
        .iter()
        .any(|start| alternative.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_that_is_alike_in_all_alleles_is_not_needed() {
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
