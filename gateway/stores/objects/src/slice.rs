//! Exact slices of files.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use gemj_model::{Contig, Interval};
use tokio::sync::mpsc;

use crate::error::ObjectError;

/// A part of a file's bytes (htsget 1.3 `class`). The header's bytes followed by the body's are one valid file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The header, no record and no end-of-file marker.
    Header,
    /// The records and the end-of-file marker, no header.
    Body,
}

/// One stretch to slice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SliceRegion {
    /// Records that overlap a stretch of a contig, spelled as in the file. An empty stretch holds no record.
    Contig {
        /// The contig's name in the file's header.
        contig: Contig,
        /// The stretch, 0-based half-open.
        interval: Interval,
    },
    /// Reads without a position (htsget's `*`).
    Unplaced,
}

/// What to slice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SliceRequest {
    /// Header or body; absent is both.
    pub class: Option<Class>,
    /// The stretches, in any order, overlapping or not; none is everything, unplaced reads included.
    pub regions: Vec<SliceRegion>,
}

/// The bytes of a slice. An `Err` ends the stream: what came before it is not a file.
#[derive(Debug)]
pub struct SliceStream {
    pub(crate) receiver: mpsc::Receiver<Result<Bytes, ObjectError>>,
}

impl Stream for SliceStream {
    type Item = Result<Bytes, ObjectError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_recv(context)
    }
}
