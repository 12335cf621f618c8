//! What a caller wants to do. Each action has exactly one basis, fixed here.

/// The ground on which an action can be allowed. None opens another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Visas, approvals, data use conditions and research clauses.
    Research,
    /// A registered hospital client for its own patients.
    Care,
    /// The own hospital's consent and recontact work.
    ParticipantService,
    /// Stewards, committees and auditors.
    Custody,
    /// The command line and the gateway's own workers.
    Operation,
}

impl Basis {
    /// The word used in the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Research => "research",
            Self::Care => "care",
            Self::ParticipantService => "participant-service",
            Self::Custody => "custody",
            Self::Operation => "operation",
        }
    }
}

/// A read that a caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Beacon: whether and how often alleles are carried.
    AskVariants,
    /// Beacon: how many people match filters.
    AskIndividuals,
    /// htsget: a ticket or a slice of reads.
    SliceReads,
    /// htsget: a ticket or a slice of variants.
    SliceVariants,
    /// DRS: an object's description.
    DescribeObject,
    /// DRS: a whole file's bytes.
    FetchObject,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 6] = [
        Self::AskVariants,
        Self::AskIndividuals,
        Self::SliceReads,
        Self::SliceVariants,
        Self::DescribeObject,
        Self::FetchObject,
    ];

    /// The one basis on which it can be allowed.
    #[must_use]
    pub fn basis(self) -> Basis {
        match self {
            Self::AskVariants
            | Self::AskIndividuals
            | Self::SliceReads
            | Self::SliceVariants
            | Self::DescribeObject
            | Self::FetchObject => Basis::Research,
        }
    }

    /// The word used in the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AskVariants => "ask-variants",
            Self::AskIndividuals => "ask-individuals",
            Self::SliceReads => "slice-reads",
            Self::SliceVariants => "slice-variants",
            Self::DescribeObject => "describe-object",
            Self::FetchObject => "fetch-object",
        }
    }
}
