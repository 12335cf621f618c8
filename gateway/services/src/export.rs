//! Returns the data of a dataset to the institution that sent it: kept packets, or records and tables that are made of stored facts.
//!
//! The consent of this moment decides. A participant whose consent does not cover the programme's own studies is left out, for example after a
//! withdrawal. Each statement goes only to the institution from which it came, so nothing about a participant is disclosed to another institution.

mod account;
mod bff;
mod cases;
mod files;
mod miabis;
mod omop;

use std::path::Path;

use gemj_access::{CapabilityKey, NotSealed, OperatorListing, OperatorRead, ReasonFault};
use gemj_adapters::phenopacket::exported;
use gemj_catalogue::{CatalogueError, PolicyWatch};
use gemj_model::{Clock, DatasetId, Ordinal, ParticipantId, SiteId, Timestamp};
use serde_json::Value;

pub use account::{Account, LeftOut};
pub use cases::CaseFormat;

use crate::kept_packet;
use crate::stores::Stores;

/// The number of attempts to read one participant. An attempt fails if the consent ledger changes between the decision and the read.
const TRIES: usize = 10;

/// Why an export stopped. The packets that were written before remain. The files of the other formats have the ending `.part`.
#[derive(Debug, thiserror::Error)]
pub enum ExportFailure {
    /// The catalogue failed.
    #[error("catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// The reason is not usable.
    #[error("--reason: {0}")]
    Reason(#[from] ReasonFault),
    /// A kept packet cannot be opened.
    #[error("a kept packet cannot be opened: {0}")]
    Sealed(#[from] NotSealed),
    /// A kept packet is damaged.
    #[error("a kept packet is not the content of a packet")]
    Damaged,
    /// The participant is not a member of the dataset.
    #[error("the participant is not a member of the dataset")]
    NotAMember,
    /// A table would have more than the 2,147,483,647 rows that the numbers of the OMOP tables can count.
    #[error("a table would have more than 2147483647 rows")]
    TooManyRows,
    /// A table cannot be written.
    #[error("a table cannot be written: {0}")]
    Table(#[from] parquet::errors::ParquetError),
    /// The consent ledger changed at each attempt.
    #[error("the consent ledger changed at every attempt; repeat the command")]
    Restless,
    /// A file cannot be written.
    #[error("{0}")]
    Output(#[from] std::io::Error),
}

/// The result of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The number of participants of whom at least one packet was written.
    pub participants: u64,
    /// The number of packets that were written.
    pub packets: u64,
    /// The number of members of the dataset whose consent does not cover the export.
    pub withheld: u64,
}

/// The inputs of an export.
pub struct Export<'a> {
    /// The stores of the programme.
    pub stores: &'a Stores,
    /// The key with which the kept packets are sealed.
    pub key: &'a CapabilityKey,
    /// The source of the consent of this moment.
    pub watch: &'a PolicyWatch,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The dataset.
    pub dataset: &'a DatasetId,
    /// The institution that sent the packets and receives them.
    pub site: &'a SiteId,
    /// The operator's key for the list of members.
    pub listing: &'a OperatorListing,
    /// Makes the operator's key for the data of one participant, of the action `Export` for packets and `ExportFacts` for the other formats.
    pub read: &'a (dyn Fn(&ParticipantId) -> Result<OperatorRead, ReasonFault> + Sync),
}

impl Export<'_> {
    /// Writes each packet to a file `ID.json` in the folder `out`, which must exist. The id is the participant's, with a number from the second packet
    /// on.
    ///
    /// # Errors
    /// [`ExportFailure`].
    pub async fn write(&self, participant: Option<&ParticipantId>, out: &Path) -> Result<Exported, ExportFailure> {
        let mut result = Exported::default();
        for (ordinal, person) in self.members(participant).await? {
            let Some(packets) = self.packets(ordinal, &person).await? else {
                result.withheld += 1;
                continue;
            };
            result.participants += u64::from(!packets.is_empty());
            for (at, packet) in packets.iter().enumerate() {
                let name = match at {
                    0 => format!("{}.json", person.as_str()),
                    at => format!("{}-{}.json", person.as_str(), at + 1),
                };
                let text = serde_json::to_vec_pretty(packet).map_err(|_| ExportFailure::Damaged)?;
                std::fs::write(out.join(name), text)?;
                result.packets += 1;
            }
        }
        Ok(result)
    }

    /// The members of the dataset, or the one member that is exported.
    async fn members(&self, participant: Option<&ParticipantId>) -> Result<Vec<(Ordinal, ParticipantId)>, ExportFailure> {
        let now = self.clock.now();
        let catalogue = &self.stores.catalogue;
        let listed = catalogue.listed_participants(self.listing, Some(self.dataset), None, now).await?;
        let mut members: Vec<_> = listed
            .into_iter()
            .map(|member| (member.participant.ordinal, member.participant.id))
            .collect();
        if let Some(wanted) = participant {
            members.retain(|(_, id)| id == wanted);
            if members.is_empty() {
                return Err(ExportFailure::NotAMember);
            }
        }
        Ok(members)
    }

    /// The packets of a participant; absent if the participant's consent does not cover the export.
    async fn packets(&self, ordinal: Ordinal, participant: &ParticipantId) -> Result<Option<Vec<Value>>, ExportFailure> {
        let read = (self.read)(participant)?;
        let catalogue = &self.stores.catalogue;
        let kept = self
            .while_released(ordinal, async |epoch, now| {
                catalogue.kept_packets(&read, self.dataset, self.site, epoch, now).await
            })
            .await?;
        let Some(kept) = kept else { return Ok(None) };
        let packets = kept.into_iter().enumerate().map(|(at, sealed)| {
            let content = kept_packet::open(self.key, sealed)?;
            exported(&content, participant.as_str(), at + 1).ok_or(ExportFailure::Damaged)
        });
        packets.collect::<Result<_, _>>().map(Some)
    }

    /// Reads the data of a participant with the consent of this moment. Absent if the participant's consent does not cover the export. `read` answers
    /// nothing if the ledger has changed since the epoch that it gets; then the decision is repeated.
    async fn while_released<T>(
        &self,
        ordinal: Ordinal,
        read: impl AsyncFn(u64, Timestamp) -> Result<Option<T>, CatalogueError>,
    ) -> Result<Option<T>, ExportFailure> {
        for _ in 0..TRIES {
            let current = self.watch.current().await?;
            let now = self.clock.now();
            if !current.view.holds_at(now) {
                continue;
            }
            if !current.view.releasable(self.dataset).contains(ordinal.0) {
                return Ok(None);
            }
            if let Some(found) = read(current.view.epoch(), now).await? {
                return Ok(Some(found));
            }
        }
        Err(ExportFailure::Restless)
    }
}
