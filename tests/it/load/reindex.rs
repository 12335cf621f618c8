//! `reindex` covers files that were loaded before a reference was configured, and files whose entries are absent. bcftools norm is the oracle of the
//! leftmost positions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gemj_demo::Persona;
use gemj_tests::oracle::run;
use gemj_tests::{Backend, Client, Programme};

use crate::htsget::made::with_reference;

/// The length of chr21 in GRCh38. The reference of the tests has known bases in one region, and N elsewhere.
pub(super) const LENGTH: usize = 46_709_983;
/// The 0-based start of the known bases.
pub(super) const KNOWN_FROM: usize = 20_000;
/// The known bases, with repeats in which one deletion or insertion can be written in many ways.
pub(super) const KNOWN: &str = "GATTACACAGCAGCAGCAGCAGTTGCAAAAAAAAAAAATCGGATATATATATATCCGTACGTTTGACCTGA";

pub(super) fn fasta(folder: &Path) -> PathBuf {
    let mut bases = vec![b'N'; LENGTH];
    bases[KNOWN_FROM..KNOWN_FROM + KNOWN.len()].copy_from_slice(KNOWN.as_bytes());
    let mut text = Vec::with_capacity(LENGTH + LENGTH / 60 + 100);
    text.extend(b">chr21\n");
    for line in bases.chunks(60) {
        text.extend(line);
        text.push(b'\n');
    }
    let path = folder.join("chr21.fa");
    std::fs::write(&path, text).unwrap();
    let _ = run("samtools", ["faidx", path.to_str().unwrap()], b"");
    path
}

/// The records of a file, as (0-based position in the known bases, reference, alternate).
pub(super) type Records<'a> = &'a [(usize, &'a str, &'a str)];

pub(super) fn vcf(path: &Path, sample: &str, records: Records<'_>) -> String {
    let mut text = format!(
        "##fileformat=VCFv4.3\n##contig=<ID=chr21,length={LENGTH}>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}\n"
    );
    for (at, reference, alternate) in records {
        assert!(KNOWN[*at..].starts_with(reference), "{at}");
        text += &format!(
            "chr21\t{}\t.\t{reference}\t{alternate}\t50\tPASS\t.\tGT\t0/1\n",
            KNOWN_FROM + at + 1
        );
    }
    std::fs::write(path, run("bgzip", ["-c"], text.as_bytes())).unwrap();
    text
}

/// The alleles of a file at their leftmost positions, by bcftools: (position, reference, alternate).
pub(super) fn leftmost(text: &str, fasta: &Path) -> Vec<(u64, String, String)> {
    let normal = run("bcftools", ["norm", "-f", fasta.to_str().unwrap(), "-Ov", "-"], text.as_bytes());
    let normal = String::from_utf8(normal).unwrap();
    let records = normal.lines().filter(|line| !line.starts_with('#'));
    records
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            (columns[1].parse().unwrap(), columns[3].to_owned(), columns[4].to_owned())
        })
        .collect()
}

pub(super) fn count(client: &Client, token: &str, (position, reference, alternate): &(u64, String, String)) -> u64 {
    let question = format!(
        "assemblyId=GRCh38&referenceName=chr21&start={}&referenceBases={reference}&alternateBases={alternate}",
        position - 1
    );
    let reply = client
        .get(&format!("/beacon/individuals?{question}&requestedGranularity=count"), Some(token))
        .expect(200);
    reply.json()["responseSummary"]["numTotalResults"].as_u64().unwrap()
}

/// An allele: its position from 1, reference and alternate.
pub(super) type Allele = (u64, String, String);

struct World {
    programme: Programme,
    fasta: PathBuf,
    /// The carriers of each allele at its leftmost position, from the files.
    carriers: BTreeMap<Allele, Vec<&'static str>>,
}

/// Three participants with the same alleles, written at the left, at the right, and in the middle of their repeats, and one without insertions and
/// deletions; loaded without a reference.
/// A record: the 0-based position, the reference bases and the alternate bases.
type Record = (usize, &'static str, &'static str);

fn world() -> World {
    let programme = Programme::new(Backend::Embedded);
    let fasta = fasta(&programme.path(""));
    let find = |text: &str| KNOWN.find(text).unwrap();
    // The repeats: CAG x 5 at `cag`, A x 12 at `a`, AT x 6 at `at`.
    let (cag, a, at) = (find("CAGCAGCAG"), find("AAAAAAAAAAAA"), find("ATATATATATAT"));
    let snv = find("CCGTACG");
    let files: [(&str, Vec<Record>); 4] = [
        (
            "R-1",
            vec![(cag - 1, "ACAG", "A"), (a - 1, "C", "CA"), (at - 1, "GAT", "G"), (snv, "C", "T")],
        ),
        ("R-2", vec![(cag + 11, "GCAG", "G"), (a + 11, "A", "AA"), (at + 9, "TAT", "T")]),
        ("R-3", vec![(cag + 5, "GCAG", "G"), (a + 4, "A", "AA"), (snv, "C", "T")]),
        ("R-4", vec![(snv, "C", "T")]),
    ];
    let mut sheet = "dataset,participant,specimen,family,sex,assembly,path,site\n".to_owned();
    let mut carriers: BTreeMap<Allele, Vec<&str>> = BTreeMap::new();
    for (person, records) in &files {
        let path = programme.path(&format!("{person}.vcf.gz"));
        let text = vcf(&path, person, records);
        for allele in leftmost(&text, &fasta) {
            carriers.entry(allele).or_default().push(*person);
        }
        sheet += &format!("cancer,{person},,F-{person},,GRCh38,{},hospital-a\n", path.display());
    }
    let loaded = programme.load(&sheet).good();
    assert!(loaded.out.contains("4 loaded"), "{}{}", loaded.out, loaded.err);
    programme.everybody_agrees(files.iter().map(|(person, _)| *person));
    World {
        programme,
        fasta,
        carriers,
    }
}

