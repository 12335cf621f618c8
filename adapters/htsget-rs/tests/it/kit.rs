//! The test kit: files that the gateway's search and the search of htsget-rs can both read, the answers of the two searches, and the
//! programs that compute the expected results.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::StreamExt as _;
use ga4gh_htsget::DataBlock;
use gemj_access::{Grant, Mandate, WriteAction};
use gemj_htsget_rs::GatewaySearch;
use gemj_model::object::ObjectSample;
use gemj_model::{Assembly, DataKind, DataObject, ObjectId, Ordinal, Origin, Timestamp};
use gemj_objects::inspect::{Expected, inspect};
use gemj_objects::{ObjectSettings, ObjectStore, SliceRequest};
use htsget_config::storage::file::File;
use htsget_config::types::{HtsGetError, Query, Response, Scheme};
use htsget_search::from_storage::HtsGetFromStorage;
use htsget_search::{FileStorage, Format, HtsGet, Storage};
use tempfile::TempDir;

use crate::grants::{dataset, full_grant};

/// The path of a real file in the shared folder. If the file is absent, the result is `None` and a message is printed; in CI this is a
/// failure.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join(path);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is absent", path.display());
    eprintln!("SKIPPED: {} is not there", path.display());
    None
}

fn tool(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    // The programs must not download reference sequences.
    command
        .args(arguments)
        .env("REF_PATH", "/nonexistent")
        .env("REF_CACHE", "/nonexistent");
    command
}

