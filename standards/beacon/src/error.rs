//! Every error of a Beacon request, and the HTTP status of each error.

use thiserror::Error;

use crate::excerpt::Excerpt;

/// Why a Beacon request fails. The `Display` text is public. It contains names of parameters, terms and genes, and never contains other
/// values.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BeaconError {
    /// The body of a POST is empty.
    #[error("the request body is empty; a Beacon request document was expected")]
    EmptyBody,
    /// The body is not a JSON document.
    #[error("the request body is not JSON (line {line}, column {column})")]
    NotJson {
        /// The 1-based line of the first fault.
        line: usize,
        /// The 1-based column of the first fault.
        column: usize,
    },
    /// A JSON object in the body contains the same member twice.
    #[error("the request body has a member twice in one object (line {line}, column {column})")]
    DuplicateMember {
        /// The 1-based line of the second occurrence.
        line: usize,
        /// The 1-based column of the second occurrence.
        column: usize,
    },
    /// The request has a parameter or member that this Beacon does not know. If the Beacon ignored it, the answer could be wider than
    /// requested.
    #[error("unknown parameter `{name}`{hint}")]
    UnknownParameter {
        /// The name of the parameter as sent.
        name: Excerpt,
        /// A hint at the intended name, for the error text. It begins with a separator, or is empty if no intended name is known.
        hint: &'static str,
    },
    /// A query parameter occurs twice.
    #[error("parameter `{name}` occurs more than once; join the values of a list with commas")]
    DuplicateParameter {
        /// The name of the parameter as sent.
        name: Excerpt,
    },
    /// A parameter that this kind of query requires is absent.
    #[error("parameter `{name}` is missing: {because}")]
    MissingParameter {
        /// The name of the parameter in the specification.
        name: &'static str,
        /// The reason why the query requires the parameter.
        because: &'static str,
    },
    /// A value has the wrong type or is outside the allowed range.
    #[error("parameter `{name}` is not valid: {expected}")]
    InvalidValue {
        /// The name of the parameter in the specification.
        name: &'static str,
        /// The expected value, in words.
        expected: &'static str,
    },
    /// Two parts of the request contradict each other.
    #[error("`{name}` contradicts {other}")]
    Contradiction {
        /// The first of the two parts.
        name: &'static str,
        /// The second part, which contradicts the first.
        other: &'static str,
    },
    /// The specification defines the feature, but this Beacon does not support it yet.
    #[error("{feature}: not supported yet by this Beacon")]
    NotSupportedYet {
        /// The requested feature.
        feature: &'static str,
    },
    /// The request contains the name of an allele (such as an HGVS name on a transcript), and the Beacon has no names of alleles that the
    /// caller may use.
    #[error("the request names an allele, but neither the loaded files nor the case reports have names of this kind on this assembly")]
    NamesNotLoaded,
    /// A filter uses a term that this Beacon does not have. `/filtering_terms` lists its terms.
    #[error("unknown filtering term `{id}`")]
    UnknownFilteringTerm {
        /// The id of the term, as sent.
        id: Excerpt,
    },
    /// `geneId` is not a gene of the Beacon's gene model.
    #[error("unknown geneId `{id}`")]
    UnknownGene {
        /// The symbol or identifier of the gene, as sent.
        id: Excerpt,
    },
    /// `geneId` is an alias of several genes.
    #[error("geneId is an alias of several genes: {}", listed(.candidates))]
    AmbiguousGene {
        /// The symbols of these genes.
        candidates: Vec<Excerpt>,
    },
    /// The query has no restriction, and the entry type does not allow queries without restrictions (`nonFilteredQueriesAllowed: false`).
    #[error(
        "a query for variants needs variant parameters: `geneId`, `aminoacidChange`, `genomicAlleleShortForm`, or `referenceName` with `start` and \
         either `end` or `alternateBases`; filters restrict the participants, not the variants"
    )]
    UnboundedQuery,
    /// The credentials are absent or not valid.
    #[error("authentication is required: {explanation}")]
    Unauthenticated {
        /// The required credentials, in words for the caller. The text is public and must not repeat a token.
        explanation: String,
    },
    /// The request is denied.
    #[error("not allowed: {explanation}")]
    Forbidden {
        /// The rule that denies the request, in words for the caller. The text is public and must not reveal whether a hidden thing exists.
        explanation: String,
    },
    /// The resource does not exist, or the caller may not know of it.
    #[error("not found")]
    NotFound,
    /// The path does not support the request's method.
    #[error("this method is not allowed here")]
    MethodNotAllowed,
    /// The body is larger than the limit.
    #[error("the request body is larger than {limit_bytes} bytes")]
    PayloadTooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// The body is not declared as `application/json`.
    #[error("the request body must be application/json")]
    UnsupportedMediaType,
    /// The caller's budget of queries is exhausted.
    #[error("too many requests; try again in {retry_after_s} s")]
    TooManyRequests {
        /// The time until a new attempt can succeed, in seconds.
        retry_after_s: u64,
    },
    /// A budget of the caller other than the budget of queries is exhausted.
    #[error("{explanation}")]
    BudgetSpent {
        /// The budget, its remainder and its end, in words for the caller. The text is public.
        explanation: String,
    },
    /// A fault in the server. The cause is written to the log, not to the answer.
    #[error("internal error")]
    Internal,
    /// A store or the consent ledger cannot be read now. The answer is never an empty result.
    #[error("temporarily unavailable")]
    Unavailable,
}

impl BeaconError {
    /// The HTTP status of this error. It is also the integer `errorCode` of the answer.
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
