//! Translates the contig names of requested regions into the file's contig numbers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use hts_formats::regions::RegionSet;

use super::SliceRegion;
use crate::error::SliceError;

/// The records that a request selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Every record of the file.
    Everything,
    /// The records that overlap these regions (by contig number), and the unplaced reads if the set includes them.
    Some(RegionSet),
}

impl Wanted {
    /// Translates regions into contig numbers. Without regions, the whole file is requested. `number_of` returns the number of a contig by
    /// its name. It returns `None` if the file does not know the name, and `Some(None)` if the contig is known but has no records.
    pub(crate) fn resolve(
        regions: &[SliceRegion],
        are_reads: bool,
        number_of: impl Fn(&str) -> Option<Option<usize>>,
    ) -> Result<Self, SliceError> {
        if regions.is_empty() {
            return Ok(Self::Everything);
        }
        let (mut stretches, mut unplaced) = (Vec::new(), false);
        // A request can have thousands of regions on a few contigs, and a file can have thousands of contigs. Each name is therefore looked
        // up only once.
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
