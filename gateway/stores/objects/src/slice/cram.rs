//! Slices of CRAM: the records that overlap, each with its features as they are, in containers of their own.

use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use md5::{Digest as _, Md5};

use super::Class;
use super::open::Job;
use super::regions::Wanted;
use super::sink::SliceSink;
use crate::cram::compression::CompressionHeader;
use crate::cram::container::{Container, END_CONTAINER, FileStart, read_container};
use crate::cram::crai::Crai;
use crate::cram::record::CramRecord;
use crate::cram::reference::Reference;
use crate::cram::slice::{DecodedSlice, SliceHeader, compression_header, decode_slices};
use crate::cram::write::{self, EmbeddedReference};
use crate::format_error::{FormatError, FormatResult};
use crate::sam_header::SamHeader;

/// What a CRAM file begins with, parsed.
#[derive(Clone, Debug)]
pub(crate) struct CramHeader {
    pub(crate) start: FileStart,
    pub(crate) sam: SamHeader,
}

/// Writes a slice.
pub(crate) fn write_slice<R: Read + Seek, S: SliceSink>(
    source: R,
    header: &CramHeader,
    index: &Crai,
    job: &Job<'_>,
    out: &mut S,
) -> FormatResult<()> {
    let (wanted, class, reference) = (job.wanted, job.class, job.reference);
    if class != Some(Class::Body) {
        out.write_all(&header.start.bytes)?;
    }
    if class == Some(Class::Header) {
        return Ok(());
    }
    let Wanted::Some(set) = wanted else {
        return copy_rest(source, header.start.bytes.len() as u64, out);
    };
    let touches = |contig: i32, start: i64, end: i64| match usize::try_from(contig) {
        Ok(contig) => set.overlaps(contig, start, end),
        Err(_) => set.unplaced(),
    };
    let slices = index.slices(|line| touches(line.contig, line.start - 1, line.start - 1 + line.span.max(1)));
    let mut reader = BufReader::with_capacity(64 * 1024, source);
    let mut record_counter = 0;
    for (offset, landmarks) in slices {
        reader.seek(SeekFrom::Start(offset))?;
        let container = read_container(&mut reader, offset)?.ok_or(FormatError::Truncated { at_byte: offset })?;
        let compression = compression_header(&container)?;
        for (_, slice) in decode_slices(&container, &compression, |landmark| landmarks.contains(&landmark))? {
            let kept = |record: &&CramRecord| touches(record.contig, record.start - 1, record.last());
            let records: Vec<&CramRecord> = slice.records.iter().filter(kept).collect();
            for run in records.chunk_by(|a, b| a.contig.max(-1) == b.contig.max(-1)) {
                write_run(run, &slice, &compression, header, reference, &mut record_counter, out)?;
            }
        }
    }
    out.write_all(&END_CONTAINER)?;
    Ok(())
}

/// Writes records of one contig as a container.
fn write_run(
    run: &[&CramRecord],
    slice: &DecodedSlice,
    compression: &CompressionHeader,
    header: &CramHeader,
    reference: Option<&Reference>,
    record_counter: &mut i64,
    out: &mut impl Write,
) -> FormatResult<()> {
    let start = run.iter().map(|r| r.start).min().unwrap_or(0);
    let last = run.iter().map(|r| r.last()).max().unwrap_or(0);
    let contig = run.first().map_or(-1, |r| r.contig);
    let mut bases = None;
    if let Some(embedded) = &slice.reference {
        // Only what lies under these records: a reference made as the reads' consensus shows the reads.
        let from = i64::from(slice.header.start);
        let start = start.max(from);
        let end = (last + 1).min(from + embedded.len() as i64);
        if start >= end {
            return Err(FormatError::Record("reads outside the embedded reference"));
        }
        bases = Some((start, embedded[(start - from) as usize..(end - from) as usize].to_vec()));
    } else if let (true, Some(reference), Ok(number)) = (compression.reference_required, reference, usize::try_from(contig)) {
        let name = header.sam.contigs.get(number).map(|c| c.name.as_str());
        if let Some(name) = name
            && start >= 1
            && is_reference_of(reference, name, &slice.header)?
        {
            bases = reference.bases(name, start as u64, (last + 1 - start) as u64)?.map(|b| (start, b));
        }
    }
    let embedded = bases.as_ref().map(|(start, bases)| EmbeddedReference { start: *start, bases });
    out.write_all(&write::container(run, compression, embedded, *record_counter)?)?;
    *record_counter += run.len() as i64;
    Ok(())
}

/// Whether a configured reference is the one that a slice was written with, by the slice's checksum. Where the slice has none the
/// reference is not trusted: the slice then needs one from its reader, as the file does.
fn is_reference_of(reference: &Reference, contig: &str, slice: &SliceHeader) -> FormatResult<bool> {
    let (Ok(start), Ok(span)) = (u64::try_from(slice.start), u64::try_from(slice.span)) else {
        return Ok(false);
    };
    if slice.contig < 0 || slice.reference_md5 == [0; 16] {
        return Ok(false);
    }
    let Some(bases) = reference.bases(contig, start, span)? else {
        return Ok(false);
    };
    Ok(Md5::digest(&bases).as_slice() == slice.reference_md5)
}

/// Copies everything behind the header, and checks that it ends as a CRAM file does.
fn copy_rest<R: Read + Seek>(mut source: R, from: u64, out: &mut impl Write) -> FormatResult<()> {
    source.seek(SeekFrom::Start(from))?;
    let mut reader = BufReader::with_capacity(128 * 1024, source);
    let mut offset = from;
    let mut ended = false;
    while let Some(container) = read_container(&mut reader, offset)? {
        ended = container.is_end();
        offset = container.next_offset();
        write_container(&container, out)?;
    }
    if ended {
        Ok(())
    } else {
        Err(FormatError::Truncated { at_byte: offset })
    }
}

fn write_container(container: &Container, out: &mut impl Write) -> FormatResult<()> {
    out.write_all(&container.header)?;
    out.write_all(&container.body)?;
    Ok(())
}
