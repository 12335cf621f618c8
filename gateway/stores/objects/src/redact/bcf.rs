//! A record of a joint BCF for the kept samples: each FORMAT field's vectors gathered as bytes, no way through text.

use super::KeptColumns;
use super::info::{InfoRule, rule};
use super::plan::{AlleleCounts, AllelePlan, Selection};
use super::vcf::{kept_ids, selected};
use crate::bcf::record::{BcfRecord, FormatField};
use crate::bcf::typed::{Kind, Typed, integers, put_descriptor, put_integer, put_typed};
use crate::format_error::{FormatError, FormatResult};
use crate::vcf::header::VcfHeader;

/// BCF's missing float, little-endian.
const MISSING_FLOAT: [u8; 4] = [1, 0, 0x80, 0x7f];

/// The record for the kept samples, with its length fields; absent where none of them carries an alternative allele.
pub(crate) fn redact_record(record: &[u8], header: &VcfHeader, kept: &KeptColumns) -> FormatResult<Option<Vec<u8>>> {
    let record = BcfRecord::parse(record)?;
    if record.sample_count != header.samples.len() {
        return Err(FormatError::Record("another number of samples than the header"));
    }
    let mut genotypes = None;
    for field in &record.formats {
        if header.name(field.key)? == "GT" {
            genotypes = Some(field);
        }
    }
    let Some(genotypes) = genotypes else {
        return Ok(None);
    };
    let alternatives: Vec<&[u8]> = record.alleles[1..].to_vec();
    let mut counts = AlleleCounts::new(record.alleles.len());
    for column in &kept.0 {
        let calls = integers(genotypes.kind, genotypes.of_sample(*column)?)?;
        counts.add_sample(calls.into_iter().filter_map(called_allele))?;
    }
    let Some(plan) = AllelePlan::new(&alternatives, &counts) else {
        return Ok(None);
    };
    let (info_count, shared_tail) = shared(&record, header, &plan, &counts)?;
    let mut individual = Vec::new();
    for field in &record.formats {
        put_format(&mut individual, field, header, kept, &plan)?;
    }
    let mut out = Vec::with_capacity(32 + shared_tail.len() + individual.len());
    let length = |bytes: usize| u32::try_from(bytes).map_err(|_| FormatError::Record("a record that does not fit"));
    out.extend_from_slice(&length(24 + shared_tail.len())?.to_le_bytes());
    out.extend_from_slice(&length(individual.len())?.to_le_bytes());
    for value in [record.contig, record.position, record.length] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    out.extend_from_slice(&MISSING_FLOAT);
    out.extend_from_slice(&info_count.to_le_bytes());
    out.extend_from_slice(&(plan.kept.len() as u16).to_le_bytes());
    let counts_word = (record.formats.len() as u32) << 24 | kept.0.len() as u32;
    out.extend_from_slice(&counts_word.to_le_bytes());
    out.extend_from_slice(&shared_tail);
    out.extend_from_slice(&individual);
    Ok(Some(out))
}

/// A genotype value is (allele + 1) << 1 | phased; 0 in the upper bits is a missing allele (BCF 2.2 § 6.3.3).
fn called_allele(value: i32) -> Option<usize> {
    if value < 2 {
        return None;
    }
    usize::try_from((value >> 1) - 1).ok()
}

/// ID, alleles, FILTER and INFO; and how many INFO fields.
fn shared(record: &BcfRecord<'_>, header: &VcfHeader, plan: &AllelePlan, counts: &AlleleCounts) -> FormatResult<(u16, Vec<u8>)> {
    let mut out = Vec::new();
    match kept_ids(record.id, record.alleles.len() - 1, plan).as_slice() {
        b"." => put_typed(&mut out, Kind::Char, b"")?,
        ids => put_typed(&mut out, Kind::Char, ids)?,
    }
    for allele in &plan.kept {
        put_typed(&mut out, Kind::Char, record.alleles[*allele])?;
    }
    // FILTER missing: a vector of nothing.
    put_descriptor(&mut out, Kind::Missing, 0)?;
    let mut info_count = 0;
    let alternatives = || plan.kept.iter().skip(1).map(|allele| counts.counts[*allele]);
    for (key, value) in &record.infos {
        let name = header.name(*key)?;
        let numbers = |values: Vec<u32>| values.into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
        let (kind, data) = match rule(name) {
            InfoRule::AlleleCount => (Kind::Int32, numbers(alternatives().collect())),
            InfoRule::AlleleNumber => (Kind::Int32, numbers(vec![counts.total()])),
            InfoRule::SamplesWithData => (Kind::Int32, numbers(vec![counts.samples_with_data])),
            InfoRule::AlleleFrequency => {
                let total = f64::from(counts.total());
                let frequencies = alternatives().flat_map(|c| ((f64::from(c) / total) as f32).to_le_bytes());
                (Kind::Float, frequencies.collect())
            }
            InfoRule::IntrinsicOfAllAlleles if plan.trims() => continue,
            InfoRule::Intrinsic | InfoRule::IntrinsicOfAllAlleles => match intrinsic(name, value, header, plan) {
                Some(data) => (value.kind, data),
                None => continue,
            },
            InfoRule::Drop => continue,
        };
        put_integer(&mut out, *key)?;
        put_typed(&mut out, kind, &data)?;
        info_count += 1;
    }
    Ok((info_count, out))
}

