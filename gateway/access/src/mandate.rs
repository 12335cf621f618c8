//! The key to writes.

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriteAction {
    /// Register files and their variants.
    Load,
    /// Take in facts.
    Ingest,
    /// Append consent events.
    RecordConsent,
    /// Replace an ontology release.
    LoadOntology,
    /// Record or revoke approvals.
    RecordApproval,
}

impl WriteAction {
    /// The word used in the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Ingest => "ingest",
            Self::RecordConsent => "record-consent",
            Self::LoadOntology => "load-ontology",
            Self::RecordApproval => "record-approval",
        }
    }
}

/// Permission for one kind of write, for one actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    actor: &'static str,
    action: WriteAction,
}

impl Mandate {
    /// The mandate of whoever can run the command line on the configured stores: the operator, on the basis `operation`. The write is
    /// audited by the store that takes the mandate.
    #[must_use]
    pub fn operator(action: WriteAction) -> Self {
        Self { actor: "operator", action }
    }

    /// Who writes.
    #[must_use]
    pub fn actor(&self) -> &str {
        self.actor
    }

    /// What it allows.
    #[must_use]
    pub fn action(&self) -> WriteAction {
        self.action
    }
}
