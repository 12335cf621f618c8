//! Builds the body of WES's `POST /runs`, which is multipart/form-data.

use crate::check::{Stop, skip};
use crate::client::HttpAnswer;
use crate::settings::needed;
use crate::target::Target;

use super::STANDARD;

const BOUNDARY: &str = "conformance-5b1d0f7a2c9e4836";
/// The maximum size of a workflow file in bytes.
const MAXIMUM_WORKFLOW_BYTES: u64 = 4 << 20;

/// A multipart form that is being built.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<u8>);

impl Form {
    pub(super) fn field(mut self, name: &str, value: &str) -> Self {
        self.0
            .extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        self
    }

    pub(super) fn attachment(mut self, filename: &str, content: &[u8]) -> Self {
        let head = "Content-Disposition: form-data; name=\"workflow_attachment\"; filename=";
        self.0
            .extend(format!("--{BOUNDARY}\r\n{head}\"{filename}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
        self.0.extend(content);
        self.0.extend(b"\r\n");
        self
    }

    /// Sends the form to WES's `/runs` and returns the answer.
    pub(super) fn send(mut self, target: &Target) -> Result<HttpAnswer, Stop> {
        self.0.extend(format!("--{BOUNDARY}--\r\n").bytes());
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        target.ask("POST", STANDARD, &["runs"]).body(&media_type, self.0).send()
    }
}

/// A form with the caller's workflow, which the server should accept.
pub(super) fn form(target: &Target) -> Result<Form, Stop> {
    let settings = &target.settings.wes;
    let path = needed(&settings.workflow_file, "wes.workflow_file")?;
    let size_bytes = std::fs::metadata(path).map(|metadata| metadata.len()).unwrap_or_default();
    if size_bytes > MAXIMUM_WORKFLOW_BYTES {
        return skip("wes.workflow_file is too large");
    }
    let Ok(workflow) = std::fs::read(path) else {
        return skip("wes.workflow_file cannot be read");
    };
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .filter(|name| !name.contains(['"', '\r', '\n']));
    let Some(name) = name else {
        return skip("the name of wes.workflow_file contains quotes or line breaks");
    };
    let params = settings.params.as_ref().map_or_else(|| "{}".to_owned(), ToString::to_string);
    let form = Form::default()
        .field("workflow_type", settings.workflow_type.as_deref().unwrap_or("CWL"))
        .field("workflow_type_version", settings.workflow_type_version.as_deref().unwrap_or("v1.2"))
        .field("workflow_url", name)
        .field("workflow_params", &params);
    Ok(form.attachment(name, &workflow))
}
