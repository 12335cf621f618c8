use gemj_model::{DatasetId, Origin, ParticipantId, Sex};

use super::*;

/// The checksums of `abc`, as RFC 1321 and FIPS 180-2 print them.
const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn row(name: &str) -> SheetRow {
    SheetRow {
        line: 2,
        dataset: DatasetId::parse("cancer").unwrap(),
        ownership: Ownership::Single(Owner {
            participant: ParticipantId::parse("P1").unwrap(),
            specimen: Some(SpecimenId::parse("S1").unwrap()),
            family: None,
            sex: Sex::Unknown,
            site: None,
        }),
        assembly: Assembly::parse("GRCh38").unwrap(),
        path: Path::new("/somewhere").join(name),
        index_path: None,
        kind: None,
        origin: Origin::Germline,
        sha256: None,
    }
}

/// What a manifest of one line states about the file `a.bam`, or why it is refused.
fn said(header: &str, line: &str) -> Result<Delivered, String> {
    let text = format!("{header}\n{line}\n");
    let manifest = Manifest::parse(text.as_bytes()).map_err(|fault| fault.to_string())?;
    manifest.of(&row("a.bam")).cloned().map_err(|fault| fault.to_string())
}

#[test]
fn a_file_is_verified_by_its_size_and_its_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bam");
    std::fs::write(&path, "abc").unwrap();
    let of = |header: &str, line: &str| said(header, line).unwrap().verify(&path).map_err(|fault| fault.to_string());
    for (header, line) in [
        ("file,md5", format!("a.bam,{MD5}")),
        ("file,sha256", format!("delivery/1/a.bam,{}", SHA256.to_uppercase())),
        ("size_bytes,file,md5,sha256", format!("3,a.bam,{MD5},{SHA256}")),
    ] {
        assert_eq!(of(header, &line).unwrap(), SHA256, "{line}");
    }
    let wrong = |sum: &str| sum.replacen('9', "8", 1);
    for (header, line, what) in [
        ("file,md5", format!("a.bam,{}", wrong(MD5)), "md5"),
        ("file,md5,sha256", format!("a.bam,{MD5},{}", wrong(SHA256)), "sha256"),
        ("file,md5,size_bytes", format!("a.bam,{MD5},4"), "size"),
    ] {
        let fault = of(header, &line).unwrap_err();
        assert!(
            fault.starts_with(&format!("the {what} of the file is not that of the manifest")),
            "{fault}"
        );
    }
}

#[test]
fn a_line_that_contradicts_or_fails_refuses_its_file_only() {
    let header =
        "file,md5,specimen,assembly,qc,sex_check,mean_coverage,q30_percent,contamination_percent,pipeline,pipeline_version,reference_md5";
    let good = format!("a.bam,{MD5},S1,hg38,pass,match,31.2,92.5,0.1,nf-core/sarek,3.4.0,{MD5}");
    let summary = said(header, &good).unwrap().summary;
    let reference = format!("reference md5 {MD5}");
    let expected = [
        "pipeline nf-core/sarek",
        "version 3.4.0",
        reference.as_str(),
        "mean coverage 31.2",
        "Q30 % 92.5",
        "contamination % 0.1",
    ];
    assert_eq!(summary, expected);
    for (from, to, reason) in [
        (",S1,", ",S2,", "the sheet has another specimen than the manifest"),
        ("hg38", "hg19", "the sheet has another assembly than the manifest"),
        ("hg38", "hg18", "the manifest's assembly"),
        ("pass", "FAIL", "the manifest's qc is fail"),
        ("pass", "fial", "the manifest's 'qc' has an unknown value"),
        ("match", "mismatch", "the manifest's sex_check is fail"),
        ("31.2", "-1", "the manifest's 'mean_coverage'"),
        ("31.2", "NaN", "the manifest's 'mean_coverage'"),
        ("92.5", "101", "the manifest's 'q30_percent'"),
        ("0.1,", "1e1,", "the manifest's 'contamination_percent'"),
        ("sarek", "sa\u{1b}[31mrek", "the manifest's 'pipeline'"),
        ("9001", "900x", "the manifest's 'md5'"),
        ("a.bam", "b.bam", "the manifest does not name the file"),
        (MD5, "", "the manifest states no checksum"),
        (",S1,hg38", "", "the manifest's line is not a line of its header's values"),
    ] {
        let fault = said(header, &good.replacen(from, to, 1)).unwrap_err();
        assert!(fault.starts_with(reason), "{to}: {fault}");
        assert!(!fault.contains('\u{1b}'));
    }
    let two = format!("file,md5,qc\na.bam,{MD5},fail\nb.bam,{MD5},\n");
    let manifest = Manifest::parse(two.as_bytes()).unwrap();
    assert!(manifest.of(&row("a.bam")).is_err() && manifest.of(&row("b.bam")).is_ok());
    assert_eq!(manifest.not_in([Path::new("x/b.bam")].into_iter()), [2]);
}

