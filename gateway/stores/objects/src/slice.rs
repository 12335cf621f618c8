//! Makes exact slices of stored files.

pub(crate) mod bam;
pub(crate) mod bcf;
pub(crate) mod body;
pub(crate) mod cram;
pub(crate) mod names;
pub(crate) mod open;
pub(crate) mod opened;
pub(crate) mod producer;
pub(crate) mod regional;
pub(crate) mod regions;
pub(crate) mod request;
pub(crate) mod sam_header;
pub(crate) mod sink;
pub(crate) mod spelling;
pub(crate) mod splice;
pub(crate) mod vcf;

use std::io::{Read, Seek};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use tokio::sync::mpsc;

pub use self::open::OpenSlice;
pub use self::request::{Class, Naming, SliceRegion, SliceRequest};
use hts_formats::bgzf::BgzfReader;
use hts_formats::error::{FormatError, FormatResult};

use crate::error::ObjectError;
use crate::store::stored_bytes::StoredBytes;

/// The stream of a slice's bytes. An `Err` item ends the stream; the bytes before the error are then not a complete file.
#[derive(Debug)]
pub struct SliceStream(pub(crate) Origin);

/// The source from which a slice's bytes come.
#[derive(Debug)]
pub(crate) enum Origin {
    /// The bytes are made by a producer on another thread.
    Made(mpsc::Receiver<Result<Bytes, ObjectError>>),
    /// The bytes are a range of the stored file, unchanged.
    Stored(Box<StoredBytes>),
}

impl Stream for SliceStream {
    type Item = Result<Bytes, ObjectError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            Origin::Made(receiver) => receiver.poll_recv(context),
            Origin::Stored(bytes) => Pin::new(bytes.as_mut()).poll_next(context),
        }
    }
}

/// Requires the BGZF end-of-file marker after a stored file was read to its end. A file that was truncated in the store has no marker.
fn require_end_marker<R: Read + Seek>(reader: &BgzfReader<R>) -> FormatResult<()> {
    if reader.ended_with_marker() {
        Ok(())
    } else {
        Err(FormatError::Truncated {
            at_byte: reader.block_start(),
        })
    }
}
