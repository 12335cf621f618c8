//! A parsed Beacon request, from a GET or a POST.

pub(crate) mod get;
pub(crate) mod post;

use serde::Serialize;

use crate::entry_type::EntryType;
use crate::error::BeaconError;
use crate::filter::Filter;
use crate::granularity::Granularity;
use crate::include_resultset_responses::IncludeResultsetResponses;
use crate::pagination::{LIMIT, MAX_PAGE_RECORDS, Pagination};
use crate::variant_query::VariantQuery;
use crate::variant_query::parameters::kind_of;
use crate::version::{self, API_VERSION};

/// A client's request for one entry type. All restrictions (`variant`, `filters`, `datasets`) apply together. A service that cannot apply a
/// restriction must refuse the request. It must never answer without the restriction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeaconRequest {
    /// The requested entry type: the records that are searched or counted.
    pub entry: EntryType,
    /// The version of the specification that the client expects, and the requested schemas.
    pub meta: RequestMeta,
    /// The requested variants; `None` if the request has no variant parameter. For [`EntryType::Individual`], and for entry types that belong
    /// to individuals, the variant query selects the participants who carry a matching variant. The variant query and the filters are combined
    /// by AND.
    pub variant: Option<VariantQuery>,
    /// The filters, which must all be met.
    pub filters: Vec<Filter>,
    /// The requested level of detail. The default is record for datasets and cohorts, and boolean for all other entry types. The answer may
    /// have less detail, never more.
    pub granularity_asked: Granularity,
    /// The result sets that a record-level answer lists.
    pub include_resultset_responses: IncludeResultsetResponses,
    /// The requested page of a record-level answer.
    pub pagination: Pagination,
    /// Whether the request is in test mode: "When `true` the Beacon instance MUST respond the request but it SHOULD use virtual or
    /// non-sensitive data."
    pub test_mode: bool,
    /// The datasets to search, in the order of the request, without repetitions. An empty list means all datasets.
    pub datasets: Vec<String>,
}

/// The parts of a request that describe the client's version and the requested schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestMeta {
    /// The version of the specification that the client expects. If a GET states no version, this is [`API_VERSION`]. A POST must state a
    /// version.
    pub api_version: String,
    /// The requested schemas of the records. An empty list means the default schema.
    pub requested_schemas: Vec<RequestedSchema>,
}

/// A requested schema (`SchemasPerEntity`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestedSchema {
    /// The entity to which the schema applies; `None` means the requested entry type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_type: Option<String>,
    /// The id or URL of the schema; `None` means the default schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

impl BeaconRequest {
    /// A request for all records of an entry type. The parsers start from this value.
    fn of_everything(entry: EntryType) -> Self {
        Self {
            entry,
            meta: RequestMeta {
                api_version: API_VERSION.to_owned(),
                requested_schemas: Vec::new(),
            },
            variant: None,
            filters: Vec::new(),
            granularity_asked: default_granularity(entry),
            include_resultset_responses: IncludeResultsetResponses::default(),
            pagination: Pagination::default(),
            test_mode: false,
            datasets: Vec::new(),
        }
    }

    /// Whether neither a variant query nor a filter restricts the answer. For an entry type with `nonFilteredQueriesAllowed: false`, the server
    /// answers such a request with [`BeaconError::UnboundedQuery`].
    #[must_use]
    pub fn is_unbounded(&self) -> bool {
        self.variant.is_none() && self.filters.is_empty()
    }

    /// The schemas that the request names for its entry type and that this crate cannot render. The specification defines no error for them
    /// ("Set of schemas to be used in the response"). The answer uses the default schema, names it in `meta.returnedSchemas`, and repeats
    /// the unsupported schemas in its `info`. The answers of this crate that contain data do so automatically.
    pub fn schemas_not_served(&self) -> impl Iterator<Item = &str> {
        let of_this_entry = |asked: &&RequestedSchema| {
            let entity = asked.entity_type.as_deref();
            entity.is_none_or(|name| EntryType::parse_scope(name).is_none_or(|entry| entry == self.entry))
        };
        self.meta
            .requested_schemas
            .iter()
            .filter(of_this_entry)
            .filter_map(|asked| asked.schema.as_deref())
            .filter(|schema| !self.entry.is_default_schema(schema))
    }
}

