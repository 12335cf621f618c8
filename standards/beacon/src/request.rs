//! A request, however it was sent.

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

/// What a client asks of one entry type. All restrictions (`variant`, `filters`, `datasets`) apply together; a service that cannot apply
/// one must refuse the request, never answer without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeaconRequest {
    /// The entry type asked for: what is found or counted.
    pub entry: EntryType,
    /// What is repeated in the answer's `receivedRequestSummary`.
    pub meta: RequestMeta,
    /// The variants asked about; absent where no variant parameter was given. With [`EntryType::Individual`] and what belongs to individuals
    /// it means the people who carry a matching variant, and is combined with the filters by AND.
    pub variant: Option<VariantQuery>,
    /// The filters, all of which must hold.
    pub filters: Vec<Filter>,
    /// How much detail is asked for; where not given boolean, and of datasets and cohorts record. The answer may have less, never more.
    pub granularity_asked: Granularity,
    /// Which result sets a record-level answer lists.
    pub include_resultset_responses: IncludeResultsetResponses,
    /// Which page of a record-level answer.
    pub pagination: Pagination,
    /// "When `true` the Beacon instance MUST respond the request but it SHOULD use virtual or non-sensitive data."
    pub test_mode: bool,
    /// The datasets to search, in the order given and each once; empty is all.
    pub datasets: Vec<String>,
}

/// What a client said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestMeta {
    /// The version expected; this crate's own where a GET does not say.
    pub api_version: String,
    /// The schemas asked for records in; empty is the default.
    pub requested_schemas: Vec<RequestedSchema>,
}

/// A schema asked for (`SchemasPerEntity`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestedSchema {
    /// The entity it is for; absent is the one asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_type: Option<String>,
    /// Its id or address; absent is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

impl BeaconRequest {
    /// A request for all of an entry type, from which the parsers start.
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

    /// Whether neither a variant nor a filter restricts the answer. An entry type with `nonFilteredQueriesAllowed: false` answers such a
    /// request with [`BeaconError::UnboundedQuery`].
    #[must_use]
    pub fn is_unbounded(&self) -> bool {
        self.variant.is_none() && self.filters.is_empty()
    }

    /// The schemas asked for, for the entry type of the request, that records cannot be given in. The specification has no error for
    /// them ("Set of schemas to be used in the response"): the answer falls back to the default schema, names it in
    /// `meta.returnedSchemas`, and repeats these in its `info` (the answers of this crate do so by themselves).
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

/// What an entry type is answered at where nothing is asked. Beacon 2.1.1 `beaconConfigurationSchema.json`, `defaultGranularity`: "Some responses
/// could return higher detail": clients ask for the collections without saying that they want them listed.
const fn default_granularity(entry: EntryType) -> Granularity {
    match entry {
        EntryType::Dataset | EntryType::Cohort => Granularity::Record,
        EntryType::Analysis | EntryType::Biosample | EntryType::GenomicVariant | EntryType::Individual | EntryType::Run => {
            Granularity::Boolean
        }
    }
}

/// The records on a page. One that is too great is refused: fewer records than asked for would look like the last page.
fn limit(name: &'static str, records: u32) -> Result<u32, BeaconError> {
    (records <= MAX_PAGE_RECORDS)
        .then_some(records)
        .ok_or(BeaconError::invalid(name, LIMIT))
}

/// Refuses a filter that names a variant parameter, which some clients send as one.
fn without_parameters(filters: Vec<Filter>) -> Result<Vec<Filter>, BeaconError> {
    let is_parameter = |filter: &Filter| {
        let name = filter.id();
        let name = name.split_once(':').map_or(name, |(name, _)| name);
        // Short words could begin a term of an institution's own.
        kind_of(name).is_some() && !matches!(name, "start" | "end" | "allele")
    };
    if filters.iter().any(is_parameter) {
        return Err(BeaconError::invalid(
            "filters",
            "variant parameters such as `geneId` and `aminoacidChange` are no filters; give them as request parameters: in a GET `geneId=BRAF`, in a \
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

/// A schema id or an entity's name: visible ASCII, because it is repeated in the answer.
fn schema_text(name: &'static str, text: &str) -> Result<String, BeaconError> {
    (!text.is_empty() && text.len() <= 256 && text.bytes().all(|b| b.is_ascii_graphic()))
        .then(|| text.to_owned())
        .ok_or(BeaconError::invalid(
            name,
            "an id or address of 1 to 256 visible ASCII characters is expected",
        ))
}

/// Dataset ids, each once.
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
            "a list of dataset ids is expected; leave it out to ask all datasets",
        ));
    }
    Ok(list)
}

/// Whether two lists name the same datasets, in whatever order.
fn same_datasets(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|id| other.contains(id))
}

/// The variant query of the collected parameters. On `g_variants` it says which variants; on `individuals`, `biosamples`, `runs` and `analyses`,
/// people who carry a matching one, and what is theirs. On a collection it must not be dropped.
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
