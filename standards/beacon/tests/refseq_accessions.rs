//! Checks the table of RefSeq accessions against published case reports (phenopackets), which state both the accession and the chromosome.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use ga4gh_beacon::{Assembly, EntryType, VariantQuery, parse_get};
use serde_json::Value;

/// Adds the pairs of chromosome and accession in all interpretations of a phenopacket on hg38 to `pairs`, each with its number of
/// occurrences.
fn collect(packet: &Value, pairs: &mut BTreeMap<(String, String), usize>) {
    match packet {
        Value::Object(map) => {
            if let (Some(Value::Array(expressions)), Some(record)) = (map.get("expressions"), map.get("vcfRecord")) {
                assert_eq!(record["genomeAssembly"], "hg38");
                for expression in expressions.iter().filter(|e| e["syntax"] == "hgvs.g") {
                    let accession = expression["value"].as_str().unwrap().split(':').next().unwrap().to_owned();
                    *pairs.entry((record["chrom"].as_str().unwrap().to_owned(), accession)).or_default() += 1;
                }
            }
            map.values().for_each(|v| collect(v, pairs));
        }
        Value::Array(items) => items.iter().for_each(|v| collect(v, pairs)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn accessions_of_grch38_agree_with_published_cases() {
    let root = std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(file) = std::fs::File::open(root.join("data/phenopackets/phenopacket-store.tar.gz")) else {
        eprintln!("SKIPPED: no published cases under {}", root.display());
        return;
    };
    let mut pairs = BTreeMap::new();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().extension().is_some_and(|e| e == "json") {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            collect(&serde_json::from_str(&text).unwrap(), &mut pairs);
        }
    }
    // The packets of one publication name chromosome 11 with an accession that RefSeq assigned to neither assembly.
    let slip = pairs.remove(&("11".to_owned(), "NC_000011.12".to_owned()));
    assert!(slip.is_some());
    assert!(pairs.len() >= 20, "{pairs:?}");
    for (chromosome, accession) in pairs.keys() {
        let query = [("referenceName", accession.as_str()), ("start", "1"), ("end", "2")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let Some(VariantQuery::Range(query)) = parse_get(EntryType::GenomicVariant, &query).unwrap().variant else {
            panic!()
        };
        assert_eq!(query.assembly, Assembly::GRCh38, "{accession}");
        assert_eq!(format!("chr{}", query.reference_name.as_str()), *chromosome, "{accession}");
    }
}
