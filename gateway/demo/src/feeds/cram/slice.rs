//! A slice (§ 8.5): its header, an empty core block, and one block for each data series that has values.

use super::Span;
use super::block::{self, Content};
use super::compression_header::Series;
use super::number::{itf8, ltf8, to_i32};
use crate::error::DemoError;
use crate::feeds::reads::{Op, Read};

/// § 10.1 "CRAM record flags": quality scores as an array, mate information spelled out.
const CRAM_FLAGS: i32 = 0x1 | 0x2;

/// Writes the blocks of a slice and returns their number.
pub(super) fn write(out: &mut Vec<u8>, reads: &[Read], span: Span, counter: u64) -> Result<usize, DemoError> {
    let mut series = AllSeries(vec![Vec::new(); Series::ALL.len() + 1]);
    let mut previous = span.start.0;
    for read in reads {
        series.read(read, &mut previous)?;
    }
    let used: Vec<Series> = Series::ALL.into_iter().filter(|s| !series.bytes(*s).is_empty()).collect();
    let mut header = Vec::new();
    itf8(&mut header, span.contig);
    itf8(&mut header, to_i32(span.start.0)?);
    itf8(&mut header, to_i32(span.length)?);
    itf8(&mut header, to_i32(reads.len() as u64)?);
    ltf8(&mut header, counter)?;
    itf8(&mut header, to_i32(used.len() as u64 + 1)?);
    itf8(&mut header, to_i32(used.len() as u64 + 1)?);
    itf8(&mut header, 0);
    for series in &used {
        itf8(&mut header, series.block_id());
    }
    // No embedded reference, and no checksum of an outer one.
    itf8(&mut header, -1);
    header.extend([0; 16]);
    block::write(out, Content::SliceHeader, 0, &header)?;
    block::write(out, Content::CoreData, 0, &[])?;
    for one in &used {
        block::write(out, Content::ExternalData, one.block_id(), series.bytes(*one))?;
    }
    Ok(used.len() + 2)
}

/// The contents of the blocks, by id.
struct AllSeries(Vec<Vec<u8>>);

impl AllSeries {
    fn bytes(&self, series: Series) -> &[u8] {
        &self.0[series as usize]
    }

    fn block(&mut self, series: Series) -> &mut Vec<u8> {
        &mut self.0[series as usize]
    }

    fn int(&mut self, series: Series, value: i32) {
        itf8(self.block(series), value);
    }

    /// Adds one record, with its fields in the order of § 10 "Record structure".
    fn read(&mut self, read: &Read, previous: &mut u64) -> Result<(), DemoError> {
        let position = read.place.map_or(0, |(_, p)| p.0);
        self.int(Series::BamFlags, i32::from(read.flags));
        self.int(Series::CramFlags, CRAM_FLAGS);
        self.int(Series::ReadLength, to_i32(read.sequence.len() as u64)?);
        self.int(Series::Position, to_i32(position - *previous)?);
        *previous = position;
        self.int(Series::ReadGroup, 0);
        self.up_to_zero(Series::Name, read.name.as_bytes());
        self.mate(read)?;
        self.tags(read);
        if read.cigar.is_empty() {
            self.block(Series::Base).extend(&read.sequence);
        } else {
            self.features(read)?;
            self.int(Series::MappingQuality, i32::from(read.mapping_quality));
        }
        self.block(Series::QualityScore).extend(&read.quality_scores);
        Ok(())
    }

    /// § 10.4 "Mate record".
    fn mate(&mut self, read: &Read) -> Result<(), DemoError> {
        let (reverse, unmapped) = (read.flags & 0x20 != 0, read.flags & 0x8 != 0);
        self.int(Series::MateFlags, i32::from(reverse) | i32::from(unmapped) << 1);
        match read.mate_place {
            Some((contig, position)) => {
                self.int(Series::MateContig, to_i32(contig as u64)?);
                self.int(Series::MatePosition, to_i32(position.0)?);
            }
            None => {
                self.int(Series::MateContig, -1);
                self.int(Series::MatePosition, 0);
            }
        }
        self.int(Series::TemplateLength, read.template_length);
        Ok(())
    }

    fn tags(&mut self, read: &Read) {
        match read.edit_distance {
            Some(distance) => {
                self.int(Series::TagList, 0);
                self.int(Series::TagLength, 1);
                self.block(Series::EditDistance).push(distance);
            }
            None => self.int(Series::TagList, 1),
        }
    }

    /// § 10.6 "Mapped reads": every base is in a stretch, so that no reference is needed.
    fn features(&mut self, read: &Read) -> Result<(), DemoError> {
        self.int(Series::FeatureCount, to_i32(read.cigar.len() as u64)?);
        let (mut at, mut last) = (0, 0);
        for (op, length) in &read.cigar {
            let code = match op {
                Op::Match => b'b',
                Op::Insertion => b'I',
                Op::Deletion => b'D',
                Op::Skip => b'N',
                Op::SoftClip => b'S',
            };
            self.block(Series::FeatureCode).push(code);
            // Positions are 1-based and stored as differences from the feature before.
            self.int(Series::FeaturePosition, to_i32((at + 1 - last) as u64)?);
            last = at + 1;
            let count = to_i32(*length)?;
            let bases = || {
                read.sequence
                    .get(at..at + *length as usize)
                    .ok_or(DemoError::Plan { what: "CIGAR" })
            };
            match op {
                Op::Match => {
                    self.int(Series::StretchLength, count);
                    self.block(Series::StretchBases).extend(bases()?);
                }
                Op::Insertion => self.up_to_zero(Series::Insertion, bases()?),
                Op::SoftClip => self.up_to_zero(Series::SoftClip, bases()?),
                Op::Deletion => self.int(Series::DeletionLength, count),
                Op::Skip => self.int(Series::SkipLength, count),
            }
            if !matches!(op, Op::Deletion | Op::Skip) {
                at += *length as usize;
            }
        }
        Ok(())
    }

    fn up_to_zero(&mut self, series: Series, bytes: &[u8]) {
        let block = self.block(series);
        block.extend(bytes);
        block.push(0);
    }
}
