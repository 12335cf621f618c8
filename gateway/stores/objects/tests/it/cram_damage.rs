//! Tests slices of damaged CRAM files. A BAM slice gives an error or the undamaged records. A CRAM slice gives an error or has the length of the
//! undamaged slice, because the slicer does not decode the containers that it copies.

use gemj_model::{Assembly, FileFormat};
use gemj_objects::SliceRequest;

use crate::cram::{encode, material};
use crate::kit::*;

#[tokio::test]
async fn a_damaged_file_gives_an_error_or_the_same_records_without_a_panic() {
    let scratch = Bench::new().await;
    let material = material(&scratch, 120, 51);
    let bench = Bench::with_reference(Some(material.fasta.clone())).await;
    let cram = encode(&bench, &material, "damage", &["seqs_per_slice=40", "slices_per_container=2"]);
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let stored = bench.path("store").join(&object.storage_key);
    let whole = std::fs::read(&stored).unwrap();
    let requests = [FileFormat::Cram, FileFormat::Bam].map(|output| SliceRequest {
        regions: vec![region("chrA", 4_000, Some(22_000))],
        output: Some(output),
        ..SliceRequest::default()
    });
    let mut right = Vec::new();
    for request in &requests {
        right.push(bench.slice(&grant, &object, request).await.unwrap());
    }
    let header = bench
        .slice(
            &grant,
            &object,
            &SliceRequest {
                class: Some(gemj_objects::Class::Header),
                ..SliceRequest::default()
            },
        )
        .await
        .unwrap()
        .len() as u64;
    let mut dice = Dice(52);
    let mut errors = 0;
    for round in 0..150 {
        let mut bytes = whole.clone();
        let at = (header + dice.roll(whole.len() as u64 - header)) as usize;
        if round % 5 == 0 {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << dice.roll(8);
        }
        std::fs::write(&stored, &bytes).unwrap();
        for (request, right) in requests.iter().zip(&right) {
            match bench.slice(&grant, &object, request).await {
                Err(_) => errors += 1,
                // The slicer does not decode copied containers, so the client must verify their checksums. For BAM, the slicer decodes and
                // verifies the data.
                Ok(made) if request.output == Some(FileFormat::Bam) => assert!(made == *right),
                Ok(made) => assert_eq!(made.len(), right.len()),
            }
        }
    }
    std::fs::write(&stored, &whole).unwrap();
    assert!(errors > 25, "{errors}");
}
