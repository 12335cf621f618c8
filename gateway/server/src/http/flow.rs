//! The way of a request: authenticate, locate, decide, answer, audit. Every protocol takes it.

use std::time::Duration;

use actix_web::rt;
use gemj_access::{
    Action, ConsentView, DecisionId, Denial, Grant, LocatedObject, Mandate, Question, Resource, Rule, WriteAction, WriteQuestion,
    WriteResource, decide, permit,
};
use gemj_authenticate::AuthError;
use gemj_catalogue::audit::{AuditEntry, AuditResource, Receipt};
use gemj_catalogue::{CatalogueError, Disclosure};
use gemj_model::{DataObject, DatasetId, ErrorKind, ObjectId};
use gemj_services::{ServiceError, recipients};

use super::asker::Asker;
use super::declaration::DeclarationFault;
use super::gateway::Gateway;
use super::limits::TooMany;
use super::problem::Problem;
use super::told::Told;

/// The longest that the look-up before a decision is waited for.
const LOCATE_TIMEOUT: Duration = Duration::from_secs(5);

/// Permission, and who has it.
pub(crate) struct Permit {
    pub(crate) grant: Grant,
    pub(crate) caller: Asker,
    /// Resolves when the decision is in the audit trail. Bytes and record-level answers wait for it.
    pub(crate) receipt: Receipt,
    /// The carrier index's generation when it was decided.
    pub(crate) generation: u64,
}

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
    /// As many streams as there may be are under way.
    Busy,
    /// The caller asks too often.
    TooMany(TooMany),
    /// The answer could not be made.
    Service(ServiceError),
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
    fn denied(gateway: &Gateway, asker: &Asker, denial: Denial) -> Self {
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
            Self::Store(_) | Self::Busy => ErrorKind::Unavailable,
            Self::TooMany(_) => ErrorKind::TooManyRequests,
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
            Self::Store(_) | Self::Busy => "temporarily unavailable".to_owned(),
            Self::TooMany(_) => "too many requests; try again later".to_owned(),
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
            Self::TooMany(_) => Some(Told::code("too-many-requests")),
            Self::Store(_) | Self::Busy | Self::Service(_) => None,
        }
    }

    /// The refusal in words that no standard has changed yet.
    pub(crate) fn problem(&self) -> Problem {
        Problem {
            kind: self.kind(),
            detail: self.public_text(),
            told: self.told(),
            retry_after_s: match self {
                Self::TooMany(TooMany { retry_after_s }) => Some(*retry_after_s),
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
            Self::Busy => tracing::warn!("a stream was refused: as many as there may be are under way"),
            Self::Credentials(_) | Self::Declaration(_) | Self::Authentication(_) | Self::Denied(_) | Self::TooMany(_) => {}
        }
    }
}

