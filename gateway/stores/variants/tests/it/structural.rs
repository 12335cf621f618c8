//! Compares queries by start, end and length of symbolic alleles with the records that bcftools selects.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::process::Command;

use gemj_access::Action;
use gemj_model::{Contig, FileFormat, Interval, Ordinal, ZeroBased};
use gemj_variants::{AlleleFilter, SegmentBuilder, VariantKind, WindowQuery, ingest_path};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::fixture::{G38, GERM, MemoryStore, block_on, dataset, grant};

const HEAD: &str = "##fileformat=VCFv4.3
##contig=<ID=chr1,length=100000>
##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">
##INFO=<ID=SVLEN,Number=1,Type=Integer,Description=\"Length\">
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts0
";

/// Random structural variants as VCF. Each record has its own position, so that POS and ALT identify the record. An insertion's END equals
/// its POS, as variant callers write it.
fn records(rng: &mut StdRng) -> String {
    let mut text = HEAD.to_owned();
    for number in 0..400u64 {
        let position = 1 + number * 7 + rng.random_range(0..6);
        let length: u64 = [1, 2, 49, 50, 51, 300, 2_000][rng.random_range(0..7)];
        let (alternate, end) = match rng.random_range(0..5) {
            0 => ("<INS>", position),
            1 => ("<DUP>", position + length),
            2 => ("<CN0>", position + length),
            3 => ("<INV>", position + length),
            _ => ("<DEL>", position + length),
        };
        writeln!(text, "chr1\t{position}\t.\tN\t{alternate}\t.\t.\tEND={end};SVLEN={length}\tGT\t0/1").unwrap();
    }
    text
}

/// POS and ALT of the records that a bcftools expression selects. Absent if bcftools is not installed.
fn bcftools(file: &std::path::Path, expression: &str) -> Option<BTreeSet<(u64, String)>> {
    let output = Command::new("bcftools")
        .args(["query", "-f", "%POS\\t%ALT\\n", "-i", expression])
        .arg(file)
        .output()
        .inspect_err(|_| eprintln!("SKIPPED: bcftools is not installed"))
        .ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let pairs = text.lines().map(|line| line.split_once('\t').unwrap());
    Some(
        pairs
            .map(|(position, alternate)| (position.parse().unwrap(), alternate.to_owned()))
            .collect(),
    )
}

#[test]
fn windows_brackets_and_lengths_select_the_records_that_bcftools_selects() {
    let mut rng = StdRng::seed_from_u64(7);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("structural.vcf");
    std::fs::write(&file, records(&mut rng)).unwrap();
    let (store, name) = (MemoryStore::default(), dataset("main"));
    let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 0);
    ingest_path(
        &file,
        FileFormat::Vcf,
        &[Some(Ordinal(0))],
        G38,
        GERM,
        "file",
        &mut builder,
        &mut |_| {},
    )
    .unwrap();
    store.add("segment", builder);
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    let grant = grant(&[(&name, &RoaringBitmap::from([0]))], Action::AskVariants);
    let ask = |query: &WindowQuery| {
        let mut found = BTreeSet::new();
        block_on(reader.overlapping(&grant, &name, G38, GERM, query, |a, _| {
            // The allele's 0-based start equals the record's POS, because POS is the anchor base before the event.
            found.insert((a.start.0, a.alternate.clone()));
            ControlFlow::Continue(())
        }))
        .unwrap();
        found
    };
    let window = |from: u64, to: u64, filter: AlleleFilter| WindowQuery {
        contig: Contig("1".into()),
        interval: Interval {
            start: ZeroBased(from),
            end: Some(ZeroBased(to)),
        },
        filter,
    };
    let mut hits = 0;
    for _ in 0..12 {
        // bcftools uses 1-based positions with both ends included, `first..=last`. An insertion covers the base after it.
        let first = rng.random_range(1..2_900u64);
        let last = first + [0, 1, 60, 500][rng.random_range(0..4)];
        let covered = format!("POS+1<={last} && (INFO/END>={first} || (ALT=\"<INS>\" && POS+1>={first}))");
        let Some(expected) = bcftools(&file, &covered) else { return };
        hits += expected.len();
        assert_eq!(ask(&window(first - 1, last, AlleleFilter::default())), expected, "{covered}");

        let (s, e) = (first..first + 300, first + rng.random_range(0..400)..last + 500);
        let inside = format!("POS>={} && POS<{} && INFO/END>={} && INFO/END<{}", s.start, s.end, e.start, e.end);
        let bracket = WindowQuery::bracket(
            Contig("1".into()),
            ZeroBased(s.start)..ZeroBased(s.end),
            ZeroBased(e.start)..ZeroBased(e.end),
            AlleleFilter::default(),
        );
        let expected = bcftools(&file, &inside).unwrap();
        hits += expected.len();
        assert_eq!(ask(&bracket), expected, "{inside}");

        let (least, most) = ([2u64, 50, 51][rng.random_range(0..3)], [50u64, 300, 5_000][rng.random_range(0..3)]);
        let long = format!("INFO/SVLEN>={least} && INFO/SVLEN<={most}");
        let filter = AlleleFilter {
            min_length: Some(least),
            max_length: Some(most),
            ..AlleleFilter::default()
        };
        assert_eq!(ask(&window(0, 100_000, filter)), bcftools(&file, &long).unwrap(), "{long}");
    }
    let loss = AlleleFilter {
        kinds: vec![VariantKind::CopyNumberLoss],
        ..AlleleFilter::default()
    };
    let expected = bcftools(&file, "ALT=\"<DEL>\" || ALT=\"<CN0>\"").unwrap();
    assert_eq!(ask(&window(0, 100_000, loss)), expected);
    assert!(hits > 300 && expected.len() > 100, "{hits}");
}