/// Runs a program with this standard input. Returns its standard output, whether it succeeded, and its error output.
pub(crate) fn attempt(program: &str, arguments: &[&str], input: &[u8]) -> (Vec<u8>, bool, String) {
    let mut child = tool(program, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{program}: {e}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that stops early closes its standard input, so a failed write is not an error.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    (
        output.stdout,
        output.status.success(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Runs a program with this standard input and returns its standard output. If the program fails, the test fails with its error output.
pub(crate) fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let (out, content, complaint) = attempt(program, arguments, input);
    assert!(content, "{program} {arguments:?}: {complaint}");
    out
}

/// Runs a program as [`pipe`] does, and returns its standard output as lines of text.
pub(crate) fn lines(program: &str, arguments: &[&str], input: &[u8]) -> Vec<String> {
    let text = String::from_utf8(pipe(program, arguments, input)).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Asserts that htsget-rs still has a fault that decision 0019 lists. If this assertion fails, htsget-rs was corrected: remove the fault
/// from the decision, and the call of this function.
pub(crate) fn expected_difference(upstream_is_wrong: bool, what: &str) {
    assert!(
        upstream_is_wrong,
        "htsget-rs no longer shows this fault; strike it from docs/decisions/0019-faults-of-htsget-rs.md: {what}"
    );
}

/// A small random number generator with a fixed seed, so that a failure can be repeated.
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
}

/// The URLs that our search made: the file, the Grant and the slice request of each URL.
type Minted = Arc<Mutex<HashMap<String, (DataObject, Grant, SliceRequest)>>>;

/// A folder in the layout that htsget-rs reads, and the same files in the gateway's object store.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    store: ObjectStore,
    files: HashMap<String, Arc<DataObject>>,
    minted: Minted,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = ObjectSettings {
            url: format!("file://{}/store", folder.path().display()),
            ..ObjectSettings::default()
        };
        Self {
            store: ObjectStore::open(&settings).await.unwrap(),
            folder,
            files: HashMap::new(),
            minted: Minted::default(),
        }
    }

    /// Writes a file and its index, made by samtools or bcftools, to the folder of htsget-rs. Also adds the file to the object store.
    pub(crate) async fn add(&mut self, id: &str, format: Format, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(format.fmt_file(id));
        fs::write(&path, bytes).unwrap();
        let name = path.to_str().unwrap();
        match format {
            Format::Bam | Format::Cram => pipe("samtools", &["index", name], &[]),
            Format::Vcf => pipe("bcftools", &["index", "-t", name], &[]),
            Format::Bcf => pipe("bcftools", &["index", "-c", name], &[]),
        };
        self.load(id, &path).await;
        path
    }

    /// Adds a file to the object store. The samples in the file become participants with the ordinals 0, 1 and so on.
    pub(crate) async fn load(&mut self, id: &str, path: &Path) {
        // A generated file has contigs of neither assembly and is accepted with both. A real file has contigs of one assembly and is
        // accepted with that assembly only.
        let (assembly, inspection) = [Assembly::GRCh37, Assembly::GRCh38]
            .into_iter()
            .find_map(|assembly| Some((assembly, inspect(path, None, Expected { format: None, assembly }).ok()?)))
            .unwrap_or_else(|| panic!("{} is not accepted", path.display()));
        let mandate = Mandate::operator(WriteAction::Load);
        let stored = self.store.put_file(&mandate, path, |_| ()).await.unwrap();
        let index = Bytes::from(inspection.index.bytes.clone());
        let index = self.store.put_bytes(&mandate, "index", index).await.unwrap();
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
                .zip(0..)
                .map(|(sample, ordinal)| ObjectSample {
                    sample,
                    participant: Some(Ordinal(ordinal)),
                    specimen: None,
                })
                .collect(),
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            storage_key: stored.key,
            index_key: index.key,
            index_format: inspection.index.format,
            created: Timestamp(1_000),
        };
        self.files.insert(id.to_owned(), Arc::new(object));
    }

    /// The file with this id in the object store.
    pub(crate) fn object(&self, id: &str) -> DataObject {
        DataObject::clone(&self.files[id])
    }

    /// Our search, with a Grant that covers all participants of every file.
    pub(crate) fn ours(&self) -> GatewaySearch {
        self.ours_with(|_, object| Some(full_grant(object)))
    }

    /// Our search, with another function that decides the Grants.
    pub(crate) fn ours_with(
        &self,
        grants: impl Fn(&htsget_config::types::Request, &DataObject) -> Option<Grant> + Send + Sync + 'static,
    ) -> GatewaySearch {
        let (files, minted) = (self.files.clone(), Arc::clone(&self.minted));
        let mint = move |object: &DataObject, grant: &Grant, request: &SliceRequest| {
            let mut minted = minted.lock().unwrap();
            let url = format!("https://gateway.example.org/blocks/{}", minted.len());
            minted.insert(url.clone(), (object.clone(), grant.clone(), request.clone()));
            Some(DataBlock::at(url))
        };
        GatewaySearch::new(self.store.clone(), move |id| files.get(id).cloned(), grants, mint)
    }

    /// The search of htsget-rs over the files in the folder.
    pub(crate) fn theirs(&self) -> HtsGetFromStorage {
        let folder = self.folder.path().to_str().unwrap().to_owned();
        let formatter = File::new(Scheme::Http, "127.0.0.1:8081".parse().unwrap(), folder.clone());
        HtsGetFromStorage::new(Storage::new(FileStorage::new(folder, formatter, Vec::new()).unwrap()))
    }

    /// The bytes that a client gets from our answer by concatenating its blocks. A slice inside the ticket and a slice behind a URL must
    /// have the same bytes.
    pub(crate) async fn our_bytes(&self, query: &Query) -> Vec<u8> {
        let inline = self.ours().with_inline_bytes(usize::MAX).search(query.clone()).await.unwrap();
        let bytes = self.fetch(&inline).await;
        let by_url = self.ours().with_inline_bytes(0).search(query.clone()).await.unwrap();
        assert!(by_url.urls.iter().all(|url| url.url.starts_with("https://")));
        assert!(
            self.fetch(&by_url).await == bytes,
            "the ticket and the URL give different bytes: {query:?}"
        );
        bytes
    }

    /// The bytes that a client gets from the answer of htsget-rs by concatenating its blocks.
    pub(crate) async fn their_bytes(&self, query: &Query) -> Result<Vec<u8>, HtsGetError> {
        Ok(self.fetch(&self.theirs().search(query.clone()).await?).await)
    }

    /// Fetches the blocks of a ticket as a client does: `data:` URIs, URLs that our search made, and URLs of htsget-rs with their `Range`
    /// headers.
    pub(crate) async fn fetch(&self, response: &Response) -> Vec<u8> {
        let mut bytes = Vec::new();
        for url in &response.urls {
            if let Some((_, base64)) = url.url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) {
                bytes.extend(STANDARD.decode(base64).unwrap());
            } else if let Some(key) = url.url.strip_prefix("http://127.0.0.1:8081/") {
                let file = fs::read(self.folder.path().join(key)).unwrap();
                let range = url.headers.as_ref().and_then(|headers| headers.as_ref_inner().get("Range"));
                let (first, last) = range.map_or((0, file.len() - 1), |range| {
                    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
                    (first.parse().unwrap(), last.parse::<usize>().unwrap().min(file.len() - 1))
                });
                bytes.extend_from_slice(&file[first..=last]);
            } else {
                let (object, grant, request) = self.minted.lock().unwrap()[&url.url].clone();
                let mut stream = self.store.slice(&grant, &object, &request).await.unwrap();
                while let Some(piece) = stream.next().await {
                    bytes.extend_from_slice(&piece.unwrap());
                }
            }
        }
        bytes
    }
}

/// A query for a region of a contig, 0-based half-open.
pub(crate) fn region(id: &str, format: Format, contig: &str, start: u32, end: u32) -> Query {
    Query::new_with_default_request(id, format)
        .with_reference_name(contig)
        .with_start(start)
        .with_end(end)
}

/// The region of a query in the syntax of samtools. The contig's name is in braces, so that a colon in the name is not a separator.
pub(crate) fn words(query: &Query) -> String {
    let (start, end) = (query.interval().start().unwrap(), query.interval().end().unwrap());
    format!("{{{}}}:{}-{end}", query.reference_name().unwrap(), start + 1)
}

/// Queries for random regions of contigs. The regions are short, long, or extend beyond the end of the contig.
pub(crate) fn random_regions(dice: &mut Dice, id: &str, format: Format, spans: &[(&str, u64, u64)], count: usize) -> Vec<Query> {
    let lengths = [1, 2, 30, 100, 1_000, 20_000, 1_000_000];
    (0..count)
        .map(|_| {
            let (contig, from, to) = spans[dice.roll(spans.len() as u64) as usize];
            let start = from + dice.roll(to - from);
            let end = start + lengths[dice.roll(lengths.len() as u64) as usize];
            region(id, format, contig, u32::try_from(start).unwrap(), u32::try_from(end).unwrap())
        })
        .collect()
}
