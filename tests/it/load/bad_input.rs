//! Bad files and bad sheets: the error names the line and the reason, good rows are loaded, and no partial file remains.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use gemj_tests::oracle::{run, samtools};
use gemj_tests::small_data::{feeds, write_vcf};
use gemj_tests::{Backend, Programme, Ran};

const HEADER: &str = "dataset,participant,specimen,family,sex,assembly,path,index_path,data_kind,qc,samples_path\n";

/// A programme, and a folder for bad files.
struct Bench {
    programme: Programme,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            programme: Programme::new(Backend::Embedded),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Loads a sheet with a bad row on line 2 and a good row on line 3. Asserts that only the good row is loaded.
    fn refuses(&self, row: &str, reason: &str) -> Ran {
        let good = feeds().join("variants/TST-01.vcf.gz");
        let sheet = format!("{HEADER}{row}\ncancer,GOOD-1,GOOD-1-S,,unknown,GRCh38,{},,,,\n", good.display());
        let ran = self.programme.load(&sheet).refused();
        let line = ran
            .err
            .lines()
            .find(|line| line.contains("line 2: "))
            .unwrap_or_else(|| panic!("{row}: {}{}", ran.out, ran.err));
        assert!(line.contains(reason), "{row}: {line}");
        assert!(!ran.err.contains("BAD-1"), "a fault names a participant: {}", ran.err);
        assert!(ran.out.lines().last().unwrap().ends_with("1 refused"), "{}", ran.out);
        let objects = self.programme.objects(&[]);
        assert_eq!(objects.len(), 1, "{row}: {objects:?}");
        assert_eq!(objects[0]["participant"], "GOOD-1");
        // For a loaded VCF, the store contains three files: the VCF, its index and its carrier segment.
        let files = self.programme.stored_files();
        assert_eq!(files.len(), 3, "{row}: a part of a refused file is stored: {files:?}");
        ran
    }

    fn row(&self, path: &Path) -> String {
        format!("cancer,BAD-1,BAD-1-S,,unknown,GRCh38,{},,,,", path.display())
    }
}

fn feed(name: &str) -> Vec<u8> {
    fs::read(feeds().join(name)).unwrap()
}

#[test]
fn damaged_and_mislabelled_files_are_refused_and_nothing_is_stored() {
    let bench = Bench::new();
    let bam = feed("reads/TST-01.bam");
    let vcf = feed("variants/TST-02.vcf.gz");
    let text = run("gzip", ["-dc"], &vcf);
    let mut flipped = bam.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    let marker = bam.len() - 28;
    for (name, bytes, reason) in [
        ("empty.bam", Vec::new(), "empty"),
        ("cut.bam", bam[..bam.len() / 2].to_vec(), "cut off"),
        ("cut-in-header.bam", bam[..40].to_vec(), "cut off"),
        ("no-end.bam", bam[..marker].to_vec(), "end-of-file"),
        ("flipped.bam", flipped, "damaged"),
        ("cut.vcf.gz", vcf[..vcf.len() / 2].to_vec(), "cut off"),
        ("named.vcf.gz", bam.clone(), "BAM"),
        ("named.bam", vcf.clone(), "VCF"),
        ("plain.vcf", text.clone(), "bgzip"),
        ("gzip.vcf.gz", run("gzip", ["-c"], &text), "bgzip"),
        ("words.bam", b"these are words, not alignments\n".repeat(20), "none of"),
        ("zeros.bam", vec![0; 4096], "none of"),
        ("sheet.csv", b"a,b,c\n1,2,3\n".to_vec(), "none of"),
    ] {
        let path = bench.put(name, &bytes);
        bench.refuses(&bench.row(&path), reason);
    }
    bench.refuses(&bench.row(&bench.folder.path().join("absent.bam")), "cannot be read");
    bench.refuses(&bench.row(bench.folder.path()), "");
}

