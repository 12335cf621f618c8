//! Records in containers of their own.

use std::io::{BufReader, Read, Seek, Write};

use super::super::open::Job;
use super::super::request::ReadColumn;
use super::walk::{self, Decoded};
use super::{CramHeader, CramIndex};
use crate::cram::bases::is_reference_of;
use crate::cram::compression::CompressionHeader;
use crate::cram::container::END_CONTAINER;
use crate::cram::record::CramRecord;
use crate::cram::slice::DecodedSlice;
use crate::cram::trim::Trim;
use crate::cram::write::{self, EmbeddedReference};
use crate::format_error::{FormatError, FormatResult};

/// The longest stretch of a configured reference that goes into a slice; records of a longer one need their reader's reference.
const MOST_EMBEDDED_BASES: u64 = 4 << 20;

/// Writes every wanted record, nothing as it stands.
pub(super) fn records<R: Read + Seek, W: Write>(
    mut reader: BufReader<R>,
    header: &CramHeader,
    index: &CramIndex,
    job: &Job<'_>,
    out: &mut W,
) -> FormatResult<()> {
    let mut writer = RecordWriter::new(header, job, true);
    walk::decode_each(&mut reader, header, index, job, |decoded| writer.write(decoded, out))?;
    out.write_all(&END_CONTAINER)?;
    Ok(())
}

/// Writes wanted records of decoded containers.
pub(super) struct RecordWriter<'a> {
    header: &'a CramHeader,
    job: &'a Job<'a>,
    /// Whether a configured reference goes into the slices, so that a reader needs none.
    embeds: bool,
    record_counter: i64,
}

impl<'a> RecordWriter<'a> {
    pub(super) fn new(header: &'a CramHeader, job: &'a Job<'a>, embeds: bool) -> Self {
        Self {
            header,
            job,
            embeds,
            record_counter: 0,
        }
    }

    /// Writes the wanted records of a slice, those of each contig as a container.
    pub(super) fn write(&mut self, decoded: Decoded<'_>, out: &mut impl Write) -> FormatResult<()> {
        let Decoded { compression, mut slice } = decoded;
        let fields = self.job.fields;
        let makes_up = compression.reference_required || slice.reference.is_some();
        let wants_made_up = fields.keeps_tag(*b"MD") || fields.keeps_tag(*b"NM");
        // MD and NM come from the bases: where they are wanted these have to stay.
        let keeps_bases = fields.keeps(ReadColumn::Seq) || (makes_up && wants_made_up);
        let drops_bases = !keeps_bases;
        let mut compression = compression.clone();
        let trim = (!fields.is_everything()).then(|| Trim::new(fields, drops_bases, &mut compression));
        let mut records = std::mem::take(&mut slice.records);
        records.retain(|record| walk::touches(self.job.wanted, record));
        if let Some(trim) = &trim {
            records.iter_mut().for_each(|record| trim.record(record));
        }
        if drops_bases {
            slice.reference = None;
        }
        for run in records.chunk_by(|a, b| a.contig.max(-1) == b.contig.max(-1)) {
            self.run(&run.iter().collect::<Vec<_>>(), &slice, &compression, out)?;
        }
        Ok(())
    }

    /// Writes records of one contig as a container.
    fn run(
        &mut self,
        run: &[&CramRecord],
        slice: &DecodedSlice,
        compression: &CompressionHeader,
        out: &mut impl Write,
    ) -> FormatResult<()> {
        let start = run.iter().map(|r| r.start).min().unwrap_or(0);
        let last = run.iter().map(|r| r.last()).max().unwrap_or(0);
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
        } else if compression.reference_required && self.embeds {
            let contig = run.first().and_then(|r| usize::try_from(r.contig).ok());
            bases = contig.map_or(Ok(None), |contig| self.configured(contig, slice, start, last))?;
        }
        let embedded = bases.as_ref().map(|(start, bases)| EmbeddedReference { start: *start, bases });
        out.write_all(&write::container(run, compression, embedded, self.record_counter)?)?;
        self.record_counter += run.len() as i64;
        Ok(())
    }

    /// The configured bases under records, where they are known to be the right ones.
    fn configured(&self, contig: usize, slice: &DecodedSlice, start: i64, last: i64) -> FormatResult<Option<(i64, Vec<u8>)>> {
        let (Some(reference), Ok(from), Ok(count)) = (self.job.reference, u64::try_from(start), u64::try_from(last + 1 - start)) else {
            return Ok(None);
        };
        let Some(known) = self.header.sam.contigs.get(contig) else {
            return Ok(None);
        };
        if from == 0 || count > MOST_EMBEDDED_BASES || !is_reference_of(reference, &self.header.sam, contig, &slice.header)? {
            return Ok(None);
        }
        Ok(reference.bases(&known.name, from, count)?.map(|bases| (start, bases)))
    }
}
