//! The test kit: stores, Grants made by the real decision (`decide`), and the programs that give the expected results.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytes::Bytes;
use futures::StreamExt as _;
use gemj_access::caller::ControlledAccess;
use gemj_access::{
    AccessRequest, Action, Caller, ConsentLedger, ConsentView, DecisionId, Grant, LocatedObject, Mandate, Policy, Resource, Roster,
    WriteAction, decide,
};
use gemj_model::object::ObjectSample;
use gemj_model::*;
use gemj_objects::inspect::{Expected, Inspection, inspect};
use gemj_objects::{Class, ObjectError, ObjectSettings, ObjectStore, SliceError, SliceRegion, SliceRequest};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp(1_000);
const VISA: &str = "https://example.org/approval";

pub(crate) fn dataset() -> DatasetId {
    DatasetId::parse("cohort").unwrap()
}

/// The path of a real file in the shared folder. If the file is missing, the result is absent and a message is printed.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared"), PathBuf::from);
    let path = root.join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there", path.display());
    None
}

/// Runs a program and returns its standard output. If the program fails, the test fails with its error output.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = tool(program, arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn tool(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    // The programs must not search for references in other places.
    command
        .args(arguments)
        .env("REF_PATH", "/nonexistent")
        .env("REF_CACHE", "/nonexistent");
    command
}

/// Runs a program with this standard input and returns its standard output.
pub(crate) fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = tool(program, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    output.stdout
}

/// A small seeded random number generator, so that a failure can be repeated.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        (mixed ^ (mixed >> 33)) % sides
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len() as u64) as usize]
    }
}

/// An object store, and a folder for scratch files.
pub(crate) struct Bench {
    pub(crate) store: ObjectStore,
    pub(crate) scratch: TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with_reference(None).await
    }

    pub(crate) async fn with_reference(reference_fasta: Option<PathBuf>) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let settings = ObjectSettings {
            url: format!("file://{}/store", scratch.path().display()),
            reference_fasta,
            ..ObjectSettings::default()
        };
        Self {
            store: ObjectStore::open(&settings).await.unwrap(),
            scratch,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Writes a file into the scratch folder and returns its path.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Inspects a file and stores it. The sample with index `i` in the file belongs to the participant with ordinal `i`.
    pub(crate) async fn load(&self, path: &Path, assembly: Assembly) -> (DataObject, Inspection) {
        let inspection = inspect(path, None, Expected { format: None, assembly }).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mandate = Mandate::operator(WriteAction::Load);
        let stored = self.store.put_file(&mandate, path, |_| ()).await.unwrap();
        let index = self
            .store
            .put_bytes(&mandate, "index", Bytes::from(inspection.index.bytes.clone()))
            .await
            .unwrap();
        let mut names = inspection.samples.clone();
        if inspection.format.data_kind() == DataKind::Reads {
            names = vec![names.first().cloned().unwrap_or_default()];
        }
        let object = DataObject {
            id: ObjectId::parse("object").unwrap(),
            dataset: dataset(),
            format: inspection.format,
            assembly,
            origin: Origin::Germline,
            joint: names.len() > 1,
            samples: names
                .into_iter()
                .enumerate()
                .map(|(i, sample)| ObjectSample {
                    sample,
                    participant: Some(Ordinal(i as u32)),
                    specimen: None,
                })
                .collect(),
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            storage_key: stored.key,
            index_key: index.key,
            index_format: inspection.index.format,
            created: NOW,
        };
        (object, inspection)
    }

    /// Returns the bytes of a slice.
    pub(crate) async fn slice(&self, grant: &Grant, object: &DataObject, request: &SliceRequest) -> Result<Vec<u8>, SliceError> {
        let mut stream = self.store.slice(grant, object, request).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            assert!(piece.len() <= 256 * 1024);
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// Writes the slice of these regions into the scratch folder and returns its path.
    pub(crate) async fn slice_file(&self, grant: &Grant, object: &DataObject, regions: &[SliceRegion], name: &str) -> PathBuf {
        let request = SliceRequest {
            class: None,
            regions: regions.to_vec(),
            ..SliceRequest::default()
        };
        let whole = self.slice(grant, object, &request).await.unwrap();
        let path = self.file(name, &whole);
        // The header and the body of the slice, requested separately, must together give the same data.
        let mut parts = Vec::new();
        for class in [Class::Header, Class::Body] {
            let request = SliceRequest {
                class: Some(class),
                regions: regions.to_vec(),
                ..SliceRequest::default()
            };
            parts.extend(self.slice(grant, object, &request).await.unwrap());
        }
        assert!(
            parts == whole || same_data(&parts, &whole),
            "header and body differ from the whole file"
        );
        path
    }
}

fn same_data(a: &[u8], b: &[u8]) -> bool {
    a.starts_with(&[0x1f, 0x8b]) && pipe("bgzip", &["-dc"], a) == pipe("bgzip", &["-dc"], b)
}

/// A Grant for a file, made by `decide`; absent if `decide` denies the request. All participants of the file are members of the dataset,
/// and the ordinals in `consenting` have consented.
pub(crate) fn grant(object: &DataObject, action: Action, consenting: impl IntoIterator<Item = u32>) -> Option<Grant> {
    grant_with(object, action, Delivery::Download, consenting)
}

pub(crate) fn grant_with(
    object: &DataObject,
    action: Action,
    delivery: Delivery,
    consenting: impl IntoIterator<Item = u32>,
) -> Option<Grant> {
    grant_in_families(object, action, delivery, consenting, &vec![None; object.samples.len()])
}

/// A Grant as made by [`grant_with`], with families: the participant with ordinal `i` belongs to family `families[i]`; absent means that
/// the participant is a family of its own. There may be more participants than samples.
pub(crate) fn grant_in_families(
    object: &DataObject,
    action: Action,
    delivery: Delivery,
    consenting: impl IntoIterator<Item = u32>,
    families: &[Option<&str>],
) -> Option<Grant> {
    grant_under(object, action, (delivery, None), consenting, families)
}

/// A Grant that covers all participants of a file, under an approval that is limited to regions. Absent if `decide` denies the request.
pub(crate) fn grant_in_regions(object: &DataObject, action: Action, delivery: Delivery, regions: &[ApprovedRegion]) -> Option<Grant> {
    let people = object.samples.len();
    let everybody = 0..people as u32;
    grant_under(object, action, (delivery, Some(regions.to_vec())), everybody, &vec![None; people])
}

fn grant_under(
    object: &DataObject,
    action: Action,
    (delivery, regions): (Delivery, Option<Vec<ApprovedRegion>>),
    consenting: impl IntoIterator<Item = u32>,
    families: &[Option<&str>],
) -> Option<Grant> {
    let form = gemj_fixtures::form("form");
    let mut roster = Roster::default();
    for (person, family) in (0..).zip(families) {
        roster.register(Ordinal(person), *family, None);
        roster.enrol(&dataset(), Ordinal(person));
    }
    let mut ledger = ConsentLedger::new([form]);
    for (sequence, person) in consenting.into_iter().enumerate() {
        ledger.append(gemj_fixtures::gave(sequence as u64 + 1, person, "form", Timestamp(1)));
    }
    let approval = Approval {
        visa_value: VISA.to_owned(),
        project: "project".to_owned(),
        organisation: "university.jp".to_owned(),
        datasets: vec![dataset()],
        regions,
        delivery,
        ..gemj_fixtures::approval("approval")
    };
    let policy = Policy::new(
        vec![gemj_fixtures::dataset_policy(dataset().as_str())],
        vec![gemj_fixtures::university("university.jp")],
        10,
    );
    let view = ConsentView::fold(1, &ledger, &roster, &[approval], &[], &[dataset()], NOW);
    let caller = Caller {
        pseudonym: "caller".to_owned(),
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            value: VISA.to_owned(),
            jti: None,
            not_after: Timestamp(9_000),
        }],
        ..Caller::default()
    };
    let located = LocatedObject {
        id: object.id.clone(),
        dataset: object.dataset.clone(),
        kind: object.format.data_kind(),
        samples: object.samples.iter().map(|s| s.participant).collect(),
    };
    let question = AccessRequest {
        decision: DecisionId(7),
        caller: &caller,
        action,
        resource: Resource::Object(Some(&located)),
        declared: None,
        now: NOW,
    };
    decide(&question, &policy, &view).ok()
}

