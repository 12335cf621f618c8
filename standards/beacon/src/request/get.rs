//! Parses requests in a query string (GET).

use serde_json::Map;

use super::{
    BeaconRequest, RequestedSchema, api_version, datasets, granularity, include_resultset_responses, limit, same_datasets, schema_text,
    variant, without_parameters,
};
use crate::entry_type::EntryType;
use crate::error::BeaconError;
use crate::excerpt::Excerpt;
use crate::filter::from_text::filters;
use crate::pagination::{Pages, TermsRequest};
use crate::variant_query::parameters::{from_text, kind_of, static_name};

/// Parses the parameters of a GET request. Names and values are already percent-decoded.
///
/// `endpoints.json` of the specification declares the parameters. Clients and the specification's documentation use further parameters. This
/// function accepts them too:
///
/// * `variantType`, `requestedGranularity`, `testMode`, `datasets` or `datasetIds`, and `apiVersion`;
/// * on `individuals`, `biosamples`, `runs` and `analyses`: the variant parameters of `g_variants`, which select the participants who carry a
///   matching variant;
/// * `includeDescendantTerms`, an extension of this crate. In a POST each filter has this member. In a GET the parameter applies to all of
///   `filters`. If it is absent, descendants are included for a term, and the field decides for a comparison of a field with a value.
///
/// The values of a list are joined by commas. `start` and `end` may occur twice, as in the specification's own example of a deletion of
/// TP53: two occurrences are a list of two positions. `filters` may occur several times, because some clients send a list in this way. Any
/// other repeated parameter is an error.
///
/// # Errors
/// Every [`BeaconError`] with status 400.
pub fn parse_get(entry: EntryType, pairs: &[(String, String)]) -> Result<BeaconRequest, BeaconError> {
    let mut request = BeaconRequest::of_everything(entry);
    let mut variant_members = Map::new();
    let mut filter_list = None;
    let mut include_descendant_terms = None;
    for (at, (name, value)) in pairs.iter().enumerate() {
        if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
            if matches!(name.as_str(), "start" | "end" | "filters") {
                continue;
            }
            return Err(BeaconError::DuplicateParameter { name: Excerpt::of(name) });
        }
        match name.as_str() {
            "apiVersion" => request.meta.api_version = api_version(value)?,
            "requestedSchema" | "requestedSchemas" => {
                for schema in value.split(',') {
                    let schema = Some(schema_text("requestedSchema", schema)?);
                    request.meta.requested_schemas.push(RequestedSchema { entity_type: None, schema });
                }
            }
            "skip" => request.pagination.skip = Pages(whole("skip", value)?),
            "limit" => request.pagination.limit = limit("limit", whole("limit", value)?)?,
            "includeResultsetResponses" => request.include_resultset_responses = include_resultset_responses(value)?,
            "requestedGranularity" => request.granularity_asked = granularity(value)?,
            "testMode" => request.test_mode = flag("testMode", value)?,
            "filters" => filter_list = Some(listed(pairs, "filters")),
            "includeDescendantTerms" => include_descendant_terms = Some(flag("includeDescendantTerms", value)?),
            "datasets" | "datasetIds" => {
                let named = datasets("datasets", value.split(','))?;
                if !request.datasets.is_empty() && !same_datasets(&request.datasets, &named) {
                    return Err(BeaconError::Contradiction {
                        name: "datasets",
                        other: "`datasetIds`; use only one of the two",
                    });
                }
                request.datasets = named;
            }
            _ => match kind_of(name).zip(static_name(name)) {
                Some((kind, name)) => {
                    let value = match name {
                        "start" | "end" => from_text(kind, name, &listed(pairs, name))?,
                        _ => from_text(kind, name, value)?,
                    };
                    if variant_members
                        .insert(name.to_owned(), value.clone())
                        .is_some_and(|earlier| earlier != value)
                    {
                        return Err(BeaconError::Contradiction {
                            name,
                            other: "its other spelling in the same request",
                        });
                    }
                }
                None => return Err(unknown(name)),
            },
        }
    }
    match filter_list {
        Some(list) => request.filters = without_parameters(filters(&list, include_descendant_terms)?)?,
        None if include_descendant_terms.is_some() => {
            return Err(BeaconError::MissingParameter {
                name: "filters",
                because: "`includeDescendantTerms` applies to them",
            });
        }
        None => {}
    }
    request.variant = variant(entry, variant_members)?;
    Ok(request)
}

/// Parses the parameters of `GET /filtering_terms` and of `GET /{entry_type}/filtering_terms`: `skip`, `limit` and `testMode`. Any other
/// parameter is an error.
///
/// # Errors
/// [`BeaconError`] with status 400.
pub fn parse_filtering_terms(pairs: &[(String, String)]) -> Result<TermsRequest, BeaconError> {
    let mut asked = TermsRequest::default();
    for (at, (name, value)) in pairs.iter().enumerate() {
        if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(BeaconError::DuplicateParameter { name: Excerpt::of(name) });
        }
        match name.as_str() {
            "skip" => asked.page.skip = Pages(whole("skip", value)?),
            "limit" => asked.page.limit = whole("limit", value)?,
            "testMode" => asked.test_mode = flag("testMode", value)?,
            _ => return Err(unknown(name)),
        }
    }
    Ok(asked)
}

/// All values of a parameter that may be repeated, joined by commas.
fn listed(pairs: &[(String, String)], name: &str) -> String {
    let values: Vec<&str> = pairs.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect();
    values.join(",")
}

/// The error for an unknown parameter name. For frequent mistakes (another case, a plural `s`, or another word such as `chromosome`), the
/// error contains the known name.
fn unknown(name: &str) -> BeaconError {
    let hint = match name.to_ascii_lowercase().trim_end_matches('s') {
        "start" | "startposition" => "; did you mean `start`?",
        "assemblyid" | "assembly" => "; did you mean `assemblyId`?",
        "referencename" | "chromosome" => "; did you mean `referenceName`?",
        "filter" => "; did you mean `filters`?",
        "granularity" => "; did you mean `requestedGranularity`?",
        "dataset" | "datasetid" => "; did you mean `datasets`?",
        _ => "",
    };
    BeaconError::UnknownParameter {
        name: Excerpt::of(name),
        hint,
    }
}

fn whole(name: &'static str, text: &str) -> Result<u32, BeaconError> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
        .ok_or(BeaconError::invalid(name, "a whole number is expected"))
}

fn flag(name: &'static str, text: &str) -> Result<bool, BeaconError> {
    // `True` and `False` are accepted, because Python clients send them.
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(BeaconError::invalid(name, "true or false is expected")),
    }
}
