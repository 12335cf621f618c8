//! A blocking reader (`Read + Seek`) of a stored file, in a local folder or in a bucket.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStoreExt as _;
use object_store::path::Path as RemotePath;
use tokio::runtime::Handle;

/// Reads one stored file at any offset.
pub(crate) enum Source {
    /// The stored file is a local file.
    Local(File),
    /// The stored file is an object in an S3 bucket.
    Remote(RemoteSource),
}

/// The smallest and the largest number of bytes that one request to a bucket fetches. Each sequential fetch is twice as large as the fetch
/// before it; a jump resets the size.
const LEAST_FETCH_BYTES: u64 = 64 * 1024;
const MOST_FETCH_BYTES: u64 = 1024 * 1024;

/// Reads an object of a bucket through range requests. Reading blocks, so it is only for threads where blocking is allowed.
pub(crate) struct RemoteSource {
    store: Arc<object_store::aws::AmazonS3>,
    path: RemotePath,
    runtime: Handle,
    size: u64,
    at: u64,
    buffer: Bytes,
    buffer_start: u64,
    next_fetch: u64,
}

impl RemoteSource {
    pub(crate) fn new(store: Arc<object_store::aws::AmazonS3>, path: RemotePath, runtime: Handle, size: u64) -> Self {
        Self {
            store,
            path,
            runtime,
            size,
            at: 0,
            buffer: Bytes::new(),
            buffer_start: 0,
            next_fetch: LEAST_FETCH_BYTES,
        }
    }

    fn buffer_end(&self) -> u64 {
        self.buffer_start + self.buffer.len() as u64
    }

    fn fetch(&mut self) -> io::Result<()> {
        let reading_on = self.at == self.buffer_end() && !self.buffer.is_empty();
        self.next_fetch = if reading_on {
            (self.next_fetch * 2).min(MOST_FETCH_BYTES)
        } else {
            LEAST_FETCH_BYTES
        };
        let range = self.at..(self.at + self.next_fetch).min(self.size);
        let wanted = range.end - range.start;
        // The old buffer is released before the next bytes arrive, so that only one buffer is in memory at a time.
        self.buffer = Bytes::new();
        let bytes = self
            .runtime
            .block_on(self.store.get_range(&self.path, range))
            .map_err(io::Error::other)?;
        if bytes.len() as u64 != wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.buffer_start = self.at;
        self.buffer = bytes;
        Ok(())
    }
}

impl Read for RemoteSource {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.size || out.is_empty() {
            return Ok(0);
        }
        if self.at < self.buffer_start || self.at >= self.buffer_end() {
            self.fetch()?;
        }
        let from = (self.at - self.buffer_start) as usize;
        let count = out.len().min(self.buffer.len() - from);
        out[..count].copy_from_slice(&self.buffer[from..from + count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for RemoteSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Local(file) => file.read(out),
            Self::Remote(remote) => remote.read(out),
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Local(file) => file.seek(to),
            Self::Remote(remote) => remote.seek(to),
        }
    }
}
