//! Parses requests in a JSON document (POST, `requests/beaconRequestBody.json`).

use serde_json::{Map, Value};

use super::{
    BeaconRequest, RequestMeta, RequestedSchema, api_version, datasets, granularity, include_resultset_responses, same_datasets,
    schema_text, variant, without_parameters,
};
use crate::entry_type::EntryType;
use crate::error::BeaconError;
use crate::filter::from_member::filters;
use crate::json;
use crate::pagination::{Pages, TermsPage, TermsRequest};
use crate::reference_name::ReferenceName;
use crate::variant_query::parameters::{canonical, kind_of, static_name};

/// The largest accepted body, in bytes.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// The members of `query` that older examples in the documentation place outside `query`, at the top level of the body.
const ALSO_BESIDE_QUERY: [&str; 4] = ["includeResultsetResponses", "pagination", "requestedGranularity", "testMode"];

/// Parses the body of a POST request.
///
/// Variant parameters are read from `requestParameters.g_variant`, where the schema defines them. They are also read from `requestParameters`
/// itself, where several servers and examples have them. `requestedGranularity`, `pagination`, `includeResultsetResponses` and `testMode` are
/// also read from the top level of the body. Two different values of one member are an error. A `null` member counts as absent.
///
/// # Errors
/// [`BeaconError::PayloadTooLarge`] over [`MAX_BODY_BYTES`], and every [`BeaconError`] with status 400.
pub fn parse_post(entry: EntryType, body: &[u8]) -> Result<BeaconRequest, BeaconError> {
    read(entry, body).map(|(request, _)| request)
}

/// Parses the body of `POST .../filtering_terms`, which may contain `pagination` and `testMode`. A body without `limit` requests all terms.
///
/// # Errors
/// The errors of [`parse_post`], and [`BeaconError::InvalidValue`] for a member that would restrict the list of terms.
pub fn parse_post_filtering_terms(body: &[u8]) -> Result<TermsRequest, BeaconError> {
    let (asked, limit) = read(EntryType::Individual, body)?;
    if !asked.is_unbounded() || !asked.datasets.is_empty() {
        return Err(BeaconError::invalid(
            "query",
            "filtering terms accept only `pagination` and `testMode`",
        ));
    }
    Ok(TermsRequest {
        page: TermsPage {
            skip: asked.pagination.skip,
            limit: limit.unwrap_or(0),
        },
        test_mode: asked.test_mode,
    })
}

/// Parses a body. Returns the request and, if the body states it, the `limit` of its page.
fn read(entry: EntryType, body: &[u8]) -> Result<(BeaconRequest, Option<u32>), BeaconError> {
    if body.len() > MAX_BODY_BYTES {
        return Err(BeaconError::PayloadTooLarge {
            limit_bytes: MAX_BODY_BYTES,
        });
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(BeaconError::EmptyBody);
    }
    let mut document = json::members("request body", json::parse(body)?)?;
    document.remove("$schema");
    let mut request = BeaconRequest::of_everything(entry);
    request.meta = meta(document.remove("meta"))?;
    let mut query = match document.remove("query") {
        Some(query) => json::members("query", query)?,
        None => Map::new(),
    };
    for name in ALSO_BESIDE_QUERY {
        if let Some(beside) = document.remove(name)
            && query.insert(name.to_owned(), beside.clone()).is_some_and(|inside| inside != beside)
        {
            return Err(BeaconError::Contradiction {
                name,
                other: "the same member inside `query`",
            });
        }
    }
    nothing_left("", &document)?;
    if let Some(value) = query.remove("filters") {
        request.filters = without_parameters(filters(value)?)?;
    }
    if let Some(value) = query.remove("includeResultsetResponses") {
        request.include_resultset_responses = include_resultset_responses(text("includeResultsetResponses", &value)?)?;
    }
    if let Some(value) = query.remove("requestedGranularity") {
        request.granularity_asked = granularity(text("requestedGranularity", &value)?)?;
    }
    if let Some(value) = query.remove("testMode") {
        request.test_mode = value
            .as_bool()
            .ok_or(BeaconError::invalid("testMode", "true or false is expected"))?;
    }
    let mut limit = None;
    if let Some(value) = query.remove("pagination") {
        (request.pagination.skip, limit) = pagination(value)?;
        request.pagination.limit = limit.unwrap_or(request.pagination.limit);
    }
    let mut parameters = match query.remove("requestParameters") {
        // An empty list counts as no parameters, because some portals send it if they have no parameters.
        Some(Value::Array(none)) if none.is_empty() => Map::new(),
        Some(parameters) => json::members("requestParameters", parameters)?,
        None => Map::new(),
    };
    parameters.remove("$schema");
    request.datasets = dataset_ids(&mut query, &mut parameters)?;
    request.variant = variant(entry, variant_members(parameters)?)?;
    nothing_left("query.", &query)?;
    Ok((request, limit))
}

fn meta(value: Option<Value>) -> Result<RequestMeta, BeaconError> {
    const MISSING: BeaconError = BeaconError::MissingParameter {
        name: "meta.apiVersion",
        because: "a Beacon request document requires it",
    };
    let mut members = json::members("meta", value.ok_or(MISSING)?)?;
    members.remove("$schema");
    let version = members.remove("apiVersion").ok_or(MISSING)?;
    let requested_schemas = match members.remove("requestedSchemas") {
        None => Vec::new(),
        Some(Value::Array(items)) if items.len() <= 100 => items.into_iter().map(requested_schema).collect::<Result<_, _>>()?,
        Some(_) => {
            return Err(BeaconError::invalid(
                "meta.requestedSchemas",
                "a list of at most 100 schemas is expected",
            ));
        }
    };
    nothing_left("meta.", &members)?;
    Ok(RequestMeta {
        api_version: api_version(text("meta.apiVersion", &version)?)?,
        requested_schemas,
    })
}

