//! The fixture of the tests: a separate programme for each test.

use std::path::{Path, PathBuf};

use ga4gh_beacon::{EntryType, Record};
use gemj_access::{
    AccessRequest, Action, Caller, CapabilityKey, ControlledAccess, DatasetGrant, DecisionId, Grant, Job, Mandate, Policy, PseudonymKey,
    Resource, Upkeep, WriteAction, decide,
};
use gemj_catalogue::{Catalogue, NewConsent, NewObject, NewSample, PolicyWatch, UnknownParticipant};
use gemj_model::fact::{CaseRecord, FactSource};
use gemj_model::*;
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_variants::CarrierIndex;
use serde_json::Value;

use super::super::{Thing, Things, Within, records, things};
use super::tree;
use crate::Stores;

/// The value of the visa that opens the approval with this id.
fn visa(name: &str) -> String {
    format!("https://committee.example/approvals/{name}")
}

pub(in crate::beacon) struct Programme {
    pub(in crate::beacon) folder: tempfile::TempDir,
    pub(in crate::beacon) stores: Stores,
    pub(in crate::beacon) key: CapabilityKey,
}

pub(in crate::beacon) fn id(text: &str) -> DatasetId {
    DatasetId::parse(text).unwrap()
}

pub(in crate::beacon) fn now() -> Timestamp {
    SystemClock::default().now()
}

pub(in crate::beacon) fn policy(id: &str, public_boolean: bool) -> DatasetPolicy {
    DatasetPolicy {
        id: self::id(id),
        name: format!("The dataset {id}"),
        public_boolean,
        ..gemj_fixtures::dataset_policy("dataset")
    }
}

