//! Tests slices under a Grant with the delivery `region-view`.

use gemj_access::Action;
use gemj_model::{Assembly, DataObject, Delivery};
use gemj_objects::{Class, SliceRequest};

use crate::kit::*;

const VCF: &str = "##fileformat=VCFv4.3\n##contig=<ID=un1,length=1000>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"GT\">\n\
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tONE\nun1\t5\t.\tA\tC\t.\t.\t.\tGT\t0/1\nun1\t900\t.\tA\tC\t.\t.\t.\tGT\t0/1\n";
const SAM: &str = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:un1\tLN:1000\n@RG\tID:a\tSM:ONE\n\
r1\t0\tun1\t5\t60\t4M\t*\t0\t0\tACGT\tIIII\tRG:Z:a\nr2\t0\tun1\t900\t60\t4M\t*\t0\t0\tACGT\tIIII\tRG:Z:a\n";

/// Records behind the end of their contig are not returned. The budget of a region view is counted in bases of the contig, and these
/// records would not be counted.
#[tokio::test]
async fn under_region_view_records_behind_a_contig_end_are_not_returned() {
    let bench = Bench::new().await;
    let text = format!("{VCF}un1\t1500\t.\tA\tC\t.\t.\t.\tGT\t0/1\n");
    let path = bench.file("beyond.vcf.gz", &pipe("bgzip", &["-c"], text.as_bytes()));
    let (object, _) = bench.load(&path, Assembly::GRCh38).await;
    let viewing = grant_with(&object, Action::SliceVariants, Delivery::RegionView, [0]).unwrap();
    let taking = grant_with(&object, Action::SliceVariants, Delivery::Download, [0]).unwrap();
    for (part, seen, there) in [
        (region("un1", 800, Some(2_000)), vec!["900"], vec!["900", "1500"]),
        (region("un1", 800, None), vec!["900"], vec!["900", "1500"]),
        (region("un1", 1_000, Some(2_000)), vec![], vec!["1500"]),
    ] {
        for (grant, expected) in [(&viewing, seen), (&taking, there)] {
            let bytes = bench
                .slice(grant, &object, &request(None, std::slice::from_ref(&part)))
                .await
                .unwrap();
            let text = String::from_utf8_lossy(&pipe("bgzip", &["-dc"], &bytes)).into_owned();
            let positions: Vec<&str> = text
                .lines()
                .filter(|l| !l.starts_with('#'))
                .filter_map(|l| l.split('\t').nth(1))
                .collect();
            assert_eq!(positions, expected, "{part:?}");
        }
    }
}

async fn files(bench: &Bench) -> Vec<(DataObject, Action)> {
    let mut objects = Vec::new();
    for (name, action, bytes) in [
        ("one.vcf.gz", Action::SliceVariants, pipe("bgzip", &["-c"], VCF.as_bytes())),
        (
            "one.bcf",
            Action::SliceVariants,
            pipe("bcftools", &["view", "--no-version", "-Ob"], VCF.as_bytes()),
        ),
        (
            "one.bam",
            Action::SliceReads,
            pipe("samtools", &["view", "--no-PG", "-b"], SAM.as_bytes()),
        ),
        (
            "one.cram",
            Action::SliceReads,
            pipe(
                "samtools",
                &["view", "--no-PG", "-C", "--output-fmt-option", "no_ref=1"],
                SAM.as_bytes(),
            ),
        ),
    ] {
        let path = bench.file(name, &bytes);
        objects.push((bench.load(&path, Assembly::GRCh38).await.0, action));
    }
    objects
}

fn request(class: Option<Class>, regions: &[gemj_objects::SliceRegion]) -> SliceRequest {
    SliceRequest {
        class,
        regions: regions.to_vec(),
        ..SliceRequest::default()
    }
}

#[tokio::test]
async fn under_region_view_a_whole_file_is_denied_for_every_format_and_request() {
    let bench = Bench::new().await;
    for (object, action) in files(&bench).await {
        let viewing = grant_with(&object, action, Delivery::RegionView, [0]).unwrap();
        for class in [None, Some(Class::Body)] {
            assert!(
                denied(bench.slice(&viewing, &object, &request(class, &[])).await),
                "{:?}",
                object.format
            );
        }
        if action == Action::SliceReads {
            let unplaced = [region("un1", 0, Some(10)), gemj_objects::SliceRegion::Unplaced];
            assert!(denied(bench.slice(&viewing, &object, &request(None, &unplaced)).await));
        }
        // The header, regions, and the parts (`class`) of a region's slice may be returned.
        let part = [region("un1", 0, Some(10))];
        let header = bench.slice(&viewing, &object, &request(Some(Class::Header), &[])).await.unwrap();
        assert!(!header.is_empty());
        for class in [None, Some(Class::Header), Some(Class::Body)] {
            let bytes = bench.slice(&viewing, &object, &request(class, &part)).await.unwrap();
            assert!(!bytes.is_empty());
        }
        assert!(bench.store.check_regions(&viewing, &object, &part).await.is_ok());
        // With the delivery `download`, the caller may request a slice of the whole file.
        let taking = grant_with(&object, action, Delivery::Download, [0]).unwrap();
        assert!(bench.slice(&taking, &object, &request(None, &[])).await.is_ok());
        // Reading the bytes or the index of the file also requires the delivery `download`.
        assert!(grant_with(&object, Action::FetchObject, Delivery::RegionView, [0]).is_none());
        assert!(bench.store.read_object_range(&viewing, &object, 0..1).await.is_err());
        assert!(bench.store.read_object_index(&viewing, &object).await.is_err());
    }
}
