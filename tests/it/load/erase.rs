//! `objects erase` deletes the bytes of an unloaded file, and `objects collect` deletes unloaded files and files that a killed load left. Every
//! deletion is audited. A file that the catalogue names as loaded is never deleted.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Programme, binary, oracle};

use crate::small::loaded;

fn paths(programme: &Programme) -> BTreeSet<PathBuf> {
    programme.stored_files().into_iter().map(|(path, _)| path).collect()
}

fn erased(programme: Programme) {
    let id = programme.object_of(&person(2), "BAM");
    let kept = programme.object_of(&person(1), "BAM");
    let change = |how: &str| programme.run(&["objects", how, &id, "--reason", "erasure was asked for"]);
    let before = paths(&programme);

    let refused = change("erase");
    assert!(refused.code == Some(2) && refused.err.contains("objects unload"), "{}", refused.err);
    assert_eq!(paths(&programme), before);

    let _ = change("unload").good();
    assert_eq!(
        paths(&programme),
        before,
        "the bytes of an unloaded file stay during the grace time"
    );
    let waiting = programme.run(&["objects", "collect"]).good();
    assert!(waiting.out.starts_with("0 files of 0 bytes removed"), "{}", waiting.out);
    let sha256 = programme.objects(&["--not-served"])[0]["sha256"].as_str().unwrap().to_owned();
    let _ = change("erase").good();
    let gone: Vec<PathBuf> = before.difference(&paths(&programme)).cloned().collect();
    assert_eq!(gone.len(), 2, "the file and its index: {gone:?}");
    // No stored file has the checksum of the erased file. A program other than the gateway computes the checksums.
    for path in paths(&programme) {
        let sum = oracle::run("sha256sum", [path.as_os_str()], b"");
        assert!(!sum.starts_with(sha256.as_bytes()), "{}", path.display());
    }
    let listed = programme.objects(&["--not-served"]);
    assert!(
        listed.len() == 1 && listed[0]["erased"] == true && listed[0]["status"] == "unloaded",
        "{listed:?}"
    );
    assert!(change("erase").good().out.contains("already"));
    let verified = programme.run(&["audit", "verify"]).good();
    assert!(!verified.out.is_empty());

    // If an unloaded file is not erased, the next `objects collect` after the grace time deletes its bytes.
    let other = programme.object_of(&person(3), "BAM");
    let _ = programme.run(&["objects", "unload", &other, "--reason", "x"]).good();
    let collected = programme.run(&["objects", "collect", "--grace-h", "0"]).good();
    assert!(
        collected.out.contains("including the files of 1 unloaded objects"),
        "{}",
        collected.out
    );
    assert_eq!(before.len() - paths(&programme).len(), 4);
    let _ = programme.run(&["audit", "verify"]).good();

    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let _ = served.client.get(&format!("/htsget/reads/{kept}"), Some(&token)).expect(200);
}

#[test]
fn an_erased_file_is_deleted_with_its_index_and_stays_unloaded() {
    erased(loaded(Backend::Embedded));
}

#[test]
fn an_erased_file_is_deleted_with_its_index_and_stays_unloaded_on_postgresql() {
    let Some(database) = PostgresDatabase::create() else { return };
    erased(loaded(Backend::Postgres(&database.url)));
}

/// A file with so many variants that indexing takes longer than storing.
fn many_variants(folder: &Path) -> PathBuf {
    let mut text = String::from("##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n");
    text.push_str(
        "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n",
    );
    for number in 0..40_000 {
        writeln!(text, "chr1\t{}\t.\tA\tC\t50\tPASS\t.\tGT\t0/1", 10_000 + number * 7).unwrap();
    }
    let path = folder.join("many.vcf.gz");
    std::fs::write(&path, oracle::run("bgzip", ["-c"], text.as_bytes())).unwrap();
    path
}

#[test]
fn only_the_files_of_a_killed_load_are_collected_after_the_grace_time() {
    let programme = loaded(Backend::Embedded);
    let before = paths(&programme);
    let file = many_variants(programme.config().parent().unwrap());
    let sheet = programme.path("killed.csv");
    let row = format!(
        "dataset,participant,specimen,family,sex,assembly,path\ncancer,KILLED,KILLED-S,,unknown,GRCh38,{}\n",
        file.display()
    );
    std::fs::write(&sheet, row).unwrap();
    let mut load = Command::new(binary::gateway())
        .args([
            "load",
            "--register",
            sheet.to_str().unwrap(),
            "--config",
            programme.config().to_str().unwrap(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The test kills the load when the file is completely stored and the load is still indexing the variants.
    let until = Instant::now() + Duration::from_secs(120);
    while !paths(&programme).difference(&before).any(|path| path.extension().is_none()) {
        assert!(
            Instant::now() < until && load.try_wait().unwrap().is_none(),
            "the load ended before it was killed"
        );
        std::thread::yield_now();
    }
    load.kill().unwrap();
    load.wait().unwrap();
    // If a load is killed while it writes a file, a partial file remains.
    let folder = programme.path("objects/objects/0a");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("0a0102030405060708090a0b0c0d0e0f.partial"), "half a genome").unwrap();
    let left = paths(&programme).len() - before.len();
    assert!(left >= 2);

    let waiting = programme.run(&["objects", "collect"]).good();
    assert!(waiting.out.contains(&format!("{left} not old enough")), "{}", waiting.out);
    let collected = programme.run(&["objects", "collect", "--grace-h", "0"]).good();
    assert!(collected.out.starts_with(&format!("{left} files")), "{}", collected.out);
    assert_eq!(paths(&programme), before);
    let _ = programme.run(&["audit", "verify"]).good();
    let _ = programme.load(&std::fs::read_to_string(&sheet).unwrap()).good();
}

#[test]
fn stored_files_are_readable_only_by_their_owner_with_any_umask() {
    let programme = Programme::new(Backend::Embedded);
    let folder = programme.config().parent().unwrap().to_owned();
    // The folders get the modes that an older installation gave them.
    std::fs::create_dir_all(programme.path("objects")).unwrap();
    std::fs::set_permissions(programme.path("objects"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let file = many_variants(&folder);
    let row = format!(
        "dataset,participant,specimen,family,sex,assembly,path\ncancer,P,P-S,,unknown,GRCh38,{}\n",
        file.display()
    );
    std::fs::write(programme.path("sheet.csv"), row).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(binary::gateway());
    command.args([
        "load",
        "--register",
        programme.path("sheet.csv").to_str().unwrap(),
        "--config",
        programme.config().to_str().unwrap(),
    ]);
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
    let made: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let of_gateway = |path: &&PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("gateway.db") || ["objects", "capabilities.key", "audit"].contains(&name)
    };
    let mut waiting: Vec<PathBuf> = made.iter().filter(of_gateway).cloned().collect();
    assert!(waiting.len() >= 3, "{made:?}");
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", path.display());
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        seen += 1;
    }
    assert!(seen > 8, "{seen}");
}

#[test]
fn a_key_that_others_can_read_prevents_the_start_and_is_named() {
    let programme = Programme::new(Backend::Embedded);
    let key = programme.path("capabilities.key");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let refused = programme.run(&["serve"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("capabilities.key") && refused.err.contains("chmod 600"),
        "{}",
        refused.err
    );
}