#[test]
fn files_that_contradict_their_row_are_refused() {
    let bench = Bench::new();
    let bam = feeds().join("reads/TST-01.bam");
    let row = |assembly: &str, kind: &str| format!("cancer,BAD-1,BAD-1-S,,unknown,{assembly},{},,{kind},,", bam.display());
    bench.refuses(&row("GRCh37", ""), "GRCh37");
    bench.refuses(&row("GRCh38", "variants"), "");
    bench.refuses(&row("CHM13", ""), "assembly");
    bench.refuses(&row("", ""), "assembly");
    let joint = feeds().join("variants/joint.vcf.gz");
    bench.refuses(&bench.row(&joint), "7");
    let unsorted = bench.folder.path().join("unsorted.vcf.gz");
    let text = String::from_utf8(run("gzip", ["-dc"], &feed("variants/TST-03.vcf.gz"))).unwrap();
    let (head, records): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('#'));
    let reversed: Vec<&str> = head.into_iter().chain(records.into_iter().rev()).collect();
    write_vcf(&unsorted, &(reversed.join("\n") + "\n"));
    bench.refuses(&bench.row(&unsorted), "sorted");
}

#[test]
fn an_index_that_is_older_than_its_data_or_belongs_to_other_data_is_refused() {
    let bench = Bench::new();
    let bam = bench.put("a.bam", &feed("reads/TST-01.bam"));
    let other = bench.put("b.bam", &run("samtools", ["view", "-b", "-s", "0.5", bam.to_str().unwrap()], b""));
    samtools(["index", bam.to_str().unwrap()]);
    samtools(["index", other.to_str().unwrap()]);
    let with = |index: &str| {
        format!(
            "cancer,BAD-1,BAD-1-S,,unknown,GRCh38,{},{},,,",
            bam.display(),
            bench.folder.path().join(index).display()
        )
    };
    bench.refuses(&with("absent.bai"), "");
    fs::write(bench.folder.path().join("noise.bai"), b"noise").unwrap();
    bench.refuses(&with("noise.bai"), "index");
    bench.refuses(&with("b.bam.bai"), "index");
    let old = fs::File::options().write(true).open(bench.folder.path().join("a.bam.bai")).unwrap();
    old.set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
    bench.refuses(&with("a.bam.bai"), "older");
}

#[test]
fn the_bad_lines_of_a_sheet_are_named_and_its_good_rows_are_loaded() {
    let bench = Bench::new();
    let vcf = |n: usize| feeds().join(format!("variants/TST-{n:02}.vcf.gz")).display().to_string();
    let sheet = format!(
        "{HEADER}\
         cancer,A-1,S-1,F-1,female,GRCh38,{},,,,\n\
         cancer,A-2,S-1,F-2,male,GRCh38,{},,,,\n\
         nowhere,A-3,S-3,,unknown,GRCh38,{},,,,\n\
         cancer,A-4,S-4,,perhaps,GRCh38,{},,,,\n\
         cancer,A-5,S-5,,unknown,GRCh38,{},,,,\n\
         cancer,,S-6,,unknown,GRCh38,{},,,,\n\
         cancer,A-7,S-7,,unknown,GRCh38\n\
         cancer,A-8,S-8,,unknown,GRCh38,{},,,fail,\n\
         cancer,A-1,S-9,F-9,female,GRCh38,{},,,,\n\
         cancer,A-10,S-10,,male,GRCh38,{},,,pass,\n",
        vcf(1),
        vcf(2),
        vcf(3),
        vcf(4),
        vcf(1),
        vcf(6),
        vcf(8),
        vcf(9),
        vcf(10)
    );
    let ran = bench.programme.load(&sheet).refused();
    for line in [3, 4, 5, 6, 7, 8, 9, 10] {
        assert!(
            ran.err.lines().any(|l| l.contains(&format!("line {line}: "))),
            "line {line}: {}",
            ran.err
        );
    }
    assert!(ran.out.contains("2 loaded, 0 already there, 8 refused"), "{}", ran.out);
    assert_eq!(bench.programme.objects(&[]).len(), 2);

    for (text, reason) in [
        ("dataset,participant,assembly\n", "path"),
        ("dataset,participant,assembly,path,colour\n", "column"),
        ("", "column"),
    ] {
        let ran = bench.programme.load(text);
        assert!(
            ran.code != Some(0) && ran.err.contains(reason),
            "{text}: {:?} {}",
            ran.code,
            ran.err
        );
    }
    let samples = bench.put(
        "samples.csv",
        b"sample,participant,specimen,family,sex\nTST-01-S,A-1,S-1,,unknown\nTST-01-S,A-2,S-2,,unknown\n",
    );
    let unknown = bench.put("unknown.csv", b"sample,participant,specimen,family,sex\nNOBODY,A-1,S-1,,unknown\n");
    let joint = feeds().join("variants/joint.vcf.gz");
    for (samples, line) in [
        (samples, "line 3"),
        (unknown, ""),
        (bench.folder.path().join("absent.csv"), "samples"),
    ] {
        let ran = bench
            .programme
            .load(&format!("{HEADER}cancer,,,,,GRCh38,{},,,,{}\n", joint.display(), samples.display()))
            .refused();
        assert!(ran.err.contains("line 2: ") && ran.err.contains(line), "{}", ran.err);
    }
    assert_eq!(bench.programme.objects(&[]).len(), 2);
}

