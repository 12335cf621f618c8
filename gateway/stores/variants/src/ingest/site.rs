//! The alleles of one record, and their carriers on the way to the builder.

use gemj_model::{Allele, Contig, OneBased, Ordinal, Zygosity};

use super::genotype::{Call, carried};
use super::report::{IngestReport, SkipReason};
use crate::builder::{BuildError, SegmentBuilder, SourceNumber};

/// The record being read. Its buffers live as long as the file.
#[derive(Debug)]
pub(super) struct Site {
    contig: Contig,
    alleles: Vec<Option<Allele>>,
    carriers: Vec<Vec<(Ordinal, Zygosity)>>,
}

/// What INFO says of a symbolic allele's extent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// INFO/END, 1-based inclusive.
    pub(super) end: Option<u64>,
    /// INFO/SVLEN of the allele, without its sign.
    pub(super) length: Option<u64>,
}

impl Extent {
    /// The last base of the event. With several alternatives one END cannot be right for all, so each allele's own length stands
    /// before it.
    fn last_base(self, position: u64, alternates: usize) -> Option<OneBased> {
        let from_length = self.length.filter(|l| *l > 0).and_then(|length| position.checked_add(length));
        let last = if alternates > 1 {
            from_length.or(self.end)
        } else {
            self.end.or(from_length)
        };
        last.map(OneBased)
    }
}

impl Site {
    pub(super) fn new() -> Self {
        Self {
            contig: Contig(String::new()),
            alleles: Vec::new(),
            carriers: Vec::new(),
        }
    }

    /// Begins a record.
    pub(super) fn begin(&mut self, contig: &str) {
        if self.contig.as_str() != contig {
            self.contig = Contig(contig.to_owned());
        }
        self.alleles.clear();
        self.carriers.iter_mut().for_each(Vec::clear);
    }

    /// Adds the record's next alternative allele, of `alternates`.
    pub(super) fn alternate(
        &mut self,
        position: u64,
        reference: &str,
        alternate: &str,
        extent: Extent,
        alternates: usize,
        report: &mut IngestReport,
    ) {
        let end = extent.last_base(position, alternates);
        let allele = Allele::from_vcf(&self.contig, OneBased(position), reference, alternate, end);
        self.alleles.push(match allele {
            Ok(mut allele) => {
                if allele.is_symbolic_insertion() {
                    allele.inserted = extent.length.filter(|length| *length > 0);
                }
                Some(allele)
            }
            Err(reason) => {
                report.skip(SkipReason::from(reason));
                None
            }
        });
        if self.carriers.len() < self.alleles.len() {
            self.carriers.push(Vec::new());
        }
    }

    /// Whether some allele of the record can be carried.
    pub(super) fn has_alleles(&self) -> bool {
        self.alleles.iter().any(Option::is_some)
    }

    /// Takes one participant's genotype. The calls name alleles that the record has.
    pub(super) fn genotype(&mut self, ordinal: Ordinal, calls: &[Call]) {
        carried(calls, |number, zygosity| {
            let index = number as usize - 1;
            if self.alleles.get(index).is_some_and(Option::is_some) {
                self.carriers[index].push((ordinal, zygosity));
            }
        });
    }

    /// Ends the record.
    pub(super) fn finish(
        &mut self,
        source: SourceNumber,
        builder: &mut SegmentBuilder,
        report: &mut IngestReport,
    ) -> Result<(), BuildError> {
        for (allele, carriers) in self.alleles.iter().zip(&self.carriers) {
            if let (Some(allele), false) = (allele, carriers.is_empty()) {
                builder.add_carriers(allele, source, carriers)?;
                report.alleles += 1;
                report.entries += carriers.len() as u64;
            }
        }
        Ok(())
    }
}
