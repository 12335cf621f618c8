//! A record of a BCF for the kept samples: each FORMAT field's vectors gathered as bytes, no way through text.

use super::family::{filter_stays, format_stays, info_stays, unphase_values};
use super::info::{InfoRule, rule};
use super::plan::{AlleleCounts, AllelePlan, Selection};
use super::vcf::{kept_ids, selected};
use super::{KeptColumn, KeptColumns};
use crate::bcf::record::{BcfRecord, FormatField};
use crate::bcf::typed::{Kind, Typed, integers, put_descriptor, put_integer, put_typed};
use crate::format_error::{FormatError, FormatResult};
use crate::vcf::header::VcfHeader;

/// BCF's missing float, little-endian.
const MISSING_FLOAT: [u8; 4] = [1, 0, 0x80, 0x7f];

/// The record for the kept samples, with its length fields; absent where samples go and none of the kept ones carries an alternative
/// allele.
pub(crate) fn redact_record(record: &[u8], header: &VcfHeader, kept: &KeptColumns) -> FormatResult<Option<Vec<u8>>> {
    let record = BcfRecord::parse(record)?;
    if record.sample_count != header.samples.len() {
        return Err(FormatError::Record("another number of samples than the header"));
    }
    let (plan, quality, (info_count, shared_tail)) = if kept.some_go {
        let Some((plan, counts)) = carried(&record, header, kept)? else {
            return Ok(None);
        };
        let shared = shared(&record, header, &plan, &counts)?;
        (plan, MISSING_FLOAT, shared)
    } else {
        let plan = AllelePlan::everything(record.alleles.len() - 1);
        (plan, record.quality, shared_of_everybody(&record, header)?)
    };
    let mut individual = Vec::new();
    let mut format_count = 0_u32;
    for field in &record.formats {
        if kept.keeps_format(header.name(field.key)?) {
            put_format(&mut individual, field, header, kept, &plan)?;
            format_count += 1;
        }
    }
    let mut out = Vec::with_capacity(32 + shared_tail.len() + individual.len());
    let length = |bytes: usize| u32::try_from(bytes).map_err(|_| FormatError::Record("a record that does not fit"));
    out.extend_from_slice(&length(24 + shared_tail.len())?.to_le_bytes());
    out.extend_from_slice(&length(individual.len())?.to_le_bytes());
    for value in [record.contig, record.position, record.length] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    out.extend_from_slice(&quality);
    out.extend_from_slice(&info_count.to_le_bytes());
    out.extend_from_slice(&(plan.kept.len() as u16).to_le_bytes());
    let counts_word = format_count << 24 | kept.columns.len() as u32;
    out.extend_from_slice(&counts_word.to_le_bytes());
    out.extend_from_slice(&shared_tail);
    out.extend_from_slice(&individual);
    Ok(Some(out))
}

/// What the kept samples carry; absent where that is nothing.
fn carried(record: &BcfRecord<'_>, header: &VcfHeader, kept: &KeptColumns) -> FormatResult<Option<(AllelePlan, AlleleCounts)>> {
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
    for column in &kept.columns {
        let calls = integers(genotypes.kind, genotypes.of_sample(column.at)?)?;
        counts.add_sample(calls.into_iter().filter_map(called_allele))?;
    }
    Ok(AllelePlan::new(&alternatives, &counts).map(|plan| (plan, counts)))
}

/// ID, alleles, FILTER and INFO of a site whose people all stay, without what speaks of their relatives; and how many INFO fields.
fn shared_of_everybody(record: &BcfRecord<'_>, header: &VcfHeader) -> FormatResult<(u16, Vec<u8>)> {
    let mut out = Vec::new();
    put_typed(&mut out, Kind::Char, record.id)?;
    for allele in &record.alleles {
        put_typed(&mut out, Kind::Char, allele)?;
    }
    let size = record.filter.kind.size();
    let mut filters = Vec::new();
    for (number, bytes) in integers(record.filter.kind, record.filter.data)?
        .into_iter()
        .zip(record.filter.data.chunks(size.max(1)))
    {
        let number = usize::try_from(number).map_err(|_| FormatError::Record("a negative filter number"))?;
        if filter_stays(header.name(number)?) {
            filters.extend_from_slice(bytes);
        }
    }
    if filters.is_empty() {
        put_descriptor(&mut out, Kind::Missing, 0)?;
    } else {
        put_typed(&mut out, record.filter.kind, &filters)?;
    }
    let mut info_count = 0;
    for (key, value) in &record.infos {
        let name = header.name(*key)?;
        if rule(name) != InfoRule::Drop || info_stays(name) {
            put_integer(&mut out, *key)?;
            put_typed(&mut out, value.kind, value.data)?;
            info_count += 1;
        }
    }
    Ok((info_count, out))
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
    let mut vectors: Vec<Vec<u8>> = Vec::with_capacity(kept.columns.len());
    for column in &kept.columns {
        vectors.push(of_column(field, name, *column, header, plan)?);
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

/// One sample's vector, without what goes.
fn of_column(field: &FormatField<'_>, name: &str, column: KeptColumn, header: &VcfHeader, plan: &AllelePlan) -> FormatResult<Vec<u8>> {
    let vector = field.of_sample(column.at)?;
    if name == "GT" {
        let genotype = if plan.trims() {
            renumbered(field.kind, vector, plan)?
        } else {
            vector.to_vec()
        };
        return if column.whole_family {
            Ok(genotype)
        } else {
            unphased(field.kind, &genotype)
        };
    }
    Ok(if !column.whole_family && !format_stays(name) {
        field.kind.missing().to_vec()
    } else if !plan.trims() {
        vector.to_vec()
    } else if field.kind == Kind::Char {
        let end = vector.iter().position(|b| *b == 0).unwrap_or(vector.len());
        selected(&vector[..end], name, header, plan)
    } else {
        selected_values(field.kind, vector, name, header, plan)
    })
}

/// A genotype without phase. A vector that ends early stays as long as it is.
fn unphased(kind: Kind, vector: &[u8]) -> FormatResult<Vec<u8>> {
    let mut values: Vec<i32> = integers(kind, vector)?.into_iter().take_while(|value| *value >= 0).collect();
    unphase_values(&mut values);
    let size = kind.size();
    let mut out: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()[..size].to_vec()).collect();
    out.extend_from_slice(&vector[out.len()..]);
    Ok(out)
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
