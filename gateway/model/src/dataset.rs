//! The policy of a dataset and its data use conditions, as configured.

use serde::{Deserialize, Serialize};

use crate::identifier::DatasetId;

/// The configured policy of one dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetPolicy {
    /// The id of the dataset.
    pub id: DatasetId,
    /// The name of the dataset for display.
    pub name: String,
    /// One sentence that describes the dataset.
    #[serde(default)]
    pub description: String,
    /// The data use conditions. If no condition is a permission, the dataset cannot be used for research.
    pub data_use: Vec<DataUseTerm>,
    /// Whether the public tier may get boolean answers about the dataset.
    #[serde(default)]
    pub public_boolean: bool,
}

/// One data use condition: a Data Use Ontology code (DUO 2021-02-23) and its particulars. In the configuration, a code alone is a text
/// (`"DUO:0000042"`). A code with particulars is a table (`{ code = "DUO:0000007", diseases = ["MONDO:0005070"] }`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenTerm")]
pub struct DataUseTerm {
    /// The code, `DUO:` and seven digits.
    pub code: String,
    /// For DS: the disease terms for which the data may be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diseases: Vec<String>,
    /// For GS: the countries in which the data may be used, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// For TS: the number of months for which the data may be used; absent if not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
    /// For MOR: the first day on which results may be published, a date; absent if not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// For PS: the projects that may use the data, by the ids of their approvals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// For US: the users who may use the data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<NamedUser>,
    /// For IS: the organisations that may use the data, by domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub institutions: Vec<String>,
}

impl From<&str> for DataUseTerm {
    fn from(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            ..Self::default()
        }
    }
}

/// A user, as the token issuer identifies them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedUser {
    /// The token issuer.
    pub issuer: String,
    /// The subject that the token issuer uses for the user.
    pub subject: String,
}

impl std::fmt::Debug for NamedUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NamedUser(..)")
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenTerm {
    Code(String),
    Particular(ParticularTerm),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParticularTerm {
    code: String,
    #[serde(default)]
    diseases: Vec<String>,
    #[serde(default)]
    regions: Vec<String>,
    #[serde(default)]
    months: Option<u32>,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    projects: Vec<String>,
    #[serde(default)]
    users: Vec<NamedUser>,
    #[serde(default)]
    institutions: Vec<String>,
}

impl From<WrittenTerm> for DataUseTerm {
    fn from(written: WrittenTerm) -> Self {
        match written {
            WrittenTerm::Code(code) => Self { code, ..Self::default() },
            WrittenTerm::Particular(term) => Self {
                code: term.code,
                diseases: term.diseases,
                regions: term.regions,
                months: term.months,
                date: term.date,
                projects: term.projects,
                users: term.users,
                institutions: term.institutions,
            },
        }
    }
}
