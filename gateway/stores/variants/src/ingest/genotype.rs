//! Genotypes: who has how many copies of which allele.

use gemj_model::Zygosity;

/// One called allele of a genotype; absent is `.`.
pub(super) type Call = Option<u32>;

/// Reads a GT of VCF text (VCF 4.3 § 1.6.2; 4.4 allows a phase sign before the first allele). Absent where it is no genotype of
/// a record with `alternates` alternative alleles.
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

/// Calls back once for each alternative allele in a genotype: its number (the first is 1) and how it is carried.
///
/// Every copy of two or more is homozygous, the only copy of a haploid call hemizygous; anything else, an unknown other allele
/// included, heterozygous.
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
    fn copies_decide_how_an_allele_is_carried() {
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
    fn what_is_no_genotype_is_refused() {
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
        fn any_bytes_are_a_genotype_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..16)) {
            let _ = parse(&bytes, 2, &mut Vec::new());
        }
    }
}
