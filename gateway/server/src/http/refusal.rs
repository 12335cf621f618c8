//! The reason why a request is refused, before it is rendered in the format of a standard.

use gemj_access::{DecisionId, Denial, Rule};
use gemj_authenticate::{AuthError, ErrorNames};
use gemj_catalogue::CatalogueError;
use gemj_model::ErrorKind;
use gemj_services::ServiceError;

use super::declaration::DeclarationFault;
use super::gateway::Gateway;
use super::limits::TooMany;
use super::places::Full;
use super::problem::Problem;
use super::refusal_members::RefusalMembers;
use super::request_caller::RequestCaller;
use super::request_code::RequestCode;

/// Seconds after which a caller should try again if all places for concurrent operations are taken.
const BUSY_RETRY_S: u32 = 5;

/// The reason why a request is refused, before it is rendered in the format of a standard.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The credentials of the request are malformed.
    Credentials(&'static str),
    /// The request's declaration of use cannot be read.
    Declaration(DeclarationFault),
    /// The credentials are readable but not valid. The names are parts of the caller's own token, so they are only for the answer.
    Authentication(AuthError, Box<ErrorNames>),
    /// The decision about the request was a denial.
    Denied(Box<Denied>),
    /// A store failed or did not answer in time, or the audit row could not be written.
    Store(CatalogueError),
    /// The maximum number of concurrent streams, or of concurrent queries to partners, is reached: of all callers, of one caller or of one
    /// address.
    Busy(Full),
    /// The caller sends too many requests.
    TooMany(TooMany),
    /// A budget of the caller or of the caller's address is spent.
    Budget(SpentBudget),
    /// The answer could not be created.
    Service(ServiceError),
}

/// A spent budget of computing or of queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpentBudget {
    /// The text for the caller: the budget, the remaining amount and the time until further requests can succeed.
    pub(crate) explanation: String,
    /// Seconds until a new request can succeed, at least 1.
    pub(crate) retry_after_s: u32,
}

/// A denial with the members of the answer that the caller receives.
#[derive(Debug)]
pub(crate) struct Denied {
    denial: Denial,
    /// The kind of error that the answer shows. For a hidden id, the configuration determines the kind.
    kind: ErrorKind,
    told: RefusalMembers,
}

impl Refusal {
    pub(super) fn denied(gateway: &Gateway, asker: &RequestCaller, denial: Denial) -> Self {
        Self::Denied(Box::new(Denied {
            kind: gateway.hidden.kind_of(&denial),
            told: RefusalMembers::of(&denial, &asker.visas, asker.language),
            denial,
        }))
    }

    /// The refusal for an id that the caller may not know. The refusal is also used if the resource was removed between the decision and the
    /// answer.
    pub(crate) fn hidden(gateway: &Gateway, asker: &RequestCaller, decision: DecisionId) -> Self {
        let rule = Rule::NotVisible;
        let denial = Denial {
            decision,
            rule,
            visa: None,
        };
        Self::denied(gateway, asker, denial)
    }

