//! Site profiles: what the fields of one institution's feed mean, written as YAML and compiled once into a typed plan.
//!
//! A profile has no code in it: fields are chosen by the format's own names, and values go through a small closed set of [`Function`]s.
//! What a profile gets wrong is found when it is compiled, with the place in its text.

mod ambiguity;
mod compile;
mod expression;
mod function;
mod ignore;
mod place;
mod rule;
mod schema;
mod selector;
mod text;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use gemj_model::SiteId;
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use function::Function;
pub use schema::SCHEMA;

pub(crate) use expression::{Expression, ValueFault};
pub(crate) use function::status;
pub(crate) use ignore::Ignore;
pub(crate) use rule::{FactRule, Made, ModifierRule, Placed, Rule, SpecimenRule, ValueRule};
pub(crate) use selector::Selector;

/// The largest profile read, in bytes.
pub const MAX_PROFILE_BYTES: usize = 256 * 1024;

/// The profiles that come with the gateway, by name.
const BUILT_IN: [(&str, &str); 4] = [
    ("ss-mix2", include_str!("../../schemas/mapping-profiles/ss-mix2.yaml")),
    ("odm", include_str!("../../schemas/mapping-profiles/odm.yaml")),
    ("redcap", include_str!("../../schemas/mapping-profiles/redcap.yaml")),
    ("miabis", include_str!("../../schemas/mapping-profiles/miabis.yaml")),
];

/// A feed's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// SS-MIX2 standardized storage.
    SsMix2,
    /// CDISC ODM.
    Odm,
    /// A REDCap export with its data dictionary.
    Redcap,
    /// MIABIS samples and donors.
    Miabis,
}

impl Format {
    /// The profile's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SsMix2 => "ss-mix2",
            Self::Odm => "odm",
            Self::Redcap => "redcap",
            Self::Miabis => "miabis",
        }
    }
}

/// A compiled profile.
#[derive(Debug)]
pub struct Profile {
    name: String,
    mapping_version: String,
    format: Format,
    namespace: String,
    site: Option<SiteId>,
    facilities: Vec<String>,
    pub(crate) dictionary: Option<String>,
    pub(crate) missing: Vec<String>,
    pub(crate) participant: Placed,
    pub(crate) sex: Option<Placed>,
    pub(crate) born: Option<Placed>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) ignore: Vec<Ignore>,
}

/// Why a text is no profile.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProfileError {
    /// There is no built-in profile of this name, and no file.
    #[error("there is no profile of this name; built in are ss-mix2, odm, redcap and miabis")]
    Unknown,
    /// The file cannot be read.
    #[error("the profile cannot be read")]
    Unreadable,
    /// The text is longer than [`MAX_PROFILE_BYTES`].
    #[error("the profile is longer than {MAX_PROFILE_BYTES} bytes")]
    TooLarge,
    /// Not YAML, or a mapping with a key twice or a key that is no text.
    #[error("line {line}, column {column}: {detail}")]
    Yaml {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What is wrong.
        detail: String,
    },
    /// Something at a place of the profile.
    #[error("line {line}, column {column}: {place}: {fault}")]
    Place {
        /// Counted from 1; 0 where not known.
        line: usize,
        /// Counted from 1; 0 where not known.
        column: usize,
        /// Such as `rules[3].code.via[0]`.
        place: String,
        /// What is wrong.
        fault: Fault,
    },
}

/// What is wrong at a place of a profile.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// Against the profile's schema.
    #[error("breaks {rule}")]
    Schema {
        /// Where in the schema.
        rule: String,
    },
    /// Not how the format names its fields.
    #[error("is not how fields of {format} are named")]
    FieldSyntax {
        /// The profile's format.
        format: &'static str,
    },
    /// Not a kind of record that the format has.
    #[error("is not a kind of record of {format}")]
    RecordSyntax {
        /// The profile's format.
        format: &'static str,
    },
    /// A function that does not exist.
    #[error("is no function; there are {known}")]
    UnknownFunction {
        /// Those that exist.
        known: &'static str,
    },
    /// An expression whose last function gives something else than is needed here.
    #[error("must give {needed}")]
    Yields {
        /// What is needed, in words.
        needed: &'static str,
    },
    /// Two rules that take the same code of the same record.
    #[error("takes the same field of the same records as {other}, and no condition tells the two apart")]
    Ambiguous {
        /// The other rule's place.
        other: String,
    },
    /// A member that this kind of rule or format does not have, or lacks.
    #[error("{what}")]
    Member {
        /// Which and why.
        what: &'static str,
    },
}

impl Profile {
    /// A built-in profile by its name, or the profile in a file.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn open(name_or_path: &str) -> Result<Self, ProfileError> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text);
        }
        let path = Path::new(name_or_path);
        let size = std::fs::metadata(path).map_err(|_| ProfileError::Unknown)?.len();
        if size > MAX_PROFILE_BYTES as u64 {
            return Err(ProfileError::TooLarge);
        }
        Self::parse(&std::fs::read_to_string(path).map_err(|_| ProfileError::Unreadable)?)
    }

    /// Compiles a profile.
    ///
    /// # Errors
    /// [`ProfileError`], with the place.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        if text.len() > MAX_PROFILE_BYTES {
            return Err(ProfileError::TooLarge);
        }
        compile::compile(text, &digest(text))
    }

    /// The profile's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name, version and the beginning of the text's SHA-256: other text, other version.
    #[must_use]
    pub fn mapping_version(&self) -> &str {
        &self.mapping_version
    }

    /// The feed's format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whose numbers the feed's are.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The hospital that the feed is of; absent for a numbering of several hospitals, such as a programme's capture system.
    #[must_use]
    pub fn site(&self) -> Option<&SiteId> {
        self.site.as_ref()
    }

    /// The names of the hospital in its own messages (MSH-4.1); empty where the profile states none.
    #[must_use]
    pub fn facilities(&self) -> &[String] {
        &self.facilities
    }

    /// Every field that is used anywhere, by name.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<&str> {
        let placed = [Some(&self.participant), self.sex.as_ref(), self.born.as_ref()];
        let placed = placed.into_iter().flatten().flat_map(|placed| placed.value.selectors());
        placed
            .chain(self.rules.iter().flat_map(Rule::selectors))
            .map(Selector::name)
            .collect()
    }

    /// Whether a field modifies what some rule states.
    pub(crate) fn modifies(&self, record: &str, field: &str) -> bool {
        self.rules.iter().any(|rule| match &rule.makes {
            Made::Fact(fact) => fact.modifiers.iter().any(|modifier| modifier.asks(record, field)),
            Made::Specimen(_) => false,
        })
    }

    /// The reason why a field is deliberately not taken; absent where the profile does not know it.
    #[must_use]
    pub fn ignored(&self, record: &str, field: &str) -> Option<&str> {
        self.ignore.iter().find(|i| i.covers(record, field)).map(|i| i.reason.as_str())
    }
}

/// What the core semantics make of a profile's statements; changes whenever the same bytes and the same profile would give other facts, so that
/// they are taken again.
const SEMANTICS: &str = "semantics-2\n";

/// The beginning of the SHA-256 of the semantics' version and a text.
fn digest(text: &str) -> String {
    Sha256::digest(format!("{SEMANTICS}{text}"))
        .iter()
        .take(6)
        .map(|b| format!("{b:02x}"))
        .collect()
}
