//! Ingests GA4GH Phenopackets v2 (profile `phenopacket`). One packet is one unit.

mod map;
mod member_names;
mod members;
mod validate;
mod zygosity;

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ga4gh_phenopackets::{MAX_PACKET_BYTES, Phenopacket, normalise};
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError};
use gemj_model::{FactSink, Linkage, LinkageUnavailable};
use sha2::{Digest, Sha256};

use crate::accounting::{Accounting, FactCounts, IngestError};
use crate::decode::{Decoded, Limits, decode, is_utf16, utf16_text};
use crate::target::Target;
use crate::unit::{LeftOutRule, Repair};

pub use validate::SCHEMA;

/// The profile's name in the source of every fact.
pub const PROFILE: &str = "phenopacket";
/// The version of the mapping in the source of every fact. It changes whenever the same packet gives different facts.
pub const MAPPING_VERSION: &str = "phenopacket-6";

const LIMITS: Limits = Limits {
    unit_bytes: MAX_PACKET_BYTES as u64,
    archive_bytes: 64 << 30,
    folder_depth: 64,
};

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
    /// How often each member of the packet is not stored, by path.
    pub not_stored: BTreeMap<String, u64>,
    /// The repairs of the packet's bytes.
    pub repairs: Vec<Repair>,
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
/// * A packet's `id` is a number that the target's site uses for a person in the target's namespace. `linkage` links this number to a
///   participant. The function never creates a participant. A packet whose id is linked to no participant is quarantined as
///   `unknown-number`.
/// * A later packet with the same id replaces the earlier packet. It never replaces a packet of another institution or id.
/// * If one run contains two packets with one `id` and different content, the second packet is quarantined, because the right one cannot be
///   known.
///
/// # Errors
/// [`IngestError::Store`] if the sink or the linkage failed. Every other fault puts the packet in quarantine, and the run continues.
pub fn ingest(paths: &[PathBuf], target: &Target, linkage: &dyn Linkage, sink: &mut dyn FactSink) -> Result<Accounting, IngestError> {
    ingest_with(paths, target, linkage, sink, LIMITS)
}

fn ingest_with(
    paths: &[PathBuf],
    target: &Target,
    linkage: &dyn Linkage,
    sink: &mut dyn FactSink,
    limits: Limits,
) -> Result<Accounting, IngestError> {
    let mut run = Run {
        target,
        linkage,
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
pub fn read_packet(bytes: &[u8], target: &Target, linkage: &dyn Linkage) -> Result<MappedPacket, Unread> {
    let fault = |error: ga4gh_phenopackets::PhenopacketError| Refusal {
        reason_code: error.code(),
        detail: error.to_string(),
    };
    let wide = is_utf16(bytes).then(|| utf16_text(bytes)).flatten();
    let repairs = match &wide {
        Some(_) => vec![Repair::Utf16],
        None if bytes.starts_with(b"\xef\xbb\xbf") => vec![Repair::ByteOrderMark],
        None => Vec::new(),
    };
    let document = normalise(wide.as_ref().map_or(bytes, String::as_bytes)).map_err(fault)?;
    let packet = Phenopacket::from_document(&document).map_err(fault)?;
    validate::validate(&document)?;
    let participant = match linkage.participant(target.number(&packet.id)) {
        Err(LinkageUnavailable) => return Err(Unread::LinkageUnavailable),
        Ok(Some(participant)) => participant,
        Ok(None) => {
            return Err(Unread::Refused(Refusal {
                reason_code: "unknown-number",
                detail: "/id is linked to no participant in the namespace of the site".to_owned(),
            }));
        }
    };
    let source = FactSource {
        profile: PROFILE.to_owned(),
        unit: target.unit(PROFILE, &packet.id),
        earlier_unit: Some(earlier_unit(target, &packet.id)),
        version: target.version("").to_owned(),
        sha256: hex::encode(Sha256::digest(bytes)),
        mapping_version: MAPPING_VERSION.to_owned(),
    };
    let mapped = map::map(&document, &packet, participant, target, source).map_err(Refusal::from)?;
    Ok(MappedPacket { repairs, ..mapped })
}

/// The name that earlier versions of the gateway gave to the unit of a packet. They joined site and namespace with a `/`.
fn earlier_unit(target: &Target, id: &str) -> String {
    let namespace = format!("{}/{}", target.site().as_str(), target.namespace());
    Target::earlier_unit(PROFILE, &namespace, id)
}

struct Run<'r> {
    target: &'r Target,
    linkage: &'r dyn Linkage,
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
        if !matches!(decoded, Decoded::Ignored) {
            self.sink.received(&unit);
        }
        match decoded {
            Decoded::Ignored => self.accounting.ignored_files += 1,
            Decoded::Refused(fault) => self.accounting.quarantine(unit, fault.code(), fault.to_string()),
            Decoded::Unit(bytes) => match read_packet(&bytes, self.target, self.linkage) {
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
                for (path, count) in &mapped.not_stored {
                    accounting.leave_out(LeftOutRule::PhenopacketMemberNotStored, path, *count);
                }
                for repair in mapped.repairs {
                    accounting.repair(repair, 1);
                }
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
