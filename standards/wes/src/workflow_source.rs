use percent_encoding::percent_decode_str;

use crate::{Attachment, AttachmentName};

/// The longest `workflow_url`, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// The location of a run's workflow: "either an absolute URL to a workflow file that is accessible by the WES endpoint, or a relative URL
/// corresponding to one of the files attached" (WES 1.1.0 § RunWorkflow).
///
/// This crate fetches nothing. A parsed source is not yet permitted, because the server's policy decides which remote sources are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkflowSource {
    /// The workflow is an attached file.
    Attachment {
        /// The name of the attached file.
        name: AttachmentName,
        /// The process to run in a packed document, written after `#` in the URL (without the `#`). `None` selects the document's only or main
        /// process.
        fragment: Option<String>,
    },
    /// The workflow is at an `https://` URL, as received.
    Https {
        /// The URL of the workflow.
        url: String,
    },
    /// The workflow is a version of a tool in a Tool Registry: `trs://server/id/version`.
    Trs {
        /// The registry's hostname.
        server: String,
        /// The tool's id, percent-decoded.
        id: String,
        /// The version's id, percent-decoded.
        version: String,
    },
}

/// Why a `workflow_url` is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum WorkflowSourceError {
    /// The URL is too long.
    #[error("it is too long")]
    TooLong,
    /// The URL starts with `-`, percent-encoded or not. An engine could interpret it as an option.
    #[error("it starts with a hyphen")]
    LeadingHyphen,
    /// The URL contains a control character or a backslash, or the process after its `#` is not a plain name. An https URL with a space or a
    /// character outside ASCII also gives this error.
    #[error("it has a character that is not allowed in a URL")]
    Character,
    /// The URL has a scheme other than https and trs, for example `file:`.
    #[error("only https:// and trs:// URLs and attached files can be a workflow")]
    Scheme,
    /// The URL is an https URL without a host, or with credentials.
    #[error("it is not an https URL with a host and without credentials")]
    Https,
    /// The URL is a trs URI that is not of the form `trs://server/id/version`.
    #[error("it is not trs://server/id/version")]
    Trs,
    /// The URL is a relative path that matches no attached file.
    #[error("it is not the filename of a workflow_attachment")]
    NotAttached,
}

impl WorkflowSource {
    /// Parses `workflow_url`. A relative URL must name one of `attachments`, as sent or percent-encoded.
    ///
    /// # Errors
    /// [`WorkflowSourceError`] if the URL is not an attached file, an https URL or a trs URI.
    pub fn parse(url: &str, attachments: &[Attachment]) -> Result<Self, WorkflowSourceError> {
        if url.len() > MAX_URL_BYTES {
            return Err(WorkflowSourceError::TooLong);
        }
        if url.starts_with('-') {
            return Err(WorkflowSourceError::LeadingHyphen);
        }
        if url.chars().any(|character| character.is_control() || character == '\\') {
            return Err(WorkflowSourceError::Character);
        }
        match scheme(url) {
            None => attached(url, attachments),
            Some(name) if name.eq_ignore_ascii_case("https") => https(url),
            Some(name) if name.eq_ignore_ascii_case("trs") => trs(url),
            Some(_) => Err(WorkflowSourceError::Scheme),
        }
    }
}

/// The scheme at the start of `text` (RFC 3986 § 3.1); `None` if `text` does not start with a scheme.
pub(crate) fn scheme(text: &str) -> Option<&str> {
    let (name, _) = text.split_once(':')?;
    let starts_with_letter = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let all_allowed = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (starts_with_letter && all_allowed).then_some(name)
}

fn attached(url: &str, attachments: &[Attachment]) -> Result<WorkflowSource, WorkflowSourceError> {
    let (path, fragment) = match url.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment.to_owned())),
        None => (url, None),
    };
    let decoded = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| WorkflowSourceError::NotAttached)?;
    // A leading hyphen is rejected even if it is percent-encoded in the URL.
    if decoded.starts_with('-') {
        return Err(WorkflowSourceError::LeadingHyphen);
    }
    let fragment_is_plain =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte));
    if fragment.as_deref().is_some_and(|text| !fragment_is_plain(text)) {
        return Err(WorkflowSourceError::Character);
    }
    // The name of an attachment never contains a percent sign. A percent-encoded name can therefore not be confused with the name of another
    // attachment.
    let named = attachments.iter().find(|attachment| attachment.name.as_str() == decoded);
    let name = named.ok_or(WorkflowSourceError::NotAttached)?.name.clone();
    Ok(WorkflowSource::Attachment { name, fragment })
}

fn https(url: &str) -> Result<WorkflowSource, WorkflowSourceError> {
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(WorkflowSourceError::Character);
    }
    let rest = url["https:".len()..].strip_prefix("//").ok_or(WorkflowSourceError::Https)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    if host.is_empty() || authority.contains('@') {
        return Err(WorkflowSourceError::Https);
    }
    Ok(WorkflowSource::Https { url: url.to_owned() })
}

fn trs(uri: &str) -> Result<WorkflowSource, WorkflowSourceError> {
    let rest = uri["trs:".len()..].strip_prefix("//").ok_or(WorkflowSourceError::Trs)?;
    let mut segments = rest.split('/');
    let (Some(server), Some(id), Some(version), None) = (segments.next(), segments.next(), segments.next(), segments.next()) else {
        return Err(WorkflowSourceError::Trs);
    };
    let is_host = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| WorkflowSourceError::Trs)?;
        let plain = !decoded.is_empty() && decoded != "." && decoded != ".." && !decoded.chars().any(char::is_control);
        if plain {
            Ok(decoded.into_owned())
        } else {
            Err(WorkflowSourceError::Trs)
        }
    };
    if !is_host(server) {
        return Err(WorkflowSourceError::Trs);
    }
    Ok(WorkflowSource::Trs {
        server: server.to_ascii_lowercase(),
        id: decode(id)?,
        version: decode(version)?,
    })
}
