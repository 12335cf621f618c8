//! Builds the TBI index of a VCF file with noodles.

use std::io;
use std::path::Path;

use noodles::{tabix, vcf};

/// Builds the TBI index of a BGZF-compressed VCF file that is sorted by position.
///
/// # Errors
/// An I/O error if the file cannot be read, is not sorted, or has a contig that is too long for TBI.
pub fn tbi_of(path: &Path) -> io::Result<Vec<u8>> {
    match vcf::fs::index(path)? {
        vcf::Index::Tabix(index) => {
            let mut writer = tabix::io::Writer::new(Vec::new());
            writer.write_index(&index)?;
            writer.into_inner().finish()
        }
        vcf::Index::Csi(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}
