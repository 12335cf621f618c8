use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Serialize, Serializer};

/// All that must be encoded: everything but "[A-Za-z0-9.-_~]" (DRS 1.5 § DRS IDs; RFC 3986 § 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The id that no object can have: `POST /objects/access` is the bulk request for access URLs.
pub const RESERVED_OBJECT_ID: &str = "access";

/// The longest id taken, in bytes. The specification has no limit; a URL does.
const MAX_LENGTH_BYTES: usize = 1024;

/// The id of a DRS object, as it is, not encoded.
///
/// It may hold any characters but controls; in URLs all but the unreserved ones are percent-encoded. `.` and `..` are no
/// ids, because every URL library removes such path segments, encoded or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(String);

/// The id of one way to get an object's bytes: opaque, unique "within the scope of a single object" (DRS 1.5
/// § AccessMethod.access_id). Follows the same rules as [`ObjectId`] in URLs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessId(String);

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum IdError {
    /// No characters.
    #[error("the id is empty")]
    Empty,
    /// More than 1,024 bytes.
    #[error("the id is too long")]
    TooLong,
    /// `.` or `..`, which URLs cannot carry.
    #[error("the id is a relative path segment")]
    DotSegment,
    /// A control character.
    #[error("the id has a control character")]
    ControlCharacter,
    /// The id of a route.
    #[error("the id is reserved")]
    Reserved,
    /// `%` without two hexadecimal digits after it.
    #[error("the id is not percent-encoded correctly")]
    BadEscape,
    /// The decoded bytes are no text.
    #[error("the id is not UTF-8")]
    NotUtf8,
    /// A character that would have to be encoded, in a place where ids are always encoded.
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

/// Decodes one path segment, strictly: a lone `%` is an error, not a percent sign.
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
    /// `id`, given as it is.
    ///
    /// # Errors
    /// [`IdError`] if it cannot be an id.
    pub fn parse(id: impl Into<String>) -> Result<Self, IdError> {
        let id = id.into();
        check(&id)?;
        if id == RESERVED_OBJECT_ID {
            return Err(IdError::Reserved);
        }
        Ok(Self(id))
    }

    /// The id that `segment`, one segment of a URL's path as received, stands for. `%2F` becomes a `/` of the id: the path
    /// must have been split before.
    ///
    /// # Errors
    /// [`IdError`] if it cannot be an id.
    pub fn from_path_segment(segment: &str) -> Result<Self, IdError> {
        Self::parse(decode(segment)?)
    }

    /// The id that a hostname-based `drs://` URI carries, where "the ID is always percent-encoded" (DRS 1.5 § Encoding DRS
    /// IDs).
    pub(crate) fn from_encoded(encoded: &str) -> Result<Self, IdError> {
        let is_encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
        if !encoded.bytes().all(is_encoded) {
            return Err(IdError::NotEncoded);
        }
        Self::from_path_segment(encoded)
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as it must appear in a URL or a hostname-based `drs://` URI.
    #[must_use]
    pub fn encoded(&self) -> String {
        encode(&self.0)
    }
}

impl AccessId {
    /// `id`, given as it is.
    ///
    /// # Errors
    /// [`IdError`] if it cannot be an id.
    pub fn parse(id: impl Into<String>) -> Result<Self, IdError> {
        let id = id.into();
        check(&id)?;
        Ok(Self(id))
    }

    /// The id that one segment of a URL's path as received stands for.
    ///
    /// # Errors
    /// [`IdError`] if it cannot be an id.
    pub fn from_path_segment(segment: &str) -> Result<Self, IdError> {
        Self::parse(decode(segment)?)
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as it must appear in a URL.
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
