//! Received resources. A resource is parsed and checked, and its text is kept byte for byte.

mod choice;
mod contained;
mod dates;
mod invariants;
mod required;
mod shape;
mod stamp;
mod walk;

use std::fmt;

use ga4gh_service_info::strict_json;
use serde_json::Value;

use crate::error::FhirError;
use crate::operation_outcome::{Issue, IssueCode};
use crate::reference::{Identifier, Reference};
use crate::{ResourceType, Withheld};

pub use stamp::{Stamp, StampError};

/// The largest accepted resource, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// The maximum number of issues in the answer about one rejected resource.
const MAX_ISSUES: usize = 100;

/// The text of a received resource, and the value parsed from the text.
///
/// The server stores and returns the text. The value is for lookups only, because its numbers no longer have their written form.
#[derive(Clone)]
pub struct ReceivedResource {
    resource_type: ResourceType,
    text: Box<str>,
    value: Value,
}

/// Parses and checks the bytes of a resource of an accepted type. The checks are:
///
/// * strict JSON; no empty array, object or string; null only where FHIR allows it (FHIR R4 § 2.6.2 JSON);
/// * one choice for each `[x]` (§ 2.6.2.7);
/// * dates that exist in the calendar;
/// * ids, references and contained resources;
/// * required elements;
/// * some invariants, such as obs-6, ppc-1 and pat-1, and those of extensions, periods and quantities;
/// * the typed parse.
///
/// A write needs further checks. The caller must validate with the official JSON Schema, which finds unknown elements and most wrong formats.
///
/// # Errors
/// [`FhirError::TooLarge`]; [`FhirError::Invalid`] if the bytes are not JSON or not a resource of an accepted type;
/// [`FhirError::Unprocessable`] with the issues that were found (at most a hundred).
pub fn parse(bytes: &[u8]) -> Result<ReceivedResource, FhirError> {
    let resource = read(bytes)?;
    let mut issues = Vec::new();
    shape::check(&resource.value, &mut issues);
    choice::check(&resource.value, &mut issues);
    dates::check(&resource.value, &mut issues);
    contained::check(&resource.value, &mut issues);
    required::check(resource.resource_type, &resource.value, &mut issues);
    invariants::check(resource.resource_type, &resource.value, &mut issues);
    if issues.is_empty()
        && let Err(issue) = hl7_fhir_typed::check(bytes)
    {
        issues.push(typed_issue(resource.resource_type, &issue));
    }
    if issues.is_empty() {
        return Ok(resource);
    }
    issues.truncate(MAX_ISSUES);
    Err(FhirError::Unprocessable(issues))
}

/// Parses a resource that was checked when it was stored. The function checks only that the text is strict JSON of an accepted type.
///
/// # Errors
/// The errors of [`parse`], without `Unprocessable`.
pub fn read(bytes: &[u8]) -> Result<ReceivedResource, FhirError> {
    if bytes.len() > MAX_BYTES {
        return Err(FhirError::TooLarge { limit_bytes: MAX_BYTES });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| FhirError::invalid(Issue::error(IssueCode::Structure, "the body is not UTF-8")))?;
    let value = strict_json::parse(text.as_bytes(), hl7_fhir_typed::MAX_DEPTH)
        .map_err(|error| FhirError::invalid(Issue::error(IssueCode::Structure, error.to_string())))?;
    let resource_type = value
        .get("resourceType")
        .and_then(Value::as_str)
        .and_then(ResourceType::parse)
        .ok_or_else(|| {
            let names = ResourceType::ALL.map(ResourceType::as_str).join(", ");
            FhirError::invalid(Issue::error(IssueCode::NotSupported, format!("resourceType must be one of {names}")).at("resourceType"))
        })?;
    Ok(ReceivedResource {
        resource_type,
        text: text.into(),
        value,
    })
}

fn typed_issue(resource_type: ResourceType, issue: &hl7_fhir_typed::TypedIssue) -> Issue {
    use hl7_fhir_typed::{Fault, TypedIssue};
    let (code, element) = match issue {
        TypedIssue::NotJson { .. } | TypedIssue::TooDeep { .. } | TypedIssue::TooManyResourcesDeep { .. } => (IssueCode::Structure, None),
        TypedIssue::Resource { element, fault, .. } => {
            let code = match fault {
                Fault::Missing { .. } => IssueCode::Required,
                Fault::UnknownCode => IssueCode::CodeInvalid,
                Fault::UnknownType | Fault::WrongShape => IssueCode::Structure,
                Fault::Other => IssueCode::Value,
            };
            (code, element.as_deref())
        }
    };
    let expression = element.map_or_else(|| resource_type.as_str().to_owned(), |element| format!("{resource_type}.{element}"));
    Issue::error(code, issue.to_string()).at(expression)
}

impl ReceivedResource {
    /// The resource type.
    #[must_use]
    pub const fn resource_type(&self) -> ResourceType {
        self.resource_type
    }

    /// The text of the resource, as received.
    #[must_use]
    pub const fn text(&self) -> &str {
        &self.text
    }

    /// The parsed value of the resource, for lookups only.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// The logical id of the resource; `None` if absent, as usual in a resource that a client wants to create.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.string("id")
    }

    /// The element `meta`; `None` if absent.
    #[must_use]
    pub fn meta(&self) -> Option<&Value> {
        self.value.get("meta")
    }

    /// The element `meta.versionId`; `None` if absent.
    #[must_use]
    pub fn version_id(&self) -> Option<&str> {
        self.meta()?.get("versionId")?.as_str()
    }

    /// The element `status`; `None` if absent. A Patient has no status.
    #[must_use]
    pub fn status(&self) -> Option<&str> {
        self.string("status")
    }

    /// The business identifiers that have a value, in the order received.
    #[must_use]
    pub fn identifiers(&self) -> Vec<Identifier> {
        let elements = self.value.get("identifier").and_then(Value::as_array);
        elements.into_iter().flatten().filter_map(Identifier::read).collect()
    }

    /// The reference to the subject: the element `subject`, `patient` (Consent) or `for` (Task). `None` for a Patient, and if the element
    /// is absent or contains neither a reference that can be read nor an identifier.
    #[must_use]
    pub fn subject(&self) -> Option<Reference> {
        Reference::read(self.value.get(self.resource_type.subject_element()?)?)
    }

    /// The logical id, on this server, of the Patient who is the subject. `None` if the resource has no literal reference to the Patient.
    #[must_use]
    pub fn patient_id(&self) -> Option<Withheld> {
        match self.subject()?.target? {
            crate::Target::Relative { resource_type, id } if *resource_type == *"Patient" => Some(id),
            _ => None,
        }
    }

    /// The text of the resource with the id and version that the server assigns. Every other byte stays as received.
    ///
    /// # Errors
    /// [`StampError`] if the text or a value of the stamp does not have its format.
    pub fn stamped(&self, stamp: Stamp<'_>) -> Result<String, StampError> {
        stamp::stamp(&self.text, stamp)
    }

    fn string(&self, name: &str) -> Option<&str> {
        self.value.get(name)?.as_str()
    }
}

impl fmt::Debug for ReceivedResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceivedResource({}, {} bytes)", self.resource_type, self.text.len())
    }
}
