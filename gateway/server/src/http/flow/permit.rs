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
use crate::http::gateway::Gateway;
use crate::http::observe::exchange::timed;
use crate::http::refusal::Refusal;
use crate::http::request_caller::RequestCaller;
use crate::http::trail;
use crate::traces::StepName;

/// A Grant and its caller. A handler receives this value while it reads the stores, or after the decision's audit row is written.
pub(crate) struct Granted {
    pub(crate) grant: Grant,
    pub(crate) caller: RequestCaller,
    /// The generation of the carrier index at the time of the decision.
    pub(crate) generation: u64,
}

/// A permission whose row may not be in the audit trail yet.
///
/// The Grant in it is not accessible to handlers. [`Permit::answer`] reads the stores with the Grant, and returns the data only after the row
/// is written. Therefore no handler can send bytes or records before their audit row.
#[must_use]
pub(crate) struct Permit {
    granted: Granted,
    receipt: Receipt,
}

impl Permit {
    pub(super) fn new(granted: Granted, receipt: Receipt) -> Self {
        Self { granted, receipt }
    }

    /// Reads the stores with `read` while the row of the decision is being written. Returns the data after the row is written.
    ///
    /// # Errors
    /// The errors of `read`; [`Refusal::Store`] if the row cannot be written.
    pub(crate) async fn answer<T, E: From<Refusal>>(self, read: impl AsyncFnOnce(&Granted) -> Result<T, E>) -> Result<T, E> {
        let found = timed(StepName::StoreRead, read(&self.granted)).await?;
        self.recorded().await?;
        Ok(found)
    }

    /// Reads the stores like [`Self::answer`], for a stream. The Grant is returned too, because the stream is decided again while it is sent.
    pub(crate) async fn open<T, E: From<Refusal>>(self, read: impl AsyncFnOnce(&Granted) -> Result<T, E>) -> Result<(Granted, T), E> {
        let found = timed(StepName::StoreRead, read(&self.granted)).await?;
        Ok((self.recorded().await?, found))
    }

    /// The caller that the permission is for.
    pub(crate) fn caller(&self) -> &RequestCaller {
        &self.granted.caller
    }

    /// Reads the stores like [`Self::answer`], for a query. `records` returns the participants whose data the answer discloses and the
    /// number of its records, or nothing for an answer that discloses no participant's data.
    ///
    /// * An answer for which `records` returns participants waits for the row of the decision, and for the row that names these
    ///   participants.
    /// * An answer with exact numbers or terms waits for the row of the decision.
    /// * A masked answer of the other tiers does not wait.
    pub(crate) async fn answer_query<T, E: From<Refusal>>(
        self,
        gateway: &Gateway,
        read: impl AsyncFnOnce(&Granted) -> Result<T, E>,
        records: impl FnOnce(&T) -> Option<(&ToldOf, u64)>,
    ) -> Result<T, E> {
        let found = timed(StepName::StoreRead, read(&self.granted)).await?;
        if let Some((told_of, count)) = records(&found) {
            let granted = self.recorded().await?;
            hand_out(gateway, granted, told_of, count).await?;
        } else if self.granted.grant.answers_exactly() {
            self.recorded().await?;
        }
        Ok(found)
    }

    /// The registered metadata of a file. Absent if the Grant does not cover the file. An answer that contains the file's name or size must
    /// wait for the audit row like all other data.
    pub(super) fn opened_file(&self, file: &LocatedFile) -> Option<Arc<DataObject>> {
        file.open(&self.granted.grant)
    }

    /// The refusal that is returned if the permission does not cover the resource, or the resource no longer exists.
    pub(super) fn hidden(&self, gateway: &Gateway) -> Refusal {
        self.granted.hidden(gateway)
    }

    /// Waits until the row of the decision is written, and returns the Grant.
    ///
    /// # Errors
    /// [`Refusal::Store`] if the row cannot be written. The request must then not be answered with data.
    pub(crate) async fn recorded(self) -> Result<Granted, Refusal> {
        timed(StepName::AuditWait, self.receipt).await.map_err(Refusal::Store)?;
        Ok(self.granted)
    }

    /// The permission for an answer without data, for example a URL whose use is decided and recorded again. This answer does not wait for its
    /// audit row.
    pub(crate) fn without_data(self) -> Granted {
        self.granted
    }
}

impl Granted {
    /// The refusal for a resource that is hidden from the caller, or that was removed between the decision and the answer.
    pub(crate) fn hidden(&self, gateway: &Gateway) -> Refusal {
        Refusal::hidden(gateway, &self.caller, self.grant.decision())
    }
}

/// Permission to query participants. If `datasets` is empty, the permission covers all datasets that the caller may query at the most
/// detailed tier that the caller has.
pub(crate) async fn permit_population(
    gateway: &Gateway,
    caller: RequestCaller,
    action: Action,
    datasets: &[DatasetId],
) -> Result<Permit, Refusal> {
    let about = AuditResource::Datasets(datasets.to_vec());
    judge_now(gateway, caller, action, Resource::Population(datasets), about, false).await
}

/// Permission to query the participants of a cohort. Also returns those datasets of the cohort that the permission covers.
pub(crate) async fn permit_cohort(
    gateway: &Gateway,
    caller: RequestCaller,
    action: Action,
    cohort: &[DatasetId],
) -> Result<(Permit, Vec<DatasetId>), Refusal> {
    let about = AuditResource::Datasets(cohort.to_vec());
    let permit = judge_now(gateway, caller, action, Resource::Cohort(cohort), about, false).await?;
    let is_open = |dataset: &&DatasetId| permit.granted.grant.dataset(dataset).is_some();
    let opened = cohort.iter().filter(is_open).cloned().collect();
    Ok((permit, opened))
}

/// Permission to read a resource that is neither a population nor a file, for example a patient, a run or a recontact request.
pub(crate) async fn permit_thing(
    gateway: &Gateway,
    caller: RequestCaller,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
) -> Result<Permit, Refusal> {
    judge_now(gateway, caller, action, resource, about, false).await
}

/// Permission to read an output of a run. The output was computed from participants' data, so the permission is recorded as a disclosure.
pub(crate) async fn permit_disclosure(
    gateway: &Gateway,
    caller: RequestCaller,
    action: Action,
    resource: Resource<'_>,
    about: AuditResource,
) -> Result<Permit, Refusal> {
    judge_now(gateway, caller, action, resource, about, true).await
}

/// Refuses a request after the decision permitted it, because of a rule that needs more facts than the decision had. The refusal has its own
/// audit row under the same decision id.
pub(crate) fn refuse_after(gateway: &Gateway, granted: &Granted, rule: Rule, about: AuditResource) -> Refusal {
    let Granted { grant, caller, .. } = granted;
    let denial = Denial {
        decision: grant.decision(),
        rule,
        visa: None,
    };
    gateway.metrics.count_denied(&denial.rule);
    let entry = AuditEntry::denied(&denial, grant.action().as_str(), caller, about, Some(grant.epoch()));
    match trail::record(gateway, caller, entry, Vec::new()) {
        Ok(_) => Refusal::denied(gateway, caller, denial),
        Err(refusal) => refusal,
    }
}

/// The refusal of a permitted query that a service could not answer. A query outside the approved regions gets a denial with its own audit row.
pub(crate) fn unanswered(gateway: &Gateway, granted: &Granted, datasets: &[DatasetId], error: ServiceError) -> Refusal {
    match error {
        ServiceError::Carriers(VariantError::OutsideRegions) => {
            refuse_after(gateway, granted, Rule::Regions, AuditResource::Datasets(datasets.to_vec()))
        }
        error => error.into(),
    }
}
