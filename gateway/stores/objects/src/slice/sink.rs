//! The destinations of a slice's bytes. The same slicing code makes a slice to send it, to count its bytes, or to send a part of it.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

/// Receives the bytes of a slice in order.
pub(crate) trait SliceSink: Write {
    /// Receives the bytes `[start, end)` of a source, unchanged. A sink that does not need these bytes may skip reading them.
    fn copy<R: Read + Seek>(&mut self, source: &mut R, range: Range<u64>) -> io::Result<()>;
}

impl<S: SliceSink> SliceSink for &mut S {
    fn copy<R: Read + Seek>(&mut self, source: &mut R, range: Range<u64>) -> io::Result<()> {
        (**self).copy(source, range)
    }
}

impl SliceSink for Vec<u8> {
    fn copy<R: Read + Seek>(&mut self, source: &mut R, range: Range<u64>) -> io::Result<()> {
        source.seek(SeekFrom::Start(range.start))?;
        let wanted = range.end.saturating_sub(range.start);
        let copied = source.take(wanted).read_to_end(self)?;
        if copied as u64 == wanted {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

/// Counts the bytes of a slice and discards them.
#[derive(Debug, Default)]
pub(crate) struct CountingSink {
    /// The number of bytes received so far.
    pub(crate) bytes: u64,
}

impl Write for CountingSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SliceSink for CountingSink {
    fn copy<R: Read + Seek>(&mut self, _source: &mut R, range: Range<u64>) -> io::Result<()> {
        self.bytes += range.end.saturating_sub(range.start);
        Ok(())
    }
}

/// Passes on only the bytes of a slice that are inside a window. Behind the end of the window the sink returns an error, so that the rest
/// of the slice is not made. If [`WindowSink::is_full`] is then true, the error is not a failure.
#[derive(Debug)]
pub(crate) struct WindowSink<S> {
    inner: S,
    window: Range<u64>,
    at: u64,
}

impl<S: SliceSink> WindowSink<S> {
    /// Makes a sink that passes the bytes `[start, end)` of the slice to `inner`.
    pub(crate) fn new(inner: S, window: Range<u64>) -> Self {
        Self { inner, window, at: 0 }
    }

    /// Whether all bytes of the window have been passed on.
    pub(crate) fn is_full(&self) -> bool {
        self.at >= self.window.end
    }

    /// The part of the next `count` bytes that is inside the window, relative to the first of these bytes.
    fn inside(&self, count: u64) -> Range<u64> {
        let from = self.window.start.saturating_sub(self.at).min(count);
        let to = self.window.end.saturating_sub(self.at).min(count);
        from..to.max(from)
    }
}

impl<S: SliceSink> Write for WindowSink<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_full() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let inside = self.inside(bytes.len() as u64);
        self.inner.write_all(&bytes[inside.start as usize..inside.end as usize])?;
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<S: SliceSink> SliceSink for WindowSink<S> {
    fn copy<R: Read + Seek>(&mut self, source: &mut R, range: Range<u64>) -> io::Result<()> {
        if self.is_full() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = range.end.saturating_sub(range.start);
        let inside = self.inside(count);
        if !inside.is_empty() {
            self.inner.copy(source, range.start + inside.start..range.start + inside.end)?;
        }
        self.at += count;
        Ok(())
    }
}

/// Collects a small slice in memory. Writing fails if the slice is larger than the limit.
#[derive(Debug)]
pub(crate) struct SmallSink {
    bytes: Vec<u8>,
    most_bytes: usize,
    overflowed: bool,
}

impl SmallSink {
    /// Makes a sink that accepts up to `most_bytes` bytes.
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self {
            bytes: Vec::new(),
            most_bytes,
            overflowed: false,
        }
    }

    /// Whether the slice was larger than the limit, so that writing failed.
    pub(crate) fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Returns the collected bytes.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn make_room(&mut self, count: u64) -> io::Result<()> {
        if self.bytes.len() as u64 + count > self.most_bytes as u64 {
            self.overflowed = true;
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }
}

impl Write for SmallSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.make_room(bytes.len() as u64)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SliceSink for SmallSink {
    fn copy<R: Read + Seek>(&mut self, source: &mut R, range: Range<u64>) -> io::Result<()> {
        self.make_room(range.end.saturating_sub(range.start))?;
        self.bytes.copy(source, range)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_window_equals_the_same_part_of_the_whole_slice(
            pieces in prop::collection::vec((any::<bool>(), 0u64..40, 0u64..40), 1..8),
            start in 0u64..150,
            length in 1u64..150,
        ) {
            let data: Vec<u8> = (0..100).collect();
            let mut source = Cursor::new(data.clone());
            let mut whole = Vec::new();
            let mut window = WindowSink::new(Vec::new(), start..start + length);
            let mut count = CountingSink::default();
            for (copied, from, length) in pieces {
                let part = &data[from as usize..(from + length) as usize];
                whole.extend_from_slice(part);
                if copied {
                    count.copy(&mut source, from..from + length).unwrap();
                    let _ = window.copy(&mut source, from..from + length);
                } else {
                    count.write_all(part).unwrap();
                    let _ = window.write_all(part);
                }
            }
            let expected: Vec<u8> = whole.iter().copied().skip(start as usize).take(length as usize).collect();
            prop_assert_eq!(&window.inner, &expected);
            prop_assert_eq!(count.bytes, whole.len() as u64);
            prop_assert!(window.is_full() || whole.len() as u64 <= start + length);
        }
    }
}
