//! Copies records unchanged. Complete BGZF blocks are copied as they are in the file, and the other data is compressed again.
//!
//! The copied data is handled as runs of uncompressed bytes, so the positions of records within blocks do not matter.

use std::io::{Read, Seek};

use hts_formats::bgzf::{BgzfReader, BgzfWriter, Block, VirtualOffset};
use hts_formats::error::{FormatError, FormatResult};

use super::sink::SliceSink;

/// Joins runs of a file's uncompressed data into one BGZF stream.
pub(crate) struct Splice<S> {
    writer: BgzfWriter<S>,
    /// The part of the reader's current block that is selected and not yet written. If the whole block becomes selected, the compressed
    /// block is copied unchanged.
    open: Option<Open>,
}

/// The selected bytes `[from, to)` of the uncompressed data of the block that begins at the file offset `block`.
#[derive(Clone, Copy)]
struct Open {
    block: u64,
    from: usize,
    to: usize,
}

impl<S: SliceSink> Splice<S> {
    /// Makes a splice that appends to the bytes already written to `writer`.
    pub(crate) fn new(writer: BgzfWriter<S>) -> Self {
        Self { writer, open: None }
    }

    /// The writer, for records that are not copied unchanged from the file.
    pub(crate) fn writer(&mut self) -> &mut BgzfWriter<S> {
        &mut self.writer
    }

    /// Adds the record that the reader has read last to the copied bytes.
    pub(crate) fn take<R: Read + Seek>(&mut self, reader: &BgzfReader<R>) -> FormatResult<()> {
        let mut from = reader.record_start();
        let first = reader.held().first().unwrap_or(reader.block());
        match self.open {
            Some(open) if open.block == first.start && open.to == from => from = open.from,
            _ => self.close(reader)?,
        }
        self.open = None;
        for block in reader.held() {
            self.put(block, from, block.data.len())?;
            from = 0;
        }
        self.open = Some(Open {
            block: reader.block().start,
            from,
            to: reader.within(),
        });
        self.complete(reader)
    }

    /// Copies all bytes from the reader's current place to `until`, and moves the reader to `until`. The blocks between the two places are
    /// copied without being decompressed.
    pub(crate) fn take_until<R: Read + Seek>(&mut self, reader: &mut BgzfReader<R>, until: VirtualOffset) -> FormatResult<()> {
        let mut copied_from = reader.next_block();
        if let Some(open) = &mut self.open {
            if open.block == until.block() {
                open.to = until.within();
                reader.seek(until)?;
                return self.complete(reader);
            }
            if open.from == 0 {
                copied_from = open.block;
            } else {
                self.writer.write_bytes(&reader.block().data[open.from..])?;
            }
        }
        self.open = None;
        if copied_from < until.block() {
            self.writer.below()?.copy(reader.inner_mut(), copied_from..until.block())?;
        }
        reader.seek(until)?;
        if until.within() > 0 {
            self.open = Some(Open {
                block: until.block(),
                from: 0,
                to: until.within(),
            });
            self.complete(reader)?;
        }
        Ok(())
    }

    /// Copies all bytes from a virtual offset to the end of the file.
    pub(crate) fn take_rest<R: Read + Seek>(&mut self, reader: &mut BgzfReader<R>, from: VirtualOffset) -> FormatResult<()> {
        self.move_to(reader, from)?;
        let end = VirtualOffset::new(reader.end_marker()?, 0);
        if self.open.is_none() && reader.block().start == from.block() && !reader.block().data.is_empty() {
            self.open = Some(Open {
                block: from.block(),
                from: from.within(),
                to: from.within(),
            });
        }
        self.take_until(reader, end)
    }

    /// Moves the reader to a virtual offset. If the reader is already there, the current run of copied bytes continues.
    pub(crate) fn move_to<R: Read + Seek>(&mut self, reader: &mut BgzfReader<R>, to: VirtualOffset) -> FormatResult<()> {
        if reader.virtual_offset() == to {
            return Ok(());
        }
        self.close(reader)?;
        reader.seek(to)
    }

    /// Ends the current run: writes its selected bytes. The next byte of the file is not part of the run.
    pub(crate) fn close<R: Read + Seek>(&mut self, reader: &BgzfReader<R>) -> FormatResult<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let block = std::iter::once(reader.block())
            .chain(reader.held())
            .find(|block| block.start == open.block)
            .ok_or(FormatError::Truncated { at_byte: open.block })?;
        self.put(block, open.from, open.to)
    }

    /// Writes all copied bytes that are still pending, and returns the writer.
    pub(crate) fn into_writer<R: Read + Seek>(mut self, reader: &BgzfReader<R>) -> FormatResult<BgzfWriter<S>> {
        self.close(reader)?;
        Ok(self.writer)
    }

    /// Writes the selected part of the current block if the part reaches the end of the block.
    fn complete<R: Read + Seek>(&mut self, reader: &BgzfReader<R>) -> FormatResult<()> {
        if self.open.is_some_and(|open| open.to == reader.block().data.len()) {
            self.close(reader)?;
        }
        Ok(())
    }

    fn put(&mut self, block: &Block, from: usize, to: usize) -> FormatResult<()> {
        if from == 0 && to == block.data.len() && to > 0 {
            self.writer.below()?.write_all(&block.raw)?;
        } else {
            self.writer.write_bytes(&block.data[from..to])?;
        }
        Ok(())
    }
}
