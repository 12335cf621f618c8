//! Makes slices of CRAM. If all columns and tags are requested, containers that are completely inside the regions are copied unchanged. From
//! other containers, only the overlapping records are written into new containers, with the same features as in the file. The same records
//! can also be written as BAM.

mod bam;
mod pending;
mod walk;
mod write;

use std::collections::BTreeSet;
use std::io::{BufReader, Read, Seek, SeekFrom};

use hts_formats::cram::bases::is_reference_of;
use hts_formats::cram::container::{END_CONTAINER, FileStart, read_container, read_container_header};
use hts_formats::cram::header::rewrite;
use hts_formats::cram::index::{CramIndex, Hit};
use hts_formats::cram::slice::{compression_header, slice_header};
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::sam_header::SamHeader;

use super::Class;
use super::open::Job;
use super::regions::Wanted;
use super::sam_header::redact;
use super::sink::SliceSink;

/// The parsed beginning of a CRAM file: the file definition and the SAM header.
#[derive(Clone, Debug)]
pub(crate) struct CramHeader {
    pub(crate) start: FileStart,
    pub(crate) sam: SamHeader,
}

/// The number of bytes that are read from the stored file at once.
const READ_BYTES: usize = 64 * 1024;

/// The maximum number of containers that are checked for a missing reference.
const MOST_SAMPLED: usize = 32;

/// Writes a slice of a CRAM file, in CRAM or in BAM format.
pub(crate) fn write_slice<R: Read + Seek, S: SliceSink>(
    source: R,
    header: &CramHeader,
    index: &CramIndex,
    job: &Job<'_>,
    out: &mut S,
) -> FormatResult<()> {
    if job.output == gemj_model::FileFormat::Bam {
        return bam::write_slice(source, header, index, job, out);
    }
    if job.class != Some(Class::Body) {
        match job.names {
            Some(names) => out.write_all(&rewrite(&header.start, &redact(&header.start.sam_text, names)?)?)?,
            None => out.write_all(&header.start.bytes)?,
        }
    }
    if job.class == Some(Class::Header) {
        return Ok(());
    }
    let reader = BufReader::with_capacity(READ_BYTES, source);
    match job.wanted {
        Wanted::Everything if job.fields.is_everything() => copy_rest(reader, header.start.bytes.len() as u64, out),
        Wanted::Everything => write::records(reader, header, index, job, out),
        Wanted::Some(set) if job.fields.is_everything() => copy_and_write(reader, header, index.query(set), job, out),
        Wanted::Some(_) => write::records(reader, header, index, job, out),
    }
}

/// Copies the containers whose records are all requested. From other containers, the requested records are written into new containers.
fn copy_and_write<R: Read + Seek, S: SliceSink>(
    mut reader: BufReader<R>,
    header: &CramHeader,
    hits: Vec<Hit>,
    job: &Job<'_>,
    out: &mut S,
) -> FormatResult<()> {
    // A client decodes a copied container with its own reference, as it decodes the stored file. If a container is copied, the client needs
    // the reference anyway, so new containers do not embed the reference.
    let embeds = hits.iter().all(|hit| hit.inside.is_none());
    let mut writer = write::RecordWriter::new(header, job, embeds);
    let mut hits = hits.into_iter().peekable();
    while let Some(hit) = hits.next() {
        if hit.inside.is_none() {
            walk::decode_at(&mut reader, hit.container, Some(&hit.landmarks), |decoded| {
                writer.write(decoded, out)
            })?;
            continue;
        }
        writer.flush(out)?;
        let found = header_at(&mut reader, hit.container)?;
        let mut end = hit.next.unwrap_or(found);
        if end < found {
            // The index places the next container inside this container, so the index does not belong to this file.
            return Err(FormatError::DamagedBlock { at_byte: hit.container });
        }
        // Adjacent containers are copied together in one piece.
        while let Some(neighbour) = hits.next_if(|next| next.inside.is_some() && next.container == end) {
            end = match neighbour.next {
                Some(next) => next,
                None => header_at(&mut reader, neighbour.container)?,
            };
        }
        out.copy(&mut reader, hit.container..end)?;
    }
    writer.flush(out)?;
    out.write_all(&END_CONTAINER)?;
    Ok(())
}

/// Returns the offset behind the container that begins at `offset`.
fn header_at<R: Read + Seek>(reader: &mut BufReader<R>, offset: u64) -> FormatResult<u64> {
    reader.seek(SeekFrom::Start(offset))?;
    let header = read_container_header(reader, offset)?.ok_or(FormatError::Truncated { at_byte: offset })?;
    Ok(header.next_offset())
}

/// Copies all bytes of the file from `from`, the offset behind the header. The file must end with the end-of-file container.
fn copy_rest<R: Read + Seek, S: SliceSink>(mut reader: BufReader<R>, from: u64, out: &mut S) -> FormatResult<()> {
    let size = reader.seek(SeekFrom::End(0))?;
    let end = END_CONTAINER.len() as u64;
    let mut tail = Vec::new();
    if size >= from + end {
        reader.seek(SeekFrom::Start(size - end))?;
        reader.by_ref().take(end).read_to_end(&mut tail)?;
    }
    if tail != END_CONTAINER {
        return Err(FormatError::Truncated { at_byte: size });
    }
    out.copy(&mut reader, from..size)?;
    Ok(())
}

/// Whether a reference that the conversion to BAM needs is missing. A reference is missing if it is neither in the file nor configured, or
/// if the configured reference is another sequence.
///
/// The check reads the first requested container of each contig, at most [`MOST_SAMPLED`] containers. If only a later container needs a
/// missing reference, decoding that container ends the slice with an error.
pub(crate) fn lacks_reference<R: Read + Seek>(source: R, header: &CramHeader, index: &CramIndex, job: &Job<'_>) -> FormatResult<bool> {
    if job.output != gemj_model::FileFormat::Bam || job.class == Some(Class::Header) || !bam::needs_bases(job.fields) {
        return Ok(false);
    }
    let set = match job.wanted {
        Wanted::Everything => None,
        Wanted::Some(set) => Some(set),
    };
    let sample: BTreeSet<u64> = index.first_containers(set).into_iter().take(MOST_SAMPLED).collect();
    let mut reader = BufReader::with_capacity(READ_BYTES, source);
    for offset in sample {
        reader.seek(SeekFrom::Start(offset))?;
        let container = read_container(&mut reader, offset)?.ok_or(FormatError::Truncated { at_byte: offset })?;
        if container.landmarks.is_empty() || !compression_header(&container)?.reference_required {
            continue;
        }
        for landmark in &container.landmarks {
            let slice = slice_header(&container, *landmark)?;
            if slice.contig == -1 || slice.embedded_reference >= 0 {
                continue;
            }
            let Some(reference) = job.reference else {
                return Ok(true);
            };
            // If a slice has reads on several contigs (contig -2), the slice header does not name a contig, so its reference is not checked
            // here.
            if let Ok(contig) = usize::try_from(slice.contig)
                && !is_reference_of(reference, &header.sam, contig, &slice)?
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
