//! Streams a byte range of a stored file unchanged. Bytes are read only when the receiver waits for them. The exception is a local file
//! with a checksum, which is read one step ahead. A stream uses at most half a mebibyte of memory, and no thread while its receiver is
//! slow.

use std::fs::File;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use object_store::ObjectStoreExt as _;
use object_store::aws::AmazonS3;
use object_store::path::Path as RemotePath;
use sha2::{Digest as _, Sha256};

use super::backend::Backend;
use super::blocking;
use super::buffers::{Buffer, Buffers};
use crate::error::ObjectError;

/// The maximum size of a piece of the stream. A piece of this size fits into the processor's nearest caches on its way to the socket.
const PIECE_BYTES: usize = 64 * 1024;

/// The size of one read of a local file that waits for the disk or computes a checksum.
const STEP_BYTES: usize = 256 * 1024;

/// The maximum size of one fetch from a bucket. Each fetch costs one round trip.
const FETCH_BYTES: u64 = 512 * 1024;

static PIECES: Buffers = Buffers::new(PIECE_BYTES, 64);
static STEPS: Buffers = Buffers::new(STEP_BYTES, 32);

/// The open local file, or the path of the object in the bucket.
#[derive(Clone)]
enum Place {
    Local(Arc<File>),
    Remote(Arc<AmazonS3>, RemotePath),
}

/// A checksum that is being computed, and its expected value.
struct Sum {
    so_far: Sha256,
    registered: String,
}

/// The bytes of one read, and the checksum that includes them.
struct Step {
    bytes: Bytes,
    sum: Option<Sum>,
}

type Reading = Pin<Box<dyn Future<Output = Result<Step, ObjectError>> + Send>>;

/// The stream of the bytes of a range. An `Err` item ends the stream; the bytes before the error are then not the complete range.
pub(crate) struct StoredBytes {
    place: Place,
    /// The part of the range that is not read yet. This includes the part that is being read.
    left: Range<u64>,
    /// The checksum so far. Absent if no checksum is computed, and while a read is updating the checksum.
    sum: Option<Sum>,
    is_summed: bool,
    read: Bytes,
    reading: Option<Reading>,
}

impl std::fmt::Debug for StoredBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredBytes").field("left", &self.left).finish_non_exhaustive()
    }
}

impl StoredBytes {
    /// Opens a byte range, which must be inside the file, and reads its first bytes, so that a missing file is an error before the stream
    /// starts. `sha256` is the expected checksum of the range. If the checksum does not match, the last bytes are not returned.
    pub(crate) async fn open(backend: &Backend, key: &str, stretch: Range<u64>, sha256: Option<&str>) -> Result<Self, ObjectError> {
        let sum = sha256.map(|registered| Sum {
            so_far: Sha256::new(),
            registered: registered.to_owned(),
        });
        let is_summed = sum.is_some();
        let (place, first) = match backend {
            Backend::Local { root } => {
                let (path, stretch) = (Backend::local_path(root, key)?, stretch.clone());
                blocking(move || {
                    let file = File::open(path).map_err(ObjectError::io("reading a stored file"))?;
                    let buffer = if sum.is_some() { STEPS.take() } else { PIECES.take() };
                    let first = read_step(&file, buffer, &stretch, sum)?;
                    Ok((Place::Local(Arc::new(file)), first))
                })
                .await?
            }
            Backend::Remote { store, prefix } => {
                let path = Backend::remote_path(prefix, key)?;
                let first = fetch_step(Arc::clone(store), path.clone(), stretch.clone(), sum).await?;
                (Place::Remote(Arc::clone(store), path), first)
            }
        };
        let mut opened = Self {
            place,
            left: stretch,
            sum: None,
            is_summed,
            read: Bytes::new(),
            reading: None,
        };
        opened.take_in(first);
        Ok(opened)
    }

