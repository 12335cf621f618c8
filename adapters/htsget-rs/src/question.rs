//! Converts a query of htsget-rs to the gateway's request for a slice.

use std::collections::{BTreeSet, HashSet};

use ga4gh_htsget::{Endpoint, Field, Fields, Region, RequestedClass, TagName, Tags, parse_get};
use gemj_model::{Contig, FileFormat, Interval, ZeroBased};
use gemj_objects::{Class, Naming, ReadColumn, ReadFields, SliceRegion, SliceRequest};
use htsget_config::types::{self as theirs, HtsGetError, Query};

use crate::failure::invalid;

/// Converts a query by the rules for a GET request (htsget 1.3 § Query parameters). htsget-rs checks some of these rules before it calls a
/// search. For a POST request, htsget-rs calls the search once for each region.
///
/// # Errors
/// `InvalidInput`, `InvalidRange` or `UnsupportedFormat`; `NotFound` if the query asks for the reference `*` of a variant file.
pub fn slice_request(query: &Query, naming: Naming) -> Result<SliceRequest, HtsGetError> {
    let format = file_format(query.format());
    let question = parse_get(endpoint(format), &pairs(query)).map_err(|error| invalid(&error))?;
    Ok(SliceRequest {
        class: match question.class {
            RequestedClass::Complete => None,
            RequestedClass::Header => Some(Class::Header),
        },
        regions: question.selection.regions().unwrap_or_default().iter().map(region).collect(),
        output: Some(format),
        fields: ReadFields {
            columns: match &question.fields {
                Fields::All => None,
                Fields::Only(fields) => Some(fields.iter().map(|field| column(*field)).collect()),
            },
            tags: match &question.tags {
                Tags::All => None,
                Tags::Only(names) => Some(tags(names)),
            },
            without_tags: tags(&question.notags),
        },
        naming,
    })
}

/// Converts a file format of htsget-rs to a file format of the gateway.
pub(crate) fn file_format(format: theirs::Format) -> FileFormat {
    match format {
        theirs::Format::Bam => FileFormat::Bam,
        theirs::Format::Cram => FileFormat::Cram,
        theirs::Format::Vcf => FileFormat::Vcf,
        theirs::Format::Bcf => FileFormat::Bcf,
    }
}

/// The htsget endpoint for files of this format: reads or variants.
pub(crate) fn endpoint(format: FileFormat) -> Endpoint {
    match format {
        FileFormat::Bam | FileFormat::Cram => Endpoint::Reads,
        FileFormat::Vcf | FileFormat::Bcf => Endpoint::Variants,
    }
}

/// Converts the query back to the URL parameters from which htsget-rs parsed it.
fn pairs(query: &Query) -> Vec<(String, String)> {
    let mut pairs = vec![("format".to_owned(), query.format().to_string())];
    let mut put = |name: &str, value: String| pairs.push((name.to_owned(), value));
    match query.class() {
        theirs::Class::Header => put("class", "header".to_owned()),
        // htsget-rs uses the class `Body` for the complete file, so no parameter is needed.
        theirs::Class::Body => {}
    }
    if let Some(name) = query.reference_name() {
        put("referenceName", name.to_owned());
    }
    if let Some(start) = query.interval().start() {
        put("start", start.to_string());
    }
    if let Some(end) = query.interval().end() {
        put("end", end.to_string());
    }
    if let theirs::Fields::List(names) = query.fields() {
        put("fields", list(names));
    }
    if let theirs::Tags::List(names) = query.tags() {
        put("tags", list(names));
    }
    if let Some(names) = &query.no_tags().0 {
        put("notags", list(names));
    }
    pairs
}

/// The names, joined by commas, in an order that is the same in every call.
fn list(names: &HashSet<String>) -> String {
    let sorted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    sorted.into_iter().collect::<Vec<_>>().join(",")
}

fn region(region: &Region) -> SliceRegion {
    match region {
        Region::Unplaced => SliceRegion::Unplaced,
        Region::Placed {
            reference_name,
            start,
            end,
        } => SliceRegion::Contig {
            contig: Contig(reference_name.as_str().to_owned()),
            interval: Interval {
                start: ZeroBased(start.map_or(0, |position| u64::from(position.get()))),
                end: end.map(|position| ZeroBased(u64::from(position.get()))),
            },
        },
    }
}

/// The tags among the names. A name that does not have two bytes is dropped, because no record has a tag with this name.
fn tags(names: &BTreeSet<TagName>) -> BTreeSet<[u8; 2]> {
    names.iter().filter_map(|name| name.as_str().as_bytes().try_into().ok()).collect()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use htsget_config::types::Format;

    use super::*;

    fn query(format: Format) -> Query {
        Query::new_with_default_request("id", format)
    }

    fn names(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_query_without_parameters_requests_the_whole_file() {
        let request = slice_request(&query(Format::Cram), Naming::Stored).unwrap();
        assert_eq!((request.class, request.output), (None, Some(FileFormat::Cram)));
        assert!(request.regions.is_empty() && request.fields.is_everything());
    }

    #[test]
    fn a_region_keeps_its_start_and_end() {
        let asked = query(Format::Bcf)
            .with_reference_name("HLA-A*01:01")
            .with_start(0)
            .with_end(u32::MAX);
        let request = slice_request(&asked, Naming::Stored).unwrap();
        let stretch = SliceRegion::Contig {
            contig: Contig("HLA-A*01:01".to_owned()),
            interval: Interval {
                start: ZeroBased(0),
                end: Some(ZeroBased(4_294_967_295)),
            },
        };
        assert_eq!(request.regions, [stretch]);
    }

    #[test]
    fn an_empty_list_of_tags_differs_from_an_absent_list() {
        let none = query(Format::Bam)
            .with_tags(theirs::Tags::List(names(&[""])))
            .with_fields(theirs::Fields::List(names(&["SEQ", "QNAME"])))
            .with_no_tags(vec!["RG", "toolong"]);
        let fields = slice_request(&none, Naming::Stored).unwrap().fields;
        assert_eq!(fields.tags, Some(BTreeSet::new()));
        assert_eq!(fields.columns, Some([ReadColumn::Qname, ReadColumn::Seq].into()));
        assert_eq!(fields.without_tags, [*b"RG"].into());
    }

    #[test]
    fn a_query_that_the_standard_forbids_is_refused_with_its_kind() {
        let refused = |query: Query| slice_request(&query, Naming::Stored).unwrap_err();
        let range = query(Format::Bam).with_reference_name("1").with_start(9).with_end(8);
        assert!(matches!(refused(range), HtsGetError::InvalidRange(_)));
        for query in [
            query(Format::Bam).with_start(1),
            query(Format::Bam).with_reference_name("*").with_end(1),
            query(Format::Bam).with_reference_name(""),
            query(Format::Bam).with_class(theirs::Class::Header).with_reference_name("1"),
            query(Format::Bam).with_fields(theirs::Fields::List(names(&["NAME"]))),
            query(Format::Bam)
                .with_tags(theirs::Tags::List(names(&["RG"])))
                .with_no_tags(vec!["RG"]),
        ] {
            assert!(matches!(refused(query), HtsGetError::InvalidInput(_)));
        }
        assert!(matches!(
            refused(query(Format::Vcf).with_reference_name("*")),
            HtsGetError::NotFound(_)
        ));
        // A region with equal start and end is legal in a GET request and gives an empty slice.
        let empty = query(Format::Bam).with_reference_name("1").with_start(8).with_end(8);
        assert!(slice_request(&empty, Naming::Stored).is_ok());
    }
}
