//! Checks of a submitted run request that do not depend on the caller's rights.

use std::num::NonZeroU32;

use ga4gh_drs::{DrsUri, Hostname};
use ga4gh_wes::{
    Attachment, BadRequest, DrsInput, DrsPlace, RunSubmission, SubmissionLimits, WesError, WorkflowSource, WorkflowSourceError,
    drs_references, refused_references,
};
use gemj_engines::declared_outputs;
use gemj_model::ObjectId;
use serde_json::{Map, Value};

use super::request::StoredRequest;
use super::service_info::{ENGINE, LANGUAGE, LANGUAGE_VERSIONS};

/// The limits of a run request: 64 files of 4 MiB each, 16 MiB in total; fields of 256 KiB.
pub const LIMITS: SubmissionLimits = SubmissionLimits {
    attachments: 64,
    attachment_bytes: 4 << 20,
    total_bytes: 16 << 20,
    field_bytes: 256 << 10,
    map_entries: 64,
    map_text_bytes: 1 << 10,
};

/// The maximum number of `drs://` references in the parameters of a run, repetitions included. Each referenced file and its index is a
/// mount of the sandbox.
const MAX_INPUTS: NonZeroU32 = NonZeroU32::new(400).unwrap();

/// One `drs://` reference in the parameters of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputReference {
    /// The place of the reference in the parameters, and its text.
    pub place: DrsInput,
    /// The id of the referenced file, which may not exist. Absent if no file can have the id.
    pub object: Option<ObjectId>,
}

/// A valid run request. The submitter's rights are not checked yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Submitted {
    /// The part of the request that the catalogue stores.
    pub stored: StoredRequest,
    /// The files that the client attached to the request.
    pub attachments: Vec<Attachment>,
    /// All `drs://` references in the parameters, in document order, with repetitions.
    pub references: Vec<InputReference>,
}

impl Submitted {
    /// The referenced files without duplicates, in the order of their first reference. `None` stands for an id that no file can have.
    #[must_use]
    pub fn objects(&self) -> Vec<Option<ObjectId>> {
        let mut objects: Vec<Option<ObjectId>> = Vec::new();
        for reference in &self.references {
            if !objects.contains(&reference.object) {
                objects.push(reference.object.clone());
            }
        }
        objects
    }
}

/// Checks that a request has a supported language and engine, an attached workflow, and references only to files of this host and to attached
/// files.
///
/// # Errors
/// [`WesError`] that names the field.
pub fn check(submission: RunSubmission, host: &Hostname, engine_version: &str) -> Result<Submitted, WesError> {
    let RunSubmission {
        request,
        attachments,
        source,
    } = submission;
    if request.workflow_type != LANGUAGE || !LANGUAGE_VERSIONS.contains(&request.workflow_type_version.as_str()) {
        return Err(BadRequest::UnsupportedWorkflowType.into());
    }
    let engine_is_ours = request.workflow_engine.as_deref().is_none_or(|engine| engine == ENGINE);
    let version_is_ours = request
        .workflow_engine_version
        .as_deref()
        .is_none_or(|version| version == engine_version);
    if !engine_is_ours || !version_is_ours {
        return Err(BadRequest::UnsupportedEngine.into());
    }
    if !request.workflow_engine_parameters.is_empty() {
        return Err(BadRequest::UnsupportedEngineParameter.into());
    }
    // A workflow document at another address is not accepted: the sandbox has no network, and the gateway fetches nothing for a run.
    let WorkflowSource::Attachment { name, fragment } = source else {
        return Err(BadRequest::WorkflowUrl(WorkflowSourceError::NotAttached).into());
    };
    let params = Value::Object(request.workflow_params.clone());
    if let Some(refused) = refused_references(&params).into_iter().next() {
        return Err(BadRequest::RefusedReference { pointer: refused.pointer }.into());
    }
    if let Some(pointer) = not_attached(&params, &attachments, &mut String::new()) {
        return Err(BadRequest::RefusedReference { pointer }.into());
    }
    let mut references = Vec::new();
    for place in drs_references(&params) {
        let object = object_of(&place, host)?;
        references.push(InputReference { place, object });
    }
    let limit = MAX_INPUTS.get();
    if references.len() as u64 > u64::from(limit) {
        return Err(WesError::RequestTooLarge {
            limit: u64::from(limit),
            unit: "inputs",
        });
    }
    let document = attachments.iter().find(|attachment| attachment.name == name);
    let declared_outputs = document.map(|document| declared_outputs(&document.bytes, fragment.as_deref()));
    Ok(Submitted {
        stored: StoredRequest {
            request,
            workflow: name.as_str().to_owned(),
            fragment,
            declared_outputs: declared_outputs.unwrap_or_default(),
        },
        attachments,
        references,
    })
}

/// The file that a `drs://` reference names. Only files of this host are accepted, because the gateway has no bytes of other hosts.
fn object_of(place: &DrsInput, host: &Hostname) -> Result<Option<ObjectId>, BadRequest> {
    let refuse = || BadRequest::RefusedReference {
        pointer: place.pointer.clone(),
    };
    if place.place == DrsPlace::Directory {
        return Err(refuse());
    }
    match DrsUri::parse(&place.uri) {
        Ok(DrsUri::Hostname { hostname, object_id }) if hostname == *host => Ok(ObjectId::parse(object_id.as_str()).ok()),
        Ok(DrsUri::Hostname { .. } | DrsUri::Compact(_)) | Err(_) => Err(refuse()),
    }
}

/// The JSON pointer of the first CWL File or Directory whose relative location is not an attached file.
fn not_attached(value: &Value, attachments: &[Attachment], pointer: &mut String) -> Option<String> {
    let length = pointer.len();
    let mut inside = |step: &str, item: &Value| {
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        let found = not_attached(item, attachments, pointer);
        pointer.truncate(length);
        found
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| inside(&index.to_string(), item)),
        Value::Object(members) => {
            if let Some(found) = members.iter().find_map(|(key, item)| inside(key, item)) {
                return Some(found);
            }
            location_not_attached(members, attachments).map(|member| format!("{pointer}/{member}"))
        }
    }
}

fn location_not_attached(members: &Map<String, Value>, attachments: &[Attachment]) -> Option<&'static str> {
    let class = members.get("class").and_then(Value::as_str);
    if !matches!(class, Some("File" | "Directory")) {
        return None;
    }
    ["location", "path"].into_iter().find(|member| {
        let Some(text) = members.get(*member).and_then(Value::as_str) else {
            return false;
        };
        let is_drs = text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("drs://"));
        let folder = format!("{text}/");
        let attached = attachments.iter().any(|a| {
            let name = a.name.as_str();
            if class == Some("File") {
                name == text
            } else {
                name.starts_with(&folder)
            }
        });
        !is_drs && !attached
    })
}
