//! Compares allele numbers (AN, AC) with bcftools and with a recount in Python, under random masks, before and after files are unloaded.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gemj_access::{Action, Grant, Mandate, WriteAction};
use gemj_catalogue::SegmentRow;
use gemj_model::{Allele, Contig, FileFormat, OneBased, Ordinal, Origin, Timestamp};
use gemj_variants::{AlleleNumbers, BuiltSegment, CarrierIndex, SegmentBuilder, ingest_path, merge_segments, segment_status};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::fixture::{G38, GERM, MemoryStore, allele, block_on, dataset, grant, grant_of_releases};
use super::real_files::shared;
use super::stores::world;

const HEAD: &str = "##fileformat=VCFv4.3
##contig=<ID=chr1,length=30000>
##contig=<ID=chrX,length=30000>
##ALT=<ID=NON_REF,Description=\"Any\">
##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"Confidence\">
##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description=\"Least depth\">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";

fn output(command: &mut Command, input: &str) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    // A program that does not read its input closes the pipe, so a failed write is not an error.
    drop(writer.join());
    String::from_utf8(output.stdout).unwrap()
}

fn bcftools(arguments: &[&str]) -> String {
    output(Command::new("bcftools").args(arguments), "")
}

/// The base at a 1-based position of the invented reference sequence.
fn base(position: u64) -> char {
    ['A', 'C', 'G', 'T'][(position.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61) as usize % 4]
}

fn bases(position: u64, length: u64) -> String {
    (position..position + length).map(base).collect()
}

fn other(rng: &mut StdRng, than: char) -> char {
    loop {
        let found = ['A', 'C', 'G', 'T'][rng.random_range(0..4)];
        if found != than {
            return found;
        }
    }
}

/// The position and the alleles of a record of the generated files.
#[derive(Clone, Debug)]
struct Site {
    contig: &'static str,
    position: u64,
    reference: String,
    alternates: Vec<String>,
}

impl Site {
    fn random(rng: &mut StdRng, contig: &'static str, position: u64) -> Self {
        let first = base(position);
        let (reference, alternates) = match rng.random_range(0..10) {
            0 => {
                let length = rng.random_range(2..7);
                (bases(position, length), vec![first.to_string()])
            }
            1 => (bases(position, 60), vec![first.to_string()]),
            2 => (
                first.to_string(),
                vec![format!("{first}{}", ["G", "AC", "TTTT"][rng.random_range(0..3)])],
            ),
            3 => {
                let reference = bases(position, 3);
                let snv = format!("{}{}", other(rng, first), &reference[1..]);
                (reference, vec![first.to_string(), snv])
            }
            4 => {
                let snv = other(rng, first);
                (first.to_string(), vec![snv.to_string(), "*".to_owned()])
            }
            _ => (first.to_string(), vec![other(rng, first).to_string()]),
        };
        Self {
            contig,
            position,
            reference,
            alternates,
        }
    }

    fn alleles(&self) -> Vec<Allele> {
        let spelt = self.alternates.iter().filter(|alternate| *alternate != "*");
        spelt
            .map(|alternate| {
                let contig = Contig(self.contig.to_owned());
                Allele::from_vcf(&contig, OneBased(self.position), &self.reference, alternate, None).unwrap()
            })
            .collect()
    }
}

fn sites(rng: &mut StdRng, count: usize) -> Vec<Site> {
    let mut found = Vec::new();
    for contig in ["chr1", "chrX"] {
        // The ranges of the sites do not overlap, so only one record covers each range.
        let mut position = 50;
        for _ in 0..count {
            let site = Site::random(rng, contig, position);
            position += site.reference.len() as u64 + rng.random_range(3..90);
            found.push(site);
        }
    }
    found
}

/// A random genotype at a site. The genotype of a man on X is haploid.
fn genotype(rng: &mut StdRng, site: &Site, is_male: bool, carriers: f64) -> String {
    let most = site.alternates.len();
    let mut call = || match rng.random_range(0.0..1.0) {
        x if x < 0.08 => ".".to_owned(),
        x if x < 0.08 + carriers => rng.random_range(1..=most).to_string(),
        _ => "0".to_owned(),
    };
    if is_male && site.contig == "chrX" {
        return call();
    }
    let (first, second) = (call(), call());
    match rng.random_range(0..12) {
        0 => "./.".to_owned(),
        1 => format!("{first}|{first}"),
        _ => format!("{first}/{second}"),
    }
}

