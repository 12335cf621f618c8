//! Tests what inspection reports about valid files, and which files it rejects.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use gemj_model::{Assembly, FileFormat, IndexFormat};
use gemj_objects::inspect::{Expected, InspectError, Inspection, Warning, inspect, inspect_bytes};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::kit::*;
use crate::variants::odd_vcf;

const ON_38: Expected = Expected {
    format: None,
    assembly: Assembly::GRCh38,
};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn inspect(&self, name: &str, bytes: &[u8]) -> Result<Inspection, InspectError> {
        inspect(&self.file(name, bytes), None, ON_38)
    }
}

const SAM: &str = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:248956422\tM5:6AEF897C3D6FF0C78AFF06AC189178DD\n@RG\tID:g\tSM:s\n\
    a\t0\tchr1\t100\t60\t4M\t*\t0\t0\tACGT\tIIII\tRG:Z:g\nb\t0\tchr1\t200\t60\t4M\t*\t0\t0\tACGT\tIIII\tRG:Z:g\n\
    c\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\n";

fn bam() -> Vec<u8> {
    pipe("samtools", &["view", "--no-PG", "-b"], SAM.as_bytes())
}

fn vcf() -> Vec<u8> {
    pipe("bgzip", &["-c"], odd_vcf(50, 0).as_bytes())
}

fn bcf() -> Vec<u8> {
    pipe("bcftools", &["view", "--no-version", "-Ob"], odd_vcf(50, 0).as_bytes())
}

fn cram() -> Vec<u8> {
    pipe(
        "samtools",
        &["view", "--no-PG", "-C", "--output-fmt-option", "no_ref=1"],
        SAM.as_bytes(),
    )
}

#[test]
fn the_format_and_the_contents_of_each_file_are_detected_from_its_bytes() {
    let folder = Folder::new();
    let found = folder.inspect("x", &bam()).unwrap();
    assert_eq!(
        (found.format, found.index.format, found.record_count),
        (FileFormat::Bam, IndexFormat::Bai, 3)
    );
    assert_eq!(found.samples, ["s"]);
    assert_eq!(found.contigs[0].length_bases, Some(248_956_422));
    assert_eq!(found.contigs[0].md5.as_deref(), Some("6aef897c3d6ff0c78aff06ac189178dd"));
    assert!(found.warnings.is_empty());
    let found = folder.inspect("x", &cram()).unwrap();
    assert_eq!(
        (found.format, found.index.format, found.record_count),
        (FileFormat::Cram, IndexFormat::Crai, 3)
    );
    assert_eq!(found.samples, ["s"]);
    let named = odd_vcf(50, 0).replace("un1", "chr1");
    let declared = Expected {
        format: Some(FileFormat::Vcf),
        assembly: Assembly::GRCh38,
    };
    let short = inspect(&folder.file("x", &pipe("bgzip", &["-c"], named.as_bytes())), None, declared);
    assert!(matches!(short, Err(InspectError::AssemblyMismatch { .. })));
    let found = folder.inspect("x", &vcf()).unwrap();
    assert_eq!(
        (found.format, found.index.format, found.record_count),
        (FileFormat::Vcf, IndexFormat::Tbi, 150)
    );
    assert_eq!(found.samples, ["s1"]);
    assert_eq!(found.warnings, [Warning::AssemblyNotShown]);
    let found = folder.inspect("x", &bcf()).unwrap();
    assert_eq!(
        (found.format, found.index.format, found.record_count),
        (FileFormat::Bcf, IndexFormat::Csi, 150)
    );
}

#[test]
fn mislabelled_files_are_rejected_with_a_reason() {
    let folder = Folder::new();
    let text = odd_vcf(5, 0);
    let refuse = |name: &str, bytes: &[u8]| folder.inspect(name, bytes).unwrap_err();
    assert!(matches!(refuse("x", b""), InspectError::Empty));
    assert!(matches!(refuse("x.vcf", text.as_bytes()), InspectError::PlainText));
    assert!(matches!(
        refuse("x.vcf.gz", &pipe("gzip", &["-c"], text.as_bytes())),
        InspectError::PlainGzip
    ));
    assert!(matches!(
        refuse("x.vcf.gz", &bam()),
        InspectError::Mislabelled { found: FileFormat::Bam }
    ));
    assert!(matches!(refuse("x.bam", b"hello"), InspectError::UnknownFormat));
    assert!(matches!(
        refuse("x", &pipe("bgzip", &["-c"], b"hello")),
        InspectError::UnknownFormat
    ));
    let declared = Expected {
        format: Some(FileFormat::Cram),
        assembly: Assembly::GRCh38,
    };
    let mismatch = inspect(&folder.file("x.bam", &bam()), None, declared);
    assert!(matches!(mismatch, Err(InspectError::FormatMismatch { .. })));
}

