use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Parameter, Query, Selection, disjoint, fields_from, format_for, requested_class, tag_names};
use crate::{Endpoint, Fields, HtsgetError, InvalidInput, InvalidRange, Missing, Position, ReferenceName, Region, RequestedClass, Tags};
use ga4gh_service_info::json_object::{JsonObject, present};

/// The body of a POST. A known member that occurs twice is an error. [`known_only`] checks for unknown members.
#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "present")]
    format: Option<String>,
    #[serde(default, deserialize_with = "present")]
    class: Option<String>,
    #[serde(default, deserialize_with = "present")]
    fields: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    notags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    regions: Option<Vec<JsonObject<BodyRegion>>>,
    // The specification says that these members are "not used at the top level". If the server ignored them, it would return the whole file.
    #[serde(default, rename = "referenceName", deserialize_with = "present")]
    reference_name: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    start: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    end: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyRegion {
    #[serde(default, rename = "referenceName", deserialize_with = "present")]
    reference_name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    start: Option<u32>,
    #[serde(default, deserialize_with = "present")]
    end: Option<u32>,
}

/// Parses the body of a POST. `has_query` states whether the URL contains parameters, which a POST must not have (htsget 1.3 § POST request).
/// `further` contains the names of the members that the server itself reads. Any other member that htsget does not define is rejected, as in a
/// GET.
///
/// `{}` requests the complete file in the default format. An empty body is not JSON, and is therefore not a request. The regions are kept in
/// the order of the list. The reader of the file must return each record once and in file order, whatever the order of the list.
///
/// # Errors
/// `UnsupportedFormat`, `InvalidInput` or `InvalidRange` as htsget 1.3 § POST request defines; `NotFound` for the reference `*` on variants.
/// The code that reads the body limits its size (`PayloadTooLarge`).
pub fn parse_post(endpoint: Endpoint, body: &[u8], has_query: bool, further: &[&str]) -> Result<Query, HtsgetError> {
    if has_query {
        return Err(InvalidInput::QueryOnPost.into());
    }
    // The error contains only the line and column, because the message of serde_json would repeat parts of the body.
    let malformed = |error: serde_json::Error| InvalidInput::MalformedBody {
        line: error.line(),
        column: error.column(),
    };
    let members = serde_json::from_slice::<HashMap<String, IgnoredAny>>(body).map_err(malformed)?;
    let JsonObject(body) = serde_json::from_slice::<JsonObject<Body>>(body).map_err(malformed)?;
    known_only(members.keys(), further)?;

    let format = format_for(endpoint, body.format.as_deref())?;
    let class = requested_class(body.class.as_deref())?;
    let misplaced = [
        (body.reference_name.is_some(), Parameter::ReferenceName),
        (body.start.is_some(), Parameter::Start),
        (body.end.is_some(), Parameter::End),
    ];
    if class == RequestedClass::Header {
        let others = [
            (body.fields.is_some(), Parameter::Fields),
            (body.tags.is_some(), Parameter::Tags),
            (body.notags.is_some(), Parameter::Notags),
            (body.regions.is_some(), Parameter::Regions),
        ];
        if let Some(parameter) = first_present(others.into_iter().chain(misplaced)) {
            return Err(InvalidInput::HeaderClassWithOther { parameter }.into());
        }
        return Ok(Query {
            format,
            class,
            ..Query::everything(endpoint)
        });
    }
    if let Some(parameter) = first_present(misplaced) {
        return Err(InvalidInput::OutsideRegions { parameter }.into());
    }

    let selection = match body.regions {
        None => Selection::Everything,
        // "the array must contain at least one region specification"
        Some(regions) if regions.is_empty() => return Err(InvalidInput::NoRegions.into()),
        Some(regions) => Selection::Regions(
            regions
                .into_iter()
                .map(|JsonObject(listed)| region(endpoint, listed))
                .collect::<Result<_, _>>()?,
        ),
    };
    let fields = match &body.fields {
        None => Fields::All,
        Some(names) => fields_from(names.iter().map(String::as_str))?,
    };
    let tags = match &body.tags {
        None => Tags::All,
        Some(names) => Tags::Only(tag_names(names.iter().map(String::as_str), Parameter::Tags)?),
    };
    let notags = tag_names(body.notags.iter().flatten().map(String::as_str), Parameter::Notags)?;
    disjoint(&tags, &notags)?;
    Ok(Query {
        format,
        class,
        selection,
        fields,
        tags,
        notags,
    })
}

/// # Errors
/// [`InvalidInput`] if a name is neither a member of htsget nor one of `further`.
fn known_only<'a>(mut names: impl Iterator<Item = &'a String>, further: &[&str]) -> Result<(), InvalidInput> {
    let is_known = |name: &str| name == Parameter::Regions.as_str() || Parameter::from_get_name(name).is_some() || further.contains(&name);
    match names.find(|name| !is_known(name)) {
        Some(unknown) => Err(Parameter::fault_of(unknown)),
        None => Ok(()),
    }
}

fn first_present(members: impl IntoIterator<Item = (bool, Parameter)>) -> Option<Parameter> {
    members
        .into_iter()
        .find_map(|(is_present, parameter)| is_present.then_some(parameter))
}

fn region(endpoint: Endpoint, listed: BodyRegion) -> Result<Region, HtsgetError> {
    let Some(name) = listed.reference_name else {
        return Err(InvalidInput::RegionWithoutReference.into());
    };
    let start = listed.start.map(Position::new);
    let end = listed.end.map(Position::new);
    if name == "*" {
        if let Some(parameter) = start.map(|_| Parameter::Start).or(end.map(|_| Parameter::End)) {
            return Err(InvalidInput::PositionOfUnplaced { parameter }.into());
        }
        return match endpoint {
            Endpoint::Reads => Ok(Region::Unplaced),
            Endpoint::Variants => Err(HtsgetError::NotFound(Missing::Reference)),
        };
    }
    let reference_name = ReferenceName::parse(name).ok_or(InvalidInput::EmptyReferenceName)?;
    // § Request body: InvalidRange if "`start` is greater than or equal to `end`". A GET allows equal values.
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        return Err(InvalidRange::StartNotBeforeEnd.into());
    }
    Ok(Region::Placed {
        reference_name,
        start,
        end,
    })
}