fn joint_text(rng: &mut StdRng, sites: &[Site], columns: u32) -> String {
    let mut text = HEAD.to_owned();
    (0..columns).for_each(|column| write!(text, "\ts{column}").unwrap());
    text.push('\n');
    for site in sites {
        let alternates = site.alternates.join(",");
        write!(
            text,
            "{}\t{}\t.\t{}\t{alternates}\t.\t.\t.\tGT",
            site.contig, site.position, site.reference
        )
        .unwrap();
        let carriers = [0.0, 0.02, 0.5][rng.random_range(0..3)];
        // A third of the columns belong to men. In some records, only a few columns have a genotype.
        let few = rng.random_range(0..6) == 0;
        for column in 0..columns {
            let genotype = match few && column % 5 != 0 {
                true => "./.".to_owned(),
                false => genotype(rng, site, column % 3 == 0, carriers),
            };
            write!(text, "\t{genotype}").unwrap();
        }
        text.push('\n');
        // Some records are followed by a record without an alternative allele.
        if rng.random_range(0..3) == 0 {
            let at = site.position + site.reference.len() as u64;
            let told = [".\t.\t.\t.", "<*>\t.\t.\t.", "<NON_REF>\t.\t.\tEND="][rng.random_range(0..3)];
            let end = if told.ends_with('=') { (at + 1).to_string() } else { String::new() };
            write!(text, "{}\t{at}\t.\t{}\t{told}{end}\tGT", site.contig, base(at)).unwrap();
            for _ in 0..columns {
                write!(text, "\t{}", ["0/0", "0/0", "0", "./.", "./0"][rng.random_range(0..5)]).unwrap();
            }
            text.push('\n');
        }
    }
    text
}

fn add(builder: &mut SegmentBuilder, path: &Path, format: FileFormat, columns: &[Option<u32>], source: &str) {
    let columns: Vec<_> = columns.iter().map(|column| column.map(Ordinal)).collect();
    ingest_path(path, format, &columns, G38, builder.origin(), source, builder, &mut |_| {}).unwrap();
}

fn asked(store: &MemoryStore, mask: &RoaringBitmap, alleles: &[Allele]) -> Vec<Option<AlleleNumbers>> {
    block_on(numbers(&store.index(1 << 22), mask, alleles))
}

/// The allele numbers under an approval for a release of these files.
fn asked_of_release(store: &MemoryStore, mask: &RoaringBitmap, files: Vec<String>, alleles: &[Allele]) -> Vec<Option<AlleleNumbers>> {
    let grant = grant_of_releases(&[(&dataset("main"), mask)], &[files], 1, |_| None);
    block_on(numbers_under(&store.index(1 << 22), &grant, alleles))
}

async fn numbers(index: &CarrierIndex, mask: &RoaringBitmap, alleles: &[Allele]) -> Vec<Option<AlleleNumbers>> {
    numbers_under(index, &grant(&[(&dataset("main"), mask)], Action::AskVariants), alleles).await
}

async fn numbers_under(index: &CarrierIndex, grant: &Grant, alleles: &[Allele]) -> Vec<Option<AlleleNumbers>> {
    let name = dataset("main");
    let reader = index.now().await.unwrap();
    let mut frequencies = reader.frequencies(grant, &name, G38).unwrap();
    let mut found = Vec::new();
    for allele in alleles {
        found.push(frequencies.of(allele).await.unwrap());
    }
    found
}

fn store_of(files: &[(&Path, FileFormat, &[Option<u32>], &str)]) -> MemoryStore {
    let store = MemoryStore::default();
    for (path, format, columns, source) in files {
        let mut builder = SegmentBuilder::new(dataset("main"), G38, GERM, 0);
        add(&mut builder, path, *format, columns, source);
        store.add(source, builder);
    }
    store
}

