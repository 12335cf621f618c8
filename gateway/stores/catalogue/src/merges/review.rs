//! Records what a person decided about a merge, and moves the units of feeds to the participant under whom their person is known.

use std::collections::BTreeSet;

use gemj_access::{Joined, Mandate, Merge, MergeState, WriteAction};
use gemj_model::{Ordinal, Timestamp};

use super::units::follow;
use super::{MergeEvent, MergeEventKind, append, merge_events_between, states_of};
use crate::catalogue::Catalogue;
use crate::database::giving_way;
use crate::error::CatalogueError;
use crate::participants::{refold, refuse_contradictions};
use crate::purge::refuse_purged;
use crate::write::Write;

/// The effect of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewedMerge {
    /// The review was recorded. The number is that of the units of feeds that moved to another participant.
    Recorded(u64),
    /// The case has this decision already. Nothing was recorded.
    Unchanged,
    /// Both participants are one person already, because of other cases. Nothing was recorded.
    OnePerson,
    /// The prior participant was merged into a third participant. That merge must be undone first, or a case of the two survivors must be opened.
    /// Nothing was recorded.
    MergedElsewhere,
}

impl Catalogue {
    /// Records the decision about a case (action `MergeParticipants`): `same` states that the two participants are one person. A later call with
    /// the other decision undoes the first one. Every answer that begins after this call returns is decided with the review.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `merge` for an unknown number; [`CatalogueError::Conflict`] `sex` or `born` if what is stated about the two
    /// participants contradicts that they are one person; `purged` if the data of one of them was erased. Nothing is recorded then. The database does not answer.
    pub async fn review_merge(
        &self,
        mandate: &Mandate,
        number: u64,
        same: bool,
        reason: &str,
        recorded: Timestamp,
    ) -> Result<ReviewedMerge, CatalogueError> {
        giving_way!(self.review_merge_once(mandate, number, same, reason, recorded))
    }

    async fn review_merge_once(
        &self,
        mandate: &Mandate,
        number: u64,
        same: bool,
        reason: &str,
        recorded: Timestamp,
    ) -> Result<ReviewedMerge, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::MergeParticipants]).await?;
        let reviewed = review_in(&mut write, mandate, number, same, reason, recorded).await?;
        if let ReviewedMerge::Recorded(moved) = reviewed {
            let verdict = if same { "same" } else { "different" };
            write.commit(self, mandate, &format!("merge:{number} {verdict}"), moved + 1).await?;
        }
        Ok(reviewed)
    }
}

/// Records a review in a write.
pub(crate) async fn review_in(
    write: &mut Write,
    mandate: &Mandate,
    number: u64,
    same: bool,
    reason: &str,
    recorded: Timestamp,
) -> Result<ReviewedMerge, CatalogueError> {
    let events = merge_events_between(&mut write.transaction, -1, i64::MAX).await?;
    let last = events.iter().rfind(|event| event.case == number);
    let last = last.ok_or(CatalogueError::NotFound { what: "merge" })?.clone();
    let kind = if same { MergeEventKind::Same } else { MergeEventKind::Different };
    if last.kind == kind {
        return Ok(ReviewedMerge::Unchanged);
    }
    let mut merges = states_of(&events);
    let before = Joined::of(&merges);
    if same && before.survivor_of(last.survivor) == before.survivor_of(last.prior) {
        return Ok(ReviewedMerge::OnePerson);
    }
    if same && before.is_prior(last.prior) {
        return Ok(ReviewedMerge::MergedElsewhere);
    }
    // The review gets the highest number, so it counts after all others.
    let state = if same {
        MergeState::Same { reviewed: u64::MAX }
    } else {
        MergeState::Different
    };
    let decided = Merge {
        number,
        survivor: last.survivor,
        prior: last.prior,
        state,
    };
    merges
        .iter_mut()
        .filter(|merge| merge.number == number)
        .for_each(|merge| *merge = decided);
    let after = Joined::of(&merges);
    let both = [last.survivor, last.prior];
    let of_both = |joined: &Joined| both.iter().flat_map(|who| joined.participants_of(*who)).collect::<Vec<_>>();
    let affected: BTreeSet<Ordinal> = of_both(&before).into_iter().chain(of_both(&after)).collect();
    if same {
        // Units would move to a participant whose data was erased.
        refuse_purged(write, after.participants_of(last.survivor)).await?;
        refuse_contradictions(write, &after.participants_of(last.survivor)).await?;
    }
    let review = MergeEvent {
        kind,
        recorded,
        actor: mandate.actor().to_owned(),
        reason: reason.to_owned(),
        ..last
    };
    append(write, review).await?;
    let moved = follow(write, &affected, &after).await?;
    for who in affected {
        refold(write, who, &after).await?;
    }
    Ok(ReviewedMerge::Recorded(moved))
}
