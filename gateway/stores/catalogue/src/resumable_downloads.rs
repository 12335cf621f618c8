//! Downloads that began in time and may be resumed after the end of their URL, through any process.
//!
//! There is one row for each URL, whatever number of ranges is fetched. The table stores neither the caller nor the file, only a digest
//! under a key of the installation.

use gemj_access::{CapabilityKey, Grant};
use gemj_model::Timestamp;

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// A URL as stored in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DownloadMark([u8; 32]);

impl DownloadMark {
    /// The mark for the text of a capability.
    #[must_use]
    pub fn of(key: &CapabilityKey, text: &str) -> Self {
        Self(key.mac("download-1", text.as_bytes()))
    }

    fn hex(self) -> String {
        hex::encode(self.0)
    }
}

impl Catalogue {
    /// The time until which a download may be resumed; absent for a download that did not begin, or whose time is over. This is a look-up
    /// before a decision and takes no Grant; the download is decided afterwards.
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

    /// Records the start of a download under a Grant, and the time until which it may be resumed. Only the first record counts: a later use
    /// of the same URL does not change its end. Expired downloads are deleted.
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
