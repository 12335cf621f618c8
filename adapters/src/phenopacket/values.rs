//! The table of every value of packets, and what became of it. No value is returned.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead};
use std::ops::ControlFlow;
use std::path::PathBuf;

use ga4gh_phenopackets::{Document, Phenopacket};
use gemj_model::{Linkage, LinkageUnavailable, ParticipantId, SiteNumber};
use sha2::{Digest, Sha256};

use super::forms::{self, Item};
use super::{LIMITS, PROFILE, Refusal, Unread, members, read_document};
use crate::decode::{Found, decode};
use crate::feed::{ValueOutcome, ValueRow};
use crate::target::{Half, Target, half};
use crate::unit::LeftOutRule;

/// Gives a row for each member of each packet (a path with `*` for each position of a list), in the order of `ingest`. Every number counts as linked, and
/// nothing is stored. The function stops early only if `give` returns [`ControlFlow::Break`].
pub fn values(paths: &[PathBuf], target: &Target, give: &mut dyn FnMut(ValueRow) -> ControlFlow<()>) -> ControlFlow<()> {
    let mut table = Table {
        files: HashMap::new(),
        target,
        give,
        seen: HashMap::new(),
        packets: 0,
    };
    for path in paths {
        decode(path, LIMITS, &mut |name, found| table.found(name, found))?;
    }
    ControlFlow::Continue(())
}

/// Links every number to a participant of its own.
struct EveryNumber;

impl Linkage for EveryNumber {
    fn participant(&self, of: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        Ok(ParticipantId::parse(&format!("TRIAL-{}", hex::encode(half(&[of.number])))).ok())
    }

    fn since(&self, _: SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, LinkageUnavailable> {
        Ok(None)
    }
}

struct Table<'t> {
    /// The position of each file, from 1. The name of a file can contain the name of a person.
    files: HashMap<String, usize>,
    target: &'t Target,
    give: &'t mut dyn FnMut(ValueRow) -> ControlFlow<()>,
    /// The digest of the content of each unit.
    seen: HashMap<Half, String>,
    /// The number of packets so far, which is the position of the record.
    packets: usize,
}

impl Table<'_> {
    fn found(&mut self, name: &str, found: Found<'_>) -> io::Result<ControlFlow<()>> {
        match found {
            Found::Ignored => Ok(self.whole(name, ValueOutcome::LeftOut("file-not-read".to_owned()))),
            Found::Refused(fault) => Ok(self.whole(name, ValueOutcome::Quarantined(fault.code().to_owned()))),
            Found::File(reader) => self.file(name, reader),
        }
    }

    fn file(&mut self, name: &str, mut reader: &mut dyn BufRead) -> io::Result<ControlFlow<()>> {
        forms::read(&mut reader, name, LIMITS.unit_bytes, &mut |item| self.item(name, item))
    }

    fn item(&mut self, file: &str, item: Item) -> ControlFlow<()> {
        let contents = match item {
            Item::Repaired(_) => return ControlFlow::Continue(()),
            Item::Rest(refusal) => Err(refusal),
            Item::Document { read, .. } => read.and_then(|document| document.contents().map_err(refusal)),
            Item::Around { read, .. } => read.and_then(|document| document.contents_around().map_err(refusal)),
        };
        let contents = match contents {
            Ok(contents) => contents,
            Err(refused) => return self.whole(file, ValueOutcome::Quarantined(refused.reason_code.to_owned())),
        };
        for rest in contents.rest {
            self.rows(file, None, members::all(&rest), &left_out())?;
        }
        for packet in contents.packets {
            self.packet(file, &packet.document)?;
        }
        ControlFlow::Continue(())
    }

    fn packet(&mut self, file: &str, document: &Document) -> ControlFlow<()> {
        let record = Some(self.packets);
        self.packets += 1;
        let read = match read_document(document, self.target, &EveryNumber) {
            Ok(mapped) => Ok(mapped),
            Err(Unread::Refused(refused)) => Err(refused.reason_code),
            Err(Unread::LinkageUnavailable) => Err("unknown-number"),
        };
        let mapped = match read {
            Ok(mapped) => mapped,
            Err(reason) => return self.rows(file, record, members::all(document), &ValueOutcome::Quarantined(reason.to_owned())),
        };
        let digest = hex::encode(Sha256::digest(document.to_canonical_bytes()));
        let name = half(&[&mapped.record.source.unit]);
        match self.seen.get(&name) {
            Some(earlier) if *earlier == digest => return self.rows(file, record, members::all(document), &ValueOutcome::Duplicate),
            Some(_) => {
                return self.rows(
                    file,
                    record,
                    members::all(document),
                    &ValueOutcome::Quarantined("same-id".to_owned()),
                );
            }
            None => self.seen.insert(name, digest),
        };
        // The packet was read above, so it can be read again.
        let stored = Phenopacket::from_document(document).map(|packet| members::stored(document, &packet, &mapped.findings));
        self.rows(
            file,
            record,
            stored.unwrap_or_default(),
            &ValueOutcome::Kept(vec![PROFILE.to_owned()]),
        )?;
        self.rows(file, record, mapped.not_stored, &left_out())
    }

    /// The row of a file, or a part of it, that has no packet.
    fn whole(&mut self, file: &str, outcome: ValueOutcome) -> ControlFlow<()> {
        self.rows(file, None, BTreeMap::from([(String::new(), 1)]), &outcome)
    }

    fn rows(&mut self, file: &str, record: Option<usize>, counts: BTreeMap<String, u64>, outcome: &ValueOutcome) -> ControlFlow<()> {
        let position = self.files.len() + 1;
        let position = *self.files.entry(file.to_owned()).or_insert(position);
        for (path, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            (self.give)(ValueRow {
                unit: format!("file {position}"),
                record,
                kind: record.map_or_else(String::new, |_| PROFILE.to_owned()),
                field: path,
                count,
                outcome: outcome.clone(),
            })?;
        }
        ControlFlow::Continue(())
    }
}

fn left_out() -> ValueOutcome {
    ValueOutcome::LeftOut(LeftOutRule::PhenopacketMemberNotStored.as_str().to_owned())
}

fn refusal(error: ga4gh_phenopackets::PhenopacketError) -> Refusal {
    Refusal {
        reason_code: error.code(),
        detail: error.to_string(),
    }
}
