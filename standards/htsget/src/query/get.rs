use std::collections::BTreeMap;

use super::{Parameter, Query, Selection, disjoint, fields_from, format_for, requested_class, tag_names};
use crate::{Endpoint, Fields, HtsgetError, InvalidInput, InvalidRange, Missing, Position, ReferenceName, Region, RequestedClass, Tags};

/// The reference name that @gmod/bam sends for "no reference" with a request for a header. JBrowse 2 reads tickets with this library. With
/// `class=header`, the parser treats `na` as an absent reference name, because the client does not work without this exception. Without
/// `class=header`, `na` is the name of a sequence.
const NO_REFERENCE: &str = "na";

/// Parses the query of a GET. `pairs` contains the names and values of the URL's query in order, already percent-decoded.
///
/// A name that htsget does not define is rejected. Otherwise a client that misspells `referenceName` would get the whole file. A name that
/// htsget defines may occur only once, because the specification does not define which of two values applies.
///
/// # Errors
/// `UnsupportedFormat`, `InvalidInput` or `InvalidRange` as htsget 1.3 § Query parameters defines. `NotFound` for the reference `*` on
/// variants, where `*` has no special meaning and is not a valid sequence name.
pub fn parse_get(endpoint: Endpoint, pairs: &[(String, String)]) -> Result<Query, HtsgetError> {
    let parameters = collect(pairs)?;
    let value = |parameter: Parameter| parameters.get(&parameter).copied();

    let format = format_for(endpoint, value(Parameter::Format))?;
    let class = requested_class(value(Parameter::Class))?;
    if class == RequestedClass::Header {
        // § Query parameters, `class`: InvalidInput "if any other htsget query parameters other than `format` are
        // specified at the same time".
        let other = parameters.iter().find(|(parameter, value)| match parameter {
            Parameter::Format | Parameter::Class => false,
            Parameter::ReferenceName => **value != NO_REFERENCE,
            _ => true,
        });
        if let Some((&parameter, _)) = other {
            return Err(InvalidInput::HeaderClassWithOther { parameter }.into());
        }
        return Ok(Query {
            format,
            class,
            ..Query::everything(endpoint)
        });
    }

    let selection = selection(endpoint, &parameters)?;
    let fields = value(Parameter::Fields).map_or(Ok(Fields::All), |list| fields_from(elements(list)))?;
    let tags = match value(Parameter::Tags) {
        None => Tags::All,
        Some(list) => Tags::Only(tag_names(elements(list), Parameter::Tags)?),
    };
    let notags = tag_names(value(Parameter::Notags).into_iter().flat_map(elements), Parameter::Notags)?;
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

fn collect(pairs: &[(String, String)]) -> Result<BTreeMap<Parameter, &str>, HtsgetError> {
    let mut parameters = BTreeMap::new();
    for (name, value) in pairs {
        let Some(parameter) = Parameter::from_get_name(name) else {
            return Err(Parameter::fault_of(name).into());
        };
        if parameters.insert(parameter, value.as_str()).is_some() {
            return Err(InvalidInput::Repeated { parameter }.into());
        }
    }
    Ok(parameters)
}

fn selection(endpoint: Endpoint, parameters: &BTreeMap<Parameter, &str>) -> Result<Selection, HtsgetError> {
    let start = position(parameters, Parameter::Start)?;
    let end = position(parameters, Parameter::End)?;
    let positioned = start.map(|_| Parameter::Start).or(end.map(|_| Parameter::End));

    let Some(&name) = parameters.get(&Parameter::ReferenceName) else {
        // § Query parameters, `start` and `end`: InvalidInput if "no reference is specified".
        return match positioned {
            Some(parameter) => Err(InvalidInput::PositionWithoutReference { parameter }.into()),
            None => Ok(Selection::Everything),
        };
    };
    if name == "*" {
        // "... or `referenceName` is \"*\""
        if let Some(parameter) = positioned {
            return Err(InvalidInput::PositionOfUnplaced { parameter }.into());
        }
        return match endpoint {
            Endpoint::Reads => Ok(Selection::Regions(vec![Region::Unplaced])),
            Endpoint::Variants => Err(HtsgetError::NotFound(Missing::Reference)),
        };
    }
    let reference_name = ReferenceName::parse(name).ok_or(InvalidInput::EmptyReferenceName)?;
    // InvalidRange if "`start` is greater than `end`". Equal values are legal here and select nothing.
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(InvalidRange::StartAfterEnd.into());
    }
    Ok(Selection::Regions(vec![Region::Placed {
        reference_name,
        start,
        end,
    }]))
}

fn position(parameters: &BTreeMap<Parameter, &str>, parameter: Parameter) -> Result<Option<Position>, HtsgetError> {
    match parameters.get(&parameter) {
        None => Ok(None),
        Some(text) => match Position::from_digits(text) {
            Some(position) => Ok(Some(position)),
            None => Err(InvalidInput::NotAPosition { parameter }.into()),
        },
    }
}

/// The elements of a comma-separated list. An empty text is a list without elements.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').filter(move |_| !list.is_empty())
}
