//! Site profiles. A profile states the meaning of the fields in the feed of one institution. It is written as YAML and compiled once into a
//! typed plan.
//!
//! A profile contains no code. It names fields by the format's own names, and values pass through a small closed set of [`Function`]s. An error
//! in a profile is found when the profile is compiled. The error names its place in the text of the profile.

mod ambiguity;
mod compile;
mod consent;
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

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use gemj_model::SiteId;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::regular_file::open_regular;

pub use function::Function;
pub use schema::SCHEMA;

pub(crate) use consent::ConsentRule;
pub(crate) use expression::{Expression, ValueFault};
pub(crate) use function::status;
pub(crate) use ignore::Ignore;
pub(crate) use rule::{CoreModifiers, FactRule, Made, ModifierRule, Placed, Rule, SpecimenRule, ValueRule};
pub(crate) use selector::Selector;

/// The maximum size of a profile, in bytes.
pub const MAX_PROFILE_BYTES: usize = 256 * 1024;

/// The profiles that are built into the gateway, as pairs of name and YAML text.
const BUILT_IN: [(&str, &str); 9] = [
    ("ss-mix2", include_str!("../../schemas/mapping-profiles/ss-mix2.yaml")),
    ("odm", include_str!("../../schemas/mapping-profiles/odm.yaml")),
    ("redcap", include_str!("../../schemas/mapping-profiles/redcap.yaml")),
    ("miabis", include_str!("../../schemas/mapping-profiles/miabis.yaml")),
    ("fhir", include_str!("../../schemas/mapping-profiles/fhir.yaml")),
    ("miabis-on-fhir", include_str!("../../schemas/mapping-profiles/miabis-on-fhir.yaml")),
    ("bff", include_str!("../../schemas/mapping-profiles/bff.yaml")),
    ("c-cat", include_str!("../../schemas/mapping-profiles/c-cat.yaml")),
    ("omop", include_str!("../../schemas/mapping-profiles/omop.yaml")),
];

/// The names of the built-in profiles, in the order of the documentation.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The format of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The SS-MIX2 standardized storage.
    SsMix2,
    /// A CDISC ODM file.
    Odm,
    /// A REDCap export with its data dictionary.
    Redcap,
    /// MIABIS samples and donors.
    Miabis,
    /// FHIR R4 resources in JSON.
    Fhir,
    /// The Beacon Friendly Format.
    Bff,
    /// A table of which each row is about one person.
    Csv,
    /// Tables of the OMOP Common Data Model.
    Omop,
}

impl Format {
    /// The name of the format in a profile.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SsMix2 => "ss-mix2",
            Self::Odm => "odm",
            Self::Redcap => "redcap",
            Self::Miabis => "miabis",
            Self::Fhir => "fhir",
            Self::Bff => "bff",
            Self::Csv => "csv",
            Self::Omop => "omop",
        }
    }
}

/// A compiled site profile.
#[derive(Clone, Debug)]
pub struct Profile {
    name: String,
    mapping_version: String,
    format: Format,
    home: Option<Home>,
    facilities: Vec<String>,
    study: Option<String>,
    pub(crate) dictionary: Option<String>,
    pub(crate) missing: Vec<String>,
    /// The labels that the profile expects in the data dictionary, by variable and code.
    pub(crate) labels: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// The columns that a table of the format csv can lack.
    pub(crate) optional: BTreeSet<String>,
    /// The OMOP tables that the institution does not have.
    pub(crate) absent: BTreeSet<String>,
    pub(crate) fhir: crate::fhir::Options,
    pub(crate) participant: Placed,
    pub(crate) sex: Option<Placed>,
    pub(crate) born: Option<Placed>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) consents: Vec<ConsentRule>,
    pub(crate) ignore: Vec<Ignore>,
}

/// The institution and the namespace to which the numbers of a profile belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The institution that uses the numbers.
    pub site: SiteId,
    /// The namespace of the numbers at this institution.
    pub namespace: String,
}

