//! A line of a VCF for the kept samples.

use super::family::{filter_stays, format_stays, info_stays, unphased_text};
use super::info::{InfoRule, rule, shortest_decimal};
use super::plan::{AlleleCounts, AllelePlan, Selection};
use super::{KeptColumn, KeptColumns};
use crate::format_error::{FormatError, FormatResult};
use crate::vcf::header::VcfHeader;
use crate::vcf::trim_line_end;

/// The line for the kept samples, with its line feed; absent where samples go and none of the kept ones carries an alternative allele.
pub(crate) fn redact_line(line: &[u8], header: &VcfHeader, kept: &KeptColumns) -> FormatResult<Option<Vec<u8>>> {
    let columns: Vec<&[u8]> = trim_line_end(line).split(|b| *b == b'\t').collect();
    if columns.len() != 9 + header.samples.len() {
        return Err(FormatError::Record("a line of another number of columns than the header"));
    }
    let keys: Vec<&[u8]> = columns[8].split(|b| *b == b':').collect();
    let alternatives: Vec<&[u8]> = match columns[4] {
        b"." => Vec::new(),
        list => list.split(|b| *b == b',').collect(),
    };
    let samples: Vec<(&[u8], KeptColumn)> = kept.columns.iter().map(|column| (columns[9 + column.at], *column)).collect();
    let mut out = Vec::with_capacity(line.len());
    let plan = if kept.some_go {
        let Some((plan, counts)) = carried(&keys, &alternatives, &samples)? else {
            return Ok(None);
        };
        put_site(&mut out, &columns, &alternatives, &plan);
        out.extend_from_slice(b"\t.\t.\t");
        put_info(&mut out, columns[7], header, &plan, &counts);
        plan
    } else {
        let plan = AllelePlan::everything(alternatives.len());
        put_site(&mut out, &columns, &alternatives, &plan);
        out.push(b'\t');
        out.extend_from_slice(columns[5]);
        out.push(b'\t');
        put_list(&mut out, columns[6], filter_stays);
        out.push(b'\t');
        put_list(&mut out, columns[7], |field| {
            let name = field.split('=').next().unwrap_or_default();
            rule(name) != InfoRule::Drop || info_stays(name)
        });
        plan
    };
    let keeps: Vec<bool> = keys.iter().map(|key| kept.keeps_format(&String::from_utf8_lossy(key))).collect();
    let still: Vec<&[u8]> = keys.iter().zip(&keeps).filter(|(_, keeps)| **keeps).map(|(key, _)| *key).collect();
    out.push(b'\t');
    out.extend_from_slice(&if still.is_empty() { b".".to_vec() } else { still.join(&b':') });
    for (sample, column) in samples {
        out.push(b'\t');
        if plan.trims() || !column.whole_family {
            put_sample(&mut out, sample, &keys, &keeps, column, header, &plan)?;
        } else {
            out.extend_from_slice(sample);
        }
    }
    out.push(b'\n');
    Ok(Some(out))
}

/// What the kept samples carry; absent where that is nothing.
fn carried(keys: &[&[u8]], alternatives: &[&[u8]], samples: &[(&[u8], KeptColumn)]) -> FormatResult<Option<(AllelePlan, AlleleCounts)>> {
    if keys.first() != Some(&b"GT".as_slice()) {
        // Without genotypes nobody is known to carry anything.
        return Ok(None);
    }
    let mut counts = AlleleCounts::new(alternatives.len() + 1);
    for (sample, _) in samples {
        let genotype = sample.split(|b| *b == b':').next().unwrap_or_default();
        counts.add_sample(called_alleles(genotype)?)?;
    }
    Ok(AllelePlan::new(alternatives, &counts).map(|plan| (plan, counts)))
}

/// CHROM to ALT.
fn put_site(out: &mut Vec<u8>, columns: &[&[u8]], alternatives: &[&[u8]], plan: &AllelePlan) {
    out.extend_from_slice(columns[0]);
    out.push(b'\t');
    out.extend_from_slice(columns[1]);
    out.push(b'\t');
    out.extend_from_slice(&kept_ids(columns[2], alternatives.len(), plan));
    out.push(b'\t');
    out.extend_from_slice(columns[3]);
    out.push(b'\t');
    if plan.trims() {
        let still: Vec<&[u8]> = plan.kept.iter().skip(1).map(|allele| alternatives[allele - 1]).collect();
        out.extend_from_slice(&still.join(&b','));
    } else {
        out.extend_from_slice(columns[4]);
    }
}

/// Those elements of a list between semicolons that stay; `.` where none does.
fn put_list(out: &mut Vec<u8>, list: &[u8], stays: impl Fn(&str) -> bool) {
    let still: Vec<&[u8]> = list
        .split(|b| *b == b';')
        .filter(|element| stays(&String::from_utf8_lossy(element)))
        .collect();
    out.extend_from_slice(&if still.is_empty() { b".".to_vec() } else { still.join(&b';') });
}

/// The alleles called in a genotype; `.` is none.
fn called_alleles(genotype: &[u8]) -> FormatResult<Vec<usize>> {
    let mut alleles = Vec::new();
    for allele in genotype.split(|b| matches!(b, b'/' | b'|')) {
        // VCF 4.4 allows a phasing mark before the first allele, so that the first piece can be empty.
        if allele == b"." || allele.is_empty() {
            continue;
        }
        alleles.push(
            std::str::from_utf8(allele)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or(FormatError::Record("a genotype that is not one"))?,
        );
    }
    Ok(alleles)
}

