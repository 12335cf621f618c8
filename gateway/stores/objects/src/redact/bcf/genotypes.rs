//! Counts, renumbers and unphases genotypes in BCF. A value of GT is (allele + 1) << 1 | phased. If the upper bits are 0, the allele is
//! missing (BCF 2.2 § 6.3.3).

use hts_formats::bcf::typed::{Kind, integers};
use hts_formats::error::{FormatError, FormatResult};

use super::vectors::Vectors;
use crate::redact::family::unphase_values;
use crate::redact::plan::{AlleleCounts, AllelePlan};

const BAD: FormatError = FormatError::Record("a value that is not a genotype");

/// Counts the called alleles of the kept samples, and the kept samples with at least one called allele.
pub(super) fn count(calls: &Vectors, allele_count: usize) -> FormatResult<AlleleCounts> {
    let mut counts = AlleleCounts::new(allele_count);
    if calls.kind() == Kind::Int8 {
        count_bytes(calls, &mut counts)?;
        return Ok(counts);
    }
    for cell in calls.cells() {
        let mut any = false;
        for value in integers(calls.kind(), cell)? {
            if let Some(allele) = called_allele(value)? {
                counts.add(allele, 1)?;
                any = true;
            }
        }
        counts.samples_with_data += u32::from(any);
    }
    Ok(counts)
}

/// The number of the called allele that a GT value states. Absent for a missing value and for the end-of-vector value.
fn called_allele(value: i32) -> FormatResult<Option<usize>> {
    match value {
        ..=-1 if value > i32::MIN + 1 => Err(BAD),
        ..=1 => Ok(None),
        _ => Ok(Some((value >> 1) as usize - 1)),
    }
}

/// Counts called alleles in values of one byte, eight values at a time. This is fast, because almost all values have one byte and most of
/// them are the reference allele.
fn count_bytes(calls: &Vectors, counts: &mut AlleleCounts) -> FormatResult<()> {
    let width = calls.width();
    let mut by_value = [0_u32; 256];
    let called = |value: &u8| (2..0x80).contains(value);
    let per_word = if width > 0 && 8 % width == 0 { 8 / width } else { 0 };
    let (words, rest) = if per_word > 0 {
        calls.bytes().as_chunks::<8>()
    } else {
        (&[][..], calls.bytes())
    };
    let mut reference = 0_u32;
    let mut samples = 0_u32;
    for word in words {
        if u64::from_le_bytes(*word) & 0xfefe_fefe_fefe_fefe == 0x0202_0202_0202_0202 {
            reference += 8;
            samples += per_word as u32;
        } else {
            word.iter().for_each(|value| by_value[usize::from(*value)] += 1);
            samples += word.chunks_exact(width).filter(|cell| cell.iter().any(called)).count() as u32;
        }
    }
    rest.iter().for_each(|value| by_value[usize::from(*value)] += 1);
    samples += rest.chunks_exact(width.max(1)).filter(|cell| cell.iter().any(called)).count() as u32;
    if by_value[0x82..].iter().any(|calls| *calls > 0) {
        return Err(BAD);
    }
    counts.add(0, reference)?;
    for (value, calls) in by_value[..0x80].iter().enumerate().skip(2).filter(|(_, calls)| **calls > 0) {
        counts.add((value >> 1) - 1, *calls)?;
    }
    counts.samples_with_data = samples;
    Ok(())
}

/// Replaces the number of each allele in the genotypes by its new number. A new number is never larger than the old number, so it fits into
/// the same integer type.
pub(super) fn renumber(calls: &mut Vectors, plan: &AllelePlan) -> FormatResult<()> {
    let kind = calls.kind();
    if kind == Kind::Int8 {
        // Every value was checked when the alleles were counted, so every value here is an allele of the plan.
        let mut table: [u8; 256] = std::array::from_fn(|value| value as u8);
        for (value, renumbered) in table.iter_mut().enumerate().take(0x80).skip(2) {
            if let Ok(new) = plan.renumber((value >> 1) - 1) {
                *renumbered = ((new + 1) << 1 | (value & 1)) as u8;
            }
        }
        calls.cells_mut().flatten().for_each(|value| *value = table[usize::from(*value)]);
        return Ok(());
    }
    for cell in calls.cells_mut() {
        let values = integers(kind, cell)?;
        for (value, bytes) in values.into_iter().zip(cell.chunks_exact_mut(kind.size())) {
            if let Some(old) = called_allele(value)? {
                let new = (plan.renumber(old)? as i32 + 1) << 1 | (value & 1);
                bytes.copy_from_slice(&new.to_le_bytes()[..kind.size()]);
            }
        }
    }
    Ok(())
}

/// Removes the phase from the genotypes of the samples for which `keeps` is false. The lengths of the vectors do not change.
pub(super) fn unphase(calls: &mut Vectors, keeps: impl Fn(usize) -> bool) -> FormatResult<()> {
    let kind = calls.kind();
    for (_, cell) in calls.cells_mut().enumerate().filter(|(sample, _)| !keeps(*sample)) {
        let mut values: Vec<i32> = integers(kind, cell)?.into_iter().take_while(|value| *value >= 0).collect();
        unphase_values(&mut values);
        for (value, bytes) in values.into_iter().zip(cell.chunks_exact_mut(kind.size())) {
            bytes.copy_from_slice(&value.to_le_bytes()[..kind.size()]);
        }
    }
    Ok(())
}
