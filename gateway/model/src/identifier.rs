//! Identifiers. Each kind is its own type, so that one kind cannot be used in place of another.
//!
//! Identifiers that could identify a person (`ParticipantId`, `FamilyId`, `SpecimenId`) do not show their text under `Debug`. A log line that
//! prints a structure therefore cannot reveal a person.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest accepted identifier, in bytes.
pub const MAX_IDENTIFIER_BYTES: usize = 255;

/// The reason why a text is not an identifier. The error does not repeat the text, because the text may name a person.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IdentifierError {
    /// The text is empty or only white space.
    #[error("is empty")]
    Empty,
    /// The text is longer than [`MAX_IDENTIFIER_BYTES`].
    #[error("is longer than {MAX_IDENTIFIER_BYTES} bytes")]
    TooLong,
    /// The text has a control character, or white space at its beginning or end.
    #[error("has a control character, or white space at an end")]
    BadCharacter,
}

fn checked(text: &str) -> Result<String, IdentifierError> {
    if text.trim().is_empty() {
        return Err(IdentifierError::Empty);
    }
    if text.len() > MAX_IDENTIFIER_BYTES {
        return Err(IdentifierError::TooLong);
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err(IdentifierError::BadCharacter);
    }
    Ok(text.to_owned())
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $debug:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses an identifier from untrusted input.
            ///
            /// # Errors
            /// The text is empty, is longer than [`MAX_IDENTIFIER_BYTES`], or has control characters or surrounding white space.
            pub fn parse(text: &str) -> Result<Self, IdentifierError> {
                checked(text).map(Self)
            }

            /// The identifier as a text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        identifier!(@$debug $name);
    };
    (@open $name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
    (@redacted $name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(..)", stringify!($name))
            }
        }
    };
}

identifier!(
    /// A dataset of the programme, such as `cancer`. A dataset is the unit of policy.
    DatasetId, open
);
identifier!(
    /// A stored file. The id reveals nothing about the participant or the bytes.
    ObjectId, open
);
identifier!(
    /// A version of a consent form, such as `unified-1`.
    FormId, open
);
identifier!(
    /// An institution that feeds the programme (a hospital, a biobank).
    SiteId, open
);
identifier!(
    /// An approval of the access committee, by its id in the committee's register.
    ApprovalId, open
);
identifier!(
    /// A release: an immutable set of a dataset's files and participants.
    ReleaseId, open
);
identifier!(
    /// A participant, by the pseudonym that the whole programme uses.
    ParticipantId, redacted
);
identifier!(
    /// A family. A participant without a family id counts as a family of one.
    FamilyId, redacted
);
identifier!(
    /// A specimen, which Beacon calls biosample.
    SpecimenId, redacted
);

/// A participant's number, which is the participant's index in every bitmap. Numbers are dense. A number is assigned
/// once, at registration, and is never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ordinal(pub u32);

impl fmt::Debug for Ordinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ordinal(..)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn debug_output_hides_participant_ids_and_ordinals() {
        let id = ParticipantId::parse("P-0001").unwrap();
        assert_eq!(format!("{id:?} {:?}", Ordinal(7)), "ParticipantId(..) Ordinal(..)");
    }

    #[test]
    fn empty_texts_long_texts_and_control_characters_are_rejected() {
        assert_eq!(DatasetId::parse("  "), Err(IdentifierError::Empty));
        assert_eq!(DatasetId::parse(&"x".repeat(256)), Err(IdentifierError::TooLong));
        assert_eq!(DatasetId::parse("a\nb"), Err(IdentifierError::BadCharacter));
        assert_eq!(DatasetId::parse(" a"), Err(IdentifierError::BadCharacter));
    }
}
