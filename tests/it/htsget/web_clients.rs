//! Two htsget clients in JavaScript: igv.js in a browser, and @gmod/bam.

use gemj_tests::htsget_clients::{chromium, node};
use gemj_tests::made_reads::EMBEDDED_CONTIG;
use gemj_tests::oracle::{bcftools, samtools};
use serde_json::{Value, json};

use super::made::made;

/// The reads in a client's result that overlap a region, one line for each read.
fn reads_of(found: &Value, start: u64, end: u64) -> Vec<String> {
    let mut reads: Vec<String> = found
        .as_array()
        .unwrap()
        .iter()
        .filter(|read| read["start"].as_u64().unwrap() < end && read["end"].as_u64().unwrap() > start)
        .map(|read| {
            format!(
                "{} {} {}",
                read["name"].as_str().unwrap(),
                read["start"],
                Some(read["cigar"].as_str().unwrap())
                    .filter(|cigar| !cigar.is_empty())
                    .unwrap_or("*")
            )
        })
        .collect();
    reads.sort();
    reads
}

fn reads_of_samtools(path: &str, region: &str) -> Vec<String> {
    let text = samtools(["view", path, region]);
    let mut reads: Vec<String> = text
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            format!("{} {} {}", fields[0], fields[3].parse::<u64>().unwrap() - 1, fields[5])
        })
        .collect();
    reads.sort();
    reads
}

#[test]
fn gmod_bam_reads_regions() {
    let made = made();
    let file = made.reads("spliced");
    // Some of these regions are small enough to be inline in the ticket; the other regions are larger.
    let regions = [
        ("synth1", 1_500_000, 1_500_100),
        ("synth1", 1_000_000, 1_400_000),
        ("synth2", 0, 800_000),
        ("empty", 0, 1_000),
    ];
    let Some(said) = node(
        "bam.mjs",
        &json!({
            "url": format!("{}/htsget/reads", made.client().base),
            "id": made.id(&file.path),
            "token": made.token,
            "regions": regions,
        }),
    ) else {
        return;
    };
    assert!(said["error"].is_null(), "{said:#}");
    for ((contig, start, end), found) in regions.into_iter().zip(said["answers"].as_array().unwrap()) {
        let wanted = reads_of_samtools(file.path.to_str().unwrap(), &format!("{contig}:{}-{end}", start + 1));
        assert_eq!(found.as_array().unwrap().len(), wanted.len(), "{contig}:{start}-{end}");
        assert_eq!(reads_of(found, start, end), wanted, "{contig}:{start}-{end}");
    }
}

#[test]
fn igv_draws_reads_and_variants_in_a_browser() {
    let made = made();
    let Some(chromium) = chromium() else { return };
    let (reads, variants) = (made.reads("agreeing"), made.variants("bgzip", 1));
    for (start, end) in [(100_000, 104_000), (20_000, 45_000)] {
        let Some(said) = node(
            "igv.mjs",
            &json!({
                "reads": format!("{}/htsget/reads/{}", made.client().base, made.id(&reads.path)),
                "variants": format!("{}/htsget/variants/{}", made.client().base, made.id(&variants.path)),
                "token": made.token,
                "fasta": made.reference.fasta,
                "locus": format!("{EMBEDDED_CONTIG}:{}-{end}", start + 1),
                "chromium": chromium,
            }),
        ) else {
            return;
        };
        assert!(said["error"].is_null(), "{said:#}");
        let region = format!("{EMBEDDED_CONTIG}:{}-{end}", start + 1);
        let wanted = reads_of_samtools(reads.path.to_str().unwrap(), &region);
        assert!(!wanted.is_empty());
        assert_eq!(reads_of(&said["reads"]["features"], start, end), wanted, "{region}");

        let listed = bcftools(["view", "-H", "-r", &region, variants.path.to_str().unwrap()]);
        let of = |line: &str| {
            let fields: Vec<&str> = line.split('\t').take(5).collect();
            format!("{} {} {}", fields[1], fields[3], fields[4])
        };
        let mut wanted: Vec<String> = listed.lines().map(of).collect();
        let mut drawn: Vec<String> = said["variants"]["features"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|v| {
                // The result of igv.js has no end for some kinds of variants.
                let position = v["position"].as_u64().unwrap();
                position <= end && v["end"].as_u64().unwrap_or(position) > start
            })
            .map(|v| {
                format!(
                    "{} {} {}",
                    v["position"],
                    v["reference"].as_str().unwrap(),
                    v["alternate"].as_str().unwrap()
                )
            })
            .collect();
        drawn.sort_unstable();
        wanted.sort_unstable();
        assert!(!wanted.is_empty());
        assert_eq!(drawn, wanted, "{region}");
        for track in ["reads", "variants"] {
            assert!(
                said[track]["colours"].as_u64().unwrap() > 1,
                "{track}: the track is empty: {:#}",
                said["said"]
            );
        }
        // The client sends the token only with ticket requests, and not with block requests.
        let requests = said["requests"].as_array().unwrap();
        assert!(requests.iter().any(|request| request["authorized"] == true));
        for request in requests.iter().filter(|request| request["authorized"] == true) {
            let url = request["url"].as_str().unwrap();
            assert!(
                url.starts_with(&format!("{}/htsget/", made.client().base)) && !url.contains("/blocks/"),
                "{url}"
            );
        }
    }
}
