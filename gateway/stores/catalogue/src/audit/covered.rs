//! Hashes that protect rows of other tables: the consent events, merges, approvals and releases that were written together with a row of the chain
//! `operations`.
//!
//! The row of such a write contains a hash over the consent events, the approval or the release that the write stored. Rows that were written
//! before this hash existed do not contain one, so their data is not protected. Every later row of such a write contains the hash, and any
//! removal or change of the hash breaks the chain.

use gemj_model::{Approval, Assembly, ConsentEvent, DatasetId, FormId, ReleaseId, SiteId};
use sha2::{Digest, Sha256};

use crate::merges::MergeEvent;
use crate::releases::RecordedRelease;

/// Adds a field to a hash, after the field's length. Therefore two different values never have the same encoding.
fn field(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

fn begun(what: &str) -> Sha256 {
    let mut hash = Sha256::new();
    field(&mut hash, what.as_bytes());
    hash
}

/// SHA-256 over consent events in the order of their sequence numbers. Absent for an empty list.
pub(crate) fn of_events(events: &[ConsentEvent]) -> Option<Vec<u8>> {
    if events.is_empty() {
        return None;
    }
    let mut hash = begun("gemj-consent-events-1");
    for event in events {
        field(&mut hash, &event.sequence.to_be_bytes());
        field(&mut hash, &event.participant.0.to_be_bytes());
        field(&mut hash, event.kind.as_str().as_bytes());
        field(&mut hash, event.form.as_ref().map(FormId::as_str).unwrap_or_default().as_bytes());
        field(&mut hash, event.clauses.joined().as_bytes());
        field(&mut hash, &event.effective.0.to_be_bytes());
        field(&mut hash, &event.recorded.0.to_be_bytes());
        field(&mut hash, event.ground.as_str().as_bytes());
        field(&mut hash, &event.corrects.unwrap_or(0).to_be_bytes());
    }
    Some(hash.finalize().to_vec())
}

/// SHA-256 over rows of the ledger of merges in the order of their sequence numbers. Absent for an empty list.
pub(crate) fn of_merges(events: &[MergeEvent]) -> Option<Vec<u8>> {
    if events.is_empty() {
        return None;
    }
    let mut hash = begun("gemj-merge-events-1");
    for event in events {
        for number in [event.sequence, event.case] {
            field(&mut hash, &number.to_be_bytes());
        }
        for participant in [event.survivor, event.prior] {
            field(&mut hash, &participant.0.to_be_bytes());
        }
        let site = event.site.as_ref().map(SiteId::as_str).unwrap_or_default();
        for text in [
            event.kind.as_str(),
            event.source.as_str(),
            site,
            &event.message,
            &event.actor,
            &event.reason,
        ] {
            field(&mut hash, text.as_bytes());
        }
        for time in [event.stated, event.recorded] {
            field(&mut hash, &time.0.to_be_bytes());
        }
    }
    Some(hash.finalize().to_vec())
}

/// SHA-256 over the current content of an approval and the reason of its revocation.
pub(crate) fn of_approval(approval: &Approval, revoked_because: Option<&str>) -> Vec<u8> {
    // The hashed fields are listed one by one. A field that a later version adds to the type therefore does not change the hash.
    let mut hash = begun("gemj-approval-1");
    for text in [&approval.visa_value, &approval.project, &approval.applicant, &approval.organisation] {
        field(&mut hash, text.as_bytes());
    }
    field(&mut hash, approval.id.as_str().as_bytes());
    field(&mut hash, approval.delivery.as_str().as_bytes());
    field(&mut hash, approval.country.as_deref().unwrap_or_default().as_bytes());
    field(
        &mut hash,
        approval.release.as_ref().map(ReleaseId::as_str).unwrap_or_default().as_bytes(),
    );
    field(&mut hash, &[u8::from(approval.commercial)]);
    for list in [&approval.users, &approval.diseases, &approval.meets] {
        field(&mut hash, list.join("\n").as_bytes());
    }
    let datasets: Vec<_> = approval.datasets.iter().map(DatasetId::as_str).collect();
    field(&mut hash, datasets.join("\n").as_bytes());
    let purposes: Vec<_> = approval.purposes.iter().map(|p| p.as_str()).collect();
    field(&mut hash, purposes.join("\n").as_bytes());
    let budget = approval.region_budget_bp.map(u64::to_be_bytes);
    field(&mut hash, budget.as_ref().map_or(&[], |bytes| &bytes[..]));
    for time in [Some(approval.not_after), approval.not_before, approval.revoked] {
        let time = time.map(|t| t.0.to_be_bytes());
        field(&mut hash, time.as_ref().map_or(&[], |bytes| &bytes[..]));
    }
    field(&mut hash, revoked_because.unwrap_or_default().as_bytes());
    // Regions are hashed only if they are present, so that approvals recorded before regions existed keep their hashes.
    for region in approval.regions.iter().flatten() {
        field(&mut hash, region.assembly.map_or("", Assembly::as_str).as_bytes());
        field(&mut hash, region.contig.as_str().as_bytes());
        field(&mut hash, &region.start.0.to_be_bytes());
        field(&mut hash, &region.end.0.to_be_bytes());
    }
    hash.finalize().to_vec()
}

/// SHA-256 over a release: its dataset, participants and files, its time of creation and its citation.
pub(crate) fn of_release(release: &RecordedRelease) -> Vec<u8> {
    let summary = &release.summary;
    let mut hash = begun("gemj-release-1");
    field(&mut hash, summary.id.as_str().as_bytes());
    field(&mut hash, summary.dataset.as_str().as_bytes());
    field(&mut hash, &summary.created.0.to_be_bytes());
    field(&mut hash, summary.citation.as_bytes());
    field(&mut hash, summary.manifest_sha256.as_bytes());
    field(&mut hash, &summary.participant_count.to_be_bytes());
    field(&mut hash, &summary.object_count.to_be_bytes());
    field(&mut hash, release.manifest.as_bytes());
    for ordinal in &release.participants {
        hash.update(ordinal.to_be_bytes());
    }
    for object in &release.objects {
        field(&mut hash, object.id.as_str().as_bytes());
        field(&mut hash, object.format.as_str().as_bytes());
        field(&mut hash, &object.size_bytes.to_be_bytes());
        field(&mut hash, object.sha256.as_bytes());
        field(&mut hash, &object.people_count.to_be_bytes());
    }
    hash.finalize().to_vec()
}
