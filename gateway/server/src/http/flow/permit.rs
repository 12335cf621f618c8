//! Permissions, and the answers that wait for the audit row of their permission.

use std::sync::Arc;

use gemj_access::{Action, Denial, Grant, Resource, Rule};
use gemj_catalogue::LocatedFile;
use gemj_catalogue::audit::{AuditEntry, AuditResource, Receipt};
use gemj_model::{DataObject, DatasetId};
use gemj_services::ServiceError;
use gemj_services::beacon::ToldOf;
use gemj_variants::VariantError;

use super::hand_out::hand_out;
use super::judge::judge_now;
use crate::http::asker::Asker;
use crate::http::gateway::Gateway;
use crate::http::refusal::Refusal;
use crate::http::trail;

/// A Grant, and its caller.
pub(crate) struct Granted {
    pub(crate) grant: Grant,
    pub(crate) caller: Asker,
    /// The generation of the carrier index at the decision.
    pub(crate) generation: u64,
}

/// A permission whose row may not be in the audit trail yet.
///
/// The Grant is not accessible: [`Permit::answer`] reads the stores with it, and returns what was read after the row is written. So bytes and records
/// cannot leave before their row, whatever a handler does.
#[must_use]
pub(crate) struct Permit {
    granted: Granted,
    receipt: Receipt,
}

impl Permit {
    pub(super) fn new(granted: Granted, receipt: Receipt) -> Self {
        Self { granted, receipt }
    }

    /// Reads the stores, and returns what was read after the row of the decision is written. Both happen at the same time.
    ///
    /// # Errors
    /// The errors of `read`; [`Refusal::Store`] if the row cannot be written.
    pub(crate) async fn answer<T, E: From<Refusal>>(self, read: impl AsyncFnOnce(&Granted) -> Result<T, E>) -> Result<T, E> {
        let found = read(&self.granted).await?;
        self.recorded().await?;
        Ok(found)
    }

    /// As [`Self::answer`] for a stream: the Grant is returned too, because the stream is decided again while it is sent.
    pub(crate) async fn open<T, E: From<Refusal>>(self, read: impl AsyncFnOnce(&Granted) -> Result<T, E>) -> Result<(Granted, T), E> {
        let found = read(&self.granted).await?;
        Ok((self.recorded().await?, found))
    }

    /// The caller.
    pub(crate) fn caller(&self) -> &Asker {
        &self.granted.caller
    }

    /// As [`Self::answer`] for a query. `records` returns the participants of the records in the answer, and the number of records; absent for an answer
    /// without records. Records wait for the row of the decision and for the row that names their participants. Exact numbers and terms wait for the
    /// row of the decision. Masked answers of the other tiers do not wait.
    pub(crate) async fn answer_query<T, E: From<Refusal>>(
        self,
        gateway: &Gateway,
        read: impl AsyncFnOnce(&Granted) -> Result<T, E>,
        records: impl FnOnce(&T) -> Option<(&ToldOf, u64)>,
    ) -> Result<T, E> {
        let found = read(&self.granted).await?;
        if let Some((told_of, count)) = records(&found) {
            let granted = self.recorded().await?;
            hand_out(gateway, granted, told_of, count).await?;
        } else if self.granted.grant.answers_exactly() {
            self.recorded().await?;
        }
        Ok(found)
    }

    /// The registered facts of a file; absent where the Grant does not open it. Names and sizes wait for their answer like all other data.
    pub(super) fn opened_file(&self, file: &LocatedFile) -> Option<Arc<DataObject>> {
        file.open(&self.granted.grant)
    }

    /// The refusal of a resource that the permission turned out not to open.
    pub(super) fn hidden(&self, gateway: &Gateway) -> Refusal {
        self.granted.hidden(gateway)
    }

    /// Waits until the row of the decision is written.
    ///
    /// # Errors
    /// [`Refusal::Store`] if the row cannot be written. There is no answer then.
    pub(crate) async fn recorded(self) -> Result<Granted, Refusal> {
        self.receipt.await.map_err(Refusal::Store)?;
        Ok(self.granted)
    }

    /// The permission for an answer without data, such as a URL whose use is decided and recorded again. Such an answer does not wait.
    pub(crate) fn without_data(self) -> Granted {
        self.granted
    }
}

impl Granted {
    /// The refusal of a resource that is hidden from the caller, or that went between the decision and the answer.
    pub(crate) fn hidden(&self, gateway: &Gateway) -> Refusal {
        Refusal::hidden(gateway, &self.caller, self.grant.decision())
    }
}

/// Permission to query participants: of the named datasets, or of all datasets that the caller may query at the caller's best tier.
pub(crate) async fn permit_population(gateway: &Gateway, caller: Asker, action: Action, datasets: &[DatasetId]) -> Result<Permit, Refusal> {
    let about = AuditResource::Datasets(datasets.to_vec());
    judge_now(gateway, caller, action, Resource::Population(datasets), about, false).await
}

/// Permission to query the participants of a cohort, and the datasets of the cohort that the permission opens.
pub(crate) async fn permit_cohort(
    gateway: &Gateway,
    caller: Asker,
    action: Action,
    cohort: &[DatasetId],
) -> Result<(Permit, Vec<DatasetId>), Refusal> {
    let about = AuditResource::Datasets(cohort.to_vec());
    let permit = judge_now(gateway, caller, action, Resource::Cohort(cohort), about, false).await?;
    let is_open = |dataset: &&DatasetId| permit.granted.grant.dataset(dataset).is_some();
    let opened = cohort.iter().filter(is_open).cloned().collect();
    Ok((permit, opened))
}

/// Permission to read a resource that is neither a population nor a file: a patient, a run, a request.
pub(crate) async fn permit_thing(
    gateway: &Gateway,
    caller: Asker,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
) -> Result<Permit, Refusal> {
    judge_now(gateway, caller, action, resource, about, false).await
}

/// As [`permit_thing`] where the answer contains data that was made from participants' data: a released output of a run.
pub(crate) async fn permit_disclosure(
    gateway: &Gateway,
    caller: Asker,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
) -> Result<Permit, Refusal> {
    judge_now(gateway, caller, action, resource, about, true).await
}

/// Refuses a permitted request because of a rule that needs more than the decision knew. The refusal has a row under the same decision.
pub(crate) fn refuse_after(gateway: &Gateway, granted: &Granted, rule: Rule, about: AuditResource) -> Refusal {
    let Granted { grant, caller, .. } = granted;
    let denial = Denial {
        decision: grant.decision(),
        rule,
        visa: None,
    };
    let entry = AuditEntry::denied(&denial, grant.action().as_str(), caller, about, Some(grant.epoch()));
    match trail::record(gateway, caller, entry, Vec::new()) {
        Ok(_) => Refusal::denied(gateway, caller, denial),
        Err(refusal) => refusal,
    }
}

/// The refusal of a permitted query that a service did not answer. A query outside the approved regions is refused like any other.
pub(crate) fn unanswered(gateway: &Gateway, granted: &Granted, datasets: &[DatasetId], error: ServiceError) -> Refusal {
    match error {
        ServiceError::Carriers(VariantError::OutsideRegions) => {
            refuse_after(gateway, granted, Rule::Regions, AuditResource::Datasets(datasets.to_vec()))
        }
        error => error.into(),
    }
}
