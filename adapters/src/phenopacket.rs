//! Ingests GA4GH Phenopackets v2 (profile `phenopacket`). One packet is one unit.

mod map;
mod validate;
mod zygosity;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ga4gh_phenopackets::{MAX_PACKET_BYTES, Phenopacket, normalise};
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError};
use gemj_model::{DatasetId, FactSink, Linkage, LinkageUnavailable, SiteId};
use sha2::{Digest, Sha256};

use crate::accounting::{Accounting, FactCounts, IngestError};
use crate::decode::{Decoded, Limits, decode};

pub use validate::SCHEMA;

/// The profile's name in the source of every fact.
pub const PROFILE: &str = "phenopacket";
/// The version of the mapping in the source of every fact. It changes whenever the same packet gives different facts.
pub const MAPPING_VERSION: &str = "phenopacket-5";

const LIMITS: Limits = Limits {
    unit_bytes: MAX_PACKET_BYTES as u64,
    archive_bytes: 64 << 30,
    folder_depth: 64,
};

/// The dataset and the site to which the units of a run belong.
#[derive(Clone, Debug)]
pub struct Target {
    /// The dataset to which the units are added.
    pub dataset: DatasetId,
    /// The institution that sent the units; `None` if not known.
    pub site: Option<SiteId>,
}

/// The numbers by which an institution identifies its participants. A packet's id is such a number.
#[derive(Clone, Copy)]
pub struct PacketNumbers<'l> {
    /// The namespace of the institution's packet ids, as [`packet_namespace`] makes it.
    pub namespace: &'l str,
    /// The linkage from numbers to participants.
    pub linkage: &'l dyn Linkage,
}

/// The namespace of the packet ids of an institution. Two institutions never share a namespace. If an institution has several systems with
/// their own numbers, `numbering` distinguishes the systems. `None` if `numbering` is empty or contains a `/`, because two namespaces could
/// then have the same text.
#[must_use]
pub fn packet_namespace(site: &SiteId, numbering: &str) -> Option<String> {
    (!numbering.is_empty() && !numbering.contains('/')).then(|| format!("{}/{numbering}", site.as_str()))
}

/// Why no record could be made from a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The packet is refused.
    Refused(Refusal),
    /// The lookup of the packet's participant failed.
    LinkageUnavailable,
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The record that was made from a packet, with counts of the content that the record omits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedPacket {
    /// The record to commit.
    pub record: CaseRecord,
    /// The number of variants that state no countable allele.
    pub variants_not_counted: u64,
    /// The number of members that the specification defines and the adapter does not read.
    pub members_unread: u64,
    /// The number of members that the specification does not define.
    pub members_unknown: u64,
}

/// Why a packet is refused. The reason and the detail never repeat a value of the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The short stable code of the reason.
    pub reason_code: &'static str,
    /// The places of the faults and the expected forms, in words.
    pub detail: String,
}

/// Reads every packet under `paths` (files, folders, `.tar`, `.tar.gz`, `.tgz`) into `sink`.
///
/// * A file that the operator named is one packet, whatever its name, unless the name is that of an archive. In folders and archives,
///   packets are the `.json` files.
/// * A packet's `id` is a number that the institution uses for a person. `numbers` link this number to a participant. The function never
///   creates a participant. A packet whose id is linked to no participant is quarantined as `unknown-number`.
/// * A later packet with the same id replaces the earlier packet. It never replaces a packet of another institution or id.
/// * If one run contains two packets with one `id` and different content, the second packet is quarantined, because the right one cannot be
///   known.
///
/// # Errors
/// [`IngestError::Store`] if the sink or the linkage failed. Every other fault puts the packet in quarantine, and the run continues.
pub fn ingest(paths: &[PathBuf], target: &Target, numbers: PacketNumbers<'_>, sink: &mut dyn FactSink) -> Result<Accounting, IngestError> {
    ingest_with(paths, target, numbers, sink, LIMITS)
}

fn ingest_with(
    paths: &[PathBuf],
    target: &Target,
    numbers: PacketNumbers<'_>,
    sink: &mut dyn FactSink,
    limits: Limits,
) -> Result<Accounting, IngestError> {
    let mut run = Run {
        target,
        numbers,
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
/// [`Unread`] states why no record could be made.
pub fn read_packet(bytes: &[u8], target: &Target, numbers: PacketNumbers<'_>) -> Result<MappedPacket, Unread> {
    let fault = |error: ga4gh_phenopackets::PhenopacketError| Refusal {
        reason_code: error.code(),
        detail: error.to_string(),
    };
    let document = normalise(bytes).map_err(fault)?;
    let packet = Phenopacket::from_document(&document).map_err(fault)?;
    validate::validate(&document)?;
    let participant = match numbers.linkage.participant(numbers.namespace, &packet.id) {
        Err(LinkageUnavailable) => return Err(Unread::LinkageUnavailable),
        Ok(Some(participant)) => participant,
        Ok(None) => {
            return Err(Unread::Refused(Refusal {
                reason_code: "unknown-number",
                detail: "/id is linked to no participant in the namespace of the institution's packets".to_owned(),
            }));
        }
    };
    let source = FactSource {
        profile: PROFILE.to_owned(),
        unit: unit_of(numbers.namespace, &packet.id),
        version: String::new(),
        sha256: hex::encode(Sha256::digest(bytes)),
        mapping_version: MAPPING_VERSION.to_owned(),
    };
    Ok(map::map(&packet, participant, target, source).map_err(Refusal::from)?)
}

/// The name of the unit of a packet. It is a digest, because the packet's id identifies a person.
fn unit_of(namespace: &str, id: &str) -> String {
    let mut digest = Sha256::new();
    for part in [PROFILE, namespace, id] {
        digest.update(format!("{}:{part}", part.len()));
    }
    hex::encode(digest.finalize())
}

struct Run<'r> {
    target: &'r Target,
    numbers: PacketNumbers<'r>,
    sink: &'r mut dyn FactSink,
    accounting: Accounting,
    /// For each unit of this run, the digest of the packet that was committed for it.
    seen: HashMap<String, String>,
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
            Decoded::Unit(bytes) => match read_packet(&bytes, self.target, self.numbers) {
                Ok(mapped) => return self.commit(unit, mapped),
                Err(Unread::LinkageUnavailable) => {
                    self.failed_at = Some(unit);
                    return ControlFlow::Break(());
                }
                Err(Unread::Refused(refusal)) => self.accounting.quarantine(unit, refusal.reason_code, refusal.detail),
            },
        }
        ControlFlow::Continue(())
    }

    fn commit(&mut self, unit: String, mapped: MappedPacket) -> ControlFlow<()> {
        let (name, digest) = (mapped.record.source.unit.clone(), mapped.record.source.sha256.clone());
        if self.seen.get(&name).is_some_and(|earlier| *earlier != digest) {
            let detail = "another packet of this run has the same id but different content".to_owned();
            self.accounting.quarantine(unit, "same-id", detail);
            return ControlFlow::Continue(());
        }
        let facts = FactCounts::of(&mapped.record.facts);
        let carriers = mapped.record.carriers.len() as u64;
        match self.sink.commit(mapped.record) {
            Ok(Committed::New | Committed::Replaced) => {
                let accounting = &mut self.accounting;
                accounting.received += 1;
                accounting.committed += 1;
                accounting.add_facts(facts);
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
        self.seen.insert(name, digest);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests;
