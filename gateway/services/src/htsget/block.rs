//! The data block behind a ticket: its slice, opened under a Grant that was decided anew.

use ga4gh_htsget::{Format, HtsgetError};
use gemj_access::{Grant, Payload};
use gemj_model::{Contig, DataObject, FileFormat, Interval, ZeroBased};
use gemj_objects::{Class, SliceRegion, SliceRequest, SliceStream};

use super::ticket::slice_error;
use crate::stores::Stores;

/// A slice about to be streamed.
pub struct OpenedBlock {
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub stream: SliceStream,
}

/// Opens the slice that a capability describes.
///
/// # Errors
/// An unknown reference, a reference sequence that is needed and absent, or a store's failure.
pub async fn block(stores: &Stores, grant: &Grant, object: &DataObject, payload: &Payload) -> Result<OpenedBlock, HtsgetError> {
    let Payload::Slice { class, regions } = payload else {
        return Err(HtsgetError::NotFound(ga4gh_htsget::Missing::Path));
    };
    let class = match class.as_deref() {
        None => None,
        Some("header") => Some(Class::Header),
        Some("body") => Some(Class::Body),
        Some(_) => return Err(HtsgetError::NotFound(ga4gh_htsget::Missing::Path)),
    };
    let request = SliceRequest {
        class,
        regions: regions_of(regions),
        ..SliceRequest::default()
    };
    let stream = stores.objects.slice(grant, object, &request).await.map_err(slice_error)?;
    Ok(OpenedBlock {
        media_type: media_type(object.format),
        stream,
    })
}

/// A capability's regions as the slicer takes them; `*` is reads without a position.
#[must_use]
pub fn regions_of(regions: &[(String, u64, Option<u64>)]) -> Vec<SliceRegion> {
    regions
        .iter()
        .map(|(name, start, end)| match name.as_str() {
            "*" => SliceRegion::Unplaced,
            _ => SliceRegion::Contig {
                contig: Contig(name.clone()),
                interval: Interval {
                    start: ZeroBased(*start),
                    end: end.map(ZeroBased),
                },
            },
        })
        .collect()
}

fn media_type(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Bam => Format::Bam.media_type(),
        FileFormat::Cram => Format::Cram.media_type(),
        FileFormat::Vcf => Format::Vcf.media_type(),
        FileFormat::Bcf => Format::Bcf.media_type(),
    }
}
