//! Tests small files that decompress to much data. A process with at most 512 MiB of memory must reject each of these files with a reason.
//! The same process must accept files with the largest real headers.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use gemj_model::Assembly;
use gemj_objects::inspect::{Expected, InspectError, inspect};
use tempfile::TempDir;

use crate::kit::{pipe, run};

/// The limit of a process's address space, in bytes.
const MOST_BYTES: u64 = 512 << 20;

const END_MARKER: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// The end-of-file container of a CRAM 3 file (CRAM 3.1 § 9).
const CRAM_END: [u8; 38] = [
    0x0f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 1, 0, 5, 0xbd, 0xd9, 0x4f, 0, 1, 0, 6, 6, 1, 0, 1, 0,
    1, 0, 0xee, 0x63, 1, 0x4b,
];

/// A BGZF block with this data, written according to SAM specification § 4.1.
fn block(data: &[u8]) -> Vec<u8> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(data).unwrap();
    let body = deflate.finish().unwrap();
    let mut out = vec![0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0];
    out.extend_from_slice(&u16::try_from(body.len() + 25).unwrap().to_le_bytes());
    out.extend_from_slice(&body);
    out.extend_from_slice(&crc32fast::hash(data).to_le_bytes());
    out.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
    out
}

fn blocks(data: &[u8]) -> Vec<u8> {
    data.chunks(60_000).flat_map(block).collect()
}

/// BGZF blocks with `head`, followed by repetitions of `piece` with about `total` uncompressed bytes in total.
fn repeated(head: &[u8], piece: &[u8], total: usize) -> Vec<u8> {
    let many = piece.repeat(60_000 / piece.len());
    let one = block(&many);
    let mut out = blocks(head);
    out.extend(one.repeat(total / many.len()));
    out.extend_from_slice(&END_MARKER);
    out
}

fn le(number: u32) -> [u8; 4] {
    number.to_le_bytes()
}

fn itf8(out: &mut Vec<u8>, value: u32) {
    out.push(0xf0 | (value >> 28) as u8);
    out.extend_from_slice(&[(value >> 20) as u8, (value >> 12) as u8, (value >> 4) as u8, value as u8 & 0x0f]);
}

/// A block of a CRAM 3 file (§ 8). `raw_size` is the uncompressed size that the block states.
fn cram_block(method: u8, kind: u8, id: u32, data: &[u8], raw_size: u32) -> Vec<u8> {
    let mut out = vec![method, kind];
    for value in [id, data.len() as u32, raw_size] {
        itf8(&mut out, value);
    }
    out.extend_from_slice(data);
    let sum = crc32fast::hash(&out);
    out.extend_from_slice(&le(sum));
    out
}

/// A container of a CRAM 3 file (§ 7).
fn cram_container(body: &[u8], records: u32, landmarks: &[u32]) -> Vec<u8> {
    let mut out = le(body.len() as u32).to_vec();
    for value in [u32::MAX, 0, 0, records] {
        itf8(&mut out, value);
    }
    out.extend_from_slice(&[0, 0]);
    itf8(&mut out, 1);
    itf8(&mut out, landmarks.len() as u32);
    for landmark in landmarks {
        itf8(&mut out, *landmark);
    }
    let sum = crc32fast::hash(&out);
    out.extend_from_slice(&le(sum));
    out.extend_from_slice(body);
    out
}

fn gzip_zeros(count: usize) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let piece = vec![0; 1 << 20];
    for _ in 0..count >> 20 {
        gzip.write_all(&piece).unwrap();
    }
    gzip.finish().unwrap()
}

fn cram_start(header_block: &[u8]) -> Vec<u8> {
    let mut out = b"CRAM\x03\x01".to_vec();
    out.extend_from_slice(&[0; 20]);
    out.extend(cram_container(header_block, 0, &[0]));
    out
}

fn plain_cram_start() -> Vec<u8> {
    let text = b"@HD\tVN:1.6\tSO:coordinate\n@RG\tID:a\tSM:s\n";
    let mut content = le(text.len() as u32).to_vec();
    content.extend_from_slice(text);
    cram_start(&cram_block(0, 0, 0, &content, content.len() as u32))
}

