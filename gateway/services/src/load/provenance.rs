//! Stores the provenance that a file's header states.

use gemj_access::Mandate;
use gemj_model::Provenance;

use super::row::RowOutcome;
use crate::stores::Stores;

/// Stores the provenance of a registered file, also for a file that was loaded before provenance was stored. Because the file is already
/// registered, a failure is only a warning: the operator must repeat the load, and nothing is undone.
pub(super) async fn keep(stores: &Stores, mandate: &Mandate, stated: &Provenance, outcome: &mut RowOutcome) {
    if let Err(error) = stores.catalogue.keep_provenance(mandate, &outcome.id, stated).await {
        outcome
            .warnings
            .push(format!("its header's provenance was not stored ({error}): load the file again"));
    }
}