/// AC and AN of each allele, computed by bcftools over the visible columns of a file.
fn filled(path: &Path, visible: &[u32]) -> Vec<(Allele, u64, u64)> {
    let list = path.with_extension("visible");
    std::fs::write(&list, visible.iter().map(|column| format!("s{column}\n")).collect::<String>()).unwrap();
    let subset = path.with_extension("subset.bcf");
    let (list, subset) = (list.to_str().unwrap(), subset.to_str().unwrap());
    bcftools(&["view", "-Ob", "-o", subset, "-S", list, path.to_str().unwrap()]);
    let tagged = format!("{subset}.tagged.bcf");
    bcftools(&["+fill-tags", subset, "-Ob", "-o", &tagged, "--", "-t", "AC,AN"]);
    let text = bcftools(&["query", "-f", "%CHROM\\t%POS\\t%REF\\t%ALT\\t%AC\\t%AN\\n", &tagged]);
    let mut found = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let contig = Contig(fields[0].to_owned());
        for (alternate, count) in fields[3].split(',').zip(fields[4].split(',')) {
            let position = OneBased(fields[1].parse().unwrap());
            if let Ok(allele) = Allele::from_vcf(&contig, position, fields[2], alternate, None) {
                found.push((allele, count.parse().unwrap_or(0), fields[5].parse().unwrap()));
            }
        }
    }
    found
}

#[test]
fn allele_numbers_of_a_joint_file_equal_those_of_bcftools_under_any_mask() {
    const COLUMNS: u32 = 60;
    let mut rng = StdRng::seed_from_u64(3);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("joint.vcf");
    let sites = sites(&mut rng, 150);
    std::fs::write(&path, joint_text(&mut rng, &sites, COLUMNS)).unwrap();
    let bcf = folder.path().join("joint.bcf");
    bcftools(&["view", "-Ob", "-o", bcf.to_str().unwrap(), path.to_str().unwrap()]);
    // The file is also split into one line for each allele. The genotypes of the split file state the same copies of each allele.
    let split = folder.path().join("split.vcf");
    bcftools(&["norm", "-m-", "-o", split.to_str().unwrap(), path.to_str().unwrap()]);
    let columns: Vec<_> = (0..COLUMNS).map(|column| (column != 7).then_some(column * 3 + 5)).collect();
    let (mut compared, mut unknown) = (0, 0);
    for (file, format) in [(&path, FileFormat::Vcf), (&bcf, FileFormat::Bcf), (&split, FileFormat::Vcf)] {
        let store = store_of(&[(file, format, &columns, "joint")]);
        for share in [1.0, 0.5, 0.05] {
            let visible: Vec<u32> = (0..COLUMNS).filter(|column| *column != 7 && rng.random_bool(share)).collect();
            let mask: RoaringBitmap = visible.iter().map(|column| column * 3 + 5).chain([1_000]).collect();
            let expected = filled(&bcf, &visible);
            let alleles: Vec<Allele> = expected.iter().map(|(allele, ..)| allele.clone()).collect();
            for (numbers, (allele, count, number)) in asked(&store, &mask, &alleles).into_iter().zip(expected) {
                compared += 1;
                unknown += usize::from(number == 0);
                let told = numbers.map(|numbers| (numbers.alleles, numbers.called));
                assert_eq!(told, (number > 0).then_some((count, number)), "{file:?} {allele:?}");
            }
        }
    }
    assert!(compared > 2_500 && unknown > 20, "{compared} {unknown}");
}

