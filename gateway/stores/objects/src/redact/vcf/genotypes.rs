//! Counts and renumbers genotypes in the text of a VCF file.

use hts_formats::error::{FormatError, FormatResult};

use crate::redact::plan::{AlleleCounts, AllelePlan};

/// Adds a sample's called alleles to the counts. `.` is not a call. VCF 4.4 allows a phasing mark before the first allele, so the first
/// piece can be empty.
pub(super) fn add_calls(genotype: &[u8], counts: &mut AlleleCounts) -> FormatResult<()> {
    if let [a @ b'0'..=b'9', b'/' | b'|', b @ b'0'..=b'9'] = genotype {
        counts.add(usize::from(a - b'0'), 1)?;
        counts.add(usize::from(b - b'0'), 1)?;
        counts.samples_with_data += 1;
        return Ok(());
    }
    let mut any = false;
    for allele in genotype.split(|b| matches!(b, b'/' | b'|')) {
        if let Some(allele) = called_allele(allele)? {
            counts.add(allele, 1)?;
            any = true;
        }
    }
    counts.samples_with_data += u32::from(any);
    Ok(())
}

fn called_allele(text: &[u8]) -> FormatResult<Option<usize>> {
    if matches!(text, b"" | b".") {
        return Ok(None);
    }
    // A number with more than nine digits is larger than the number of alleles of any site.
    if text.len() > 9 || !text.iter().all(u8::is_ascii_digit) {
        return Err(FormatError::Record("a value that is not a genotype"));
    }
    Ok(Some(text.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))))
}

/// Writes a genotype in which each allele has its new number.
pub(super) fn put_renumbered(out: &mut Vec<u8>, genotype: &[u8], plan: &AllelePlan) -> FormatResult<()> {
    if !plan.trims() {
        out.extend_from_slice(genotype);
        return Ok(());
    }
    for piece in genotype.split_inclusive(|b| matches!(b, b'/' | b'|')) {
        let mark = piece.last().filter(|b| matches!(b, b'/' | b'|'));
        let allele = &piece[..piece.len() - usize::from(mark.is_some())];
        match called_allele(allele)? {
            Some(old) => put_number(out, plan.renumber(old)?),
            None => out.extend_from_slice(allele),
        }
        out.extend(mark);
    }
    Ok(())
}

fn put_number(out: &mut Vec<u8>, number: usize) {
    if number >= 10 {
        put_number(out, number / 10);
    }
    out.push(b'0' + (number % 10) as u8);
}
