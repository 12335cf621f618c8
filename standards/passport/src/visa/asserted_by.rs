//! The member `by` of a visa object.

/// The level of authority, within the source, of the person or system that made the assertion (`Passport 1.2.1 § by`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AssertedBy {
    /// `self`: the person to whom the visa belongs.
    SelfAsserted,
    /// `peer`: a person at the same level as the person to whom the visa belongs.
    Peer,
    /// `system`: an information system.
    System,
    /// `so`: a signing official.
    So,
    /// `dac`: a data access committee.
    Dac,
}

impl AssertedBy {
    /// The value of `by` in the JSON.
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

    /// Parses the value of `by`, which is case-sensitive; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::SelfAsserted, Self::Peer, Self::System, Self::So, Self::Dac]
            .into_iter()
            .find(|by| by.as_str() == text)
    }
}
