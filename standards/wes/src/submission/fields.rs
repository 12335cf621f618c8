use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{FormPart, SubmissionLimits};
use crate::BadRequest;

/// The names of the text fields of a run request.
const NAMES: [&str; 8] = [
    "workflow_params",
    "workflow_type",
    "workflow_type_version",
    "tags",
    "workflow_engine",
    "workflow_engine_version",
    "workflow_engine_parameters",
    "workflow_url",
];

/// The maximum length of a single-line field (a name or a URL), in bytes.
const MAX_NAME_BYTES: usize = 2048;

/// The text fields of the received form. Each field occurs at most once.
#[derive(Default)]
pub(super) struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    pub(super) fn take(&mut self, part: FormPart, index: usize, limits: &SubmissionLimits) -> Result<(), BadRequest> {
        let field = NAMES
            .into_iter()
            .find(|name| *name == part.name)
            .ok_or(BadRequest::UnknownField { index })?;
        if part.bytes.len() > limits.field_bytes {
            return Err(BadRequest::FieldTooLarge {
                field,
                limit: limits.field_bytes,
                unit: "bytes",
            });
        }
        let text = String::from_utf8(part.bytes).map_err(|_| BadRequest::NotText { field })?;
        match self.0.insert(field, text) {
            None => Ok(()),
            Some(_) => Err(BadRequest::RepeatedField { field }),
        }
    }

    /// The value of a single-line field; `None` if absent.
    pub(super) fn name(&self, field: &'static str) -> Result<Option<String>, BadRequest> {
        let Some(text) = self.0.get(field) else { return Ok(None) };
        if text.is_empty() {
            return Err(BadRequest::EmptyField { field });
        }
        if text.len() > MAX_NAME_BYTES || text.chars().any(char::is_control) {
            return Err(BadRequest::NotText { field });
        }
        Ok(Some(text.clone()))
    }

    pub(super) fn required_name(&self, field: &'static str) -> Result<String, BadRequest> {
        self.name(field)?.ok_or(BadRequest::MissingField { field })
    }

    /// The value of a field that contains a JSON object; `None` if absent. serde_json rejects 128 or more levels of nesting.
    pub(super) fn object(&self, field: &'static str) -> Result<Option<Map<String, Value>>, BadRequest> {
        let Some(text) = self.0.get(field) else { return Ok(None) };
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => Ok(Some(members)),
            Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                Err(BadRequest::NotAnObject { field })
            }
            Err(error) => Err(BadRequest::NotJson {
                field,
                line: error.line(),
                column: error.column(),
            }),
        }
    }
}
