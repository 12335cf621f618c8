//! Real files against a recount in another language.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gemj_access::Action;
use gemj_model::{Assembly, Contig, FileFormat, Interval, Ordinal};
use gemj_variants::{AlleleFilter, IngestReport, SegmentBuilder, WindowQuery, ingest_path};
use roaring::RoaringBitmap;

use super::fixture::{GERM, MemoryStore, block_on, dataset, grant, people_of};

fn shared(name: &str) -> Option<PathBuf> {
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

/// The whole index in the recount's words.
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
    let Some(expected) = recount(&path) else { return };
    let mut expected: Vec<&str> = expected.lines().collect();
    expected.sort_unstable();
    assert!(expected.len() >= at_least, "{name}: {}", expected.len());
    let contigs: Vec<String> = (1..=22)
        .map(|n| n.to_string())
        .chain(["X".into(), "Y".into(), "MT".into()])
        .collect();
    let (report, found) = dump(&path, FileFormat::Vcf, assembly, samples, &contigs);
    assert!(found == expected.join("\n"), "{name}: {report:?}");
    let entries: usize = expected.iter().map(|line| line.split(',').count()).sum();
    assert_eq!(report.entries, entries as u64, "{name}");
    let directory = tempfile::tempdir().unwrap();
    let bcf = directory.path().join("copy.bcf");
    output(Command::new("bcftools").args(["view", "-Ob", "-o"]).arg(&bcf).arg(&path), None);
    assert!(
        dump(&bcf, FileFormat::Bcf, assembly, samples, &contigs) == (report, found),
        "{name} as BCF"
    );
}

#[test]
fn a_hundred_genomes_of_chromosome_22() {
    compare("1kg_chr22_100.vcf.gz", Assembly::GRCh38, 100, 10);
}

#[test]
fn ten_thousand_calls_of_hg002() {
    compare("HG002_GIAB.vcf.gz", Assembly::GRCh37, 1, 10_000);
}

#[test]
fn a_gvcf_counts_its_calls_and_not_its_blocks() {
    compare("NA12878_chr20_21.g.vcf.gz", Assembly::GRCh37, 1, 100);
}
