//! Filters: one list, all of which must hold (`requests/filteringTerms.json`).

pub(crate) mod from_member;
pub(crate) mod from_text;

use std::fmt;

use serde_json::{Value, json};

use crate::entry_type::EntryType;

/// The most filters one request may hold.
pub const MAX_FILTERS: usize = 100;
/// The longest filter id and value, in bytes.
pub const MAX_FILTER_ID_BYTES: usize = 256;

/// One filter. The schema allows one object to be of several kinds; the kind is decided by its members: `operator` and `value` make it
/// alphanumeric, else a CURIE makes it an ontology filter, and what is left is custom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// A term of an ontology.
    Ontology(OntologyFilter),
    /// A field compared with a value.
    Alphanumeric(AlphanumericFilter),
    /// A term that this Beacon made up itself.
    Custom(CustomFilter),
}

/// "Filter results to include records that contain a specific ontology term." Similarity is always exact; other degrees are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyFilter {
    /// The term as a CURIE, as sent.
    pub id: String,
    /// Whether the terms below it match too; true where not given.
    pub include_descendant_terms: bool,
    /// The entry type the filter is about; absent is the one asked for.
    pub scope: Option<EntryType>,
}

/// "Filter results based on operators and values applied to alphanumeric fields."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlphanumericFilter {
    /// The field.
    pub id: String,
    /// How the field relates to the value.
    pub operator: Operator,
    /// The value; may hold `%` wildcards and ISO 8601 durations.
    pub value: FilterValue,
    /// Whether what is below the terms of the field or the value matches too, where the request says; absent is the field's own way.
    pub include_descendant_terms: Option<bool>,
    /// The entry type the filter is about; absent is the one asked for.
    pub scope: Option<EntryType>,
}

/// "Filter results to include records that contain a custom term defined by this Beacon."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomFilter {
    /// The term.
    pub id: String,
    /// Whether the terms below it match too, should there be any; true where not given.
    pub include_descendant_terms: bool,
    /// The entry type the filter is about; absent is the one asked for.
    pub scope: Option<EntryType>,
}

/// The value of an alphanumeric filter. It may be personal (a date, a name), so that `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct FilterValue(String);

impl FilterValue {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The value as sent.
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

/// How a field relates to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!`
    Not,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// Every operator, the longer spellings first.
    pub(crate) const ALL: [Self; 6] = [
        Self::LessOrEqual,
        Self::GreaterOrEqual,
        Self::Equal,
        Self::Not,
        Self::Less,
        Self::Greater,
    ];

    /// The specification's sign.
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
    /// The term or field.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Ontology(filter) => &filter.id,
            Self::Alphanumeric(filter) => &filter.id,
            Self::Custom(filter) => &filter.id,
        }
    }

    /// The entry type the filter is about; absent is the one asked for.
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
    /// The filter as a member of `query.filters`, for asking another Beacon the same: everything that restricts and nothing else.
    /// [`crate::parse_post`] reads it back.
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

/// Whether an id is a CURIE of an ontology: a prefix of letters, digits and `_`, a colon, and a local part without white space.
fn is_curie(id: &str) -> bool {
    id.split_once(':').is_some_and(|(prefix, local)| {
        prefix.starts_with(|c: char| c.is_ascii_alphabetic())
            && prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !local.is_empty()
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    })
}

/// Whether an id or value has a length and characters that can be a term's.
fn is_decent(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_FILTER_ID_BYTES && !text.chars().any(char::is_control)
}
