//! Permissions for one file.

use std::ops::Deref;
use std::sync::Arc;

use gemj_access::{Action, LocatedObject, Resource};
use gemj_catalogue::LocatedFile;
use gemj_catalogue::audit::AuditResource;
use gemj_model::{DataKind, DataObject, ObjectId};

use super::judge::judge_at;
use super::look_up;
use super::permit::Permit;
use crate::http::even_time::TakenUp;
use crate::http::gateway::Gateway;
use crate::http::observe::exchange::timed;
use crate::http::refusal::Refusal;
use crate::http::request_caller::RequestCaller;
use crate::traces::StepName;

/// A file that a Grant opened.
#[derive(Clone, Debug)]
pub(crate) struct OpenedFile {
    /// The facts about the file that a decision needs, for example its dataset and its participants.
    pub(crate) located: Arc<LocatedObject>,
    object: Arc<DataObject>,
}

impl Deref for OpenedFile {
    type Target = DataObject;

    fn deref(&self) -> &DataObject {
        &self.object
    }
}

/// Permission to use one file. No bytes are sent under this permission.
pub(crate) async fn permit_object(
    gateway: &Gateway,
    caller: RequestCaller,
    action: Action,
    id: &str,
) -> Result<(Permit, OpenedFile), Refusal> {
    permit_file(gateway, caller, |_| action, id, false).await
}

/// Permission to send bytes of one file. The file's participants and the recipient are recorded together with the decision.
pub(crate) async fn permit_bytes(
    gateway: &Gateway,
    caller: RequestCaller,
    action: Action,
    id: &str,
) -> Result<(Permit, OpenedFile), Refusal> {
    permit_file(gateway, caller, |_| action, id, true).await
}

/// Permission to send a slice of one file. The file's kind determines whether the slice contains reads or variants. If `discloses` is true, the
/// slice is recorded as a disclosure.
pub(crate) async fn permit_slice(
    gateway: &Gateway,
    caller: RequestCaller,
    id: &str,
    discloses: bool,
) -> Result<(Permit, OpenedFile), Refusal> {
    let slice_of = |kind| match kind {
        Some(DataKind::Variants) => Action::SliceVariants,
        Some(DataKind::Reads) | None => Action::SliceReads,
    };
    permit_file(gateway, caller, slice_of, id, discloses).await
}

async fn permit_file(
    gateway: &Gateway,
    caller: RequestCaller,
    action_on: impl FnOnce(Option<DataKind>) -> Action,
    id: &str,
    discloses: bool,
) -> Result<(Permit, OpenedFile), Refusal> {
    let taken_up = TakenUp::now();
    let current = timed(StepName::Decide, gateway.watch.current()).await?;
    // A text that is not a valid id takes the same path as an unknown id, so that the time of the answer does not differ.
    let file = match ObjectId::parse(id) {
        Ok(id) => look_up(gateway.stores.catalogue.locate_file(&id, current.generation)).await?,
        Err(_) => None,
    };
    let located = file.as_ref().map(LocatedFile::located);
    // The audit row contains only an id that exists, because any other text of the caller could contain anything.
    let about = located.map_or(AuditResource::None, |o| AuditResource::Object(o.id.clone()));
    let resource = Resource::Object(located.map(Arc::as_ref));
    let action = action_on(located.map(|o| o.kind));
    let outcome = judge_at(gateway, &current, caller, action, resource, about, discloses);
    let opened = match (&outcome, &file) {
        (Ok(permit), Some(file)) => permit.opened_file(file),
        _ => None,
    };
    if let (None, Some(file)) = (&opened, &file) {
        look_up(gateway.stores.catalogue.ask_all_the_same(file)).await?;
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
        _ => Err(permit.hidden(gateway)),
    }
}
