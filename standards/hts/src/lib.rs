//! The file formats of sequencing: BGZF, BAM, CRAM, VCF and BCF, their headers and their indexes. Readers and writers over bytes.
//!
//! The crate does no network I/O and knows nothing of the gateway. It reads BAM, CRAM 3.0 and 3.1, VCF 4.x and BCF 2.2 as samtools/hts-specs
//! specifies them, within the limits of [`limits`]. A rare feature that the crate does not support gives [`error::FormatError::Unsupported`].
//! Bytes from outside are never trusted: a broken file gives a [`error::FormatError`]. This code does not panic, but the CRAM codecs of
//! noodles can.

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
