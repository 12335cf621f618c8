//! Compares the carriers that the index finds in real files with a recount in Python.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gemj_access::Action;
use gemj_model::{Assembly, Contig, FileFormat, Interval, Ordinal};
use gemj_variants::{AlleleFilter, IngestReport, SegmentBuilder, WindowQuery, ingest_path};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::fixture::{GERM, MemoryStore, block_on, dataset, grant, people_of};

pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let root =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared"), PathBuf::from);
    let path = root.join("data/variants").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {name} is not there");
        return None;
    }
    Some(path)
}

fn output(command: &mut Command, input: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .inspect_err(|_| eprintln!("SKIPPED: bcftools or python3 is not installed"))
        .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input.unwrap_or_default()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    assert!(output.status.success());
    Some(output.stdout)
}

fn recount(path: &Path) -> Option<String> {
    let format = "%CHROM\\t%POS\\t%REF\\t%ALT[\\t%GT]\\n";
    let text = output(Command::new("bcftools").args(["query", "-f", format]).arg(path), None)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/recount.py");
    let lines = output(Command::new("python3").arg(script), Some(text))?;
    Some(String::from_utf8(lines).unwrap())
}

/// Loads a file into an index, and prints all its alleles and carriers in the format of the recount.
fn dump(path: &Path, format: FileFormat, assembly: Assembly, samples: u32, contigs: &[String]) -> (IngestReport, String) {
    let (store, name) = (MemoryStore::default(), dataset("main"));
    let mut builder = SegmentBuilder::new(name.clone(), assembly, GERM, 0);
    let columns: Vec<_> = (0..samples).map(|o| Some(Ordinal(o))).collect();
    let report = ingest_path(path, format, &columns, assembly, GERM, "file", &mut builder, &mut |_| {}).unwrap();
    store.add("s", builder);
    let everybody: RoaringBitmap = (0..samples).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    let mut lines = Vec::new();
    for contig in contigs {
        let query = WindowQuery {
            contig: Contig(contig.clone()),
            interval: Interval::WHOLE,
            filter: AlleleFilter::default(),
        };
        block_on(reader.overlapping(&grant, &name, assembly, GERM, &query, |a, carriers| {
            let people: Vec<_> = people_of(carriers)
                .iter()
                .map(|(o, z)| format!("{o}:{}", format!("{z:?}")[..3].to_lowercase()))
                .collect();
            let dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
            lines.push(format!(
                "{}\t{}\t{}\t{}\t{}\t{}",
                a.contig.as_str(),
                a.start.0,
                a.end.0,
                dash(&a.reference),
                dash(&a.alternate),
                people.join(",")
            ));
            ControlFlow::Continue(())
        }))
        .unwrap();
    }
    lines.sort();
    (report, lines.join("\n"))
}

fn compare(name: &str, assembly: Assembly, samples: u32, at_least: usize) {
    let Some(path) = shared(name) else { return };
    compare_path(&path, assembly, samples, at_least);
}

fn compare_path(path: &Path, assembly: Assembly, samples: u32, at_least: usize) {
    let name = path.display().to_string();
    let Some(expected) = recount(path) else { return };
    let mut expected: Vec<&str> = expected.lines().collect();
    expected.sort_unstable();
    assert!(expected.len() >= at_least, "{name}: {}", expected.len());
    let contigs: Vec<String> = (1..=22)
        .map(|n| n.to_string())
        .chain(["X".into(), "Y".into(), "MT".into()])
        .collect();
    let (report, found) = dump(path, FileFormat::Vcf, assembly, samples, &contigs);
    assert!(found == expected.join("\n"), "{name}: {report:?}");
    let entries: usize = expected.iter().map(|line| line.split(',').count()).sum();
    assert_eq!(report.entries, entries as u64, "{name}");
    let directory = tempfile::tempdir().unwrap();
    let bcf = directory.path().join("copy.bcf");
    output(Command::new("bcftools").args(["view", "-Ob", "-o"]).arg(&bcf).arg(path), None);
    assert!(
        dump(&bcf, FileFormat::Bcf, assembly, samples, &contigs) == (report, found),
        "{name} as BCF"
    );
}

#[test]
fn a_hundred_genomes_of_chromosome_22_equal_their_recount() {
    compare("1kg_chr22_100.vcf.gz", Assembly::GRCh38, 100, 10);
}

#[test]
fn ten_thousand_calls_of_hg002_equal_their_recount() {
    compare("HG002_GIAB.vcf.gz", Assembly::GRCh37, 1, 10_000);
}