#[test]
fn truncation_at_every_byte_is_detected() {
    for whole in [bam(), vcf(), bcf(), cram()] {
        assert!(inspect_bytes(&whole).is_ok());
        for length in 0..whole.len() {
            assert!(inspect_bytes(&whole[..length]).is_err(), "cut at {length} of {}", whole.len());
        }
    }
}

#[test]
fn a_missing_end_marker_is_distinguished_from_a_truncated_block() {
    let whole = bam();
    assert!(matches!(
        Folder::new().inspect("x", &whole[..whole.len() - 28]),
        Err(InspectError::NoEndMarker)
    ));
    assert!(matches!(
        Folder::new().inspect("x", &whole[..whole.len() - 40]),
        Err(InspectError::Truncated { .. })
    ));
    let whole = cram();
    assert!(matches!(
        Folder::new().inspect("x", &whole[..whole.len() - 38]),
        Err(InspectError::NoEndMarker)
    ));
}

#[test]
fn a_changed_byte_of_the_data_is_detected() {
    let mut bytes = bam();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    assert!(matches!(
        Folder::new().inspect("x", &bytes),
        Err(InspectError::DamagedBlock { .. } | InspectError::Truncated { .. })
    ));
}

#[test]
fn broken_headers_broken_records_and_unsorted_records_are_rejected() {
    let folder = Folder::new();
    let of_sam = |sam: &str| folder.inspect("x", &pipe("samtools", &["view", "--no-PG", "-b"], sam.as_bytes()));
    let swapped = SAM.replace("chr1\t100\t", "chr1\t300\t");
    assert!(matches!(of_sam(&swapped), Err(InspectError::Unsorted { record_number: 2 })));
    let swapped = pipe(
        "samtools",
        &["view", "--no-PG", "-C", "--output-fmt-option", "no_ref=1"],
        swapped.as_bytes(),
    );
    assert!(matches!(folder.inspect("x", &swapped), Err(InspectError::Unsorted { .. })));
    assert!(matches!(
        folder.inspect("x", &pipe("bgzip", &["-c"], b"BAM\x01\0\0\0\0\0\0\0\0")),
        Err(InspectError::BadHeader { .. })
    ));
    let unsaid = SAM.replace("\tSO:coordinate", "").replace("\tSM:s", "");
    let warnings = of_sam(&unsaid).unwrap().warnings;
    assert_eq!(warnings, [Warning::SortOrderNotStated, Warning::NoSampleName]);

    let head = "##fileformat=VCFv4.2\n##contig=<ID=c>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n";
    let of_vcf = |text: &str| folder.inspect("x", &pipe("bgzip", &["-c"], text.as_bytes()));
    let line = |position: &str, rest: &str| format!("c\t{position}\t.\tA\tC\t.\t.\t.\tGT\t{rest}\n");
    assert!(of_vcf(&format!("{head}{}", line("5", "0/1\t1"))).is_ok());
    for broken in [
        line("5", "0/1"),
        line("5", "0/1\t0/2"),
        line("5", "0/1\tx"),
        line("five", "0/1\t0/1"),
        line("5", "0/1\t0/1").trim_end().to_owned(),
        "c\t5\n".to_owned(),
    ] {
        let outcome = of_vcf(&format!("{head}{broken}"));
        assert!(
            matches!(outcome, Err(InspectError::BadRecord { record_number: 1, .. })),
            "{broken:?} {outcome:?}"
        );
    }
    let unsorted = format!("{head}{}{}", line("5", "0\t0"), line("4", "0\t0"));
    assert!(matches!(of_vcf(&unsorted), Err(InspectError::Unsorted { record_number: 2 })));
    let left = format!("{head}{}d{}{}", line("5", "0\t0"), &line("4", "0\t0")[1..], line("9", "0\t0"));
    assert!(matches!(of_vcf(&left), Err(InspectError::Unsorted { record_number: 3 })));
    for broken in [
        head.replace("#CHROM\tPOS", "#CHROM POS"),
        head.replace("a\tb", "a\ta"),
        head.replace("FORMAT\ta", "a\ta"),
        head.replace("<ID=c>", "<ID=c"),
        head.replace("##fileformat=VCFv4.2", "##fileformat=VCFv3.3"),
        "##fileformat=VCFv4.2\n".to_owned(),
    ] {
        assert!(matches!(of_vcf(&broken), Err(InspectError::BadHeader { .. })), "{broken:?}");
    }
    assert!(of_vcf(head).unwrap().warnings.contains(&Warning::NoRecords));
}

