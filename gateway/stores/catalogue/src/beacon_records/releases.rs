//! The information about a dataset's releases that every caller with access to the dataset may see. The information contains no number of
//! participants or files.

use gemj_access::Grant;
use gemj_model::{DatasetId, ReleaseId, Timestamp};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// A release of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetRelease {
    /// The id of the release.
    pub id: ReleaseId,
    /// The time at which the release was created.
    pub created: Timestamp,
    /// The text for citing the release.
    pub citation: String,
    /// The SHA-256 of the release's manifest, in lower-case hex.
    pub manifest_sha256: String,
}

impl Catalogue {
    /// The releases of a dataset, oldest first: the releases to which the Grant is bound, or all releases if the Grant is bound to none.
    /// Empty for a dataset that the Grant does not open.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn releases_of_dataset(&self, grant: &Grant, dataset: &DatasetId) -> Result<Vec<DatasetRelease>, CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(Vec::new());
        };
        let sql = "SELECT id, created, citation, manifest_sha256 FROM dataset_release WHERE dataset = $1";
        let mut releases = Vec::new();
        for row in self.database.fetch_all(sql, vec![dataset.as_str().into()]).await? {
            releases.push(DatasetRelease {
                id: row.parsed(0, "release", ReleaseId::parse)?,
                created: row.time(1, "created")?,
                citation: row.text(2, "citation")?,
                manifest_sha256: row.text(3, "manifest sha256")?,
            });
        }
        releases.retain(|release| granted.releases().is_empty() || granted.releases().contains(&release.id));
        releases.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(releases)
    }
}