    fn take_in(&mut self, step: Step) {
        self.left.start += step.bytes.len() as u64;
        self.read = step.bytes;
        self.sum = step.sum;
        if self.is_summed && matches!(self.place, Place::Local(_)) {
            // Computing the checksum takes longer than reading. The next read therefore begins while these bytes are sent.
            self.read_on();
        }
    }

    /// Begins to read the next bytes of the range, unless the range is completely read.
    fn read_on(&mut self) {
        if self.left.is_empty() {
            return;
        }
        let (left, sum) = (self.left.clone(), self.sum.take());
        self.reading = Some(match &self.place {
            Place::Local(file) => {
                let file = Arc::clone(file);
                // The read begins now and not when the future is first polled.
                let read = tokio::task::spawn_blocking(move || read_step(&file, STEPS.take(), &left, sum));
                Box::pin(async move { read.await.unwrap_or(Err(ObjectError::Stopped)) })
            }
            Place::Remote(store, path) => Box::pin(fetch_step(Arc::clone(store), path.clone(), left, sum)),
        });
    }

    /// Returns a piece of a local file that the operating system has in memory. Absent if reading would wait for the disk.
    fn at_hand(&mut self) -> Option<Bytes> {
        let Place::Local(file) = &self.place else { return None };
        if self.is_summed {
            return None;
        }
        let mut buffer = PIECES.take();
        let count = read_at_hand(file, buffer.room(self.left.end - self.left.start), self.left.start)?;
        self.left.start += count as u64;
        Some(buffer.filled(count))
    }
}

impl Stream for StoredBytes {
    type Item = Result<Bytes, ObjectError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if !self.read.is_empty() {
                let count = self.read.len().min(PIECE_BYTES);
                return Poll::Ready(Some(Ok(self.read.split_to(count))));
            }
            if let Some(reading) = &mut self.reading {
                let step = ready!(reading.as_mut().poll(context));
                self.reading = None;
                match step {
                    Ok(step) => self.take_in(step),
                    Err(error) => {
                        self.left = 0..0;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            } else if self.left.is_empty() {
                return Poll::Ready(None);
            } else if let Some(piece) = self.at_hand() {
                return Poll::Ready(Some(Ok(piece)));
            } else {
                self.read_on();
            }
        }
    }
}

/// Reads bytes from the beginning of a range into a buffer, and adds them to the checksum.
fn read_step(file: &File, mut buffer: Buffer, left: &Range<u64>, sum: Option<Sum>) -> Result<Step, ObjectError> {
    let room = buffer.room(left.end.saturating_sub(left.start));
    let count = room.len();
    file.read_exact_at(room, left.start).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ObjectError::Damaged { what: "it is cut off" },
        _ => ObjectError::Io {
            operation: "reading a stored file",
            source: error,
        },
    })?;
    step(buffer.filled(count), left, sum)
}

/// Fetches bytes from the beginning of a range, and adds them to the checksum.
async fn fetch_step(store: Arc<AmazonS3>, path: RemotePath, left: Range<u64>, sum: Option<Sum>) -> Result<Step, ObjectError> {
    if left.is_empty() {
        return step(Bytes::new(), &left, sum);
    }
    let end = left.end.min(left.start.saturating_add(FETCH_BYTES));
    let bytes = store.get_range(&path, left.start..end).await?;
    if bytes.len() as u64 != end - left.start {
        return Err(ObjectError::Damaged { what: "it is cut off" });
    }
    step(bytes, &left, sum)
}

/// Adds bytes to the checksum. If the range is complete and its checksum does not match, the result is an error and the bytes are not
/// returned.
fn step(bytes: Bytes, left: &Range<u64>, mut sum: Option<Sum>) -> Result<Step, ObjectError> {
    if let Some(sum) = &mut sum {
        sum.so_far.update(&bytes);
        if left.start + bytes.len() as u64 == left.end {
            let found = hex::encode(sum.so_far.clone().finalize());
            if found != sum.registered {
                return Err(ObjectError::Damaged {
                    what: "its checksum differs from the registered checksum",
                });
            }
        }
    }
    Ok(Step { bytes, sum })
}

