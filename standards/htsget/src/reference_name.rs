/// The name of a reference sequence as in the file's header, for example `chr1` or `HLA-A*01:01:01:01`.
///
/// The name is never empty and never `*` (see [`crate::Region::Unplaced`]). Names are compared as bytes. The server must check that the file
/// contains the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferenceName(String);

impl ReferenceName {
    /// Makes a reference name from `name`; `None` if `name` is empty or `*`.
    #[must_use]
    pub fn parse(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        (!name.is_empty() && name != "*").then_some(Self(name))
    }

    /// The reference name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ReferenceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
