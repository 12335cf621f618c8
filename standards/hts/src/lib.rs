//! The file formats of sequencing: BGZF, BAM, CRAM, VCF and BCF, their headers and their indexes. Readers and writers over bytes.
//!
//! The crate does no network I/O and knows nothing of the gateway. It reads all files that the specifications of samtools/hts-specs allow,
//! within the limits of [`limits`]. Bytes from outside are never trusted: a broken file gives a [`error::FormatError`] and never a panic.

pub mod bam;
pub mod bcf;
pub mod bgzf;
pub mod binning;
pub mod cram;
pub mod error;
pub mod fields;
pub mod limits;
pub mod read_fields;
pub mod reference;
pub mod regions;
pub mod sam_header;
pub mod vcf;
