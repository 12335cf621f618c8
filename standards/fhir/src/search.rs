//! Search parameters of the types that are taken (FHIR R4 § 3.1.1 Search).

mod read_parameters;
mod token;

use crate::error::FhirError;
use crate::operation_outcome::{Issue, IssueCode};
use crate::reference::{Target, is_id};
use crate::{ResourceType, Withheld};

pub use read_parameters::check_read;
pub use token::{Token, TokenSystem};

/// The most results of one page, whatever `_count` asks.
pub const MAX_COUNT: u32 = 200;
const MAX_PARAMETERS: usize = 32;
const MAX_ALTERNATIVES: usize = 64;
const MAX_VALUE_BYTES: usize = 4096;

/// What to do with a parameter that is not known (FHIR R4 § 3.1.1.3, header `Prefer: handling=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Handling {
    /// Refuse it.
    Strict,
    /// Leave it out, and leave it out of the self link, so that the client can see it.
    #[default]
    Lenient,
}

impl Handling {
    /// Reads a `Prefer` header; lenient where it says nothing.
    #[must_use]
    pub fn from_prefer(header: Option<&str>) -> Self {
        Self::preferred(header).unwrap_or_default()
    }

    /// What a `Prefer` header asks for; absent where it asks for neither. "The server SHOULD honor" it (§ 3.1.1.3): a server may be strict where
    /// nothing is asked for.
    #[must_use]
    pub fn preferred(header: Option<&str>) -> Option<Self> {
        let mut preferences = header.unwrap_or_default().split([',', ';']).map(str::trim);
        match preferences
            .find_map(|preference| preference.strip_prefix("handling="))?
            .trim_matches('"')
        {
            "strict" => Some(Self::Strict),
            "lenient" => Some(Self::Lenient),
            _ => None,
        }
    }
}

/// The kind of a search parameter (code system `search-param-type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// `token`.
    Token,
    /// `reference`.
    Reference,
}

impl ParameterType {
    /// The code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Reference => "reference",
        }
    }
}

/// A search parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `_id`.
    Id,
    /// `identifier`.
    Identifier,
    /// `patient`.
    Patient,
    /// `subject`, of which only Patients are searched.
    Subject,
    /// `status`.
    Status,
    /// `category`.
    Category,
    /// `code`.
    Code,
    /// `owner`.
    Owner,
}

impl Parameter {
    /// Those of a type, as its CapabilityStatement entry lists them.
    #[must_use]
    pub const fn of(resource_type: ResourceType) -> &'static [Self] {
        match resource_type {
            ResourceType::Patient => &[Self::Id, Self::Identifier],
            ResourceType::Observation | ResourceType::DiagnosticReport => &[
                Self::Id,
                Self::Identifier,
                Self::Patient,
                Self::Subject,
                Self::Status,
                Self::Category,
                Self::Code,
            ],
            ResourceType::Specimen => &[Self::Id, Self::Identifier, Self::Patient, Self::Subject, Self::Status],
            ResourceType::Consent => &[Self::Id, Self::Identifier, Self::Patient, Self::Status, Self::Category],
            ResourceType::Task => &[
                Self::Id,
                Self::Identifier,
                Self::Patient,
                Self::Subject,
                Self::Status,
                Self::Code,
                Self::Owner,
            ],
        }
    }

    /// The name in a query.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "_id",
            Self::Identifier => "identifier",
            Self::Patient => "patient",
            Self::Subject => "subject",
            Self::Status => "status",
            Self::Category => "category",
            Self::Code => "code",
            Self::Owner => "owner",
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn parameter_type(self) -> ParameterType {
        match self {
            Self::Id | Self::Identifier | Self::Status | Self::Category | Self::Code => ParameterType::Token,
            Self::Patient | Self::Subject | Self::Owner => ParameterType::Reference,
        }
    }
}

/// One condition. Alternatives in it are joined by OR ("a comma"); conditions are joined by AND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// `_id`.
    Id(Vec<Withheld>),
    /// `identifier`.
    Identifier(Vec<Token>),
    /// `patient` or `subject`: about one of these Patients.
    Patient(Vec<PatientTarget>),
    /// `status`: system and code of the value set, of which mostly only the code is given.
    Status(Vec<Token>),
    /// `category`.
    Category(Vec<Token>),
    /// `code`.
    Code(Vec<Token>),
    /// `owner` of a Task.
    Owner(Vec<OwnerTarget>),
}

