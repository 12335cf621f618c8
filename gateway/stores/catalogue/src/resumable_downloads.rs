//! Downloads that began before the expiry of their URL and may be resumed after it, through any process.
//!
//! The table has one row for each URL, whatever number of ranges is fetched. It stores neither the caller nor the file, only a digest under a
//! key of the installation.

use gemj_access::{CapabilityKey, Grant};
use gemj_model::Timestamp;

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// The digest of a URL, as it is stored in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DownloadMark([u8; 32]);

impl DownloadMark {
    /// The digest of the capability text in a URL, under the installation's key.
    #[must_use]
    pub fn of(key: &CapabilityKey, text: &str) -> Self {
        Self(key.mac("download-1", text.as_bytes()))
    }

    fn hex(self) -> String {
        hex::encode(self.0)
    }
}

impl Catalogue {
    /// The time until which a download may be resumed. Absent if no start of the download was recorded, or if the time has passed. This look-up
    /// precedes a decision and therefore takes no Grant. Access is decided afterwards.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_download(&self, mark: DownloadMark) -> Result<Option<Timestamp>, CatalogueError> {
        let sql = "SELECT ends FROM resumable_download WHERE mark = $1 AND ends > $2";
        let rows = self
            .database
            .fetch_all(sql, vec![mark.hex().as_str().into(), self.clock.now().into()])
            .await?;
        rows.first().map(|row| row.time(0, "download")).transpose()
    }

    /// Records the start of a download under a Grant, and the time until which the download may be resumed. If the start is already recorded, a
    /// later use of the same URL does not change this time. Expired downloads are deleted.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant that has ended; the database does not answer.
    pub async fn begin_download(&self, grant: &Grant, mark: DownloadMark, ends: Timestamp) -> Result<(), CatalogueError> {
        let now = self.clock.now();
        if grant.not_after() <= now {
            return Err(CatalogueError::WrongKey);
        }
        if self.locate_download(mark).await?.is_some() {
            return Ok(());
        }
        let mut transaction = self.database.begin_write().await?;
        let over = "DELETE FROM resumable_download WHERE ends <= $1";
        transaction.execute(over, vec![now.into()]).await?;
        let sql = "INSERT INTO resumable_download (mark, ends) VALUES ($1, $2) ON CONFLICT (mark) DO NOTHING";
        transaction.execute(sql, vec![mark.hex().as_str().into(), ends.into()]).await?;
        transaction.commit().await
    }
}
