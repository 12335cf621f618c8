//! A file that is larger than the buffers of a connection, so that a download stays in progress.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::oracle::run;
use crate::programme::Programme;
use crate::random::Random;

const RECORD_BYTES: usize = 8 * 1024;

/// The path of a ticket request for all records of a big variant file.
#[must_use]
pub fn region_of_big(id: &str) -> String {
    format!("/htsget/variants/{id}?referenceName=chr1&start=500&end=100000")
}

/// Loads an uncompressed variant file of about `bytes` bytes for a participant who consents to every use. Returns the file's path.
#[must_use]
pub fn load_big_file(programme: &Programme, participant: &str, bytes: usize) -> PathBuf {
    let mut text = String::from(
        "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=248956422>\n\
         ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence\">\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n",
    );
    writeln!(text, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{participant}-S").unwrap();
    let ballast = Random::of(participant).letters(b"0123456789abcdef", RECORD_BYTES);
    for record in 0..bytes / RECORD_BYTES {
        writeln!(text, "chr1\t{}\t.\tA\tG\t50\tPASS\tCSQ={ballast}\tGT\t0/1", 1000 + record).unwrap();
    }
    let path = programme.path(&format!("{participant}.vcf.gz"));
    std::fs::write(&path, run("bgzip", ["-l", "0", "-c"], text.as_bytes())).unwrap();
    let sheet = format!(
        "dataset,participant,specimen,family,sex,assembly,path\ncancer,{participant},{participant}-S,,unknown,GRCh38,{}\n",
        path.display()
    );
    let _ = programme.load(&sheet).good();
    programme.everybody_agrees([participant]);
    path
}
