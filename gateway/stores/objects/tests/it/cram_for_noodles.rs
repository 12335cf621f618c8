//! Tests that noodles can read every record of a CRAM slice, because clients in Rust use noodles.

use gemj_model::Assembly;
use gemj_objects::SliceRequest;
use noodles::cram;

use crate::cram::{encode, material};
use crate::kit::*;

#[tokio::test]
async fn noodles_reads_as_many_records_of_a_slice_as_samtools() {
    let scratch = Bench::new().await;
    let material = material(&scratch, 700, 43);
    let bench = Bench::with_reference(Some(material.fasta.clone())).await;
    // Reads in a CRAM file of this layout can be decoded by noodles without a reference.
    let path = encode(&bench, &material, "none", &["no_ref=1", "seqs_per_slice=100"]);
    let (object, _) = bench.load(&path, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let mut read = 0;
    // The regions are small, so their records use only few of the tag lists of their container.
    let regions = (0..40_000).step_by(500).map(|start| region("chrA", start, Some(start + 30)));
    for region in regions {
        let request = SliceRequest {
            regions: vec![region.clone()],
            ..SliceRequest::default()
        };
        let slice = bench.slice(&grant, &object, &request).await.unwrap();
        let file = bench.file("slice.cram", &slice);
        let expected: usize = run("samtools", &["view", "-c", file.to_str().unwrap()]).trim().parse().unwrap();
        let mut reader = cram::io::Reader::new(slice.as_slice());
        let header = reader.read_header().unwrap();
        let records = reader
            .records(&header)
            .map(|record| record.unwrap_or_else(|e| panic!("{region:?}: {e}")));
        assert_eq!(records.count(), expected, "{region:?}");
        read += expected;
    }
    assert!(read > 50, "{read} records");
}
