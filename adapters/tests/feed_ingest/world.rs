//! A sink in memory with the rules of the real store, and a table of numbers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gemj_adapters::feed::ingest;
use gemj_adapters::profile::{Format, Profile};
use gemj_adapters::{Accounting, IngestError, Target};
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError, StoredUnit, VOID};
use gemj_model::{DatasetId, FactSink, Linkage, LinkageUnavailable, ParticipantId, SiteId, SiteNumber};
use tempfile::TempDir;

/// A sink that keeps one version of each unit and replaces it by the rules of the real store.
#[derive(Clone, Default)]
pub(crate) struct Store {
    pub(crate) records: BTreeMap<(String, String), CaseRecord>,
    pub(crate) commits: usize,
    pub(crate) fails_at: Option<usize>,
}

impl FactSink for Store {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        if self.fails_at == Some(self.commits) {
            return Err(SinkError::Store);
        }
        self.commits += 1;
        let key = (record.source.profile.clone(), record.source.unit.clone());
        let outcome = match self.records.get(&key) {
            Some(known) if known.source.sha256 == record.source.sha256 && known.source.mapping_version == record.source.mapping_version => {
                return Ok(Committed::Duplicate);
            }
            Some(known) if known.source.version > record.source.version => return Ok(Committed::Superseded),
            Some(known) if known.sex != record.sex && !record.facts.is_empty() => return Err(SinkError::Conflict { field: "sex" }),
            Some(_) => Committed::Replaced,
            None => Committed::New,
        };
        self.records.insert(key, record);
        Ok(outcome)
    }

    fn stored(&mut self, _: &DatasetId, unit: &str) -> Result<StoredUnit, SinkError> {
        let mut found = self.records.values().filter(|record| record.source.unit == unit);
        Ok(match found.next() {
            None => StoredUnit::Absent,
            Some(record) if record.source.sha256.starts_with(VOID) => StoredUnit::Void,
            Some(_) => StoredUnit::Current,
        })
    }

    fn hide(&mut self, _: &DatasetId, participant: &ParticipantId, source: &FactSource) -> Result<u64, SinkError> {
        let before = self.records.len();
        self.records
            .retain(|(profile, unit), record| *profile != source.profile || *unit == source.unit || record.participant != *participant);
        Ok((before - self.records.len()) as u64)
    }
}

/// The participants by site, namespace and number. `None` simulates a table that cannot be read.
pub(crate) struct Numbers(pub(crate) Option<BTreeMap<[String; 3], &'static str>>);

impl Linkage for Numbers {
    fn participant(&self, of: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        let table = self.0.as_ref().ok_or(LinkageUnavailable)?;
        let key = [of.site.as_str(), of.namespace, of.number].map(str::to_owned);
        Ok(table.get(&key).map(|id| ParticipantId::parse(id).unwrap()))
    }

    fn since(&self, _: SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, LinkageUnavailable> {
        Ok(None)
    }
}

/// A table of numbers of the namespaces in [`home`].
pub(crate) fn numbers(rows: &[(&str, &str, &'static str)]) -> Numbers {
    let site = |namespace: &str| if namespace == "biobank-a" { "biobank-a" } else { "hospital-a" };
    let table = rows
        .iter()
        .map(|(namespace, number, id)| ([site(namespace), namespace, number].map(str::to_owned), *id));
    Numbers(Some(table.collect()))
}

/// The site and the namespace with which these tests read a template.
fn home(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::SsMix2 => ("hospital-a", "hospital-a"),
        Format::Odm => ("hospital-a", "gemj-edc"),
        Format::Redcap => ("hospital-a", "gemj-redcap"),
        Format::Miabis => ("biobank-a", "biobank-a"),
        Format::Csv => ("hospital-a", "c-cat"),
        Format::Fhir | Format::Bff | Format::Omop => ("hospital-a", "mrn"),
    }
}

pub(crate) fn target(site: &str, namespace: &str) -> Target {
    let (dataset, site) = (DatasetId::parse("rare-disease").unwrap(), SiteId::parse(site).unwrap());
    Target::new(dataset, site, namespace).unwrap()
}

/// A temporary folder that contains these files.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

pub(crate) fn take(path: &Path, profile: &Profile, linkage: &Numbers, store: &mut Store) -> Result<Accounting, IngestError> {
    let target = match profile.home() {
        Some(home) => target(home.site.as_str(), &home.namespace),
        None => {
            let (site, namespace) = home(profile.format());
            target(site, namespace)
        }
    };
    let accounting = ingest(&[PathBuf::from(path)], profile, &target, linkage, store);
    if let Ok(accounting) = &accounting {
        assert!(accounting.is_balanced(), "{accounting:#?}");
    }
    accounting
}

/// The reason codes of the refused units, in order.
pub(crate) fn reasons(accounting: &Accounting) -> Vec<&'static str> {
    accounting.quarantined.iter().map(|q| q.reason_code).collect()
}
