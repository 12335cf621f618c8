use super::DrsUriError;
use crate::{IdError, ObjectId};

const MAX_PREFIX_LENGTH_BYTES: usize = 253;
const MAX_ACCESSION_LENGTH_BYTES: usize = 1024;

/// A compact identifier: `[provider_code/]namespace:accession` (DRS 1.5 § Compact Identifier-based DRS URIs).
///
/// The provider code and the namespace are kept as written. The specification calls them lower case, but allows `[A-Za-z0-9._]` in the same
/// sentence. This parser therefore accepts upper and lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CompactIdentifier {
    provider_code: Option<String>,
    namespace: String,
    accession: String,
}

impl CompactIdentifier {
    pub(super) fn from_parts(prefix: &str, accession: &str) -> Result<Self, DrsUriError> {
        let (provider_code, namespace) = match prefix.split_once('/') {
            Some((provider_code, namespace)) => (Some(provider_code), namespace),
            None => (None, prefix),
        };
        let is_word = |word: &str| {
            !word.is_empty()
                && word.len() <= MAX_PREFIX_LENGTH_BYTES
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_')
        };
        if !is_word(namespace) || !provider_code.is_none_or(is_word) {
            return Err(DrsUriError::Prefix);
        }
        // "These accessions can contain any characters": the accession may contain further colons and slashes.
        if accession.is_empty() || accession.len() > MAX_ACCESSION_LENGTH_BYTES || accession.chars().any(char::is_control) {
            return Err(DrsUriError::Accession);
        }
        Ok(Self {
            provider_code: provider_code.map(str::to_owned),
            namespace: namespace.to_owned(),
            accession: accession.to_owned(),
        })
    }

    /// The provider (mirror) to use; `None` if the URI contains no provider code.
    #[must_use]
    pub fn provider_code(&self) -> Option<&str> {
        self.provider_code.as_deref()
    }

    /// The registered namespace of the identifier.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The accession as written, which compact identifiers do not percent-encode.
    #[must_use]
    pub fn accession(&self) -> &str {
        &self.accession
    }

    /// The accession as the id for DRS requests. In a request "you *must* percent encode the accessions", which [`ObjectId::encoded`] does.
    ///
    /// # Errors
    /// [`IdError`] if the accession is not a valid object id.
    pub fn object_id(&self) -> Result<ObjectId, IdError> {
        ObjectId::parse(&*self.accession)
    }
}

impl std::fmt::Display for CompactIdentifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(provider_code) = &self.provider_code {
            write!(f, "{provider_code}/")?;
        }
        write!(f, "{}:{}", self.namespace, self.accession)
    }
}
