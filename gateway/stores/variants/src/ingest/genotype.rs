//! Parses genotypes, and determines the alleles that a sample carries and their zygosity.

use gemj_model::Zygosity;

/// One allele of a genotype, by number (0 is the reference); absent for `.`.
pub(super) type Call = Option<u32>;

/// Parses a GT of VCF text into `calls` (VCF 4.3 § 1.6.2; 4.4 allows a phasing mark before the first allele). Absent if the text is not a
/// genotype of a record with `alternates` alternative alleles.
pub(super) fn parse(text: &[u8], alternates: u32, calls: &mut Vec<Call>) -> Option<()> {
    calls.clear();
    let text = match text {
        [b'/' | b'|', rest @ ..] => rest,
        text => text,
    };
    for call in text.split(|b| matches!(b, b'/' | b'|')) {
        match call {
            [] => return None,
            [b'.'] => calls.push(None),
            digits => {
                let mut number = 0u32;
                for digit in digits {
                    if !digit.is_ascii_digit() {
                        return None;
                    }
                    number = number.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?;
                }
                if number > alternates {
                    return None;
                }
                calls.push(Some(number));
            }
        }
    }
    Some(())
}

/// Calls `visit` once for each alternative allele in a genotype, with the allele's number (the first is 1) and its zygosity.
///
/// * Homozygous: the genotype has two or more copies, and all of them are the allele.
/// * Hemizygous: the genotype has only one copy.
/// * Heterozygous: all other cases, also if the other copy is unknown.
pub(super) fn carried(calls: &[Call], mut visit: impl FnMut(u32, Zygosity)) {
    for (position, call) in calls.iter().enumerate() {
        let Some(allele) = call.filter(|a| *a > 0) else {
            continue;
        };
        if calls[..position].contains(call) {
            continue;
        }
        let zygosity = match calls.len() {
            1 => Zygosity::Hemizygous,
            _ if calls.iter().all(|c| c == call) => Zygosity::Homozygous,
            _ => Zygosity::Heterozygous,
        };
        visit(allele, zygosity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Zygosity::{Hemizygous, Heterozygous, Homozygous};
    use proptest::prelude::*;

    fn read(text: &str) -> Option<Vec<(u32, Zygosity)>> {
        let mut calls = Vec::new();
        parse(text.as_bytes(), 3, &mut calls)?;
        let mut found = Vec::new();
        carried(&calls, |allele, zygosity| found.push((allele, zygosity)));
        Some(found)
    }

    #[test]
    fn the_copies_in_a_genotype_decide_the_zygosity() {
        for (text, expected) in [
            ("0/0", vec![]),
            ("./.", vec![]),
            (".", vec![]),
            ("0", vec![]),
            ("0|1", vec![(1, Heterozygous)]),
            ("1/1", vec![(1, Homozygous)]),
            ("./1", vec![(1, Heterozygous)]),
            ("1|.", vec![(1, Heterozygous)]),
            ("1", vec![(1, Hemizygous)]),
            ("|2", vec![(2, Hemizygous)]),
            ("1/2", vec![(1, Heterozygous), (2, Heterozygous)]),
            ("1/1/0", vec![(1, Heterozygous)]),
            ("2/2/2", vec![(2, Homozygous)]),
            ("/1|3", vec![(1, Heterozygous), (3, Heterozygous)]),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn text_that_is_not_a_genotype_is_rejected() {
        for text in [
            "",
            "/",
            "0/",
            "0//1",
            "4/0",
            "a",
            "0/1x",
            "-1/0",
            "1/99999999999",
            "0/1/",
            " 0/1",
            "0\\1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn random_bytes_are_parsed_or_rejected_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..16)) {
            let _ = parse(&bytes, 2, &mut Vec::new());
        }
    }
}