/// A case of a participant in a dataset, without facts.
pub(in crate::beacon) fn case(dataset: &str, participant: &str) -> CaseRecord {
    CaseRecord {
        dataset: id(dataset),
        participant: ParticipantId::parse(participant).unwrap(),
        family: None,
        sex: Sex::Female,
        born: None,
        age_at_last_encounter: None,
        facts: Vec::new(),
        carriers: Vec::new(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "test".to_owned(),
            unit: String::new(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{participant:0>64}"),
            mapping_version: "1".to_owned(),
        },
    }
}

impl Programme {
    pub(in crate::beacon) async fn new() -> Self {
        Self::with_reference(None).await
    }

    /// A test programme with a reference sequence, which the function `reference` creates in a folder.
    pub(in crate::beacon) async fn with_reference(reference: Option<fn(&Path) -> PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let catalogue = Catalogue::open(&format!("sqlite:{at}/catalogue.db"), 4).await.unwrap();
        let settings = ObjectSettings {
            url: format!("file://{at}/store"),
            reference_fasta: reference.map(|made| made(folder.path())),
            ..ObjectSettings::default()
        };
        let objects = ObjectStore::open(&settings).await.unwrap();
        let carriers = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
        let programme = Self {
            folder,
            stores: Stores {
                catalogue,
                objects,
                carriers,
            },
            key: CapabilityKey::new([7; 32]),
        };
        programme.approve("A-1", Delivery::Download, None).await;
        programme
    }

    /// Records an approval. A visa with the value of [`visa`] opens it.
    pub(in crate::beacon) async fn approve(&self, name: &str, delivery: Delivery, regions: Option<Vec<ApprovedRegion>>) {
        let approval = Approval {
            visa_value: visa(name),
            project: "A project".to_owned(),
            organisation: "kyoto.example".to_owned(),
            datasets: vec![id("one"), id("two")],
            regions,
            delivery,
            not_after: now().plus_seconds(3_600),
            ..gemj_fixtures::approval(name)
        };
        let mandate = Mandate::operator(WriteAction::RecordApproval);
        self.stores.catalogue.record_approval(&mandate, &approval).await.unwrap();
    }

    pub(in crate::beacon) async fn commit(&self, record: CaseRecord) {
        let mandate = Mandate::operator(WriteAction::Ingest);
        self.stores.catalogue.commit_case(&mandate, &record).await.unwrap();
    }

    pub(in crate::beacon) async fn consent(&self, kind: ConsentKind, people: impl IntoIterator<Item = &str>) {
        let event = |person: &str| NewConsent {
            participant: ParticipantId::parse(person).unwrap(),
            kind,
            form: FormId::parse("unified-1").ok(),
            clauses: if kind == ConsentKind::Given {
                Clause::ALL.into_iter().collect()
            } else {
                ClauseSet::EMPTY
            },
            effective: now().plus_seconds(-60),
            ground: Ground::Consent,
            corrects: None,
        };
        let events: Vec<NewConsent> = people.into_iter().map(event).collect();
        let mandate = Mandate::operator(WriteAction::RecordConsent);
        let appended = self
            .stores
            .catalogue
            .append_consent(&mandate, &events, now(), UnknownParticipant::Register);
        appended.await.unwrap();
    }

    /// Registers a file without bytes. The samples of the file are these participants with their specimens.
    pub(in crate::beacon) async fn register(
        &self,
        name: &str,
        dataset: &str,
        format: FileFormat,
        origin: Origin,
        owners: &[(&str, Option<&str>)],
    ) {
        let samples = owners.iter().map(|(owner, specimen)| NewSample {
            sample: format!("column of {owner}"),
            participant: ParticipantId::parse(owner).ok(),
            specimen: specimen.map(|specimen| SpecimenId::parse(specimen).unwrap()),
            family: None,
            sex: Sex::Unknown,
            site: None,
        });
        let object = NewObject {
            id: ObjectId::parse(name).unwrap(),
            dataset: id(dataset),
            format,
            assembly: Assembly::GRCh38,
            origin,
            samples: samples.collect(),
            joint: owners.len() > 1,
            size_bytes: 1,
            sha256: format!("{name:0>64}"),
            storage_key: name.to_owned(),
            index_key: name.to_owned(),
            index_format: IndexFormat::Csi,
            created: Timestamp::parse("2026-03-04T05:06:07Z").unwrap(),
            natural_key: name.to_owned(),
        };
        let mandate = Mandate::operator(WriteAction::Load);
        self.stores.catalogue.register_object(&mandate, &object, &[]).await.unwrap();
    }

    pub(in crate::beacon) fn policy(&self) -> Policy {
        let university = gemj_fixtures::university("kyoto.example");
        Policy::new(vec![policy("one", false), policy("two", true)], vec![university], 10)
    }

    /// The Grant of a caller for these datasets at this moment. The caller can be an approved project, a registered caller or the public.
    /// Absent if access is denied.
    pub(in crate::beacon) async fn grant_to(&self, caller: &Caller, datasets: &[&str]) -> Option<Grant> {
        self.grant_for(Action::AskIndividuals, caller, datasets).await
    }

    /// The Grant of a caller for an action on these datasets at this moment; absent if access is denied.
    pub(in crate::beacon) async fn grant_for(&self, action: Action, caller: &Caller, datasets: &[&str]) -> Option<Grant> {
        let datasets: Vec<DatasetId> = datasets.iter().map(|name| id(name)).collect();
        self.decided(action, caller, Resource::Population(&datasets)).await
    }

    /// The Grant of a caller for an action on a file; absent if access is denied.
    pub(in crate::beacon) async fn object_grant(&self, action: Action, caller: &Caller, file: &ObjectId) -> Option<Grant> {
        let located = self.stores.catalogue.locate_object(file).await.unwrap();
        self.decided(action, caller, Resource::Object(located.as_ref())).await
    }

    async fn decided(&self, action: Action, caller: &Caller, resource: Resource<'_>) -> Option<Grant> {
        let clock = SystemClock::default().shared();
        let known = vec![id("one"), id("two")];
        let watch = PolicyWatch::new(self.stores.catalogue.clone(), vec![gemj_fixtures::form("unified-1")], known, clock);
        let current = watch.current().await.unwrap();
        let question = AccessRequest {
            decision: DecisionId(1),
            caller,
            action,
            resource,
            declared: None,
            now: now(),
        };
        decide(&question, &self.policy(), &current.view).ok()
    }

    pub(in crate::beacon) async fn grant(&self, datasets: &[&str]) -> Grant {
        self.grant_to(&approved("A-1"), datasets).await.unwrap()
    }

    pub(in crate::beacon) fn names(&self, grant: &Grant) -> PseudonymKey {
        PseudonymKey::of(&self.key, grant)
    }

    /// The pseudonym of a participant in records; absent for an unknown participant.
    pub(in crate::beacon) async fn name(&self, names: &PseudonymKey, person: &str) -> Option<String> {
        let person = ParticipantId::parse(person).unwrap();
        let history = self
            .stores
            .catalogue
            .consent_history(Upkeep::of(Job::CompareConsent), &person)
            .await
            .unwrap();
        history.map(|(participant, _)| names.person(participant.ordinal))
    }

    /// All records of an entry type in a dataset. Each record must be valid by the official schema.
    pub(in crate::beacon) async fn records(&self, grant: &Grant, dataset: &str, entry: EntryType, within: &Within<'_>) -> Vec<Value> {
        let (granted, names) = (granted(grant, dataset), self.names(grant));
        let all: Things = things(&self.stores, grant, granted, entry, within).await.unwrap();
        let page: Vec<Thing> = all.page(&names, 0, u64::MAX).await;
        assert_eq!(page.len() as u64, all.len());
        let made: Vec<Record> = records(&self.stores, grant, &names, granted, entry, &page).await.unwrap();
        assert_eq!(made.len() as u64, all.len());
        assert!(made.iter().all(|record| record.entry_type() == entry));
        if let Some(tree) = tree::shared() {
            let file = format!("models/json/beacon-v2-default-model/{}/defaultSchema.json", entry.path_segment());
            let schema = tree::validator(&tree, &file);
            made.iter().for_each(|record| tree::assert_valid(&schema, record));
        }
        made.iter().map(|record| serde_json::to_value(record).unwrap()).collect()
    }
}

/// A caller: a researcher of the project with this approval.
pub(in crate::beacon) fn approved(name: &str) -> Caller {
    let later = now().plus_seconds(3_600);
    Caller {
        pseudonym: "researcher".to_owned(),
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            value: visa(name),
            jti: None,
            not_after: later,
        }],
        not_after: Some(later),
        ..Caller::default()
    }
}

pub(in crate::beacon) fn granted<'a>(grant: &'a Grant, dataset: &str) -> &'a DatasetGrant {
    grant.dataset(&id(dataset)).unwrap()
}

/// The path of a file in the folder of shared test data. Returns `None`, with a printed message, if the file does not exist; in CI this is
/// a failure.
pub(in crate::beacon) fn shared(path: &str) -> Option<PathBuf> {
    let file = tree::shared()?.join("../..").join(path);
    if file.exists() {
        return Some(file);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{path} does not exist");
    eprintln!("SKIPPED: {path} does not exist");
    None
}

/// Runs a Python program and returns its output, parsed as JSON.
pub(in crate::beacon) fn python(program: &str, arguments: &[&std::path::Path]) -> Value {
    let out = std::process::Command::new("python3")
        .arg("-c")
        .arg(program)
        .args(arguments)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}
