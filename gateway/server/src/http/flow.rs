//! The way of a request: authenticate, locate, decide, answer, audit. Every protocol takes it.

use std::time::Duration;

use actix_web::rt;
use gemj_access::{
    Action, Caller, DecisionId, Denial, Grant, LocatedObject, Mandate, Question, Resource, WriteAction, WriteQuestion, WriteResource,
    decide, permit,
};
use gemj_authenticate::AuthError;
use gemj_catalogue::CatalogueError;
use gemj_catalogue::audit::{AuditEntry, AuditResource, Receipt};
use gemj_model::{DataObject, DatasetId, ErrorKind, ObjectId};
use gemj_services::ServiceError;

use super::gateway::Gateway;

/// The longest that the look-up before a decision is waited for.
const LOCATE_TIMEOUT: Duration = Duration::from_secs(5);

/// Permission, and who has it.
pub(crate) struct Permit {
    pub(crate) grant: Grant,
    pub(crate) caller: Caller,
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
    /// The credentials do not hold.
    Authentication(AuthError),
    /// The decision was no.
    Denied(Denial),
    /// A store failed before a decision could be made.
    Store(CatalogueError),
    /// As many streams as there may be are under way.
    Busy,
    /// The answer could not be made.
    Service(ServiceError),
}

impl Refusal {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Credentials(_) => ErrorKind::Unauthenticated,
            Self::Authentication(error) => error.kind(),
            Self::Denied(denial) => denial.kind(),
            Self::Store(_) | Self::Busy => ErrorKind::Unavailable,
            Self::Service(error) => error.kind(),
        }
    }

    /// Text for the caller. It never says whether a hidden thing exists.
    pub(crate) fn public_text(&self) -> String {
        match self {
            Self::Credentials(text) => (*text).to_owned(),
            Self::Authentication(error) => error.to_string(),
            Self::Denied(denial) => format!("{} [{}; decision {}]", denial.rule, denial.rule.code(), denial.decision),
            Self::Store(_) | Self::Busy => "temporarily unavailable".to_owned(),
            Self::Service(error) => match error.kind() {
                ErrorKind::Invalid | ErrorKind::TooLarge => error.to_string(),
                _ => "the answer could not be made".to_owned(),
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
            Self::Credentials(_) | Self::Authentication(_) | Self::Denied(_) => {}
        }
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
pub(crate) async fn permit_population(
    gateway: &Gateway,
    caller: Caller,
    action: Action,
    datasets: &[DatasetId],
) -> Result<Permit, Refusal> {
    judge(
        gateway,
        caller,
        action,
        Resource::Population(datasets),
        AuditResource::Datasets(datasets.to_vec()),
    )
    .await
}

/// Permission to use one file.
pub(crate) async fn permit_object(gateway: &Gateway, caller: Caller, action: Action, id: &str) -> Result<(Permit, DataObject), Refusal> {
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
    let permit = judge(gateway, caller, action, Resource::Object(located.as_ref()), about).await?;
    let object = match &located {
        Some(located) => gateway.stores.catalogue.object(&permit.grant, &located.id).await?,
        None => None,
    };
    Ok((permit, object.ok_or(ServiceError::NotFound)?))
}

/// Permission to read something that is neither a population nor a file: a patient, a run, a request.
pub(crate) async fn permit_thing(
    gateway: &Gateway,
    caller: Caller,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
) -> Result<Permit, Refusal> {
    judge(gateway, caller, action, resource, about).await
}

/// Permission to write. A refusal goes into the trail here; what is allowed goes there with the write itself, in its transaction.
pub(crate) async fn permit_write(
    gateway: &Gateway,
    caller: &Caller,
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
        declared: None,
        now: gateway.clock.now(),
    };
    let answer = permit(&question, &gateway.policy, &current.view);
    gateway.metrics.count_decision(answer.is_ok());
    answer.map_err(|denial| {
        let entry = AuditEntry::denied(&denial, action.as_str(), caller, about, Some(current.view.epoch()));
        drop(gateway.audit.append(entry));
        Refusal::Denied(denial)
    })
}

/// Decides once more for a stream that has begun: the same caller, action and file at this moment.
pub(crate) async fn permit_again(
    gateway: &Gateway,
    caller: &Caller,
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
        declared: None,
        now: gateway.clock.now(),
    };
    decide(&question, &gateway.policy, &current.view).map_err(Refusal::Denied)
}

async fn judge(gateway: &Gateway, caller: Caller, action: Action, resource: Resource<'_>, about: AuditResource) -> Result<Permit, Refusal> {
    let current = gateway.watch.current().await?;
    let question = Question {
        decision: DecisionId(rand::random()),
        caller: &caller,
        action,
        resource,
        declared: None,
        now: gateway.clock.now(),
    };
    let answer = decide(&question, &gateway.policy, &current.view);
    gateway.metrics.count_decision(answer.is_ok());
    let entry = match &answer {
        Ok(grant) => AuditEntry::allowed(grant, &caller, about),
        Err(denial) => AuditEntry::denied(denial, action.as_str(), &caller, about, Some(current.view.epoch())),
    };
    let receipt = gateway.audit.append(entry);
    answer
        .map(|grant| Permit {
            grant,
            caller,
            receipt,
            generation: current.generation,
        })
        .map_err(Refusal::Denied)
}
