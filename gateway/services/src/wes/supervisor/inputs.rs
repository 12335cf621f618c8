//! Decides whether a run may still use its inputs.

use gemj_access::{Action, Caller, Capability, CapabilityError, DecisionId, Declared, Grant, LocatedObject, Payload, Resource};
use gemj_catalogue::audit::AuditResource;
use gemj_catalogue::{CatalogueError, Current, Run, StoredInput};
use gemj_model::{ObjectId, Timestamp};

use super::Supervision;
use crate::judge::{Judgement, Wish, judge};

/// An input of a run, with the Grant and the caller of the new decision.
pub(super) struct Decided {
    pub(super) object: ObjectId,
    pub(super) grant: Grant,
    pub(super) holder: Caller,
}

/// Why the inputs of a run may not be used.
pub(super) enum NotDecided {
    /// At least one input was denied.
    Denied,
    /// The permission under which the run was submitted has ended.
    Expired,
    /// A store failed, so no decision could be made.
    Store(CatalogueError),
}

impl From<CatalogueError> for NotDecided {
    fn from(error: CatalogueError) -> Self {
        Self::Store(error)
    }
}

impl Supervision {
    /// Decides every input when a run starts, under the rights of the run's submission and only until these rights end. Each decision is in
    /// the audit trail before this function returns.
    pub(super) async fn decide_for_start(&self, run: &Run) -> Result<Vec<Decided>, NotDecided> {
        // A run without inputs needs no decision, but a ban of its owner still stops it.
        if self.policy.now().bans().bars_person(&run.owner) {
            return Err(NotDecided::Denied);
        }
        let inputs = self.stores.catalogue.run_inputs(self.upkeep, &run.id).await?;
        let (mut decided, mut receipts, mut denied) = (Vec::new(), Vec::new(), false);
        for input in inputs {
            let capability = self.open(&input, self.clock.now())?;
            let holder = capability.holder();
            let (current, located) = self.look(&input.object).await?;
            // The data of a staged input counts as disclosed to the run's owner.
            let judged = self.judge_input(&holder, &capability.declared(), &input.object, located.as_ref(), &current, true);
            receipts.push(self.audit.append_disclosing(judged.entry, judged.disclosures));
            match judged.verdict {
                Ok(grant) => decided.push(Decided {
                    object: input.object,
                    grant,
                    holder,
                }),
                Err(_) => denied = true,
            }
        }
        for receipt in receipts {
            receipt.await?;
        }
        if denied { Err(NotDecided::Denied) } else { Ok(decided) }
    }

    /// Whether every input of an active run may still be used, by the approvals and consents of this moment. The end of the submitter's token
    /// limits new requests only; it does not end a run that was submitted in time.
    pub(super) async fn still_allowed(&self, run: &Run) -> Result<bool, CatalogueError> {
        if self.policy.now().bans().bars_person(&run.owner) {
            return Ok(false);
        }
        for input in self.stores.catalogue.run_inputs(self.upkeep, &run.id).await? {
            let capability = match self.open(&input, Timestamp(i64::MIN)) {
                Ok(capability) => capability,
                Err(NotDecided::Store(error)) => return Err(error),
                Err(NotDecided::Denied | NotDecided::Expired) => return Ok(false),
            };
            let lasting = Capability {
                not_after: Timestamp(i64::MAX),
                ..capability
            };
            let holder = lasting.holder();
            let (current, located) = self.look(&input.object).await?;
            let judged = self.judge_input(&holder, &lasting.declared(), &input.object, located.as_ref(), &current, false);
            if judged.verdict.is_err() {
                drop(self.audit.append(judged.entry));
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn open(&self, input: &StoredInput, now: Timestamp) -> Result<Capability, NotDecided> {
        let capability = match Capability::open(&input.capability, &self.key, now) {
            Ok(capability) => capability,
            Err(CapabilityError::Expired) => return Err(NotDecided::Expired),
            Err(CapabilityError::Invalid | CapabilityError::TooLarge) => return Err(NotDecided::Denied),
        };
        if capability.payload == Payload::Compute && capability.object == input.object {
            Ok(capability)
        } else {
            Err(NotDecided::Denied)
        }
    }

    async fn look(&self, object: &ObjectId) -> Result<(Current, Option<LocatedObject>), CatalogueError> {
        let located = self.stores.catalogue.locate_object(object).await?;
        Ok((self.watch.current().await?, located))
    }

    fn judge_input(
        &self,
        holder: &Caller,
        declared: &Declared,
        object: &ObjectId,
        located: Option<&LocatedObject>,
        current: &Current,
        discloses: bool,
    ) -> Judgement {
        let wish = Wish {
            caller: holder,
            declared: Some(declared),
            action: Action::ComputeOnObject,
            resource: Resource::Object(located),
            about: AuditResource::Object(object.clone()),
            discloses,
        };
        judge(
            &self.policy.now(),
            &current.view,
            DecisionId(rand::random()),
            self.clock.now(),
            wish,
        )
    }
}
