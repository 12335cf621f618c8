use std::collections::BTreeSet;

/// The name of an optional field of a record, for example `NM`. Not empty; otherwise free, as the specification gives no
/// grammar. Names the file does not have select nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagName(String);

impl TagName {
    /// `name` as a tag name; `None` if it is empty.
    #[must_use]
    pub fn parse(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        (!name.is_empty()).then_some(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The tags a request wants, before `notags` are taken away.
///
/// Absent and empty differ: "default: all. If the empty string is specified (tags=) no tags are included" (htsget 1.3
/// § Query parameters).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Tags {
    /// All: the parameter was absent.
    #[default]
    All,
    /// These, or none at all if empty.
    Only(BTreeSet<TagName>),
}

impl Tags {
    /// Whether `tag` is wanted.
    #[must_use]
    pub fn includes(&self, tag: &TagName) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(tag),
        }
    }
}
