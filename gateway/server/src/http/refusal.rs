//! Why a request is not answered, before any standard gives it its shape.

use gemj_access::{DecisionId, Denial, Rule};
use gemj_authenticate::AuthError;
use gemj_catalogue::CatalogueError;
use gemj_model::ErrorKind;
use gemj_services::ServiceError;

use super::asker::Asker;
use super::declaration::DeclarationFault;
use super::gateway::Gateway;
use super::limits::TooMany;
use super::places::Full;
use super::problem::Problem;
use super::told::Told;

/// Seconds after which it is worth asking again where all places are taken.
const BUSY_RETRY_S: u32 = 5;

/// Why a request is not answered, before any standard gives it its shape.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The Authorization header cannot be read.
    Credentials(&'static str),
    /// What the request declares of its use cannot be read.
    Declaration(DeclarationFault),
    /// The credentials do not hold.
    Authentication(AuthError),
    /// The decision was no.
    Denied(Box<Denied>),
    /// A store failed before a decision could be made.
    Store(CatalogueError),
    /// As many streams or questions as there may be, of all or of one caller, are under way.
    Busy(Full),
    /// The caller asks too often.
    TooMany(TooMany),
    /// A budget of the caller's is spent.
    Budget(SpentBudget),
    /// The answer could not be made.
    Service(ServiceError),
}

/// A budget that is spent, and when more can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpentBudget {
    /// Public text: which budget, what remains of it and when it ends.
    pub(crate) explanation: String,
    /// Seconds after which it is worth asking again, at least 1.
    pub(crate) retry_after_s: u32,
}

/// A decision that was no, as its caller is told.
#[derive(Debug)]
pub(crate) struct Denied {
    denial: Denial,
    /// How it looks: what stays hidden looks as the configuration says.
    kind: ErrorKind,
    told: Told,
}

impl Refusal {
    pub(super) fn denied(gateway: &Gateway, asker: &Asker, denial: Denial) -> Self {
        Self::Denied(Box::new(Denied {
            kind: gateway.hidden.kind_of(&denial),
            told: Told::of(&denial, asker.language),
            denial,
        }))
    }

    /// What is said of a thing that the caller may not know of: also where it went between its decision and its answer.
    pub(crate) fn hidden(gateway: &Gateway, asker: &Asker, decision: DecisionId) -> Self {
        let rule = Rule::NotVisible;
        let denial = Denial {
            decision,
            rule,
            visa: None,
        };
        Self::denied(gateway, asker, denial)
    }

    /// Whether it is about something that the caller may not know of.
    pub(crate) fn is_hidden(&self) -> bool {
        matches!(self, Self::Denied(denied) if denied.denial.rule == Rule::NotVisible)
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Credentials(_) => ErrorKind::Unauthenticated,
            Self::Declaration(_) => ErrorKind::Invalid,
            Self::Authentication(error) => error.kind(),
            Self::Denied(denied) => denied.kind,
            Self::Store(_) | Self::Busy(_) => ErrorKind::Unavailable,
            Self::TooMany(_) | Self::Budget(_) => ErrorKind::TooManyRequests,
            Self::Service(error) => error.kind(),
        }
    }

    /// Text for the caller. It never says whether a hidden thing exists.
    pub(crate) fn public_text(&self) -> String {
        match self {
            Self::Credentials(text) => (*text).to_owned(),
            Self::Declaration(fault) => fault.to_string(),
            Self::Authentication(error) => error.to_string(),
            Self::Denied(denied) => {
                let Denial { decision, rule, .. } = &denied.denial;
                format!("{rule} [{}; decision {decision}]", rule.code())
            }
            Self::Store(_) => "temporarily unavailable".to_owned(),
            Self::Busy(full) => full.to_string(),
            Self::TooMany(TooMany { retry_after_s }) => {
                format!("too many requests: of the budget of requests a minute none remains; try again in {retry_after_s} s")
            }
            Self::Budget(spent) => spent.explanation.clone(),
            Self::Service(error) => match error.kind() {
                ErrorKind::Invalid | ErrorKind::TooLarge => error.to_string(),
                _ => "the answer could not be made".to_owned(),
            },
        }
    }

    /// What machines are told beside the text; absent where there is nothing.
    pub(crate) fn told(&self) -> Option<Told> {
        match self {
            Self::Credentials(_) => Some(Told::code("credentials-malformed")),
            Self::Declaration(_) => Some(Told::code("declaration-malformed")),
            Self::Authentication(error) => Some(Told::of_credentials(error)),
            Self::Denied(denied) => Some(denied.told.clone()),
            Self::TooMany(_) | Self::Budget(_) => Some(Told::code("too-many-requests")),
            Self::Busy(_) => Some(Told::code("too-many-at-once")),
            Self::Store(_) | Self::Service(_) => None,
        }
    }

    /// The refusal in words that no standard has changed yet.
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

    /// Writes to the log what the caller is not told. No subject data: the errors of the stores carry none.
    pub(crate) fn log(&self) {
        match self {
            Self::Store(error) => tracing::error!(%error, "store failed"),
            Self::Service(error) => match error.kind() {
                ErrorKind::Unavailable | ErrorKind::Internal => tracing::error!(%error, "answer failed"),
                _ => {}
            },
            Self::Busy(full) => tracing::warn!(?full, "refused: as many as there may be are under way"),
            Self::Credentials(_)
            | Self::Declaration(_)
            | Self::Authentication(_)
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
