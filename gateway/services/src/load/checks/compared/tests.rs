#![allow(clippy::unwrap_used)]
use gemj_access::{CapabilityKey, Mandate, WriteAction};
use gemj_catalogue::{Catalogue, NewObject, NewSample, ObjectStatus, Registered, SampleEvidence};
use gemj_model::{Assembly, Clock as _, DatasetId, FileFormat, IndexFormat, Origin, ParticipantId, Sex, SystemClock};
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_variants::CarrierIndex;

use super::super::columns::SexCounts;
use super::*;
use crate::stores::Stores;

const SCHEME: &str = "s";

/// A fingerprint of 300 heterozygous sites. Two fingerprints share no site if their `begins` differ by 300 or more.
fn genotypes(begins: u64) -> Fingerprint {
    Fingerprint::new((0..300).map(|n| (begins + n) << 2 | 1).collect(), true)
}

fn columns(of: &[(u32, Fingerprint)]) -> Vec<Checked> {
    let column = |((ordinal, fingerprint), position): (&(u32, Fingerprint), u64)| Checked {
        position,
        ordinal: Ordinal(*ordinal),
        counts: SexCounts::default(),
        fingerprint: fingerprint.clone(),
    };
    of.iter().zip(0..).map(column).collect()
}

/// Whether a file is put on hold when it is registered, and the finding that causes the hold.
#[derive(PartialEq)]
enum Held {
    Not,
    Of(Option<NewFinding>),
}

struct World {
    stores: Stores,
    load: Mandate,
    judge: Mandate,
    key: CapabilityKey,
    clock: SystemClock,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let catalogue = Catalogue::open(&format!("sqlite:{}/catalogue.db", at.display()), 4).await.unwrap();
        let settings = ObjectSettings {
            url: format!("file://{}/store", at.display()),
            ..ObjectSettings::default()
        };
        let objects = ObjectStore::open(&settings).await.unwrap();
        let carriers = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
        Self {
            stores: Stores {
                catalogue,
                objects,
                carriers,
            },
            load: Mandate::operator(WriteAction::Load),
            judge: Mandate::operator(WriteAction::ChangeObjectStatus),
            key: CapabilityKey::new([7; 32]),
            clock: SystemClock::default(),
            _folder: folder,
        }
    }

    fn loader(&self) -> Loader<'_> {
        Loader {
            stores: &self.stores,
            mandate: &self.load,
            key: &self.key,
            clock: &self.clock,
        }
    }

    /// Registers a file of a participant and returns the generation of the catalogue. The participant's ordinal is the number of
    /// participants that were registered before.
    async fn register(&self, file: &str, person: u32, shows: Fingerprint, held: Held) -> i64 {
        let people = columns(&[(person, shows)]);
        let loader = self.loader();
        let new = Compared::new(&loader, SCHEME, &people);
        let evidence = SampleEvidence {
            fingerprints: new.fingerprints(),
            hold: (held != Held::Not).then(|| "x".to_owned()),
            findings: match held {
                Held::Not | Held::Of(None) => Vec::new(),
                Held::Of(Some(finding)) => vec![finding],
            },
            ..SampleEvidence::default()
        };
        let sample = NewSample {
            sample: "s".into(),
            participant: Some(ParticipantId::parse(&format!("P{person}")).unwrap()),
            specimen: None,
            family: None,
            sex: Sex::Unknown,
            site: None,
        };
        let object = NewObject {
            id: ObjectId::parse(file).unwrap(),
            dataset: DatasetId::parse("cancer").unwrap(),
            format: FileFormat::Vcf,
            assembly: Assembly::GRCh38,
            origin: Origin::Germline,
            samples: vec![sample],
            joint: false,
            size_bytes: 1,
            sha256: format!("{file:0>64}"),
            storage_key: file.to_owned(),
            index_key: file.to_owned(),
            index_format: IndexFormat::Tbi,
            created: self.clock.now(),
            natural_key: file.to_owned(),
        };
        let registered = self
            .stores
            .catalogue
            .register_checked_object(&self.load, &object, &[], &evidence)
            .await;
        assert_eq!(registered, Ok(Registered::New));
        self.stores.catalogue.last_registration(&self.load).await.unwrap()
    }
}

fn told(compared: &Compared<'_>) -> Vec<(FindingKind, String)> {
    let findings = compared.findings().findings;
    findings.into_iter().map(|f| (f.kind, f.other.unwrap().0.to_string())).collect()
}