#[test]
fn a_specimen_of_the_manifest_must_be_a_specimen_of_an_owner_in_the_sheet() {
    let manifest = Manifest::parse(format!("file,md5,specimen\na.bam,{MD5},S2\nb.bam,{MD5},\n").as_bytes()).unwrap();
    let owner = |participant: &str, specimen: &str| Owner {
        participant: ParticipantId::parse(participant).unwrap(),
        specimen: SpecimenId::parse(specimen).ok(),
        family: None,
        sex: Sex::Unknown,
        site: None,
    };
    let single = |specimen| Ownership::Single(owner("P1", specimen));
    let joint = |one, two| Ownership::Joint([("a".to_owned(), owner("P1", one)), ("b".to_owned(), owner("P2", two))].into());
    for (ownership, expected) in [
        (single("S2"), Ok(())),
        (single("S1"), Err(DeliveryFault::Contradiction("specimen"))),
        (single(""), Err(DeliveryFault::NoSpecimen)),
        (joint("S1", "S2"), Ok(())),
        (joint("S1", "S3"), Err(DeliveryFault::Contradiction("specimen"))),
        (joint("S1", ""), Err(DeliveryFault::Contradiction("specimen"))),
        (joint("", ""), Err(DeliveryFault::NoSpecimen)),
    ] {
        let row = SheetRow { ownership, ..row("a.bam") };
        assert_eq!(manifest.of(&row).map(drop), expected, "{:?}", row.ownership);
        let row = SheetRow {
            path: "b.bam".into(),
            ..row
        };
        assert_eq!(manifest.of(&row).map(drop), Ok(()), "a manifest without a specimen");
    }
}

#[test]
fn a_pipe_or_a_folder_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.as_path(), folder.path()] {
        let verified = said("file,md5", &format!("a.bam,{MD5}")).unwrap().verify(path);
        assert_eq!(verified, Err(DeliveryFault::NotRegular));
    }
}

#[test]
fn a_manifest_with_a_fault_of_the_whole_is_refused() {
    for (text, reason) in [
        ("file,md5,colour\n".to_owned(), "has an unknown or repeated column in position 3"),
        ("file,md5,md5\n".to_owned(), "has an unknown or repeated column in position 3"),
        ("md5\n".to_owned(), "has no column 'file'"),
        ("file\n".to_owned(), "has neither a column 'md5' nor a column 'sha256'"),
        (
            format!("file,md5\na.bam,{MD5}\nx/a.bam,{MD5}\n"),
            "line 3 names the same file as line 2",
        ),
        (format!("file,md5\n,{MD5}\n"), "line 2 names no file"),
        (
            format!("[{{\"file\": \"a\", \"md5\": \"{MD5}\", \"qc\": \"fail\", \"qc\": \"pass\"}}]"),
            "has an unknown or repeated column in position 4",
        ),
        ("[1]".to_owned(), "is neither CSV nor a JSON array"),
        ("[{\"file\": \"a\", \"md5\": [1]}]".to_owned(), "is neither CSV nor a JSON array"),
    ] {
        let fault = Manifest::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(fault.starts_with(reason), "{text}: {fault}");
    }
    assert!(matches!(Manifest::open(Path::new("/nonexistent")), Err(ManifestFault::Io(_))));
}

#[test]
fn a_manifest_as_json_states_the_same_as_csv() {
    let csv = format!("\u{feff}file,md5,size_bytes,mean_coverage,qc\r\na.bam,{MD5},3,31.2,pass\r\n");
    let json = format!(r#"[{{"qc": "pass", "file": "a.bam", "md5": "{MD5}", "size_bytes": 3, "mean_coverage": 31.2, "specimen": null}}]"#);
    let of = |text: &str| Manifest::parse(text.as_bytes()).unwrap().of(&row("a.bam")).cloned().unwrap();
    assert_eq!(of(&csv), of(&json));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_of_manifests_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = Manifest::parse(&bytes);
        let _ = Manifest::parse(&[b"file,md5\n", &bytes[..]].concat());
    }
}
