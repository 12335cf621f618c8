//! Reads of one participant's records by the operator. Each read writes its audit row in the same transaction.

use gemj_access::{OperatorRead, OperatorReadAction};
use gemj_model::{ConsentEvent, DatasetId, Ordinal, Participant, Timestamp};

use crate::audit::operation::append_read;
use crate::catalogue::Catalogue;
use crate::consent_ledger::history_in;
use crate::database::Transaction;
use crate::disclosures::{DisclosureLine, ordinal_of, statement};
use crate::error::CatalogueError;
use crate::inventory::{InventoryItem, items_in};
use crate::write::lock_state;

impl Catalogue {
    /// A participant with the participant's consent events in order, for the operator. Absent if the participant is not registered. Also a read
    /// of an unknown participant is audited.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a key of another action; the database does not answer or cannot be read. Without an audit row nothing
    /// is returned.
    pub async fn consent_of(
        &self,
        read: &OperatorRead,
        now: Timestamp,
    ) -> Result<Option<(Participant, Vec<ConsentEvent>)>, CatalogueError> {
        let (mut transaction, ordinal) = self.begin_operator_read(read, OperatorReadAction::Consent, now).await?;
        let found = match ordinal {
            Some(_) => history_in(&mut transaction, read.participant()).await?,
            None => None,
        };
        transaction.commit().await?;
        Ok(found)
    }

    /// The disclosure statement of a participant (the recipients of the participant's data), latest first, for the operator. Absent if the
    /// participant is not registered.
    ///
    /// # Errors
    /// The errors of [`Self::consent_of`].
    pub async fn disclosures_of(&self, read: &OperatorRead, now: Timestamp) -> Result<Option<Vec<DisclosureLine>>, CatalogueError> {
        let (mut transaction, ordinal) = self.begin_operator_read(read, OperatorReadAction::Disclosures, now).await?;
        let found = match ordinal {
            Some(ordinal) => Some(statement(&mut transaction, ordinal).await?),
            None => None,
        };
        transaction.commit().await?;
        Ok(found)
    }

    /// The stored files of a participant in the order of registration, optionally limited to one dataset, for the operator.
    ///
    /// # Errors
    /// The errors of [`Self::consent_of`].
    pub async fn files_of(
        &self,
        read: &OperatorRead,
        dataset: Option<&DatasetId>,
        now: Timestamp,
    ) -> Result<Vec<InventoryItem>, CatalogueError> {
        let (mut transaction, _) = self.begin_operator_read(read, OperatorReadAction::Files, now).await?;
        let items = items_in(&mut transaction, Some(read.participant()), dataset).await?;
        transaction.commit().await?;
        Ok(items)
    }

    /// Begins a transaction, writes the audit row of the operator's read, and looks up the participant. The row is committed together with the
    /// read.
    pub(crate) async fn begin_operator_read(
        &self,
        read: &OperatorRead,
        action: OperatorReadAction,
        now: Timestamp,
    ) -> Result<(Transaction, Option<Ordinal>), CatalogueError> {
        if read.action() != action {
            return Err(CatalogueError::WrongKey);
        }
        let mut transaction = self.database.begin_write().await?;
        let state = lock_state(&mut transaction).await?;
        let ordinal = ordinal_of(&mut transaction, read.participant()).await?;
        append_read(&mut transaction, now, read, ordinal, state.epoch).await?;
        Ok((transaction, ordinal))
    }
}
