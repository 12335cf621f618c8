//! Determines the amount of a read file's data on each contig from the file's index.

use std::collections::HashMap;

use gemj_model::{Contig, FileFormat};
use hts_formats::binning::read_index;
use hts_formats::cram::crai::Crai;

use super::Inspection;

/// The unit of the amounts that [`contig_amounts`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The number of mapped reads, from the pseudo-bin of a BAI or CSI index (SAM specification § 5.2), as `samtools idxstats` prints it.
    MappedReads,
    /// The number of compressed bytes in the CRAM slices whose reads are all on this contig. A CRAM index (CRAM 3.1 § 12) contains no
    /// counts of reads.
    SliceBytes,
}

/// The amount of a file's data on one contig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContigAmount {
    /// The name of the contig, as spelled in the file.
    pub contig: Contig,
    /// The length of the contig in bases; absent if the header does not state it.
    pub length_bases: Option<u64>,
    /// The amount of data, in the unit of the [`Measure`].
    pub amount: u64,
}

/// Returns the amount of a read file's data on each contig of its header, in the header's order, and the unit of the amounts. Absent for a
/// variant file, and if the index cannot be read.
#[must_use]
pub fn contig_amounts(inspection: &Inspection) -> Option<(Measure, Vec<ContigAmount>)> {
    let (measure, amounts) = match inspection.format {
        FileFormat::Bam => {
            let index = read_index(&inspection.index.bytes).ok()?;
            // A contig without reads has no pseudo-bin. An index without any pseudo-bin has no reads.
            let counts: Vec<u64> = index.references.iter().map(|r| r.counts.map_or(0, |c| c.mapped)).collect();
            (Measure::MappedReads, counts)
        }
        FileFormat::Cram => {
            let index = Crai::parse(&inspection.index.bytes).ok()?;
            let mut contigs_of: HashMap<(u64, u64), u32> = HashMap::new();
            for line in &index.lines {
                *contigs_of.entry((line.container, line.landmark)).or_default() += 1;
            }
            let mut bytes = vec![0; inspection.contigs.len()];
            for line in &index.lines {
                let alone = contigs_of.get(&(line.container, line.landmark)) == Some(&1);
                let contig = usize::try_from(line.contig).ok().and_then(|contig| bytes.get_mut(contig));
                if let (true, Some(total)) = (alone, contig) {
                    *total += line.slice_bytes;
                }
            }
            (Measure::SliceBytes, bytes)
        }
        FileFormat::Vcf | FileFormat::Bcf => return None,
    };
    let told = inspection.contigs.iter().zip(amounts.into_iter().chain(std::iter::repeat(0)));
    let told = told.map(|(contig, amount)| ContigAmount {
        contig: contig.name.clone(),
        length_bases: contig.length_bases,
        amount,
    });
    Some((measure, told.collect()))
}
