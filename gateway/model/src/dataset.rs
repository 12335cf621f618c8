//! A dataset's conditions, as configured.

use serde::{Deserialize, Serialize};

use crate::identifier::DatasetId;

/// The policy of one dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetPolicy {
    /// Its id.
    pub id: DatasetId,
    /// The display name.
    pub name: String,
    /// One sentence that describes the dataset.
    #[serde(default)]
    pub description: String,
    /// The data use conditions. Without a permission term, the dataset cannot be used for research.
    pub data_use: Vec<DataUseTerm>,
    /// Whether the public tier may get boolean answers about the dataset.
    #[serde(default)]
    pub public_boolean: bool,
}

/// One condition: a Data Use Ontology code (DUO 2021-02-23) and its particulars. In configuration, a code alone is a text (`"DUO:0000042"`).
/// A code with particulars is a table (`{ code = "DUO:0000007", diseases = ["MONDO:0005070"] }`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenTerm")]
pub struct DataUseTerm {
    /// The code, `DUO:` and seven digits.
    pub code: String,
    /// Disease terms (for DS).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diseases: Vec<String>,
    /// Countries, ISO 3166-1 alpha-2 (for GS).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Months of use (for TS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
    /// First day on which results may be published, a date (for MOR).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Approval ids of projects (for PS).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// Users (for US).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<NamedUser>,
    /// Organisations by domain (for IS).
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
    /// The subject.
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
