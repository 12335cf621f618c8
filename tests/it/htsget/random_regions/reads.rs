//! Random regions of reads over HTTP, compared with samtools.

use std::path::Path;

use gemj_tests::Client;
use gemj_tests::oracle::{run, samtools};

use super::super::headers::slice_header_is_right;
use super::super::made::made;
use super::{BGZF_END, CRAM_END, Stretch, difference, each, fetched, stretches};
use crate::real::real;

/// The positions of a file's records: contig, 0-based start and end.
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

/// The number of reference bases that the alignment with this CIGAR covers.
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

/// A served file of reads, and its original file for samtools.
struct Reads<'a> {
    client: &'a Client,
    token: &'a str,
    id: &'a str,
    path: &'a Path,
    /// The format in which the file is stored.
    format: &'a str,
    /// The format that the test requests.
    output: &'a str,
    /// The reference that samtools needs to read the file.
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
            std::fs::write(folder.path().join(at.to_string()), &bytes).unwrap();
            difference(&region, &text(records), &wanted)?;
            slice_header_is_right(&text(head), &header).map_err(|fault| format!("{region}: {fault}"))
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
