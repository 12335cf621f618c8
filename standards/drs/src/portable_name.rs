use serde::{Serialize, Serializer};

/// A file name "made up of uppercase and lowercase letters, decimal digits, hyphen, period, and underscore" (DRS 1.5 § DrsObject.name, §
/// ContentsObject.name). `.` and `..` are rejected, because clients write files under these names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortableName(String);

/// The text is not a portable file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has letters, digits, hyphens, periods and underscores only")]
pub struct PortableNameError;

impl PortableName {
    /// Parses a portable file name.
    ///
    /// # Errors
    /// [`PortableNameError`] if the name is not portable.
    pub fn parse(name: impl Into<String>) -> Result<Self, PortableNameError> {
        let name = name.into();
        let is_portable = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if name.is_empty() || name == "." || name == ".." || !name.bytes().all(is_portable) {
            return Err(PortableNameError);
        }
        Ok(Self(name))
    }

    /// The portable file name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for PortableName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
