//! Compares the calls of a participant with the output of `bcftools query` for the participant's sample column.

use std::path::Path;

use gemj_access::Action;
use gemj_model::{Assembly, Contig, DataObject, Ordinal};
use gemj_objects::{Call, CallFilter, CallsError, SliceError, SliceRegion};

use crate::kit::*;

fn word(filter: CallFilter) -> &'static str {
    match filter {
        CallFilter::Passed => "PASS",
        CallFilter::NotApplied => ".",
        CallFilter::Failed => "failed",
        CallFilter::Withheld => "withheld",
    }
}

fn depths(numbers: Option<&[u32]>) -> String {
    numbers.map_or(".".to_owned(), |numbers| {
        numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
    })
}

fn line(call: &Call) -> String {
    let alleles: Vec<String> = call.genotype.iter().map(|a| a.map_or(".".to_owned(), |a| a.to_string())).collect();
    let genotype = match alleles.join(if call.phased { "|" } else { "/" }) {
        none if none.is_empty() => ".".to_owned(),
        some => some,
    };
    let alternates = match call.alternates.join(",") {
        none if none.is_empty() => ".".to_owned(),
        some => some,
    };
    format!(
        "{}\t{}\t{}\t{alternates}\t{}\t{genotype}\t{}\t{}",
        call.contig.as_str(),
        call.position.0,
        call.reference,
        word(call.filter),
        depths(call.allele_depths.as_deref()),
        depths(call.read_depth.as_ref().map(std::slice::from_ref)),
    )
}

/// The output of bcftools for a sample in a region, one line for each record. A field that the header does not define is a dot.
fn printed(path: &Path, region: &str, sample: &str) -> Vec<String> {
    let path = path.to_str().unwrap();
    let header = run("bcftools", &["view", "-h", path]);
    let field = |name: &str| {
        if header.contains(&format!("##FORMAT=<ID={name},")) {
            format!("%{name}")
        } else {
            ".".to_owned()
        }
    };
    let format = format!(
        "%CHROM\\t%POS\\t%REF\\t%ALT\\t%FILTER[\\t%GT\\t{}\\t{}]\\n",
        field("AD"),
        field("DP")
    );
    let mut arguments = vec!["query", "-f", &format, "-s", sample];
    if !region.is_empty() {
        arguments.extend(["-r", region]);
    }
    arguments.push(path);
    let lines = run("bcftools", &arguments);
    lines.lines().map(told).collect()
}

/// Converts a line of bcftools to the form of this test: a list of depths with a missing value becomes `.`, and a FILTER other than `PASS` and
/// `.` becomes `failed`.
fn told(line: &str) -> String {
    let mut columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
    if !matches!(columns[4].as_str(), "PASS" | ".") {
        columns[4] = "failed".to_owned();
    }
    if columns[6].split(',').any(|depth| depth == ".") {
        columns[6] = ".".to_owned();
    }
    columns.join("\t")
}

fn one_based(region: &SliceRegion) -> String {
    let SliceRegion::Contig { contig, interval } = region else {
        unreachable!()
    };
    let end = interval.end.map_or(String::new(), |end| end.0.to_string());
    format!("{}:{}-{end}", contig.as_str(), interval.start.0 + 1)
}

async fn calls(
    bench: &Bench,
    object: &DataObject,
    consenting: &[u32],
    person: u32,
    regions: &[SliceRegion],
) -> Result<Vec<Call>, CallsError> {
    let grant = grant(object, Action::SliceVariants, consenting.iter().copied()).unwrap();
    bench.store.calls(&grant, object, Ordinal(person), regions).await
}