/// A Patient, told by the id here or by a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatientTarget {
    /// `Patient/x` or `x`: the logical id.
    Id(Withheld),
    /// An absolute URL, which may or may not be this server's.
    Url(Withheld),
    /// Chained (`patient.identifier=`): a Patient with that identifier; or `patient:identifier=`: a reference by it.
    Identifier(Token),
}

/// An owner of Tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerTarget {
    /// The type, where told.
    pub resource_type: Option<Box<str>>,
    /// The logical id.
    pub id: Withheld,
}

/// A search, read and found sensible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Of what.
    pub resource_type: ResourceType,
    /// All must hold; none is everything that the caller may see.
    pub criteria: Vec<Criterion>,
    /// Results per page, 0 to [`MAX_COUNT`]; absent where not asked. 0 asks for the total only.
    pub count: Option<u32>,
    /// The page, as this server's own `next` link gave it (`_page`): ASCII letters, digits, `-`, `_`, `.`, at most 512.
    pub page: Option<Withheld>,
    /// Names of parameters that were left out (lenient handling only), for a warning.
    pub ignored: Vec<Box<str>>,
    accepted: Vec<(String, String)>,
}

impl Search {
    /// The query of the self link: what was used, percent-encoded, without `_page`; empty if nothing was ("the self link SHALL
    /// contain only the parameters that were used", § 3.1.1.6). It holds patients' numbers: a link, never a log line.
    #[must_use]
    pub fn self_query(&self) -> String {
        encode(&self.accepted, None)
    }

    /// The query of the next link: the same with another `_page`.
    #[must_use]
    pub fn next_query(&self, page: &str) -> String {
        encode(&self.accepted, Some(page))
    }
}

fn encode(accepted: &[(String, String)], page: Option<&str>) -> String {
    const KEEP: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    let encoded = |text: &str| percent_encoding::utf8_percent_encode(text, KEEP).to_string();
    let pairs = accepted.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs = pairs.chain(page.map(|page| ("_page", page)));
    pairs
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// Reads the decoded pairs of a query string (or of a form, for `_search`), in their order.
///
/// Modifiers that are not known are refused in either handling ("Servers SHALL reject any search request that contains a search
/// parameter modifier that the server does not support", § 3.1.1.4), as are empty values: ignoring one would widen the answer.
///
/// # Errors
/// [`FhirError::Invalid`]; [`FhirError::NotAcceptable`] for a `_format` that is not JSON.
pub fn parse(resource_type: ResourceType, pairs: &[(String, String)], handling: Handling) -> Result<Search, FhirError> {
    if pairs.len() > MAX_PARAMETERS {
        return Err(FhirError::invalid(Issue::error(
            IssueCode::TooCostly,
            format!("more than {MAX_PARAMETERS} parameters"),
        )));
    }
    let mut search = Search {
        resource_type,
        criteria: Vec::new(),
        count: None,
        page: None,
        ignored: Vec::new(),
        accepted: Vec::new(),
    };
    for (name, value) in pairs {
        if value.len() > MAX_VALUE_BYTES {
            return Err(refuse(name, IssueCode::TooLong, "the value is too long"));
        }
        let used = search.control(name, value)? || search.criterion(name, value)?;
        if !used && handling == Handling::Strict {
            return Err(refuse(
                name,
                IssueCode::NotSupported,
                "the parameter is not supported for this type",
            ));
        }
        if !used && search.ignored.iter().all(|ignored| **ignored != *plain(name)) {
            search.ignored.push(plain(name).into());
        }
    }
    Ok(search)
}

/// The parameter's name, unless it could be anything else.
fn plain(name: &str) -> &str {
    let ok = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b));
    if ok { name } else { "(unknown)" }
}

fn refuse(name: &str, code: IssueCode, text: &str) -> FhirError {
    FhirError::invalid(Issue::error(code, text).at(format!("http.{}", plain(name))))
}

