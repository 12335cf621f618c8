use percent_encoding::percent_decode_str;

use crate::{Attachment, AttachmentName};

/// The longest `workflow_url`, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// Where a run's workflow is: "either an absolute URL to a workflow file that is accessible by the WES endpoint, or a relative
/// URL corresponding to one of the files attached" (WES 1.1.0 § RunWorkflow).
///
/// Nothing here is fetched, nor is a remote source thereby allowed: that is the server's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkflowSource {
    /// An attached file.
    Attachment {
        /// The file.
        name: AttachmentName,
        /// Which process of a packed document, without `#`; `None` for the document's only or main one.
        fragment: Option<String>,
    },
    /// An `https://` URL, as received.
    Https {
        /// The URL.
        url: String,
    },
    /// A version of a tool in a Tool Registry: `trs://server/id/version`.
    Trs {
        /// The registry's hostname.
        server: String,
        /// The tool's id, percent-decoded.
        id: String,
        /// The version's id, percent-decoded.
        version: String,
    },
}

/// Why a `workflow_url` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum WorkflowSourceError {
    /// It is too long.
    #[error("it is too long")]
    TooLong,
    /// It starts with `-`: an engine could take it for an option.
    #[error("it starts with a hyphen")]
    LeadingHyphen,
    /// It has a space, a control character or a backslash.
    #[error("it has a character that no URL has")]
    Character,
    /// It is a URL of another scheme than https and trs, `file:` among them.
    #[error("only https:// and trs:// URLs and attached files can be a workflow")]
    Scheme,
    /// It is an https URL without a host, or with credentials in it.
    #[error("it is not an https URL with a host and without credentials")]
    Https,
    /// It is a trs URI without server, id and version.
    #[error("it is not trs://server/id/version")]
    Trs,
    /// It is a relative path to no attached file.
    #[error("it is not the filename of a workflow_attachment")]
    NotAttached,
}

impl WorkflowSource {
    /// Reads `workflow_url`. A relative one must name one of `attachments`, as sent or percent-encoded.
    ///
    /// # Errors
    /// [`WorkflowSourceError`] if it is none of the three kinds.
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

/// The scheme of a URL (RFC 3986 § 3.1), if `text` starts with one.
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
    // A decoded hyphen at the start is one all the same.
    if decoded.starts_with('-') {
        return Err(WorkflowSourceError::LeadingHyphen);
    }
    let fragment_is_plain =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte));
    if fragment.as_deref().is_some_and(|text| !fragment_is_plain(text)) {
        return Err(WorkflowSourceError::Character);
    }
    // No attachment's name has a percent sign, so what a name is encoded as is no other attachment's name.
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
