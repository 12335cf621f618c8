//! One spelling for each insertion and deletion: the leftmost (Tan, Abecasis and Kang 2015, "Unified representation of genetic variants").

use std::borrow::Cow;
use std::io;

use gemj_model::{Allele, ZeroBased};
use gemj_objects::ReferenceBases;

/// An allele in minimal form, shifted as far to the left as the reference allows. Only a pure insertion or deletion of certain bases can be
/// shifted: every other allele stays. So does a deletion whose bases are not the reference's: it is of another reference, or wrong.
/// A shift ends at the contig's first base and at a base of the reference that is not certain (N and its kin).
///
/// # Errors
/// The reference cannot be read.
pub fn leftmost<'a>(allele: &'a Allele, reference: &mut ReferenceBases) -> io::Result<Cow<'a, Allele>> {
    let certain = |text: &str| text.bytes().all(|base| matches!(base, b'A' | b'C' | b'G' | b'T'));
    let moved = match (allele.reference.as_str(), allele.alternate.as_str()) {
        ("", put) if certain(put) && !put.is_empty() => put,
        (taken, "") if certain(taken) && !taken.is_empty() => {
            for (position, base) in (allele.start.0..).zip(taken.bytes()) {
                if reference.base(&allele.contig, position)? != Some(base) {
                    return Ok(Cow::Borrowed(allele));
                }
            }
            taken
        }
        _ => return Ok(Cow::Borrowed(allele)),
    };
    let bases = moved.as_bytes();
    let mut shift = 0_usize;
    // Shifted by n, the sequence is itself turned by n: its last base is the one n places before its end.
    while let Some(before) = allele.start.0.checked_sub(shift as u64 + 1) {
        let last = bases[bases.len() - 1 - shift % bases.len()];
        if reference.base(&allele.contig, before)? != Some(last) {
            break;
        }
        shift += 1;
    }
    if shift == 0 {
        return Ok(Cow::Borrowed(allele));
    }
    let (head, tail) = moved.split_at(moved.len() - shift % moved.len());
    let turned = format!("{tail}{head}");
    let mut shifted = allele.clone();
    shifted.start = ZeroBased(allele.start.0 - shift as u64);
    shifted.end = ZeroBased(allele.end.0 - shift as u64);
    *(if shifted.reference.is_empty() {
        &mut shifted.alternate
    } else {
        &mut shifted.reference
    }) = turned;
    Ok(Cow::Owned(shifted))
}
