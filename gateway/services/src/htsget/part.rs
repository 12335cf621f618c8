//! Converts the content that a ticket promises between three forms: the query of htsget, the signed capability, and the request to the
//! slicer.

use std::collections::{BTreeSet, HashMap};

use ga4gh_htsget::{Endpoint, Field, Fields, Format, Query, Region, RequestedClass, TagName, Tags};
use gemj_access::{Regions, SlicePart};
use gemj_model::{Contig, DataKind, FileFormat, Interval, ZeroBased};
use gemj_objects::{Class, Naming, ReadColumn, ReadFields, SliceRegion, SliceRequest};

/// The reference name in htsget that means reads without a position.
pub(super) const UNPLACED: &str = "*";

/// The htsget format of a stored format.
pub(super) fn format_of(format: FileFormat) -> Format {
    match format {
        FileFormat::Bam => Format::Bam,
        FileFormat::Cram => Format::Cram,
        FileFormat::Vcf => Format::Vcf,
        FileFormat::Bcf => Format::Bcf,
    }
}

/// The stored format of an htsget format.
pub(super) fn file_format(format: Format) -> FileFormat {
    match format {
        Format::Bam => FileFormat::Bam,
        Format::Cram => FileFormat::Cram,
        Format::Vcf => FileFormat::Vcf,
        Format::Bcf => FileFormat::Bcf,
    }
}

/// The htsget endpoint that serves a stored format.
pub(super) fn endpoint_of(format: FileFormat) -> Endpoint {
    match format.data_kind() {
        DataKind::Reads => Endpoint::Reads,
        DataKind::Variants => Endpoint::Variants,
    }
}

/// The reference names of a query, without duplicates.
pub(super) fn reference_names(query: &Query) -> BTreeSet<&str> {
    let placed = |region| match region {
        &Region::Unplaced => None,
        Region::Placed { reference_name, .. } => Some(reference_name.as_str()),
    };
    query.selection.regions().unwrap_or_default().iter().filter_map(placed).collect()
}

/// The part of a file that a query requests. `stored` is the format of the file. `spellings` maps the query's names of contigs to the
/// file's own names, where they differ.
///
/// If the query names no format, the file is served in its stored format. Fields and tags apply to reads and are ignored for variants
/// (htsget 1.3 § Field filtering).
pub(super) fn part_of(query: &Query, stored: FileFormat, format_named: bool, spellings: &HashMap<String, String>) -> SlicePart {
    let asked = file_format(query.format);
    let format = (format_named && asked != stored).then(|| asked.as_str().to_owned());
    let mut part = SlicePart {
        class: match query.class {
            RequestedClass::Complete => None,
            RequestedClass::Header => Some("header".to_owned()),
        },
        regions: Regions(merged(
            query
                .selection
                .regions()
                .unwrap_or_default()
                .iter()
                .map(|asked| region(asked, spellings))
                .collect(),
        )),
        format,
        ..SlicePart::default()
    };
    if stored.data_kind() == DataKind::Reads {
        part.columns = match &query.fields {
            Fields::All => None,
            Fields::Only(fields) => Some(fields.iter().map(|field| field.as_str().to_owned()).collect()),
        };
        part.tags = match &query.tags {
            Tags::All => None,
            Tags::Only(tags) => Some(texts(tags)),
        };
        part.without_tags = texts(&query.notags);
    }
    part
}

fn texts<'a>(tags: impl IntoIterator<Item = &'a TagName>) -> Vec<String> {
    tags.into_iter().map(|tag| tag.as_str().to_owned()).collect()
}

/// Converts a part into a request to the slicer; absent if no ticket of this gateway promises this part.
pub(super) fn request_of(part: &SlicePart, naming: Naming) -> Option<SliceRequest> {
    let class = match part.class.as_deref() {
        None => None,
        Some("header") => Some(Class::Header),
        Some("body") => Some(Class::Body),
        Some(_) => return None,
    };
    let output = match &part.format {
        None => None,
        Some(name) => Some(FileFormat::parse(name)?),
    };
    let columns = match &part.columns {
        None => None,
        Some(names) => Some(names.iter().map(|name| Field::from_name(name).map(column)).collect::<Option<_>>()?),
    };
    Some(SliceRequest {
        class,
        regions: regions_of(&part.regions.0),
        output,
        fields: ReadFields {
            columns,
            tags: part.tags.as_ref().map(|tags| two_letters(tags).collect()),
            without_tags: two_letters(&part.without_tags).collect(),
        },
        naming,
    })
}

/// Every SAM tag has a name of two characters. A name of another length matches no tag.
fn two_letters(tags: &[String]) -> impl Iterator<Item = [u8; 2]> {
    tags.iter().filter_map(|tag| tag.as_bytes().try_into().ok())
}

fn column(field: Field) -> ReadColumn {
    match field {
        Field::Qname => ReadColumn::Qname,
        Field::Flag => ReadColumn::Flag,
        Field::Rname => ReadColumn::Rname,
        Field::Pos => ReadColumn::Pos,
        Field::Mapq => ReadColumn::Mapq,
        Field::Cigar => ReadColumn::Cigar,
        Field::Rnext => ReadColumn::Rnext,
        Field::Pnext => ReadColumn::Pnext,
        Field::Tlen => ReadColumn::Tlen,
        Field::Seq => ReadColumn::Seq,
        Field::Qual => ReadColumn::Qual,
    }
}

fn regions_of(regions: &[(String, u64, Option<u64>)]) -> Vec<SliceRegion> {
    regions
        .iter()
        .map(|(name, start, end)| match name.as_str() {
            UNPLACED => SliceRegion::Unplaced,
            _ => SliceRegion::Contig {
                contig: Contig(name.clone()),
                interval: Interval {
                    start: ZeroBased(*start),
                    end: end.map(ZeroBased),
                },
            },
        })
        .collect()
}

fn region(asked: &Region, spellings: &HashMap<String, String>) -> (String, u64, Option<u64>) {
    match asked {
        Region::Unplaced => (UNPLACED.to_owned(), 0, None),
        Region::Placed {
            reference_name,
            start,
            end,
        } => (
            spellings
                .get(reference_name.as_str())
                .cloned()
                .unwrap_or_else(|| reference_name.as_str().to_owned()),
            start.map_or(0, |p| u64::from(p.get())),
            end.map(|p| u64::from(p.get())),
        ),
    }
}

/// Joins overlapping and touching regions of one reference, so that each base is in one region. This changes no record of the slice.
fn merged(mut regions: Vec<(String, u64, Option<u64>)>) -> Vec<(String, u64, Option<u64>)> {
    regions.sort();
    let mut joined: Vec<(String, u64, Option<u64>)> = Vec::with_capacity(regions.len());
    for (name, start, end) in regions {
        match joined.last_mut() {
            Some((last, _, last_end)) if *last == name && last_end.is_none_or(|e| start <= e) && end.is_none_or(|e| e > start) => {
                *last_end = match (*last_end, end) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            }
            _ => joined.push((name, start, end)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn overlapping_regions_are_joined_and_others_stay_separate() {
        let region = |name: &str, start, end| (name.to_owned(), start, end);
        let asked = vec![
            region("2", 5, Some(9)),
            region("1", 50, None),
            region("1", 0, Some(10)),
            region("1", 10, Some(20)),
            region("1", 60, Some(70)),
            region("2", 10, Some(10)),
        ];
        let expected = vec![
            region("1", 0, Some(20)),
            region("1", 50, None),
            region("2", 5, Some(9)),
            region("2", 10, Some(10)),
        ];
        assert_eq!(merged(asked), expected);
    }
}
