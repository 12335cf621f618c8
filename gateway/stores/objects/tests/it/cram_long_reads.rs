//! Tests long reads with arrays of signal values in CRAM 3.1, written with the profiles `normal`, `small` and `archive` of samtools 1.16. The
//! files must be accepted, and their slices must equal the output of samtools.

use std::fmt::Write as _;

use gemj_model::Assembly;

use crate::bam::compare_reads;
use crate::kit::*;

const LENGTH: u64 = 60_000;

/// A reference and long reads that have a tag with one value for each base, as single-molecule sequencers write them.
fn long_reads(dice: &mut Dice, count: u64) -> (String, String) {
    let letters: String = (0..LENGTH).map(|_| char::from(*dice.pick(b"ACGT"))).collect();
    let mut sam = format!("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:one\tLN:{LENGTH}\n@RG\tID:a\tSM:s\tPL:ONT\n");
    for number in 0..count {
        let length = 500 + dice.roll(2_000) as usize;
        let start = number as usize * (LENGTH as usize - 5_000) / count as usize;
        let bases = &letters[start..start + length];
        let qualities: String = bases.bytes().map(|_| char::from(b'!' + dice.roll(50) as u8)).collect();
        let mut array = |most: u64| -> String { (0..length).map(|_| format!(",{}", dice.roll(most))).collect() };
        let (slow, fast, moves) = (array(256), array(60), array(2));
        writeln!(
            sam,
            "{number:08x}-4a1b-{:04x}\t0\tone\t{}\t60\t{length}M\t*\t0\t0\t{bases}\t{qualities}\tRG:Z:a\tML:B:C{slow}\tip:B:C{fast}\tmv:B:c{moves}\tsn:B:f,{}.5,1.25",
            number * 31 % 65_536,
            start + 1,
            number % 9,
        )
        .unwrap();
    }
    (format!(">one\n{letters}\n"), sam)
}

#[tokio::test]
async fn long_reads_in_cram_3_1_of_three_profiles_of_samtools_load_and_slice_exactly() {
    let bench = Bench::new().await;
    let (fasta, sam) = long_reads(&mut Dice(31), 120);
    let fasta = bench.file("one.fa", fasta.as_bytes());
    run("samtools", &["faidx", fasta.to_str().unwrap()]);
    let sam = bench.file("long.sam", sam.as_bytes());
    for options in ["normal", "small", "archive", "archive,use_fqz=1,use_tok=1,use_arith=1"] {
        let format = format!("cram,version=3.1,{options}");
        let path = bench.path("long.cram");
        let arguments = [
            "view",
            "--no-PG",
            "-O",
            &format,
            "-T",
            fasta.to_str().unwrap(),
            "-o",
            path.to_str().unwrap(),
            sam.to_str().unwrap(),
        ];
        run("samtools", &arguments);
        let spans = [("one".to_owned(), 0, LENGTH)];
        compare_reads(&bench, &path, Assembly::GRCh38, &spans, 4, &["-T", fasta.to_str().unwrap()]).await;
        std::fs::remove_file(&path).unwrap();
    }
}
