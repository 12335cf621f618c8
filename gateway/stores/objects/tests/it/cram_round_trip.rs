//! Writes records of every kind that the CRAM writer distinguishes into new containers. samtools must print the same records for the slice
//! and for the file.

use std::fmt::Write as _;

use gemj_model::Assembly;
use gemj_objects::{ReadFields, SliceRequest};

use crate::bam::difference;
use crate::cram::{Material, encode};
use crate::kit::*;

const LENGTH: u64 = 12_000;

/// The number of random files that are tested. The environment variable `GEMJ_CRAM_ROUND_TRIPS` sets another number.
fn file_count() -> u64 {
    std::env::var("GEMJ_CRAM_ROUND_TRIPS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(12)
}

/// A read name. Each file has one style of names (`manner`): styles of sequencers, and names that no sequencer writes.
fn name(dice: &mut Dice, manner: u64, number: u64) -> String {
    match manner {
        0 => format!(
            "A00{}:45:HXYZ7DSXX:{}:{}:{}",
            number % 3,
            1 + dice.roll(4),
            1101 + dice.roll(78),
            dice.roll(32_000)
        ),
        1 => format!("read{number}"),
        2 => format!("{:08x}-{:04x}-4a1b", dice.roll(1 << 32), dice.roll(1 << 16)),
        3 => format!("m64011_190830_220126/{}/{}_{}", dice.roll(1 << 27), dice.roll(9), dice.roll(90_000)),
        4 => format!("{:0width$}", dice.roll(1 << 40), width = 1 + dice.roll(30) as usize),
        5 => (0..1 + dice.roll(120)).map(|_| char::from(*dice.pick(b"!#09:azAZ_~/"))).collect(),
        6 => "9:".repeat(1 + dice.roll(120) as usize),
        _ => String::from("*"),
    }
}

fn tags(dice: &mut Dice, sam: &mut String) {
    let text = |dice: &mut Dice| -> String { (0..dice.roll(40)).map(|_| char::from(b' ' + dice.roll(95) as u8)).collect() };
    for _ in 0..dice.roll(5) {
        let number = *dice.pick(&[
            0i64,
            1,
            -1,
            127,
            200,
            -129,
            40_000,
            -40_000,
            i64::from(i32::MAX),
            i64::from(i32::MIN),
            i64::from(u32::MAX),
        ]);
        match dice.roll(9) {
            0 => write!(sam, "\tXA:Z:{}", text(dice)),
            1 => write!(sam, "\tXB:i:{number}"),
            2 => write!(sam, "\tXC:A:{}", char::from(b'!' + dice.roll(90) as u8)),
            3 => write!(sam, "\tXD:f:{}.5", dice.roll(9)),
            4 => write!(sam, "\tXE:H:{}", "1AE3".repeat(dice.roll(4) as usize)),
            5 => write!(
                sam,
                "\tXF:B:C{}",
                (0..dice.roll(30)).map(|_| format!(",{}", dice.roll(256))).collect::<String>()
            ),
            6 => write!(sam, "\tXG:B:i,{}", number.clamp(i64::from(i32::MIN), i64::from(i32::MAX))),
            7 => write!(sam, "\tXH:Z:constant"),
            _ => write!(sam, "\tRG:Z:g{}", 1 + dice.roll(2)),
        }
        .unwrap();
        // The loop often ends here, so that most records have few tags.
        if dice.roll(2) == 0 || sam.len() % 7 < 5 {
            break;
        }
    }
}

/// A random alignment and its bases. The bases are usually the bases of the reference with a few edits and clips.
fn alignment(dice: &mut Dice, letters: &[u8], start: u64) -> (String, String) {
    let (mut cigar, mut bases, mut at) = (String::new(), String::new(), start as usize - 1);
    if dice.roll(5) == 0 {
        let clip = 1 + dice.roll(20);
        write!(cigar, "{clip}S").unwrap();
        bases.extend((0..clip).map(|_| char::from(*dice.pick(b"ACGTN"))));
    }
    for part in 0..1 + dice.roll(3) {
        if part > 0 {
            let length = 1 + dice.roll(5);
            let operation = *dice.pick(&['I', 'D', 'N', 'P']);
            write!(cigar, "{length}{operation}").unwrap();
            match operation {
                'I' => bases.extend((0..length).map(|_| char::from(*dice.pick(b"ACGT")))),
                'D' | 'N' => at += length as usize,
                _ => {}
            }
        }
        let matched = 10 + dice.roll(60);
        write!(cigar, "{matched}M").unwrap();
        for _ in 0..matched {
            let base = if dice.roll(25) == 0 { *dice.pick(b"ACGTNR") } else { letters[at] };
            bases.push(char::from(base));
            at += 1;
        }
    }
    (cigar, bases)
}

/// A SAM text with single reads, pairs with correct or wrong mate fields, pairs with one unmapped read, and further alignments of the same
/// read name.
fn records(dice: &mut Dice, letters: &[u8], count: u64) -> String {
    let mut sam = format!("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:one\tLN:{LENGTH}\n@RG\tID:g1\tSM:s\n@RG\tID:g2\tSM:s\n");
    let manner = dice.roll(8);
    let equal_qualities = dice.roll(3) == 0;
    for number in 0..count {
        let name = name(dice, manner, number);
        let is_pair = dice.roll(4) > 0;
        let starts = [1 + dice.roll(LENGTH - 800), 1 + dice.roll(LENGTH - 800)];
        let near = dice.roll(5) > 0;
        let starts = if near { [starts[0], starts[0] + dice.roll(300)] } else { starts };
        let unmapped = [dice.roll(15) == 0, dice.roll(15) == 0];
        let reverse = [dice.roll(2) == 0, dice.roll(2) == 0];
        let made: Vec<(String, String)> = starts.iter().map(|start| alignment(dice, letters, *start)).collect();
        let end = |at: usize| starts[at] - 1 + reference_length(&made[at].0);
        let span = (end(0).max(end(1)) - starts[0].min(starts[1]) + 1) as i64;
        let ends = if is_pair { 2 } else { 1 };
        for at in 0..ends {
            let other = 1 - at;
            let mut flag = u16::from(reverse[at]) * 16;
            let is_unmapped = is_pair && unmapped[at] && !unmapped[other];
            let mate_is_unmapped = is_pair && unmapped[other] && !unmapped[at];
            if is_pair {
                flag |= 1 | if at == 0 { 64 } else { 128 };
                flag |= u16::from(reverse[other]) * 32;
                flag |= u16::from(mate_is_unmapped) * 8;
            }
            let (mut cigar, bases) = made[at].clone();
            let mut start = starts[at];
            let mut mate_start = if is_pair { starts[other] } else { 0 };
            if is_unmapped {
                flag |= 4;
                (cigar, start) = ("*".to_owned(), starts[other]);
            }
            if mate_is_unmapped {
                mate_start = starts[at];
            }
            if dice.roll(10) == 0 {
                flag |= *dice.pick(&[0x100, 0x800, 0x400]);
            }
            let mut length = 0;
            if is_pair && !is_unmapped && !mate_is_unmapped {
                let is_left = start < mate_start || (start == mate_start && at == 0);
                length = if is_left { span } else { -span };
            }
            match dice.roll(12) {
                0 => length += 1,
                1 => flag ^= 32,
                2 if is_pair => mate_start += 1,
                _ => {}
            }
            if !is_pair {
                (flag, length) = (flag & !32, 0);
            }
            let qualities: String = match dice.roll(25) {
                0 => "*".to_owned(),
                _ => bases
                    .bytes()
                    .map(|_| {
                        if equal_qualities {
                            'F'
                        } else {
                            char::from(b'!' + dice.roll(41) as u8)
                        }
                    })
                    .collect(),
            };
            let mate = if is_pair { "=" } else { "*" };
            let quality = if is_unmapped { 0 } else { dice.roll(61) };
            write!(
                sam,
                "{name}\t{flag}\tone\t{start}\t{quality}\t{cigar}\t{mate}\t{mate_start}\t{length}\t{bases}\t{qualities}"
            )
            .unwrap();
            tags(dice, &mut sam);
            sam.push('\n');
        }
    }
    sam
}

/// The number of reference bases that the alignment with this CIGAR covers.
fn reference_length(cigar: &str) -> u64 {
    let mut total = 0;
    let mut number = 0;
    for letter in cigar.chars() {
        match letter.to_digit(10) {
            Some(digit) => number = number * 10 + u64::from(digit),
            None => {
                if matches!(letter, 'M' | 'D' | 'N') {
                    total += number;
                }
                number = 0;
            }
        }
    }
    total
}

#[tokio::test]
async fn records_in_new_containers_equal_the_records_of_the_file() {
    let mut seen = 0;
    for seed in 0..file_count() {
        let scratch = Bench::new().await;
        let mut dice = Dice(seed * 7919 + 1);
        let letters: Vec<u8> = (0..LENGTH).map(|_| *dice.pick(b"ACGT")).collect();
        let fasta = scratch.file("one.fa", format!(">one\n{}\n", std::str::from_utf8(&letters).unwrap()).as_bytes());
        run("samtools", &["faidx", fasta.to_str().unwrap()]);
        let count = *dice.pick(&[1, 3, 40, 400]);
        let sam = scratch.file("one.sam", records(&mut dice, &letters, count).as_bytes());
        let bam = scratch.path("one.bam");
        run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
        let material = Material { fasta, bam };
        let bench = Bench::with_reference((seed % 2 == 0).then(|| material.fasta.clone())).await;
        for (layout, options) in [
            ("v30", &[][..]),
            ("v31", &["version=3.1"]),
            ("slices", &["version=3.1", "seqs_per_slice=25", "slices_per_container=4"]),
            ("embedded", &["embed_ref=1", "seqs_per_slice=40", "slices_per_container=3"]),
            ("consensus", &["embed_ref=2", "seqs_per_slice=40", "slices_per_container=3"]),
            ("none", &["no_ref=1"]),
        ] {
            let cram = encode(&bench, &material, layout, options);
            let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
            let grant = full_grant(&object);
            run("samtools", &["index", cram.to_str().unwrap()]);
            let start = dice.roll(LENGTH / 2);
            // No record has the tag ZZ. A request without ZZ therefore changes no record, but every record is written into a new container
            // and no container is copied.
            let anew = ReadFields {
                without_tags: [*b"ZZ"].into(),
                ..ReadFields::default()
            };
            for (start, end, fields) in [
                (0, LENGTH, anew.clone()),
                (start, start + 1 + dice.roll(LENGTH), anew),
                (start, start + 1 + dice.roll(LENGTH), ReadFields::default()),
            ] {
                let asked = region("one", start, Some(end));
                let request = SliceRequest {
                    regions: vec![asked.clone()],
                    fields,
                    ..SliceRequest::default()
                };
                let slice = bench.slice(&grant, &object, &request).await.unwrap();
                let slice = bench.file("slice.cram", &slice);
                let with = ["view", "-T", material.fasta.to_str().unwrap()];
                let ours = run("samtools", &[&with[..], &[slice.to_str().unwrap()]].concat());
                let words = samtools_region(&asked).unwrap();
                let theirs = run("samtools", &[&with[..], &[cram.to_str().unwrap(), &words]].concat());
                assert!(ours == theirs, "seed {seed}, {layout}, {asked:?}: {}", difference(&ours, &theirs));
                seen += ours.lines().count();
            }
        }
    }
    assert!(seen > 100, "{seen} records");
}
