//! Limits slices to the regions of a Grant.
//!
//! Each requested region must be inside the Grant's regions. A record that overlaps a requested region is returned completely, as always in
//! htsget. A read, a deletion or the position of a mate can therefore reveal bases outside the region. If this must be prevented, the
//! regions of the approval must leave a margin around the protected bases.

use gemj_access::GrantedRegions;
use gemj_model::{DataObject, Interval, ZeroBased};

use super::opened::Opened;
use super::request::SliceRegion;
use crate::error::SliceError;

/// Returns the requested regions, each ended at the contig's end if the file's header states the contig's length. Data behind a contig's
/// end is in no region.
///
/// # Errors
/// [`SliceError::OutsideRegions`] for:
/// * a requested region that is not inside the Grant's regions;
/// * a region without an end on a contig whose length the header does not state;
/// * a request that is not for regions of contigs: the whole file, or reads without a position.
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

/// Returns the requested regions, each ended at the contig's end if the file's header states the contig's length. The budget of the
/// delivery `region-view` is counted in bases of regions, and data behind the contig's end would not be counted.
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
