//! Small genomic files for tests, built from the format specifications without a library.

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};

use super::bgzf::END;

/// One file of each format, each with this number of records.
pub(crate) fn all(record_count: usize) -> [(&'static str, Vec<u8>); 4] {
    [
        ("BAM", bam(record_count)),
        ("BCF", bcf(record_count)),
        ("CRAM", cram(record_count)),
        ("VCF", vcf(record_count)),
    ]
}

/// Compresses data with BGZF in blocks of 40 bytes, so that records span blocks, and adds the end marker.
pub(crate) fn bgzf(data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    for chunk in data.chunks(40) {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(chunk).unwrap();
        let compressed = encoder.finish().unwrap();
        file.extend([0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, b'B', b'C', 2, 0]);
        file.extend(u16::try_from(compressed.len() + 25).unwrap().to_le_bytes());
        file.extend(compressed);
        let mut sum = flate2::Crc::new();
        sum.update(chunk);
        file.extend(sum.sum().to_le_bytes());
        file.extend(u32::try_from(chunk.len()).unwrap().to_le_bytes());
    }
    file.extend(END);
    file
}

/// A BAM file with one reference sequence and this number of records.
pub(crate) fn bam(record_count: usize) -> Vec<u8> {
    let mut data = b"BAM\x01".to_vec();
    let text = b"@SQ\tSN:chr1\tLN:1000\n";
    data.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    data.extend(text);
    data.extend(1_u32.to_le_bytes());
    data.extend(5_u32.to_le_bytes());
    data.extend(b"chr1\0");
    data.extend(1000_u32.to_le_bytes());
    for _ in 0..record_count {
        data.extend(34_u32.to_le_bytes());
        data.extend([0; 34]);
    }
    bgzf(&data)
}

/// A BCF file with this number of records.
pub(crate) fn bcf(record_count: usize) -> Vec<u8> {
    let mut data = b"BCF\x02\x02".to_vec();
    let text = b"##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n\0";
    data.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    data.extend(text);
    for _ in 0..record_count {
        data.extend(28_u32.to_le_bytes());
        data.extend(2_u32.to_le_bytes());
        data.extend([0; 30]);
    }
    bgzf(&data)
}

/// A plain VCF file with this number of records.
pub(crate) fn vcf(record_count: usize) -> Vec<u8> {
    let mut text = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n".to_owned();
    for place in 1..=record_count {
        text.push_str(&format!("chr1\t{place}\t.\tA\tC\t.\t.\t.\n"));
    }
    text.into_bytes()
}

/// A CRAM file whose containers state this number of records in total.
pub(crate) fn cram(record_count: usize) -> Vec<u8> {
    let mut file = b"CRAM\x03\x00".to_vec();
    file.extend([7; 20]);
    file.extend(container(&[0; 10], 0, 0));
    file.extend(container(&[9; 6], u8::try_from(record_count).unwrap(), 0));
    file.extend(super::cram::END);
    file
}

fn container(blocks: &[u8], record_count: u8, start: u8) -> Vec<u8> {
    let mut bytes = u32::try_from(blocks.len()).unwrap().to_le_bytes().to_vec();
    // The fields are reference, start, span, records, record counter, bases, blocks, landmarks.
    bytes.extend([0, start, 0, record_count, 0, 0, 1, 1, 0]);
    let mut sum = flate2::Crc::new();
    sum.update(&bytes);
    bytes.extend(sum.sum().to_le_bytes());
    bytes.extend(blocks);
    bytes
}