/// Reads bytes that the operating system has in memory, without waiting for a disk. Absent if no bytes are in memory, or if the operating
/// system does not support the call.
#[cfg(target_os = "linux")]
fn read_at_hand(file: &File, room: &mut [u8], at: u64) -> Option<usize> {
    use rustix::io::{ReadWriteFlags, preadv2};
    match preadv2(file, &mut [io::IoSliceMut::new(room)], at, ReadWriteFlags::NOWAIT) {
        Ok(count) if count > 0 => Some(count),
        // The result is absent for three reasons: no bytes are in memory, the file is truncated, or the file system does not support the
        // call. The following blocking read finds the reason.
        Ok(_) | Err(_) => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn read_at_hand(_file: &File, _room: &mut [u8], _at: u64) -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures::TryStreamExt as _;

    use super::*;

    async fn all(backend: &Backend, stretch: Range<u64>, sha256: Option<&str>) -> Result<Vec<u8>, ObjectError> {
        let stream = StoredBytes::open(backend, "a", stretch, sha256).await?;
        let pieces: Vec<Bytes> = stream.try_collect().await?;
        assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= PIECE_BYTES));
        Ok(pieces.concat())
    }

    #[tokio::test]
    async fn every_range_equals_the_stored_bytes_and_a_truncated_file_fails() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = 7_u32;
        let stored: Vec<u8> = (0..1_300_001)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        std::fs::write(folder.path().join("a"), &stored).unwrap();
        let backend = Backend::Local {
            root: folder.path().to_owned(),
        };
        let size = stored.len() as u64;
        let edges = [0, 1, 65_535, 65_536, 65_537, 262_144, 1_048_576, size - 1, size];
        for start in edges {
            for end in edges.into_iter().filter(|end| *end >= start) {
                let read = all(&backend, start..end, None).await.unwrap();
                assert!(read == stored[start as usize..end as usize], "{start}..{end}");
            }
        }
        assert!(matches!(all(&backend, 5..size + 1, None).await, Err(ObjectError::Damaged { .. })));
        std::fs::remove_file(folder.path().join("a")).unwrap();
        let gone = StoredBytes::open(&backend, "a", 0..1, None).await;
        assert!(matches!(gone, Err(ObjectError::Io { .. })));
    }

    #[tokio::test]
    async fn the_last_piece_of_a_file_with_a_wrong_checksum_is_withheld() {
        let folder = tempfile::tempdir().unwrap();
        for size in [0, 10, STEP_BYTES, STEP_BYTES + 1, 5 * STEP_BYTES + 17] {
            let stored = vec![b'x'; size];
            std::fs::write(folder.path().join("a"), &stored).unwrap();
            let backend = Backend::Local {
                root: folder.path().to_owned(),
            };
            let sum = std::process::Command::new("sha256sum")
                .arg(folder.path().join("a"))
                .output()
                .unwrap();
            let sum = String::from_utf8(sum.stdout).unwrap()[..64].to_owned();
            assert!(all(&backend, 0..size as u64, Some(&sum)).await.unwrap() == stored, "{size}");
            let other = "0".repeat(64);
            let Ok(mut stream) = StoredBytes::open(&backend, "a", 0..size as u64, Some(&other)).await else {
                assert!(size <= STEP_BYTES);
                continue;
            };
            let mut left = 0;
            let error = loop {
                match futures::StreamExt::next(&mut stream).await {
                    Some(Ok(piece)) => left += piece.len(),
                    Some(Err(error)) => break error,
                    None => panic!("{size}: the stream ended without an error"),
                }
            };
            assert!(matches!(error, ObjectError::Damaged { .. }) && left < size, "{size}");
            assert!(futures::StreamExt::next(&mut stream).await.is_none());
        }
    }
}
