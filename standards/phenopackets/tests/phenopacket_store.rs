//! The tests parse all published cases of the phenopacket store and compare their contents with a recount in Python.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use ga4gh_phenopackets::{GenomicInterpretationCall, Sex, parse};

/// A Python program that uses only the `json` module. It prints the contents of each packet on one line, in the order of the paths.
const RECOUNT: &str = r#"
import json, sys, tarfile
lines = []
with tarfile.open(sys.argv[1]) as archive:
    for member in archive:
        if not member.name.endswith(".json"): continue
        p = json.load(archive.extractfile(member))
        features = p.get("phenotypicFeatures", [])
        absent = [f["type"]["id"] for f in features if f.get("excluded", False)]
        present = [f["type"]["id"] for f in features if not f.get("excluded", False)]
        records = []
        for i in p.get("interpretations", []):
            for g in i["diagnosis"].get("genomicInterpretations", []):
                d = g["variantInterpretation"]["variationDescriptor"]
                r = d.get("vcfRecord")
                if r: records.append("%s:%s:%d:%s>%s:%s" % (r["genomeAssembly"], r["chrom"], r["pos"], r["ref"], r["alt"], d["allelicState"]["id"]))
        onsets = sum("onset" in f for f in features)
        lines.append("\t".join([member.name, p["id"], p["subject"]["id"], p["subject"]["sex"], ",".join(present), ",".join(absent),
            ",".join(x["term"]["id"] for x in p["diseases"]), str(onsets), ";".join(records)]))
sys.stdout.write("\n".join(sorted(lines)) + "\n")
"#;

fn line(name: &str, bytes: &[u8]) -> String {
    let packet = parse(bytes).unwrap_or_else(|error| panic!("{name} {error}"));
    assert_eq!(packet.unknown, 0, "{name} has a member that the specification does not have");
    let features = |excluded: bool| -> String {
        let ids: Vec<_> = packet
            .phenotypic_features
            .iter()
            .filter(|f| f.excluded == excluded)
            .map(|f| f.feature_type.id.as_str())
            .collect();
        ids.join(",")
    };
    let sex = match packet.subject.sex {
        Sex::Unknown => "UNKNOWN_SEX",
        Sex::Female => "FEMALE",
        Sex::Male => "MALE",
        Sex::Other => "OTHER_SEX",
    };
    let mut records = Vec::new();
    for finding in packet
        .interpretations
        .iter()
        .filter_map(|i| i.diagnosis.as_ref())
        .flat_map(|d| &d.genomic_interpretations)
    {
        let Some(GenomicInterpretationCall::Variant(variant)) = &finding.call else {
            panic!("{name} has no variant")
        };
        let descriptor = variant.variation_descriptor.as_ref().unwrap();
        if let Some(r) = &descriptor.vcf_record {
            let state = &descriptor.allelic_state.as_ref().unwrap().id;
            records.push(format!(
                "{}:{}:{}:{}>{}:{state}",
                r.genome_assembly, r.chrom, r.pos.0, r.reference, r.alternate
            ));
        }
    }
    let diseases: Vec<_> = packet.diseases.iter().map(|d| d.term.id.as_str()).collect();
    let onsets = packet.phenotypic_features.iter().filter(|f| f.onset.is_some()).count();
    let mut line = String::new();
    write!(
        line,
        "{name}\t{}\t{}\t{sex}\t{}\t{}\t{}\t{onsets}\t{}",
        packet.id,
        packet.subject.id,
        features(false),
        features(true),
        diseases.join(","),
        records.join(";")
    )
    .unwrap();
    line
}

#[test]
fn every_published_case_parses_to_the_values_that_python_reads() {
    let root = std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join("data/phenopackets/phenopacket-store.tar.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        eprintln!("SKIPPED: no phenopacket store at {}", path.display());
        return;
    };
    let Ok(python) = Command::new("python3").args(["-c", RECOUNT]).arg(&path).output() else {
        eprintln!("SKIPPED: python3 is not installed");
        return;
    };
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let mut ours = Vec::new();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".json") {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            ours.push(line(&name, &bytes));
        }
    }
    ours.sort();
    assert_eq!(ours.len(), 3330);
    let theirs = String::from_utf8(python.stdout).unwrap();
    for (ours, theirs) in ours.iter().zip(theirs.lines()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(theirs.lines().count(), ours.len());
}
