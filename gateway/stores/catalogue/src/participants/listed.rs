//! The operator's lists of participants. Each read writes its audit row in the same transaction.

use std::collections::HashMap;

use gemj_access::{OperatorListing, OperatorRead, OperatorReadAction};
use gemj_model::{DatasetId, Ordinal, Participant, SiteId, Timestamp};

use super::{PARTICIPANT_COLUMNS, participant_of};
use crate::audit::operation::append_listing;
use crate::catalogue::Catalogue;
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;
use crate::write::lock_state;

/// A registered participant with the datasets that the participant is a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedParticipant {
    /// The registered data of the participant.
    pub participant: Participant,
    /// The datasets, in order.
    pub datasets: Vec<DatasetId>,
}

/// A participant's registration, with the amount of the data that is stored about the participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The participant with its datasets.
    pub listed: ListedParticipant,
    /// The number of files that contain the participant, unloaded files included.
    pub files: u64,
    /// The number of units of feeds (packets, messages, records) whose facts are in use.
    pub feed_units: u64,
    /// The number of consent events.
    pub consent_events: u64,
    /// The institutions and namespaces of the numbers that are linked to the participant.
    pub linked_numbers: Vec<LinkedNamespace>,
}

/// The links between a participant and the numbers of one namespace of an institution. The numbers themselves are not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedNamespace {
    /// The institution that uses the numbers. Empty for a link of an earlier version, whose institution is not known or is part of the namespace.
    pub site: String,
    /// The namespace of the numbers.
    pub namespace: String,
    /// The number of links.
    pub links: u64,
}

impl Catalogue {
    /// The registered participants in the order of their ids, optionally limited to a dataset and to a site, for the operator.
    ///
    /// # Errors
    /// The database does not answer or cannot be read. Without an audit row nothing is returned.
    pub async fn listed_participants(
        &self,
        listing: &OperatorListing,
        dataset: Option<&DatasetId>,
        site: Option<&SiteId>,
        now: Timestamp,
    ) -> Result<Vec<ListedParticipant>, CatalogueError> {
        let mut transaction = self.database.begin_write().await?;
        let state = lock_state(&mut transaction).await?;
        append_listing(&mut transaction, now, listing, state.epoch).await?;
        let mut datasets: HashMap<Ordinal, Vec<DatasetId>> = HashMap::new();
        let memberships = "SELECT ordinal, dataset FROM membership WHERE ended = FALSE ORDER BY dataset";
        for row in transaction.fetch_all(memberships, Vec::new()).await? {
            datasets
                .entry(row.ordinal(0)?)
                .or_default()
                .push(row.parsed(1, "dataset", DatasetId::parse)?);
        }
        let sql = format!("SELECT {PARTICIPANT_COLUMNS} FROM participant ORDER BY participant.id");
        let rows = transaction.fetch_all_of(sql, Vec::new()).await?;
        transaction.commit().await?;
        let mut listed = Vec::with_capacity(rows.len());
        for row in &rows {
            let participant = participant_of(row)?;
            let datasets = datasets.remove(&participant.ordinal).unwrap_or_default();
            if dataset.is_none_or(|wanted| datasets.contains(wanted)) && site.is_none_or(|wanted| participant.site.as_ref() == Some(wanted))
            {
                listed.push(ListedParticipant { participant, datasets });
            }
        }
        Ok(listed)
    }

    /// The registration of one participant, for the operator. Absent if the participant is not registered. Also a read of an unknown
    /// participant is audited.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a key of another action; the database does not answer or cannot be read. Without an audit row nothing
    /// is returned.
    pub async fn registration_of(&self, read: &OperatorRead, now: Timestamp) -> Result<Option<Registration>, CatalogueError> {
        let (mut transaction, ordinal) = self.begin_operator_read(read, OperatorReadAction::Registration, now).await?;
        let found = match ordinal {
            Some(ordinal) => Some(registration(&mut transaction, ordinal).await?),
            None => None,
        };
        transaction.commit().await?;
        Ok(found)
    }
}

async fn registration(transaction: &mut Transaction, ordinal: Ordinal) -> Result<Registration, CatalogueError> {
    let me = || vec![Value::from(ordinal.0)];
    let sql = format!("SELECT {PARTICIPANT_COLUMNS} FROM participant WHERE ordinal = $1");
    let rows = transaction.fetch_all_of(sql, me()).await?;
    let participant = participant_of(rows.first().ok_or(CatalogueError::Corrupt { what: "participant" })?)?;
    let sql = "SELECT dataset FROM membership WHERE ordinal = $1 AND ended = FALSE ORDER BY dataset";
    let rows = transaction.fetch_all(sql, me()).await?;
    let datasets = rows.iter().map(|row| row.parsed(0, "dataset", DatasetId::parse));
    let datasets = datasets.collect::<Result<_, _>>()?;
    let sql = "SELECT site, namespace, COUNT(*) FROM linked_number WHERE ordinal = $1 GROUP BY site, namespace ORDER BY site, namespace";
    let rows = transaction.fetch_all(sql, me()).await?;
    let linked = |row: &Row| {
        Ok(LinkedNamespace {
            site: row.text(0, "site")?,
            namespace: row.text(1, "namespace")?,
            links: row.count(2, "links")?,
        })
    };
    let linked_numbers = rows.iter().map(linked).collect::<Result<_, CatalogueError>>()?;
    let files = "SELECT COUNT(DISTINCT object) FROM object_sample WHERE ordinal = $1";
    let units = "SELECT COUNT(*) FROM fact_source WHERE ordinal = $1 AND retired = FALSE";
    let events = "SELECT COUNT(*) FROM consent_event WHERE ordinal = $1";
    Ok(Registration {
        listed: ListedParticipant { participant, datasets },
        files: count(transaction, files, me()).await?,
        feed_units: count(transaction, units, me()).await?,
        consent_events: count(transaction, events, me()).await?,
        linked_numbers,
    })
}

async fn count(transaction: &mut Transaction, sql: &'static str, arguments: Vec<Value>) -> Result<u64, CatalogueError> {
    let row = transaction.fetch_first(sql, arguments).await?;
    row.ok_or(CatalogueError::Corrupt { what: "count" })?.count(0, "count")
}