/// A Grant for slices of a file that covers all participants of the file.
pub(crate) fn full_grant(object: &DataObject) -> Grant {
    let action = match object.format.data_kind() {
        DataKind::Reads => Action::SliceReads,
        DataKind::Variants => Action::SliceVariants,
    };
    grant(object, action, 0..object.samples.len() as u32).unwrap()
}

pub(crate) fn region(contig: &str, start: u64, end: Option<u64>) -> SliceRegion {
    SliceRegion::Contig {
        contig: Contig(contig.to_owned()),
        interval: Interval {
            start: ZeroBased(start),
            end: end.map(ZeroBased),
        },
    }
}

/// A region in the syntax of samtools; absent for an empty region. The contig's name is in braces, so that a colon in the name is not a
/// separator.
pub(crate) fn samtools_region(region: &SliceRegion) -> Option<String> {
    match region {
        SliceRegion::Unplaced => Some("*".to_owned()),
        SliceRegion::Contig { contig, interval } if interval.is_empty() => {
            let _ = contig;
            None
        }
        SliceRegion::Contig { contig, interval } => Some(match interval.end {
            Some(end) => format!("{{{}}}:{}-{}", contig.as_str(), interval.start.0 + 1, end.0),
            None => format!("{{{}}}:{}-", contig.as_str(), interval.start.0 + 1),
        }),
    }
}

/// Random regions of contigs. The regions are short, long, empty, behind the end of the contig, or open to the end of the contig.
pub(crate) fn random_regions(dice: &mut Dice, spans: &[(String, u64, u64)], count: usize) -> Vec<SliceRegion> {
    (0..count)
        .map(|_| {
            let (contig, from, to) = dice.pick(spans).clone();
            let start = (from.saturating_sub(2_000)) + dice.roll(to - from + 4_000);
            let length = *dice.pick(&[0, 1, 1, 2, 30, 100, 1_000, 20_000, 1_000_000]);
            let end = if dice.roll(10) == 0 { None } else { Some(start + length) };
            region(&contig, start, end)
        })
        .collect()
}

pub(crate) fn denied(outcome: Result<Vec<u8>, SliceError>) -> bool {
    matches!(
        outcome,
        Err(SliceError::NotCovered) | Err(SliceError::Object(ObjectError::NotCovered))
    )
}
