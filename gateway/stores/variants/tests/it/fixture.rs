//! The fixtures of the tests: stores in memory, and Grants that the real decision makes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use gemj_access::caller::ControlledAccess;
use gemj_access::{AccessRequest, Action, Caller, ConsentLedger, ConsentView, DecisionId, Grant, Policy, Resource, Roster, decide};
use gemj_model::{
    Allele, Approval, Assembly, Contig, DatasetId, DatasetPolicy, ObjectId, Ordinal, Origin, Release, ReleaseId, ReleasedObject, Timestamp,
    ZeroBased, Zygosity,
};
use gemj_variants::storage::StoreFuture;
use gemj_variants::{BlobReader, CarrierIndex, Carriers, ManifestReader, SegmentBuilder, SegmentManifest, StoreFailure, StoredSegment};
use roaring::RoaringBitmap;

pub(crate) const G38: Assembly = Assembly::GRCh38;
pub(crate) const GERM: Origin = Origin::Germline;
pub(crate) const CLASSES: [Zygosity; 3] = [Zygosity::Heterozygous, Zygosity::Homozygous, Zygosity::Hemizygous];

pub(crate) fn dataset(name: &str) -> DatasetId {
    DatasetId::parse(name).unwrap()
}

/// A Grant of the public tier that covers exactly these participants. Each participant is a family of its own, and k is 1.
pub(crate) fn grant(people: &[(&DatasetId, &RoaringBitmap)], action: Action) -> Grant {
    grant_of_families(people, action, 1, |_| None)
}

/// A Grant of the public tier with this k. It covers exactly these participants. `family` returns the family of a participant.
pub(crate) fn grant_of_families(
    people: &[(&DatasetId, &RoaringBitmap)],
    action: Action,
    public_k: u32,
    family: impl Fn(u32) -> Option<String>,
) -> Grant {
    let everybody = people.iter().fold(RoaringBitmap::new(), |all, (_, some)| all | *some);
    let ledger = agreed(&everybody);
    let roster = roster(people, &everybody, family);
    let ids: Vec<DatasetId> = people.iter().map(|(d, _)| (*d).clone()).collect();
    let policy = Policy::new(policies(&ids), Vec::new(), public_k);
    let now = Timestamp(10);
    let view = ConsentView::fold(1, &ledger, &roster, &[], &[], &ids, now);
    let question = AccessRequest {
        decision: DecisionId(1),
        caller: &Caller::anonymous(),
        action,
        resource: Resource::Population(&ids),
        declared: None,
        now,
    };
    let grant = decide(&question, &policy, &view).unwrap();
    for (dataset, some) in people {
        assert_eq!(grant.dataset(dataset).unwrap().participants().as_ref(), *some);
    }
    grant
}

