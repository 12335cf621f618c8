//! Tests that columns and tags of reads that are not requested are replaced by the missing value, as samtools prints it. Also tests that
//! headers do not name participants.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use futures::StreamExt as _;
use gemj_access::PseudonymKey;
use gemj_access::capability::CapabilityKey;
use gemj_model::{Assembly, Ordinal};
use gemj_objects::{Class, Naming, ReadColumn, ReadFields, SliceRegion, SliceRequest};

use crate::bam::{difference, odd_sam};
use crate::kit::*;

const COLUMNS: [(ReadColumn, &str); 11] = [
    (ReadColumn::Qname, "*"),
    (ReadColumn::Flag, "0"),
    (ReadColumn::Rname, "*"),
    (ReadColumn::Pos, "0"),
    (ReadColumn::Mapq, "255"),
    (ReadColumn::Cigar, "*"),
    (ReadColumn::Rnext, "*"),
    (ReadColumn::Pnext, "0"),
    (ReadColumn::Tlen, "0"),
    (ReadColumn::Seq, "*"),
    (ReadColumn::Qual, "*"),
];

/// The expected line of SAM text if only these columns and tags are requested.
fn expected(line: &str, fields: &ReadFields) -> String {
    let mut columns: Vec<&str> = line.split('\t').collect();
    let tags = columns.split_off(11);
    if columns[6] == "=" {
        columns[6] = columns[2];
    }
    let mut kept: Vec<&str> = columns
        .iter()
        .zip(COLUMNS)
        .map(|(value, (column, nothing))| {
            let wanted = fields.columns.as_ref().is_none_or(|wanted| wanted.contains(&column));
            // QUAL cannot be written without SEQ, so SEQ is kept if QUAL is requested.
            let needed = column == ReadColumn::Seq && fields.columns.as_ref().is_some_and(|c| c.contains(&ReadColumn::Qual));
            if wanted || needed { *value } else { nothing }
        })
        .collect();
    if kept[6] != "*" && kept[6] == kept[2] {
        kept[6] = "=";
    }
    let tags = tags.into_iter().filter(|tag| {
        let name: [u8; 2] = tag.as_bytes()[..2].try_into().unwrap();
        fields.tags.as_ref().is_none_or(|wanted| wanted.contains(&name)) && !fields.without_tags.contains(&name)
    });
    kept.into_iter().chain(tags).collect::<Vec<_>>().join("\t")
}

fn only(columns: &[ReadColumn]) -> ReadFields {
    ReadFields {
        columns: Some(columns.iter().copied().collect()),
        ..ReadFields::default()
    }
}

fn cases() -> Vec<ReadFields> {
    let tag = |name: &[u8; 2]| BTreeSet::from([*name]);
    let mut cases: Vec<ReadFields> = COLUMNS.iter().map(|(column, _)| only(&[*column])).collect();
    // Each of these cases leaves out one column.
    for (gone, _) in COLUMNS {
        let left: Vec<ReadColumn> = COLUMNS.iter().map(|(column, _)| *column).filter(|column| *column != gone).collect();
        cases.push(only(&left));
    }
    cases.push(only(&[]));
    cases.push(ReadFields {
        tags: Some(BTreeSet::new()),
        ..ReadFields::default()
    });
    cases.push(ReadFields {
        tags: Some(tag(b"XB")),
        ..only(&[ReadColumn::Rname, ReadColumn::Pos])
    });
    cases.push(ReadFields {
        without_tags: tag(b"RG"),
        ..ReadFields::default()
    });
    cases
}

