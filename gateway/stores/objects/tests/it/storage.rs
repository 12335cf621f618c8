//! Runs the same contract tests on a local folder and on an S3 service.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::StreamExt as _;
use gemj_access::{Action, Job, Mandate, Upkeep, WriteAction};
use gemj_model::{Assembly, Delivery};
use gemj_objects::{ObjectError, ObjectSettings, ObjectStore, SliceRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;

use crate::kit::*;

/// A store on an S3 service that runs in this process. The second value is the folder of the service.
async fn s3() -> (Bench, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("bucket")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
    builder.set_auth(SimpleAuth::from_single("key", "secret"));
    let service = builder.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    let settings = ObjectSettings {
        url: "s3://bucket/some/prefix".to_owned(),
        endpoint: Some(format!("http://{address}")),
        region: None,
        access_key_id: Some("key".to_owned()),
        secret_access_key: Some("secret".to_owned()),
        allow_http: true,
        reference_fasta: None,
    };
    assert!(!format!("{settings:?}").contains("secret\""));
    let bench = Bench {
        store: ObjectStore::open(&settings).await.unwrap(),
        scratch: tempfile::tempdir().unwrap(),
    };
    (bench, folder)
}

/// The number of files in a folder and its subfolders.
fn count(folder: &Path) -> usize {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { count(&path) } else { 1 })
        .sum()
}

async fn contract(bench: &Bench) {
    let load = Mandate::operator(WriteAction::Load);
    // A file that is large enough for several parts of an S3 upload and several reads.
    let mut dice = Dice(6);
    let large: Vec<u8> = (0..40_000_000u32).map(|_| dice.roll(256) as u8).collect();
    let path = bench.file("large.bin", &large);
    let told = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&told);
    let stored = bench
        .store
        .put_file(&load, &path, move |bytes| seen.store(bytes, Ordering::SeqCst))
        .await
        .unwrap();
    assert_eq!(stored.size_bytes, large.len() as u64);
    assert_eq!(told.load(Ordering::SeqCst), large.len() as u64);
    assert_eq!(stored.sha256, run("sha256sum", &[path.to_str().unwrap()])[..64]);
    let again = bench.store.put_file(&load, &path, |_| ()).await.unwrap();
    assert_ne!(again.key, stored.key);

    let upkeep = Upkeep::of(Job::BuildSegments);
    for range in [0..1, 0..40_000_000, 17_000_000..17_000_100, 39_999_999..40_000_000, 5..5] {
        let read = bench.store.read_blob_range(upkeep, &stored.key, range.clone()).await.unwrap();
        assert!(read == large[range.start as usize..range.end as usize]);
    }
    for range in [40_000_000..40_000_001, 39_999_999..40_000_001] {
        assert!(bench.store.read_blob_range(upkeep, &stored.key, range).await.is_err());
    }
    assert!(matches!(
        bench.store.read_blob_range(upkeep, "../../etc/passwd", 0..1).await,
        Err(ObjectError::BadKey)
    ));

    let blob = bench
        .store
        .put_index_blob(&load, "carriers", Bytes::from_static(b"blob"))
        .await
        .unwrap();
    assert!(blob.key.starts_with("carriers/"));
    assert_eq!(bench.store.read_blob_range(upkeep, &blob.key, 1..3).await.unwrap(), "lo");
    bench.store.delete_orphan(&load, &blob.key).await.unwrap();
    bench.store.delete_orphan(&load, &blob.key).await.unwrap();
    assert!(bench.store.read_blob_range(upkeep, &blob.key, 1..3).await.is_err());
    let consent = Mandate::operator(WriteAction::RecordConsent);
    assert!(matches!(
        bench.store.put_bytes(&consent, "index", Bytes::new()).await,
        Err(ObjectError::WrongKey)
    ));

    whole_files(bench).await;
    slices(bench).await;
}