#[test]
fn a_file_of_another_assembly_is_rejected() {
    let folder = Folder::new();
    let on_37 = Expected {
        format: None,
        assembly: Assembly::GRCh37,
    };
    let path = folder.file("x.bam", &bam());
    assert!(matches!(inspect(&path, None, on_37), Err(InspectError::AssemblyMismatch { .. })));
    if let Some(path) = shared("data/reads/NA12878.bam") {
        assert!(inspect(&path, None, on_37).is_ok());
        assert!(matches!(inspect(&path, None, ON_38), Err(InspectError::AssemblyMismatch { .. })));
    }
    for name in ["HG002_GIAB.vcf.gz", "NA12878_chr20_21.g.vcf.gz"] {
        if let Some(path) = shared(&format!("data/variants/{name}")) {
            assert!(inspect(&path, None, on_37).is_ok(), "{name}");
        }
    }
}

fn age(path: &Path, seconds: u64) {
    let time = SystemTime::now() - Duration::from_secs(seconds);
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn a_supplied_index_that_does_not_belong_to_the_file_is_rejected() {
    let folder = Folder::new();
    let (path, other) = (folder.file("x.bam", &bam()), folder.file("y.bam", &bam()));
    run("samtools", &["index", path.to_str().unwrap()]);
    let index = folder.0.path().join("x.bam.bai");
    assert!(inspect(&path, Some(&index), ON_38).is_ok());
    run("samtools", &["index", "-c", other.to_str().unwrap()]);
    assert!(inspect(&path, Some(&folder.0.path().join("y.bam.csi")), ON_38).is_ok());
    age(&index, 60);
    assert!(matches!(inspect(&path, Some(&index), ON_38), Err(InspectError::StaleIndex)));
    // Two supplied indexes that do not belong to the file: the index of another file, and a file that is not an index.
    let more = SAM.replace("b\t0\t", "b2\t0\tchr1\t150\t60\t4M\t*\t0\t0\tACGT\tIIII\nb\t0\t");
    let more = folder.file("more.bam", &pipe("samtools", &["view", "--no-PG", "-b"], more.as_bytes()));
    run("samtools", &["index", more.to_str().unwrap()]);
    let mismatch = inspect(&path, Some(&folder.0.path().join("more.bam.bai")), ON_38);
    assert!(matches!(mismatch, Err(InspectError::IndexMismatch { .. })));
    let nonsense = folder.file("nonsense.bai", b"nonsense");
    assert!(matches!(
        inspect(&path, Some(&nonsense), ON_38),
        Err(InspectError::IndexMismatch { .. })
    ));
    for (data, index, assembly) in [
        ("reads/NA12878.bam", "reads/NA12878.bam.bai", Assembly::GRCh37),
        ("reads/NA12878.cram", "reads/NA12878.cram.crai", Assembly::GRCh37),
        ("variants/HG002_GIAB.vcf.gz", "variants/HG002_GIAB.vcf.gz.tbi", Assembly::GRCh37),
        (
            "variants/1kg_chr22_100.vcf.gz",
            "variants/1kg_chr22_100.vcf.gz.tbi",
            Assembly::GRCh38,
        ),
        (
            "variants/NA12878_chr20_21.g.vcf.gz",
            "variants/NA12878_chr20_21.g.vcf.gz.tbi",
            Assembly::GRCh37,
        ),
    ] {
        let (Some(data), Some(index)) = (shared(&format!("data/{data}")), shared(&format!("data/{index}"))) else {
            continue;
        };
        let outcome = inspect(&data, Some(&index), Expected { format: None, assembly });
        assert!(outcome.is_ok(), "{}: {outcome:?}", data.display());
        if let Some(other) = shared("data/variants/HG002_GIAB.vcf.gz.tbi").filter(|o| *o != index) {
            assert!(matches!(
                inspect(&data, Some(&other), Expected { format: None, assembly }),
                Err(InspectError::IndexMismatch { .. })
            ));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn inspection_of_a_damaged_file_never_panics(which in 0usize..4, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in any::<prop::sample::Index>()) {
        static WHOLE: std::sync::OnceLock<[Vec<u8>; 4]> = std::sync::OnceLock::new();
        let whole = &WHOLE.get_or_init(|| [bam(), vcf(), bcf(), cram()])[which];
        let mut bytes = whole.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = inspect_bytes(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = inspect_bytes(&bytes);
    }

    #[test]
    fn inspection_of_damaged_data_in_valid_blocks_never_panics(which in 0usize..3, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        static PLAIN: std::sync::OnceLock<[Vec<u8>; 3]> = std::sync::OnceLock::new();
        let plain = &PLAIN.get_or_init(|| [bam(), vcf(), bcf()].map(|b| pipe("bgzip", &["-dc"], &b)))[which];
        let mut bytes = plain.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = inspect_bytes(&pipe("bgzip", &["-c"], &bytes));
    }
}
