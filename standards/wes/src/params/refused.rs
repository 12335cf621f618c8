use serde_json::Value;

use super::drs::is_drs;
use super::walk::{Met, Place, walk};
use crate::workflow_source::scheme;

/// Schemes that mean a place even without `//` after the colon. A plain text such as `chr1:1-100` is no URL.
const KNOWN_SCHEMES: [&str; 18] = [
    "arvcp", "data", "drs", "file", "ftp", "ftps", "gs", "gsiftp", "htsget", "http", "https", "keep", "s3", "scp", "sftp", "ssh",
    "synapse", "trs",
];

/// Why a string or a member of the parameters is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// A URL of another scheme than drs.
    #[error("a URL of a scheme that is not drs")]
    Scheme,
    /// An absolute path, or one below a home directory.
    #[error("an absolute path")]
    AbsolutePath,
    /// A path with a `..` segment in it, encoded or not.
    #[error("a path that leaves its directory")]
    ParentPath,
    /// `drs:` without `//`, or a `drs://` inside a longer text, which would not be resolved.
    #[error("a drs reference that is not a whole value")]
    EmbeddedDrs,
    /// A member whose name instructs the engine (`$import`, `cwl:tool`, `cwltool:overrides`) instead of naming an input.
    #[error("a member that instructs the engine")]
    Directive,
}

/// One thing in the parameters that a run may not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedReference {
    /// Where, as a JSON Pointer (RFC 6901) into the parameters.
    pub pointer: String,
    /// Why.
    pub refusal: Refusal,
}

/// Everything in `params` that would reach out of the run, in document order: other URLs, absolute and climbing paths, embedded
/// references, members that instruct the engine. What remains are `drs://` references, files attached, and plain values.
#[must_use]
pub fn refused_references(params: &Value) -> Vec<RefusedReference> {
    let mut found = Vec::new();
    walk(params, &mut |pointer, met| {
        let refusal = match met {
            Met::Text(text, place) => refusal_of(text, place),
            // `$` starts the directives of schema-salad; a colon makes a name of another vocabulary.
            Met::Key(key) => (key.starts_with('$') || key.starts_with('@') || key.contains(':')).then_some(Refusal::Directive),
        };
        if let Some(refusal) = refusal {
            found.push(RefusedReference {
                pointer: pointer.to_owned(),
                refusal,
            });
        }
    });
    found
}

/// The same, but only URLs and paths: what is left after a server has decided on the rest.
#[must_use]
pub fn refused_schemes(params: &Value) -> Vec<RefusedReference> {
    let mut found = refused_references(params);
    found.retain(|reference| match reference.refusal {
        Refusal::Scheme | Refusal::AbsolutePath | Refusal::ParentPath => true,
        Refusal::EmbeddedDrs | Refusal::Directive => false,
    });
    found
}

fn refusal_of(text: &str, place: Place) -> Option<Refusal> {
    if is_drs(text) {
        return None;
    }
    // Parsers of URLs drop spaces and controls around and within; so must what looks for them.
    let bare: String = text.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    if bare.to_ascii_lowercase().contains("drs://") {
        return Some(Refusal::EmbeddedDrs);
    }
    if let Some(name) = scheme(&bare) {
        let in_file = matches!(place, Place::Cwl { .. });
        let known = KNOWN_SCHEMES.iter().any(|known| name.eq_ignore_ascii_case(known));
        if in_file || known || bare[name.len()..].starts_with("://") {
            let drs = name.eq_ignore_ascii_case("drs");
            return Some(if drs { Refusal::EmbeddedDrs } else { Refusal::Scheme });
        }
    }
    if matches!(place, Place::Cwl { .. }) && bare.contains(':') {
        // `_:id`, which names a literal, and whatever else a resolver might make of a colon.
        return Some(Refusal::Scheme);
    }
    if bare.starts_with(['/', '\\', '~']) {
        return Some(Refusal::AbsolutePath);
    }
    let decoded = bare.replace("%2e", ".").replace("%2E", ".").replace("%2f", "/").replace("%2F", "/");
    if decoded.split(['/', '\\']).any(|segment| segment == "..") {
        return Some(Refusal::ParentPath);
    }
    None
}
