//! The multipart form of RunWorkflow.

mod fields;

use std::collections::BTreeMap;

use fields::Fields;
use serde_json::{Map, Value};

use crate::attachment::check_together;
use crate::{Attachment, AttachmentName, AttachmentNameError, BadRequest, RunRequest, WesError, WorkflowSource};

/// One part of a `multipart/form-data` body, as the server parsed it. The bytes of the part are the caller's data, so `Debug` shows only their
/// number.
#[derive(Clone, PartialEq, Eq)]
pub struct FormPart {
    /// The `name` of the Content-Disposition.
    pub name: String,
    /// The `filename` of the Content-Disposition, decoded and otherwise unchanged. Clients also send a filename for text fields, where it has
    /// no meaning.
    pub filename: Option<String>,
    /// The Content-Type of the part. It does not change how the part is read.
    pub content_type: Option<String>,
    /// The bytes of the part.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for FormPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormPart")
            .field("size_bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The limits of a run request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmissionLimits {
    /// The maximum number of attached files.
    pub attachments: usize,
    /// The maximum number of bytes of one attached file.
    pub attachment_bytes: usize,
    /// The maximum number of bytes of all parts together.
    pub total_bytes: usize,
    /// The maximum number of bytes of one text field.
    pub field_bytes: usize,
    /// The maximum number of entries in `tags`, and also in `workflow_engine_parameters`.
    pub map_entries: usize,
    /// The maximum number of bytes of one key or one value in `tags` and `workflow_engine_parameters`.
    pub map_text_bytes: usize,
}

impl Default for SubmissionLimits {
    /// The default limits: 256 files, 16 MiB for each file, 64 MiB for all parts together, 1 MiB for each text field, 64 entries for each map, and
    /// 1 KiB for each key and each value of a map.
    fn default() -> Self {
        Self {
            attachments: 256,
            attachment_bytes: 16 << 20,
            total_bytes: 64 << 20,
            field_bytes: 1 << 20,
            map_entries: 64,
            map_text_bytes: 1 << 10,
        }
    }
}

/// A run request with its attached files.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSubmission {
    /// The run request.
    pub request: RunRequest,
    /// The attached files, in the order sent. Their names are unique, and no name is a directory of another.
    pub attachments: Vec<Attachment>,
    /// The location of the workflow: an attached file or a remote source.
    pub source: WorkflowSource,
}

/// Parses the form of RunWorkflow (WES 1.1.0 § RunWorkflow, § RunRequest).
///
/// A part with an unknown name is rejected. If it were ignored, a misspelled `workflow_params` would start a run without parameters. A repeated
/// field is rejected too. `workflow_params` may be absent (`{}`). Types, versions and engines are only checked to be texts. The server checks
/// whether it supports them.
///
/// # Errors
/// [`BadRequest`] if the form is malformed; [`WesError::RequestTooLarge`] if there are too many files, if a file is too large, or if all parts
/// together are too large.
pub fn parse_run_workflow(parts: Vec<FormPart>, limits: &SubmissionLimits) -> Result<RunSubmission, WesError> {
    let too_large = |limit: usize, unit| WesError::RequestTooLarge { limit: limit as u64, unit };
    let total: usize = parts.iter().map(|part| part.bytes.len()).sum();
    if total > limits.total_bytes {
        return Err(too_large(limits.total_bytes, "bytes"));
    }
    let mut fields = Fields::default();
    let mut attachments = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        if part.name == "workflow_attachment" {
            if attachments.len() == limits.attachments {
                return Err(too_large(limits.attachments, "attachments"));
            }
            if part.bytes.len() > limits.attachment_bytes {
                return Err(too_large(limits.attachment_bytes, "bytes"));
            }
            attachments.push(attachment(part, attachments.len())?);
        } else {
            fields.take(part, index, limits)?;
        }
    }
    check_together(&attachments).map_err(|(index, reason)| BadRequest::Attachment { index, reason })?;
    let request = request(&fields, limits)?;
    let source = WorkflowSource::parse(&request.workflow_url, &attachments).map_err(BadRequest::WorkflowUrl)?;
    Ok(RunSubmission {
        request,
        attachments,
        source,
    })
}

fn attachment(part: FormPart, index: usize) -> Result<Attachment, BadRequest> {
    let refuse = |reason| BadRequest::Attachment { index, reason };
    let filename = part.filename.ok_or(refuse(AttachmentNameError::Missing))?;
    let name = AttachmentName::parse(&filename).map_err(refuse)?;
    Ok(Attachment { name, bytes: part.bytes })
}

fn request(fields: &Fields, limits: &SubmissionLimits) -> Result<RunRequest, BadRequest> {
    let request = RunRequest {
        workflow_params: fields.object("workflow_params")?.unwrap_or_default(),
        workflow_type: fields.required_name("workflow_type")?,
        workflow_type_version: fields.required_name("workflow_type_version")?,
        tags: strings("tags", fields.object("tags")?, limits)?,
        workflow_engine_parameters: strings("workflow_engine_parameters", fields.object("workflow_engine_parameters")?, limits)?,
        workflow_engine: fields.name("workflow_engine")?,
        workflow_engine_version: fields.name("workflow_engine_version")?,
        workflow_url: fields.required_name("workflow_url")?,
    };
    if request.workflow_engine_version.is_some() && request.workflow_engine.is_none() {
        return Err(BadRequest::EngineVersionWithoutEngine);
    }
    Ok(request)
}

fn strings(
    field: &'static str,
    object: Option<Map<String, Value>>,
    limits: &SubmissionLimits,
) -> Result<BTreeMap<String, String>, BadRequest> {
    let too_large = |limit, unit| BadRequest::FieldTooLarge { field, limit, unit };
    let object = object.unwrap_or_default();
    if object.len() > limits.map_entries {
        return Err(too_large(limits.map_entries, "entries"));
    }
    let mut strings = BTreeMap::new();
    for (key, value) in object {
        let Value::String(value) = value else {
            return Err(BadRequest::NotStrings { field });
        };
        if key.len().max(value.len()) > limits.map_text_bytes {
            return Err(too_large(limits.map_text_bytes, "bytes"));
        }
        strings.insert(key, value);
    }
    Ok(strings)
}