#[test]
fn a_file_that_is_loaded_again_for_another_participant_is_never_moved() {
    let bench = Bench::new();
    let path = feeds().join("variants/TST-01.vcf.gz");
    let row = |who: &str| format!("{HEADER}cancer,{who},{who}-S,,unknown,GRCh38,{},,,,\n", path.display());
    let _ = bench.programme.load(&row("ONE")).good();
    let first = bench.programme.objects(&["--participant", "ONE"]);
    let _ = bench.programme.load(&row("TWO"));
    assert_eq!(bench.programme.objects(&["--participant", "ONE"]), first);
}

#[test]
fn an_invalid_packet_is_refused_by_name_and_the_other_packets_are_ingested() {
    let bench = Bench::new();
    let good = feed("packets/TST-01.json");
    let folder = bench.folder.path().join("packets");
    fs::create_dir(&folder).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let bad: [(&str, Vec<u8>); 8] = [
        ("words.json", b"not a packet".to_vec()),
        ("empty.json", Vec::new()),
        ("list.json", b"[]".to_vec()),
        ("other.json", b"{\"resourceType\": \"Patient\"}".to_vec()),
        ("cut.json", good[..good.len() / 2].to_vec()),
        ("no-subject.json", text.replace("\"subject\"", "\"object\"").into_bytes()),
        ("binary.json", vec![0xff; 300]),
        ("deep.json", "[".repeat(200_000).into_bytes()),
    ];
    for (name, bytes) in &bad {
        fs::write(folder.join(name), bytes).unwrap();
    }
    fs::write(folder.join("good.json"), &good).unwrap();
    let ingest = || bench.programme.ingest_packets("cancer", &folder);
    let ran = ingest().refused();
    for (name, _) in &bad {
        assert!(ran.err.lines().any(|line| line.contains(name)), "{name}: {}", ran.err);
    }
    // The array that never ends is one faulty packet, and a file that is cut short.
    assert!(
        ran.out.contains("10 received: 1 committed, 0 already there, 9 refused"),
        "{}",
        ran.out
    );
    assert!(
        ingest()
            .refused()
            .out
            .contains("10 received: 0 committed, 1 already there, 9 refused")
    );
    let archive = bench.put(
        "cut.tar.gz",
        &run("tar", ["-C", folder.to_str().unwrap(), "-czf", "-", "good.json"], b"")[..60],
    );
    let cut = bench.programme.ingest_linked_packets("cancer", &archive);
    assert!(cut.code != Some(0) && !cut.err.is_empty(), "{:?} {}", cut.code, cut.out);
    let nowhere = bench.programme.ingest_linked_packets("nowhere", &folder);
    assert!(nowhere.code != Some(0) && nowhere.err.contains("nowhere"), "{}", nowhere.err);
}

#[test]
fn a_bad_configuration_is_refused_with_its_line() {
    let bench = Bench::new();
    let default = gemj_tests::programme::run_gateway(["config", "default"]).good().out;
    let check = |text: &str| {
        let path = bench.put("gateway.toml", text.as_bytes());
        gemj_tests::programme::run_gateway(["config", "check", path.to_str().unwrap()])
    };
    let _ = check(&default).good();
    let unknown = default.replacen("[database]", "[database]\ncolour = \"blue\"", 1);
    let line = unknown.lines().position(|l| l.starts_with("colour")).unwrap() + 1;
    let ran = check(&unknown);
    assert!(
        ran.code != Some(0) && ran.err.contains("colour") && ran.err.contains(&format!("line {line}")),
        "{}",
        ran.err
    );
    for (from, to) in [
        ("lifetime_s = 600", "lifetime_s = 0"),
        ("sqlite:gateway.db", "mysql:x"),
        ("workers = 2", "workers = \"two\""),
        ("[server]", "[serve"),
    ] {
        assert!(default.contains(from), "{from}");
        let ran = check(&default.replacen(from, to, 1));
        assert!(ran.code != Some(0) && !ran.err.is_empty(), "{to}: {}", ran.out);
    }
}
