//! Generates the files of the tests, so that every run has the same files.

use std::fmt::Write as _;

use crate::kit::{Dice, pipe};

/// The names and lengths of the contigs of the generated reads. One name contains colons.
pub(crate) const CONTIGS: [(&str, u64); 3] = [("chrA", 2_000_000), ("HLA-A*01:01:01:01", 3_503), ("chrB", 1_000_000)];

/// Sorted reads as BAM: reads without gaps, spliced reads that span up to 300 kb, and reads without a position.
pub(crate) fn bam(records: usize) -> Vec<u8> {
    let mut sam = String::from("@HD\tVN:1.6\tSO:unsorted\n");
    for (name, length) in CONTIGS {
        writeln!(sam, "@SQ\tSN:{name}\tLN:{length}").unwrap();
    }
    sam.push_str("@RG\tID:g\tSM:s\n");
    let mut dice = Dice(11);
    for number in 0..records {
        let (contig, length) = CONTIGS[[0, 0, 0, 1, 2, 2][dice.roll(6) as usize]];
        let bases: String = (0..100).map(|_| ['A', 'C', 'G', 'T'][dice.roll(4) as usize]).collect();
        let qualities: String = (0..100).map(|_| char::from(b'#' + dice.roll(38) as u8)).collect();
        let (flag, contig, position, cigar) = match dice.roll(30) {
            0 => (4, "*", 0, "*".to_owned()),
            1 if length > 500_000 => (
                0,
                contig,
                1 + dice.roll(length - 400_000),
                format!("50M{}N50M", 1 + dice.roll(300_000)),
            ),
            _ => (0, contig, 1 + dice.roll(length - 200), "100M".to_owned()),
        };
        writeln!(
            sam,
            "r{number}\t{flag}\t{contig}\t{position}\t60\t{cigar}\t*\t0\t0\t{bases}\t{qualities}\tRG:Z:g"
        )
        .unwrap();
    }
    pipe("samtools", &["sort", "--no-PG", "-O", "bam", "-"], sam.as_bytes())
}

/// The reads of a BAM as CRAM without a reference, with these output options of samtools.
pub(crate) fn cram(bam: &[u8], options: &[&str]) -> Vec<u8> {
    let mut arguments = vec!["view", "--no-PG", "-C", "--output-fmt-option", "no_ref=1"];
    for option in options {
        arguments.extend(["--output-fmt-option", option]);
    }
    arguments.push("-");
    pipe("samtools", &arguments, bam)
}

/// Compresses a text in BGZF blocks that end when they are full, as bgzip 1.16 and most libraries write them. Records can therefore extend
/// over two blocks. Each block is compressed by bgzip.
pub(crate) fn bgzip(text: &str) -> Vec<u8> {
    let marker = pipe("bgzip", &["-c"], b"");
    let mut bytes = Vec::new();
    for block in text.as_bytes().chunks(0xff00) {
        let compressed = pipe("bgzip", &["-c"], block);
        bytes.extend_from_slice(compressed.strip_suffix(&marker[..]).unwrap());
    }
    bytes.extend_from_slice(&marker);
    bytes
}

/// The length of the contig with the generated variants, in bases.
pub(crate) const VARIANTS_SPAN: u64 = 1_000_000;

/// A VCF text with single-base variants, and deletions with a distant END. The header also declares a contig without records.
pub(crate) fn vcf(records: u64, samples: usize) -> String {
    let mut text = format!(
        "##fileformat=VCFv4.2\n##contig=<ID=un20,length={VARIANTS_SPAN}>\n##contig=<ID=bare,length=5000>\n\
         ##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n##INFO=<ID=NOTE,Number=1,Type=String,Description=\"Note\">\n\
         ##ALT=<ID=DEL,Description=\"Deletion\">\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    );
    for sample in 0..samples {
        write!(text, "\tS{sample}").unwrap();
    }
    text.push('\n');
    let mut dice = Dice(23);
    for number in 0..records {
        let position = 1_000 + number * (VARIANTS_SPAN - 100_000) / records;
        let note: String = (0..40).map(|_| char::from(b'a' + dice.roll(26) as u8)).collect();
        if dice.roll(50) == 0 {
            let end = position + 1 + dice.roll(3_000);
            write!(text, "un20\t{position}\tv{number}\tA\t<DEL>\t.\tPASS\tEND={end};NOTE={note}\tGT").unwrap();
        } else {
            write!(text, "un20\t{position}\tv{number}\tA\tC\t.\tPASS\tNOTE={note}\tGT").unwrap();
        }
        for sample in 0..samples {
            // The genotypes are random. Each sample carries the alternative allele at about two thirds of the sites.
            let genotype = ["0/1", "1/1", "0/0"][(dice.roll(3) as usize + sample) % 3];
            write!(text, "\t{genotype}").unwrap();
        }
        text.push('\n');
    }
    text
}
