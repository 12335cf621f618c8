//! Ingests GA4GH Phenopackets v2 (profile `phenopacket`) in JSON, YAML and protobuf. One packet is one unit, in whatever form or file it came.

mod content;
mod forms;
mod hashing;
mod map;
mod member_names;
mod members;
mod validate;
mod values;
mod zygosity;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, BufRead};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ga4gh_phenopackets::{Document, MAX_PACKET_BYTES, Phenopacket, PhenopacketError};
use gemj_model::fact::{CaseRecord, Committed, FactSource, PacketContent, SinkError};
use gemj_model::{FactSink, Linkage, LinkageUnavailable};
use sha2::{Digest, Sha256};

use crate::accounting::{Accounting, FactCounts, IngestError, content_mark, place_mark};
use crate::decode::{Found, Limits, decode};
use crate::former_person;
use crate::stored_conflict::conflict;
use crate::target::{Half, Target, half};
use crate::unit::{LeftOutRule, Repair};
use forms::Item;
use hashing::Hashing;

pub use content::exported;
pub use validate::SCHEMA;
pub use values::values;

/// Whether the specification has a member with this name.
pub(crate) fn is_member(name: &str) -> bool {
    member_names::NAMES.binary_search(&name).is_ok()
}

/// The profile's name in the source of every fact.
pub const PROFILE: &str = "phenopacket";
/// The version of the mapping in the source of every fact. It changes whenever the same packet gives different facts.
pub const MAPPING_VERSION: &str = "phenopacket-8";

const LIMITS: Limits = Limits {
    unit_bytes: MAX_PACKET_BYTES as u64,
    archive_bytes: 64 << 30,
    folder_depth: 64,
    entries: 1_000_000,
};

/// The maximum number of units of one file that are refused. The rest of the file is then not read, so that the list of refused units cannot grow
/// without limit.
const MAX_REFUSED: usize = 100_000;

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

impl From<PhenopacketError> for Unread {
    fn from(error: PhenopacketError) -> Self {
        Self::Refused(Refusal {
            reason_code: error.code(),
            detail: error.to_string(),
        })
    }
}

/// The record that was made from a packet, with counts of the content that the record omits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedPacket {
    /// The record to commit.
    pub record: CaseRecord,
    /// The content of the packet that is kept for its export, as JSON. It names no person.
    pub content: Vec<u8>,
    /// The number of variants that state no countable allele.
    pub variants_not_counted: u64,
    /// The number of members that the specification defines and the adapter does not read.
    pub members_unread: u64,
    /// The number of members that the specification does not define.
    pub members_unknown: u64,
    /// How often each member of the packet is not stored, by path.
    pub not_stored: BTreeMap<String, u64>,
    /// The findings that are stored with an allele: the position of the interpretation, and of the finding in it.
    findings: BTreeSet<(usize, usize)>,
    /// The repairs of the packet's file. Empty if the packet is one of several in a run, because the run counts the repairs of each file once.
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

/// Reads every packet under `paths` (files, folders, `.tar`, `.tar.gz`, `.tgz`, `.gz`, `.zip`) into `sink`.
///
/// * A file that the operator named is read whatever its name. In folders and archives, files with the extension of JSON, YAML or protobuf are
///   read. The content decides the form.
/// * A file can contain several packets, a `Family` or a `Cohort`. Each packet is a unit of its own, and the faults of one do not concern another.
/// * A packet's `id` is a number that the target's site uses for a person in the target's namespace. `linkage` links this number to a
///   participant. The function never creates a participant. A packet whose id is linked to no participant is quarantined as
///   `unknown-number`.
/// * A later packet with the same id replaces the earlier packet. It never replaces a packet of another institution or id. A packet with the same
///   content as the earlier packet is a duplicate, also in another form.
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

