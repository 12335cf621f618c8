//! Puts small slices into the ticket itself (htsget 1.3 § Inline data block URIs), so that the client needs one response instead of three.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ga4gh_htsget::{Blocks, Class, DataBlock, Format, HtsgetError, Md5, Ticket};
use gemj_access::{CapabilityKey, Grant, PseudonymKey, SlicePart};
use gemj_model::DataObject;
use gemj_objects::Naming;
use md5::Digest as _;

use super::part::{format_of, request_of};
use super::ticket::slice_error;
use crate::stores::Stores;

/// The largest number of bytes of a slice in a ticket, before base64 adds a third.
pub(super) const MOST_INLINE_BYTES: usize = 64 * 1024;

/// The largest cost of making a slice while the client waits for its ticket, as the number of BGZF bytes that take the same time to read.
/// This is less work than another request would cost.
pub(super) const MOST_INLINE_COST_BYTES: u64 = 128 * 1024;

/// A ticket that contains its whole slice, or the header of its slice.
#[derive(Debug)]
pub struct InlineTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// The number of bytes of the slice in the ticket.
    pub bytes: u64,
}

/// Makes a ticket that contains its slice. Absent if the slice is larger than `MOST_INLINE_BYTES`.
///
/// # Errors
/// As for a ticket; a store's failure.
pub async fn inline(
    stores: &Stores,
    grant: &Grant,
    object: &DataObject,
    part: &SlicePart,
    key: &CapabilityKey,
) -> Result<Option<InlineTicket>, HtsgetError> {
    let naming = || Naming::Pseudonyms(PseudonymKey::of(key, grant));
    let unreadable = |error| {
        tracing::error!(%error, "a slice cannot be read");
        HtsgetError::ServiceUnavailable
    };
    let Some(request) = request_of(part, naming()) else {
        return Ok(None);
    };
    let whole = stores.objects.open_slice(grant, object, &request).await.map_err(slice_error)?;
    if whole.is_stored_file() {
        // The bytes of a stored file are put into the ticket unchanged. A block URL would return the same bytes.
        let Some(bytes) = whole.small(MOST_INLINE_BYTES).await.map_err(unreadable)? else {
            return Ok(None);
        };
        let format = format_of(whole.format());
        return Ok(Some(InlineTicket {
            ticket: Ticket {
                format,
                blocks: Blocks::Unclassified(vec![data_block(format, &bytes)]),
                md5: Some(Md5::from_bytes(md5::Md5::digest(&bytes).into())),
            },
            bytes: bytes.len() as u64,
        }));
    }
    let mut room = MOST_INLINE_BYTES;
    let mut blocks = Vec::new();
    let mut digest = md5::Md5::new();
    let mut format = format_of(object.format);
    for class in classes(part) {
        let part = with_class(part, class);
        let naming = Naming::Pseudonyms(PseudonymKey::of(key, grant));
        let Some(request) = request_of(&part, naming) else {
            return Ok(None);
        };
        let slice = stores.objects.open_slice(grant, object, &request).await.map_err(slice_error)?;
        let bytes = slice.small(room).await.map_err(unreadable)?;
        let Some(bytes) = bytes else { return Ok(None) };
        room -= bytes.len();
        digest.update(&bytes);
        format = format_of(slice.format());
        blocks.push((class, data_block(format, &bytes)));
    }
    Ok(Some(InlineTicket {
        ticket: Ticket {
            format,
            blocks: Blocks::Classified(blocks),
            md5: Some(Md5::from_bytes(digest.finalize().into())),
        },
        bytes: (MOST_INLINE_BYTES - room) as u64,
    }))
}

/// Puts the header block into a ticket whose slice is too large. A client needs the header first, and a file has the same header for every
/// region. Absent if the header is also too large, or if the ticket has no block for the header.
///
/// # Errors
/// As for a ticket; a store's failure.
pub async fn inline_header(
    stores: &Stores,
    grant: &Grant,
    object: &DataObject,
    part: &SlicePart,
    key: &CapabilityKey,
    ticket: &Ticket,
) -> Result<Option<InlineTicket>, HtsgetError> {
    let Blocks::Classified(blocks) = &ticket.blocks else {
        return Ok(None);
    };
    let Some(request) = request_of(part, Naming::Pseudonyms(PseudonymKey::of(key, grant))) else {
        return Ok(None);
    };
    let slice = stores.objects.open_slice(grant, object, &request).await.map_err(slice_error)?;
    let header = slice.small(MOST_INLINE_BYTES).await.map_err(|error| {
        tracing::error!(%error, "a header cannot be read");
        HtsgetError::ServiceUnavailable
    })?;
    let Some(header) = header else { return Ok(None) };
    let blocks = blocks.iter().map(|(class, block)| match class {
        Class::Header => (*class, data_block(ticket.format, &header)),
        Class::Body => (*class, block.clone()),
    });
    Ok(Some(InlineTicket {
        ticket: Ticket {
            format: ticket.format,
            blocks: Blocks::Classified(blocks.collect()),
            md5: None,
        },
        bytes: header.len() as u64,
    }))
}

/// The classes of the blocks of a slice: only the header if the request is for the header, otherwise the header and the body.
pub(super) fn classes(part: &SlicePart) -> Vec<Class> {
    match part.class {
        Some(_) => vec![Class::Header],
        None => vec![Class::Header, Class::Body],
    }
}

/// The part of a slice that is one block: the header or the body. The header does not depend on the requested records, so that a client may
/// cache the header.
pub(super) fn with_class(part: &SlicePart, class: Class) -> SlicePart {
    match class {
        Class::Header => SlicePart {
            class: Some(class.as_str().to_owned()),
            format: part.format.clone(),
            ..SlicePart::default()
        },
        Class::Body => SlicePart {
            class: Some(class.as_str().to_owned()),
            ..part.clone()
        },
    }
}

fn data_block(format: Format, bytes: &Bytes) -> DataBlock {
    DataBlock::inline_base64(format, &STANDARD.encode(bytes))
}
