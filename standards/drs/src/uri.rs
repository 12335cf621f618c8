//! `drs://` URIs of both kinds (DRS 1.5 § DRS URIs).

mod compact;
mod hostname;

pub use compact::CompactIdentifier;
pub use hostname::Hostname;

use crate::{IdError, ObjectId};

/// A parsed `drs://` URI. "DRS clients MUST support resolving both styles."
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DrsUri {
    /// `drs://<hostname>/<id>`: the object at `https://<hostname>/ga4gh/drs/v1/objects/<id>`.
    Hostname {
        /// The host name of the server.
        hostname: Hostname,
        /// The object id, percent-decoded.
        object_id: ObjectId,
    },
    /// `drs://[provider_code/]namespace:accession`: a registry of prefixes determines the server.
    Compact(CompactIdentifier),
}

/// Why a text is not a `drs://` URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DrsUriError {
    /// The text does not begin with `drs://`.
    #[error("not a drs:// URI")]
    Scheme,
    /// The host name of the server is missing or malformed.
    #[error("the hostname is not valid")]
    Hostname,
    /// The text contains neither `/` nor `:` after `drs://`, or no id follows the host name and its `/`.
    #[error("the URI names no object")]
    NoObject,
    /// "It is invalid to include a different port in a DRS hostname-based URI."
    #[error("a drs:// URI has no port")]
    Port,
    /// The id of a hostname-based URI is malformed or not encoded.
    #[error("the object id is not valid: {0}")]
    ObjectId(IdError),
    /// The provider code or the namespace is empty, too long, or has characters other than letters, digits, `_` and `.`.
    #[error("the prefix of the compact identifier is not valid")]
    Prefix,
    /// The accession is missing, too long or has a control character.
    #[error("the accession of the compact identifier is not valid")]
    Accession,
}

/// The hostname-based `drs://` URI of an object. The object's `self_uri` contains this URI.
#[must_use]
pub fn hostname_uri(hostname: &Hostname, object_id: &ObjectId) -> String {
    format!("drs://{}/{}", hostname.as_str(), object_id.encoded())
}

impl DrsUri {
    /// Parses a `drs://` URI. The scheme matches in any letter case (RFC 3986 § 3.1).
    ///
    /// A colon distinguishes the two kinds: it "is not allowed in a Hostname-based DRS URI". If the text after the first colon looks like a
    /// port (`drs://host.example:8080/id`), the error is [`DrsUriError::Port`]. Parsed as a compact identifier, this URI would fail at a
    /// resolver with a less precise error.
    ///
    /// # Errors
    /// [`DrsUriError`] if the text is not a valid URI of either kind.
    pub fn parse(uri: &str) -> Result<Self, DrsUriError> {
        let rest = match uri.split_at_checked("drs://".len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("drs://") => rest,
            Some(_) | None => return Err(DrsUriError::Scheme),
        };
        if let Some((prefix, accession)) = rest.split_once(':') {
            if hostname::looks_like_port(prefix, accession) {
                return Err(DrsUriError::Port);
            }
            return CompactIdentifier::from_parts(prefix, accession).map(Self::Compact);
        }
        let (host, id) = rest.split_once('/').ok_or(DrsUriError::NoObject)?;
        let hostname = Hostname::parse(host).ok_or(DrsUriError::Hostname)?;
        if id.is_empty() {
            return Err(DrsUriError::NoObject);
        }
        let object_id = ObjectId::from_encoded(id).map_err(DrsUriError::ObjectId)?;
        Ok(Self::Hostname { hostname, object_id })
    }
}

impl std::fmt::Display for DrsUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hostname { hostname, object_id } => f.write_str(&hostname_uri(hostname, object_id)),
            Self::Compact(compact) => write!(f, "drs://{compact}"),
        }
    }
}
