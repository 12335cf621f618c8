//! Random regions of every kind of file, over HTTP, against samtools and bcftools on the original: no record missing, none too many.
//!
//! 100 regions a file; `GEMJ_SLICE_REGIONS=500` for the long run. The numbers are the same in every run.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use gemj_tests::Client;
use gemj_tests::htsget_client::fetch;
use gemj_tests::oracle::{bcftools, run, samtools};
use gemj_tests::random::Random;
use serde_json::Value;

use super::headers::slice_header_is_right;
use super::made::{PARTLY, made};
use crate::real::real;

/// How many requests run at the same time.
const CLIENTS: usize = 4;

/// The most bytes that a ticket may carry itself, before base64 (`data:`).
const MOST_INLINE_BYTES: usize = 64 * 1024;

/// The empty BGZF block that ends a file (SAM specification § 4.1.2).
const BGZF_END: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// The container that ends a file (CRAM 3.0 specification § 9.1).
const CRAM_END: [u8; 38] = [
    0x0f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 0x01, 0, 0x05, 0xbd, 0xd9, 0x4f, 0, 0x01, 0, 0x06, 0x06,
    0x01, 0, 0x01, 0, 0x01, 0, 0xee, 0x63, 0x01, 0x4b,
];

fn count() -> usize {
    std::env::var("GEMJ_SLICE_REGIONS").map_or(100, |count| count.parse().unwrap())
}

/// A stretch of a contig, 0-based half-open.
#[derive(Clone, Debug)]
struct Stretch {
    contig: String,
    start: u64,
    end: u64,
}

impl Stretch {
    /// The question's parameters.
    fn query(&self) -> String {
        let contig: String = self.contig.bytes().map(|b| format!("%{b:02X}")).collect();
        format!("referenceName={contig}&start={}&end={}", self.start, self.end)
    }

    /// The same for htslib: 1-based closed, with braces around names that look like regions.
    fn of_htslib(&self) -> String {
        format!("{{{}}}:{}-{}", self.contig, self.start + 1, self.end)
    }
}

/// Where records lie: contig, 0-based start and end.
fn places_of_reads(path: &str, further: &[&str]) -> Vec<Stretch> {
    let arguments: Vec<&str> = ["view", "-F", "4"].iter().chain(further).copied().chain([path]).collect();
    let text = samtools(arguments);
    let mut places = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.splitn(7, '\t').collect();
        let start = fields[3].parse::<u64>().unwrap() - 1;
        places.push(Stretch {
            contig: fields[2].to_owned(),
            start,
            end: start + on_the_reference(fields[5]),
        });
    }
    places
}

/// How many bases of the reference a CIGAR takes.
fn on_the_reference(cigar: &str) -> u64 {
    let (mut total, mut number) = (0, 0);
    for letter in cigar.chars() {
        match letter.to_digit(10) {
            Some(digit) => number = 10 * number + u64::from(digit),
            None => {
                if "MDN=X".contains(letter) {
                    total += number;
                }
                number = 0;
            }
        }
    }
    total.max(1)
}

fn places_of_variants(path: &str) -> Vec<Stretch> {
    let listed = bcftools(["query", "-f", "%CHROM\t%POS\t%END\n", path]);
    let place = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        Stretch {
            contig: fields[0].to_owned(),
            start: fields[1].parse::<u64>().unwrap() - 1,
            end: fields[2].parse().unwrap(),
        }
    };
    listed.lines().map(place).collect()
}

/// Regions around records: at them, in their middle, next to them, of every width, and some that hold nothing.
fn stretches(what: &str, places: &[Stretch]) -> Vec<Stretch> {
    let mut random = Random::of(what);
    let widths = [1, 1, 2, 50, 1_000, 30_000, 1_000_000, 100_000_000];
    let one = |number: usize| {
        let at = random.of_these(places).clone();
        let width = *random.of_these(&widths);
        let start = match number % 8 {
            0 | 1 => at.start,
            // From the middle of a record: its own start lies before the region.
            2 | 3 => at.start + random.below(at.end - at.start),
            4 => at.end - 1,
            5 => at.end,
            6 => at.start.saturating_sub(width),
            _ => at.start.saturating_sub(random.below(5_000)),
        };
        let width = if number % 50 == 49 { 0 } else { width };
        Stretch {
            contig: at.contig,
            start,
            end: start + width,
        }
    };
    (0..count()).map(one).collect()
}