#[test]
fn allele_numbers_of_a_hundred_genomes_equal_those_of_bcftools() {
    let Some(path) = shared("1kg_chr22_100.vcf.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("named.bcf");
    let names = folder.path().join("names");
    let samples = bcftools(&["query", "-l", path.to_str().unwrap()]);
    let renamed = samples.lines().enumerate().map(|(n, name)| format!("{name} s{n}\n"));
    std::fs::write(&names, renamed.collect::<String>()).unwrap();
    let whole = folder.path().join("whole.vcf.gz");
    bcftools(&[
        "reheader",
        "-s",
        names.to_str().unwrap(),
        "-o",
        whole.to_str().unwrap(),
        path.to_str().unwrap(),
    ]);
    bcftools(&["view", "-Ob", "-o", copy.to_str().unwrap(), whole.to_str().unwrap()]);
    let columns: Vec<_> = (0..100).map(Some).collect();
    let store = store_of(&[(&copy, FileFormat::Bcf, &columns, "joint")]);
    let mut rng = StdRng::seed_from_u64(8);
    let visible: Vec<u32> = (0..100).filter(|_| rng.random_bool(0.6)).collect();
    let expected = filled(&copy, &visible);
    assert!(expected.len() >= 100, "{}", expected.len());
    let alleles: Vec<Allele> = expected.iter().map(|(allele, ..)| allele.clone()).collect();
    let told = asked(&store, &visible.iter().copied().collect(), &alleles);
    for (numbers, (allele, count, number)) in told.into_iter().zip(expected) {
        let told = numbers.map(|numbers| (numbers.alleles, numbers.called));
        assert_eq!(told, (number > 0).then_some((count, number)), "{allele:?}");
    }
}

/// A gVCF of one participant with records at some of the sites, in the style of one of several variant callers.
fn gvcf_text(rng: &mut StdRng, sites: &[Site], is_male: bool) -> String {
    let any = ["<NON_REF>", "<*>", "."][rng.random_range(0..3)];
    let mut text = format!("{HEAD}\ts\n");
    for contig in ["chr1", "chrX"] {
        let mut at = rng.random_range(1..120);
        let of_contig: Vec<&Site> = sites.iter().filter(|site| site.contig == contig).collect();
        let haploid = is_male && contig == "chrX";
        for site in of_contig.iter().copied().map(Some).chain([None]) {
            let until = site.map_or(5_500, |site| site.position);
            while at < until {
                // Some reference blocks end only before the next site or, after the last site, at base 5,499. The last blocks cross the
                // boundary of a tile at base 4,096.
                let length = if rng.random_range(0..25) == 0 {
                    6_000
                } else {
                    rng.random_range(1..60)
                };
                let last = (at + length).min(until) - 1;
                let called = if haploid { "0" } else { "0/0" };
                let (genotype, confidence) = match rng.random_range(0..12) {
                    0 => ("./.", "12:30:9"),
                    1 => (called, "0:0:0"),
                    2 => (called, "3:0:1"),
                    3 => (called, "5:.:0"),
                    4 => ("0/.", "8:20:4"),
                    _ => (called, "31:60:20"),
                };
                let shown = rng.random_range(0..14) > 0;
                if shown {
                    let place = format!("{contig}\t{at}\t.\t{}\t{any}\t.\t.\tEND={last}", base(at));
                    writeln!(text, "{place}\tGT:DP:GQ:MIN_DP\t{genotype}:{confidence}").unwrap();
                }
                at = last + 1;
            }
            let Some(site) = site.filter(|site| site.position == at) else {
                continue;
            };
            if rng.random_bool(0.6) {
                let mut alternates = site.alternates.join(",");
                if any != "." {
                    alternates = format!("{alternates},{any}");
                }
                let genotype = genotype(rng, site, is_male, 0.6);
                writeln!(
                    text,
                    "{contig}\t{at}\t.\t{}\t{alternates}\t.\t.\t.\tGT:GQ\t{genotype}:0",
                    site.reference
                )
                .unwrap();
                at += site.reference.len() as u64;
            }
        }
    }
    text
}

fn plain_text(rng: &mut StdRng, sites: &[Site]) -> String {
    let mut text = format!("{HEAD}\ts\n");
    for site in sites.iter().filter(|_| rng.random_bool(0.5)) {
        let alternates = site.alternates.join(",");
        writeln!(
            text,
            "{}\t{}\t.\t{}\t{alternates}\t.\t.\t.\tGT\t0/1",
            site.contig, site.position, site.reference
        )
        .unwrap();
    }
    text
}

struct Recounted {
    files: Vec<(PathBuf, Vec<Option<u32>>)>,
}

impl Recounted {
    fn ask(&self, questions: &[(RoaringBitmap, Vec<usize>, Allele)]) -> Vec<Option<AlleleNumbers>> {
        let list = |numbers: &mut dyn Iterator<Item = u64>| numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(",");
        let mut input = String::new();
        for (path, columns) in &self.files {
            let columns: Vec<String> = columns.iter().map(|c| c.map_or("-".to_owned(), |c| c.to_string())).collect();
            writeln!(input, "F {} {}", path.display(), columns.join(",")).unwrap();
        }
        for (people, files, allele) in questions {
            let text = |bases: &str| if bases.is_empty() { "-".to_owned() } else { bases.to_owned() };
            let people = list(&mut people.iter().map(u64::from));
            let files = list(&mut files.iter().map(|file| *file as u64));
            let (start, end) = (allele.start.0, allele.end.0);
            let spelt = format!("{} {}", text(&allele.reference), text(&allele.alternate));
            writeln!(input, "Q {people} {files} {} {start} {end} {spelt}", allele.contig.as_str()).unwrap();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/called.py");
        let read = |line: &str| {
            let numbers: Vec<u64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
            (line != "-").then(|| AlleleNumbers {
                alleles: numbers[0],
                called: numbers[1],
                people: numbers[2],
            })
        };
        output(Command::new("python3").arg(script), &input).lines().map(read).collect()
    }
}

/// Random alleles for queries: alleles of the sites, other alleles at the same places, and alleles at places without a record.
fn alleles(rng: &mut StdRng, sites: &[Site], count: usize) -> Vec<Allele> {
    (0..count)
        .map(|_| {
            let site = &sites[rng.random_range(0..sites.len())];
            let known = site.alleles();
            let known = known[rng.random_range(0..known.len())].clone();
            let contig = known.contig.as_str().to_owned();
            match rng.random_range(0..6) {
                0 => {
                    let behind = site.position - 1 + site.reference.len() as u64;
                    let at = if rng.random() { behind } else { rng.random_range(1..5_400) };
                    allele(&contig, at, at + 1, &base(at + 1).to_string(), "N")
                }
                1 => {
                    let at = rng.random_range(1..5_400);
                    allele(&contig, at, at, "", "TG")
                }
                2 => {
                    let (at, length) = (rng.random_range(1..5_300), rng.random_range(2..70));
                    allele(&contig, at, at + length, &bases(at + 1, length), "")
                }
                3 => Allele {
                    alternate: "N".repeat(known.alternate.len().max(1)),
                    ..known
                },
                _ => known,
            }
        })
        .collect()
}

#[test]
fn allele_numbers_of_gvcfs_joint_and_plain_files_equal_a_base_by_base_recount_live_and_in_a_release() {
    let mut rng = StdRng::seed_from_u64(21);
    let folder = tempfile::tempdir().unwrap();
    let sites = sites(&mut rng, 50);
    let mut files = Vec::new();
    let mut write = |text: String, columns: Vec<Option<u32>>| {
        let path = folder.path().join(format!("{}.vcf", files.len()));
        std::fs::write(&path, text).unwrap();
        files.push((path, columns));
    };
    for person in 0..9 {
        write(gvcf_text(&mut rng, &sites, person % 2 == 0), vec![Some(person)]);
    }
    // Further files: a second gVCF of participant 3, a plain file of participant 4 (who also has a gVCF), a plain file of participant 20
    // (who has no gVCF), and two joint files that share participants.
    write(gvcf_text(&mut rng, &sites, false), vec![Some(3)]);
    write(plain_text(&mut rng, &sites), vec![Some(4)]);
    write(plain_text(&mut rng, &sites), vec![Some(20)]);
    let some: Vec<Site> = sites.iter().filter(|_| rng.random_bool(0.6)).cloned().collect();
    write(
        joint_text(&mut rng, &some, 6),
        [Some(5), Some(30), None, Some(31), Some(31), Some(32)].to_vec(),
    );
    let some: Vec<Site> = sites.iter().filter(|_| rng.random_bool(0.6)).cloned().collect();
    write(joint_text(&mut rng, &some, 4), [Some(32), Some(33), Some(1), Some(34)].to_vec());
    let recounted = Recounted { files };
    let source = |file: usize| format!("file {file}");
    for together in [false, true] {
        let store = MemoryStore::default();
        let mut builder = SegmentBuilder::new(dataset("main"), G38, GERM, 0);
        for (file, (path, columns)) in recounted.files.iter().enumerate() {
            let (mut path, mut format) = (path.clone(), FileFormat::Vcf);
            if file % 2 == 1 {
                format = FileFormat::Bcf;
                let bcf = path.with_extension("bcf");
                bcftools(&["view", "-Ob", "-o", bcf.to_str().unwrap(), path.to_str().unwrap()]);
                path = bcf;
            }
            add(&mut builder, &path, format, columns, &source(file));
            if !together {
                let full = std::mem::replace(&mut builder, SegmentBuilder::new(dataset("main"), G38, GERM, 0));
                store.add(&source(file), full);
            }
        }
        if together {
            store.add("all", builder);
        }
        let mut loaded: Vec<usize> = (0..recounted.files.len()).collect();
        let (mut known, mut unknown) = (0, 0);
        for _ in 0..4 {
            let mut questions = Vec::new();
            let released: Vec<usize> = loaded.iter().copied().filter(|_| rng.random_bool(0.6)).collect();
            for files in [&loaded, &loaded, &released] {
                let mask: RoaringBitmap = (0..40).filter(|_| rng.random_bool(0.7)).collect();
                let alleles = alleles(&mut rng, &sites, 150);
                questions.extend(alleles.into_iter().map(|allele| (mask.clone(), files.clone(), allele)));
            }
            let expected = recounted.ask(&questions);
            assert_eq!(expected.len(), questions.len());
            for (number, (of_mask, expected)) in questions.chunks(150).zip(expected.chunks(150)).enumerate() {
                let alleles: Vec<Allele> = of_mask.iter().map(|(_, _, allele)| allele.clone()).collect();
                let told = match number {
                    2 => asked_of_release(&store, &of_mask[0].0, released.iter().copied().map(source).collect(), &alleles),
                    _ => asked(&store, &of_mask[0].0, &alleles),
                };
                for ((allele, told), expected) in alleles.iter().zip(told).zip(expected) {
                    assert_eq!(told, *expected, "{allele:?} {loaded:?} {released:?} {number}");
                    known += usize::from(told.is_some_and(|numbers| numbers.alleles > 0));
                    unknown += usize::from(told.is_none());
                }
            }
            let gone = loaded.remove(rng.random_range(0..loaded.len()));
            store.retire(&source(gone));
        }
        assert!(known > 150 && unknown > 5, "{known} {unknown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_changes_no_allele_number() {
    let mut rng = StdRng::seed_from_u64(4);
    let (world, mandate) = (world().await, Mandate::operator(WriteAction::Load));
    let sites = sites(&mut rng, 60);
    let mut rows = Vec::new();
    for file in 0..9u32 {
        // Files 0 to 5 are gVCFs. Files 6 to 8 are joint files of nearly the same participants, so that several sources have the same
        // pattern of called copies.
        let (text, columns) = match file {
            0..6 => (gvcf_text(&mut rng, &sites, file % 2 == 0), vec![Some(file)]),
            _ => (
                joint_text(&mut rng, &sites, 40),
                (0..40).map(|column| Some(column + file % 2)).collect(),
            ),
        };
        let path = world.folder.path().join(format!("{file}.vcf"));
        std::fs::write(&path, text).unwrap();
        let mut builder = SegmentBuilder::new(dataset("main"), G38, GERM, 0);
        add(&mut builder, &path, FileFormat::Vcf, &columns, &format!("file {file}"));
        let (bytes, built) = builder.finish().unwrap();
        let stored = world.objects.put_index_blob(&mandate, "carriers", bytes.into()).await.unwrap();
        rows.push(SegmentRow {
            id: format!("segment {file}"),
            dataset: dataset("main"),
            assembly: G38,
            origin: GERM,
            storage_key: stored.key,
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            variant_count: built.variant_count,
            entry_count: built.entry_count,
            created: Timestamp(1),
        });
    }
    world.catalogue.commit_observation_segments(&mandate, &rows, &[]).await.unwrap();
    let alleles = alleles(&mut rng, &sites, 400);
    let masks: Vec<RoaringBitmap> = [1.0, 0.5, 0.1]
        .map(|share| (0..45).filter(|_| rng.random_bool(share)).collect())
        .into();
    let mut before = Vec::new();
    for mask in &masks {
        before.push(numbers(&world.index, mask, &alleles).await);
    }
    let merged = merge_segments(&world.catalogue, &world.objects, &mandate, &mut |_| ControlFlow::Continue(()))
        .await
        .unwrap();
    assert_eq!((merged.written, merged.purged_entries), (1, 0));
    for (mask, before) in masks.iter().zip(&before) {
        assert_eq!(numbers(&world.index, mask, &alleles).await, *before);
    }
    assert!(before[0].iter().flatten().filter(|numbers| numbers.alleles > 0).count() > 80);
    let status = segment_status(&world.catalogue, &world.objects).await.unwrap();
    let alleles: u64 = status.iter().map(|segment| segment.row.entry_count).sum();
    assert_eq!(alleles, rows.iter().map(|row| row.entry_count).sum::<u64>());
}

#[test]
fn allele_numbers_of_a_real_gvcf_equal_a_base_by_base_recount() {
    let Some(path) = shared("NA12878_chr20_21.g.vcf.gz") else { return };
    let store = store_of(&[(&path, FileFormat::Vcf, &[Some(4)], "gvcf")]);
    let text = bcftools(&["query", "-f", "%CHROM\\t%POS\\t%REF\\t%ALT\\n", path.to_str().unwrap()]);
    let mut alleles = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.split('\t').collect();
        let contig = Contig(fields[0].to_owned());
        let position: u64 = fields[1].parse().unwrap();
        let spelt = fields[3].split(',').filter(|alternate| !alternate.starts_with('<'));
        alleles.extend(spelt.filter_map(|alternate| Allele::from_vcf(&contig, OneBased(position), fields[2], alternate, None).ok()));
        if number % 9 == 0 {
            alleles.push(Allele::from_vcf(&contig, OneBased(position + 1), "N", "T", None).unwrap());
        }
    }
    // This position is far from the other alleles. The file has a reference block there with genotype 0/0 and no reads.
    alleles.push(allele("20", 40_000_000, 40_000_001, "A", "T"));
    let recounted = Recounted {
        files: vec![(path, vec![Some(4)])],
    };
    let mask: RoaringBitmap = [4, 9].into_iter().collect();
    let questions: Vec<_> = alleles.iter().map(|allele| (mask.clone(), vec![0], allele.clone())).collect();
    let expected = recounted.ask(&questions);
    let told = asked(&store, &mask, &alleles);
    assert_eq!(told, expected);
    assert_eq!(told.last(), Some(&None));
    let carried = told.iter().flatten().filter(|numbers| numbers.alleles > 0).count();
    let absent = told.iter().filter(|numbers| numbers.is_none()).count();
    assert!(carried > 1_000 && absent > 20, "{carried} {absent}");
}

#[test]
fn somatic_files_plain_files_and_records_without_genotypes_make_no_statements() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.vcf");
    let built = |text: &str, columns: &[Option<u32>], origin: Origin| -> BuiltSegment {
        std::fs::write(&path, text).unwrap();
        let mut builder = SegmentBuilder::new(dataset("main"), G38, origin, 0);
        add(&mut builder, &path, FileFormat::Vcf, columns, "file");
        builder.finish().unwrap().1
    };
    let block = format!("{HEAD}\ts\nchr1\t5\t.\tA\t<NON_REF>\t.\t.\tEND=9\tGT\t0/0\n");
    let one = &[Some(1)][..];
    assert_eq!(built(&block, one, GERM).statement_count, 1);
    assert!(!built(&block, one, GERM).is_empty());
    assert!(built(&block, one, Origin::Somatic).is_empty());
    assert!(built(&block, &[None], GERM).is_empty());
    for silent in [
        "chr1\t5\t.\tA\tT\t.\t.\t.\tGT\t0/1\n",
        "chr1\t5\t.\tA\t.\t.\t.\t.\tGT\t0/0\n",
        "chr1\t5\t.\tA\t<NON_REF>\t.\t.\tEND=9\tGT\t./.\n",
        "chr1\t5\t.\tA\t<NON_REF>\t.\t.\tEND=9\tDP\t30\n",
        "chr1\t5\t.\tA\t<NON_REF>\t.\t.\tEND=9\tGT:DP\t0/0:0\n",
        "chr1\t5\t.\tA\t<NON_REF>\t.\t.\tEND=9\tGT\t0/0/0\n",
    ] {
        assert_eq!(built(&format!("{HEAD}\ts\n{silent}"), one, GERM).statement_count, 0, "{silent}");
    }
    // Records before the first reference block of a gVCF may be incomplete, so they make no statement.
    let late = "chr1\t2\t.\tA\tT\t.\t.\t.\tGT\t0/1\nchr1\t5\t.\tA\t<*>\t.\t.\tEND=9\tGT\t0/0\nchr1\t20\t.\tA\tT\t.\t.\t.\tGT\t0/1\n";
    assert_eq!(built(&format!("{HEAD}\ts\n{late}"), one, GERM).statement_count, 2);
}

#[test]
fn if_records_overlap_the_first_record_counts_even_if_it_has_no_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.vcf");
    let records = "chr1\t5\t.\tA\t<NON_REF>\t.\t.\tEND=10\tGT\t./.\nchr1\t8\t.\tA\t<NON_REF>\t.\t.\tEND=20\tGT\t0/0\n\
                   chr1\t15\t.\tA\t<NON_REF>\t.\t.\tEND=25\tGT\t./.\n";
    std::fs::write(&path, format!("{HEAD}\ts\n{records}")).unwrap();
    let store = store_of(&[(&path, FileFormat::Vcf, &[Some(1)], "file")]);
    let at = |position: u64| allele("1", position - 1, position, "A", "T");
    let told = asked(&store, &[1].into_iter().collect(), &[at(7), at(9), at(10), at(11), at(20), at(21)]);
    let copies: Vec<u64> = told.iter().map(|numbers| numbers.map_or(0, |n| n.called)).collect();
    assert_eq!(copies, [0, 0, 0, 2, 2, 0]);
}

#[test]
fn no_file_and_no_query_can_name_a_contig_of_statements() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.vcf");
    let mut builder = SegmentBuilder::new(dataset("main"), G38, GERM, 0);
    let source = builder.source("report").unwrap();
    for contig in ["(callable)1", "(callable)(patterns)"] {
        let forged = allele(contig, 5, 9, "", "");
        assert!(builder.add(&forged, Ordinal(1), gemj_model::Zygosity::Homozygous, source).is_err());
    }
    std::fs::write(&path, format!("{HEAD}\ts\nchr1\t5\t.\tA\t<NON_REF>\t.\t.\tEND=9\tGT\t0/0\n")).unwrap();
    let store = store_of(&[(&path, FileFormat::Vcf, &[Some(1)], "file")]);
    let name = dataset("main");
    let mask: RoaringBitmap = [1].into_iter().collect();
    let grant = grant(&[(&name, &mask)], Action::AskVariants);
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    let statement = allele("(callable)1", 4, 9, "", "");
    assert!(block_on(reader.exact(&grant, &name, G38, GERM, &statement)).unwrap().is_empty());
    assert_eq!(
        block_on(reader.count_exact(&grant, &name, G38, GERM, &statement)).unwrap().people(),
        0
    );
    let at = allele("1", 6, 7, "A", "T");
    let numbers = AlleleNumbers {
        alleles: 0,
        called: 2,
        people: 1,
    };
    assert_eq!(asked(&store, &mask, &[at]), [Some(numbers)]);
}