impl Search {
    /// Parameters that steer the answer.
    fn control(&mut self, name: &str, value: &str) -> Result<bool, FhirError> {
        match name {
            "_count" => {
                let digits = !value.is_empty() && value.len() <= 9 && value.bytes().all(|b| b.is_ascii_digit());
                let count = digits.then(|| value.parse::<u32>().ok()).flatten();
                let count = count.ok_or_else(|| refuse(name, IssueCode::Value, "not a whole number"))?;
                if self.count.replace(count.min(MAX_COUNT)).is_some() {
                    return Err(refuse(name, IssueCode::Invalid, "given twice"));
                }
                self.accepted.push((name.to_owned(), count.min(MAX_COUNT).to_string()));
            }
            "_page" => {
                let ok = (1..=512).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
                if !ok || self.page.replace(value.into()).is_some() {
                    return Err(refuse(name, IssueCode::Value, "not a page of this server"));
                }
            }
            "_format" if !read_parameters::is_json(value) => return Err(FhirError::NotAcceptable),
            "_format" => {}
            "_pretty" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Parameters that narrow the answer.
    fn criterion(&mut self, name: &str, value: &str) -> Result<bool, FhirError> {
        let (parameter, rest) = name.find([':', '.']).map_or((name, ""), |at| name.split_at(at));
        let Some(parameter) = Parameter::of(self.resource_type).iter().find(|p| p.as_str() == parameter) else {
            return Ok(false);
        };
        let invalid = |text: &str| refuse(name, IssueCode::Value, text);
        let alternatives = token::alternatives(value)
            .filter(|a| a.len() <= MAX_ALTERNATIVES)
            .ok_or_else(|| invalid("not a list of values"))?;
        let tokens = || {
            alternatives
                .iter()
                .map(|a| Token::parse(a))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| invalid("not a token"))
        };
        let criterion = match (parameter, rest) {
            (Parameter::Id, "") => {
                let ids = alternatives
                    .iter()
                    .map(|a| is_id(a).then(|| Withheld::from(*a)))
                    .collect::<Option<Vec<_>>>();
                Criterion::Id(ids.ok_or_else(|| invalid("not an id"))?)
            }
            (Parameter::Identifier, "") => Criterion::Identifier(tokens()?),
            (Parameter::Status, "") => Criterion::Status(tokens()?),
            (Parameter::Category, "") => Criterion::Category(tokens()?),
            (Parameter::Code, "") => Criterion::Code(tokens()?),
            (Parameter::Patient | Parameter::Subject, ".identifier" | ":identifier" | ":Patient.identifier") => {
                Criterion::Patient(tokens()?.into_iter().map(PatientTarget::Identifier).collect())
            }
            (Parameter::Patient | Parameter::Subject, "" | ":Patient") => {
                let targets = alternatives.iter().map(|a| patient_target(a)).collect::<Option<Vec<_>>>();
                Criterion::Patient(targets.ok_or_else(|| invalid("not a reference to a Patient"))?)
            }
            (Parameter::Owner, "" | ":Organization") => {
                let targets = alternatives.iter().map(|a| owner_target(a, rest)).collect::<Option<Vec<_>>>();
                Criterion::Owner(targets.ok_or_else(|| invalid("not a reference to an owner"))?)
            }
            (_, _) => return Err(refuse(name, IssueCode::NotSupported, "the modifier or chain is not supported")),
        };
        self.criteria.push(criterion);
        self.accepted.push((name.to_owned(), value.to_owned()));
        Ok(true)
    }
}

fn patient_target(text: &str) -> Option<PatientTarget> {
    if is_id(text) {
        return Some(PatientTarget::Id(text.into()));
    }
    match Target::parse(text)? {
        Target::Relative { resource_type, id } => (*resource_type == *"Patient").then_some(PatientTarget::Id(id)),
        Target::Absolute(url) => Some(PatientTarget::Url(url)),
        Target::Contained(_) | Target::Urn(_) => None,
    }
}

fn owner_target(text: &str, modifier: &str) -> Option<OwnerTarget> {
    let told = modifier.strip_prefix(':').map(Box::from);
    if is_id(text) {
        return Some(OwnerTarget {
            resource_type: told,
            id: text.into(),
        });
    }
    match Target::parse(text)? {
        Target::Relative { resource_type, id } => told.as_ref().is_none_or(|t| *t == resource_type).then_some(OwnerTarget {
            resource_type: Some(resource_type),
            id,
        }),
        Target::Absolute(_) | Target::Contained(_) | Target::Urn(_) => None,
    }
}