/// Does something with each, several at a time, and ends the test with every failure.
fn each<T: Sync>(these: &[T], work: impl Fn(usize, &T) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let working: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let mut faults = Vec::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = these.get(at) else { return faults };
                        faults.extend(work(at, one).err());
                    }
                })
            })
            .collect();
        working.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let shown: Vec<&String> = faults.iter().take(5).collect();
    assert!(faults.is_empty(), "{} of {} regions are wrong: {shown:#?}", faults.len(), these.len());
}

/// What is wrong with the form of a region's ticket.
fn fault_of(ticket: &Value, format: &str) -> Option<String> {
    let urls = ticket["htsget"]["urls"].as_array().unwrap();
    let classes: Vec<&str> = urls.iter().map(|url| url["class"].as_str().unwrap_or_default()).collect();
    if ticket["htsget"]["format"] != format {
        return Some(format!("format {}", ticket["htsget"]["format"]));
    }
    if classes.first() != Some(&"header") || classes[1..].iter().any(|class| *class != "body") || classes.len() < 2 {
        return Some(format!("classes {classes:?}"));
    }
    let inline: usize = urls
        .iter()
        .filter_map(|url| url["url"].as_str().unwrap().strip_prefix("data:"))
        .map(|data| data.split_once(',').unwrap().1.len() / 4 * 3)
        .sum();
    (inline > MOST_INLINE_BYTES).then(|| format!("{inline} bytes inline"))
}

/// Fetches a region, and checks what every region has: the ticket's form and the end marker.
fn fetched(client: &Client, token: &str, path: &str, format: &str, end: &[u8]) -> Result<Vec<u8>, String> {
    let reply = client.get(path, Some(token));
    if reply.status != 200 {
        return Err(format!("{path}: {}: {}", reply.status, reply.text()));
    }
    let ticket = reply.json();
    if let Some(fault) = fault_of(&ticket, format) {
        return Err(format!("{path}: {fault}"));
    }
    let bytes = fetch(client, &ticket);
    if !bytes.ends_with(end) {
        return Err(format!("{path}: {} bytes end without the marker", bytes.len()));
    }
    Ok(bytes)
}

/// Says where two texts of records part; nothing where they are one.
fn difference(region: &str, served: &str, wanted: &str) -> Result<(), String> {
    if served == wanted {
        return Ok(());
    }
    let cut = |line: &str| line.chars().take(90).collect::<String>();
    let at = served.lines().zip(wanted.lines()).position(|(a, b)| a != b);
    let part = at.map(|at| (cut(served.lines().nth(at).unwrap()), cut(wanted.lines().nth(at).unwrap())));
    let (served, wanted) = (served.lines().count(), wanted.lines().count());
    Err(format!("{region}: {served} records served, {wanted} wanted; the first that differs: {part:?}"))
}

/// A file of reads as it is served and as samtools reads it.
struct Reads<'a> {
    client: &'a Client,
    token: &'a str,
    id: &'a str,
    path: &'a Path,
    /// The format it is stored in.
    format: &'a str,
    /// The format to ask for.
    output: &'a str,
    /// What samtools needs to read it.
    reference: Option<&'a Path>,
}

impl Reads<'_> {
    fn every_region_is_exact(&self) {
        let path = self.path.to_str().unwrap();
        let reference: Vec<&str> = self.reference.map_or_else(Vec::new, |fasta| vec!["-T", fasta.to_str().unwrap()]);
        let header = samtools(["view", "-H", "--no-PG", path]);
        let stretches = stretches(path.rsplit('/').next().unwrap(), &places_of_reads(path, &reference));
        let end: &[u8] = if self.output == "CRAM" { &CRAM_END } else { &BGZF_END };
        let folder = tempfile::tempdir().unwrap();
        each(&stretches, |at, stretch| {
            let region = stretch.of_htslib();
            let wanted = match stretch.end - stretch.start {
                0 => String::new(),
                _ => samtools([&["view"], &*reference, &[path, &region]].concat()),
            };
            let question = format!("/htsget/reads/{}?format={}&{}", self.id, self.output, stretch.query());
            let bytes = fetched(self.client, self.token, &question, self.output, end)?;
            let served = String::from_utf8(run("samtools", [&["view", "-h", "--no-PG"], &*reference, &["-"]].concat(), &bytes)).unwrap();
            let records = served.lines().position(|line| !line.starts_with('@')).unwrap_or(usize::MAX);
            let (head, records): (Vec<_>, Vec<_>) = served.split_inclusive('\n').enumerate().partition(|(line, _)| *line < records);
            let text = |lines: Vec<(usize, &str)>| lines.into_iter().map(|(_, line)| line).collect::<String>();
            slice_header_is_right(&text(head), &header).map_err(|fault| format!("{region}: {fault}"))?;
            std::fs::write(folder.path().join(at.to_string()), &bytes).unwrap();
            difference(&region, &text(records), &wanted)
        });
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        run("samtools", ["quickcheck".into()].into_iter().chain(files), b"");
    }
}