/// Why a text is not a valid profile.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProfileError {
    /// No built-in profile has this name, and no file has this path.
    #[error("there is no profile of this name; built in are ss-mix2, odm, redcap, c-cat, miabis, fhir, miabis-on-fhir, bff and omop")]
    Unknown,
    /// The file cannot be read.
    #[error("the profile cannot be read")]
    Unreadable,
    /// The text is longer than [`MAX_PROFILE_BYTES`].
    #[error("the profile is longer than {MAX_PROFILE_BYTES} bytes")]
    TooLarge,
    /// The text is not YAML, or a mapping contains a key twice or a key that is not a text.
    #[error("line {line}, column {column}: {detail}")]
    Yaml {
        /// The line in the text, counted from 1.
        line: usize,
        /// The column in the line, counted from 1.
        column: usize,
        /// The fault, in words.
        detail: String,
    },
    /// The profile has a fault at one place.
    #[error("line {line}, column {column}: {place}: {fault}")]
    Place {
        /// The line in the text, counted from 1; 0 if not known.
        line: usize,
        /// The column in the line, counted from 1; 0 if not known.
        column: usize,
        /// The place, for example `rules[3].code.via[0]`.
        place: String,
        /// The kind of the fault.
        fault: Fault,
    },
}

/// The kind of a fault at a place of a profile.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// The value violates the JSON Schema of profiles.
    #[error("violates the schema rule {rule}")]
    Schema {
        /// The place of the violated rule in the JSON Schema.
        rule: String,
    },
    /// The name of a field does not have the form of field names in the profile's format.
    #[error("is not a field name of {format}")]
    FieldSyntax {
        /// The name of the profile's format.
        format: &'static str,
    },
    /// The profile's format has no such kind of record.
    #[error("is not a kind of record of {format}")]
    RecordSyntax {
        /// The name of the profile's format.
        format: &'static str,
    },
    /// The expression names a function that does not exist.
    #[error("is not a function; the functions are {known}")]
    UnknownFunction {
        /// The names of all functions.
        known: &'static str,
    },
    /// The last function of an expression gives a kind of value that is not allowed at this place.
    #[error("must give {needed}")]
    Yields {
        /// The required kind of value, in words.
        needed: &'static str,
    },
    /// Two rules read the same code of the same record, so the meaning of the profile is ambiguous.
    #[error("reads the same field of the same records as {other}, and no condition separates the two rules")]
    Ambiguous {
        /// The place of the other rule.
        other: String,
    },
    /// The member is not allowed in this kind of rule or format, or it is required and missing.
    #[error("{what}")]
    Member {
        /// The name of the member, and the reason.
        what: &'static str,
    },
}