async fn compare_whole_files(bench: &Bench, path: &Path, assembly: Assembly, regions: &[SliceRegion]) {
    let (object, _) = bench.load(path, assembly).await;
    let copy = bench.path(&format!("indexed-{}", path.file_name().unwrap().to_str().unwrap()));
    std::fs::copy(path, &copy).unwrap();
    run("bcftools", &["index", "-f", copy.to_str().unwrap()]);
    let everybody: Vec<u32> = (0..object.samples.len() as u32).collect();
    let mut seen = 0;
    for person in [0, everybody.len() as u32 / 2, everybody.len() as u32 - 1] {
        let name = &object.samples[person as usize].sample;
        for region in regions {
            let ours = calls(bench, &object, &everybody, person, std::slice::from_ref(region))
                .await
                .unwrap();
            let ours: Vec<String> = ours.iter().map(line).collect();
            assert_eq!(ours, printed(&copy, &one_based(region), name), "{region:?} {person}");
            seen += ours.len();
        }
    }
    assert!(seen > 10);
}

#[tokio::test]
async fn calls_of_real_files_equal_the_output_of_bcftools_query() {
    let bench = Bench::new().await;
    let mut dice = Dice(5);
    for (name, assembly, spans) in [
        (
            "HG002_GIAB.vcf.gz",
            Assembly::GRCh37,
            [("1", 0, 120_000_000), ("22", 0, 51_000_000)],
        ),
        (
            "1kg_chr22_100.vcf.gz",
            Assembly::GRCh38,
            [("chr22", 10_510_000, 10_560_000), ("chr22", 10_510_000, 10_530_000)],
        ),
        (
            "NA12878_chr20_21.g.vcf.gz",
            Assembly::GRCh37,
            [("20", 9_900_000, 10_200_000), ("21", 5_000_000, 16_000_000)],
        ),
    ] {
        let Some(path) = shared(&format!("data/variants/{name}")) else {
            return;
        };
        let spans = spans.map(|(contig, from, to)| (contig.to_owned(), from, to));
        let mut regions: Vec<SliceRegion> = random_regions(&mut dice, &spans, 20);
        regions.retain(|region| matches!(region, SliceRegion::Contig { interval, .. } if !interval.is_empty()));
        regions.push(region(&spans[0].0, spans[0].1, Some(spans[0].2)));
        compare_whole_files(&bench, &path, assembly, &regions).await;
        let bcf = bench.path(&name.replace(".vcf.gz", ".bcf"));
        run(
            "bcftools",
            &["view", "--no-version", "-Ob", "-o", bcf.to_str().unwrap(), path.to_str().unwrap()],
        );
        compare_whole_files(&bench, &bcf, assembly, &regions).await;
    }
}

/// A VCF with filters, depths, missing values, haploid genotypes and phased genotypes. One record has seventy alternative alleles, for
/// which BCF needs wider integers.
fn hand_written() -> String {
    let bases = [b'A', b'C', b'G', b'T'];
    let many: Vec<String> = (0..70u32)
        .map(|n| {
            format!(
                "C{}",
                (0..4).map(|at| char::from(bases[(n >> (2 * at)) as usize & 3])).collect::<String>()
            )
        })
        .collect();
    let mut vcf = String::from("##fileformat=VCFv4.2\n##FILTER=<ID=q10,Description=\"q\">\n##FILTER=<ID=s50,Description=\"s\">\n");
    vcf.push_str("##contig=<ID=chr17,length=83257441>\n##contig=<ID=chrEmpty,length=9>\n");
    for (id, number, kind) in [("GT", "1", "String"), ("AD", "R", "Integer"), ("DP", "1", "Integer")] {
        vcf.push_str(&format!("##FORMAT=<ID={id},Number={number},Type={kind},Description=\"{id}\">\n"));
    }
    vcf.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\tC\n");
    for (position, reference, alternate, filter, samples) in [
        ("100", "A", "G", "PASS", "0/1:10,12:22\t0/0:30,0:30\t1/1:0,300:40000"),
        ("200", "A", "G", "q10", "0/1:10,12:22\t0/1:9,9:18\t0/0:5,0:5"),
        ("300", "A", "G,T", ".", "1/2:0,12,9:21\t0|2:10,.,4:14\t.:.:."),
        ("400", "CT", "C,*", "q10;s50", "2/1:.:.\t./.:0,0,0:0\t1:1,200,0:201"),
        ("500", "A", ".", "PASS", "0/0:30:30\t0/0:31:31\t0/0:30:30"),
        ("600", "A", "<NON_REF>", ".", "0/0:30,0:30\t0/1:31,5:36\t./1:30,2:32"),
    ] {
        vcf.push_str(&format!(
            "chr17\t{position}\t.\t{reference}\t{alternate}\t.\t{filter}\t.\tGT:AD:DP\t{samples}\n"
        ));
    }
    vcf.push_str(&format!("chr17\t700\t.\tC\t{}\t.\tPASS\t.\tGT\t70/1\t0|69\t0/0\n", many.join(",")));
    vcf
}

