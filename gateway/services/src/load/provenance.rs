//! What a file's header says of how it was made, kept beside the registered file.

use gemj_access::Mandate;
use gemj_model::Provenance;

use super::row::RowOutcome;
use crate::stores::Stores;

/// Keeps it, also of a file that was loaded before anything was kept of headers. The file is registered by then: what fails here is for the
/// operator to repeat, and undoes nothing.
pub(super) async fn keep(stores: &Stores, mandate: &Mandate, stated: &Provenance, outcome: &mut RowOutcome) {
    if let Err(error) = stores.catalogue.keep_provenance(mandate, &outcome.id, stated).await {
        outcome
            .warnings
            .push(format!("what its header says of its making was not kept ({error}): load it again"));
    }
}