#[tokio::test]
async fn a_file_registered_during_the_check_is_compared_once_without_the_earlier_files() {
    let world = World::new().await;
    let first = world.register("a1", 0, genotypes(1_000), Held::Not).await;
    let (people, loader) = (columns(&[(9, genotypes(1_000)), (8, genotypes(5_000))]), world.loader());
    let mut compared = Compared::new(&loader, SCHEME, &people);
    compared.with_everybody(first).await.unwrap();
    let same = |file: &str| (FindingKind::SameGenotypes, file.to_owned());
    assert_eq!((told(&compared), compared.up_to()), (vec![same("a1")], Some(first)));
    world.register("b1", 1, genotypes(5_000), Held::Not).await;
    world.register("b2", 2, genotypes(9_000), Held::Not).await;
    let last = world.register("b3", 1, genotypes(1_000), Held::Not).await;
    for _ in 0..2 {
        compared.with_newer(last).await.unwrap();
        assert_eq!(
            (told(&compared), compared.up_to()),
            (vec![same("a1"), same("b3"), same("b1")], Some(last))
        );
    }
    assert_eq!(compared.findings().same_as_others, 2);
    // The findings are equal to those of one comparison after all files were registered.
    let mut at_once = Compared::new(&loader, SCHEME, &people);
    at_once.with_everybody(last).await.unwrap();
    assert_eq!(told(&at_once), told(&compared));
}

#[tokio::test]
async fn a_served_file_of_the_same_participant_clears_a_match_with_a_file_on_hold() {
    let world = World::new().await;
    let first = world.register("held", 0, genotypes(1_000), Held::Of(None)).await;
    let (people, loader) = (columns(&[(1, genotypes(1_000))]), world.loader());
    let mut compared = Compared::new(&loader, SCHEME, &people);
    compared.with_everybody(first).await.unwrap();
    assert_eq!(compared.findings().same_as_others, 1);
    let own = world.register("own", 1, genotypes(1_000), Held::Not).await;
    compared.with_newer(own).await.unwrap();
    let found = compared.findings();
    assert!(found.findings.is_empty());
    assert_eq!((found.same_as_others, found.same_as_own), (0, 1));
    // A later file of the same participant has other genotypes, which is a contradiction.
    let other = world.register("other", 1, genotypes(1_000), Held::Not).await;
    let strange = world.register("strange", 1, strange(), Held::Not).await;
    compared.with_newer(strange).await.unwrap();
    assert!(other < strange);
    assert_eq!(told(&compared), [(FindingKind::OtherGenotypes, "strange".to_owned())]);
    assert_eq!(compared.findings().same_as_own, 0);
}

/// A fingerprint with the same sites as `genotypes(1_000)`, all of them homozygous.
fn strange() -> Fingerprint {
    Fingerprint::new((0..300).map(|n| (1_000 + n) << 2 | 2).collect(), true)
}

#[tokio::test]
async fn an_accepted_match_is_also_ignored_for_a_file_registered_during_the_check() {
    let world = World::new().await;
    let first = world.register("a1", 0, genotypes(1_000), Held::Not).await;
    let (people, loader) = (columns(&[(1, genotypes(1_000))]), world.loader());
    let mut twin = Compared::new(&loader, SCHEME, &people);
    twin.with_everybody(first).await.unwrap();
    let found = twin.findings().findings.pop();
    assert!(found.is_some());
    let held = world.register("b1", 1, genotypes(1_000), Held::Of(found)).await;
    let (id, to) = (ObjectId::parse("b1").unwrap(), ObjectStatus::Served);
    let released = world.stores.catalogue.set_object_status(&world.judge, &id, to, "twins").await;
    assert!(released.unwrap());
    let mut later = Compared::new(&loader, SCHEME, &people);
    later.with_everybody(held).await.unwrap();
    assert_eq!(told(&later), []);
    world.register("a2", 0, genotypes(1_000), Held::Not).await;
    let last = world.register("c1", 2, genotypes(1_000), Held::Not).await;
    later.with_newer(last).await.unwrap();
    assert_eq!(told(&later), [(FindingKind::SameGenotypes, "c1".to_owned())]);
}

#[tokio::test]
async fn a_file_without_genotypes_is_not_compared() {
    let world = World::new().await;
    let (people, loader) = (columns(&[(0, Fingerprint::new(Vec::new(), true))]), world.loader());
    let compared = Compared::new(&loader, SCHEME, &people);
    assert!(!compared.is_of_something());
    assert_eq!(compared.up_to(), None);
    assert!(compared.fingerprints().is_empty() && compared.findings().findings.is_empty());
}