#[tokio::test]
async fn hand_written_calls_are_equal_in_vcf_and_bcf() {
    let bench = Bench::new().await;
    let text = hand_written();
    let vcf = bench.file("hand.vcf.gz", &pipe("bgzip", &["-c"], text.as_bytes()));
    let bcf = bench.file("hand.bcf", &pipe("bcftools", &["view", "--no-version", "-Ob"], text.as_bytes()));
    let regions = [
        region("chr17", 0, Some(1_000)),
        region("chr17", 199, Some(300)),
        region("chr17", 400, Some(401)),
    ];
    for path in [vcf, bcf] {
        compare_whole_files(&bench, &path, Assembly::GRCh38, &regions).await;
        let (object, _) = bench.load(&path, Assembly::GRCh38).await;
        let first = &calls(&bench, &object, &[0, 1, 2], 2, &regions).await.unwrap()[0];
        assert_eq!(
            (first.genotype.as_slice(), first.read_depth),
            ([Some(1), Some(1)].as_slice(), Some(40_000))
        );
        let of_nothing = calls(&bench, &object, &[0, 1, 2], 2, &[region("chrEmpty", 0, None)]).await.unwrap();
        assert!(of_nothing.is_empty());
        let unknown = calls(&bench, &object, &[0, 1, 2], 2, &[region("17", 0, None)]).await;
        assert!(matches!(unknown, Err(CallsError::Slice(SliceError::UnknownContig))));
    }
}

/// The expected calls of one sample, made by bcftools: only the sample's column, only the alleles that the sample carries, and only records
/// with a carried allele.
fn carried(bench: &Bench, path: &Path, sample: &str) -> Vec<String> {
    // Real files declare `Number=.` for AD, although AD has one value for each allele. bcftools removes the values of removed alleles only
    // if the header declares one value for each allele.
    let text = run("bcftools", &["view", "--no-version", path.to_str().unwrap()]);
    let text = text.replace("##FORMAT=<ID=AD,Number=.,", "##FORMAT=<ID=AD,Number=R,");
    let subset = pipe("bcftools", &["view", "--no-version", "-s", sample, "-a", "-Ob"], text.as_bytes());
    let alone = bench.file("alone.bcf", &subset);
    let lines = printed(&alone, "", sample);
    let carries = |line: &String| {
        line.split('\t')
            .nth(3)
            .is_some_and(|alternates| !matches!(alternates, "." | "*" | "<NON_REF>"))
    };
    let withheld = |line: String| {
        let mut columns: Vec<&str> = line.split('\t').collect();
        columns[4] = "withheld";
        columns.join("\t")
    };
    lines.into_iter().filter(carries).map(withheld).collect()
}

#[tokio::test]
async fn a_grant_for_one_sample_of_a_joint_file_returns_only_calls_of_carried_alleles() {
    let bench = Bench::new().await;
    let mut paths = vec![bench.file("hand.vcf.gz", &pipe("bgzip", &["-c"], hand_written().as_bytes()))];
    if let Some(path) = shared("data/variants/1kg_chr22_100.vcf.gz") {
        paths.push(path);
    }
    for path in paths {
        let bcf = bench.path("joint.bcf");
        run(
            "bcftools",
            &["view", "--no-version", "-Ob", "-o", bcf.to_str().unwrap(), path.to_str().unwrap()],
        );
        for path in [&path, &bcf] {
            let (object, _) = bench.load(path, Assembly::GRCh38).await;
            let mut seen = 0;
            for person in [0, 1, 4, 17, 60].into_iter().filter(|person| *person < object.samples.len() as u32) {
                let ours = calls(&bench, &object, &[person], person, &[]).await.unwrap();
                let ours: Vec<String> = ours.iter().map(line).collect();
                assert_eq!(ours, carried(&bench, path, &object.samples[person as usize].sample));
                seen += ours.len();
            }
            assert!(seen > 0, "{}", path.display());
        }
    }
}

