//! `GET|POST /reads/{id}`, `/variants/{id}`: a ticket whose one block is the exact slice.

use ga4gh_htsget::{Blocks, DataBlock, Endpoint, Format, HtsgetError, Missing, Query, Region, RequestedClass, Ticket};
use gemj_access::{Caller, Capability, CapabilityKey, Grant, Payload};
use gemj_model::{DataKind, DataObject, FileFormat, Timestamp};
use gemj_objects::{Class, SliceError};

use super::block::regions_of;
use crate::stores::Stores;

/// What a ticket is made with.
#[derive(Clone, Copy, Debug)]
pub struct TicketTerms<'a> {
    /// The key that signs block URLs.
    pub key: &'a CapabilityKey,
    /// The address of the blocks, without a slash at its end.
    pub blocks_url: &'a str,
    /// The last instant of the ticket's URLs.
    pub not_after: Timestamp,
    /// Whether the client named a format. One that did not takes the file as it is stored.
    pub format_named: bool,
}

/// Makes the ticket for a query on a file.
///
/// # Errors
/// Another kind or format than the file's, an unknown reference, or a store's failure.
pub async fn ticket(
    stores: &Stores,
    grant: &Grant,
    caller: &Caller,
    object: &DataObject,
    query: &Query,
    terms: TicketTerms<'_>,
) -> Result<Ticket, HtsgetError> {
    let format = stored_format(object.format);
    let endpoint = match object.format.data_kind() {
        DataKind::Reads => Endpoint::Reads,
        DataKind::Variants => Endpoint::Variants,
    };
    if query.format.endpoint() != endpoint {
        return Err(HtsgetError::NotFound(Missing::Resource));
    }
    if terms.format_named && query.format != format {
        return Err(HtsgetError::UnsupportedFormat { endpoint });
    }
    let class = match query.class {
        RequestedClass::Complete => None,
        RequestedClass::Header => Some(Class::Header),
    };
    let regions: Vec<(String, u64, Option<u64>)> = query.selection.regions().unwrap_or_default().iter().map(region).collect();
    let slice_regions = regions_of(&regions);
    stores
        .objects
        .check_regions(grant, object, &slice_regions)
        .await
        .map_err(slice_error)?;
    let payload = Payload::Slice {
        class: class.map(|_| "header".to_owned()),
        regions,
    };
    let capability = Capability::from_grant(grant, caller, object.id.clone(), payload, terms.not_after);
    let sealed = capability.seal(terms.key).map_err(|_| HtsgetError::InternalServerError)?;
    let block = DataBlock::at(format!("{}/{sealed}", terms.blocks_url));
    let blocks = match class {
        Some(_) => Blocks::Classified(vec![(ga4gh_htsget::Class::Header, block)]),
        None => Blocks::Unclassified(vec![block]),
    };
    Ok(Ticket { format, blocks, md5: None })
}

/// htsget's name of a stored format.
fn stored_format(format: FileFormat) -> Format {
    match format {
        FileFormat::Bam => Format::Bam,
        FileFormat::Cram => Format::Cram,
        FileFormat::Vcf => Format::Vcf,
        FileFormat::Bcf => Format::Bcf,
    }
}

fn region(region: &Region) -> (String, u64, Option<u64>) {
    match region {
        Region::Unplaced => ("*".to_owned(), 0, None),
        Region::Placed {
            reference_name,
            start,
            end,
        } => (
            reference_name.as_str().to_owned(),
            start.map_or(0, |p| u64::from(p.get())),
            end.map(|p| u64::from(p.get())),
        ),
    }
}

/// A slice that cannot be made, in htsget's words.
pub(super) fn slice_error(error: SliceError) -> HtsgetError {
    match error {
        SliceError::UnknownContig => HtsgetError::NotFound(Missing::Reference),
        SliceError::NotCovered => HtsgetError::NotFound(Missing::Resource),
        SliceError::NotReads => HtsgetError::NotFound(Missing::Reference),
        SliceError::ReferenceNeeded => HtsgetError::PermissionDenied {
            explanation: "slices of this file need a reference sequence that is not configured; the whole file may be asked for".to_owned(),
        },
        SliceError::Object(_) => HtsgetError::ServiceUnavailable,
    }
}
