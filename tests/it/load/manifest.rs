//! A contractor's delivery manifest: only files whose checksums are those of the manifest are loaded, and nothing of a refused file is stored.

use std::fs;

use gemj_tests::oracle::run;
use gemj_tests::small_data::feeds;
use gemj_tests::{Backend, Programme};

/// The checksum of a file, as the program of the system prints it.
fn sum(program: &str, bytes: &[u8]) -> String {
    let printed = String::from_utf8(run(program, ["-"], bytes)).unwrap();
    printed.split(' ').next().unwrap().to_owned()
}

#[test]
fn only_files_with_the_checksums_of_the_manifest_are_loaded() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("sheet.csv");
    let manifest = folder.path().join("manifest.csv");
    let mut rows = "dataset,participant,assembly,path\n".to_owned();
    let mut lines = "file,size_bytes,md5,sha256,assembly,pipeline,pipeline_version,mean_coverage,qc\n".to_owned();
    for (at, name) in ["TST-01", "TST-02", "TST-03", "TST-04", "TST-05"].into_iter().enumerate() {
        let bytes = fs::read(feeds().join(format!("variants/{name}.vcf.gz"))).unwrap();
        let path = folder.path().join(format!("{name}.vcf.gz"));
        let (mut md5, mut sha256, mut qc) = (sum("md5sum", &bytes), sum("sha256sum", &bytes), "pass");
        let mut stored = bytes.clone();
        match at {
            // A file that was changed on the way: valid, and not the delivered one.
            1 => stored = fs::read(feeds().join("variants/TST-06.vcf.gz")).unwrap(),
            2 => md5 = md5.chars().rev().collect(),
            3 => qc = "fail",
            _ => {}
        }
        if at == 2 {
            sha256.clear();
        }
        fs::write(&path, stored).unwrap();
        rows += &format!("cancer,{name},GRCh38,{name}.vcf.gz\n");
        if at != 4 {
            lines += &format!("batch-1/{name}.vcf.gz,{},{md5},{sha256},GRCh38,sarek,3.4,31.2,{qc}\n", bytes.len());
        }
    }
    lines += &format!("absent.vcf.gz,1,{},,GRCh38,sarek,3.4,30,pass\n", "0".repeat(32));
    fs::write(&sheet, rows).unwrap();
    fs::write(&manifest, lines).unwrap();
    let load = |manifest: &std::path::Path| {
        programme.run(&[
            "load",
            "--register",
            "--manifest",
            manifest.to_str().unwrap(),
            sheet.to_str().unwrap(),
        ])
    };
    let ran = load(&manifest).refused();
    assert!(ran.out.contains("1 loaded, 0 already there, 4 refused"), "{}{}", ran.out, ran.err);
    assert!(
        ran.out
            .contains("line 2: delivered: pipeline sarek; version 3.4; mean coverage 31.2"),
        "{}",
        ran.out
    );
    for reason in [
        "line 3: the ",
        "line 4: the md5 of the file is not that of the manifest",
        "line 5: the manifest's qc is fail",
        "line 6: the manifest does not name the file",
        "line 6: note: no row of the sheet names this file",
    ] {
        assert!(ran.err.contains(reason), "{reason}: {}", ran.err);
    }
    let objects = programme.objects(&[]);
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0]["participant"], "TST-01");
    // For a loaded VCF, the store contains three files: the VCF, its index and its carrier segment.
    assert_eq!(programme.stored_files().len(), 3);
    // The same delivery again changes nothing.
    assert!(load(&manifest).refused().out.contains("0 loaded, 1 already there, 4 refused"));
    // A manifest that cannot be used refuses everything.
    fs::write(&manifest, "file,colour\n").unwrap();
    let ran = load(&manifest);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("position 2"), "{}", ran.err);
}
