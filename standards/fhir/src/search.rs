//! Parses search requests with the parameters of the accepted resource types (FHIR R4 § 3.1.1 Search).

mod read_parameters;
mod token;

use crate::error::FhirError;
use crate::operation_outcome::{Issue, IssueCode};
use crate::reference::{Target, is_id};
use crate::{ResourceType, Withheld};

pub use read_parameters::check_read;
pub use token::{Token, TokenSystem};

/// The maximum number of results on a page, even if `_count` is larger.
pub const MAX_COUNT: u32 = 200;
const MAX_PARAMETERS: usize = 32;
const MAX_ALTERNATIVES: usize = 64;
const MAX_VALUE_BYTES: usize = 4096;

/// How the server handles an unknown parameter (FHIR R4 § 3.1.1.3, header `Prefer: handling=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Handling {
    /// The server rejects the unknown parameter.
    Strict,
    /// The server ignores the unknown parameter and omits it from the self link, so that the client can see that the parameter was ignored.
    #[default]
    Lenient,
}

impl Handling {
    /// Parses a `Prefer` header. The result is lenient if the header is absent or states no handling.
    #[must_use]
    pub fn from_prefer(header: Option<&str>) -> Self {
        Self::preferred(header).unwrap_or_default()
    }

    /// The handling that a `Prefer` header states; `None` if the header is absent or states no handling. "The server SHOULD honor" a stated
    /// handling (§ 3.1.1.3). If none is stated, a server may be strict.
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
    /// The type `token`.
    Token,
    /// The type `reference`.
    Reference,
}

impl ParameterType {
    /// The code of the type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Reference => "reference",
        }
    }
}

/// A search parameter that this crate parses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// The parameter `_id`.
    Id,
    /// The parameter `identifier`.
    Identifier,
    /// The parameter `patient`.
    Patient,
    /// The parameter `subject`. Only subjects that are Patients are searched.
    Subject,
    /// The parameter `status`.
    Status,
    /// The parameter `category`.
    Category,
    /// The parameter `code`.
    Code,
    /// The parameter `owner`.
    Owner,
}

impl Parameter {
    /// The search parameters of a resource type. The CapabilityStatement lists the same parameters.
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

    /// The name of the parameter in a query.
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

    /// The type of the parameter (token or reference).
    #[must_use]
    pub const fn parameter_type(self) -> ParameterType {
        match self {
            Self::Id | Self::Identifier | Self::Status | Self::Category | Self::Code => ParameterType::Token,
            Self::Patient | Self::Subject | Self::Owner => ParameterType::Reference,
        }
    }
}

/// One condition of a search. The alternatives inside a condition are joined by OR ("a comma"). The conditions are joined by AND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// `_id`: the resource has one of these ids.
    Id(Vec<Withheld>),
    /// `identifier`: the resource has one of these identifiers.
    Identifier(Vec<Token>),
    /// `patient` or `subject`: the resource is about one of these Patients.
    Patient(Vec<PatientTarget>),
    /// `status`: the resource has one of these statuses. Usually only the code of a token is present, without its system.
    Status(Vec<Token>),
    /// `category`: the resource has one of these categories.
    Category(Vec<Token>),
    /// `code`: the resource has one of these codes.
    Code(Vec<Token>),
    /// `owner`: the Task has one of these owners.
    Owner(Vec<OwnerTarget>),
}

/// The Patient in a search, named by an id, a URL or an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatientTarget {
    /// `Patient/x` or `x`: the logical id of the Patient on this server.
    Id(Withheld),
    /// An absolute URL of the Patient, on this server or another server.
    Url(Withheld),
    /// An identifier of the Patient. It is from `patient.identifier=` (chained: a Patient with this identifier) or from `patient:identifier=`
    /// (a reference with this identifier).
    Identifier(Token),
}

/// The owner of a Task in a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerTarget {
    /// The resource type of the owner; `None` if not stated.
    pub resource_type: Option<Box<str>>,
    /// The logical id of the owner.
    pub id: Withheld,
}

/// A parsed and checked search request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The resource type of the search.
    pub resource_type: ResourceType,
    /// The conditions, which must all be met. An empty list restricts nothing.
    pub criteria: Vec<Criterion>,
    /// The number of results per page, 0 to [`MAX_COUNT`]; `None` if not stated. 0 requests the total without results.
    pub count: Option<u32>,
    /// The position of the page, from this server's own `next` link (`_page`); `None` for the first page. It has 1 to 512 characters: ASCII
    /// letters, digits, `-`, `_` and `.`.
    pub page: Option<Withheld>,
    /// The names of the parameters that the server ignored (lenient handling only), for a warning.
    pub ignored: Vec<Box<str>>,
    accepted: Vec<(String, String)>,
}

impl Search {
    /// The query of the self link: the parameters that were used, percent-encoded, without `_page`, `_format` and `_pretty`. It is empty if
    /// no such parameter was used ("the self link SHALL contain only the parameters that were used", § 3.1.1.6). The query contains
    /// patients' numbers, so it must appear only in a link and never in a log line.
    #[must_use]
    pub fn self_query(&self) -> String {
        encode(&self.accepted, None)
    }

    /// The query of the next link: the parameters that were used, with `page` as `_page`.
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

/// Parses the decoded pairs of a query string (or of the form of a `_search`), in their order.
///
/// Unknown parameters are rejected with strict handling and ignored with lenient handling. Unknown modifiers of a known search parameter
/// are always rejected ("Servers SHALL reject any search request that contains a search parameter modifier that the server does not
/// support", § 3.1.1.4). An empty value of a known search parameter is rejected too, because an ignored value would widen the answer.
///
/// # Errors
/// [`FhirError::Invalid`] if a parameter or its value is not valid; [`FhirError::NotAcceptable`] for a `_format` that is not JSON.
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

/// The name of the parameter. If the name contains other than plain characters, a placeholder is returned, so that an error repeats no data.
fn plain(name: &str) -> &str {
    let ok = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b));
    if ok { name } else { "(unknown)" }
}

fn refuse(name: &str, code: IssueCode, text: &str) -> FhirError {
    FhirError::invalid(Issue::error(code, text).at(format!("http.{}", plain(name))))
}

impl Search {
    /// Parses a parameter that controls the answer (such as `_count`). Returns whether `name` is a parameter of this kind.
    fn control(&mut self, name: &str, value: &str) -> Result<bool, FhirError> {
        match name {
            "_count" => {
                let digits = !value.is_empty() && value.len() <= 9 && value.bytes().all(|b| b.is_ascii_digit());
                let count = digits.then(|| value.parse::<u32>().ok()).flatten();
                let count = count.ok_or_else(|| refuse(name, IssueCode::Value, "not a whole number"))?;
                if self.count.replace(count.min(MAX_COUNT)).is_some() {
                    return Err(refuse(name, IssueCode::Invalid, "occurs twice"));
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

    /// Parses a parameter that restricts the answer. Returns whether `name` is a parameter of this kind.
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
