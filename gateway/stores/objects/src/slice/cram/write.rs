//! Writes requested records of a CRAM file into new containers.

use std::io::{BufReader, Read, Seek, Write};

use hts_formats::cram::bases::is_reference_of;
use hts_formats::cram::compress::{BlockCompressor, Codecs};
use hts_formats::cram::compression::CompressionHeader;
use hts_formats::cram::container::END_CONTAINER;
use hts_formats::cram::record::CramRecord;
use hts_formats::cram::slice::DecodedSlice;
use hts_formats::cram::trim::Trim;
use hts_formats::cram::write::{self, Batch, SliceReference};
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::read_fields::ReadColumn;
use hts_formats::reference::md5_of;

use super::super::open::Job;
use super::pending::{Basis, Pending};
use super::walk::{self, Decoded};
use super::{CramHeader, CramIndex};

/// The maximum length of an interval of the configured reference, in bases. A longer interval is not embedded in a slice, and no checksum is
/// computed for it.
const MOST_REFERENCE_BASES: i64 = 4 << 20;

/// A configured reference is embedded in a slice if the reads have at least this number of bases for each base of the reference interval. The
/// reference then takes about a twentieth of the slice's bytes. With fewer reads, the reference would take most of the slice.
const LEAST_DEPTH: i64 = 8;

/// Writes every requested record into a new container. Containers of the stored file are not copied.
pub(super) fn records<R: Read + Seek, W: Write>(
    mut reader: BufReader<R>,
    header: &CramHeader,
    index: &CramIndex,
    job: &Job<'_>,
    out: &mut W,
) -> FormatResult<()> {
    let mut writer = RecordWriter::new(header, job, true);
    walk::decode_each(&mut reader, header, index, job, |decoded| writer.write(decoded, out))?;
    writer.flush(out)?;
    out.write_all(&END_CONTAINER)?;
    Ok(())
}

/// Writes the requested records of decoded slices into new containers.
pub(super) struct RecordWriter<'a> {
    header: &'a CramHeader,
    job: &'a Job<'a>,
    /// Whether a configured reference is embedded in the slices, so that a reader needs no reference.
    embeds: bool,
    compressor: BlockCompressor,
    pending: Option<Pending>,
    record_counter: i64,
}

impl<'a> RecordWriter<'a> {
    pub(super) fn new(header: &'a CramHeader, job: &'a Job<'a>, embeds: bool) -> Self {
        let codecs = if header.start.is_3_1() { Codecs::V31 } else { Codecs::V30 };
        Self {
            header,
            job,
            embeds,
            compressor: BlockCompressor::new(codecs),
            pending: None,
            record_counter: 0,
        }
    }

    /// Adds the requested records of a slice. Some records may be kept until more records are added. [`RecordWriter::flush`] writes the
    /// kept records.
    pub(super) fn write(&mut self, decoded: Decoded<'_>, out: &mut impl Write) -> FormatResult<()> {
        let Decoded { compression, mut slice } = decoded;
        let fields = self.job.fields;
        let makes_up = compression.reference_required || slice.reference.is_some();
        let wants_made_up = fields.keeps_tag(*b"MD") || fields.keeps_tag(*b"NM");
        // MD and NM are computed from the bases, so the bases are kept if MD or NM is requested.
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
        let lengths: Vec<usize> = records
            .chunk_by(|a, b| a.contig.max(-1) == b.contig.max(-1))
            .map(<[CramRecord]>::len)
            .collect();
        let mut records = records.into_iter();
        for length in lengths {
            self.run(records.by_ref().take(length).collect(), &slice, &compression, out)?;
        }
        Ok(())
    }

    /// Adds the records of a slice that are on one contig.
    fn run(
        &mut self,
        mut run: Vec<CramRecord>,
        slice: &DecodedSlice,
        compression: &CompressionHeader,
        out: &mut impl Write,
    ) -> FormatResult<()> {
        let Some(contig) = run.first().map(|record| record.contig) else {
            return Ok(());
        };
        let is_configured = self.is_configured(contig, slice, compression)?;
        while !run.is_empty() {
            let room = self.pending.as_ref().map_or(0, |pending| pending.room(&run));
            let joins = match &mut self.pending {
                Some(pending) if room > 0 => pending.join(contig, compression, &basis(&run[..room], slice, compression, is_configured)?),
                _ => false,
            };
            let count = if joins {
                room
            } else {
                self.flush(out)?;
                let count = Pending::new(compression, Basis::Unneeded).room(&run);
                let basis = basis(&run[..count], slice, compression, is_configured)?;
                self.pending = Some(Pending::new(compression, basis));
                count
            };
            if let Some(pending) = &mut self.pending {
                run.drain(..count).for_each(|record| pending.push(record, compression));
            }
        }
        Ok(())
    }

