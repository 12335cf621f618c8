//! The typed FHIR parse: an independent check of a resource by generated structs, as plain functions.
//!
//! The typed parse is a separate crate because of its compile time. This crate is the only one that names `fhir-model`. It exports none of that
//! crate's types and has no generic code. The structs are of R4B (4.3.0). Every element of the types that the gateway accepts is the same in R4
//! (4.0.1).
//!
//! The parse finds missing required elements, unknown codes of required bindings, an object in place of an array, and dates that are not in the
//! calendar. It does not find unknown elements or a malformed or doubled `value[x]`. The JSON Schema and the checks of `hl7-fhir` find these
//! faults. The typed parse is one of three checks and is never used alone. The parsed value is dropped, because it is not equal to the received
//! resource.

mod issue;
mod shape;

use fhir_model::r4b::resources::Resource;
use serde_json::Value;

pub use issue::{Fault, TypedIssue};
pub use shape::{MAX_DEPTH, MAX_RESOURCES_DEEP};

/// The maximum number of members of a rejected resource that are tested to find the faulty member.
const MAX_TRIALS: usize = 64;

/// Parses the bytes of one resource of any type into typed structs and drops them (FHIR R4 § 2.6 JSON).
///
/// # Errors
/// [`TypedIssue`]. The error names the resource type and the element if they are known, and repeats no value.
pub fn check(json: &[u8]) -> Result<(), TypedIssue> {
    let value = serde_json::from_slice::<Value>(json).map_err(|error| TypedIssue::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    shape::check(&value)?;
    parse(json).map_err(|fault| TypedIssue::Resource {
        resource_type: issue::name(value.get("resourceType").and_then(Value::as_str)),
        element: element_at_fault(&value, &fault),
        fault,
    })
}

fn parse(json: &[u8]) -> Result<(), Fault> {
    match serde_json::from_slice::<Resource>(json) {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::of(&error)),
    }
}

/// Finds the top-level element that contains the fault. If this element is removed, the parse succeeds or reports only that this element is
/// missing.
fn element_at_fault(value: &Value, fault: &Fault) -> Option<Box<str>> {
    match fault {
        Fault::UnknownType => None,
        Fault::Missing { .. } | Fault::UnknownCode | Fault::WrongShape | Fault::Other => nested_cause(value),
    }
}

fn nested_cause(value: &Value) -> Option<Box<str>> {
    let members = value.as_object()?;
    let names = members.keys().filter(|name| *name != "resourceType").take(MAX_TRIALS);
    for name in names {
        let mut without = members.clone();
        without.remove(name);
        let outcome = serde_json::to_vec(&without).map(|json| parse(&json));
        let cause = match outcome {
            Ok(Ok(())) => true,
            Ok(Err(Fault::Missing { element })) => *element == **name,
            Ok(Err(_)) | Err(_) => false,
        };
        if cause {
            return issue::name(Some(name));
        }
    }
    None
}
