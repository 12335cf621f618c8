//! Parses requests for a ticket.

mod get;
mod parameter;
mod post;

use std::collections::BTreeSet;

pub use get::parse_get;
pub use parameter::Parameter;
pub use post::parse_post;

use crate::{Endpoint, Fields, Format, HtsgetError, InvalidInput, Region, RequestedClass, TagName, Tags};

/// A valid request for a ticket, from a GET or a POST.
///
/// The server must still check that the id exists, that the caller has access to it, that the server offers the format, and that the file
/// contains the reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The format of the answer. It is always a format of the endpoint.
    pub format: Format,
    /// The requested part of the file: the whole file or its header. With [`RequestedClass::Header`] every field below has its default value.
    pub class: RequestedClass,
    /// The records that the request selects.
    pub selection: Selection,
    /// The columns that the request selects in these records.
    pub fields: Fields,
    /// The tags that the request selects in these records.
    pub tags: Tags,
    /// The tags that the request excludes from these records. No tag is in both `tags` and `notags`.
    pub notags: BTreeSet<TagName>,
}

/// The records that a request selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every record at any position, including unplaced records. The request has no `referenceName` and no `regions`.
    Everything,
    /// Records in at least one of these regions. Each record is returned once, *in file order*: "Records that overlap the requested regions
    /// will be returned in the order that they occurred in the original file" (htsget 1.3 § Region list). The list is never empty. It is as
    /// received: not sorted, and overlapping regions are not merged.
    Regions(Vec<Region>),
}

impl Selection {
    /// The selected regions; `None` if the request selects every record.
    #[must_use]
    pub fn regions(&self) -> Option<&[Region]> {
        match self {
            Self::Everything => None,
            Self::Regions(regions) => Some(regions),
        }
    }
}

impl Query {
    /// A request for the complete file in the endpoint's default format.
    #[must_use]
    pub fn everything(endpoint: Endpoint) -> Self {
        Self {
            format: endpoint.default_format(),
            class: RequestedClass::Complete,
            selection: Selection::Everything,
            fields: Fields::All,
            tags: Tags::All,
            notags: BTreeSet::new(),
        }
    }

    /// Whether the request removes columns or tags from the records that it selects.
    #[must_use]
    pub fn filters_within_records(&self) -> bool {
        self.fields != Fields::All || self.tags != Tags::All || !self.notags.is_empty()
    }
}

fn format_for(endpoint: Endpoint, name: Option<&str>) -> Result<Format, HtsgetError> {
    let Some(name) = name else { return Ok(endpoint.default_format()) };
    match Format::from_name(name) {
        Some(format) if format.endpoint() == endpoint => Ok(format),
        Some(_) | None => Err(HtsgetError::UnsupportedFormat {
            explanation: match endpoint {
                Endpoint::Reads => "reads are offered as BAM and CRAM",
                Endpoint::Variants => "variants are offered as VCF and BCF",
            },
        }),
    }
}

fn requested_class(value: Option<&str>) -> Result<RequestedClass, HtsgetError> {
    match value {
        None => Ok(RequestedClass::Complete),
        Some("header") => Ok(RequestedClass::Header),
        Some(_) => Err(InvalidInput::UnknownClass.into()),
    }
}

fn fields_from<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Fields, HtsgetError> {
    let fields = names
        .into_iter()
        .map(|name| crate::Field::from_name(name).ok_or(InvalidInput::UnknownField));
    Ok(Fields::Only(fields.collect::<Result<_, _>>()?))
}

fn tag_names<'a>(names: impl IntoIterator<Item = &'a str>, parameter: Parameter) -> Result<BTreeSet<TagName>, HtsgetError> {
    let names = names
        .into_iter()
        .map(|name| TagName::parse(name).ok_or(InvalidInput::EmptyListElement { parameter }));
    Ok(names.collect::<Result<_, _>>()?)
}

fn disjoint(tags: &Tags, notags: &BTreeSet<TagName>) -> Result<(), HtsgetError> {
    // "The server SHOULD respond with an `InvalidInput` error if `tags` and `notags` intersect". If `tags` is absent, no tag counts as listed.
    match tags {
        Tags::Only(names) if !names.is_disjoint(notags) => Err(InvalidInput::TagsIntersectNotags.into()),
        Tags::Only(_) | Tags::All => Ok(()),
    }
}