/// The granularity of an answer if the request states none. It is record for datasets and cohorts, because clients request them without a
/// granularity and expect a list. Beacon 2.1.1 allows this (`beaconConfigurationSchema.json`, `defaultGranularity`: "Some responses could
/// return higher detail").
const fn default_granularity(entry: EntryType) -> Granularity {
    match entry {
        EntryType::Dataset | EntryType::Cohort => Granularity::Record,
        EntryType::Analysis | EntryType::Biosample | EntryType::GenomicVariant | EntryType::Individual | EntryType::Run => {
            Granularity::Boolean
        }
    }
}

/// Checks the requested number of records on a page. A number above the maximum is rejected, because the client would treat a shorter page than
/// requested as the last page.
fn limit(name: &'static str, records: u32) -> Result<u32, BeaconError> {
    (records <= MAX_PAGE_RECORDS)
        .then_some(records)
        .ok_or(BeaconError::invalid(name, LIMIT))
}

/// Rejects a filter whose name is a variant parameter. Some clients send variant parameters as filters.
fn without_parameters(filters: Vec<Filter>) -> Result<Vec<Filter>, BeaconError> {
    let is_parameter = |filter: &Filter| {
        let name = filter.id();
        let name = name.split_once(':').map_or(name, |(name, _)| name);
        // `start`, `end` and `allele` are not rejected, because an institution's own term could begin with these words.
        kind_of(name).is_some() && !matches!(name, "start" | "end" | "allele")
    };
    if filters.iter().any(is_parameter) {
        return Err(BeaconError::invalid(
            "filters",
            "variant parameters such as `geneId` and `aminoacidChange` are not filters; send them as request parameters: in a GET `geneId=BRAF`, in a \
             POST `query.requestParameters.g_variant.geneId`",
        ));
    }
    Ok(filters)
}

fn granularity(text: &str) -> Result<Granularity, BeaconError> {
    Granularity::parse(text).ok_or(BeaconError::invalid("requestedGranularity", "boolean, count or record is expected"))
}

fn include_resultset_responses(text: &str) -> Result<IncludeResultsetResponses, BeaconError> {
    IncludeResultsetResponses::parse(text).ok_or(BeaconError::invalid(
        "includeResultsetResponses",
        "HIT, ALL, MISS or NONE is expected",
    ))
}

fn api_version(text: &str) -> Result<String, BeaconError> {
    version::is_answered(text)
        .then(|| text.to_owned())
        .ok_or(BeaconError::invalid("apiVersion", "a version of 2 is expected, such as v2.1.1"))
}

/// Parses a schema id or an entity's name. It must be visible ASCII, because the answer repeats it.
fn schema_text(name: &'static str, text: &str) -> Result<String, BeaconError> {
    (!text.is_empty() && text.len() <= 256 && text.bytes().all(|b| b.is_ascii_graphic()))
        .then(|| text.to_owned())
        .ok_or(BeaconError::invalid(
            name,
            "an id or address of 1 to 256 visible ASCII characters is expected",
        ))
}

/// Parses a list of dataset ids and removes repetitions.
fn datasets<'a>(name: &'static str, ids: impl Iterator<Item = &'a str>) -> Result<Vec<String>, BeaconError> {
    let mut list: Vec<String> = Vec::new();
    for id in ids {
        if id.trim().is_empty() || id.len() > 255 || id.chars().any(char::is_control) || list.len() >= 1000 {
            return Err(BeaconError::invalid(name, "a list of dataset ids is expected"));
        }
        if !list.iter().any(|known| known == id) {
            list.push(id.to_owned());
        }
    }
    if list.is_empty() {
        return Err(BeaconError::invalid(
            name,
            "a list of dataset ids is expected; omit it to search all datasets",
        ));
    }
    Ok(list)
}

/// Whether two lists contain the same datasets, in any order.
fn same_datasets(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|id| other.contains(id))
}

/// Makes the variant query from the collected parameters. For `g_variants` the query selects variants. For `individuals`, `biosamples`, `runs`
/// and `analyses` it selects the participants who carry a matching variant, and their records. For datasets and cohorts a variant query is an
/// error, because it must not be ignored.
fn variant(entry: EntryType, members: serde_json::Map<String, serde_json::Value>) -> Result<Option<VariantQuery>, BeaconError> {
    match entry {
        EntryType::GenomicVariant | EntryType::Individual | EntryType::Biosample | EntryType::Run | EntryType::Analysis => {
            crate::variant_query::parameters::query(members)
        }
        EntryType::Dataset | EntryType::Cohort if members.is_empty() => Ok(None),
        EntryType::Dataset | EntryType::Cohort => Err(BeaconError::NotSupportedYet {
            feature: "a variant query on datasets and cohorts",
        }),
    }
}
