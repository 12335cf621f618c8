//! Merges that an institution states with its own numbers: a message or an event states that two numbers name one person.
//!
//! A statement opens a case for a person's review. It never creates a participant, and never joins two participants by itself.

use gemj_access::{CapabilityKey, Mandate, Upkeep};
use gemj_catalogue::{Catalogue, CatalogueError, MergeSource, NewMerge, OpenedMerge};
use gemj_model::{ParticipantId, SiteId, SiteNumber, Timestamp};
pub use gemj_model::{StatedMerge, StatedMergeOutcome};

use crate::linkage::{keyed_digest, number_digests};

/// The institution and the list of numbers whose merge is stated, and the way in which the statement came.
pub struct MergeOrigin<'o> {
    /// The institution. Both numbers are its numbers.
    pub site: &'o SiteId,
    /// The namespace of both numbers.
    pub namespace: &'o str,
    /// The kind of statement: a message or a portal event, never the operator.
    pub source: MergeSource,
}

/// Records a merge that an institution states with its own numbers (action `MergeParticipants`; `numbers` is the key of the job `ResolveNumbers`).
///
/// # Errors
/// The catalogue does not answer, or a number leads to two participants. Nothing is recorded then.
pub async fn state_merge(
    catalogue: &Catalogue,
    mandate: &Mandate,
    numbers: Upkeep,
    key: &CapabilityKey,
    origin: &MergeOrigin<'_>,
    stated: &StatedMerge,
    recorded: Timestamp,
) -> Result<StatedMergeOutcome, CatalogueError> {
    let Some(survivor) = participant_of(catalogue, numbers, key, origin, &stated.survivor).await? else {
        return Ok(StatedMergeOutcome::UnknownSurvivor);
    };
    let Some(prior) = participant_of(catalogue, numbers, key, origin, &stated.prior).await? else {
        return Ok(StatedMergeOutcome::UnknownPrior);
    };
    // The numbers are part of the digest, because some senders number their messages from 1 every day.
    let time = stated.stated.0.to_string();
    let parts = [
        origin.site.as_str(),
        origin.namespace,
        &stated.message,
        &time,
        &stated.survivor,
        &stated.prior,
    ];
    let new = NewMerge {
        survivor,
        prior,
        source: origin.source,
        site: Some(origin.site.clone()),
        message: keyed_digest(key, "merge-message-1", &parts),
        stated: stated.stated,
        reason: String::new(),
    };
    Ok(match catalogue.open_merge(mandate, &new, recorded).await? {
        OpenedMerge::Opened(case) => StatedMergeOutcome::Opened(case),
        OpenedMerge::AlreadyOpen(case) | OpenedMerge::AlreadyRecorded(case) => StatedMergeOutcome::Duplicate(case),
        OpenedMerge::OnePerson => StatedMergeOutcome::OnePerson,
        OpenedMerge::OtherSite => StatedMergeOutcome::OtherSite,
    })
}

async fn participant_of(
    catalogue: &Catalogue,
    numbers: Upkeep,
    key: &CapabilityKey,
    origin: &MergeOrigin<'_>,
    number: &str,
) -> Result<Option<ParticipantId>, CatalogueError> {
    let number = SiteNumber {
        site: origin.site,
        namespace: origin.namespace,
        number,
    };
    let digests = number_digests(key, number);
    catalogue.linked_participant(numbers, origin.site, origin.namespace, &digests).await
}
