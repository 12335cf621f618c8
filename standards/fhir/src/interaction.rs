//! The interactions with resources over REST.

/// A RESTful interaction with a type or instance (FHIR R4 § 3.1.0, value set `type-restful-interaction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interaction {
    /// The interaction `read`: get a resource.
    Read,
    /// The interaction `vread`: get one version of a resource.
    Vread,
    /// The interaction `update`: replace a resource.
    Update,
    /// The interaction `patch`: change a part of a resource.
    Patch,
    /// The interaction `delete`: delete a resource.
    Delete,
    /// The interaction `history-instance`: get the versions of one resource.
    HistoryInstance,
    /// The interaction `history-type`: get the versions of all resources of a type.
    HistoryType,
    /// The interaction `create`: create a resource.
    Create,
    /// The interaction `search-type`: search the resources of a type.
    SearchType,
}

impl Interaction {
    /// The code of the interaction.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Vread => "vread",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::HistoryInstance => "history-instance",
            Self::HistoryType => "history-type",
            Self::Create => "create",
            Self::SearchType => "search-type",
        }
    }
}
