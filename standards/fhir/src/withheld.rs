//! Texts that must not appear in a log.

use std::fmt;
use std::ops::Deref;

/// A patient number, a resource id or a reference. The text could identify a person, so `Debug` never shows it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Withheld(Box<str>);

impl Withheld {
    /// The text itself. It must not be written to a log or an error.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Withheld {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Withheld {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Withheld {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl PartialEq<str> for Withheld {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Withheld {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl fmt::Debug for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(withheld)")
    }
}
