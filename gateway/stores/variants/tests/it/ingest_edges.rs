//! Tests with files that are written by hand: which records are counted, which are skipped, and which files are rejected.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::process::{Command, Stdio};

use gemj_access::Action;
use gemj_model::{Contig, FileFormat, Interval, Ordinal};
use gemj_variants::ingest::Place;
use gemj_variants::{AlleleFilter, IngestError, IngestFault, IngestReport, SegmentBuilder, SkipReason, WindowQuery, ingest_variants};
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::fixture::{G38, GERM, MemoryStore, block_on, dataset, grant, people_of};

const HEAD: &str = "##fileformat=VCFv4.3
##contig=<ID=chr1,length=100000>
##contig=<ID=chrX,length=100000>
##ALT=<ID=DEL,Description=\"Deletion, of a kind\">
##ALT=<ID=INS,Description=\"Insertion\">
##ALT=<ID=NON_REF,Description=\"Any\">
##FILTER=<ID=LowQual,Description=\"Low\">
##INFO=<ID=END,Number=1,Type=Integer,Description=\"End, with a comma=and more\">
##INFO=<ID=SVLEN,Number=A,Type=Integer,Description=\"Length\">
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts0\ts1\ts2\ts3
";

const BODY: &str = "chr1\t100\t.\tA\tT\t.\tPASS\t.\tGT\t0/1\t1/1\t0/0\t1|0
chr1\t200\t.\tCAG\tC,CAGAG,*\t.\tLowQual\t.\tGT:DP\t1/2:3\t3/1:4\t0|0:9\t2/2
chr1\t300\t.\tA\tC,<NON_REF>\t.\t.\t.\tGT\t./1\t2/2\t./.\t0/1
chr1\t400\t.\tN\t<DEL>\t.\t.\tSVLEN=-600;END=1000\tGT\t0/1\t0/0\t0/0\t0/0
chr1\t450\t.\tN\t<DEL>,<INS>\t.\t.\tSVLEN=-50,300\tGT\t1/2\t0/0\t0/0\t0/0
chr1\t500\t.\tG\tG[chrX:5[\t.\t.\t.\tGT\t0/1\t0/0\t0/0\t0/0
chr1\t600\t.\tG\t.\t.\t.\t.\tGT\t0/0\t0/0\t0/0\t0/0
chr1\t700\t.\tG\tC\t.\t.\t.\tDP\t1\t2\t3\t4
chr1\t800\t.\tG\t<NON_REF>\t.\t.\tEND=900\tGT\t0/0\t0/0\t0/0\t0/0
chrX\t100\t.\tg\tt\t.\t.\t.\tGT\t1\t0\t.\t1/1
chrX\t200\t.\tG\tT\t.\t.\t.\tGT:DP\t1/1/1\t0/1/1:4\t0/0:5\t.
";

type Content = BTreeMap<(String, u64, u64, String, String), Vec<(u32, String)>>;

fn columns() -> Vec<Option<Ordinal>> {
    [10, 11, 12, 13].map(|o| Some(Ordinal(o))).to_vec()
}

fn ingest(
    bytes: &[u8],
    format: FileFormat,
    columns: &[Option<Ordinal>],
    builder: &mut SegmentBuilder,
) -> Result<IngestReport, IngestError> {
    ingest_variants(bytes, format, columns, G38, GERM, "file", builder, &mut |_| {})
}

fn builder() -> SegmentBuilder {
    SegmentBuilder::new(dataset("main"), G38, GERM, 0)
}

fn content(builder: SegmentBuilder) -> Content {
    let (store, name) = (MemoryStore::default(), dataset("main"));
    store.add("s", builder);
    let everybody: RoaringBitmap = (0..100).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    let mut found = Content::new();
    for contig in ["1", "X"] {
        let query = WindowQuery {
            contig: Contig(contig.into()),
            interval: Interval::WHOLE,
            filter: AlleleFilter::default(),
        };
        block_on(reader.overlapping(&grant, &name, G38, GERM, &query, |a, carriers| {
            let people = people_of(carriers)
                .into_iter()
                .map(|(o, z)| (o, format!("{z:?}")[..3].to_lowercase()))
                .collect();
            found.insert(
                (
                    a.contig.0.clone(),
                    a.start.0,
                    a.end.0,
                    a.reference.clone(),
                    match a.inserted {
                        Some(length) => format!("{} of {length}", a.alternate),
                        None => a.alternate.clone(),
                    },
                ),
                people,
            );
            ControlFlow::Continue(())
        }))
        .unwrap();
    }
    found
}

fn expected() -> Content {
    let row = |contig: &str, start, end, r: &str, a: &str, people: &[(u32, &str)]| {
        let people = people.iter().map(|(o, z)| (*o, (*z).to_owned())).collect::<Vec<_>>();
        ((contig.to_owned(), start, end, r.to_owned(), a.to_owned()), people)
    };
    Content::from([
        row("1", 99, 100, "A", "T", &[(10, "het"), (11, "hom"), (13, "het")]),
        row("1", 200, 202, "AG", "", &[(10, "het"), (11, "het")]),
        row("1", 200, 200, "", "AG", &[(10, "het"), (13, "hom")]),
        row("1", 299, 300, "A", "C", &[(10, "het"), (13, "het")]),
        row("1", 400, 1000, "", "<DEL>", &[(10, "het")]),
        row("1", 450, 500, "", "<DEL>", &[(10, "het")]),
        row("1", 450, 450, "", "<INS> of 300", &[(10, "het")]),
        row("X", 99, 100, "G", "T", &[(10, "hem"), (13, "hom")]),
        row("X", 199, 200, "G", "T", &[(10, "hom"), (11, "het")]),
    ])
}

fn text() -> String {
    format!("{HEAD}{BODY}")
}

fn bcftools(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new("bcftools")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .inspect_err(|_| eprintln!("SKIPPED: bcftools is not installed"))
        .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "bcftools {arguments:?}");
    Some(output.stdout)
}

#[test]
fn carriers_are_counted_by_their_genotypes() {
    let mut one = builder();
    let report = ingest(text().as_bytes(), FileFormat::Vcf, &columns(), &mut one).unwrap();
    assert_eq!((report.records, report.alleles, report.entries), (11, 9, 16));
    let skipped = [
        (SkipReason::NoAlternative, 4),
        (SkipReason::Breakend, 1),
        (SkipReason::NoGenotypes, 1),
    ];
    assert_eq!(report.skipped, BTreeMap::from(skipped));
    assert_eq!(content(one), expected());
}

#[test]
fn every_encoding_of_a_file_gives_the_same_entries() {
    for (arguments, format) in [
        (["view", "-Oz", "-"], FileFormat::Vcf),
        (["view", "-Ob", "-"], FileFormat::Bcf),
        (["view", "-Ou", "-"], FileFormat::Bcf),
    ] {
        let Some(bytes) = bcftools(&arguments, text().as_bytes()) else {
            return;
        };
        let mut one = builder();
        let report = ingest(&bytes, format, &columns(), &mut one).unwrap();
        assert_eq!((report.records, report.alleles, report.entries), (11, 9, 16), "{arguments:?}");
        assert_eq!(content(one), expected(), "{arguments:?}");
    }
    let mut one = builder();
    ingest(text().replace('\n', "\r\n").as_bytes(), FileFormat::Vcf, &columns(), &mut one).unwrap();
    assert_eq!(content(one), expected());
}

#[test]
fn an_unmapped_sample_makes_no_entries() {
    let mut one = builder();
    ingest(text().as_bytes(), FileFormat::Vcf, &[None, Some(Ordinal(11)), None, None], &mut one).unwrap();
    let mut wanted = expected();
    wanted.values_mut().for_each(|people| people.retain(|(o, _)| *o == 11));
    wanted.retain(|_, people| !people.is_empty());
    assert_eq!(content(one), wanted);
}

#[test]
fn two_columns_of_one_participant_are_one_carrier() {
    let mut one = builder();
    ingest(text().as_bytes(), FileFormat::Vcf, &[Some(Ordinal(5)); 4], &mut one).unwrap();
    let content = content(one);
    assert_eq!(content[&("1".into(), 99, 100, "A".into(), "T".into())], [(5, "hom".to_owned())]);
}

#[test]
fn the_error_for_a_malformed_record_states_its_line_and_no_entry_of_its_file_is_kept() {
    for (bad, fault) in [
        ("chr1\t900\t.\tA\tT\t.\t.\t.\tGT\t0/1\t0/x\t0/0\t0/0", IngestFault::Genotype),
        ("chr1\t900\t.\tA\tT\t.\t.\t.\tGT\t0/1\t0/2\t0/0\t0/0", IngestFault::Genotype),
        ("chr1\t900\t.\tA\t.\t.\t.\t.\tGT\t0/1\t0/0\t0/0\t0/0", IngestFault::Genotype),
        ("chr1\t900\t.\tA\tT\t.\t.\t.\tGT\t0/1\t\t0/0\t0/0", IngestFault::Genotype),
        (
            "chr1\t900\t.\tA\tT\t.\t.\t.\tGT\t0/1\t0/0\t0/0",
            IngestFault::Columns { found: 12, expected: 13 },
        ),
        (
            "chr1\t900\t.\tA\tT\t.\t.\t.\tGT\t0/1\t0/0\t0/0\t0/0\t1/1",
            IngestFault::Columns { found: 14, expected: 13 },
        ),
        ("chr1\t900\t.\tA", IngestFault::Columns { found: 4, expected: 13 }),
        ("", IngestFault::Columns { found: 1, expected: 13 }),
        ("chr1\tx\t.\tA\tT\t.\t.\t.\tGT\t0/1\t0/0\t0/0\t0/0", IngestFault::Pos),
        ("chr1\t+5\t.\tA\tT\t.\t.\t.\tGT\t0/1\t0/0\t0/0\t0/0", IngestFault::Pos),
        ("chr1\t99999999999\t.\tA\tT\t.\t.\t.\tGT\t0/1\t0/0\t0/0\t0/0", IngestFault::Pos),
        ("\t9\t.\tA\tT\t.\t.\t.\tGT\t0/1\t0/0\t0/0\t0/0", IngestFault::Chrom),
        ("chr1\t9\t.\t\tT\t.\t.\t.\tGT\t0/1\t0/0\t0/0\t0/0", IngestFault::Alleles),
    ] {
        let mut one = builder();
        let error = ingest(format!("{}{bad}\n", text()).as_bytes(), FileFormat::Vcf, &columns(), &mut one).unwrap_err();
        let line = text().lines().count() as u64 + 1;
        let IngestError::Malformed { place, fault: found } = error else {
            panic!("{error}")
        };
        assert_eq!((place, found), (Place::Line(line), fault), "{bad}");
        // After an error, the same source may be loaded again, and the entries of other files remain in the builder.
        ingest(text().as_bytes(), FileFormat::Vcf, &columns(), &mut one).unwrap();
        assert_eq!(content(one), expected());
    }
    let mut one = builder();
    assert!(
        ingest(
            format!("{}chr1\t9\t.\tA\tT\t.\t.\t.\tGT\tbad\t0\t0\t0\n", text()).as_bytes(),
            FileFormat::Vcf,
            &columns(),
            &mut one
        )
        .is_err()
    );
    assert!(content(one).is_empty());
}

#[test]
fn mislabelled_and_unmatched_files_are_rejected() {
    let try_it = |bytes: &[u8], format, columns: &[Option<Ordinal>]| ingest(bytes, format, columns, &mut builder()).unwrap_err();
    for bytes in [
        &b""[..],
        b"\n",
        b"hello",
        b"{}",
        b"##fileformat=VCFv4.2\n",
        b"\x1f\x8b",
        b"BAM\x01",
        b"##fileformat=BED\n#CHROM\n",
    ] {
        try_it(bytes, FileFormat::Vcf, &columns());
        try_it(bytes, FileFormat::Bcf, &columns());
    }
    assert!(matches!(
        try_it(text().as_bytes(), FileFormat::Bcf, &columns()),
        IngestError::Malformed { .. }
    ));
    assert!(matches!(
        try_it(text().as_bytes(), FileFormat::Bam, &columns()),
        IngestError::NotAVariantFile
    ));
    let three = IngestFault::Samples { found: 4, expected: 3 };
    assert!(matches!(try_it(text().as_bytes(), FileFormat::Vcf, &columns()[..3]), IngestError::Malformed { fault, .. } if fault == three));
    let mut one = builder();
    ingest(text().as_bytes(), FileFormat::Vcf, &columns(), &mut one).unwrap();
    assert!(matches!(
        ingest(text().as_bytes(), FileFormat::Vcf, &columns(), &mut one),
        Err(IngestError::SourceTwice)
    ));
}

#[test]
fn a_file_cut_anywhere_is_rejected() {
    let Some(gz) = bcftools(&["view", "-Oz", "-"], text().as_bytes()) else {
        return;
    };
    let bcf = bcftools(&["view", "-Ob", "-"], text().as_bytes()).unwrap();
    for (bytes, format) in [(gz, FileFormat::Vcf), (bcf, FileFormat::Bcf)] {
        for cut in 0..bytes.len() {
            assert!(
                ingest(&bytes[..cut], format, &columns(), &mut builder()).is_err(),
                "{format:?} {cut}"
            );
        }
        // The file is complete except for the BGZF end-of-file marker.
        let fault = ingest(&bytes[..bytes.len() - 28], format, &columns(), &mut builder()).unwrap_err();
        assert!(
            matches!(
                fault,
                IngestError::Malformed {
                    fault: IngestFault::Truncated,
                    ..
                }
            ),
            "{fault}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn a_file_with_changed_bytes_is_read_or_rejected_without_a_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = text().into_bytes();
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        let _ = ingest(&bytes, FileFormat::Vcf, &columns(), &mut builder());
    }

    #[test]
    fn a_bcf_record_with_changed_bytes_is_read_or_rejected_without_a_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        static PLAIN: std::sync::OnceLock<Option<Vec<u8>>> = std::sync::OnceLock::new();
        // The BCF file is not compressed with BGZF, so that the changes reach the records and do not only break a checksum.
        let plain = PLAIN.get_or_init(|| {
            let gz = bcftools(&["view", "-Ou", "-"], text().as_bytes())?;
            let mut plain = Vec::new();
            let mut reader = noodles::bgzf::io::Reader::new(gz.as_slice());
            std::io::Read::read_to_end(&mut reader, &mut plain).ok()?;
            Some(plain)
        });
        if let Some(plain) = plain {
            let mut bytes = plain.clone();
            let from = bytes.len() - 700;
            for (at, byte) in &changes {
                let at = from + at.index(700);
                bytes[at] = *byte;
            }
            let _ = ingest(&bytes, FileFormat::Bcf, &columns(), &mut builder());
        }
    }

    #[test]
    fn random_bytes_after_a_header_are_read_or_rejected_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = ingest(&[HEAD.as_bytes(), &bytes].concat(), FileFormat::Vcf, &columns(), &mut builder());
        let _ = ingest(&[b"BCF\x02\x02\x10\0\0\0", bytes.as_slice()].concat(), FileFormat::Bcf, &columns(), &mut builder());
    }
}