/// Decodes, validates and maps the one packet in a file, in any form.
///
/// # Errors
/// [`Unread`] states why no record could be made. A file with no packet or with several packets is refused.
pub fn read_packet(mut bytes: &[u8], target: &Target, linkage: &dyn Linkage) -> Result<MappedPacket, Unread> {
    let mut repairs = Vec::new();
    let mut found = Vec::new();
    let read = forms::read(&mut bytes, "", LIMITS.unit_bytes, &mut |item| {
        match item {
            Item::Document { read, .. } | Item::Around { read, .. } => found.push(read),
            Item::Rest(refusal) => found.push(Err(refusal)),
            Item::Repaired(repair) => repairs.push(repair),
        }
        // Two items are enough to know that there are several.
        if found.len() > 1 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let several = || Refusal {
        reason_code: "not-one-packet",
        detail: "the file contains no packet, or several".to_owned(),
    };
    let document = match (read, found.pop()) {
        (Ok(_), Some(read)) if found.is_empty() => read?,
        _ => return Err(several().into()),
    };
    let mut packets = document.contents()?.packets;
    let packet = packets.pop().filter(|_| packets.is_empty()).ok_or_else(several)?;
    let mapped = read_document(&packet.document, target, linkage)?;
    Ok(MappedPacket { repairs, ..mapped })
}

/// Validates and maps one packet.
fn read_document(document: &Document, target: &Target, linkage: &dyn Linkage) -> Result<MappedPacket, Unread> {
    let packet = Phenopacket::from_document(document)?;
    validate::validate(document)?;
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
    let is_former = former_person::is_possible(linkage, target.number(&packet.id), target.version(""));
    if is_former.map_err(|LinkageUnavailable| Unread::LinkageUnavailable)? {
        return Err(Unread::Refused(Refusal {
            reason_code: former_person::BEFORE_LINK,
            detail: former_person::DETAIL.to_owned(),
        }));
    }
    let source = FactSource {
        site: Some(target.site().clone()),
        profile: PROFILE.to_owned(),
        unit: target.unit(PROFILE, &packet.id),
        earlier_unit: Some(earlier_unit(target, &packet.id)),
        version: target.version("").to_owned(),
        // The digest of the content and not of the file, so that the same packet in another form or file is a duplicate.
        sha256: hex::encode(Sha256::digest(document.to_canonical_bytes())),
        mapping_version: MAPPING_VERSION.to_owned(),
    };
    Ok(map::map(document, &packet, participant, target, source).map_err(Refusal::from)?)
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
    /// For each unit of this run, the digest of the packet that was committed for it. Both are the first half of a SHA-256, because a run can have
    /// millions of units.
    seen: HashMap<Half, Half>,
    failed_at: Option<String>,
}

impl Run<'_> {
    fn path(&mut self, path: &Path, limits: Limits) -> ControlFlow<()> {
        decode(path, limits, &mut |name, found| self.found(name, found, limits))
    }

    fn found(&mut self, name: &str, found: Found<'_>, limits: Limits) -> io::Result<ControlFlow<()>> {
        match found {
            Found::Ignored => self.accounting.ignored_files += 1,
            Found::Refused(fault) => {
                self.accounting
                    .quarantine_marked(place_mark(name), name.to_owned(), fault.code(), fault.to_string());
            }
            Found::File(reader) => return self.file(name, reader, limits),
        }
        Ok(ControlFlow::Continue(()))
    }

    fn file(&mut self, name: &str, reader: &mut dyn BufRead, limits: Limits) -> io::Result<ControlFlow<()>> {
        let before = self.accounting.quarantined.len();
        let mut is_given_up = false;
        let (mut reader, seen) = Hashing::new(reader);
        let reader: &mut dyn BufRead = &mut reader;
        let flow = forms::read(reader, name, limits.unit_bytes, &mut |item| {
            self.item(name, item, &|| content_mark(&seen.digest()))?;
            is_given_up = self.accounting.quarantined.len() - before >= MAX_REFUSED;
            if is_given_up {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        if is_given_up {
            let detail = format!("{MAX_REFUSED} units of the file were refused; the rest of the file was not read");
            self.accounting
                .quarantine_marked(place_mark(name), name.to_owned(), "too-many-refused", detail);
            // The rest of an entry is read all the same, because an archive can be damaged there.
            io::copy(reader, &mut io::sink())?;
            return Ok(ControlFlow::Continue(()));
        }
        Ok(flow)
    }

    /// Takes one item of a file. `seen` is the mark of the content of the file up to the end of the item.
    fn item(&mut self, file: &str, item: Item, seen: &dyn Fn() -> String) -> ControlFlow<()> {
        let (at, inside, contents) = match item {
            Item::Repaired(repair) => {
                self.accounting.repair(repair, 1);
                return ControlFlow::Continue(());
            }
            Item::Rest(refusal) => (None, String::new(), Err(Unread::from(refusal))),
            Item::Document { at, inside, read } => (at, inside, read.map_err(Unread::from).and_then(|document| Ok(document.contents()?))),
            Item::Around { at, read } => {
                let contents = read.map_err(Unread::from).and_then(|document| Ok(document.contents_around()?));
                (at, String::new(), contents)
            }
        };
        let unit = at.map_or_else(|| format!("{file}{inside}"), |at| format!("{file}[{at}]{inside}"));
        let contents = match contents {
            Ok(contents) => contents,
            Err(unread) => return self.unread(Err(seen()), unit, unread),
        };
        for rest in contents.rest {
            for (path, count) in members::all(&rest) {
                self.accounting.leave_out(LeftOutRule::PhenopacketMemberNotStored, &path, count);
            }
        }
        for packet in contents.packets {
            let unit = format!("{unit}{}", packet.place);
            let id = packet.document.as_value().get("id").and_then(serde_json::Value::as_str);
            let name = match id.filter(|id| !id.is_empty()) {
                Some(id) => Ok(self.target.unit(PROFILE, id)),
                // A packet without an id is recognised by its content.
                None => Err(content_mark(&hex::encode(Sha256::digest(packet.document.to_canonical_bytes())))),
            };
            match read_document(&packet.document, self.target, self.linkage) {
                Ok(mapped) => {
                    // An earlier run may not have been able to read the same content, or the file at all.
                    self.sink.received(&seen());
                    self.sink.received(&place_mark(file));
                    self.commit(unit, mapped)?;
                }
                Err(unread) => self.unread(name, unit, unread)?,
            }
        }
        ControlFlow::Continue(())
    }

    /// Refuses a unit that has a name or, if no name could be read, a mark.
    fn unread(&mut self, name: Result<String, String>, unit: String, unread: Unread) -> ControlFlow<()> {
        match unread {
            Unread::LinkageUnavailable => {
                self.failed_at = Some(unit);
                ControlFlow::Break(())
            }
            Unread::Refused(refusal) => {
                let Refusal { reason_code, detail } = refusal;
                match name {
                    Ok(name) => self.accounting.quarantine_named(name, unit, reason_code, detail),
                    Err(mark) => self.accounting.quarantine_marked(mark, unit, reason_code, detail),
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn commit(&mut self, unit: String, mapped: MappedPacket) -> ControlFlow<()> {
        let unit_name = mapped.record.source.unit.clone();
        let (name, digest) = (half(&[&mapped.record.source.unit]), half(&[&mapped.record.source.sha256]));
        if self.seen.get(&name).is_some_and(|earlier| *earlier != digest) {
            let detail = "another packet of this run has the same id but different content".to_owned();
            self.accounting.quarantine_named(unit_name, unit, "same-id", detail);
            return ControlFlow::Continue(());
        }
        let facts = FactCounts::of(&mapped.record.facts);
        let carriers = mapped.record.carriers.len() as u64;
        let content = PacketContent {
            site: self.target.site().clone(),
            bytes: mapped.content,
        };
        let is_repeated = self.seen.contains_key(&name);
        match self.sink.commit_packet(mapped.record, content) {
            Ok(committed @ (Committed::New | Committed::Replaced)) => {
                let accounting = &mut self.accounting;
                accounting.take(committed, is_repeated);
                accounting.add_facts(facts);
                accounting.carriers += carriers;
                accounting.variants_not_counted += mapped.variants_not_counted;
                accounting.members_unread += mapped.members_unread;
                accounting.members_unknown += mapped.members_unknown;
                for (path, count) in &mapped.not_stored {
                    accounting.leave_out(LeftOutRule::PhenopacketMemberNotStored, path, *count);
                }
            }
            Ok(committed @ (Committed::Duplicate | Committed::Superseded)) => self.accounting.take(committed, is_repeated),
            Err(SinkError::Conflict { field }) => {
                let (code, detail) = conflict(field);
                self.accounting.quarantine_named(unit_name, unit, code, detail);
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