async fn compare(sam: &str, regions: &[Vec<SliceRegion>], cases: &[ReadFields]) {
    let bench = Bench::new().await;
    let text = bench.file("in.sam", sam.as_bytes());
    let bam = bench.path("in.bam");
    run(
        "samtools",
        &[
            "sort",
            "--no-PG",
            "--write-index",
            "-o",
            bam.to_str().unwrap(),
            text.to_str().unwrap(),
        ],
    );
    let (object, _) = bench.load(&bam, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    for regions in regions {
        let asked: Vec<String> = regions.iter().filter_map(samtools_region).collect();
        let mut arguments = vec!["view", bam.to_str().unwrap()];
        arguments.extend(asked.iter().map(String::as_str));
        let all = run("samtools", &arguments);
        assert!(!all.is_empty());
        for fields in cases {
            let request = SliceRequest {
                regions: regions.clone(),
                fields: fields.clone(),
                ..SliceRequest::default()
            };
            let slice = bench.file("slice.bam", &bench.slice(&grant, &object, &request).await.unwrap());
            run("samtools", &["quickcheck", slice.to_str().unwrap()]);
            let ours = run("samtools", &["view", slice.to_str().unwrap()]);
            let mut theirs = String::new();
            for line in all.lines() {
                writeln!(theirs, "{}", expected(line, fields)).unwrap();
            }
            assert!(ours == theirs, "{fields:?}: {}", difference(&ours, &theirs));
        }
    }
}

#[tokio::test]
async fn columns_and_tags_that_are_not_requested_have_no_information() {
    let mut sam = odd_sam(300);
    // Pairs of reads whose mates are near and far away.
    let bases = "ACGTACGTAC";
    for (number, mate) in ["=", "with,comma", "*"].iter().enumerate() {
        writeln!(
            sam,
            "m{number}\t99\tun1\t{}\t60\t10M\t{mate}\t77\t300\t{bases}\tIIIIIIIIII\tRG:Z:g\tXB:Z:x",
            100 + number
        )
        .unwrap();
    }
    let regions = [vec![], vec![region("un1", 0, Some(2_000_000))], vec![SliceRegion::Unplaced]];
    compare(&sam, &regions, &cases()).await;
}

#[tokio::test]
async fn a_cigar_in_a_tag_is_kept_or_removed_with_its_column() {
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:un1\tLN:5000000\n@RG\tID:g\tSM:s\n");
    let cigar = format!("{}3M", "1M1D".repeat(35_000));
    let bases = "A".repeat(35_003);
    writeln!(sam, "r\t0\tun1\t100\t60\t{cigar}\t*\t0\t0\t{bases}\t*\tRG:Z:g\tXX:i:1").unwrap();
    let placed = [ReadColumn::Rname, ReadColumn::Pos];
    let with = |more: &[ReadColumn]| only(&[&placed[..], more].concat());
    let cases = [
        with(&[ReadColumn::Cigar]),
        with(&[ReadColumn::Cigar, ReadColumn::Seq]),
        with(&[ReadColumn::Seq]),
        with(&[]),
        ReadFields {
            tags: Some(BTreeSet::new()),
            ..ReadFields::default()
        },
        ReadFields {
            tags: Some(BTreeSet::from([*b"CG"])),
            ..with(&[ReadColumn::Seq])
        },
        only(&[]),
    ];
    // The second region is far behind the start of the read. Only the long CIGAR in the tag extends to this region.
    compare(&sam, &[vec![], vec![region("un1", 70_050, Some(70_060))]], &cases).await;
}

/// A SAM text with a header that contains names of persons, and with reads.
fn named_sam() -> String {
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n");
    sam.push_str("@SQ\tSN:un1\tLN:5000000\tM5:0123456789abcdef0123456789abcdef\tUR:file:/home/tanaka/ref.fa\tDS:tanaka\tAN:1\tSP:human\n");
    sam.push_str("@RG\tID:g1\tSM:tanaka\tLB:tanaka-lib\tPU:tanaka.1\tBC:ACGT\tDS:tanaka\tCN:tanaka clinic\tDT:2024-04-01T10:00:00\tPL:ILLUMINA\tPM:tanaka 2\tPI:300\txx:tanaka\n");
    sam.push_str("@RG\tID:g2\tSM:suzuki\tLB:tanaka-lib\tDT:tanaka\tPL:tanaka's\n");
    sam.push_str("@PG\tID:p\tPN:bwa\tVN:1\tCL:bwa mem /home/tanaka/a.fq\tDS:tanaka\n@PG\tID:q\tPN:tanaka-tool\tVN:tanaka-1\tPP:p\n@CO\ttanaka was here\n");
    for position in 1..500 {
        writeln!(sam, "r{position}\t0\tun1\t{}\t60\t4M\t*\t0\t0\tACGT\tIIII\tRG:Z:g1", position * 100).unwrap();
    }
    sam
}

#[tokio::test]
async fn a_header_with_pseudonyms_names_no_participant_and_matches_the_records() {
    let bench = Bench::new().await;
    let sam = bench.file("named.sam", named_sam().as_bytes());
    let bam = bench.path("named.bam");
    run(
        "samtools",
        &["view", "--no-PG", "-b", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()],
    );
    let (object, _) = bench.load(&bam, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let key = PseudonymKey::of(&CapabilityKey::new([7; 32]), &grant);
    for regions in [vec![region("un1", 5_000, Some(20_000))], vec![SliceRegion::Unplaced]] {
        let request = SliceRequest {
            regions: regions.clone(),
            naming: Naming::Pseudonyms(key.clone()),
            ..SliceRequest::default()
        };
        let bytes = bench.slice(&grant, &object, &request).await.unwrap();
        let plain = String::from_utf8_lossy(&pipe("bgzip", &["-dc"], &bytes)).into_owned();
        assert!(!plain.contains("tanaka") && !plain.contains("suzuki"));
        let slice = bench.file("slice.bam", &bytes);
        run("samtools", &["quickcheck", slice.to_str().unwrap()]);
        let header = run("samtools", &["view", "-H", "--no-PG", slice.to_str().unwrap()]);
        let lines: Vec<&str> = header.lines().collect();
        assert_eq!(lines.len(), 6, "{header}");
        assert_eq!(lines[0], "@HD\tVN:1.6\tSO:coordinate");
        assert_eq!(
            lines[1],
            "@SQ\tSN:un1\tLN:5000000\tM5:0123456789abcdef0123456789abcdef\tAN:1\tSP:human"
        );
        let library = key.text("LB", "tanaka-lib");
        let first = format!(
            "@RG\tID:g1\tSM:{}\tLB:{library}\tPU:{}\tBC:{}\tDT:2024-04-01\tPL:ILLUMINA\tPI:300",
            key.person(Ordinal(0)),
            key.text("PU", "tanaka.1"),
            key.text("BC", "ACGT"),
        );
        assert_eq!(lines[2], first);
        // A sample that is not in the catalogue also gets a pseudonym.
        assert_eq!(lines[3], format!("@RG\tID:g2\tSM:{}\tLB:{library}", key.text("SM", "suzuki")));
        assert_eq!(lines[4..], ["@PG\tID:p\tPN:bwa\tVN:1", "@PG\tID:q\tPP:p"]);
        let asked: Vec<String> = regions.iter().filter_map(samtools_region).collect();
        run("samtools", &["index", bam.to_str().unwrap()]);
        assert_eq!(
            run("samtools", &["view", slice.to_str().unwrap()]),
            run("samtools", &["view", bam.to_str().unwrap(), &asked[0]])
        );
    }
    // Without pseudonyms, the header has the same bytes as in the file.
    let request = SliceRequest {
        class: Some(Class::Header),
        ..SliceRequest::default()
    };
    let header = pipe("bgzip", &["-dc"], &bench.slice(&grant, &object, &request).await.unwrap());
    assert!(pipe("bgzip", &["-dc"], &std::fs::read(&bam).unwrap()).starts_with(&header));
    let mut stream = bench
        .store
        .open_slice(&grant, &object, &request)
        .await
        .unwrap()
        .stream(None)
        .await
        .unwrap();
    assert!(stream.next().await.unwrap().is_ok());
}
