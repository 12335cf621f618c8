//! The steps of a request, which are the same for every protocol: authenticate, locate, decide, answer, audit.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use gemj_access::{
    Action, ConsentView, DecisionId, Denial, Grant, LocatedObject, Mandate, Question, Resource, Rule, WriteAction, WriteQuestion,
    WriteResource, decide, permit,
};
use gemj_catalogue::audit::{AuditEntry, AuditResource, Receipt};
use gemj_catalogue::{CatalogueError, Current, Disclosure, LocatedFile};
use gemj_model::{DataKind, DataObject, DatasetId, ObjectId};
use gemj_services::beacon::ToldOf;
use gemj_services::{ServiceError, recipients};
use gemj_variants::VariantError;

use super::asker::Asker;
use super::even_time::TakenUp;
use super::gateway::Gateway;
pub(crate) use super::refusal::Refusal;
use super::trail;
pub(crate) use super::trail::recorded;

/// Time limit of the look-up before a decision.
const LOCATE_TIMEOUT: Duration = Duration::from_secs(5);

/// A permission, and the caller who has it.
pub(crate) struct Permit {
    pub(crate) grant: Grant,
    pub(crate) caller: Asker,
    /// Resolves when the decision is in the audit trail. Bytes and record-level answers wait for this receipt.
    pub(crate) receipt: Receipt,
    /// The carrier index's generation at the time of the decision.
    pub(crate) generation: u64,
}

/// Permission for a question about participants: in the named datasets, or in all datasets that the caller may use at the caller's best tier.
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

/// Permission for a question about the participants of a cohort, and the cohort's datasets that the permission opens.
pub(crate) async fn permit_cohort(
    gateway: &Gateway,
    caller: Asker,
    action: Action,
    cohort: &[DatasetId],
) -> Result<(Permit, Vec<DatasetId>), Refusal> {
    let about = AuditResource::Datasets(cohort.to_vec());
    let permit = judge(gateway, caller, action, Resource::Cohort(cohort), about, false).await?;
    let is_open = |dataset: &&DatasetId| permit.grant.dataset(dataset).is_some();
    let opened = cohort.iter().filter(is_open).cloned().collect();
    Ok((permit, opened))
}

/// A file that a Grant opened.
#[derive(Clone, Debug)]
pub(crate) struct OpenedFile {
    /// The data that a decision about the file needs.
    pub(crate) located: Arc<LocatedObject>,
    object: Arc<DataObject>,
}

impl Deref for OpenedFile {
    type Target = DataObject;

    fn deref(&self) -> &DataObject {
        &self.object
    }
}

/// Permission to use one file, before any of its bytes are sent.
pub(crate) async fn permit_object(gateway: &Gateway, caller: Asker, action: Action, id: &str) -> Result<(Permit, OpenedFile), Refusal> {
    permit_file(gateway, caller, |_| action, id, false).await
}

/// Permission to send bytes of one file. The file's participants and the recipient are recorded with the decision.
pub(crate) async fn permit_bytes(gateway: &Gateway, caller: Asker, action: Action, id: &str) -> Result<(Permit, OpenedFile), Refusal> {
    permit_file(gateway, caller, |_| action, id, true).await
}

/// Permission to send a slice of one file of reads or variants. If `discloses` is true, bytes follow, and the slice is recorded as a disclosure.
pub(crate) async fn permit_slice(gateway: &Gateway, caller: Asker, id: &str, discloses: bool) -> Result<(Permit, OpenedFile), Refusal> {
    let slice_of = |kind| match kind {
        Some(DataKind::Variants) => Action::SliceVariants,
        Some(DataKind::Reads) | None => Action::SliceReads,
    };
    permit_file(gateway, caller, slice_of, id, discloses).await
}

async fn permit_file(
    gateway: &Gateway,
    caller: Asker,
    action_on: impl FnOnce(Option<DataKind>) -> Action,
    id: &str,
    discloses: bool,
) -> Result<(Permit, OpenedFile), Refusal> {
    let taken_up = TakenUp::now();
    let current = gateway.watch.current().await?;
    // A text that is not an id is treated like an unknown id.
    let file = match ObjectId::parse(id) {
        Ok(id) => locate(gateway.stores.catalogue.locate_file(&id, current.generation)).await?,
        Err(_) => None,
    };
    let located = file.as_ref().map(LocatedFile::located);
    // Only an existing id is written to the audit trail, because any other text of the caller could contain anything.
    let about = located.map_or(AuditResource::None, |o| AuditResource::Object(o.id.clone()));
    let resource = Resource::Object(located.map(Arc::as_ref));
    let action = action_on(located.map(|o| o.kind));
    let outcome = judge_at(gateway, &current, caller, action, resource, about, discloses);
    let opened = match (&outcome, &file) {
        (Ok(permit), Some(file)) => file.open(&permit.grant),
        _ => None,
    };
    if let (None, Some(file)) = (&opened, &file) {
        locate(gateway.stores.catalogue.ask_all_the_same(file)).await?;
    }
    if opened.is_none() {
        taken_up.wait_for_step().await;
    }
    let permit = outcome?;
    match (opened, located) {
        (Some(object), Some(located)) => {
            let located = Arc::clone(located);
            Ok((permit, OpenedFile { located, object }))
        }
        _ => Err(Refusal::hidden(gateway, &permit.caller, permit.grant.decision())),
    }
}

/// Waits for a look-up before a decision, with a time limit in case the database does not answer.
async fn locate<T>(looked: impl Future<Output = Result<T, CatalogueError>>) -> Result<T, Refusal> {
    let looked = rt::time::timeout(LOCATE_TIMEOUT, looked).await;
    looked.unwrap_or(Err(CatalogueError::Unavailable)).map_err(Refusal::Store)
}

