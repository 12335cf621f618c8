use serde_json::Value;

use super::drs::is_drs;
use super::walk::{Met, Place, walk};
use crate::workflow_source::scheme;

/// Schemes that identify a URL even if no `//` follows the colon. A plain text such as `chr1:1-100` is not a URL.
const KNOWN_SCHEMES: [&str; 18] = [
    "arvcp", "data", "drs", "file", "ftp", "ftps", "gs", "gsiftp", "htsget", "http", "https", "keep", "s3", "scp", "sftp", "ssh",
    "synapse", "trs",
];

/// Why a string or a member of the workflow parameters is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The string is a URL with a scheme other than drs.
    #[error("a URL of a scheme that is not drs")]
    Scheme,
    /// The string is an absolute path, or a path below a home directory.
    #[error("an absolute path")]
    AbsolutePath,
    /// The string is a path with a `..` segment, encoded or not.
    #[error("a path that leaves its directory")]
    ParentPath,
    /// The string begins with `drs:` without `//`, or has `drs://` behind other characters. The server would resolve neither.
    #[error("a drs reference that is not a whole value")]
    EmbeddedDrs,
    /// The name of a member is an instruction to the engine (`$import`, `cwl:tool`, `cwltool:overrides`) and not the name of an input.
    #[error("a member that instructs the engine")]
    Directive,
}

/// One rejected string or member of the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedReference {
    /// The position of the rejected part, as a JSON Pointer (RFC 6901) into the parameters.
    pub pointer: String,
    /// The reason why the part is rejected.
    pub refusal: Refusal,
}

/// Every part of `params` that would reach outside the run: URLs that are not `drs://`, absolute paths, paths with `..`, embedded `drs:`
/// references, and instructions to the engine. The order is that of [`super::drs_references`]. The remaining values are `drs://` references,
/// attached files and plain values.
#[must_use]
pub fn refused_references(params: &Value) -> Vec<RefusedReference> {
    let mut found = Vec::new();
    walk(params, &mut |pointer, met| {
        let refusal = match met {
            Met::Text(text, place) => refusal_of(text, place),
            // Directives of schema-salad start with `$`. A name that contains a colon belongs to another vocabulary.
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

/// The parts that [`refused_references`] returns, limited to URLs and paths. The server calls this function after it has itself decided on
/// embedded `drs:` references and directives.
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
    // URL parsers remove spaces and control characters, so this check removes them too.
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
        // `_:id` names a literal in CWL. A resolver might interpret any other text with a colon as a URL. In a CWL File, all texts with a colon
        // are therefore rejected.
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