/// A Grant for variant queries under approvals. In the first dataset, there is one approval for each release in `releases`; in the other
/// datasets, the approvals are for the live data. The Grant covers exactly these participants in these families, and every release contains
/// all participants.
pub(crate) fn grant_of_releases(
    people: &[(&DatasetId, &RoaringBitmap)],
    releases: &[Vec<String>],
    public_k: u32,
    family: impl Fn(u32) -> Option<String>,
) -> Grant {
    let everybody = people.iter().fold(RoaringBitmap::new(), |all, (_, some)| all | *some);
    let ids: Vec<DatasetId> = people.iter().map(|(d, _)| (*d).clone()).collect();
    let (now, end) = (Timestamp(10), Timestamp(1_000));
    let released = |number: usize| ReleaseId::parse(&format!("release-{number}")).unwrap();
    let made: Vec<Release> = (0..)
        .zip(releases)
        .map(|(number, files)| Release {
            id: released(number),
            dataset: ids[0].clone(),
            created: Timestamp(5),
            objects: files
                .iter()
                .map(|file| ReleasedObject {
                    id: ObjectId::parse(file).unwrap(),
                    sha256: String::new(),
                })
                .collect(),
            participants: people[0].1.iter().map(Ordinal).collect(),
            citation: String::new(),
            manifest_sha256: format!("{number}"),
        })
        .collect();
    let approval = |name: String, dataset: &DatasetId, release: Option<ReleaseId>| Approval {
        visa_value: format!("https://example.org/{name}"),
        organisation: "university.jp".into(),
        datasets: vec![dataset.clone()],
        release,
        not_after: end,
        ..gemj_fixtures::approval(&name)
    };
    let of_releases = made
        .iter()
        .map(|release| approval(release.id.as_str().to_owned(), &ids[0], Some(release.id.clone())));
    let live = ids[1..]
        .iter()
        .map(|dataset| approval(format!("live-{}", dataset.as_str()), dataset, None));
    let approvals: Vec<Approval> = of_releases.chain(live).collect();
    let visa = |approval: &Approval| ControlledAccess {
        subject: Default::default(),
        value: approval.visa_value.clone(),
        jti: None,
        not_after: end,
    };
    let caller = Caller {
        pseudonym: "caller".into(),
        controlled: approvals.iter().map(visa).collect(),
        not_after: Some(end),
        ..Caller::default()
    };
    let university = gemj_fixtures::university("university.jp");
    let policy = Policy::new(policies(&ids), vec![university], public_k);
    let roster = roster(people, &everybody, family);
    let view = ConsentView::fold(1, &agreed(&everybody), &roster, &approvals, &made, &ids, now);
    let question = AccessRequest {
        decision: DecisionId(1),
        caller: &caller,
        action: Action::AskVariants,
        resource: Resource::Population(&ids),
        declared: None,
        now,
    };
    let grant = decide(&question, &policy, &view).unwrap();
    for (dataset, some) in people {
        assert_eq!(grant.dataset(dataset).unwrap().participants().as_ref(), *some);
    }
    assert_eq!(grant.datasets()[0].releases().len(), releases.len());
    grant
}

/// A consent ledger in which these participants have consented to every clause.
fn agreed(people: &RoaringBitmap) -> ConsentLedger {
    let mut ledger = ConsentLedger::new([gemj_fixtures::form("unified-1")]);
    for (sequence, ordinal) in people.iter().enumerate() {
        ledger.append(gemj_fixtures::gave(sequence as u64 + 1, ordinal, "unified-1", Timestamp(1)));
    }
    ledger
}

fn roster(people: &[(&DatasetId, &RoaringBitmap)], everybody: &RoaringBitmap, family: impl Fn(u32) -> Option<String>) -> Roster {
    let mut roster = Roster::default();
    // Participants without a family are not registered: the roster needs memory for all ordinals below a registered ordinal, and tests use
    // large ordinals.
    for (ordinal, family) in everybody.iter().filter_map(|ordinal| Some((ordinal, family(ordinal)?))) {
        roster.register(Ordinal(ordinal), Some(&family), None);
    }
    for (dataset, some) in people {
        some.iter().for_each(|o| roster.enrol(dataset, Ordinal(o)));
    }
    roster
}

fn policies(ids: &[DatasetId]) -> Vec<DatasetPolicy> {
    let policy = |id: &DatasetId| DatasetPolicy {
        data_use: vec!["DUO:0000004".into()],
        public_boolean: true,
        ..gemj_fixtures::dataset_policy(id.as_str())
    };
    ids.iter().map(policy).collect()
}

#[derive(Default)]
struct Memory {
    manifest: SegmentManifest0,
    blobs: HashMap<String, Bytes>,
    reads: u64,
}

#[derive(Default)]
struct SegmentManifest0 {
    generation: u64,
    segments: Vec<StoredSegment>,
    retired_sources: HashSet<String>,
}

/// A manifest and blobs in memory. Clones share the same manifest and blobs.
#[derive(Clone, Default)]
pub(crate) struct MemoryStore(Arc<Mutex<Memory>>);

impl MemoryStore {
    pub(crate) fn index(&self, cache_bytes: usize) -> CarrierIndex {
        CarrierIndex::over(Box::new(self.clone()), Box::new(self.clone()), cache_bytes)
    }

