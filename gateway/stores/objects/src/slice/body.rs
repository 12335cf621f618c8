//! Writes the slice of a BGZF file whose records are sorted by position: BAM, VCF or BCF.

use std::borrow::Cow;
use std::io::{Read, Seek};

use hts_formats::bgzf::{BgzfReader, BgzfWriter, RecordLength, VirtualOffset};
use hts_formats::binning::{BinningIndex, Chunk, Plan};
use hts_formats::error::FormatResult;
use hts_formats::regions::RegionSet;

use super::open::Job;
use super::regions::Wanted;
use super::sink::SliceSink;
use super::splice::Splice;
use super::{Class, require_end_marker};

/// The operations on a format's records that slicing needs.
pub(crate) trait Records: RecordLength {
    /// The interval of the contig that the record covers, 0-based half-open. Absent if the record is on another contig.
    fn place(&self, record: &[u8], contig: usize) -> FormatResult<Option<(i64, i64)>>;

    /// Whether all records of the slice are copied unchanged from the file.
    fn are_verbatim(&self) -> bool;

    /// Writes a record in the form for the slice. The function is used only if records are not copied unchanged.
    fn write<S: SliceSink>(&self, record: &[u8], writer: &mut BgzfWriter<S>) -> FormatResult<()>;
}

/// A stored BGZF file with its index.
pub(crate) struct SortedFile<'a, R> {
    pub(crate) source: R,
    /// The virtual offset of the file's first record.
    pub(crate) first_record: VirtualOffset,
    pub(crate) index: &'a BinningIndex,
}

/// Writes a slice: the header, the requested records and the end-of-file marker, or the part that `job.class` requests.
pub(crate) fn write_slice<'a, R: Read + Seek, S: SliceSink>(
    file: SortedFile<'_, R>,
    header: impl FnOnce() -> FormatResult<Cow<'a, [u8]>>,
    records: &impl Records,
    job: &Job<'_>,
    out: &mut S,
) -> FormatResult<()> {
    let mut writer = BgzfWriter::new(out);
    if job.class != Some(Class::Body) {
        writer.write_bytes(&header()?)?;
        writer.flush_block()?;
    }
    if job.class == Some(Class::Header) {
        writer.into_inner()?;
        return Ok(());
    }
    let mut body = Body {
        reader: BgzfReader::new(file.source),
        records,
        splice: Splice::new(writer),
    };
    match job.wanted {
        Wanted::Everything => body.rest(file.first_record)?,
        Wanted::Some(set) => {
            body.regions(file.index, set)?;
            if set.unplaced() {
                body.rest(file.index.placed_end().unwrap_or(file.first_record))?;
            }
        }
    }
    body.splice.into_writer(&body.reader)?.finish()?;
    Ok(())
}

/// The state of writing the records of one slice.
struct Body<'a, R, T, S> {
    reader: BgzfReader<R>,
    records: &'a T,
    splice: Splice<S>,
}

/// The progress of reading the records of one contig.
struct Walked {
    /// The virtual offset behind the last processed record. Every record before this offset begins before the end of the region that was
    /// processed last. If such a record overlaps a later region, it also overlaps the processed region and is already written.
    place: VirtualOffset,
    /// The end of the region that was processed last. A record that begins before this position and overlaps the next region also overlaps
    /// the processed region, so the record is already written.
    position: i64,
}

impl<R: Read + Seek, T: Records, S: SliceSink> Body<'_, R, T, S> {
    /// Writes every record from a virtual offset to the end of the file.
    fn rest(&mut self, from: VirtualOffset) -> FormatResult<()> {
        if self.records.are_verbatim() {
            return self.splice.take_rest(&mut self.reader, from);
        }
        self.splice.move_to(&mut self.reader, from)?;
        while let Some(record) = self.reader.record(self.records)? {
            self.records.write(record, self.splice.writer())?;
        }
        require_end_marker(&self.reader)
    }

    /// Writes the records that overlap at least one of the regions, each record once.
    fn regions(&mut self, index: &BinningIndex, set: &RegionSet) -> FormatResult<()> {
        // Contigs are processed in the order of their records in the file. In a variant file this order can differ from the order of the
        // contigs' numbers.
        let mut contigs: Vec<_> = set
            .contigs()
            .filter_map(|(contig, stretches)| Some((index.span(contig)?, contig, stretches)))
            .collect();
        contigs.sort_by_key(|(span, _, _)| span.start);
        for (span, contig, stretches) in contigs {
            let mut walked = Walked {
                place: span.start,
                position: i64::MIN,
            };
            for (start, end) in stretches {
                let plan = index.plan(contig, *start, *end);
                let position = |at: u64| i64::try_from(at).unwrap_or(i64::MAX);
                self.stretch(contig, (position(*start), position(*end)), &plan, &mut walked)?;
                walked.position = position(*end);
            }
        }
        Ok(())
    }

    /// Writes the records that overlap the region `[start, end)` and were not written for an earlier region.
    fn stretch(&mut self, contig: usize, (start, end): (i64, i64), plan: &Plan, walked: &mut Walked) -> FormatResult<()> {
        let within = plan.within.map(|from| Chunk {
            start: from,
            end: VirtualOffset(u64::MAX),
        });
        for chunk in plan.before.iter().copied().chain(within) {
            let from = chunk.start.max(walked.place);
            if from >= chunk.end {
                continue;
            }
            self.splice.move_to(&mut self.reader, from)?;
            loop {
                if self.reader.virtual_offset() >= chunk.end {
                    break;
                }
                let Some(record) = self.reader.record(self.records)? else {
                    return Ok(());
                };
                let place = self.records.place(record, contig)?;
                let Some((record_start, record_end)) = place.filter(|(record_start, _)| *record_start < end) else {
                    // The record is behind the region or on another contig. The record is read again if a later region needs it.
                    return self.splice.close(&self.reader);
                };
                if record_start < walked.position || record_end <= start {
                    self.splice.close(&self.reader)?;
                } else if !self.records.are_verbatim() {
                    self.records.write(record, self.splice.writer())?;
                } else {
                    self.splice.take(&self.reader)?;
                    // From the first record that begins in the region, all records up to `sure_until` also begin in the region, so they are
                    // copied together.
                    if record_start >= start && plan.sure_until > self.reader.virtual_offset() {
                        self.splice.take_until(&mut self.reader, plan.sure_until)?;
                    }
                }
                // `walked.place` does not move behind a record that is behind the region, because the chunks of the index may have skipped
                // records before that record.
                walked.place = self.reader.virtual_offset();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
