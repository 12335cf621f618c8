//! `reindex` is killed in the middle. The next `reindex` continues at once, and the answers are those of an uninterrupted run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use gemj_demo::Persona;
use gemj_tests::binary::gateway;
use gemj_tests::oracle::run;
use gemj_tests::{Backend, Programme};
use serde_json::Value;

use super::reindex::{Allele, KNOWN, count, fasta, leftmost, vcf};
use crate::htsget::made::with_reference;

/// More files than one transaction replaces (16), so that the first group is complete when the process is killed.
const FILES: usize = 20;

/// The folders for copies of files.
fn copies(programme: &Programme) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(programme.path("")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains(".reindex-")).collect()
}

/// The number of indexed files with leftmost positions, from the database.
fn leftmost_files(programme: &Programme) -> usize {
    let script = "import sqlite3, sys\nprint(sqlite3.connect(sys.argv[1]).execute('SELECT COUNT(*) FROM object_index WHERE leftmost').fetchone()[0])";
    let database = programme.path("gateway.db");
    let counted = run("python3", ["-c", script, database.to_str().unwrap()], b"");
    String::from_utf8(counted).unwrap().trim().parse().unwrap()
}

#[test]
fn a_killed_reindex_continues_at_once_and_leaves_no_copy_of_a_file() {
    let programme = Programme::new(Backend::Embedded);
    let fasta = fasta(&programme.path(""));
    let (cag, snv) = (KNOWN.find("CAGCAGCAG").unwrap(), KNOWN.find("CCGTACG").unwrap());
    let mut carriers: BTreeMap<Allele, u64> = BTreeMap::new();
    let mut sheet = "dataset,participant,specimen,family,sex,assembly,path,site\n".to_owned();
    let people: Vec<String> = (0..FILES).map(|number| format!("K-{number:02}")).collect();
    for (number, person) in people.iter().enumerate() {
        let path = programme.path(&format!("{person}.vcf.gz"));
        // One deletion in a repeat, written at its left or at its right end. Every third participant also carries a substitution.
        let deletion = if number % 2 == 0 {
            (cag - 1, "ACAG", "A")
        } else {
            (cag + 11, "GCAG", "G")
        };
        let records = if number % 3 == 0 {
            vec![deletion, (snv, "C", "T")]
        } else {
            vec![deletion]
        };
        for allele in leftmost(&vcf(&path, person, &records), &fasta) {
            *carriers.entry(allele).or_default() += 1;
        }
        sheet += &format!("cancer,{person},,F-{person},,GRCh38,{},hospital-a\n", path.display());
    }
    let loaded = programme.load(&sheet).good();
    assert!(loaded.out.contains(&format!("{FILES} loaded")), "{}{}", loaded.out, loaded.err);
    programme.everybody_agrees(people.iter().map(String::as_str));
    with_reference(&programme, &fasta);

    // A stored file of the second group becomes a pipe that no process writes, so that `reindex` stops there.
    let listed: Value = serde_json::from_str(&programme.run(&["reindex", "--dry-run", "--json"]).good().out).unwrap();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), FILES);
    let last = listed[FILES - 1]["id"].as_str().unwrap();
    let person = people.iter().find(|person| programme.object_of(person, "VCF") == last).unwrap();
    let bytes = std::fs::read(programme.path(&format!("{person}.vcf.gz"))).unwrap();
    let files = programme.stored_files();
    let (stored, _) = files.iter().find(|(path, _)| std::fs::read(path).unwrap() == bytes).unwrap();
    std::fs::remove_file(stored).unwrap();
    let _ = run("mkfifo", [stored.to_str().unwrap()], b"");
    let mut killed = Command::new(gateway());
    killed.args(["reindex", "--config"]).arg(programme.config());
    let mut killed = killed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while leftmost_files(&programme) == 0 || copies(&programme).is_empty() {
        assert!(killed.try_wait().unwrap().is_none(), "reindex ended before it was killed");
        assert!(std::time::Instant::now() < end, "the first group was not indexed");
        std::thread::yield_now();
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let done = leftmost_files(&programme);
    assert!(done > 0 && done < FILES, "{done} of {FILES} files");
    // The copy that a killed process may leave.
    let left = copies(&programme).remove(0);
    std::fs::write(left.join("variants"), &bytes).unwrap();
    std::fs::remove_file(stored).unwrap();
    std::fs::write(stored, &bytes).unwrap();

    let ran = programme.run(&["reindex"]).good();
    assert!(
        ran.out.contains(&format!("{} files indexed again", FILES - done)),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(copies(&programme).is_empty(), "copies of files remain: {:?}", copies(&programme));
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    for (allele, expected) in &carriers {
        assert_eq!(count(&served.client, &token, allele), *expected, "{allele:?}");
    }
    assert!(programme.run(&["reindex"]).good().out.contains("0 files to index again"));
    let merged = programme.run(&["index", "merge"]).good().out;
    assert!(!merged.contains("merged by another process"), "{merged}");
}