impl From<DeclarationFault> for Refusal {
    fn from(fault: DeclarationFault) -> Self {
        Self::Declaration(fault)
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

/// Permission to ask about people, over the datasets named or all that the caller may ask at their best tier.
pub(crate) async fn permit_population(gateway: &Gateway, caller: Asker, action: Action, datasets: &[DatasetId]) -> Result<Permit, Refusal> {
    judge(
        gateway,
        caller,
        action,
        Resource::Population(datasets),
        AuditResource::Datasets(datasets.to_vec()),
        false,
    )
    .await
}

/// Permission to use one file, of which nothing leaves yet.
pub(crate) async fn permit_object(gateway: &Gateway, caller: Asker, action: Action, id: &str) -> Result<(Permit, DataObject), Refusal> {
    permit_file(gateway, caller, action, id, false).await
}

/// Permission to send bytes of one file. Whose they are and who receives them is recorded with the decision.
pub(crate) async fn permit_bytes(gateway: &Gateway, caller: Asker, action: Action, id: &str) -> Result<(Permit, DataObject), Refusal> {
    permit_file(gateway, caller, action, id, true).await
}

async fn permit_file(gateway: &Gateway, caller: Asker, action: Action, id: &str, discloses: bool) -> Result<(Permit, DataObject), Refusal> {
    // A text that is no id takes the way of an id that nothing has.
    let located: Option<LocatedObject> = match ObjectId::parse(id) {
        Ok(id) => rt::time::timeout(LOCATE_TIMEOUT, gateway.stores.catalogue.locate_object(&id))
            .await
            .unwrap_or(Err(CatalogueError::Unavailable))?,
        Err(_) => None,
    };
    // Only an id that exists goes into the trail: whatever else a caller typed could be anything.
    let about = located
        .as_ref()
        .map_or(AuditResource::None, |o| AuditResource::Object(o.id.clone()));
    let resource = Resource::Object(located.as_ref());
    let permit = judge(gateway, caller, action, resource, about, discloses).await?;
    let object = match &located {
        Some(located) => gateway.stores.catalogue.object(&permit.grant, &located.id).await?,
        None => None,
    };
    match object {
        Some(object) => Ok((permit, object)),
        None => Err(Refusal::hidden(gateway, &permit.caller, permit.grant.decision())),
    }
}

/// Permission to read something that is neither a population nor a file: a patient, a run, a request.
pub(crate) async fn permit_thing(
    gateway: &Gateway,
    caller: Asker,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
) -> Result<Permit, Refusal> {
    judge(gateway, caller, action, resource, about, false).await
}

/// The same where what is read comes from people's data and leaves with the answer: a released output of a run.
pub(crate) async fn permit_disclosure(
    gateway: &Gateway,
    caller: Asker,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
) -> Result<Permit, Refusal> {
    judge(gateway, caller, action, resource, about, true).await
}

/// Permission to write. A refusal goes into the trail here; what is allowed goes there with the write itself, in its transaction.
pub(crate) async fn permit_write(
    gateway: &Gateway,
    caller: &Asker,
    action: WriteAction,
    resource: WriteResource<'_>,
    about: AuditResource,
) -> Result<Mandate, Refusal> {
    let current = gateway.watch.current().await?;
    let question = WriteQuestion {
        decision: DecisionId(rand::random()),
        caller,
        action,
        resource,
        declared: Some(&caller.declared),
        now: gateway.clock.now(),
    };
    let answer = permit(&question, &gateway.policy, &current.view);
    gateway.metrics.count_decision(answer.is_ok());
    answer.map_err(|denial| {
        let entry = AuditEntry::denied(&denial, action.as_str(), caller, about, Some(current.view.epoch()));
        drop(gateway.audit.append(entry));
        Refusal::denied(gateway, caller, denial)
    })
}

/// Refuses after all what was permitted: what only the answer's own reckoning finds out. The refusal is in the trail under the same decision.
pub(crate) fn refuse_after(gateway: &Gateway, permit: &Permit, rule: Rule, about: AuditResource) -> Refusal {
    let denial = Denial {
        decision: permit.grant.decision(),
        rule,
        visa: None,
    };
    let (action, epoch) = (permit.grant.action().as_str(), permit.grant.epoch());
    drop(
        gateway
            .audit
            .append(AuditEntry::denied(&denial, action, &permit.caller, about, Some(epoch))),
    );
    Refusal::denied(gateway, &permit.caller, denial)
}

/// Decides once more for a stream that has begun: the same caller, action and file at this moment.
pub(crate) async fn permit_again(
    gateway: &Gateway,
    caller: &Asker,
    action: Action,
    located: &LocatedObject,
    decision: DecisionId,
) -> Result<Grant, Refusal> {
    let current = gateway.watch.current().await?;
    let question = Question {
        decision,
        caller,
        action,
        resource: Resource::Object(Some(located)),
        declared: Some(&caller.declared),
        now: gateway.clock.now(),
    };
    decide(&question, &gateway.policy, &current.view).map_err(|denial| Refusal::denied(gateway, caller, denial))
}

/// What leaves with an answer about a file or about an output.
fn disclosed(gateway: &Gateway, grant: &Grant, resource: &Resource<'_>, view: &ConsentView) -> Vec<Disclosure> {
    let (policy, now) = (&gateway.policy, gateway.clock.now());
    match resource {
        Resource::Object(Some(object)) => recipients::of_object(grant, object, policy, view, now),
        // What a reviewer looks at stays with the programme.
        Resource::RunOutput(Some((run, _))) if grant.action() == Action::ReadRunOutput => recipients::of_run(grant, run, policy, view, now),
        _ => Vec::new(),
    }
}

async fn judge(
    gateway: &Gateway,
    caller: Asker,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
    discloses: bool,
) -> Result<Permit, Refusal> {
    let current = gateway.watch.current().await?;
    let question = Question {
        decision: DecisionId(rand::random()),
        caller: &caller,
        action,
        resource,
        declared: Some(&caller.declared),
        now: gateway.clock.now(),
    };
    let answer = decide(&question, &gateway.policy, &current.view);
    gateway.metrics.count_decision(answer.is_ok());
    let mut disclosures = Vec::new();
    let entry = match &answer {
        Ok(grant) => {
            if discloses {
                disclosures = disclosed(gateway, grant, &resource, &current.view);
            }
            AuditEntry::allowed(grant, &caller, about)
        }
        Err(denial) => AuditEntry::denied(denial, action.as_str(), &caller, about, Some(current.view.epoch())),
    };
    let receipt = gateway.audit.append_disclosing(entry, disclosures);
    match answer {
        Ok(grant) => Ok(Permit {
            grant,
            caller,
            receipt,
            generation: current.generation,
        }),
        Err(denial) => Err(Refusal::denied(gateway, &caller, denial)),
    }
}
