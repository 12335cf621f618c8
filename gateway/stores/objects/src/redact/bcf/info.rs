//! Writes the part of a BCF record that all samples share: ID, alleles, FILTER and INFO.

use hts_formats::bcf::record::BcfRecord;
use hts_formats::bcf::typed::{Kind, Typed, integers, put_descriptor, put_integer, put_typed};
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::VcfHeader;

use super::put_integers;
use crate::redact::alleles::End;
use crate::redact::family::{filter_stays, info_stays};
use crate::redact::fields::FieldRules;
use crate::redact::ids::put_ids;
use crate::redact::info::{InfoRule, rule};
use crate::redact::plan::{AlleleCounts, GenotypeSelections, Selection, Shape};
use crate::redact::site::{Fate, Site};
use crate::redact::vcf::put_selected;

/// The properties of a written site that the record's fixed fields need.
pub(super) struct Written {
    pub(super) info_count: u16,
    /// The number of reference bases that the record covers.
    pub(super) length: i32,
}

/// Writes a site (ID, alleles, FILTER, INFO) for the kept samples. FILTER becomes `.`, because FILTER is a judgement about the whole
/// cohort.
pub(super) fn put_shared(
    out: &mut Vec<u8>,
    record: &BcfRecord<'_>,
    rules: &FieldRules<'_>,
    by_number: &[Option<InfoRule>],
    site: &Site<'_>,
    counts: &AlleleCounts,
) -> FormatResult<Written> {
    let mut text = Vec::new();
    put_ids(&mut text, record.id, site, &rules.gone);
    put_typed(out, Kind::Char, if text == b"." { b"" } else { &text })?;
    put_typed(out, Kind::Char, site.reference())?;
    for alternative in site.kept_alternatives() {
        put_typed(out, Kind::Char, alternative)?;
    }
    put_descriptor(out, Kind::Missing, 0)?;
    let end_rule = |key: usize| by_number.get(key).copied().flatten();
    let number = |value: &Typed<'_>| {
        integers(value.kind, value.data)
            .ok()?
            .first()
            .copied()
            .filter(|n| *n > i32::MIN + 1)
    };
    let start = i64::from(record.position);
    let mut end = None;
    let mut info_count = 0;
    let alternatives = || site.plan.kept.iter().skip(1).map(|allele| counts.counts[*allele]);
    for (key, value) in &record.infos {
        let rule = end_rule(*key).ok_or(FormatError::Record("a field that the header does not define"))?;
        let place = out.len();
        put_integer(out, *key)?;
        let written = match (site.fate(rule), rule) {
            (Fate::Goes, _) => false,
            (Fate::Stays | Fate::Selected(_), _) if value.kind == Kind::Char && rules.names_somebody(value.data) => false,
            (Fate::Recomputed, InfoRule::AlleleCount) => {
                put_integers(out, &alternatives().map(u32::cast_signed).collect::<Vec<_>>())?;
                true
            }
            (Fate::Recomputed, InfoRule::AlleleNumber) => {
                put_integers(out, &[counts.total().cast_signed()])?;
                true
            }
            (Fate::Recomputed, InfoRule::SamplesWithData) => {
                put_integers(out, &[counts.samples_with_data.cast_signed()])?;
                true
            }
            (Fate::Recomputed, _) => {
                let total = f64::from(counts.total());
                let frequencies: Vec<u8> = alternatives().flat_map(|c| ((f64::from(c) / total) as f32).to_le_bytes()).collect();
                put_typed(out, Kind::Float, &frequencies)?;
                true
            }
            (Fate::Stays, rule) => {
                if rule == InfoRule::End {
                    end = number(value).map(i64::from);
                }
                put_typed(out, value.kind, value.data)?;
                true
            }
            (Fate::Selected(shape), _) => put_selected_info(out, value, shape, site)?,
            (Fate::Judged, InfoRule::End) => {
                let said = number(value).map(i64::from);
                let after = site.end_after(said.unwrap_or_default(), &lengths(record, rules.header)?);
                end = match after {
                    End::Unchanged => said,
                    End::Dropped => None,
                    End::At(end) => Some(end),
                };
                if let Some(end) = end.and_then(|end| i32::try_from(end).ok()) {
                    put_integers(out, &[end])?;
                }
                end.is_some()
            }
            (Fate::Judged, InfoRule::StructuralType) if value.kind == Kind::Char && site.type_stays(value.data) => {
                put_typed(out, Kind::Char, value.data)?;
                true
            }
            (Fate::Judged, InfoRule::OtherRecords) if value.kind == Kind::Char && !rules.gone.are_in(value.data) => {
                put_selected_info(out, value, Shape::Alternatives, site)?
            }
            (Fate::Judged, InfoRule::Consequences) if value.kind == Kind::Char => {
                text.clear();
                let any = rules.consequences.put(value.data, &mut text);
                put_typed(out, Kind::Char, &text)?;
                any && !rules.names_somebody(&text)
            }
            (Fate::Judged, _) => false,
        };
        if written {
            info_count += 1;
        } else {
            out.truncate(place);
        }
    }
    let length = end
        .map(|end| end - start)
        .filter(|length| *length > 0)
        .unwrap_or(site.reference().len() as i64);
    Ok(Written {
        info_count,
        length: i32::try_from(length).map_err(|_| FormatError::Record("a record is too large for BCF"))?,
    })
}