/// An intrinsic INFO value after the alleles that go; absent where it cannot be taken apart.
fn intrinsic(name: &str, value: &Typed<'_>, header: &VcfHeader, plan: &AllelePlan) -> Option<Vec<u8>> {
    let number = header.infos.get(name).copied();
    if value.kind == Kind::Char {
        let values: Vec<&[u8]> = value.data.split(|b| *b == b',').collect();
        return match plan.info_selection(number, values.len()) {
            Selection::Unchanged => Some(value.data.to_vec()),
            Selection::Values(chosen) => Some(chosen.iter().map(|i| values[*i]).collect::<Vec<_>>().join(&b',')),
            Selection::Missing => None,
        };
    }
    match plan.info_selection(number, value.count) {
        Selection::Unchanged => Some(value.data.to_vec()),
        Selection::Values(chosen) => {
            let size = value.kind.size();
            Some(chosen.iter().flat_map(|i| value.data[i * size..(i + 1) * size].to_vec()).collect())
        }
        Selection::Missing => None,
    }
}

fn put_format(out: &mut Vec<u8>, field: &FormatField<'_>, header: &VcfHeader, kept: &KeptColumns, plan: &AllelePlan) -> FormatResult<()> {
    let name = header.name(field.key)?;
    let mut vectors: Vec<Vec<u8>> = Vec::with_capacity(kept.0.len());
    for column in &kept.0 {
        let vector = field.of_sample(*column)?;
        vectors.push(if !plan.trims() {
            vector.to_vec()
        } else if name == "GT" {
            renumbered(field.kind, vector, plan)?
        } else if field.kind == Kind::Char {
            let end = vector.iter().position(|b| *b == 0).unwrap_or(vector.len());
            selected(&vector[..end], name, header, plan)
        } else {
            selected_values(field.kind, vector, name, header, plan)
        });
    }
    let size = field.kind.size();
    let longest = vectors.iter().map(|v| v.len()).max().unwrap_or(0);
    let count = longest.checked_div(size).unwrap_or(0);
    put_integer(out, field.key)?;
    put_descriptor(out, field.kind, count)?;
    for vector in vectors {
        out.extend_from_slice(&vector);
        for _ in 0..(longest - vector.len()).checked_div(size).unwrap_or(0) {
            out.extend_from_slice(field.kind.end_of_vector());
        }
    }
    Ok(())
}

fn renumbered(kind: Kind, vector: &[u8], plan: &AllelePlan) -> FormatResult<Vec<u8>> {
    let mut out = Vec::with_capacity(vector.len());
    let size = kind.size();
    for (value, bytes) in integers(kind, vector)?.into_iter().zip(vector.chunks(size.max(1))) {
        match called_allele(value) {
            None => out.extend_from_slice(bytes),
            Some(old) => {
                // A new number is never larger than the old one, so that it fits the same type.
                let new = (plan.renumber(old)? as i32 + 1) << 1 | (value & 1);
                out.extend_from_slice(&new.to_le_bytes()[..size]);
            }
        }
    }
    Ok(out)
}

fn selected_values(kind: Kind, vector: &[u8], name: &str, header: &VcfHeader, plan: &AllelePlan) -> Vec<u8> {
    let size = kind.size();
    if size == 0 {
        return Vec::new();
    }
    let values: Vec<&[u8]> = vector.chunks(size).take_while(|v| *v != kind.end_of_vector()).collect();
    if values.len() <= 1 && values.first().is_none_or(|v| *v == kind.missing()) {
        return values.concat();
    }
    match plan.format_selection(name, header.formats.get(name).copied(), values.len()) {
        Selection::Unchanged => values.concat(),
        Selection::Values(chosen) => chosen.iter().flat_map(|i| values[*i].to_vec()).collect(),
        Selection::Missing => kind.missing().to_vec(),
    }
}