fn reads_of_made_file(name: &str) {
    let made = made();
    let file = made.reads(name);
    let reads = Reads {
        client: made.client(),
        token: &made.token,
        id: made.id(&file.path),
        path: &file.path,
        format: file.format,
        output: file.format,
        reference: (name == "external").then_some(made.reference.fasta.as_path()),
    };
    reads.every_region_is_exact();
    if reads.format == "CRAM" {
        Reads { output: "BAM", ..reads }.every_region_is_exact();
    }
}

fn reads_of_real_file(name: &str, format: &str) {
    let Some(real) = real() else { return };
    let (id, path) = (real.id(name), real.data.join(name));
    let reads = Reads {
        client: real.client(),
        token: &real.token,
        id: &id,
        path: &path,
        format,
        output: format,
        reference: None,
    };
    reads.every_region_is_exact();
}

#[test]
fn every_region_of_the_real_bam_is_that_of_samtools() {
    reads_of_real_file("reads/NA12878.bam", "BAM");
}

#[test]
fn every_region_of_the_real_cram_is_that_of_samtools() {
    reads_of_real_file("reads/NA12878.cram", "CRAM");
}

#[test]
fn every_region_of_spliced_and_long_reads_is_that_of_samtools() {
    reads_of_made_file("spliced");
}

#[test]
fn every_region_of_a_contig_beyond_bai_and_of_names_that_look_like_regions_is_that_of_samtools() {
    reads_of_made_file("giant");
}

#[test]
fn every_region_of_containers_of_several_slices_is_that_of_samtools() {
    reads_of_made_file("multi-slice");
}

#[test]
fn every_region_of_slices_of_several_references_is_that_of_samtools() {
    reads_of_made_file("multi-reference");
}

#[test]
fn every_region_of_a_cram_with_its_reference_is_that_of_samtools() {
    reads_of_made_file("embedded");
}

#[test]
fn every_region_of_a_cram_of_a_configured_reference_is_that_of_samtools() {
    reads_of_made_file("external");
}

/// A file of variants as it is served and as bcftools reads it.
struct Variants<'a> {
    client: &'a Client,
    token: &'a str,
    id: &'a str,
    path: &'a Path,
    format: &'a str,
}

impl Variants<'_> {
    fn bytes(&self, stretch: &Stretch) -> Result<Vec<u8>, String> {
        let question = format!("/htsget/variants/{}?format={}&{}", self.id, self.format, stretch.query());
        fetched(self.client, self.token, &question, self.format, &BGZF_END)
    }

    fn stretches(&self) -> Vec<Stretch> {
        let path = self.path.to_str().unwrap();
        stretches(path.rsplit('/').next().unwrap(), &places_of_variants(path))
    }

    fn every_region_is_exact(&self) {
        let path = self.path.to_str().unwrap();
        let header = bcftools(["view", "--no-version", "-h", path]);
        each(&self.stretches(), |_, stretch| {
            let region = stretch.of_htslib();
            let wanted = match stretch.end - stretch.start {
                0 => String::new(),
                _ => bcftools(["view", "--no-version", "-H", "-r", &region, path]),
            };
            let served = String::from_utf8(run("bcftools", ["view", "--no-version", "-"], &self.bytes(stretch)?)).unwrap();
            let Some(records) = served.strip_prefix(&header) else {
                return Err(format!("{region}: another header"));
            };
            difference(&region, records, &wanted)
        });
    }
}

