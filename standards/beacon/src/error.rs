//! Everything that can be wrong with a request, and the status that says so.

use thiserror::Error;

use crate::excerpt::Excerpt;

/// Why a Beacon request is not answered. The `Display` text is public: it names parameters and terms, never other values.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BeaconError {
    /// A POST came without a body.
    #[error("the request body is empty; a Beacon request document was expected")]
    EmptyBody,
    /// The body is no JSON document.
    #[error("the request body is not JSON (line {line}, column {column})")]
    NotJson {
        /// 1-based line of the first fault.
        line: usize,
        /// 1-based column of the first fault.
        column: usize,
    },
    /// One JSON object of the body has the same member twice.
    #[error("the request body has a member twice in one object (line {line}, column {column})")]
    DuplicateMember {
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// A parameter or member that this Beacon does not know. Ignoring it could widen the answer.
    #[error("unknown parameter `{name}`{hint}")]
    UnknownParameter {
        /// Its name as sent.
        name: Excerpt,
        /// What was meant instead, where that is known; begins with a separator, or is empty.
        hint: &'static str,
    },
    /// A query parameter was sent twice.
    #[error("parameter `{name}` is given more than once; join the values of a list with commas")]
    DuplicateParameter {
        /// Its name as sent.
        name: Excerpt,
    },
    /// A parameter that this kind of query needs is absent.
    #[error("parameter `{name}` is missing: {because}")]
    MissingParameter {
        /// Its name in the specification.
        name: &'static str,
        /// Why it is needed here.
        because: &'static str,
    },
    /// A value is of the wrong kind or outside what is allowed.
    #[error("parameter `{name}` is not valid: {expected}")]
    InvalidValue {
        /// Its name in the specification.
        name: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// Two parts of the request say different things.
    #[error("`{name}` contradicts {other}")]
    Contradiction {
        /// One of them.
        name: &'static str,
        /// The other.
        other: &'static str,
    },
    /// The specification has it, this Beacon does not answer it yet.
    #[error("{feature}: not supported yet by this Beacon")]
    NotSupportedYet {
        /// What was asked.
        feature: &'static str,
    },
    /// The question is by the name of a change, and there are no names to answer by, as far as the caller may learn.
    #[error("questions by name cannot be answered here: neither loaded files nor case reports have names of this kind on this assembly")]
    NamesNotLoaded,
    /// A filter names a term this Beacon does not have (`/filtering_terms`).
    #[error("unknown filtering term `{id}`")]
    UnknownFilteringTerm {
        /// The term as sent.
        id: Excerpt,
    },
    /// `geneId` names no gene of the Beacon's gene model.
    #[error("unknown geneId `{id}`")]
    UnknownGene {
        /// The gene as sent.
        id: Excerpt,
    },
    /// `geneId` is another name of several genes.
    #[error("geneId is another name of several genes: {}", listed(.candidates))]
    AmbiguousGene {
        /// Their symbols.
        candidates: Vec<Excerpt>,
    },
    /// The query restricts nothing and the entry type has `nonFilteredQueriesAllowed: false`.
    #[error(
        "a query for variants needs variant parameters: `geneId`, `aminoacidChange`, `genomicAlleleShortForm`, or `referenceName` with `start` and \
         either `end` or `alternateBases`; filters say whose variants are meant, not which"
    )]
    UnboundedQuery,
    /// No or no valid credentials.
    #[error("authentication is required: {explanation}")]
    Unauthenticated {
        /// Public text on what is needed; must not repeat a token.
        explanation: String,
    },
    /// The caller may not ask this.
    #[error("not allowed: {explanation}")]
    Forbidden {
        /// Public text naming the rule; must not say whether a hidden thing exists.
        explanation: String,
    },
    /// No such resource, or none the caller may know of.
    #[error("not found")]
    NotFound,
    /// The path has no such method.
    #[error("this method is not allowed here")]
    MethodNotAllowed,
    /// The body is larger than accepted.
    #[error("the request body is larger than {limit_bytes} bytes")]
    PayloadTooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The body is not declared as `application/json`.
    #[error("the request body must be application/json")]
    UnsupportedMediaType,
    /// The caller's query budget is spent.
    #[error("too many requests; try again in {retry_after_s} s")]
    TooManyRequests {
        /// When to come back, in seconds.
        retry_after_s: u64,
    },
    /// A budget of the caller's is spent.
    #[error("{explanation}")]
    BudgetSpent {
        /// Public text: which budget, what remains of it and when it ends.
        explanation: String,
    },
    /// A fault of the server. The cause goes to the log, not to the client.
    #[error("internal error")]
    Internal,
    /// A store or the consent ledger cannot be read now. Never answered as an empty result.
    #[error("temporarily unavailable")]
    Unavailable,
}

impl BeaconError {
    /// The HTTP status, which is the answer's integer `errorCode` too.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::EmptyBody
            | Self::NotJson { .. }
            | Self::DuplicateMember { .. }
            | Self::UnknownParameter { .. }
            | Self::DuplicateParameter { .. }
            | Self::MissingParameter { .. }
            | Self::InvalidValue { .. }
            | Self::Contradiction { .. }
            | Self::NotSupportedYet { .. }
            | Self::NamesNotLoaded
            | Self::UnknownFilteringTerm { .. }
            | Self::UnknownGene { .. }
            | Self::AmbiguousGene { .. }
            | Self::UnboundedQuery => 400,
            Self::Unauthenticated { .. } => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::PayloadTooLarge { .. } => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests { .. } | Self::BudgetSpent { .. } => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    pub(crate) fn unknown(name: &str) -> Self {
        Self::UnknownParameter {
            name: Excerpt::of(name),
            hint: "",
        }
    }

    pub(crate) fn invalid(name: &'static str, expected: &'static str) -> Self {
        Self::InvalidValue { name, expected }
    }
}

fn listed(names: &[Excerpt]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
