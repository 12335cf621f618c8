//! Checks resources that a hospital sends.

use gemj_model::Timestamp;
use hl7_fhir::resource::{ReceivedResource, Stamp, parse};
use hl7_fhir::{FhirError, Identifier, Issue, IssueCode, Reference, ResourceType, Target, Withheld};
use serde_json::Value;

use super::r4_schema::R4Schema;
use super::sites::FhirSites;

/// How a resource that a hospital sent names its patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatientNamed {
    /// The resource refers to the gateway's id of the Patient.
    Id(Withheld),
    /// The resource contains the hospital's patient number.
    Number(Identifier),
}

/// Parses a request body as a resource of this type, with all checks of a write: strict JSON and the gateway's own rules, the typed parse,
/// and the official JSON Schema.
///
/// # Errors
/// A [`FhirError`]; `Unavailable` if no schema is configured, because an unchecked resource is not accepted.
pub fn receive(schema: Option<&R4Schema>, kind: ResourceType, body: &[u8]) -> Result<ReceivedResource, FhirError> {
    let schema = schema.ok_or(FhirError::Unavailable)?;
    let resource = parse(body)?;
    if resource.resource_type() != kind {
        let issue = Issue::error(IssueCode::Invalid, format!("the path takes {kind}")).at("resourceType");
        return Err(FhirError::invalid(issue));
    }
    schema.check(kind, resource.value())?;
    Ok(resource)
}

/// The patient that a resource names, and further patient numbers in the resource.
/// * If the resource refers to the gateway's id, the further number is the number beside that reference.
/// * If the resource is a Patient, the further numbers are all numbers but the first.
/// * The caller of this function must check that the further numbers belong to the same patient.
/// * An identifier whose system is not configured for patient numbers is never a further number.
///
/// # Errors
/// 422 if the resource names no patient, or a patient of another server.
pub fn named_patient(resource: &ReceivedResource, sites: &FhirSites) -> Result<(PatientNamed, Vec<Identifier>), FhirError> {
    let kind = resource.resource_type();
    let refuse = |text: &str| {
        let element = kind.subject_element().unwrap_or("identifier");
        FhirError::Unprocessable(vec![Issue::error(IssueCode::Required, text).at(format!("{kind}.{element}"))])
    };
    if kind == ResourceType::Patient {
        let mut numbers = resource.identifiers().into_iter().filter(|number| is_number(number, sites));
        let number = numbers
            .next()
            .ok_or_else(|| refuse("a hospital's patient number with its system is expected"))?;
        return Ok((PatientNamed::Number(number), numbers.collect()));
    }
    let subject = resource
        .subject()
        .ok_or_else(|| refuse("a reference to a Patient of this server is expected"))?;
    match (subject.target, subject.identifier) {
        (Some(Target::Relative { resource_type, id }), number) if *resource_type == *"Patient" => Ok((
            PatientNamed::Id(id),
            number.filter(|number| is_number(number, sites)).into_iter().collect(),
        )),
        (None, Some(number)) if number.system.is_some() => Ok((PatientNamed::Number(number), Vec::new())),
        _ => Err(refuse(
            "a reference to a Patient of this server, or a patient number with its system, is expected",
        )),
    }
}

fn is_number(identifier: &Identifier, sites: &FhirSites) -> bool {
    identifier.system.as_deref().is_some_and(|system| sites.of_system(system).is_some())
}

/// The patient in the `patient` element of a value that was sent as a Consent; absent if the element cannot be read.
#[must_use]
pub fn patient_element(value: &Value) -> Option<PatientNamed> {
    let patient = Reference::read(value.get("patient")?)?;
    match (patient.target, patient.identifier) {
        (Some(Target::Relative { resource_type, id }), _) if *resource_type == *"Patient" => Some(PatientNamed::Id(id)),
        (None, Some(number)) if number.system.is_some() => Some(PatientNamed::Number(number)),
        _ => None,
    }
}

/// The JSON text of a resource with the id that the server assigned and the first version.
///
/// # Errors
/// [`FhirError::Internal`]; the text was checked before.
pub fn stamped(resource: &ReceivedResource, id: &str, now: Timestamp) -> Result<String, FhirError> {
    let last_updated = instant(now);
    let stamp = Stamp {
        id,
        version_id: "1",
        last_updated: &last_updated,
    };
    resource.stamped(stamp).map_err(|_| FhirError::Internal)
}

/// A time as an `instant` of FHIR R4.
#[must_use]
pub fn instant(time: Timestamp) -> String {
    time.rfc3339()
}
