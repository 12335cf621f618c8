//! Redacts the INFO column of a VCF line.

use super::put_selected;
use crate::redact::alleles::End;
use crate::redact::fields::FieldRules;
use crate::redact::info::{InfoRule, shortest_decimal};
use crate::redact::plan::{AlleleCounts, GenotypeSelections, Shape};
use crate::redact::site::{Fate, Site};

fn parts(field: &[u8]) -> (&[u8], Option<&[u8]>) {
    match field.iter().position(|b| *b == b'=') {
        Some(at) => (&field[..at], Some(&field[at + 1..])),
        None => (field, None),
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Writes the INFO fields that are kept. Writes `.` if no field is kept.
pub(super) fn put_info(out: &mut Vec<u8>, info: &[u8], rules: &FieldRules<'_>, site: &Site<'_>, counts: &AlleleCounts) {
    let start = out.len();
    for field in info.split(|b| *b == b';').filter(|field| !matches!(*field, b"" | b".")) {
        let (name, value) = parts(field);
        let Ok(name) = std::str::from_utf8(name) else { continue };
        let place = out.len();
        if place > start {
            out.push(b';');
        }
        out.extend_from_slice(name.as_bytes());
        if !put_value(out, value, rules.info(name), info, rules, site, counts) {
            out.truncate(place);
        }
    }
    if out.len() == start {
        out.push(b'.');
    }
}

/// Writes `=` and the value of an INFO field, or nothing for a flag. Returns false if the field must be removed.
fn put_value(
    out: &mut Vec<u8>,
    value: Option<&[u8]>,
    rule: InfoRule,
    info: &[u8],
    rules: &FieldRules<'_>,
    site: &Site<'_>,
    counts: &AlleleCounts,
) -> bool {
    let alternatives = || site.plan.kept.iter().skip(1).map(|allele| counts.counts[*allele]);
    let mut put_words = |words: &mut dyn Iterator<Item = String>| {
        for (at, word) in words.enumerate() {
            out.push(if at == 0 { b'=' } else { b',' });
            out.extend_from_slice(word.as_bytes());
        }
        true
    };
    match (site.fate(rule), value) {
        (Fate::Goes, _) => false,
        (Fate::Recomputed, _) => match rule {
            InfoRule::AlleleCount => put_words(&mut alternatives().map(|count| count.to_string())),
            InfoRule::AlleleNumber => put_words(&mut [counts.total().to_string()].into_iter()),
            InfoRule::SamplesWithData => put_words(&mut [counts.samples_with_data.to_string()].into_iter()),
            _ => {
                let total = f64::from(counts.total());
                // The frequency is rounded to a 32-bit float, as BCF stores it, so that VCF and BCF contain the same value.
                put_words(&mut alternatives().map(|count| shortest_decimal(f64::from((f64::from(count) / total) as f32))))
            }
        },
        (Fate::Stays, value) => {
            if let Some(value) = value {
                out.push(b'=');
                out.extend_from_slice(value);
            }
            value.is_none_or(|value| !rules.names_somebody(value))
        }
        (Fate::Selected(_), Some(value)) if rules.names_somebody(value) => false,
        (Fate::Selected(shape), Some(value)) => put_selected_value(out, value, shape, site),
        (Fate::Judged, Some(value)) => match rule {
            InfoRule::End => match number(value) {
                Some(end) => match site.end_after(end, &lengths(info)) {
                    End::Unchanged => put_words(&mut [end.to_string()].into_iter()),
                    End::Dropped => false,
                    End::At(end) => put_words(&mut [end.to_string()].into_iter()),
                },
                None => false,
            },
            InfoRule::StructuralType if site.type_stays(value) => {
                out.push(b'=');
                out.extend_from_slice(value);
                true
            }
            InfoRule::OtherRecords if !rules.gone.are_in(value) => put_selected_value(out, value, Shape::Alternatives, site),
            InfoRule::Consequences => {
                out.push(b'=');
                let start = out.len();
                rules.consequences.put(value, out) && !rules.names_somebody(&out[start..])
            }
            _ => false,
        },
        (Fate::Selected(_) | Fate::Judged, None) => false,
    }
}

fn put_selected_value(out: &mut Vec<u8>, value: &[u8], shape: Shape, site: &Site<'_>) -> bool {
    out.push(b'=');
    let start = out.len();
    put_selected(out, value, shape, &site.plan, &mut GenotypeSelections::default());
    &out[start..] != b"."
}

/// The SVLEN value of each alternative allele. Empty if the line has no SVLEN.
fn lengths(info: &[u8]) -> Vec<Option<i64>> {
    let value = info
        .split(|b| *b == b';')
        .map(parts)
        .find(|(name, _)| *name == b"SVLEN")
        .and_then(|(_, value)| value);
    value.map_or(Vec::new(), |value| value.split(|b| *b == b',').map(number).collect())
}

/// Writes the elements of a semicolon-separated list for which `stays` is true. Writes `.` if no element is kept.
pub(in crate::redact) fn put_list(out: &mut Vec<u8>, list: &[u8], stays: impl Fn(&str) -> bool) {
    let start = out.len();
    for element in list
        .split(|b| *b == b';')
        .filter(|element| stays(&String::from_utf8_lossy(element)))
    {
        if out.len() > start {
            out.push(b';');
        }
        out.extend_from_slice(element);
    }
    if out.len() == start {
        out.push(b'.');
    }
}
