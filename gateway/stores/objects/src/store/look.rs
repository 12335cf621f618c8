//! Checks whether the folder or bucket of the object store can be reached.

use futures::StreamExt as _;
use gemj_access::{Job, Upkeep};
use object_store::ObjectStore as _;
use object_store::path::Path as RemotePath;

use super::backend::Backend;
use super::{ObjectStore, blocking};
use crate::error::ObjectError;

impl ObjectStore {
    /// Checks whether the folder can be read, or whether the bucket lists the objects under the store's prefix. No contents are returned.
    /// Requires an Upkeep key for the job `Inventory`.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], or an error if the folder is missing or cannot be read, or if the S3 service does not answer or refuses
    /// the request.
    pub async fn look(&self, upkeep: Upkeep) -> Result<(), ObjectError> {
        if upkeep.job() != Job::Inventory {
            return Err(ObjectError::WrongKey);
        }
        match self.backend.as_ref() {
            Backend::Local { root } => {
                let root = root.clone();
                blocking(move || {
                    // Reading the folder detects faults that checking its path does not detect, for example a missing disk or a missing
                    // permission.
                    let mut entries = std::fs::read_dir(root).map_err(ObjectError::io("reading the object store's folder"))?;
                    entries
                        .next()
                        .transpose()
                        .map_err(ObjectError::io("reading the object store's folder"))?;
                    Ok(())
                })
                .await
            }
            Backend::Remote { store, prefix } => {
                let prefix = (!prefix.is_empty()).then(|| RemotePath::from(prefix.as_str()));
                match store.list(prefix.as_ref()).next().await {
                    None | Some(Ok(_)) => Ok(()),
                    Some(Err(error)) => Err(error.into()),
                }
            }
        }
    }
}
