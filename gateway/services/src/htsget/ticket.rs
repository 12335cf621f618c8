//! `GET|POST /reads/{id}`, `/variants/{id}`: a ticket whose one block is the exact slice.

use ga4gh_htsget::{Blocks, DataBlock, Endpoint, Format, HtsgetError, Missing, Query, Region, RequestedClass, Ticket};
use gemj_access::{Caller, Capability, CapabilityError, CapabilityKey, Grant, Payload, Rule};
use gemj_model::{DataKind, DataObject, FileFormat, Timestamp};
use gemj_objects::{Class, SliceError};

use super::block::regions_of;
use super::region_budget;
use crate::stores::Stores;

/// About how many bytes of regions a request may have: they travel in the block's URL.
const MAX_REGIONS_BYTES: u64 = 64 * 1024;

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

/// Why there is no ticket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTicket {
    /// As the standard has it.
    #[error(transparent)]
    Htsget(#[from] HtsgetError),
    /// What the approval lets be viewed does not reach.
    #[error("{0}")]
    Refused(Rule),
}

/// Makes the ticket for a query on a file. Under `region-view` what it shows is paid for before it is handed out.
///
/// # Errors
/// Another kind or format than the file's, an unknown reference, a budget that is used up, or a store's failure.
pub async fn ticket(
    stores: &Stores,
    grant: &Grant,
    caller: &Caller,
    object: &DataObject,
    query: &Query,
    terms: TicketTerms<'_>,
) -> Result<Ticket, NoTicket> {
    let format = stored_format(object.format);
    let endpoint = match object.format.data_kind() {
        DataKind::Reads => Endpoint::Reads,
        DataKind::Variants => Endpoint::Variants,
    };
    if query.format.endpoint() != endpoint {
        return Err(HtsgetError::NotFound(Missing::Resource).into());
    }
    if terms.format_named && query.format != format {
        return Err(HtsgetError::UnsupportedFormat { endpoint }.into());
    }
    let class = match query.class {
        RequestedClass::Complete => None,
        RequestedClass::Header => Some(Class::Header),
    };
    let regions = merged(query.selection.regions().unwrap_or_default().iter().map(region).collect());
    if class.is_none() {
        region_budget::must_name_regions(grant, object, &regions)?;
    }
    let slice_regions = regions_of(&regions);
    stores
        .objects
        .check_regions(grant, object, &slice_regions)
        .await
        .map_err(slice_error)?;
    let payload = Payload::Slice {
        class: class.map(|_| "header".to_owned()),
        regions: regions.clone(),
    };
    let capability = Capability::from_grant(grant, caller, object.id.clone(), payload, terms.not_after);
    let sealed = capability.seal(terms.key).map_err(unsealable)?;
    if class.is_none() {
        region_budget::spend(stores, grant, object, &regions).await?;
    }
    let block = DataBlock::at(format!("{}/{sealed}", terms.blocks_url));
    let blocks = match class {
        Some(_) => Blocks::Classified(vec![(ga4gh_htsget::Class::Header, block)]),
        None => Blocks::Unclassified(vec![block]),
    };
    Ok(Ticket { format, blocks, md5: None })
}

/// A request whose regions do not fit into a block's URL is too large; any other reason is a fault of ours.
fn unsealable(error: CapabilityError) -> HtsgetError {
    match error {
        CapabilityError::TooLarge => HtsgetError::PayloadTooLarge {
            limit_bytes: MAX_REGIONS_BYTES,
        },
        CapabilityError::Invalid | CapabilityError::Expired => HtsgetError::InternalServerError,
    }
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

/// The same stretches, each base once: overlapping and touching regions of one reference are joined, which changes no record of the slice.
fn merged(mut regions: Vec<(String, u64, Option<u64>)>) -> Vec<(String, u64, Option<u64>)> {
    regions.sort();
    let mut joined: Vec<(String, u64, Option<u64>)> = Vec::with_capacity(regions.len());
    for (name, start, end) in regions {
        match joined.last_mut() {
            Some((last, _, last_end)) if *last == name && last_end.is_none_or(|e| start <= e) && end.is_none_or(|e| e > start) => {
                *last_end = match (*last_end, end) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            }
            _ => joined.push((name, start, end)),
        }
    }
    joined
}

/// A slice that cannot be made, in htsget's words.
pub(super) fn slice_error(error: SliceError) -> HtsgetError {
    match error {
        SliceError::UnknownContig => HtsgetError::NotFound(Missing::Reference),
        SliceError::NotCovered => HtsgetError::NotFound(Missing::Resource),
        SliceError::NotReads => HtsgetError::NotFound(Missing::Reference),
        SliceError::NotConverted => HtsgetError::UnsupportedFormat { endpoint: Endpoint::Reads },
        SliceError::ReferenceNeeded => HtsgetError::PermissionDenied {
            explanation: "slices of this file need a reference sequence that is not configured; the whole file may be asked for".to_owned(),
        },
        SliceError::OutsideRegions => HtsgetError::PermissionDenied {
            explanation: "the approval is limited to regions of the genome, and the request is not within them; a whole file never is"
                .to_owned(),
        },
        SliceError::Object(_) => HtsgetError::ServiceUnavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn overlapping_regions_are_joined_and_others_kept_apart() {
        let region = |name: &str, start, end| (name.to_owned(), start, end);
        let asked = vec![
            region("2", 5, Some(9)),
            region("1", 50, None),
            region("1", 0, Some(10)),
            region("1", 10, Some(20)),
            region("1", 60, Some(70)),
            region("2", 10, Some(10)),
        ];
        let expected = vec![
            region("1", 0, Some(20)),
            region("1", 50, None),
            region("2", 5, Some(9)),
            region("2", 10, Some(10)),
        ];
        assert_eq!(merged(asked), expected);
    }
}
