use std::collections::BTreeSet;

/// The name of an optional field of a record, for example `NM`. The name is not empty. Any other text is allowed, because the specification
/// defines no grammar. A name that the file does not contain selects nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagName(String);

impl TagName {
    /// Makes a tag name from `name`; `None` if `name` is empty.
    #[must_use]
    pub fn parse(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        (!name.is_empty()).then_some(Self(name))
    }

    /// The tag name as text.
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
    /// All tags. The request has no parameter `tags`.
    #[default]
    All,
    /// Only these tags. An empty set selects no tags.
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
