//! Taking in facts: what adapters map becomes participants, facts and carriers.

use std::path::PathBuf;

use gemj_access::Mandate;
use gemj_adapters::phenopacket::Target;
use gemj_adapters::{Accounting, IngestError};
use gemj_catalogue::CatalogueSink;
use gemj_model::DatasetId;
use gemj_variants::FlushError;

use crate::stores::Stores;

/// Why nothing more was taken in. What was committed before stays; the same call again goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum IngestFailure {
    /// The input as a whole cannot be read, or the store failed.
    #[error("{0}")]
    Adapter(#[from] IngestError),
    /// The carrier index did not take the case reports' alleles; they stay pending, and the same call again takes them.
    #[error("{0}")]
    Flush(#[from] FlushError),
    /// A task of the process was stopped.
    #[error("stopped")]
    Stopped,
}

/// Takes in GA4GH Phenopackets v2: files, folders and `.tar.gz` archives. Each packet is one unit; a bad one is in the accounting with its
/// reason and stops no other.
///
/// # Errors
/// [`IngestFailure`].
pub async fn ingest_phenopackets(
    stores: &Stores,
    mandate: &Mandate,
    dataset: &DatasetId,
    paths: Vec<PathBuf>,
) -> Result<Accounting, IngestFailure> {
    let mut sink = CatalogueSink::new(stores.catalogue.clone(), mandate.clone(), tokio::runtime::Handle::current());
    let target = Target {
        dataset: dataset.clone(),
        site: None,
    };
    let accounting = tokio::task::spawn_blocking(move || gemj_adapters::phenopacket::ingest(&paths, &target, &mut sink))
        .await
        .map_err(|_| IngestFailure::Stopped)??;
    gemj_variants::flush_observations(&stores.catalogue, &stores.objects, mandate).await?;
    Ok(accounting)
}
