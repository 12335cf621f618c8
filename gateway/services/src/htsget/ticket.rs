//! `GET|POST /reads/{id}`, `/variants/{id}`: a ticket for exactly the requested data.

use std::collections::HashMap;

use ga4gh_htsget::{Blocks, Class, DataBlock, HtsgetError, Missing, Query, Ticket};
use gemj_access::{Caller, Capability, CapabilityError, CapabilityKey, Grant, Payload, PseudonymKey, Rule, SlicePart};
use gemj_model::{DataObject, FileFormat, Timestamp};
use gemj_objects::{Naming, OpenSlice, SliceError};

use super::block::made_of;
use super::inline::{MOST_INLINE_BYTES, MOST_INLINE_COST_BYTES, classes, with_class};
use super::part::{endpoint_of, file_format, format_of, part_of, reference_names, request_of};
use super::region_budget::{self, OverBudget};
use crate::stores::Stores;

/// The approximate limit of the regions of a request, in bytes. The regions are part of a block's URL, so their size is limited.
pub(super) const MAX_REGIONS_BYTES: u64 = 40 * 1024;

/// A stored file is served in blocks of at most this many bytes. A client can fetch the blocks in parallel and repeat each of them ("about
/// 1GB" at most, htsget 1.3 § HTTPS data block URLs).
const MOST_BLOCK_BYTES: u64 = 512 * 1024 * 1024;

/// The settings with which a ticket is made.
#[derive(Clone, Copy, Debug)]
pub struct TicketTerms<'a> {
    /// The key that signs block URLs.
    pub key: &'a CapabilityKey,
    /// The base address of block URLs, without a slash at the end.
    pub blocks_url: &'a str,
    /// The last instant at which the ticket's URLs are valid.
    pub not_after: Timestamp,
    /// Whether the client named a format. If not, the file is served in its stored format.
    pub format_named: bool,
}

/// A ticket with block URLs, and the parts of the slice that may be small enough to be put into the ticket.
#[derive(Debug)]
pub struct Promise {
    /// The ticket. It contains no data.
    pub ticket: Ticket,
    /// The part to put into the ticket, if it looks small; otherwise absent.
    pub small: Option<SlicePart>,
    /// The header to put into the ticket if the rest is too large. Present only for slices of CRAM.
    pub header: Option<SlicePart>,
}

/// Why a request for a ticket is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTicket {
    /// An error that htsget defines.
    #[error(transparent)]
    Htsget(#[from] HtsgetError),
    /// The approval does not allow the requested view, under this rule.
    #[error("{0}")]
    Refused(Rule),
    /// The request exceeds the budget of base pairs: [`Rule::RegionBudget`], with the numbers that the caller needs.
    #[error(transparent)]
    OverBudget(OverBudget),
}

/// Makes the ticket for a query on a file. Under `region-view` the budget is charged before the ticket is returned.
///
/// # Errors
/// * The query's kind of data or format does not fit the file, or a reference name is unknown.
/// * The budget of base pairs is used up.
/// * A store fails.
pub async fn ticket(
    stores: &Stores,
    grant: &Grant,
    caller: &Caller,
    object: &DataObject,
    query: &Query,
    terms: TicketTerms<'_>,
) -> Result<Promise, NoTicket> {
    let endpoint = endpoint_of(object.format);
    if query.format.endpoint() != endpoint {
        return Err(HtsgetError::NotFound(Missing::Resource).into());
    }
    let spellings = spellings(stores, grant, object, query).await?;
    let part = part_of(query, object.format, terms.format_named, &spellings);
    let shows_records = part.class.is_none();
    if shows_records {
        region_budget::must_name_regions(grant, object, &part.regions.0)?;
    }
    let naming = Naming::Pseudonyms(PseudonymKey::of(terms.key, grant));
    let request = request_of(&part, naming).ok_or(HtsgetError::InternalServerError)?;
    let slice = stores.objects.open_slice(grant, object, &request).await.map_err(refusal)?;
    let parts = parts_of(&part, &slice);
    let is_cram = slice.format() == FileFormat::Cram;
    let header = parts.iter().find(|(class, _)| is_cram && *class == Some(Class::Header));
    let header = header.map(|(_, part)| part.clone());
    let made_of = slice.is_joint().then(|| made_of(terms.key, &slice));
    let mut blocks = Vec::with_capacity(parts.len());
    for (class, mut part) in parts {
        part.made_of.clone_from(&made_of);
        let capability = Capability::from_grant(grant, caller, object.id.clone(), Payload::Slice(part), terms.not_after);
        let sealed = capability.seal(terms.key).map_err(unsealable)?;
        blocks.push((class, DataBlock::at(format!("{}/{sealed}", terms.blocks_url))));
    }
    if shows_records {
        region_budget::spend(stores, grant, object, &part.regions.0).await?;
    }
    let small = looks_small(&slice, !shows_records).then_some(part);
    let format = if terms.format_named {
        query.format
    } else {
        format_of(object.format)
    };
    debug_assert_eq!(file_format(format), slice.format());
    Ok(Promise {
        ticket: Ticket {
            format,
            blocks: classified(blocks),
            md5: None,
        },
        small,
        header,
    })
}

