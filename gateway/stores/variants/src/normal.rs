//! Normalises the spelling of an insertion or deletion to its leftmost position (Tan, Abecasis and Kang 2015, "Unified representation of
//! genetic variants").

use std::borrow::Cow;
use std::io;

use gemj_model::{Allele, ZeroBased};
use gemj_objects::ReferenceBases;

/// Shifts an allele in minimal form as far to the left as the reference allows.
///
/// * Only a pure insertion or deletion of A, C, G and T is shifted. Every other allele stays unchanged.
/// * A deletion whose bases differ from the reference is not shifted. Its file used another reference sequence or is wrong.
/// * A shift ends at the first base of the contig and at an ambiguous base of the reference (such as N).
///
/// # Errors
/// An I/O error if the reference cannot be read.
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
    // A shift by n bases rotates the inserted or deleted sequence by n bases. The last base of the rotated sequence is therefore the base n
    // positions before the end.
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