/// Permission to read a resource that is neither a population nor a file: a patient, a run, a request.
pub(crate) async fn permit_thing(
    gateway: &Gateway,
    caller: Asker,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
) -> Result<Permit, Refusal> {
    judge(gateway, caller, action, resource, about, false).await
}

/// The same for a resource that is derived from participants' data and is sent with the answer: a released output of a run.
pub(crate) async fn permit_disclosure(
    gateway: &Gateway,
    caller: Asker,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
) -> Result<Permit, Refusal> {
    judge(gateway, caller, action, resource, about, true).await
}

/// Permission to write. A denial is recorded in the audit trail here. A permitted write is recorded with the write itself, in its transaction.
pub(crate) async fn permit_write(
    gateway: &Gateway,
    caller: &Asker,
    action: WriteAction,
    resource: WriteResource<'_>,
    about: AuditResource,
) -> Result<Mandate, Refusal> {
    let current = gateway.watch.current().await?;
    let question = WriteQuestion {
        decision: DecisionId(gateway.entropy.draw()),
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
        match trail::record(gateway, caller, entry, Vec::new()) {
            Ok(_) => Refusal::denied(gateway, caller, denial),
            Err(refusal) => refusal,
        }
    })
}

/// Refuses a permitted request for a reason that only the computation of the answer finds. The refusal is recorded under the same decision id.
pub(crate) fn refuse_after(gateway: &Gateway, permit: &Permit, rule: Rule, about: AuditResource) -> Refusal {
    let denial = Denial {
        decision: permit.grant.decision(),
        rule,
        visa: None,
    };
    let (action, epoch) = (permit.grant.action().as_str(), permit.grant.epoch());
    let entry = AuditEntry::denied(&denial, action, &permit.caller, about, Some(epoch));
    match trail::record(gateway, &permit.caller, entry, Vec::new()) {
        Ok(_) => Refusal::denied(gateway, &permit.caller, denial),
        Err(refusal) => refusal,
    }
}

/// The refusal of a permitted question that cannot be answered. A question outside the approved regions becomes a denial in the audit trail.
pub(crate) fn unanswered(gateway: &Gateway, permit: &Permit, datasets: &[DatasetId], error: ServiceError) -> Refusal {
    match error {
        ServiceError::Carriers(VariantError::OutsideRegions) => {
            refuse_after(gateway, permit, Rule::Regions, AuditResource::Datasets(datasets.to_vec()))
        }
        error => error.into(),
    }
}

/// Returns when records of a population may be sent: after the decision, the participants of the records and the recipient are in the audit trail.
pub(crate) async fn hand_out(gateway: &Gateway, permit: Permit, told_of: &ToldOf, records_count: u64) -> Result<(), Refusal> {
    let Permit {
        grant, caller, receipt, ..
    } = permit;
    receipt.await?;
    let current = gateway.watch.current().await?;
    let lines = recipients::of_people(&grant, told_of, &gateway.policy, &current.view, gateway.clock.now());
    if lines.is_empty() {
        return Ok(());
    }
    let mut entry = AuditEntry::allowed(&grant, &caller, AuditResource::Datasets(somebodys(told_of)));
    entry.action = "hand-out-records".to_owned();
    entry.rows = Some(records_count);
    gateway.audit.append_disclosing(entry, lines).await?;
    Ok(())
}

/// The datasets with at least one participant, each once.
fn somebodys(told_of: &ToldOf) -> Vec<DatasetId> {
    let with_somebody = told_of.iter().filter(|(_, people)| !people.is_empty());
    let datasets: BTreeSet<&DatasetId> = with_somebody.map(|(dataset, _)| dataset).collect();
    datasets.into_iter().cloned().collect()
}

/// Decides again for a stream that has begun: for the same caller, action and file, by the current policy and consent.
pub(crate) async fn permit_again(
    gateway: &Gateway,
    caller: &Asker,
    action: Action,
    located: &LocatedObject,
    decision: DecisionId,
) -> Result<Grant, Refusal> {
    let current = gateway.watch.current().await?;
    // A file that was held or unloaded in the meantime is treated like an unknown file.
    let still = locate(gateway.stores.catalogue.locate_file(&located.id, current.generation)).await?;
    let question = Question {
        decision,
        caller,
        action,
        resource: Resource::Object(still.as_ref().map(|_| located)),
        declared: Some(&caller.declared),
        now: gateway.clock.now(),
    };
    decide(&question, &gateway.policy, &current.view).map_err(|denial| Refusal::denied(gateway, caller, denial))
}

/// The disclosures of an answer about a file or an output.
fn disclosed(gateway: &Gateway, grant: &Grant, resource: &Resource<'_>, view: &ConsentView) -> Vec<Disclosure> {
    let (policy, now) = (&gateway.policy, gateway.clock.now());
    match resource {
        Resource::Object(Some(object)) => recipients::of_object(grant, object, policy, view, now),
        // A reviewer's access is not a disclosure, because the data stays within the programme.
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
    judge_at(gateway, &current, caller, action, resource, about, discloses)
}

/// Decides by the policy state that was read after the request arrived.
fn judge_at(
    gateway: &Gateway,
    current: &Current,
    caller: Asker,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
    discloses: bool,
) -> Result<Permit, Refusal> {
    let question = Question {
        decision: DecisionId(gateway.entropy.draw()),
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
    let receipt = trail::record(gateway, &caller, entry, disclosures)?;
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