#[test]
fn in_a_gvcf_alleles_are_counted_and_reference_blocks_are_not() {
    compare("NA12878_chr20_21.g.vcf.gz", Assembly::GRCh37, 1, 100);
}

/// The file contains genotypes with one unknown allele, haploid genotypes on X, Y and MT, genotypes with three copies, alleles without
/// bases, and the blocks and missing genotypes of gVCFs.
#[test]
fn genotypes_of_every_shape_equal_a_recount_of_bcftools_output() {
    let mut rng = StdRng::seed_from_u64(20_261_124);
    let mut text = String::from("##fileformat=VCFv4.3\n##FILTER=<ID=Low,Description=\"Low\">\n");
    for contig in ["chr20", "chrX", "chrY", "chrM"] {
        text.push_str(&format!(
            "##contig=<ID={contig},length={}>\n",
            if contig == "chrM" { 16_569 } else { 60_000 }
        ));
    }
    text.push_str(
        "##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
         ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"Quality\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\tc\td\te\n",
    );
    for contig in ["chr20", "chrX", "chrY", "chrM"] {
        for number in 0..300 {
            let alternates = ["T", "T,<NON_REF>", "G,*", "<*>", "<NON_REF>", ".", "AT,T,C", "*,C", "T,<*>"][rng.random_range(0..9)];
            let count = if alternates == "." { 0 } else { alternates.split(',').count() };
            let call = |rng: &mut StdRng| {
                if rng.random_range(0..4) == 0 {
                    ".".to_owned()
                } else {
                    rng.random_range(0..=count).to_string()
                }
            };
            let genotypes: Vec<String> = (0..5)
                .map(|_| {
                    let ploidy = [1, 1, 2, 2, 2, 3][rng.random_range(0..6)];
                    let sign = ["/", "|"][rng.random_range(0..2)];
                    let calls: Vec<String> = (0..ploidy).map(|_| call(&mut rng)).collect();
                    format!("{}{}", calls.join(sign), [":9", ""][rng.random_range(0..2)])
                })
                .collect();
            let position = number * 20 + 5;
            let info = if alternates.starts_with('<') {
                format!("END={}", position + 9)
            } else {
                ".".to_owned()
            };
            let filter = ["PASS", ".", "Low"][rng.random_range(0..3)];
            text.push_str(&format!(
                "{contig}\t{position}\t.\tA\t{alternates}\t.\t{filter}\t{info}\tGT:GQ\t{}\n",
                genotypes.join("\t")
            ));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shapes.vcf");
    std::fs::write(&path, text).unwrap();
    compare_path(&path, Assembly::GRCh38, 5, 600);
}

/// UCSC's hg19 uses the name of the mitochondrion for another sequence. The alleles of this other sequence are not indexed.
#[test]
fn a_mitochondrion_of_another_sequence_is_skipped_and_counted() {
    let ingest = |assembly, contig: &str, header: &str| {
        let text = format!(
            "##fileformat=VCFv4.3\n{header}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\n{contig}\t100\t.\tA\tT\t.\tPASS\t.\tGT\t1\n"
        );
        let mut builder = SegmentBuilder::new(dataset("main"), assembly, GERM, 0);
        let columns = [Some(Ordinal(0))];
        let report = gemj_variants::ingest_variants(
            text.as_bytes(),
            FileFormat::Vcf,
            &columns,
            assembly,
            GERM,
            "f",
            &mut builder,
            &mut |_| {},
        );
        let report = report.unwrap();
        let kept_out = report.skipped.get(&gemj_variants::SkipReason::OtherMitochondrion).copied();
        (report.entries, kept_out.unwrap_or_default())
    };
    let stated = |name: &str, length: u64| format!("##contig=<ID={name},length={length}>\n");
    for (assembly, contig, header, indexed) in [
        (Assembly::GRCh37, "chrM", stated("chrM", 16_571), false),
        (Assembly::GRCh37, "chrM", String::new(), false),
        (Assembly::GRCh37, "chrM", stated("chrM", 16_569), true),
        (Assembly::GRCh37, "MT", String::new(), true),
        (Assembly::GRCh38, "chrM", String::new(), true),
        (Assembly::GRCh38, "M", stated("M", 16_571), false),
    ] {
        let expected = if indexed { (1, 0) } else { (0, 1) };
        assert_eq!(ingest(assembly, contig, &header), expected, "{assembly:?} {contig} {header}");
    }
}
