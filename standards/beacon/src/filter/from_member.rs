//! Parses the filters in the body of a POST.

use serde_json::{Map, Value};

use super::from_text;
use super::{AlphanumericFilter, CustomFilter, Filter, FilterValue, MAX_FILTERS, OntologyFilter, Operator, is_curie, is_decent};
use crate::entry_type::EntryType;
use crate::error::BeaconError;
use crate::json;

/// Parses the member `query.filters`.
pub(crate) fn filters(value: Value) -> Result<Vec<Filter>, BeaconError> {
    let Value::Array(items) = value else {
        return Err(BeaconError::invalid("filters", "a list of filter objects is expected"));
    };
    if items.len() > MAX_FILTERS {
        return Err(BeaconError::invalid("filters", "at most 100 filters are accepted"));
    }
    items.into_iter().map(of_item).collect()
}

/// Parses one filter: an object, or a text as in a GET. Older documents of the specification list filters as texts.
fn of_item(item: Value) -> Result<Filter, BeaconError> {
    match item {
        Value::String(text) => from_text::filter(&text, None),
        item => filter(json::members("filters", item)?),
    }
}

fn filter(mut members: Map<String, Value>) -> Result<Filter, BeaconError> {
    let id = text(&mut members, "filters.id")?.ok_or(BeaconError::MissingParameter {
        name: "filters.id",
        because: "every filter names a term or field",
    })?;
    let operator = text(&mut members, "filters.operator")?;
    let value = match members.remove("value") {
        // A value that is a number is used as text.
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(other) => {
            members.insert("value".to_owned(), other);
            text(&mut members, "filters.value")?
        }
        None => None,
    };
    let scope = scope(&mut members)?;
    let include_descendant_terms = match members.remove("includeDescendantTerms") {
        None => None,
        Some(Value::Bool(flag)) => Some(flag),
        Some(Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(BeaconError::invalid("filters.includeDescendantTerms", "true or false is expected"));
        }
    };
    match text(&mut members, "filters.similarity")?.as_deref() {
        None | Some("exact") => {}
        Some("high" | "medium" | "low") => {
            return Err(BeaconError::NotSupportedYet {
                feature: "a filter with a `similarity` other than exact",
            });
        }
        Some(_) => return Err(BeaconError::invalid("filters.similarity", "exact, high, medium or low is expected")),
    }
    if let Some(name) = members.keys().next() {
        return Err(BeaconError::unknown(&format!("filters.{name}")));
    }
    // A filter with a value but without an operator means `=`. The European portal sends such filters.
    let operator = match (operator, &value) {
        (None, Some(_)) => Some(Operator::Equal.as_str().to_owned()),
        (operator, _) => operator,
    };
    match (operator, value) {
        (Some(operator), Some(value)) => Ok(Filter::Alphanumeric(AlphanumericFilter {
            id,
            operator: Operator::parse(&operator).ok_or(BeaconError::invalid("filters.operator", "one of = < > ! >= <= is expected"))?,
            value: FilterValue::new(value),
            include_descendant_terms,
            scope,
        })),
        (Some(_), None) => Err(BeaconError::MissingParameter {
            name: "filters.value",
            because: "the filter has an `operator`",
        }),
        (None, _) if is_curie(&id) => Ok(Filter::Ontology(OntologyFilter {
            id,
            include_descendant_terms: include_descendant_terms.unwrap_or(true),
            scope,
        })),
        (None, _) => Ok(Filter::Custom(CustomFilter {
            id,
            include_descendant_terms: include_descendant_terms.unwrap_or(true),
            scope,
        })),
    }
}

/// Removes `scope` and `scopes` from a filter and parses them. `scopes` is a list, as in `/filtering_terms`, and several clients repeat it in
/// filters. Some clients send this list as `scope`. A list of individuals and biosamples together counts as no restriction.
fn scope(members: &mut Map<String, Value>) -> Result<Option<EntryType>, BeaconError> {
    let entry_type = |text: &str| {
        EntryType::parse_scope(text).ok_or(BeaconError::invalid(
            "filters.scope",
            "an entry type is expected, such as `individuals`",
        ))
    };
    if let Some(Value::Array(_)) = members.get("scope")
        && !members.contains_key("scopes")
        && let Some(list) = members.remove("scope")
    {
        members.insert("scopes".to_owned(), list);
    }
    let one = text(members, "filters.scope")?.map(|s| entry_type(&s)).transpose()?;
    let mut list = match members.remove("scopes") {
        None => Vec::new(),
        Some(Value::String(text)) => vec![entry_type(&text)?],
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| entry_type(item.as_str().unwrap_or_default()))
            .collect::<Result<_, _>>()?,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            return Err(BeaconError::invalid("filters.scopes", "a list of entry types is expected"));
        }
    };
    list.sort_unstable();
    list.dedup();
    match (one, list.as_slice()) {
        (scope, []) => Ok(scope),
        (None, &[scope]) => Ok(Some(scope)),
        (None, &[one, other])
            if [one, other]
                .iter()
                .all(|s| matches!(s, EntryType::Individual | EntryType::Biosample)) =>
        {
            Ok(None)
        }
        (Some(one), &[scope]) if one == scope => Ok(Some(one)),
        (Some(_), _) => Err(BeaconError::Contradiction {
            name: "filters.scopes",
            other: "`filters.scope` of the same filter",
        }),
        (None, _) => Err(BeaconError::NotSupportedYet {
            feature: "a filter that holds for any of several entry types (`scopes`)",
        }),
    }
}

/// Removes the member whose name is the last part of `path`, and returns its text.
fn text(members: &mut Map<String, Value>, path: &'static str) -> Result<Option<String>, BeaconError> {
    let name = path.rsplit('.').next().unwrap_or(path);
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) if is_decent(&text) => Ok(Some(text)),
        Some(_) => Err(BeaconError::invalid(path, "a text of 1 to 256 bytes is expected")),
    }
}
