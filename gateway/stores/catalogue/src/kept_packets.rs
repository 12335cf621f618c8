//! The kept content of packets: stored with the facts of a packet, and read for the return to the institution that sent the packet.

use gemj_access::{OperatorRead, OperatorReadAction};
use gemj_model::fact::PacketContent;
use gemj_model::{DatasetId, SiteId, Timestamp};

use crate::audit::operation::append_read;
use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::disclosures::ordinal_of;
use crate::error::CatalogueError;
use crate::write::{Write, lock_state};

/// Stores the content of a packet, beside its source.
pub(crate) async fn keep(write: &mut Write, source: i64, content: &PacketContent) -> Result<(), CatalogueError> {
    let row = [source.into(), content.site.as_str().into(), Value::Bytes(content.bytes.clone())];
    write.transaction.insert("kept_packet (source, site, content)", [row]).await
}

impl Catalogue {
    /// The sealed contents of a participant's current packets in a dataset that an institution sent, in the order of ingestion, for the operator.
    /// The caller has decided with the consent at `epoch`. Absent if the epoch has moved since: then nothing is read, and the caller decides again.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a key of another action; the database does not answer or cannot be read. Without an audit row nothing
    /// is returned.
    pub async fn kept_packets(
        &self,
        read: &OperatorRead,
        dataset: &DatasetId,
        site: &SiteId,
        epoch: u64,
        now: Timestamp,
    ) -> Result<Option<Vec<Vec<u8>>>, CatalogueError> {
        if read.action() != OperatorReadAction::Export {
            return Err(CatalogueError::WrongKey);
        }
        let mut transaction = self.database.begin_write().await?;
        let state = lock_state(&mut transaction).await?;
        if state.epoch != epoch {
            return Ok(None);
        }
        let ordinal = ordinal_of(&mut transaction, read.participant()).await?;
        append_read(&mut transaction, now, read, ordinal, state.epoch).await?;
        let mut contents = Vec::new();
        if let Some(ordinal) = ordinal {
            let sql = "SELECT k.content FROM kept_packet k JOIN fact_source s ON s.id = k.source \
                       WHERE s.dataset = $1 AND s.ordinal = $2 AND s.retired = FALSE AND k.site = $3 ORDER BY s.id";
            let arguments = vec![dataset.as_str().into(), ordinal.0.into(), site.as_str().into()];
            for row in transaction.fetch_all(sql, arguments).await? {
                contents.push(row.bytes(0, "content of a packet")?);
            }
        }
        transaction.commit().await?;
        Ok(Some(contents))
    }
}