/// A joint file of a thousand participants. The allele frequencies are as in a population, and one genotype in five hundred is missing.
fn thousand(rng: &mut StdRng, records: u64) -> String {
    let mut text = HEAD.to_owned();
    (0..1_000).for_each(|column| write!(text, "\ts{column}").unwrap());
    text.push('\n');
    for record in 0..records {
        write!(text, "chr1\t{}\t.\tA\tT\t.\t.\t.\tGT", 100 + 7 * record).unwrap();
        // Most alleles have few carriers, and some alleles have many carriers.
        let frequency = 0.0005_f64.max(rng.random_range(0.0_f64..1.0).powi(9));
        let carrier = rng.random_range(0..1_000);
        for column in 0..1_000 {
            let copies = u32::from(rng.random_bool(frequency)) + u32::from(rng.random_bool(frequency));
            text.push_str(match (rng.random_range(0..500), copies) {
                (0, _) => "\t./.",
                (_, 2) => "\t1/1",
                (_, 1) => "\t0/1",
                _ if column == carrier => "\t0/1",
                _ => "\t0/0",
            });
        }
        text.push('\n');
    }
    text
}

/// Prints the time and bytes that statements of callability need, for a joint file and for a real gVCF, and limits the bytes for the joint
/// file.
#[test]
fn statements_of_a_joint_file_cost_a_few_bytes_for_each_variant() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thousand.vcf");
    std::fs::write(&path, thousand(&mut StdRng::seed_from_u64(1), 5_000)).unwrap();
    let columns: Vec<_> = (0..1_000).map(Some).collect();
    // A file with origin somatic is read in the same way but makes no statements, so the difference is the cost of the statements.
    let cost = |path: &Path, columns: &[Option<u32>], origin: Origin| {
        let started = std::time::Instant::now();
        let mut builder = SegmentBuilder::new(dataset("main"), G38, origin, 64 << 20);
        add(&mut builder, path, FileFormat::Vcf, columns, "file");
        let (bytes, built) = builder.finish().unwrap();
        let each = bytes.len() as f64 / built.variant_count as f64;
        let (variants, statements) = (built.variant_count, built.statement_count);
        let (word, took) = (origin.as_str(), started.elapsed());
        eprintln!(
            "{word}: {took:?}, {variants} variants, {statements} statements, {} bytes, {each:.1} a variant",
            bytes.len()
        );
        each
    };
    let origins = [Origin::Somatic, GERM, Origin::Somatic, GERM];
    let each = origins.map(|origin| cost(&path, &columns, origin));
    assert!(each[1] - each[0] < 16.0, "{each:?}");
    if let Some(path) = shared("NA12878_chr20_21.g.vcf.gz") {
        for origin in origins {
            cost(&path, &[Some(1)], origin);
        }
    }
}