fn requested_schema(value: Value) -> Result<RequestedSchema, BeaconError> {
    const NAME: &str = "meta.requestedSchemas";
    let mut members = json::members(NAME, value)?;
    let mut take = |name| members.remove(name).map(|v| schema_text(NAME, text(NAME, &v)?)).transpose();
    let schema = RequestedSchema {
        entity_type: take("entityType")?,
        // The specification's own examples name this member `schema:`, with a colon at the end.
        schema: take("schema")?.or(take("schema:")?),
    };
    nothing_left("meta.requestedSchemas.", &members)?;
    Ok(schema)
}

fn pagination(value: Value) -> Result<(Pages, Option<u32>), BeaconError> {
    let mut members = json::members("pagination", value)?;
    let (mut skip, mut limit) = (Pages(0), None);
    let whole = |name, value: Value| {
        value
            .as_u64()
            .and_then(|n| u32::try_from(n).ok())
            .ok_or(BeaconError::invalid(name, "a whole number is expected"))
    };
    if let Some(value) = members.remove("skip") {
        skip = Pages(whole("pagination.skip", value)?);
    }
    if let Some(value) = members.remove("limit") {
        limit = Some(super::limit("pagination.limit", whole("pagination.limit", value)?)?);
    }
    for name in ["currentPage", "nextPage", "previousPage"] {
        match members.remove(name) {
            None => {}
            Some(Value::String(token)) if token.is_empty() => {}
            Some(_) => {
                return Err(BeaconError::NotSupportedYet {
                    feature: "pagination by page tokens (use `skip` and `limit`)",
                });
            }
        }
    }
    nothing_left("pagination.", &members)?;
    Ok((skip, limit))
}

/// Parses the ids of the requested datasets. No schema has a member for them. They are read from `query` or `requestParameters`, as `datasets`
/// or `datasetIds`.
fn dataset_ids(query: &mut Map<String, Value>, parameters: &mut Map<String, Value>) -> Result<Vec<String>, BeaconError> {
    let mut found: Option<Vec<String>> = None;
    for value in ["datasets", "datasetIds"]
        .into_iter()
        .flat_map(|name| [query.remove(name), parameters.remove(name)])
        .flatten()
    {
        let expected = BeaconError::invalid("datasets", "a list of dataset ids is expected");
        let value = match value {
            // An object with `datasetIds` is the form in the specification's own example of a request.
            Value::Object(mut members) => members
                .remove("datasetIds")
                .filter(|_| members.is_empty())
                .ok_or(expected.clone())?,
            value => value,
        };
        let Value::Array(items) = &value else { return Err(expected) };
        let ids = items.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or(expected)?;
        let ids = datasets("datasets", ids.into_iter())?;
        if found.replace(ids.clone()).is_some_and(|earlier| !same_datasets(&earlier, &ids)) {
            return Err(BeaconError::Contradiction {
                name: "datasets",
                other: "another list of datasets in the same request",
            });
        }
    }
    Ok(found.unwrap_or_default())
}

/// The variant parameters of `requestParameters`: both those nested in `g_variant` and those directly in `requestParameters`.
fn variant_members(parameters: Map<String, Value>) -> Result<Map<String, Value>, BeaconError> {
    let mut joined = Map::new();
    for (name, value) in parameters {
        match name.as_str() {
            "g_variant" | "g_variants" | "genomicVariant" => {
                let mut nested = json::members("g_variant", value)?;
                nested.remove("$schema");
                for (name, value) in nested {
                    join(&mut joined, "requestParameters.g_variant.", &name, value)?;
                }
            }
            _ => join(&mut joined, "requestParameters.", &name, value)?,
        }
    }
    Ok(joined)
}

fn join(joined: &mut Map<String, Value>, path: &'static str, name: &str, value: Value) -> Result<(), BeaconError> {
    let (Some(kind), Some(known)) = (kind_of(name), static_name(name)) else {
        return Err(BeaconError::unknown(&format!("{path}{name}")));
    };
    let value = canonical(kind, known, value);
    match joined.insert(known.to_owned(), value.clone()) {
        Some(earlier) if known == "referenceName" && is_same_chromosome(earlier.as_str(), value.as_str()) => Ok(()),
        Some(earlier) if earlier != value => Err(BeaconError::Contradiction {
            name: known,
            other: "the same parameter elsewhere in `requestParameters`",
        }),
        Some(_) | None => Ok(()),
    }
}

/// Whether two chromosome names mean the same chromosome, such as `17` and `chr17`. The mitochondrial chromosome is excluded, because one of
/// its names (`chrM` of hg19) is not a synonym of the others.
fn is_same_chromosome(one: Option<&str>, other: Option<&str>) -> bool {
    let plain = |name: Option<&str>| name.and_then(ReferenceName::parse_plain).filter(|name| name.as_str() != "MT");
    plain(one).is_some() && plain(one) == plain(other)
}

fn text<'a>(name: &'static str, value: &'a Value) -> Result<&'a str, BeaconError> {
    value.as_str().ok_or(BeaconError::invalid(name, "a text is expected"))
}

fn nothing_left(path: &str, members: &Map<String, Value>) -> Result<(), BeaconError> {
    match members.keys().next() {
        Some(name) => Err(BeaconError::unknown(&format!("{path}{name}"))),
        None => Ok(()),
    }
}
