//! Tests of case reports in the real catalogue and object store.

use std::path::Path;

use gemj_access::{Action, Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::Catalogue;
use gemj_model::fact::{CaseRecord, FactSource};
use gemj_model::{Allele, Assembly, CarrierObservation, Contig, DatasetId, OneBased, Origin, ParticipantId, Sex, Zygosity};
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_variants::{CarrierIndex, FlushReport, flush_observations};
use roaring::RoaringBitmap;

use super::fixture::{G38, GERM, dataset, grant};

pub(crate) struct World {
    pub(crate) catalogue: Catalogue,
    pub(crate) objects: ObjectStore,
    pub(crate) index: CarrierIndex,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let catalogue = Catalogue::open(&format!("sqlite:{}", at("catalogue.db")), 4).await.unwrap();
    let settings = ObjectSettings {
        url: format!("file://{}", at("objects")),
        endpoint: None,
        region: None,
        access_key_id: None,
        secret_access_key: None,
        allow_http: false,
        reference_fasta: None,
    };
    let objects = ObjectStore::open(&settings).await.unwrap();
    let index = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
    World {
        catalogue,
        objects,
        index,
        folder,
    }
}

fn snv(position: u64) -> Allele {
    Allele::from_vcf(&Contig("chr7".into()), OneBased(position), "C", "T", None).unwrap()
}

pub(crate) fn case(name: &DatasetId, person: u32, content: u32, alleles: &[(Allele, Assembly, Origin, Zygosity)]) -> CaseRecord {
    let participant = ParticipantId::parse(&format!("P-{person}")).unwrap();
    CaseRecord {
        dataset: name.clone(),
        participant: participant.clone(),
        family: None,
        sex: Sex::Unknown,
        born: None,
        age_at_last_encounter: None,
        facts: Vec::new(),
        carriers: alleles
            .iter()
            .map(|(allele, assembly, origin, zygosity)| CarrierObservation {
                participant: participant.clone(),
                assembly: *assembly,
                origin: *origin,
                allele: allele.clone(),
                zygosity: Some(*zygosity),
                spelled: None,
                interpretations: Vec::new(),
                names: Vec::new(),
            })
            .collect(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "phenopacket".into(),
            unit: String::new(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{person:032x}{content:032x}"),
            mapping_version: "1".into(),
        },
    }
}

pub(crate) fn blobs(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|e| if e.path().is_dir() { blobs(&e.path()) } else { 1 }).sum()
}

impl World {
    pub(crate) async fn flush(&self) -> FlushReport {
        flush_observations(&self.catalogue, &self.objects, &Mandate::operator(WriteAction::Ingest))
            .await
            .unwrap()
    }

    pub(crate) async fn commit(&self, case: &CaseRecord) {
        self.catalogue
            .commit_case(&Mandate::operator(WriteAction::Ingest), case)
            .await
            .unwrap();
    }

    async fn count(&self, name: &DatasetId, assembly: Assembly, origin: Origin, allele: &Allele) -> u64 {
        let everybody: RoaringBitmap = (0..1_000).collect();
        let grant = grant(&[(name, &everybody)], Action::AskVariants);
        let generation = self.catalogue.state().await.unwrap().generation;
        let reader = self.index.at(generation).await.unwrap();
        reader.exact(&grant, name, assembly, origin, allele).await.unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_reports_are_counted_once_after_any_number_of_flushes() {
    let (world, name, other) = (world().await, dataset("main"), dataset("other"));
    assert_eq!(world.flush().await, FlushReport::default());
    let germline = |position| (snv(position), G38, GERM, Zygosity::Heterozygous);
    for person in 0..40 {
        world
            .commit(&case(&name, person, 0, &[germline(100), germline(200 + u64::from(person))]))
            .await;
    }
    world.commit(&case(&other, 100, 0, &[germline(100)])).await;
    let old = (snv(100), Assembly::GRCh37, GERM, Zygosity::Homozygous);
    world
        .commit(&case(
            &name,
            101,
            0,
            &[old, (snv(100), G38, Origin::Somatic, Zygosity::Heterozygous)],
        ))
        .await;
    assert_eq!(
        world.count(&name, G38, GERM, &snv(100)).await,
        0,
        "pending observations are not counted"
    );

    let first = world.flush().await;
    assert_eq!((first.observations, first.impossible, first.segments), (83, 0, 4));
    assert_eq!(world.flush().await, FlushReport::default());
    assert_eq!(world.count(&name, G38, GERM, &snv(100)).await, 40);
    assert_eq!(world.count(&name, G38, GERM, &snv(217)).await, 1);
    assert_eq!(world.count(&other, G38, GERM, &snv(100)).await, 1);
    assert_eq!(world.count(&name, Assembly::GRCh37, GERM, &snv(100)).await, 1);
    assert_eq!(world.count(&name, G38, Origin::Somatic, &snv(100)).await, 1);

    // A corrected report replaces participant 17's earlier report. The earlier entries stop counting at once; the new entries count after
    // the flush.
    world.commit(&case(&name, 17, 1, &[germline(500)])).await;
    assert_eq!(world.count(&name, G38, GERM, &snv(100)).await, 39);
    assert_eq!(world.flush().await.observations, 1);
    assert_eq!(world.count(&name, G38, GERM, &snv(217)).await, 0);
    assert_eq!(world.count(&name, G38, GERM, &snv(500)).await, 1);

    // Participant 17's report is corrected again and has its first content again.
    world.commit(&case(&name, 17, 0, &[germline(100), germline(217)])).await;
    world.flush().await;
    assert_eq!(world.count(&name, G38, GERM, &snv(100)).await, 40);
    assert_eq!(world.count(&name, G38, GERM, &snv(217)).await, 1);
    assert_eq!(world.count(&name, G38, GERM, &snv(500)).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_flushes_count_no_entry_twice_and_leave_no_orphan() {
    let (world, name) = (world().await, dataset("main"));
    for person in 0..60 {
        world
            .commit(&case(&name, person, 0, &[(snv(100), G38, GERM, Zygosity::Heterozygous)]))
            .await;
    }
    let reports = tokio::join!(world.flush(), world.flush(), world.flush());
    assert_eq!(reports.0.observations + reports.1.observations + reports.2.observations, 60);
    assert_eq!(world.count(&name, G38, GERM, &snv(100)).await, 60);
    let manifest = world.catalogue.manifest(Upkeep::of(Job::BuildSegments)).await.unwrap();
    assert_eq!(blobs(&world.folder.path().join("objects")), manifest.segments.len());
}
