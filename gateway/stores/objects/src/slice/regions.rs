//! Regions against a file's contigs.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use hts_formats::regions::RegionSet;

use super::SliceRegion;
use crate::error::SliceError;

/// What to take of a file: everything, or stretches by contig number and perhaps the unplaced reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Every record.
    Everything,
    /// Records of some stretches.
    Some(RegionSet),
}

impl Wanted {
    /// Finds the regions' contigs. `number_of` gives a name's number, `None` for a name that the file does not know, and
    /// `Some(None)` for a contig that is known and has no record.
    pub(crate) fn resolve(
        regions: &[SliceRegion],
        are_reads: bool,
        number_of: impl Fn(&str) -> Option<Option<usize>>,
    ) -> Result<Self, SliceError> {
        if regions.is_empty() {
            return Ok(Self::Everything);
        }
        let (mut stretches, mut unplaced) = (Vec::new(), false);
        // Thousands of regions name a few contigs out of thousands.
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
