//! Writes records of a CRAM file as BAM. Every requested record is decoded with its reference.

use std::io::{BufReader, Read, Seek, Write};

use hts_formats::bgzf::BgzfWriter;
use hts_formats::cram::alignment::{NO_QUALITY, align};
use hts_formats::cram::bam::{header as bam_header, put_record};
use hts_formats::cram::bases::{Bases, Pages};
use hts_formats::cram::trim::Trim;
use hts_formats::error::FormatResult;
use hts_formats::read_fields::{ReadColumn, ReadFields};

use super::super::Class;
use super::super::open::Job;
use super::super::sam_header::redact;
use super::walk::{self, Decoded};
use super::{CramHeader, CramIndex, READ_BYTES};

/// Whether the bases of reads are needed to write these columns and tags. MD and NM are computed from the bases.
pub(super) fn needs_bases(fields: &ReadFields) -> bool {
    fields.keeps(ReadColumn::Seq) || fields.keeps_tag(*b"MD") || fields.keeps_tag(*b"NM")
}

/// Writes a slice of a CRAM file as BAM.
pub(super) fn write_slice<R: Read + Seek, W: Write>(
    source: R,
    header: &CramHeader,
    index: &CramIndex,
    job: &Job<'_>,
    out: &mut W,
) -> FormatResult<()> {
    let mut writer = BgzfWriter::new(out);
    if job.class != Some(Class::Body) {
        let text = match job.names {
            Some(names) => redact(&header.start.sam_text, names)?,
            None => without_padding(&header.start.sam_text).to_vec(),
        };
        writer.write_bytes(&bam_header(&text, &header.sam)?)?;
        writer.flush_block()?;
    }
    if job.class == Some(Class::Header) {
        writer.into_inner()?;
        return Ok(());
    }
    let mut reader = BufReader::with_capacity(READ_BYTES, source);
    let (mut pages, mut bytes) = (Pages::default(), Vec::new());
    walk::decode_each(&mut reader, header, index, job, |decoded| {
        write_decoded(decoded, header, job, &mut pages, &mut bytes, &mut writer)
    })?;
    writer.finish()?;
    Ok(())
}

/// Returns the header text without the zero bytes that some writers append as free space.
fn without_padding(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &text[..end]
}

fn write_decoded<W: Write>(
    decoded: Decoded<'_>,
    header: &CramHeader,
    job: &Job<'_>,
    pages: &mut Pages,
    bytes: &mut Vec<u8>,
    writer: &mut BgzfWriter<W>,
) -> FormatResult<()> {
    let Decoded { compression, mut slice } = decoded;
    let mut kept = compression.clone();
    let trim = (!job.fields.is_everything()).then(|| Trim::new(job.fields, false, &mut kept));
    let mut records = std::mem::take(&mut slice.records);
    records.retain(|record| walk::touches(job.wanted, record));
    let mut bases = match needs_bases(job.fields) {
        true => Bases::of(&slice, compression, &header.sam, job.reference, pages),
        false => None,
    };
    for mut record in records {
        let mut alignment = align(&record, compression.substitution_matrix, bases.as_mut())?;
        if let Some(trim) = &trim {
            trim.record(&mut record);
            if !job.fields.keeps(ReadColumn::Seq) {
                alignment.bases.clear();
                alignment.qualities.clear();
            } else if !job.fields.keeps(ReadColumn::Qual) {
                alignment.qualities.fill(NO_QUALITY);
            }
        }
        put_record(bytes, &record, &alignment, &kept.tag_lists[record.tag_list], &header.sam)?;
        writer.write_record(bytes)?;
    }
    Ok(())
}
