//! Filters of a request: a list of conditions that must all be met (`requests/filteringTerms.json`).

pub(crate) mod from_member;
pub(crate) mod from_text;

use std::fmt;

use serde_json::{Value, json};

use crate::entry_type::EntryType;

/// The maximum number of filters in a request.
pub const MAX_FILTERS: usize = 100;
/// The maximum length of a filter's id and value, in bytes.
pub const MAX_FILTER_ID_BYTES: usize = 256;

/// One filter. The schema allows one object to match several kinds. The members determine the kind. With a `value`, the filter is
/// alphanumeric, and an absent `operator` means `=`. Without a `value`, a CURIE makes it an ontology filter. Every other filter is custom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// A filter by a term of an ontology.
    Ontology(OntologyFilter),
    /// A filter that compares a field with a value.
    Alphanumeric(AlphanumericFilter),
    /// A filter by a term that this Beacon defines itself.
    Custom(CustomFilter),
}

/// "Filter results to include records that contain a specific ontology term." The similarity is always exact. A filter with another degree of
/// similarity is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyFilter {
    /// The CURIE of the term, as sent.
    pub id: String,
    /// Whether the descendants of the term match too; true by default.
    pub include_descendant_terms: bool,
    /// The entry type to which the filter applies; `None` means the requested entry type.
    pub scope: Option<EntryType>,
}

/// "Filter results based on operators and values applied to alphanumeric fields."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlphanumericFilter {
    /// The field to compare.
    pub id: String,
    /// How the field is compared with the value.
    pub operator: Operator,
    /// The value of the comparison. It may contain `%` wildcards and ISO 8601 durations.
    pub value: FilterValue,
    /// Whether descendants of the term in the value match too, if the request states it. `None` means the default of the field.
    pub include_descendant_terms: Option<bool>,
    /// The entry type to which the filter applies; `None` means the requested entry type.
    pub scope: Option<EntryType>,
}

/// "Filter results to include records that contain a custom term defined by this Beacon."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomFilter {
    /// The id of the term.
    pub id: String,
    /// Whether the descendants of the term match too (if the term has descendants); true by default.
    pub include_descendant_terms: bool,
    /// The entry type to which the filter applies; `None` means the requested entry type.
    pub scope: Option<EntryType>,
}

/// The value of an alphanumeric filter. It may be personal data (a date, a name), so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct FilterValue(String);

impl FilterValue {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The value of the filter, as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FilterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilterValue(..)")
    }
}

/// The operator that compares a field with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`: the field equals the value.
    Equal,
    /// `!`: the field does not equal the value.
    Not,
    /// `<`: the field is less than the value.
    Less,
    /// `>`: the field is greater than the value.
    Greater,
    /// `<=`: the field is less than or equal to the value.
    LessOrEqual,
    /// `>=`: the field is greater than or equal to the value.
    GreaterOrEqual,
}

impl Operator {
    /// Every operator. Longer spellings come first, so that `<=` is not parsed as `<`.
    pub(crate) const ALL: [Self; 6] = [
        Self::LessOrEqual,
        Self::GreaterOrEqual,
        Self::Equal,
        Self::Not,
        Self::Less,
        Self::Greater,
    ];

    /// The sign of the operator in the specification.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Not => "!",
            Self::Less => "<",
            Self::Greater => ">",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.as_str() == text)
    }
}

impl Filter {
    /// The id of the term or field.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Ontology(filter) => &filter.id,
            Self::Alphanumeric(filter) => &filter.id,
            Self::Custom(filter) => &filter.id,
        }
    }

    /// The entry type to which the filter applies; `None` means the requested entry type.
    #[must_use]
    pub fn scope(&self) -> Option<EntryType> {
        match self {
            Self::Ontology(filter) => filter.scope,
            Self::Alphanumeric(filter) => filter.scope,
            Self::Custom(filter) => filter.scope,
        }
    }
}

impl Filter {
    /// The filter as a member of `query.filters`, for a request to another Beacon. It contains every restriction and nothing else, and
    /// [`crate::parse_post`] parses it to the same filter.
    #[must_use]
    pub fn to_member(&self) -> Value {
        let mut member = match self {
            Self::Ontology(filter) => json!({"id": filter.id, "includeDescendantTerms": filter.include_descendant_terms}),
            Self::Alphanumeric(filter) => {
                let mut member = json!({"id": filter.id, "operator": filter.operator.as_str(), "value": filter.value.as_str()});
                if let Some(include) = filter.include_descendant_terms {
                    member["includeDescendantTerms"] = include.into();
                }
                member
            }
            Self::Custom(filter) if filter.include_descendant_terms => json!({"id": filter.id}),
            Self::Custom(filter) => json!({"id": filter.id, "includeDescendantTerms": false}),
        };
        if let Some(scope) = self.scope() {
            member["scope"] = Value::from(scope.entity_id());
        }
        member
    }
}

/// Whether an id is a CURIE of an ontology term: a prefix (a letter, then letters, digits and `_`), a colon, and a local part of letters,
/// digits, `.`, `_` and `-`.
fn is_curie(id: &str) -> bool {
    id.split_once(':').is_some_and(|(prefix, local)| {
        prefix.starts_with(|c: char| c.is_ascii_alphabetic())
            && prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !local.is_empty()
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    })
}

/// Whether an id or value has an allowed length and allowed characters.
fn is_decent(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_FILTER_ID_BYTES && !text.chars().any(char::is_control)
}
