//! Writes reads as CRAM 3.0 that needs no reference. Each slice contains all bases itself, as in the output of `samtools view -O
//! cram,no_ref`.

use gemj_model::OneBased;
use hts_formats::cram::compress::{BlockCompressor, Codecs};
use hts_formats::cram::container::END_CONTAINER;
use hts_formats::cram::header::beginning;
use hts_formats::cram::record::{CramRecord, Feature, FeatureKind, QUALITY_STORED};
use hts_formats::cram::write::{Batch, SliceReference, container};

use super::reads::{Op, Read};
use crate::error::DemoError;

/// The number of reads in one container. The number is small, so that a region needs only some containers of a file.
const CONTAINER_READS: usize = 400;

/// The substitution matrix `SM` of a file without substitutions: the order of the bases ACGTN for each base.
const SUBSTITUTION_MATRIX: [u8; 5] = [0x1B; 5];

/// The CRAM of these reads. The reads must be in order of position, with the unplaced reads last.
pub(super) fn encode(header: &str, reads: &[Read]) -> Result<Vec<u8>, DemoError> {
    let mut file = beginning(header.as_bytes()).map_err(|_| DemoError::Plan { what: "SAM header" })?;
    let mut compressor = BlockCompressor::new(Codecs::V30);
    // The two tag lists of records: `NM` as an unsigned byte, and the empty list.
    let tag_lists = [vec![*b"NMC"], Vec::new()];
    let mut record_counter = 0;
    for group in reads.chunk_by(|a, b| contig(a) == contig(b)) {
        for chunk in group.chunks(CONTAINER_READS) {
            let records = chunk.iter().map(record).collect::<Result<Vec<_>, _>>()?;
            let batch = Batch {
                records: &records,
                tag_lists: &tag_lists,
                substitution_matrix: SUBSTITUTION_MATRIX,
                reference: SliceReference::Unneeded,
                record_counter,
            };
            file.extend(container(&batch, &mut compressor).map_err(DemoError::Encoding)?);
            record_counter += chunk.len() as i64;
        }
    }
    file.extend(END_CONTAINER);
    Ok(file)
}

fn contig(read: &Read) -> Option<usize> {
    read.place.map(|(contig, _)| contig)
}

fn record(read: &Read) -> Result<CramRecord, DemoError> {
    let place = |place: Option<(usize, OneBased)>| place.map_or((-1, 0), |(contig, position)| (contig as i32, position.0 as i64));
    let ((contig, start), (mate_contig, mate_start)) = (place(read.place), place(read.mate_place));
    let is_unmapped = read.cigar.is_empty();
    Ok(CramRecord {
        flags: read.flags,
        cram_flags: QUALITY_STORED,
        contig,
        length: read.sequence.len(),
        start,
        read_group: 0,
        name: Some(read.name.clone().into_bytes()),
        mate_flags: 0,
        mate_contig,
        mate_start,
        template_length: i64::from(read.template_length),
        mate_line: None,
        tag_list: usize::from(read.edit_distance.is_none()),
        tags: read.edit_distance.map(|distance| vec![distance]).into_iter().collect(),
        features: features(read)?,
        mapping_quality: i32::from(read.mapping_quality),
        bases: if is_unmapped { read.sequence.clone() } else { Vec::new() },
        qualities: read.quality_scores.clone(),
    })
}

/// The features of a mapped read. Every base is written as a feature, so that no base depends on a reference.
fn features(read: &Read) -> Result<Vec<Feature>, DemoError> {
    let (mut features, mut at, mut last) = (Vec::with_capacity(read.cigar.len()), 0, 0);
    for (op, length) in &read.cigar {
        let bases = || {
            let bases = read.sequence.get(at..at + *length as usize);
            bases.map(<[u8]>::to_vec).ok_or(DemoError::Plan { what: "CIGAR" })
        };
        let count = i32::try_from(*length).map_err(|_| DemoError::Plan { what: "number" })?;
        let kind = match op {
            Op::Match => FeatureKind::Bases(bases()?),
            Op::Insertion => FeatureKind::Insertion(bases()?),
            Op::SoftClip => FeatureKind::SoftClip(bases()?),
            Op::Deletion => FeatureKind::Deletion(count),
            Op::Skip => FeatureKind::Skip(count),
        };
        // The position of a feature counts from 1 and is stored as the distance from the previous feature.
        let delta = (at + 1 - last) as i32;
        last = at + 1;
        features.push(Feature { delta, kind });
        if !matches!(op, Op::Deletion | Op::Skip) {
            at += *length as usize;
        }
    }
    Ok(features)
}
