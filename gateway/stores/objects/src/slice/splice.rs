//! Copies records unchanged: complete blocks are copied as in the file, the rest is compressed again.
//!
//! A copy is a run of bytes of the uncompressed data. The positions of records within blocks are therefore irrelevant.

use std::io::{Read, Seek};

use hts_formats::bgzf::{BgzfReader, BgzfWriter, Block, VirtualOffset};
use hts_formats::error::{FormatError, FormatResult};

use super::sink::SliceSink;

/// Joins runs of a file's data.
pub(crate) struct Splice<S> {
    writer: BgzfWriter<S>,
    /// The part of the reader's block that is selected but not yet written. If the whole block becomes selected, the block is copied
    /// unchanged.
    open: Option<Open>,
}

/// The bytes `[from, to)` of a block's data.
#[derive(Clone, Copy)]
struct Open {
    block: u64,
    from: usize,
    to: usize,
}

impl<S: SliceSink> Splice<S> {
    /// A splice that continues after the bytes already written to the writer.
    pub(crate) fn new(writer: BgzfWriter<S>) -> Self {
        Self { writer, open: None }
    }

    /// The writer, for records that are not copied unchanged.
    pub(crate) fn writer(&mut self) -> &mut BgzfWriter<S> {
        &mut self.writer
    }

    /// Copies the record that was read last.
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

    /// Copies all bytes from the reader's place to another place, and moves the reader there. The blocks between are not decompressed.
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

    /// Copies all bytes from a place to the end of the file.
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

    /// Moves the reader. If the reader is already at this place, the current run continues.
    pub(crate) fn move_to<R: Read + Seek>(&mut self, reader: &mut BgzfReader<R>, to: VirtualOffset) -> FormatResult<()> {
        if reader.virtual_offset() == to {
            return Ok(());
        }
        self.close(reader)?;
        reader.seek(to)
    }

    /// Ends a run: the next byte is not copied.
    pub(crate) fn close<R: Read + Seek>(&mut self, reader: &BgzfReader<R>) -> FormatResult<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let block = std::iter::once(reader.block())
            .chain(reader.held())
            .find(|block| block.start == open.block)
            .ok_or(FormatError::Truncated { at_byte: open.block })?;
        self.put(block, open.from, open.to)
    }

    /// Writes all copied bytes and returns the writer.
    pub(crate) fn into_writer<R: Read + Seek>(mut self, reader: &BgzfReader<R>) -> FormatResult<BgzfWriter<S>> {
        self.close(reader)?;
        Ok(self.writer)
    }

    /// Writes the block if all its bytes have been read.
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