    /// Writes the kept records into a container, if there are any.
    pub(super) fn flush(&mut self, out: &mut impl Write) -> FormatResult<()> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let configured = match &pending.basis {
            Basis::Outside { is_configured: true } => self.configured(&pending)?,
            Basis::Outside { is_configured: false } | Basis::Embedded(..) | Basis::Unneeded => None,
        };
        let reference = match (&pending.basis, &configured) {
            (Basis::Unneeded, _) => SliceReference::Unneeded,
            (Basis::Embedded(start, bases), _) => SliceReference::Embedded { start: *start, bases },
            (Basis::Outside { .. }, None) => SliceReference::Outside { md5: [0; 16] },
            (Basis::Outside { .. }, Some((start, bases))) => {
                if self.embeds && bases.len() as i64 * LEAST_DEPTH <= pending.base_count as i64 {
                    SliceReference::Embedded { start: *start, bases }
                } else {
                    SliceReference::Outside { md5: md5_of(bases) }
                }
            }
        };
        let batch = Batch {
            records: &pending.records,
            tag_lists: &pending.tag_lists,
            substitution_matrix: pending.substitution_matrix,
            reference,
            record_counter: self.record_counter,
        };
        out.write_all(&write::container(&batch, &mut self.compressor)?)?;
        self.record_counter += pending.records.len() as i64;
        Ok(())
    }

    /// Whether the configured reference is verified as the reference that this slice was written with. False if the slice needs no external
    /// reference.
    fn is_configured(&self, contig: i32, slice: &DecodedSlice, compression: &CompressionHeader) -> FormatResult<bool> {
        match (self.job.reference, usize::try_from(contig)) {
            (Some(reference), Ok(contig)) if compression.reference_required && slice.reference.is_none() => {
                is_reference_of(reference, &self.header.sam, contig, &slice.header)
            }
            _ => Ok(false),
        }
    }

    /// Returns the bases of the configured reference that the records cover, and the 1-based position of the first base. Absent if there
    /// are more than [`MOST_REFERENCE_BASES`], or if the records extend beyond their contig.
    fn configured(&self, pending: &Pending) -> FormatResult<Option<(i64, Vec<u8>)>> {
        let (start, count) = write::stretch(&pending.records);
        let contig = pending.records.first().and_then(|record| usize::try_from(record.contig).ok());
        let known = contig.and_then(|contig| self.header.sam.contigs.get(contig));
        let (Some(reference), Some(known)) = (self.job.reference, known) else {
            return Ok(None);
        };
        if start < 1 || count > MOST_REFERENCE_BASES {
            return Ok(None);
        }
        Ok(reference
            .bases(&known.name, start as u64, count as u64)?
            .map(|bases| (start, bases)))
    }
}

/// Determines the source of the reference bases for some records of a slice.
fn basis(records: &[CramRecord], slice: &DecodedSlice, compression: &CompressionHeader, is_configured: bool) -> FormatResult<Basis> {
    let Some(embedded) = &slice.reference else {
        let is_placed = records.first().is_some_and(|record| record.contig >= 0);
        return Ok(match compression.reference_required && is_placed {
            true => Basis::Outside { is_configured },
            false => Basis::Unneeded,
        });
    };
    // Only the bases that these records cover are embedded. If the embedded reference is a consensus of the reads, other bases would reveal
    // other reads.
    let (start, count) = write::stretch(records);
    let from = i64::from(slice.header.start);
    let end = (start + count).min(from + embedded.len() as i64);
    let start = start.max(from);
    if start >= end {
        return Err(FormatError::Record("reads outside the embedded reference"));
    }
    Ok(Basis::Embedded(
        start,
        embedded[(start - from) as usize..(end - from) as usize].to_vec(),
    ))
}