async fn whole_files(bench: &Bench) {
    let sam = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:c\tLN:1000\n@RG\tID:g\tSM:s\na\t0\tc\t100\t60\t4M\t*\t0\t0\tACGT\tIIII\n";
    let path = bench.file("small.bam", &pipe("samtools", &["view", "-b"], sam.as_bytes()));
    let (object, _) = bench.load(&path, Assembly::GRCh38).await;
    let bytes = fs::read(&path).unwrap();
    let fetch = grant(&object, Action::FetchObject, [0]).unwrap();
    for range in [0..bytes.len(), 3..40, 7..7] {
        let mut stream = std::pin::pin!(
            bench
                .store
                .read_object_range(&fetch, &object, range.start as u64..range.end as u64)
                .await
                .unwrap()
        );
        let mut read = Vec::new();
        while let Some(piece) = stream.next().await {
            read.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(read, bytes[range]);
    }
    let beyond = bench.store.read_object_range(&fetch, &object, 0..bytes.len() as u64 + 1).await;
    assert!(matches!(beyond.err(), Some(ObjectError::RangeNotSatisfiable)));
    for other in [
        grant(&object, Action::SliceReads, [0]).unwrap(),
        grant_with(&object, Action::DescribeObject, Delivery::TreOnly, [0]).unwrap(),
    ] {
        let refused = bench.store.read_object_range(&other, &object, 0..1).await;
        assert!(matches!(refused.err(), Some(ObjectError::NotCovered)));
    }
    assert!(grant(&object, Action::FetchObject, []).is_none());
    let mut unmapped = object.clone();
    unmapped.samples[0].participant = None;
    let refused = bench.store.read_object_range(&fetch, &unmapped, 0..1).await;
    assert!(matches!(refused.err(), Some(ObjectError::NotCovered)));
}

async fn slices(bench: &Bench) {
    if let Some(path) = shared("data/reads/NA12878.bam") {
        let spans = [("11".to_owned(), 4_999_900, 5_020_000), ("20".to_owned(), 4_999_900, 5_020_000)];
        crate::bam::compare_reads(bench, &path, Assembly::GRCh37, &spans, 12, &[]).await;
    }
    if let Some(path) = shared("data/reads/NA12878.cram") {
        let spans = [("11".to_owned(), 4_999_900, 5_020_000)];
        crate::bam::compare_reads(bench, &path, Assembly::GRCh37, &spans, 12, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_folder_fulfils_the_contract() {
    contract(&Bench::new().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_fulfils_the_contract() {
    let (bench, _folder) = s3().await;
    contract(&bench).await;
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_stored_is_not_stored() {
    let bench = Bench::new().await;
    let path = bench.file("growing.bin", &vec![7; 9_000_000]);
    let grown = path.clone();
    let outcome = bench
        .store
        .put_file(&Mandate::operator(WriteAction::Load), &path, move |_| {
            let mut bytes = fs::read(&grown).unwrap();
            bytes.push(1);
            fs::write(&grown, bytes).unwrap();
        })
        .await;
    assert!(matches!(outcome, Err(ObjectError::ChangedWhileRead)));
    assert_eq!(count(&bench.path("store")), 0);
}

/// Asserts that a slice of the file ends in an error and never in a well-formed short file.
async fn fails(bench: &Bench, object: &gemj_model::DataObject) {
    let grant = full_grant(object);
    let outcome = bench.slice(&grant, object, &SliceRequest::default()).await;
    assert!(outcome.is_err());
}

#[tokio::test]
async fn a_truncated_or_missing_stored_file_gives_an_error() {
    for format in ["bam", "cram", "vcf.gz"] {
        let bench = Bench::new().await;
        let sam = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:c\tLN:1000\n@RG\tID:g\tSM:s\na\t0\tc\t100\t60\t4M\t*\t0\t0\tACGT\tIIII\n";
        let bytes = match format {
            "bam" => pipe("samtools", &["view", "-b"], sam.as_bytes()),
            "cram" => pipe("samtools", &["view", "-C", "--output-fmt-option", "no_ref=1"], sam.as_bytes()),
            _ => pipe("bgzip", &["-c"], crate::variants::odd_vcf(50, 0).as_bytes()),
        };
        let path = bench.file(&format!("x.{format}"), &bytes);
        let (object, _) = bench.load(&path, Assembly::GRCh38).await;
        let stored = bench.path("store").join(&object.storage_key);
        fs::write(&stored, &bytes[..bytes.len() - 28]).unwrap();
        fails(&bench, &object).await;
        fs::remove_file(&stored).unwrap();
        fails(&bench, &object).await;
    }
}

#[tokio::test]
async fn dropping_a_stream_stops_its_work_and_invalid_urls_are_rejected() {
    let bench = Bench::new().await;
    let bytes = pipe("bgzip", &["-c"], crate::variants::odd_vcf(20_000, 200).as_bytes());
    let path = bench.file("x.vcf.gz", &bytes);
    let (object, _) = bench.load(&path, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let request = SliceRequest {
        class: None,
        regions: vec![region("un1", 0, None)],
        ..SliceRequest::default()
    };
    let mut stream = bench.store.slice(&grant, &object, &request).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    // At its end, the runtime waits for all blocking work. If the slicer still waited for space in the full channel, this test would never
    // end.
    for url in ["", "/tmp/x", "http://host/x", "file:relative", "s3://"] {
        let settings = ObjectSettings {
            url: url.to_owned(),
            ..ObjectSettings::default()
        };
        assert!(ObjectStore::open(&settings).await.is_err(), "{url}");
    }
}