#[tokio::test]
async fn calls_of_a_participant_outside_the_grant_are_denied() {
    let bench = Bench::new().await;
    let path = bench.file("hand.vcf.gz", &pipe("bgzip", &["-c"], hand_written().as_bytes()));
    let (mut object, _) = bench.load(&path, Assembly::GRCh38).await;
    let denied = |outcome| matches!(outcome, Err(CallsError::Slice(SliceError::NotCovered)));
    assert!(denied(calls(&bench, &object, &[0], 1, &[]).await), "another participant");
    assert!(denied(calls(&bench, &object, &[0], 9, &[]).await), "absent participant");
    let wrong = grant(&object, Action::DescribeObject, [0, 1, 2]).unwrap();
    assert!(denied(bench.store.calls(&wrong, &object, Ordinal(0), &[]).await), "another action");
    object.samples[1].sample = "not in the file".to_owned();
    assert!(denied(calls(&bench, &object, &[0, 1, 2], 1, &[]).await), "no such column");
}

#[tokio::test]
async fn two_columns_of_one_participant_give_two_calls() {
    let bench = Bench::new().await;
    let path = bench.file("hand.vcf.gz", &pipe("bgzip", &["-c"], hand_written().as_bytes()));
    let (mut object, _) = bench.load(&path, Assembly::GRCh38).await;
    object.samples[2].participant = Some(Ordinal(0));
    let found = calls(&bench, &object, &[0, 1], 0, &[region("chr17", 99, Some(100))]).await.unwrap();
    let genotypes: Vec<_> = found.iter().map(|call| call.genotype.clone()).collect();
    assert_eq!(genotypes, [vec![Some(0), Some(1)], vec![Some(1), Some(1)]]);
    assert!(
        found
            .iter()
            .all(|call| call.contig == Contig("chr17".to_owned()) && call.filter == CallFilter::Passed)
    );
}

#[tokio::test]
async fn a_file_with_changed_bytes_gives_an_error_without_a_panic() {
    let bench = Bench::new().await;
    let plain = pipe("bcftools", &["view", "--no-version", "-Ou"], hand_written().as_bytes());
    let good = bench.file("good.bcf", &pipe("bgzip", &["-c"], &plain));
    let (object, _) = bench.load(&good, Assembly::GRCh38).await;
    let everybody = grant(&object, Action::SliceVariants, [0, 1, 2]).unwrap();
    let mut dice = Dice(9);
    let mut refused = 0;
    for round in 0..300 {
        let mut bytes = plain.clone();
        let from = bytes.len() - bytes.len() / 3;
        for _ in 0..=dice.roll(3) {
            let at = from + dice.roll((bytes.len() - from) as u64) as usize;
            bytes[at] = dice.roll(256) as u8;
        }
        let packed = pipe("bgzip", &["-c"], &bytes);
        let path = bench.file("changed.bcf", &packed);
        let mandate = gemj_access::Mandate::operator(gemj_access::WriteAction::Load);
        let stored = bench.store.put_file(&mandate, &path, |_| ()).await.unwrap();
        let changed = DataObject {
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            storage_key: stored.key,
            ..object.clone()
        };
        let outcome = bench.store.calls(&everybody, &changed, Ordinal(1), &[]).await;
        let panicked = matches!(&outcome, Err(error) if error.to_string().contains("it cannot be decoded"));
        assert!(!panicked, "round {round}");
        refused += u32::from(outcome.is_err());
    }
    assert!(refused > 0);
}
