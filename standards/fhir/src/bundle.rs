//! Bundles of search results (FHIR R4 § Bundle, type `searchset`).

use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::FhirError;

/// Why a resource is in a search result (value set `search-entry-mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchMode {
    /// The resource matches the search.
    Match,
    /// Another resource of the result refers to the resource.
    Include,
    /// The resource is an OperationOutcome about the search.
    Outcome,
}

/// One entry of a search result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    full_url: Option<String>,
    resource: &'a RawValue,
    search: EntrySearch,
}

#[derive(Serialize)]
struct EntrySearch {
    mode: SearchMode,
}

impl<'a> Entry<'a> {
    /// Makes an entry from a resource and its absolute URL (`[base]/Patient/x`). The URL is absent for an OperationOutcome that is not stored.
    /// The text of the resource is kept byte for byte.
    ///
    /// # Errors
    /// [`FhirError::Internal`] if the stored text is not JSON.
    pub fn new(full_url: Option<String>, text: &'a str, mode: SearchMode) -> Result<Self, FhirError> {
        let resource = serde_json::from_str(text).map_err(|_| FhirError::Internal)?;
        Ok(Self {
            full_url,
            resource,
            search: EntrySearch { mode },
        })
    }
}

#[derive(Serialize)]
struct Link<'a> {
    relation: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Searchset<'a> {
    resource_type: &'static str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    link: Vec<Link<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    entry: &'a [Entry<'a>],
}

/// Renders a Bundle of type `searchset` as text. `total` is the number of matches over all pages (`None` if not counted). `self_url` and
/// `next_url` are the URLs of this page and the next page.
///
/// # Errors
/// [`FhirError::Internal`] if a text is not JSON. This cannot happen, because [`Entry::new`] checks each text.
pub fn searchset(total: Option<u64>, self_url: &str, next_url: Option<&str>, entries: &[Entry<'_>]) -> Result<String, FhirError> {
    let link = |relation, url| Link { relation, url };
    let links = std::iter::once(link("self", self_url)).chain(next_url.map(|url| link("next", url)));
    let bundle = Searchset {
        resource_type: "Bundle",
        r#type: "searchset",
        total,
        link: links.collect(),
        entry: entries,
    };
    serde_json::to_string(&bundle).map_err(|_| FhirError::Internal)
}