    pub(crate) fn add(&self, id: &str, builder: SegmentBuilder) -> u64 {
        let (dataset, assembly, origin) = (builder.dataset().clone(), builder.assembly(), builder.origin());
        let (bytes, built) = builder.finish().unwrap();
        assert_eq!(built.size_bytes, bytes.len() as u64);
        gemj_variants::verify(&bytes).unwrap();
        let mut memory = self.0.lock().unwrap();
        memory.manifest.segments.push(StoredSegment {
            id: id.to_owned(),
            dataset,
            assembly,
            origin,
            storage_key: format!("key of {id}"),
            size_bytes: built.size_bytes,
        });
        memory.blobs.insert(format!("key of {id}"), bytes.into());
        memory.manifest.generation += 1;
        memory.manifest.generation
    }

    pub(crate) fn retire(&self, source: &str) -> u64 {
        let mut memory = self.0.lock().unwrap();
        memory.manifest.retired_sources.insert(source.to_owned());
        memory.manifest.generation += 1;
        memory.manifest.generation
    }

    pub(crate) fn reads(&self) -> u64 {
        self.0.lock().unwrap().reads
    }

    pub(crate) fn with_blob(&self, id: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut memory = self.0.lock().unwrap();
        let blob = memory.blobs.get_mut(&format!("key of {id}")).unwrap();
        let mut bytes = blob.to_vec();
        change(&mut bytes);
        *blob = bytes.into();
    }

    pub(crate) fn set_dataset(&self, id: &str, dataset: &DatasetId) {
        let mut memory = self.0.lock().unwrap();
        memory.manifest.segments.iter_mut().find(|s| s.id == id).unwrap().dataset = dataset.clone();
        memory.manifest.generation += 1;
    }
}

impl ManifestReader for MemoryStore {
    fn manifest(&self) -> StoreFuture<'_, SegmentManifest> {
        Box::pin(async move {
            let memory = self.0.lock().unwrap();
            Ok(SegmentManifest {
                generation: memory.manifest.generation,
                segments: memory.manifest.segments.clone(),
                retired_sources: memory.manifest.retired_sources.clone(),
            })
        })
    }
}

impl BlobReader for MemoryStore {
    fn read_range<'a>(&'a self, _grant: &'a Grant, key: &'a str, range: Range<u64>) -> StoreFuture<'a, Bytes> {
        Box::pin(async move {
            let mut memory = self.0.lock().unwrap();
            memory.reads += 1;
            let blob = memory.blobs.get(key).unwrap();
            if range.end > blob.len() as u64 || range.start > range.end {
                return Err(StoreFailure::Objects(gemj_objects::ObjectError::RangeNotSatisfiable));
            }
            Ok(blob.slice(range.start as usize..range.end as usize))
        })
    }
}

/// The carriers of an allele in the test's own recount: the zygosity of each ordinal.
pub(crate) type People = BTreeMap<u32, Zygosity>;

pub(crate) fn people_of(carriers: &Carriers) -> People {
    let mut people = People::new();
    for class in CLASSES {
        for ordinal in carriers.class(class) {
            assert!(people.insert(ordinal, class).is_none(), "the classes are disjoint");
        }
    }
    assert_eq!(people.len() as u64, carriers.len());
    assert_eq!(people.keys().copied().collect::<RoaringBitmap>(), carriers.all());
    people
}

pub(crate) fn rank(zygosity: Zygosity) -> u8 {
    match zygosity {
        Zygosity::Heterozygous => 0,
        Zygosity::Hemizygous => 1,
        Zygosity::Homozygous => 2,
    }
}

pub(crate) fn allele(contig: &str, start: u64, end: u64, reference: &str, alternate: &str) -> Allele {
    Allele {
        contig: Contig(contig.to_owned()),
        start: ZeroBased(start),
        end: ZeroBased(end),
        reference: reference.to_owned(),
        alternate: alternate.to_owned(),
        inserted: None,
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
