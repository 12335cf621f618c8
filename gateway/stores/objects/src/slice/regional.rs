//! What a Grant that is limited to regions opens of a file.
//!
//! Each stretch that is asked for must lie in the Grant's regions. A record that overlaps it is given whole, as everywhere in htsget: a read,
//! a deletion or a mate's position may tell of bases beyond. What is to be kept apart further needs a margin in the approval.

use gemj_access::GrantedRegions;
use gemj_model::{DataObject, Interval, ZeroBased};

use super::opened::Opened;
use super::request::SliceRegion;
use crate::error::SliceError;

/// The stretches asked for, none of them reaching beyond its contig's end as the file's header has it: what a file holds behind the end of a
/// contig is in no region.
///
/// # Errors
/// [`SliceError::OutsideRegions`] for a stretch that is not within the regions, for one without an end on a contig whose length the header
/// does not say, and for what lies in no region at all: the whole file, reads without a position.
pub(crate) fn within(
    granted: &GrantedRegions,
    object: &DataObject,
    opened: &Opened,
    asked: &[SliceRegion],
) -> Result<Vec<SliceRegion>, SliceError> {
    if asked.is_empty() {
        return Err(SliceError::OutsideRegions);
    }
    asked.iter().map(|region| one(granted, object, opened, region)).collect()
}

/// The stretches asked for, none of them reaching beyond its contig's end where the file's header says it: a view is paid for by the base, and
/// what a file holds behind the end would cost nothing.
pub(crate) fn before_the_end(opened: &Opened, asked: &[SliceRegion]) -> Vec<SliceRegion> {
    let clipped = |region: &SliceRegion| match region {
        SliceRegion::Contig { contig, interval } => SliceRegion::Contig {
            contig: contig.clone(),
            interval: Interval {
                start: interval.start,
                end: interval
                    .end
                    .into_iter()
                    .chain(opened.contig_length(contig.as_str()).map(ZeroBased))
                    .min(),
            },
        },
        SliceRegion::Unplaced => SliceRegion::Unplaced,
    };
    asked.iter().map(clipped).collect()
}

fn one(granted: &GrantedRegions, object: &DataObject, opened: &Opened, asked: &SliceRegion) -> Result<SliceRegion, SliceError> {
    let SliceRegion::Contig { contig, interval } = asked else {
        return Err(SliceError::OutsideRegions);
    };
    let length = opened.contig_length(contig.as_str()).map(ZeroBased);
    let end = interval.end.into_iter().chain(length).min().ok_or(SliceError::OutsideRegions)?;
    if !granted.covers(object.assembly, contig, interval.start, end) {
        return Err(SliceError::OutsideRegions);
    }
    Ok(SliceRegion::Contig {
        contig: contig.clone(),
        interval: Interval {
            start: interval.start,
            end: Some(end),
        },
    })
}