/// The SVLEN value of each alternative allele. Empty if the record has no SVLEN.
fn lengths(record: &BcfRecord<'_>, header: &VcfHeader) -> FormatResult<Vec<Option<i64>>> {
    for (key, value) in &record.infos {
        if header.name(*key)? == "SVLEN" && value.kind != Kind::Char && value.kind != Kind::Float {
            let known = |length: i32| (length > i32::MIN + 1).then_some(i64::from(length));
            return Ok(integers(value.kind, value.data)?.into_iter().map(known).collect());
        }
    }
    Ok(Vec::new())
}

/// Writes the INFO values of the kept alleles in the smallest type that can represent them. Returns false if the values cannot be assigned
/// to single alleles, or if no value remains.
fn put_selected_info(out: &mut Vec<u8>, value: &Typed<'_>, shape: Shape, site: &Site<'_>) -> FormatResult<bool> {
    let mut selections = GenotypeSelections::default();
    if value.kind == Kind::Char {
        let mut text = Vec::new();
        put_selected(&mut text, value.data, shape, &site.plan, &mut selections);
        put_typed(out, Kind::Char, &text)?;
        return Ok(text != b".");
    }
    let size = value.kind.size();
    let chosen: Vec<usize> = match site.plan.select(shape, value.count, &mut selections) {
        Selection::Unchanged => {
            put_typed(out, value.kind, value.data)?;
            return Ok(true);
        }
        Selection::Values(chosen) => chosen.to_vec(),
        Selection::Missing => return Ok(false),
    };
    let bytes: Vec<u8> = chosen.iter().flat_map(|i| &value.data[i * size..(i + 1) * size]).copied().collect();
    if bytes.chunks(size.max(1)).all(|one| one == value.kind.missing()) {
        return Ok(false);
    }
    match value.kind {
        Kind::Int8 | Kind::Int16 | Kind::Int32 => put_integers(out, &integers(value.kind, &bytes)?)?,
        Kind::Missing | Kind::Float | Kind::Char => put_typed(out, value.kind, &bytes)?,
    }
    Ok(true)
}

/// Writes a site whose samples are all kept, without INFO fields and filters that can come from relatives outside the Grant. Returns the
/// number of written INFO fields.
pub(super) fn put_shared_of_everybody(out: &mut Vec<u8>, record: &BcfRecord<'_>, header: &VcfHeader) -> FormatResult<u16> {
    put_typed(out, Kind::Char, record.id)?;
    for allele in &record.alleles {
        put_typed(out, Kind::Char, allele)?;
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
        put_descriptor(out, Kind::Missing, 0)?;
    } else {
        put_typed(out, record.filter.kind, &filters)?;
    }
    let mut info_count = 0;
    for (key, value) in &record.infos {
        let name = header.name(*key)?;
        if rule(name) != InfoRule::Drop || info_stays(name) {
            put_integer(out, *key)?;
            put_typed(out, value.kind, value.data)?;
            info_count += 1;
        }
    }
    Ok(info_count)
}