fn variants_of_made_file(writer: &str, width: usize) {
    let made = made();
    let file = made.variants(writer, width);
    let variants = Variants {
        client: made.client(),
        token: &made.token,
        id: made.id(&file.path),
        path: &file.path,
        format: file.format,
    };
    variants.every_region_is_exact();
}

fn variants_of_real_file(name: &str) {
    let Some(real) = real() else { return };
    let (id, path) = (real.id(name), real.data.join(name));
    let variants = Variants {
        client: real.client(),
        token: &real.token,
        id: &id,
        path: &path,
        format: "VCF",
    };
    variants.every_region_is_exact();
}

#[test]
fn every_region_of_the_real_vcf_is_that_of_bcftools() {
    variants_of_real_file("variants/HG002_GIAB.vcf.gz");
}

#[test]
fn every_region_of_the_real_gvcf_is_that_of_bcftools() {
    variants_of_real_file("variants/NA12878_chr20_21.g.vcf.gz");
}

#[test]
fn every_region_of_vcf_by_bgzip_is_that_of_bcftools() {
    variants_of_made_file("bgzip", 1);
}

#[test]
fn every_region_of_vcf_by_bgzip_with_1200_samples_is_that_of_bcftools() {
    variants_of_made_file("bgzip", 1_200);
}

#[test]
fn every_region_of_vcf_by_bgzip_with_6000_samples_is_that_of_bcftools() {
    variants_of_made_file("bgzip", 6_000);
}

#[test]
fn every_region_of_vcf_by_bcftools_is_that_of_bcftools() {
    variants_of_made_file("bcftools", 1);
}

#[test]
fn every_region_of_vcf_by_bcftools_with_1200_samples_is_that_of_bcftools() {
    variants_of_made_file("bcftools", 1_200);
}

#[test]
fn every_region_of_vcf_by_bcftools_with_6000_samples_is_that_of_bcftools() {
    variants_of_made_file("bcftools", 6_000);
}

#[test]
fn every_region_of_bcf_is_that_of_bcftools() {
    variants_of_made_file("bcf", 1);
}

#[test]
fn every_region_of_bcf_with_1200_samples_is_that_of_bcftools() {
    variants_of_made_file("bcf", 1_200);
}

#[test]
fn every_region_of_bcf_with_6000_samples_is_that_of_bcftools() {
    variants_of_made_file("bcf", 6_000);
}

/// Sites that nobody left carries are gone; all others have the genotypes of the samples left, and counts of these.
#[test]
fn every_region_of_a_file_with_columns_of_nobody_is_that_of_bcftools_without_them() {
    let made = made();
    let folder = tempfile::tempdir().unwrap();
    for file in &made.partly {
        let variants = Variants {
            client: made.client(),
            token: &made.token,
            id: made.id(&file.path),
            path: &file.path,
            format: file.format,
        };
        let columns: Vec<String> = (1..=PARTLY.1).map(gemj_tests::made_variants::column).collect();
        let kept = folder.path().join("kept.txt");
        std::fs::write(&kept, columns.join("\n")).unwrap();
        // Counts are bcftools' own (`-c 1` needs them anew), and its query prints what both have.
        let oracle = folder.path().join("oracle.bcf");
        let left = ["view", "--no-version", "-S", kept.to_str().unwrap(), "-c", "1", "-Ob", "-o", oracle.to_str().unwrap()];
        bcftools(left.into_iter().chain([file.path.to_str().unwrap()]));
        bcftools(["index", oracle.to_str().unwrap()]);
        let format = "%CHROM\t%POS\t%REF\t%ALT\t%FILTER\t%END\t%AC\t%AN[\t%SAMPLE=%GT:%DP:%AD]\n";
        each(&variants.stretches(), |_, stretch| {
            let region = stretch.of_htslib();
            let wanted = match stretch.end - stretch.start {
                0 => String::new(),
                _ => bcftools(["query", "-f", format, "-r", &region, oracle.to_str().unwrap()]),
            };
            let served = String::from_utf8(run("bcftools", ["query", "-f", format, "-"], &variants.bytes(stretch)?)).unwrap();
            difference(&region, &served, &wanted)
        });
    }
}