    /// Whether the refusal hides an id that the caller may not know.
    pub(crate) fn is_hidden(&self) -> bool {
        matches!(self, Self::Denied(denied) if denied.denial.rule == Rule::NotVisible)
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Credentials(_) => ErrorKind::Unauthenticated,
            Self::Declaration(_) => ErrorKind::Invalid,
            Self::Authentication(error, _) => error.kind(),
            Self::Denied(denied) => denied.kind,
            Self::Store(_) | Self::Busy(_) => ErrorKind::Unavailable,
            Self::TooMany(_) | Self::Budget(_) => ErrorKind::TooManyRequests,
            Self::Service(error) => error.kind(),
        }
    }

    /// The text for the caller. The text never reveals whether a hidden id exists.
    pub(crate) fn public_text(&self) -> String {
        match self {
            Self::Credentials(text) => (*text).to_owned(),
            Self::Declaration(fault) => fault.to_string(),
            Self::Authentication(error, names) => match &names.trouble {
                Some(trouble) => format!("{error}: {trouble}"),
                None => error.to_string(),
            },
            Self::Denied(denied) => {
                let Denial { decision, rule, .. } = &denied.denial;
                format!("{rule} [{}; decision {decision}]", rule.code())
            }
            Self::Store(CatalogueError::Sealed | CatalogueError::OtherHistory) => {
                "the gateway was restored from a back-up, and is closed until its consent ledger is complete".to_owned()
            }
            Self::Store(_) => "temporarily unavailable".to_owned(),
            Self::Busy(full) => full.to_string(),
            Self::TooMany(TooMany { retry_after_s }) => {
                format!("too many requests: the budget of requests per minute is spent; try again in {retry_after_s} s")
            }
            Self::Budget(spent) => spent.explanation.clone(),
            Self::Service(error) => match error.kind() {
                ErrorKind::Invalid | ErrorKind::TooLarge => error.to_string(),
                _ => "the answer could not be created".to_owned(),
            },
        }
    }

    /// The machine-readable members of the answer. Absent if the refusal has none.
    pub(crate) fn told(&self) -> Option<RefusalMembers> {
        match self {
            Self::Credentials(_) => Some(RefusalMembers::of_request(RequestCode::CredentialsMalformed)),
            Self::Declaration(_) => Some(RefusalMembers::of_request(RequestCode::DeclarationMalformed)),
            Self::Authentication(error, names) => Some(RefusalMembers::of_credentials(error, names)),
            Self::Denied(denied) => Some(denied.told.clone()),
            Self::TooMany(_) | Self::Budget(_) => Some(RefusalMembers::of_request(RequestCode::TooManyRequests)),
            Self::Busy(_) => Some(RefusalMembers::of_request(RequestCode::TooManyAtOnce)),
            Self::Store(CatalogueError::Sealed | CatalogueError::OtherHistory) => Some(RefusalMembers::of_request(RequestCode::Sealed)),
            Self::Store(_) => Some(RefusalMembers::of_request(RequestCode::StoreUnavailable)),
            Self::Service(_) => None,
        }
    }

    /// The refusal as a problem, before it is rendered in the format of a standard.
    pub(crate) fn problem(&self) -> Problem {
        Problem {
            kind: self.kind(),
            detail: self.public_text(),
            told: self.told(),
            retry_after_s: match self {
                Self::TooMany(TooMany { retry_after_s }) | Self::Budget(SpentBudget { retry_after_s, .. }) => Some(*retry_after_s),
                Self::Busy(_) => Some(BUSY_RETRY_S),
                _ => None,
            },
        }
    }

    /// Logs the details of the refusal that the caller does not receive. The log contains no data of participants, because the errors of the
    /// stores contain none.
    pub(crate) fn log(&self) {
        match self {
            // `serve` reports the seal once, at its start.
            Self::Store(CatalogueError::Sealed | CatalogueError::OtherHistory) => {}
            Self::Store(error) => tracing::error!(%error, "store failed"),
            Self::Service(error) => match error.kind() {
                ErrorKind::Unavailable | ErrorKind::Internal => tracing::error!(%error, "answer failed"),
                _ => {}
            },
            Self::Busy(full) => tracing::warn!(?full, "refused: the maximum number is already in progress"),
            Self::Credentials(_)
            | Self::Declaration(_)
            | Self::Authentication(..)
            | Self::Denied(_)
            | Self::TooMany(_)
            | Self::Budget(_) => {}
        }
    }
}

impl From<DeclarationFault> for Refusal {
    fn from(fault: DeclarationFault) -> Self {
        Self::Declaration(fault)
    }
}

impl From<SpentBudget> for Refusal {
    fn from(spent: SpentBudget) -> Self {
        Self::Budget(spent)
    }
}

impl From<TooMany> for Refusal {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany(too_many)
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<CatalogueError> for Refusal {
    fn from(error: CatalogueError) -> Self {
        Self::Store(error)
    }
}
