//! The `by` of a visa object.

/// Level of authority, within the source, of the author of the assertion (`Passport 1.2.1 § by`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AssertedBy {
    /// The person of the visa.
    SelfAsserted,
    /// A person at the same level.
    Peer,
    /// An information system.
    System,
    /// A signing official.
    So,
    /// A data access committee.
    Dac,
}

impl AssertedBy {
    /// The value in the JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SelfAsserted => "self",
            Self::Peer => "peer",
            Self::System => "system",
            Self::So => "so",
            Self::Dac => "dac",
        }
    }

    /// Parses a value; case-sensitive; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::SelfAsserted, Self::Peer, Self::System, Self::So, Self::Dac]
            .into_iter()
            .find(|by| by.as_str() == text)
    }
}
