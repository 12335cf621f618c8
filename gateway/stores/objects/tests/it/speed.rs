//! How slices compare with samtools on the same machine in the same run:
//! `cargo test --release -p gemj-objects --test it -- --ignored --nocapture slices_keep_pace`.

use std::time::Instant;

use gemj_model::Assembly;
use gemj_objects::SliceRequest;

use crate::kit::*;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark"]
async fn slices_keep_pace_with_samtools() {
    let Some(path) = shared("data/reads/NA12878.bam") else { return };
    let bench = Bench::new().await;
    let (many, sorted) = (bench.path("many.bam"), bench.path("sorted.bam"));
    let copies = vec![path.to_str().unwrap(); 20];
    run("samtools", &[&["cat", "-o", many.to_str().unwrap()][..], &copies].concat());
    run(
        "samtools",
        &["sort", "--write-index", "-o", sorted.to_str().unwrap(), many.to_str().unwrap()],
    );
    let started = Instant::now();
    let (object, inspection) = bench.load(&sorted, Assembly::GRCh37).await;
    let mb = object.size_bytes as f64 / 1e6;
    println!(
        "inspected and stored {mb:.0} MB, {} records in {:.2?}",
        inspection.record_count,
        started.elapsed()
    );
    let grant = full_grant(&object);
    for (name, end) in [("all", None), ("500 bases", Some(5_001_000))] {
        let request = SliceRequest {
            class: None,
            regions: vec![region("11", 5_000_500, end)],
            ..SliceRequest::default()
        };
        bench.slice(&grant, &object, &request).await.unwrap();
        let started = Instant::now();
        let bytes = bench.slice(&grant, &object, &request).await.unwrap().len();
        let ours = started.elapsed();
        let words = samtools_region(&request.regions[0]).unwrap();
        let out = bench.path("out.bam");
        let started = Instant::now();
        run(
            "samtools",
            &["view", "-1", "-o", out.to_str().unwrap(), sorted.to_str().unwrap(), &words],
        );
        let theirs = started.elapsed();
        println!(
            "{name}: {bytes} bytes in {ours:.2?}; samtools view -1 {theirs:.2?} (with its start-up); ratio {:.2}",
            ours.as_secs_f64() / theirs.as_secs_f64()
        );
    }
}