/// Maps contig names of the query to the file's own names, where the two spellings differ.
async fn spellings(stores: &Stores, grant: &Grant, object: &DataObject, query: &Query) -> Result<HashMap<String, String>, NoTicket> {
    let names: Vec<&str> = reference_names(query).into_iter().collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let found = stores.objects.contig_spellings(grant, object, &names).await.map_err(refusal)?;
    let pairs = names.into_iter().zip(found);
    Ok(pairs.filter_map(|(name, found)| Some((name.to_owned(), found?))).collect())
}

/// The blocks of a slice:
/// * A stored file is served unchanged, in ranges of bytes.
/// * A slice of a joint file is one block. The participants that are left out can change between two blocks. A header with a body of other
///   columns would then list genotypes under the names of other participants.
/// * Every other slice has a header block and a body block, so that a client may cache the header.
fn parts_of(part: &SlicePart, slice: &OpenSlice) -> Vec<(Option<Class>, SlicePart)> {
    let length = slice.known_length().filter(|_| slice.is_stored_file());
    match length {
        None if slice.is_joint() && part.class.is_none() => vec![(None, part.clone())],
        None => {
            let class = |class| (Some(class), with_class(part, class));
            classes(part).into_iter().map(class).collect()
        }
        Some(length) if length <= MOST_BLOCK_BYTES => vec![(None, part.clone())],
        Some(length) => (0..length.div_ceil(MOST_BLOCK_BYTES))
            .map(|number| {
                let start = number * MOST_BLOCK_BYTES;
                let bytes = Some((start, length.min(start + MOST_BLOCK_BYTES)));
                (None, SlicePart { bytes, ..part.clone() })
            })
            .collect(),
    }
}

/// The blocks of a ticket. Either every block has a class, or no block has one (htsget 1.3).
fn classified(blocks: Vec<(Option<Class>, DataBlock)>) -> Blocks {
    if blocks.iter().all(|(class, _)| class.is_some()) {
        Blocks::Classified(blocks.into_iter().filter_map(|(class, block)| Some((class?, block))).collect())
    } else {
        Blocks::Unclassified(blocks.into_iter().map(|(_, block)| block).collect())
    }
}

/// Whether a slice may be small enough to be put into the ticket. Records of a joint file are never put into the ticket: their presence or
/// absence in the ticket would reveal how much data of the left-out participants is in a region.
fn looks_small(slice: &OpenSlice, is_header: bool) -> bool {
    (is_header || !slice.is_joint())
        && slice.weighted_cost_bytes() <= MOST_INLINE_COST_BYTES
        && slice.known_length().is_none_or(|length| length <= MOST_INLINE_BYTES as u64)
}

/// Converts an error of sealing a block's URL. If the regions do not fit into the URL, the request is too large. Any other reason is a
/// fault of the gateway.
fn unsealable(error: CapabilityError) -> HtsgetError {
    match error {
        CapabilityError::TooLarge => HtsgetError::TooManyRegions {
            limit_bytes: MAX_REGIONS_BYTES,
        },
        CapabilityError::Invalid | CapabilityError::Expired => HtsgetError::InternalServerError,
    }
}

/// The reason for which a slice is refused. Data outside the approved regions is refused under [`Rule::Regions`].
pub(super) fn refusal(error: SliceError) -> NoTicket {
    match error {
        SliceError::OutsideRegions => NoTicket::Refused(Rule::Regions),
        error => slice_error(error).into(),
    }
}

/// The htsget error for a slice that cannot be made.
pub(super) fn slice_error(error: SliceError) -> HtsgetError {
    match error {
        SliceError::UnknownContig => HtsgetError::NotFound(Missing::Reference),
        SliceError::NotCovered => HtsgetError::NotFound(Missing::Resource),
        SliceError::NotReads => HtsgetError::NotFound(Missing::Reference),
        SliceError::NotConverted => HtsgetError::UnsupportedFormat {
            explanation: "the file is stored in another format, and only CRAM is converted, into BAM",
        },
        SliceError::ReferenceNeeded => HtsgetError::UnsupportedFormat {
            explanation: "a conversion of this CRAM to BAM requires a reference sequence that is not configured here; request CRAM",
        },
        SliceError::Object(error) => {
            tracing::error!(%error, "a file cannot be opened");
            HtsgetError::ServiceUnavailable
        }
        SliceError::OutsideRegions => HtsgetError::PermissionDenied {
            explanation: "the approval is limited to regions of the genome, and the request (for example a whole file) is not within them"
                .to_owned(),
        },
    }
}