/// A CRAM container with one slice of unplaced records. The parameters are the encodings of the data series and the external blocks.
fn cram_slice(series: &[u8], series_count: u8, record_count: u32, externals: &[(u8, u32, Vec<u8>, u32)]) -> Vec<u8> {
    let sized = |map: &[u8]| {
        let mut out = Vec::new();
        itf8(&mut out, map.len() as u32);
        out.extend_from_slice(map);
        out
    };
    let preservation = sized(b"\x02RN\x00TD\x01\x00");
    let mut counted = vec![series_count];
    counted.extend_from_slice(series);
    let header = [preservation, sized(&counted), sized(&[0])].concat();
    let mut body = cram_block(0, 1, 0, &header, header.len() as u32);
    let landmark = body.len() as u32;
    let mut slice = Vec::new();
    for value in [u32::MAX, 0, 0, record_count] {
        itf8(&mut slice, value);
    }
    slice.push(0);
    itf8(&mut slice, externals.len() as u32 + 1);
    itf8(&mut slice, externals.len() as u32);
    for (_, id, ..) in externals {
        itf8(&mut slice, *id);
    }
    itf8(&mut slice, u32::MAX);
    slice.extend_from_slice(&[0; 16]);
    body.extend(cram_block(0, 2, 0, &slice, slice.len() as u32));
    body.extend(cram_block(0, 5, 0, &[], 0));
    for (method, id, data, raw_size) in externals {
        body.extend(cram_block(*method, 4, *id, data, *raw_size));
    }
    cram_container(&body, record_count, &[landmark])
}

/// Encodings of data series that each have one constant value and take no bits: a Huffman code with one symbol.
fn constants(values: &[(&[u8; 2], u8)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in values {
        out.extend_from_slice(*key);
        out.extend_from_slice(&[3, 4, 1, *value, 1, 0]);
    }
    out
}

/// The data series of a record without data: BF 4 (unmapped), CF 8 (no bases), no name and no tag.
const NOTHING: [(&[u8; 2], u8); 8] = [
    (b"BF", 4),
    (b"CF", 8),
    (b"RL", 0),
    (b"AP", 0),
    (b"RG", 0),
    (b"TL", 0),
    (b"NF", 0),
    (b"MQ", 0),
];

/// A file that needs too much memory: its name, its bytes, and the name and bytes of an index that is supplied with the file.
type Bomb = (&'static str, Vec<u8>, Option<(&'static str, Vec<u8>)>);

