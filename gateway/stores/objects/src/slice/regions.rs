//! Finds the contigs of requested regions in a file.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use hts_formats::regions::RegionSet;

use super::SliceRegion;
use crate::error::SliceError;

/// The requested records: all records, or the records of regions by contig number and optionally the unplaced reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Every record.
    Everything,
    /// The records of these regions.
    Some(RegionSet),
}

impl Wanted {
    /// Finds the regions' contigs. `number_of` returns a name's number, `None` for a name that the file does not know, and `Some(None)` for
    /// a known contig without records.
    pub(crate) fn resolve(
        regions: &[SliceRegion],
        are_reads: bool,
        number_of: impl Fn(&str) -> Option<Option<usize>>,
    ) -> Result<Self, SliceError> {
        if regions.is_empty() {
            return Ok(Self::Everything);
        }
        let (mut stretches, mut unplaced) = (Vec::new(), false);
        // A request can name a few of thousands of contigs in thousands of regions, so each name is resolved once.
        let mut numbers: HashMap<&str, Option<usize>> = HashMap::new();
        for region in regions {
            match region {
                SliceRegion::Unplaced if are_reads => unplaced = true,
                SliceRegion::Unplaced => return Err(SliceError::NotReads),
                SliceRegion::Contig { contig, interval } => {
                    let number = match numbers.entry(contig.as_str()) {
                        Entry::Occupied(entry) => *entry.get(),
                        Entry::Vacant(entry) => *entry.insert(number_of(contig.as_str()).ok_or(SliceError::UnknownContig)?),
                    };
                    if let Some(number) = number {
                        stretches.push((number, interval.start.0, interval.end.map_or(u64::MAX, |end| end.0)));
                    }
                }
            }
        }
        Ok(Self::Some(RegionSet::new(stretches, unplaced)))
    }
}
