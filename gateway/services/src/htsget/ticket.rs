//! `GET|POST /reads/{id}`, `/variants/{id}`: a ticket for exactly what was asked.

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

/// About how many bytes of regions a request may have: they travel in the block's URL.
pub(super) const MAX_REGIONS_BYTES: u64 = 40 * 1024;

/// A stored file is handed out in blocks of at most so many bytes, which a client can fetch side by side and again one by one ("about 1GB" at
/// most, htsget 1.3 § HTTPS data block URLs).
const MOST_BLOCK_BYTES: u64 = 512 * 1024 * 1024;

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

/// A ticket of addresses, and whether it may be worth while to carry the slice in the ticket instead.
#[derive(Debug)]
pub struct Promise {
    /// The ticket. It holds no data.
    pub ticket: Ticket,
    /// What to carry, where it looks small.
    pub small: Option<SlicePart>,
    /// The header to carry where the rest is not: of slices of CRAM alone.
    pub header: Option<SlicePart>,
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
    /// The budget of base pairs does not reach: [`Rule::RegionBudget`], with the figures that the caller needs.
    #[error(transparent)]
    OverBudget(OverBudget),
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

/// The file's own names of the contigs that a query spells otherwise.
async fn spellings(stores: &Stores, grant: &Grant, object: &DataObject, query: &Query) -> Result<HashMap<String, String>, NoTicket> {
    let names: Vec<&str> = reference_names(query).into_iter().collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let found = stores.objects.contig_spellings(grant, object, &names).await.map_err(refusal)?;
    let pairs = names.into_iter().zip(found);
    Ok(pairs.filter_map(|(name, found)| Some((name.to_owned(), found?))).collect())
}

/// The blocks of a slice. A stored file is handed out as it is, in stretches; everything else as its header and its body, so that a client may
/// keep the header. A joint file is one block: who is left out of it may change between two, and a header with a body of other columns would put
/// genotypes under other people's names.
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

/// Either every block has a class or none.
fn classified(blocks: Vec<(Option<Class>, DataBlock)>) -> Blocks {
    if blocks.iter().all(|(class, _)| class.is_some()) {
        Blocks::Classified(blocks.into_iter().filter_map(|(class, block)| Some((class?, block))).collect())
    } else {
        Blocks::Unclassified(blocks.into_iter().map(|(_, block)| block).collect())
    }
}

/// Records of a joint file are not carried: whether they were would tell how much of the people left out lies in a region.
fn looks_small(slice: &OpenSlice, is_header: bool) -> bool {
    (is_header || !slice.is_joint())
        && slice.weighted_cost_bytes() <= MOST_INLINE_COST_BYTES
        && slice.known_length().is_none_or(|length| length <= MOST_INLINE_BYTES as u64)
}

/// A request whose regions do not fit into a block's URL is too large; any other reason is a fault of ours.
fn unsealable(error: CapabilityError) -> HtsgetError {
    match error {
        CapabilityError::TooLarge => HtsgetError::TooManyRegions {
            limit_bytes: MAX_REGIONS_BYTES,
        },
        CapabilityError::Invalid | CapabilityError::Expired => HtsgetError::InternalServerError,
    }
}

/// Why a slice is not given: what lies outside the approved regions is refused by its rule.
pub(super) fn refusal(error: SliceError) -> NoTicket {
    match error {
        SliceError::OutsideRegions => NoTicket::Refused(Rule::Regions),
        error => slice_error(error).into(),
    }
}

/// A slice that cannot be made, in htsget's words.
pub(super) fn slice_error(error: SliceError) -> HtsgetError {
    match error {
        SliceError::UnknownContig => HtsgetError::NotFound(Missing::Reference),
        SliceError::NotCovered => HtsgetError::NotFound(Missing::Resource),
        SliceError::NotReads => HtsgetError::NotFound(Missing::Reference),
        SliceError::NotConverted => HtsgetError::UnsupportedFormat {
            explanation: "the file is stored in another format, and only CRAM is converted, into BAM",
        },
        SliceError::ReferenceNeeded => HtsgetError::UnsupportedFormat {
            explanation: "to make BAM of this CRAM a reference sequence is needed that is not configured here; ask for CRAM",
        },
        SliceError::Object(error) => {
            tracing::error!(%error, "a file cannot be opened");
            HtsgetError::ServiceUnavailable
        }
        SliceError::OutsideRegions => HtsgetError::PermissionDenied {
            explanation: "the approval is limited to regions of the genome, and the request is not within them; a whole file never is"
                .to_owned(),
        },
    }
}
