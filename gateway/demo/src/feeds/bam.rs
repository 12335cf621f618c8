//! Writes reads as BAM.

use std::num::TryFromIntError;

use gemj_model::OneBased;
use noodles::bgzf::io::writer::{Builder, CompressionLevel};
use noodles::core::Position;
use noodles::sam::alignment::RecordBuf;
use noodles::sam::alignment::io::Write as _;
use noodles::sam::alignment::record::cigar::Op as CigarOp;
use noodles::sam::alignment::record::cigar::op::Kind;
use noodles::sam::alignment::record::data::field::Tag;
use noodles::sam::alignment::record::{Flags, MappingQuality};
use noodles::sam::alignment::record_buf::data::field::Value;
use noodles::sam::alignment::record_buf::{QualityScores, Sequence};
use noodles::{bam, sam};

use super::reads::{Op, Read, header};
use crate::error::DemoError;
use crate::programme::Person;

/// The BAM of a participant.
pub(super) fn encode(person: &Person, reads: &[Read]) -> Result<Vec<u8>, DemoError> {
    let header: sam::Header = header(person).parse().map_err(|_| DemoError::Plan { what: "SAM header" })?;
    let bgzf = Builder::default()
        .set_compression_level(CompressionLevel::FAST)
        .build_from_writer(Vec::new());
    let mut writer = bam::io::Writer::from(bgzf);
    writer.write_header(&header).map_err(DemoError::Encoding)?;
    for read in reads {
        writer
            .write_alignment_record(&header, &record(read)?)
            .map_err(DemoError::Encoding)?;
    }
    writer.into_inner().finish().map_err(DemoError::Encoding)
}

fn record(read: &Read) -> Result<RecordBuf, DemoError> {
    let mut record = RecordBuf::default();
    *record.name_mut() = Some(read.name.as_str().into());
    *record.flags_mut() = Flags::from(read.flags);
    *record.reference_sequence_id_mut() = read.place.map(|(contig, _)| contig);
    *record.alignment_start_mut() = read.place.map(|(_, p)| position(p)).transpose()?;
    *record.mapping_quality_mut() = MappingQuality::new(read.mapping_quality);
    *record.cigar_mut() = read
        .cigar
        .iter()
        .map(|(op, length)| Ok(CigarOp::new(kind(*op), usize::try_from(*length).map_err(bad_number)?)))
        .collect::<Result<_, DemoError>>()?;
    *record.mate_reference_sequence_id_mut() = read.mate_place.map(|(contig, _)| contig);
    *record.mate_alignment_start_mut() = read.mate_place.map(|(_, p)| position(p)).transpose()?;
    *record.template_length_mut() = read.template_length;
    *record.sequence_mut() = Sequence::from(read.sequence.clone());
    *record.quality_scores_mut() = QualityScores::from(read.quality_scores.clone());
    let edit_distance = read.edit_distance.map(|n| (Tag::EDIT_DISTANCE, Value::UInt8(n)));
    *record.data_mut() = edit_distance
        .into_iter()
        .chain([(Tag::READ_GROUP, Value::String("1".into()))])
        .collect();
    Ok(record)
}

fn kind(op: Op) -> Kind {
    match op {
        Op::Match => Kind::Match,
        Op::Insertion => Kind::Insertion,
        Op::Deletion => Kind::Deletion,
        Op::Skip => Kind::Skip,
        Op::SoftClip => Kind::SoftClip,
    }
}

fn position(position: OneBased) -> Result<Position, DemoError> {
    let number = usize::try_from(position.0).map_err(bad_number)?;
    Position::new(number).ok_or(DemoError::Plan { what: "position" })
}

fn bad_number(_: TryFromIntError) -> DemoError {
    DemoError::Plan { what: "number" }
}
