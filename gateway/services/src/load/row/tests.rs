#![allow(clippy::unwrap_used)]
use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gemj_access::{Job, Upkeep, WriteAction};
use gemj_catalogue::Catalogue;
use gemj_model::{DatasetId, SystemClock};
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_variants::CarrierIndex;

use super::*;
use crate::load::read_sheet;

/// The bytes as one BGZF block (SAM 1.6, section 4.1) without compression, and the end marker.
fn bgzf(text: &str) -> Vec<u8> {
    let block = |data: &[u8]| {
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::none());
        deflate.write_all(data).unwrap();
        let deflated = deflate.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(data);
        let mut block = vec![31, 139, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, b'B', b'C', 2, 0];
        block.extend(((deflated.len() + 25) as u16).to_le_bytes());
        block.extend(deflated);
        block.extend(crc.sum().to_le_bytes());
        block.extend((data.len() as u32).to_le_bytes());
        block
    };
    let marker = [
        31, 139, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 66, 67, 2, 0, 27, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    [block(text.as_bytes()), marker.to_vec()].concat()
}

fn vcf(position: u32) -> Vec<u8> {
    bgzf(&format!(
        "##fileformat=VCFv4.2\n##contig=<ID=chr17,length=83257441>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\nchr17\t{position}\t.\tG\tT\t.\tPASS\t.\tGT\t0/1\n"
    ))
}

async fn stores(folder: &Path) -> Stores {
    let catalogue = Catalogue::open(&format!("sqlite:{}/catalogue.db", folder.display()), 4)
        .await
        .unwrap();
    let settings = ObjectSettings {
        url: format!("file://{}/store", folder.display()),
        ..ObjectSettings::default()
    };
    let objects = ObjectStore::open(&settings).await.unwrap();
    let carriers = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
    Stores {
        catalogue,
        objects,
        carriers,
    }
}

#[tokio::test]
async fn a_file_that_changes_between_its_storage_and_its_indexing_is_refused_and_nothing_of_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (stores, path) = (stores(folder.path()).await, folder.path().join("a.vcf.gz"));
    let (first, other) = (vcf(43_084_522), vcf(43_084_523));
    assert_eq!(first.len(), other.len());
    std::fs::write(&path, &first).unwrap();
    let sheet = folder.path().join("sheet.csv");
    std::fs::write(&sheet, "dataset,participant,assembly,path\ncancer,P1,GRCh38,a.vcf.gz\n").unwrap();
    let configured = HashSet::from([DatasetId::parse("cancer").unwrap()]);
    let row = read_sheet(&sheet, &configured).unwrap().remove(0).unwrap();
    let loader = Loader {
        stores: &stores,
        mandate: &Mandate::operator(WriteAction::Load),
        key: &CapabilityKey::new([7; 32]),
        clock: &SystemClock::default(),
    };
    // Other bytes of the same size and time, written when the file is stored: nothing but a digest shows the change.
    let changed = AtomicBool::new(false);
    let change = |_: u64| {
        if !changed.swap(true, Ordering::SeqCst) {
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            let before = file.metadata().unwrap().modified().unwrap();
            (&file).write_all(&other).unwrap();
            file.set_modified(before).unwrap();
        }
    };
    let refused = loader.load(&row, change).await;
    assert!(matches!(refused, Err(RowError::Changed)), "{refused:?}");
    assert!(changed.load(Ordering::SeqCst));
    let upkeep = Upkeep::of(Job::BuildSegments);
    assert!(stores.catalogue.manifest(upkeep).await.unwrap().segments.is_empty());
    assert_eq!(stores.objects.list_files(Upkeep::of(Job::IndexFiles)).await.unwrap().len(), 0);
    assert_eq!(stores.objects.list_index_blobs(upkeep, "carriers").await.unwrap().len(), 0);
    let loaded = loader.load(&row, |_| ()).await.unwrap();
    assert_eq!((loaded.is_new, loaded.variant_count), (true, 1));
}

#[tokio::test]
async fn a_pipe_or_a_folder_in_place_of_a_file_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let stores = stores(folder.path()).await;
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path().join("p.vcf.gz"))
        .status()
        .unwrap();
    assert!(made.success());
    std::fs::create_dir(folder.path().join("d.vcf.gz")).unwrap();
    let sheet = folder.path().join("sheet.csv");
    std::fs::write(
        &sheet,
        "dataset,participant,assembly,path\ncancer,P1,GRCh38,p.vcf.gz\ncancer,P1,GRCh38,d.vcf.gz\n",
    )
    .unwrap();
    let configured = HashSet::from([DatasetId::parse("cancer").unwrap()]);
    let loader = Loader {
        stores: &stores,
        mandate: &Mandate::operator(WriteAction::Load),
        key: &CapabilityKey::new([7; 32]),
        clock: &SystemClock::default(),
    };
    for row in read_sheet(&sheet, &configured).unwrap() {
        let fault = loader.load(&row.unwrap(), |_| ()).await.unwrap_err().to_string();
        assert!(fault.ends_with("cannot be read: is not a regular file"), "{fault}");
    }
}
