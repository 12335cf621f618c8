//! The lines of the ledger tail.

use gemj_access::CapabilityKey;
use gemj_model::{ApprovalId, ClauseSet, ConsentKind, DatasetId, FormId, Ground, ObjectId, Ordinal, ParticipantId, SiteId, Timestamp};
use serde_json::{Value, json};

use super::{TailApproval, TailConsent, TailFile, TailMerge, TailSeal, WriteHash};
use crate::approvals::SeenExport;
use crate::consent_ledger::NewConsent;
use crate::merges::{MergeEvent, MergeEventKind, MergeSource};
use crate::objects::ObjectStatus;

/// The kind of the encrypted lines.
const KIND: &str = "ledger-tail-1";

/// One line of the tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Consent(TailConsent),
    Merge(Box<TailMerge>),
    Approval(Box<TailApproval>),
    Exports(Vec<SeenExport>),
    /// All files that are not served. The list replaces every earlier list.
    Files(Vec<TailFile>),
    /// The hashes of consecutive writes, from the write with this number on.
    Writes(u64, Vec<WriteHash>),
    /// The seals that were closed.
    Seals(Vec<TailSeal>),
    Mark(Mark),
}

/// The end of a write to the tail: up to here the tail is complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The epoch of the database.
    pub(super) epoch: u64,
    /// The sequence number of the last row of the audit chain of all writes.
    pub(super) writes: u64,
    /// The hash of this row, in hex.
    pub(super) hash: String,
    /// Whether the tail contains the hashes of all writes up to this one. False for a mark of an earlier version.
    pub(super) is_chained: bool,
}

/// Encrypts a record as the line with this number, without a line break. Absent if the record cannot be written as JSON.
pub(super) fn seal(number: u64, record: &Record, key: &CapabilityKey) -> Option<String> {
    let content = match record {
        Record::Consent(TailConsent { sequence, recorded, event }) => json!({"consent": {
            "sequence": sequence,
            "recorded": recorded.0,
            "participant": event.participant.as_str(),
            "kind": event.kind.as_str(),
            "form": event.form.as_ref().map(FormId::as_str),
            "clauses": event.clauses.joined(),
            "effective": event.effective.0,
            "ground": event.ground.as_str(),
            "corrects": event.corrects,
        }}),
        Record::Merge(merge) => json!({"merge": {
            "sequence": merge.event.sequence,
            "case": merge.event.case,
            "kind": merge.event.kind.as_str(),
            "survivor": merge.survivor.as_str(),
            "prior": merge.prior.as_str(),
            "source": merge.event.source.as_str(),
            "site": merge.event.site.as_ref().map(SiteId::as_str),
            "message": merge.event.message,
            "stated": merge.event.stated.0,
            "recorded": merge.event.recorded.0,
            "actor": merge.event.actor,
            "reason": merge.event.reason,
        }}),
        Record::Approval(state) => json!({"approval": {
            "epoch": state.epoch,
            "document": serde_json::to_value(&state.approval).ok()?,
            "revoked": state.approval.revoked.map(|at| at.0),
            "because": state.because,
        }}),
        Record::Exports(exports) => json!({"exports": exports.iter().map(|seen| json!([
            seen.application.as_str(),
            seen.activity.map(|at| at.0),
            seen.exported.0,
            seen.over,
        ])).collect::<Vec<_>>()}),
        Record::Files(files) => json!({"files": files.iter().map(|file| json!([
            file.id.as_str(),
            file.status.as_str(),
            file.reason,
            file.sha256,
            file.dataset.as_str(),
        ])).collect::<Vec<_>>()}),
        Record::Writes(first, hashes) => json!({"writes": [first, hex::encode(hashes.concat())]}),
        Record::Seals(seals) => json!({"seals": seals.iter().map(|seal| json!([
            seal.write,
            seal.closed.0,
            seal.because,
        ])).collect::<Vec<_>>()}),
        Record::Mark(mark) => json!({"mark": {"epoch": mark.epoch, "writes": mark.writes, "hash": mark.hash, "chained": mark.is_chained}}),
    };
    key.seal_record(KIND, json!([number, content]).to_string().as_bytes())
}