impl World {
    /// The number of carriers of each allele, by the Beacon.
    fn counted(&self) -> BTreeMap<Allele, u64> {
        let served = self.programme.serve();
        let token = self.programme.passport(Persona::DomesticAcademic);
        let counted = self
            .carriers
            .keys()
            .map(|allele| (allele.clone(), count(&served.client, &token, allele)));
        counted.collect()
    }

    /// The number of carriers of each allele among these participants, from the files.
    fn carried_by(&self, people: &[&str]) -> BTreeMap<Allele, u64> {
        let count = |of: &Vec<&str>| of.iter().filter(|person| people.contains(person)).count() as u64;
        self.carriers.iter().map(|(allele, of)| (allele.clone(), count(of))).collect()
    }

    fn reindex(&self, further: &[&str]) -> String {
        self.programme.run(&[&["reindex"], further].concat()).good().out
    }
}

#[test]
fn files_that_were_loaded_before_the_reference_are_found_at_leftmost_positions_after_reindex() {
    let world = world();
    let all = world.carried_by(&["R-1", "R-2", "R-3", "R-4"]);
    assert!(all.values().filter(|count| **count == 3).count() >= 3, "{all:?}");
    assert!(world.reindex(&[]).contains("0 files to index again"), "without a reference");
    // One merged segment contains all four files.
    let merged = world.programme.run(&["index", "merge"]).good().out;
    assert!(merged.contains("4 segments merged into 1"), "{merged}");
    with_reference(&world.programme, &world.fasta);
    assert_ne!(world.counted(), all, "before reindex, alleles are found as their files spell them");
    let listed = world.reindex(&["--dry-run", "--json"]);
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    assert!(
        listed.len() == 4 && listed.iter().all(|file| file["reason"] == "without the reference"),
        "{listed:?}"
    );
    assert_ne!(world.counted(), all, "a dry run changes nothing");
    let said = world.reindex(&[]);
    assert!(
        said.contains("4 files to index again") && said.contains("4 files indexed again, 11 entries"),
        "{said}"
    );
    assert_eq!(world.counted(), all);
    assert!(
        world.reindex(&[]).contains("0 files to index again"),
        "a second run has nothing to do"
    );
    assert!(world.reindex(&["--all"]).contains("4 files indexed again, 11 entries"));
    let _ = world.programme.run(&["index", "merge"]).good();
    assert_eq!(world.counted(), all, "after a merge");
    // No copy of a file remains.
    let left: Vec<PathBuf> = std::fs::read_dir(world.programme.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".reindex-"))
        .collect();
    assert!(left.is_empty(), "copies of files remain: {left:?}");
}

#[test]
fn held_files_are_indexed_again_and_unloaded_files_are_not() {
    let world = world();
    let ids: Vec<String> = ["R-2", "R-3"].map(|person| world.programme.object_of(person, "VCF")).to_vec();
    let _ = world.programme.run(&["objects", "hold", &ids[0], "--reason", "a question"]).good();
    let _ = world
        .programme
        .run(&["objects", "unload", &ids[1], "--reason", "wrong owner"])
        .good();
    with_reference(&world.programme, &world.fasta);
    assert!(world.reindex(&[]).contains("3 files indexed again, 8 entries"));
    assert_eq!(world.counted(), world.carried_by(&["R-1", "R-4"]));
    let _ = world.programme.run(&["objects", "release", &ids[0], "--reason", "answered"]).good();
    assert_eq!(world.counted(), world.carried_by(&["R-1", "R-2", "R-4"]));
}

#[test]
fn a_file_whose_segment_is_absent_from_the_manifest_is_indexed_again() {
    let world = world();
    let database = world.programme.path("gateway.db");
    let lose = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute('DELETE FROM segment')
db.execute('DELETE FROM object_index WHERE object = (SELECT MIN(object) FROM object_index)')
db.execute('UPDATE programme_state SET generation = generation + 1')
db.commit()";
    let _ = run("python3", ["-c", lose, database.to_str().unwrap()], b"");
    assert!(world.counted().values().all(|count| *count == 0));
    let said = world.reindex(&["--dataset", "cancer"]);
    assert!(
        said.contains("4 files to index again: 0 without the reference, 4 without entries")
            && said.contains("4 files indexed again, 11 entries"),
        "{said}"
    );
    assert!(world.counted().values().any(|count| *count > 0));
    assert!(world.reindex(&[]).contains("0 files to index again"));
}
