//! Profile `phenopacket`: GA4GH Phenopackets v2, one packet per unit.

mod map;
mod validate;
mod zygosity;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ga4gh_phenopackets::{MAX_PACKET_BYTES, Phenopacket, normalise};
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError};
use gemj_model::{DatasetId, FactSink, FactStatus, ParticipantId, SiteId};
use sha2::{Digest, Sha256};

use crate::accounting::{Accounting, IngestError};
use crate::decode::{Decoded, Limits, decode};

pub use validate::SCHEMA;

/// The profile's name, as it stands in every fact's source.
pub const PROFILE: &str = "phenopacket";
/// The version of the mapping, as it stands in every fact's source; changes whenever the same packet would give other facts.
pub const MAPPING_VERSION: &str = "phenopacket-2";

const LIMITS: Limits = Limits {
    unit_bytes: MAX_PACKET_BYTES as u64,
    archive_bytes: 64 << 30,
    folder_depth: 64,
};

/// Where the packets of a run go.
#[derive(Clone, Debug)]
pub struct Target {
    /// The dataset.
    pub dataset: DatasetId,
    /// The institution that gave them; absent where not known.
    pub site: Option<SiteId>,
}

/// A packet's content in the model's terms, with what of it is not in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedPacket {
    /// What is committed.
    pub record: CaseRecord,
    /// Variants that state no allele that can be counted.
    pub variants_not_counted: u64,
    /// Members that the specification has and the adapter does not read.
    pub members_unread: u64,
    /// Members that the specification does not have.
    pub members_unknown: u64,
}

/// Why a packet is refused. Neither part repeats a value of the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A short stable code.
    pub reason_code: &'static str,
    /// Places and expectations.
    pub detail: String,
}

/// Reads every packet under `paths` (files, folders, `.tar`, `.tar.gz`, `.tgz`) into `sink`.
///
/// A file named by itself is one packet whatever its name; in folders and archives, packets are the `.json` files. The participant is the
/// packet's `id` (a subject's id is only unique within its publication). A second packet of one `id` with other content in the same run is
/// quarantined: which of the two was meant cannot be known.
///
/// # Errors
/// [`IngestError::Store`] when the sink failed. Everything else goes to quarantine and the run goes on.
pub fn ingest(paths: &[PathBuf], target: &Target, sink: &mut dyn FactSink) -> Result<Accounting, IngestError> {
    ingest_with(paths, target, sink, LIMITS)
}

fn ingest_with(paths: &[PathBuf], target: &Target, sink: &mut dyn FactSink, limits: Limits) -> Result<Accounting, IngestError> {
    let mut run = Run {
        target,
        sink,
        accounting: Accounting::default(),
        seen: HashMap::new(),
        failed_at: None,
    };
    for path in paths {
        if run.path(path, limits).is_break() {
            break;
        }
    }
    match run.failed_at {
        Some(unit) => Err(IngestError::Store {
            unit,
            accounting: Box::new(run.accounting),
        }),
        None => Ok(run.accounting),
    }
}

/// Decodes, validates and maps one packet.
///
/// # Errors
/// See [`Refusal`].
pub fn read_packet(bytes: &[u8], target: &Target) -> Result<MappedPacket, Refusal> {
    let fault = |error: ga4gh_phenopackets::PhenopacketError| Refusal {
        reason_code: error.code(),
        detail: error.to_string(),
    };
    let document = normalise(bytes).map_err(fault)?;
    let packet = Phenopacket::from_document(&document).map_err(fault)?;
    validate::validate(&document)?;
    let source = FactSource {
        profile: PROFILE.to_owned(),
        unit: String::new(),
        version: String::new(),
        sha256: hex(&Sha256::digest(bytes)),
        mapping_version: MAPPING_VERSION.to_owned(),
    };
    map::map(&packet, target, source).map_err(Refusal::from)
}

struct Run<'r> {
    target: &'r Target,
    sink: &'r mut dyn FactSink,
    accounting: Accounting,
    /// Digest of the packet that each participant of this run was taken from.
    seen: HashMap<ParticipantId, String>,
    failed_at: Option<String>,
}

impl Run<'_> {
    fn path(&mut self, path: &Path, limits: Limits) -> ControlFlow<()> {
        decode(path, limits, &mut |unit, decoded| self.decoded(unit, decoded))
    }

    fn decoded(&mut self, unit: String, decoded: Decoded) -> ControlFlow<()> {
        match decoded {
            Decoded::Ignored => self.accounting.ignored_files += 1,
            Decoded::Refused(fault) => self.accounting.quarantine(unit, fault.code(), fault.to_string()),
            Decoded::Unit(bytes) => match read_packet(&bytes, self.target) {
                Ok(mapped) => return self.commit(unit, mapped),
                Err(refusal) => self.accounting.quarantine(unit, refusal.reason_code, refusal.detail),
            },
        }
        ControlFlow::Continue(())
    }

    fn commit(&mut self, unit: String, mapped: MappedPacket) -> ControlFlow<()> {
        let (participant, digest) = (mapped.record.participant.clone(), mapped.record.source.sha256.clone());
        if self.seen.get(&participant).is_some_and(|earlier| *earlier != digest) {
            let detail = "another packet of this run has the same id and other content".to_owned();
            self.accounting.quarantine(unit, "same-id", detail);
            return ControlFlow::Continue(());
        }
        let status = |status| mapped.record.facts.iter().filter(|f| f.status == status).count() as u64;
        let (present, excluded) = (status(FactStatus::Present), status(FactStatus::Excluded));
        let carriers = mapped.record.carriers.len() as u64;
        match self.sink.commit(mapped.record) {
            Ok(Committed::New | Committed::Replaced) => {
                let accounting = &mut self.accounting;
                accounting.received += 1;
                accounting.committed += 1;
                accounting.facts_present += present;
                accounting.facts_excluded += excluded;
                accounting.carriers += carriers;
                accounting.variants_not_counted += mapped.variants_not_counted;
                accounting.members_unread += mapped.members_unread;
                accounting.members_unknown += mapped.members_unknown;
            }
            Ok(Committed::Duplicate | Committed::Superseded) => {
                self.accounting.received += 1;
                self.accounting.duplicate += 1;
            }
            Err(SinkError::Conflict { field }) => {
                let detail = format!("contradicts what is stored: {field}");
                self.accounting.quarantine(unit, "conflict", detail);
                return ControlFlow::Continue(());
            }
            Err(SinkError::Store) => {
                self.failed_at = Some(unit);
                return ControlFlow::Break(());
            }
        }
        self.seen.insert(participant, digest);
        ControlFlow::Continue(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
