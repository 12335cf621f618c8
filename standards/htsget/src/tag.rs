use std::collections::BTreeSet;

/// The name of an optional field of a record, for example `NM`. Not empty, but otherwise free, because the specification defines no grammar.
/// A name that the file does not contain selects nothing.
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

/// The tags that a request selects, before `notags` are removed.
///
/// An absent parameter and an empty parameter differ: "default: all. If the empty string is specified (tags=) no tags are included" (htsget
/// 1.3 § Query parameters).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Tags {
    /// All tags: the parameter was absent.
    #[default]
    All,
    /// These tags. An empty set selects no tags.
    Only(BTreeSet<TagName>),
}

impl Tags {
    /// Whether `tag` is selected.
    #[must_use]
    pub fn includes(&self, tag: &TagName) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(tag),
        }
    }
}