/// Makes all files that need too much memory.
fn bombs() -> Vec<Bomb> {
    const TWO_GIB: usize = 1 << 31;
    let bam = |text: u32| [b"BAM\x01".as_slice(), &le(text)].concat();
    let vcf = b"##fileformat=VCFv4.2\n";
    let small_vcf = "##fileformat=VCFv4.2\n##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
    let bcf = |text: &str| {
        let head = [b"BCF\x02\x02".as_slice(), &le(text.len() as u32 + 1), text.as_bytes(), b"\0"].concat();
        [blocks(&head), END_MARKER.to_vec()].concat()
    };
    let idx = |line: &str| {
        bcf(&format!(
            "##fileformat=VCFv4.2\n{line}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        ))
    };
    let mut names = String::from("##fileformat=VCFv4.2\n");
    for number in 0..600_000 {
        writeln!(names, "##contig=<ID={number:x}>").unwrap();
    }
    let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
    names.push_str(columns);
    let attributes = format!("##fileformat=VCFv4.2\n##contig=<ID=a{}>\n{columns}", ",a=b".repeat(5 << 20));
    let mut windows = [bam(0), le(100_000).to_vec()].concat();
    for number in 0..100_000 {
        let name = format!("{number:05}\0");
        windows.extend([le(name.len() as u32).to_vec(), name.into_bytes(), le(1 << 29).to_vec()].concat());
    }
    let mut far = Vec::new();
    for number in 0..100_000u32 {
        // A BAM record: length, contig, position, a name of one byte, no CIGAR, flags, no sequence, no mate.
        let fields = [
            le(34),
            le(number),
            le((1 << 29) - 2),
            [2, 0, 0, 0],
            [0, 0, 0, 0],
            le(0),
            le(u32::MAX),
            le(u32::MAX),
            le(0),
        ];
        far.extend(fields.concat());
        far.extend_from_slice(b"q\0");
    }
    let small_bam = || {
        let sam = b"@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:one\tLN:1000\n@RG\tID:a\tSM:s\nq\t0\tone\t5\t9\t4M\t*\t0\t0\tACGT\t*\tRG:Z:a\n";
        pipe("samtools", &["view", "-b", "--no-PG", "-"], sam)
    };
    let quarter = 1 << 28;
    vec![
        ("text.bam", repeated(&bam(i32::MAX.cast_unsigned()), &[0; 60_000], TWO_GIB), None),
        (
            "contigs.bam",
            repeated(
                &[bam(0), le(i32::MAX.cast_unsigned()).to_vec()].concat(),
                b"\x02\0\0\0a\0\x09\0\0\0",
                TWO_GIB / 2,
            ),
            None,
        ),
        (
            "name.bam",
            repeated(
                &[bam(0), le(1).to_vec(), le(i32::MAX.cast_unsigned()).to_vec()].concat(),
                b"abcd",
                TWO_GIB,
            ),
            None,
        ),
        ("groups.bam", repeated(&bam(30 << 20), b"@RG\tID:a\tSM:b\n", 40 << 20), None),
        ("windows.bam", [blocks(&windows), blocks(&far), END_MARKER.to_vec()].concat(), None),
        ("lines.vcf.gz", repeated(vcf, b"##a=b\n", TWO_GIB), None),
        ("line.vcf.gz", repeated(&[vcf.as_slice(), b"##"].concat(), b"aaaa", TWO_GIB), None),
        (
            "columns.vcf.gz",
            repeated(
                &[vcf.as_slice(), b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"].concat(),
                b"ab\t",
                TWO_GIB,
            ),
            None,
        ),
        (
            "attributes.vcf.gz",
            [blocks(attributes.as_bytes()), END_MARKER.to_vec()].concat(),
            None,
        ),
        ("contigs.vcf.gz", [blocks(names.as_bytes()), END_MARKER.to_vec()].concat(), None),
        (
            "text.bcf",
            repeated(
                &[b"BCF\x02\x02".as_slice(), &le(i32::MAX.cast_unsigned())].concat(),
                b"##a=b\n",
                TWO_GIB,
            ),
            None,
        ),
        ("contig-number.bcf", idx("##contig=<ID=a,IDX=1073741824>"), None),
        (
            "name-number.bcf",
            idx("##INFO=<ID=a,Number=1,Type=Integer,Description=\"a\",IDX=1073741824>"),
            None,
        ),
        (
            "number-within-an-i32.bcf",
            idx("##INFO=<ID=a,Number=1,Type=Integer,Description=\"a\",IDX=1000000>"),
            None,
        ),
        ("text.cram", cram_start(&cram_block(1, 0, 0, &gzip_zeros(1 << 30), 1 << 30)), None),
        (
            "text-that-lies.cram",
            cram_start(&cram_block(1, 0, 0, &gzip_zeros(1 << 30), 1000)),
            None,
        ),
        ("container.cram", [cram_start(&[]), Vec::new()].concat(), None),
        (
            "compression-header.cram",
            [
                plain_cram_start(),
                cram_container(&cram_block(1, 1, 0, &gzip_zeros(1 << 30), 1 << 30), 1, &[1]),
            ]
            .concat(),
            None,
        ),
        (
            "external-block.cram",
            [
                plain_cram_start(),
                cram_slice(&constants(&NOTHING), 8, 1, &[(1, 1, gzip_zeros(1 << 30), 1 << 30)]),
            ]
            .concat(),
            None,
        ),
        (
            "records-of-nothing.cram",
            [plain_cram_start(), cram_slice(&constants(&NOTHING), 8, 1 << 24, &[])].concat(),
            None,
        ),
        (
            "rans-size.cram",
            [
                plain_cram_start(),
                cram_slice(&constants(&NOTHING), 8, 1, &[(5, 1, rans_of_one_letter(), 1000)]),
            ]
            .concat(),
            None,
        ),
        (
            "rans4x8-size.cram",
            [
                plain_cram_start(),
                cram_slice(&constants(&NOTHING), 8, 1, &[(4, 1, rans4x8_of_one_letter(), 1000)]),
            ]
            .concat(),
            None,
        ),
        (
            "names.cram",
            [
                plain_cram_start(),
                cram_slice(&constants(&NOTHING), 8, 1, &[(8, 1, many_names(), 50_000_000)]),
            ]
            .concat(),
            None,
        ),
        (
            "index.bam",
            small_bam(),
            Some((
                "index.bam.bai",
                [b"BAI\x01".as_slice(), &le(i32::MAX.cast_unsigned()), &vec![0; 64 << 20]].concat(),
            )),
        ),
        (
            "index-unpacked.bam",
            small_bam(),
            Some(("index-unpacked.bam.csi", repeated(b"CSI\x01", &[0; 60_000], TWO_GIB))),
        ),
        ("index-large.bam", small_bam(), Some(("index-large.bam.bai", vec![0; quarter]))),
        (
            "index.vcf.gz",
            [blocks(small_vcf.as_bytes()), END_MARKER.to_vec()].concat(),
            Some(("index.vcf.gz.tbi", repeated(b"TBI\x01", b"a\0", TWO_GIB))),
        ),
    ]
}

/// A rANS Nx16 stream (order 0) that decompresses to 2^32 - 1 copies of one letter: alphabet `a`, its frequency, four states.
fn rans_of_one_letter() -> Vec<u8> {
    let mut out = vec![0, 0x8f, 0xff, 0xff, 0xff, 0x7f, b'a', 0, 0xa0, 0];
    out.extend([0, 0x80, 0, 0].repeat(4));
    out
}

/// A rANS 4x8 stream (order 0) that decompresses to 2^31 - 1 copies of one letter.
fn rans4x8_of_one_letter() -> Vec<u8> {
    let body = [&[b'a', 0x8f, 0xff, 0][..], &[0, 0, 0x80, 0].repeat(4)].concat();
    [&[0][..], &le(body.len() as u32), &le(i32::MAX.cast_unsigned()), &body].concat()
}

/// The header of a name tokeniser stream that states fifty million names with one byte each.
fn many_names() -> Vec<u8> {
    [&le(50_000_000)[..], &le(50_000_000), &[0, 0, 3, 0x10, b'a', 0]].concat()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Inspects a file in a separate process. Returns the printed outcome and the maximum memory of the process in MiB.
fn inspected(path: &Path, index: Option<&Path>) -> (String, u64) {
    let mut command = Command::new("prlimit");
    command.arg(format!("--as={MOST_BYTES}")).arg(std::env::current_exe().unwrap());
    command.args([
        "header_bombs::one_file_by_itself",
        "--exact",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env("GEMJ_INSPECTED", path).env("RUST_BACKTRACE", "0");
    if let Some(index) = index {
        command.env("GEMJ_INSPECTED_INDEX", index);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find_map(|line| line.split_once("OUTCOME "))
        .map(|(_, line)| line.to_owned());
    let line = line.unwrap_or_else(|| panic!("{}: {text}{}", path.display(), String::from_utf8_lossy(&output.stderr)));
    let (peak, outcome) = line.split_once(' ').unwrap();
    (outcome.to_owned(), peak.parse().unwrap())
}

#[test]
#[ignore = "run by other tests in a separate process"]
fn one_file_by_itself() {
    let Some(path) = std::env::var_os("GEMJ_INSPECTED") else { return };
    let index = std::env::var_os("GEMJ_INSPECTED_INDEX").map(PathBuf::from);
    let assembly = Assembly::GRCh38;
    let outcome = match inspect(Path::new(&path), index.as_deref(), Expected { format: None, assembly }) {
        Ok(found) => format!("accepted: {} contigs, {} samples", found.contigs.len(), found.samples.len()),
        Err(error @ (InspectError::TooMuch { .. } | InspectError::IndexMismatch { .. })) => format!("too much: {error}"),
        Err(error) => format!("refused: {error}"),
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    println!("OUTCOME {} {outcome}", peak / 1024);
}

#[test]
fn a_small_file_that_claims_gigabytes_is_rejected_within_half_a_gibibyte() {
    let scratch = TempDir::new().unwrap();
    // If `GEMJ_BOMBS_DIR` is set, the files are kept, so that the whole load command can be measured with them.
    let folder = std::env::var_os("GEMJ_BOMBS_DIR").map_or_else(|| scratch.path().to_owned(), PathBuf::from);
    for (name, bytes, index) in bombs() {
        let path = write(&folder, name, &bytes);
        let index = index.map(|(name, bytes)| write(&folder, name, &bytes));
        let (outcome, peak) = inspected(&path, index.as_deref());
        println!("{name}: {} KiB, {peak} MiB: {outcome}", bytes.len() / 1024);
        // Some files also have another fault, which inspection may find before it finds the excessive size.
        let broken_first = [
            "attributes.vcf.gz",
            "text-that-lies.cram",
            "container.cram",
            "rans-size.cram",
            "rans4x8-size.cram",
        ];
        let expected = if broken_first.contains(&name) { "refused: " } else { "too much: " };
        assert!(outcome.starts_with(expected), "{name}: {outcome}");
    }
}

#[test]
fn a_joint_file_of_a_hundred_thousand_participants_and_every_contig_of_hs38dh_load() {
    let scratch = TempDir::new().unwrap();
    let mut vcf = String::from("##fileformat=VCFv4.2\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n");
    for contig in 0..3366 {
        writeln!(
            vcf,
            "##contig=<ID=chrUn_KN70{contig:04}v1_decoy,length={},assembly=GRCh38>",
            1000 + contig
        )
        .unwrap();
    }
    let mut columns = String::from("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
    let mut line = String::from("chrUn_KN700007v1_decoy\t5\t.\tA\tC\t.\t.\t.\tGT");
    for person in 0..100_000 {
        writeln!(
            vcf,
            "##SAMPLE=<ID=GEMJ-2026-{person:08}-B1,Assay=WholeGenome,Disease=None,Description=\"Germline sample of a participant\">"
        )
        .unwrap();
        write!(columns, "\tGEMJ-2026-{person:08}-B1").unwrap();
        line.push_str("\t0/1");
    }
    writeln!(vcf, "{columns}\n{line}").unwrap();
    let path = write(scratch.path(), "joint.vcf", vcf.as_bytes());
    for (name, kind) in [("joint.vcf.gz", "-Oz"), ("joint.bcf", "-Ob")] {
        let made = scratch.path().join(name);
        run(
            "bcftools",
            &["view", "--no-version", kind, "-o", made.to_str().unwrap(), path.to_str().unwrap()],
        );
        let (outcome, peak) = inspected(&made, None);
        println!("{name}: {peak} MiB: {outcome}");
        assert_eq!(outcome, "accepted: 3366 contigs, 100000 samples", "{name}");
    }
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n");
    for contig in 0..3366 {
        writeln!(
            sam,
            "@SQ\tSN:HLA-DRB1*15:03:01:{contig:04}\tLN:{}\tM5:{contig:032x}\tUR:file:/references/hs38DH.fa",
            1000 + contig
        )
        .unwrap();
    }
    for lane in 0..2000 {
        writeln!(sam, "@RG\tID:lane-{lane}\tSM:s\tPL:ILLUMINA").unwrap();
        writeln!(
            sam,
            "@PG\tID:bwa.{lane}\tPN:bwa\tVN:0.7.17\tCL:bwa mem -K 100000000 -t 32 -Y hs38DH.fa lane-{lane}_1.fq.gz lane-{lane}_2.fq.gz"
        )
        .unwrap();
    }
    sam.push_str("q\t0\tHLA-DRB1*15:03:01:0003\t5\t9\t4M\t*\t0\t0\tACGT\tIIII\tRG:Z:lane-7\n");
    for (name, format) in [
        ("reads.bam", "bam"),
        ("reads.cram", "cram,no_ref=1,version=3.0"),
        ("reads31.cram", "cram,no_ref=1,version=3.1"),
    ] {
        let made = write(
            scratch.path(),
            name,
            &pipe("samtools", &["view", "--no-PG", "-O", format, "-"], sam.as_bytes()),
        );
        let (outcome, peak) = inspected(&made, None);
        println!("{name}: {peak} MiB: {outcome}");
        assert_eq!(outcome, "accepted: 3366 contigs, 1 samples", "{name}");
    }
}

/// A container as made by [`cram_slice`], but with several slices. Each slice has one record without data, one uncompressed block of
/// `stored` bytes, and one gzip block that decompresses to `unpacked` bytes.
fn large_container(slices: usize, stored: usize, unpacked: usize) -> Vec<u8> {
    let sized = |map: &[u8]| {
        let mut out = Vec::new();
        itf8(&mut out, map.len() as u32);
        out.extend_from_slice(map);
        out
    };
    let preservation = sized(b"\x02RN\x00TD\x01\x00");
    let mut counted = vec![8];
    counted.extend_from_slice(&constants(&NOTHING));
    let header = [preservation, sized(&counted), sized(&[0])].concat();
    let mut body = cram_block(0, 1, 0, &header, header.len() as u32);
    let (mut landmarks, zeros) = (Vec::new(), gzip_zeros(unpacked));
    for _ in 0..slices {
        landmarks.push(body.len() as u32);
        let mut slice = Vec::new();
        for value in [u32::MAX, 0, 0, 1] {
            itf8(&mut slice, value);
        }
        slice.push(0);
        for value in [3, 2, 1, 2, u32::MAX] {
            itf8(&mut slice, value);
        }
        slice.extend_from_slice(&[0; 16]);
        body.extend(cram_block(0, 2, 0, &slice, slice.len() as u32));
        body.extend(cram_block(0, 5, 0, &[], 0));
        body.extend(cram_block(0, 4, 1, &vec![b'a'; stored], stored as u32));
        body.extend(cram_block(1, 4, 2, &zeros, unpacked as u32));
    }
    cram_container(&body, slices as u32, &landmarks)
}

#[test]
fn a_container_of_tens_of_megabytes_is_read_or_rejected_within_half_a_gibibyte() {
    let scratch = TempDir::new().unwrap();
    let with = |container: Vec<u8>| [plain_cram_start(), container, CRAM_END.to_vec()].concat();
    let mib = 1 << 20;
    // Twelve slices whose total uncompressed size is far more than half a gibibyte, although each slice is within the limit.
    let slices = with(large_container(12, 4 * mib, 100 * mib));
    // A large container with one slice whose uncompressed size exceeds the limit.
    let slice = with(large_container(1, 60 * mib, 200 * mib));
    // A large container with records that need far more memory than their encoded size.
    let records = with(cram_slice(
        &constants(&NOTHING),
        8,
        1 << 21,
        &[(0, 1, vec![b'a'; 60 * mib], 60 * mib as u32)],
    ));
    // A container that is larger than the limit, and a small container that only states this size.
    let container = with(cram_slice(
        &constants(&NOTHING),
        8,
        1,
        &[(0, 1, vec![b'a'; 70 * mib], 70 * mib as u32)],
    ));
    let mut claims = plain_cram_start();
    claims.extend_from_slice(&container[claims.len()..claims.len() + 4096]);
    let mut claims_within = plain_cram_start();
    claims_within.extend_from_slice(&slice[claims_within.len()..claims_within.len() + 4096]);
    for (name, bytes, expected) in [
        ("slices.cram", slices, "accepted: "),
        ("slice.cram", slice, "too much: "),
        ("records.cram", records, "too much: "),
        ("container-of-70-mib.cram", container, "too much: "),
        ("claims-70-mib.cram", claims, "too much: "),
        ("claims-60-mib.cram", claims_within, "refused: "),
    ] {
        let path = write(scratch.path(), name, &bytes);
        let (outcome, peak) = inspected(&path, None);
        println!("{name}: {} MiB, {peak} MiB held: {outcome}", bytes.len() / mib);
        assert!(outcome.starts_with(expected), "{name}: {outcome}");
    }
}
