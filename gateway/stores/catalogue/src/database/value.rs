//! Arguments of SQL statements.

use gemj_model::Timestamp;

use crate::error::CatalogueError;

/// One argument of an SQL statement. An absent value keeps its type, because PostgreSQL needs the type.
#[derive(Clone)]
pub(crate) enum Value {
    Int(i64),
    MaybeInt(Option<i64>),
    Text(String),
    MaybeText(Option<String>),
    Bool(bool),
    Bytes(Vec<u8>),
    MaybeBytes(Option<Vec<u8>>),
}

impl Value {
    /// An argument with a text that comes from outside the gateway. A text with a NUL character is rejected for both databases, because
    /// PostgreSQL cannot store it.
    pub(crate) fn outside(text: &str, field: &'static str) -> Result<Self, CatalogueError> {
        storable(text, field)?;
        Ok(Self::Text(text.to_owned()))
    }

    /// An argument with a text that comes from outside the gateway, or absent. A text with a NUL character is rejected.
    pub(crate) fn maybe_outside(text: Option<&str>, field: &'static str) -> Result<Self, CatalogueError> {
        if let Some(text) = text {
            storable(text, field)?;
        }
        Ok(Self::MaybeText(text.map(str::to_owned)))
    }

    /// An argument with a list of entries that come from outside the gateway, stored as one entry in each line. An entry that is empty or
    /// contains a line break is rejected.
    pub(crate) fn lines<'a>(entries: impl IntoIterator<Item = &'a str>, field: &'static str) -> Result<Self, CatalogueError> {
        let mut text = String::new();
        for entry in entries {
            storable(entry, field)?;
            if entry.is_empty() || entry.contains('\n') {
                return Err(CatalogueError::Invalid { field });
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(entry);
        }
        Ok(Self::Text(text))
    }

    /// An argument with a count or a size. A number that is too large for the column is rejected.
    pub(crate) fn count(count: u64, field: &'static str) -> Result<Self, CatalogueError> {
        i64::try_from(count).map(Self::Int).map_err(|_| CatalogueError::Invalid { field })
    }
}

fn storable(text: &str, field: &'static str) -> Result<(), CatalogueError> {
    if text.contains('\0') {
        return Err(CatalogueError::Invalid { field });
    }
    Ok(())
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.0)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::MaybeText(value.map(str::to_owned))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::MaybeInt(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(value: Option<Timestamp>) -> Self {
        Self::MaybeInt(value.map(|t| t.0))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::MaybeBytes(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}
