use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Serialize, Serializer};

/// The characters that must be percent-encoded in an id: every character except "[A-Za-z0-9.-_~]" (DRS 1.5 § DRS IDs; RFC 3986 § 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The id that no object can have, because `POST /objects/access` is the bulk request for access URLs.
pub const RESERVED_OBJECT_ID: &str = "access";

/// The longest accepted id, in bytes. The specification has no limit, but URLs do.
const MAX_LENGTH_BYTES: usize = 1024;

/// The id of a DRS object, not percent-encoded.
///
/// An id may contain any character except control characters. In URLs, every character except the unreserved characters is percent-encoded. `.`
/// and `..` are not valid ids, because every URL library removes these path segments, encoded or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(String);

/// The id of one way to get an object's bytes: opaque, unique "within the scope of a single object" (DRS 1.5 § AccessMethod.access_id). In
/// URLs it follows the same rules as [`ObjectId`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessId(String);

/// Why a text is not a valid id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum IdError {
    /// The text is empty.
    #[error("the id is empty")]
    Empty,
    /// The text is longer than 1,024 bytes.
    #[error("the id is too long")]
    TooLong,
    /// The text is `.` or `..`, which URLs cannot contain as a path segment.
    #[error("the id is a relative path segment")]
    DotSegment,
    /// The text contains a control character.
    #[error("the id has a control character")]
    ControlCharacter,
    /// The text is [`RESERVED_OBJECT_ID`], which is part of the path of another route.
    #[error("the id is reserved")]
    Reserved,
    /// The text contains a `%` without two hexadecimal digits after it.
    #[error("the id is not percent-encoded correctly")]
    BadEscape,
    /// The percent-decoded bytes are not UTF-8.
    #[error("the id is not UTF-8")]
    NotUtf8,
    /// The text contains a character that must be percent-encoded, in a place where ids are always encoded.
    #[error("the id has a character that must be percent-encoded")]
    NotEncoded,
}

fn check(id: &str) -> Result<(), IdError> {
    match id {
        "" => Err(IdError::Empty),
        "." | ".." => Err(IdError::DotSegment),
        _ if id.len() > MAX_LENGTH_BYTES => Err(IdError::TooLong),
        _ if id.chars().any(char::is_control) => Err(IdError::ControlCharacter),
        _ => Ok(()),
    }
}

/// Percent-decodes one path segment strictly: a `%` without two hexadecimal digits is an error.
fn decode(segment: &str) -> Result<String, IdError> {
    let bytes = segment.as_bytes();
    for (at, _) in segment.match_indices('%') {
        let escape = bytes.get(at + 1..at + 3);
        if !escape.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(IdError::BadEscape);
        }
    }
    let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| IdError::NotUtf8)?;
    Ok(decoded.into_owned())
}

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

impl ObjectId {
    /// Parses an object id that is not percent-encoded.
    ///
    /// # Errors
    /// [`IdError`] if the text is not a valid id.
    pub fn parse(id: impl Into<String>) -> Result<Self, IdError> {
        let id = id.into();
        check(&id)?;
        if id == RESERVED_OBJECT_ID {
            return Err(IdError::Reserved);
        }
        Ok(Self(id))
    }

    /// Decodes the object id in one segment of a URL's path, as received. `%2F` becomes a `/` of the id, so the path must be split into
    /// segments before the call.
    ///
    /// # Errors
    /// [`IdError`] if the result is not a valid id.
    pub fn from_path_segment(segment: &str) -> Result<Self, IdError> {
        Self::parse(decode(segment)?)
    }

    /// Decodes the object id of a hostname-based `drs://` URI, in which "the ID is always percent-encoded" (DRS 1.5 § Encoding DRS IDs).
    pub(crate) fn from_encoded(encoded: &str) -> Result<Self, IdError> {
        let is_encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
        if !encoded.bytes().all(is_encoded) {
            return Err(IdError::NotEncoded);
        }
        Self::from_path_segment(encoded)
    }

    /// The object id, not percent-encoded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The object id in the form that a URL or a hostname-based `drs://` URI requires (percent-encoded).
    #[must_use]
    pub fn encoded(&self) -> String {
        encode(&self.0)
    }
}

impl AccessId {
    /// Parses an access id that is not percent-encoded.
    ///
    /// # Errors
    /// [`IdError`] if the text is not a valid id.
    pub fn parse(id: impl Into<String>) -> Result<Self, IdError> {
        let id = id.into();
        check(&id)?;
        Ok(Self(id))
    }

    /// Decodes the access id in one segment of a URL's path, as received.
    ///
    /// # Errors
    /// [`IdError`] if the result is not a valid id.
    pub fn from_path_segment(segment: &str) -> Result<Self, IdError> {
        Self::parse(decode(segment)?)
    }

    /// The access id, not percent-encoded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The access id in the form that a URL requires (percent-encoded).
    #[must_use]
    pub fn encoded(&self) -> String {
        encode(&self.0)
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for AccessId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