impl Profile {
    /// Opens a built-in profile by its name, or the profile in a file.
    ///
    /// # Errors
    /// [`ProfileError`] if the profile does not exist, cannot be read, or has a fault.
    pub fn open(name_or_path: &str) -> Result<Self, ProfileError> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text);
        }
        let path = Path::new(name_or_path);
        let size = std::fs::metadata(path).map_err(|_| ProfileError::Unknown)?.len();
        if size > MAX_PROFILE_BYTES as u64 {
            return Err(ProfileError::TooLarge);
        }
        let mut text = String::new();
        let read = open_regular(path).and_then(|file| file.take(MAX_PROFILE_BYTES as u64).read_to_string(&mut text));
        read.map_err(|_| ProfileError::Unreadable)?;
        Self::parse(&text)
    }

    /// Compiles the YAML text of a profile.
    ///
    /// # Errors
    /// [`ProfileError`] with the place of the fault.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        if text.len() > MAX_PROFILE_BYTES {
            return Err(ProfileError::TooLarge);
        }
        compile::compile(text, &digest(text))
    }

    /// The name of the profile.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the mapping: the profile's name and version, and the first 6 bytes of a SHA-256 over the version of the semantics and
    /// the profile's text. A change of the text therefore changes the version.
    #[must_use]
    pub fn mapping_version(&self) -> &str {
        &self.mapping_version
    }

    /// The format of the feed that the profile describes.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The file name of the data dictionary beside a REDCap export; `None` for another format.
    #[must_use]
    pub fn dictionary(&self) -> Option<&str> {
        self.dictionary.as_deref()
    }

    /// The institution and the namespace of the feed's numbers. `None` for a template, which can read the feeds of many institutions: the
    /// operator must then state both. The built-in profiles are templates.
    #[must_use]
    pub fn home(&self) -> Option<&Home> {
        self.home.as_ref()
    }

    /// The names of the hospital's facilities in its own feed: MSH-4.1 of SS-MIX2 messages, the LocationOID of ODM sites, or the
    /// data access groups of REDCap. Empty if the profile
    /// states none. An empty name accepts messages or subjects that name no facility.
    #[must_use]
    pub fn facilities(&self) -> &[String] {
        &self.facilities
    }

    /// The StudyOID of the ODM study whose subjects are read; `None` if the profile reads the only study of the files.
    #[must_use]
    pub fn study(&self) -> Option<&str> {
        self.study.as_deref()
    }

    /// The profile with the site's id in place of `{site}` in the prefixes for local codes. The local codes of two sites are thus different
    /// codes, even if one template reads both feeds.
    #[must_use]
    pub fn of_site(&self, site: &SiteId) -> Self {
        let mut profile = self.clone();
        for expression in profile.rules.iter_mut().flat_map(Rule::expressions_mut) {
            expression.name_site(site);
        }
        profile
    }

    /// The number of rules.
    #[must_use]
    pub fn rule_count(&self) -> usize {
        self.rules.len()
    }

    /// The names of all fields that the profile reads.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<&str> {
        let placed = [Some(&self.participant), self.sex.as_ref(), self.born.as_ref()];
        let placed = placed.into_iter().flatten().flat_map(|placed| placed.value.selectors());
        placed
            .chain(self.rules.iter().flat_map(Rule::selectors))
            .chain(self.consents.iter().flat_map(ConsentRule::selectors))
            .map(Selector::name)
            .collect()
    }

    /// Every name that the profile states in full: [`Self::stated_names`], and the OIDs in them.
    pub(crate) fn names(&self) -> std::collections::HashSet<String> {
        let placed = [Some(&self.participant), self.sex.as_ref(), self.born.as_ref()];
        let records = placed.into_iter().flatten().map(|placed| placed.record.as_str());
        let whole: Vec<&str> = self.stated_names().into_iter().chain(records).collect();
        let parts = whole.iter().filter_map(|name| name.split_once(':').map(|(_, oid)| oid));
        parts.chain(whole.iter().copied()).map(str::to_owned).collect()
    }

    /// The names of fields and kinds of records that the profile states as a whole, read or ignored. A pattern is no name, because the feed chooses what
    /// it stands for.
    pub(crate) fn stated_names(&self) -> BTreeSet<&str> {
        let mut names = self.fields();
        names.extend(self.rules.iter().map(|rule| rule.record.as_str()));
        names.extend(self.consents.iter().map(|rule| rule.record.as_str()));
        names.extend(
            self.ignore
                .iter()
                .flat_map(|entry| [entry.record.as_deref(), entry.field.as_deref()])
                .flatten(),
        );
        names.retain(|name| !name.contains('*'));
        names
    }

    /// Whether a field of this kind of record is a modifier of the statement that a rule makes.
    pub(crate) fn modifies(&self, record: &str, field: &str) -> bool {
        self.rules.iter().any(|rule| match &rule.makes {
            Made::Fact(fact) => fact.core.asks(record, field) || fact.modifiers.iter().any(|modifier| modifier.asks(record, field)),
            Made::Specimen(_) => false,
        })
    }

    /// Whether the profile reads a field of this name, or ignores it with a reason.
    pub(crate) fn mentions(&self, record: &str, field: &str) -> bool {
        let placed = [Some(&self.participant), self.sex.as_ref(), self.born.as_ref()];
        let mut placed = placed.into_iter().flatten().flat_map(|placed| placed.value.selectors());
        placed.any(|selector| selector.name() == field)
            || self
                .rules
                .iter()
                .any(|rule| rule.selectors().iter().any(|selector| selector.name() == field))
            || self
                .consents
                .iter()
                .any(|rule| rule.selectors().iter().any(|selector| selector.name() == field))
            || self.ignored(record, field).is_some()
    }

    /// The reason why the profile ignores a field; `None` if the profile does not list the field as ignored.
    #[must_use]
    pub fn ignored(&self, record: &str, field: &str) -> Option<&str> {
        self.ignore.iter().find(|i| i.covers(record, field)).map(|i| i.reason.as_str())
    }
}

/// The version of the code that derives facts from a profile and a unit. It is part of every mapping version. It must change whenever the
/// same bytes and the same profile give different facts. All units are then ingested again.
const SEMANTICS: &str = "semantics-6\n";

/// The first 6 bytes of the SHA-256 of the semantics' version and `text`, as hexadecimal.
fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(format!("{SEMANTICS}{text}"))[..6])
}
