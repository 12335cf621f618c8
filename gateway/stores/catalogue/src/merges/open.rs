//! Records the statement that two participants are one person.

use gemj_access::{Joined, Mandate, WriteAction};
use gemj_model::{Ordinal, ParticipantId, SiteId, Timestamp};

use super::{MergeEvent, MergeEventKind, MergeSource, append, merge_events_between, states_of};
use crate::catalogue::Catalogue;
use crate::database::{Value, giving_way};
use crate::error::CatalogueError;
use crate::ledger_tail::TailMerge;
use crate::participants::{Stated, register};
use crate::write::Write;

/// A statement that two participants are one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMerge {
    /// The participant under whom the person is known from now on.
    pub survivor: ParticipantId,
    /// The participant under whom the person was known too.
    pub prior: ParticipantId,
    /// The origin of the statement.
    pub source: MergeSource,
    /// The institution that stated the merge; absent for the operator.
    pub site: Option<SiteId>,
    /// A keyed digest of the id of the message. Empty if the statement came in no message.
    pub message: String,
    /// The time of the statement, as the institution stated it.
    pub stated: Timestamp,
    /// The reason. It must name no person.
    pub reason: String,
}

/// The effect of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenedMerge {
    /// A case with this number is open.
    Opened(u64),
    /// A case of the two persons is open already.
    AlreadyOpen(u64),
    /// The same message was recorded as this case before.
    AlreadyRecorded(u64),
    /// Both participants are one person already, so there is nothing to merge.
    OnePerson,
    /// An institution stated a merge of a participant that another institution enrolled, or that another institution has a number of. Only the
    /// operator opens such a case. Nothing was recorded.
    OtherSite,
}

impl Catalogue {
    /// Records the statement that two participants are one person (action `MergeParticipants`). Every answer that begins after this call returns
    /// contains only what both consented to. A participant that was merged into another is replaced by its survivor.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `participant` for a participant that is not registered; [`CatalogueError::Invalid`] for text that cannot be
    /// stored; the database does not answer.
    pub async fn open_merge(&self, mandate: &Mandate, new: &NewMerge, recorded: Timestamp) -> Result<OpenedMerge, CatalogueError> {
        giving_way!(self.open_merge_once(mandate, new, recorded))
    }

    async fn open_merge_once(&self, mandate: &Mandate, new: &NewMerge, recorded: Timestamp) -> Result<OpenedMerge, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::MergeParticipants]).await?;
        let survivor = ordinal_of(&mut write, &new.survivor).await?;
        let prior = ordinal_of(&mut write, &new.prior).await?;
        let events = merge_events_between(&mut write.transaction, -1, i64::MAX).await?;
        let merges = states_of(&events);
        let joined = Joined::of(&merges);
        let pair = (joined.survivor_of(survivor), joined.survivor_of(prior));
        // The same message is recorded once. If a number of the message was linked to another participant since, the message states another pair.
        let is_same_message = |event: &&MergeEvent| {
            !new.message.is_empty()
                && event.kind == MergeEventKind::Stated
                && event.message == new.message
                && event.site == new.site
                && (joined.survivor_of(event.survivor), joined.survivor_of(event.prior)) == pair
        };
        if let Some(before) = events.iter().find(is_same_message) {
            return Ok(OpenedMerge::AlreadyRecorded(before.case));
        }
        if pair.0 == pair.1 {
            return Ok(OpenedMerge::OnePerson);
        }
        let is_open = |merge: &&gemj_access::Merge| {
            let known = (joined.survivor_of(merge.survivor), joined.survivor_of(merge.prior));
            merge.state == gemj_access::MergeState::Open && (known == pair || known == (pair.1, pair.0))
        };
        if let Some(open) = merges.iter().find(is_open) {
            return Ok(OpenedMerge::AlreadyOpen(open.number));
        }
        if new.source != MergeSource::Operator {
            let Some(site) = &new.site else {
                return Err(CatalogueError::Invalid { field: "site" });
            };
            for who in [pair.0, pair.1].into_iter().flat_map(|who| joined.participants_of(who)) {
                if is_of_another(&mut write, who, site).await? {
                    return Ok(OpenedMerge::OtherSite);
                }
            }
        }
        let event = MergeEvent {
            sequence: 0,
            case: 0,
            kind: MergeEventKind::Stated,
            survivor: pair.0,
            prior: pair.1,
            source: new.source,
            site: new.site.clone(),
            message: new.message.clone(),
            stated: new.stated,
            recorded,
            actor: mandate.actor().to_owned(),
            reason: new.reason.clone(),
        };
        let case = append(&mut write, event).await?;
        write.commit(self, mandate, &format!("merge:{case} stated"), 1).await?;
        Ok(OpenedMerge::Opened(case))
    }
}

/// Records a statement of a lost database again. Unknown participants are registered, in no dataset. Returns the new number of the case.
pub(crate) async fn restate(write: &mut Write, mandate: &Mandate, merge: &TailMerge, recorded: Timestamp) -> Result<u64, CatalogueError> {
    let both = [&merge.survivor, &merge.prior].map(Stated::only);
    let people = register(write, &both).await?;
    let ordinal = |id| {
        people
            .ordinals
            .get(id)
            .copied()
            .ok_or(CatalogueError::Corrupt { what: "participant" })
    };
    let event = MergeEvent {
        survivor: ordinal(&merge.survivor)?,
        prior: ordinal(&merge.prior)?,
        recorded,
        actor: mandate.actor().to_owned(),
        ..merge.event.clone()
    };
    append(write, event).await
}

async fn ordinal_of(write: &mut Write, id: &ParticipantId) -> Result<Ordinal, CatalogueError> {
    let sql = "SELECT ordinal FROM participant WHERE id = $1";
    let row = write.transaction.fetch_first(sql, vec![id.as_str().into()]).await?;
    row.ok_or(CatalogueError::NotFound { what: "participant" })?.ordinal(0)
}

/// Whether another institution enrolled a participant, or has a number of the participant.
async fn is_of_another(write: &mut Write, who: Ordinal, site: &SiteId) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM participant WHERE ordinal = $1 AND site IS NOT NULL AND site <> $2 \
               UNION ALL SELECT 1 FROM linked_number WHERE ordinal = $1 AND site <> $2 AND NOT (site = '' AND namespace LIKE $3)";
    // A link of an earlier version has its institution in the namespace.
    let own = format!("{}/%", site.as_str());
    let arguments = vec![Value::from(who.0), site.as_str().into(), own.as_str().into()];
    Ok(write.transaction.fetch_first(sql, arguments).await?.is_some())
}
