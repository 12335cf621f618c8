//! Makes a slice on a blocking thread and sends its bytes in pieces of limited size. If the receiver is dropped, the thread stops.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use bytes::Bytes;
use hts_formats::error::{FormatError, FormatResult};
use tokio::sync::mpsc;

use super::sink::SliceSink;
use super::{Origin, SliceStream};
use crate::error::ObjectError;

/// The maximum size of a piece, in bytes.
pub(crate) const PIECE_BYTES: usize = 128 * 1024;

/// The maximum number of pieces that wait until the receiver takes them.
const PIECES_WAITING: usize = 4;

/// Collects the bytes of a slice into pieces and sends the pieces to the receiver.
pub(crate) struct PieceWriter {
    sender: mpsc::Sender<Result<Bytes, ObjectError>>,
    piece: Vec<u8>,
}

impl PieceWriter {
    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        self.sender
            .blocking_send(Ok(Bytes::from(piece)))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece is sent only when more bytes follow. The last piece is sent by `flush`. If making the slice fails at the very end,
        // `flush` is not called, and the receiver does not get all bytes.
        if self.piece.len() == PIECE_BYTES && !bytes.is_empty() {
            self.send()?;
        }
        let count = bytes.len().min(PIECE_BYTES - self.piece.len());
        self.piece.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

impl SliceSink for PieceWriter {
    fn copy<R: Read + Seek>(&mut self, source: &mut R, range: Range<u64>) -> io::Result<()> {
        source.seek(SeekFrom::Start(range.start))?;
        let mut left = range.end.saturating_sub(range.start);
        while left > 0 {
            if self.piece.len() == PIECE_BYTES {
                self.send()?;
            }
            // The bytes are read directly into the piece, because they need no processing.
            let filled = self.piece.len();
            let count = left.min((PIECE_BYTES - filled) as u64);
            let read = source.take(count).read_to_end(&mut self.piece)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left -= read as u64;
        }
        Ok(())
    }
}

/// Runs `make` on a blocking thread and returns the stream of its bytes. If `make` fails or panics, the stream ends with an error, never as
/// a well-formed short file.
pub(crate) fn stream(make: impl FnOnce(&mut PieceWriter) -> FormatResult<()> + Send + 'static) -> SliceStream {
    let (sender, receiver) = mpsc::channel(PIECES_WAITING);
    tokio::task::spawn_blocking(move || {
        let mut writer = PieceWriter {
            sender,
            piece: Vec::with_capacity(PIECE_BYTES),
        };
        // The closure borrows the writer, so that a panic does not drop the sender. The error can then still be sent.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            make(&mut writer)?;
            writer.flush().map_err(FormatError::from)
        }));
        let error = match outcome {
            Ok(Ok(())) => return,
            Ok(Err(error)) => ObjectError::from(error),
            Err(_) => ObjectError::Damaged {
                what: "it cannot be decoded",
            },
        };
        // If the receiver is already dropped, sending fails, and the error is not needed.
        let _ = writer.sender.blocking_send(Err(error));
    });
    SliceStream(Origin::Made(receiver))
}

impl From<FormatError> for ObjectError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Io(source) => Self::Io {
                operation: "reading a stored file",
                source,
            },
            FormatError::Truncated { .. } => Self::Damaged { what: "it is cut off" },
            FormatError::DamagedBlock { .. } => Self::Damaged {
                what: "a block's checksum",
            },
            FormatError::NotBgzf { .. } => Self::Damaged { what: "a block's header" },
            FormatError::Header(what) | FormatError::Record(what) | FormatError::TooMuch(what) | FormatError::Unsupported(what) => {
                Self::Damaged { what }
            }
        }
    }
}