/// IDs that speak of the kept alleles. Joint callers write one ID per allele with its bases in it.
pub(super) fn kept_ids(ids: &[u8], alternative_count: usize, plan: &AllelePlan) -> Vec<u8> {
    if !plan.trims() {
        return ids.to_vec();
    }
    let list: Vec<&[u8]> = ids.split(|b| *b == b';').collect();
    let still: Vec<&[u8]> = if list.len() == alternative_count {
        plan.kept.iter().skip(1).map(|allele| list[allele - 1]).collect()
    } else {
        let of_dbsnp = |id: &&&[u8]| {
            id.strip_prefix(b"rs")
                .is_some_and(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit))
        };
        list.iter().filter(of_dbsnp).copied().collect()
    };
    if still.is_empty() { b".".to_vec() } else { still.join(&b';') }
}

fn put_info(out: &mut Vec<u8>, info: &[u8], header: &VcfHeader, plan: &AllelePlan, counts: &AlleleCounts) {
    let start = out.len();
    let alternatives = || plan.kept.iter().skip(1).map(|allele| counts.counts[*allele]);
    for field in info.split(|b| *b == b';').filter(|f| *f != b".") {
        let (name, value) = match field.iter().position(|b| *b == b'=') {
            Some(at) => (&field[..at], Some(&field[at + 1..])),
            None => (field, None),
        };
        let name_text = String::from_utf8_lossy(name);
        let joined = |values: Vec<String>| Some(values.join(",").into_bytes());
        let new_value: Option<Vec<u8>> = match rule(&name_text) {
            InfoRule::AlleleCount => joined(alternatives().map(|c| c.to_string()).collect()),
            InfoRule::AlleleNumber => joined(vec![counts.total().to_string()]),
            InfoRule::AlleleFrequency => {
                let total = f64::from(counts.total());
                // Through the 32-bit float that a BCF would hold, so that text and BCF say the same.
                let frequency = |count| f64::from((f64::from(count) / total) as f32);
                joined(alternatives().map(|c| shortest_decimal(frequency(c))).collect())
            }
            InfoRule::SamplesWithData => joined(vec![counts.samples_with_data.to_string()]),
            InfoRule::IntrinsicOfAllAlleles if plan.trims() => continue,
            InfoRule::Intrinsic | InfoRule::IntrinsicOfAllAlleles => match value {
                None => None,
                Some(value) => {
                    let values: Vec<&[u8]> = value.split(|b| *b == b',').collect();
                    match plan.info_selection(header.infos.get(name_text.as_ref()).copied(), values.len()) {
                        Selection::Unchanged => Some(value.to_vec()),
                        Selection::Values(chosen) => Some(chosen.iter().map(|i| values[*i]).collect::<Vec<_>>().join(&b',')),
                        Selection::Missing => continue,
                    }
                }
            },
            InfoRule::Drop => continue,
        };
        if out.len() > start {
            out.push(b';');
        }
        out.extend_from_slice(name);
        if let Some(value) = new_value {
            out.push(b'=');
            out.extend_from_slice(&value);
        }
    }
    if out.len() == start {
        out.push(b'.');
    }
}

fn put_sample(
    out: &mut Vec<u8>,
    sample: &[u8],
    keys: &[&[u8]],
    keeps: &[bool],
    column: KeptColumn,
    header: &VcfHeader,
    plan: &AllelePlan,
) -> FormatResult<()> {
    let start = out.len();
    for (index, value) in sample.split(|b| *b == b':').enumerate() {
        let key = keys.get(index).ok_or(FormatError::Record("a sample has more fields than FORMAT"))?;
        if !keeps[index] {
            continue;
        }
        if out.len() > start {
            out.push(b':');
        }
        let name = String::from_utf8_lossy(key);
        if *key == b"GT" {
            let genotype = renumbered(value, plan)?;
            out.extend_from_slice(&if column.whole_family { genotype } else { unphased_text(&genotype) });
        } else if column.whole_family || format_stays(&name) {
            out.extend_from_slice(&selected(value, &name, header, plan));
        } else {
            out.push(b'.');
        }
    }
    if out.len() == start {
        out.push(b'.');
    }
    Ok(())
}

/// A FORMAT value's text after the alleles that go.
pub(super) fn selected(value: &[u8], name: &str, header: &VcfHeader, plan: &AllelePlan) -> Vec<u8> {
    if value == b"." {
        return value.to_vec();
    }
    let values: Vec<&[u8]> = value.split(|b| *b == b',').collect();
    match plan.format_selection(name, header.formats.get(name).copied(), values.len()) {
        Selection::Unchanged => value.to_vec(),
        Selection::Values(chosen) => chosen.iter().map(|i| values[*i]).collect::<Vec<_>>().join(&b','),
        Selection::Missing => b".".to_vec(),
    }
}

fn renumbered(genotype: &[u8], plan: &AllelePlan) -> FormatResult<Vec<u8>> {
    let mut out = Vec::with_capacity(genotype.len());
    let mut rest = genotype;
    while !rest.is_empty() {
        let length = rest.iter().position(|b| matches!(b, b'/' | b'|')).unwrap_or(rest.len());
        let (allele, behind) = rest.split_at(length);
        match called_alleles(allele)?.first() {
            Some(old) => out.extend_from_slice(plan.renumber(*old)?.to_string().as_bytes()),
            None => out.extend_from_slice(allele),
        }
        if let Some((mark, behind)) = behind.split_first() {
            out.push(*mark);
            rest = behind;
        } else {
            rest = behind;
        }
    }
    Ok(out)
}