/// Decrypts a line. Returns its number and its record. Absent for a line that this key did not encrypt.
pub(super) fn open(line: &str, key: &CapabilityKey) -> Option<(u64, Record)> {
    let content: Value = serde_json::from_slice(&key.open_record(KIND, line)?).ok()?;
    let (number, record) = (content.get(0)?.as_u64()?, content.get(1)?);
    let record = if let Some(consent) = record.get("consent") {
        Record::Consent(consent_of(consent)?)
    } else if let Some(merge) = record.get("merge") {
        Record::Merge(Box::new(merge_of(merge)?))
    } else if let Some(approval) = record.get("approval") {
        Record::Approval(Box::new(approval_of(approval)?))
    } else if let Some(exports) = record.get("exports") {
        Record::Exports(exports.as_array()?.iter().map(export_of).collect::<Option<_>>()?)
    } else if let Some(files) = record.get("files") {
        // A list of an earlier version lacks members. The tail cannot be replayed then, and its next write contains a new list.
        Record::Files(files.as_array()?.iter().filter_map(file_of).collect())
    } else if let Some(writes) = record.get("writes") {
        Record::Writes(writes.get(0)?.as_u64()?, hashes_of(writes.get(1)?.as_str()?)?)
    } else if let Some(seals) = record.get("seals") {
        Record::Seals(seals.as_array()?.iter().map(seal_of).collect::<Option<_>>()?)
    } else {
        let mark = record.get("mark")?;
        Record::Mark(Mark {
            epoch: mark.get("epoch")?.as_u64()?,
            writes: mark.get("writes")?.as_u64()?,
            hash: mark.get("hash")?.as_str()?.to_owned(),
            is_chained: mark.get("chained").and_then(Value::as_bool).unwrap_or(false),
        })
    };
    Some((number, record))
}

fn consent_of(value: &Value) -> Option<TailConsent> {
    let text = |name: &str| value.get(name)?.as_str();
    let time = |name: &str| value.get(name)?.as_i64().map(Timestamp);
    let form = match value.get("form")? {
        Value::Null => None,
        form => Some(FormId::parse(form.as_str()?).ok()?),
    };
    Some(TailConsent {
        sequence: value.get("sequence")?.as_u64()?,
        recorded: time("recorded")?,
        event: NewConsent {
            participant: ParticipantId::parse(text("participant")?).ok()?,
            kind: ConsentKind::parse(text("kind")?)?,
            form,
            clauses: ClauseSet::parse(text("clauses")?).ok()?,
            effective: time("effective")?,
            ground: Ground::parse(text("ground")?)?,
            corrects: value.get("corrects")?.as_u64(),
        },
    })
}

fn merge_of(value: &Value) -> Option<TailMerge> {
    let text = |name: &str| value.get(name)?.as_str();
    let time = |name: &str| value.get(name)?.as_i64().map(Timestamp);
    let site = match value.get("site")? {
        Value::Null => None,
        site => Some(SiteId::parse(site.as_str()?).ok()?),
    };
    Some(TailMerge {
        survivor: ParticipantId::parse(text("survivor")?).ok()?,
        prior: ParticipantId::parse(text("prior")?).ok()?,
        event: MergeEvent {
            sequence: value.get("sequence")?.as_u64()?,
            case: value.get("case")?.as_u64()?,
            kind: MergeEventKind::parse(text("kind")?)?,
            // The ordinals of a lost database mean nothing in another one, so the tail has the ids.
            survivor: Ordinal(0),
            prior: Ordinal(0),
            source: MergeSource::parse(text("source")?)?,
            site,
            message: text("message")?.to_owned(),
            stated: time("stated")?,
            recorded: time("recorded")?,
            actor: text("actor")?.to_owned(),
            reason: text("reason")?.to_owned(),
        },
    })
}

fn approval_of(value: &Value) -> Option<TailApproval> {
    let mut approval: gemj_model::Approval = serde_json::from_value(value.get("document")?.clone()).ok()?;
    approval.revoked = value.get("revoked")?.as_i64().map(Timestamp);
    Some(TailApproval {
        epoch: value.get("epoch")?.as_u64()?,
        approval,
        because: value.get("because")?.as_str().map(str::to_owned),
    })
}

fn export_of(value: &Value) -> Option<SeenExport> {
    Some(SeenExport {
        application: ApprovalId::parse(value.get(0)?.as_str()?).ok()?,
        activity: value.get(1)?.as_i64().map(Timestamp),
        exported: Timestamp(value.get(2)?.as_i64()?),
        over: value.get(3)?.as_bool()?,
    })
}

fn file_of(value: &Value) -> Option<TailFile> {
    Some(TailFile {
        id: ObjectId::parse(value.get(0)?.as_str()?).ok()?,
        status: ObjectStatus::parse(value.get(1)?.as_str()?)?,
        reason: value.get(2)?.as_str()?.to_owned(),
        sha256: value.get(3)?.as_str()?.to_owned(),
        dataset: DatasetId::parse(value.get(4)?.as_str()?).ok()?,
    })
}

fn hashes_of(text: &str) -> Option<Vec<WriteHash>> {
    let bytes = hex::decode(text).ok()?;
    let (hashes, rest) = bytes.as_chunks();
    rest.is_empty().then(|| hashes.to_vec())
}

fn seal_of(value: &Value) -> Option<TailSeal> {
    Some(TailSeal {
        write: value.get(0)?.as_u64()?,
        closed: Timestamp(value.get(1)?.as_i64()?),
        because: value.get(2)?.as_str()?.to_owned(),
    })
}
