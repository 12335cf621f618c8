//! Writes reads as SAM text and as BAM.

use std::fmt::Write as _;

use super::reads::{Op, Read, header};
use crate::error::DemoError;
use crate::programme::Person;
use crate::programme::reference::CONTIGS;

/// The BAM of a participant with these reads.
pub(super) fn encode(person: &Person, reads: &[Read]) -> Result<Vec<u8>, DemoError> {
    let mut text = header(person);
    for read in reads {
        put_line(&mut text, read);
    }
    hts_formats::bam::encode::encode(text.as_bytes()).map_err(DemoError::Encoding)
}

/// Appends an alignment line (SAM specification § 1.4).
fn put_line(text: &mut String, read: &Read) {
    let place =
        |place: Option<(usize, gemj_model::OneBased)>| place.map_or(("*", 0), |(contig, position)| (CONTIGS[contig].name, position.0));
    let (contig, position) = place(read.place);
    let (mate_contig, mate_position) = place(read.mate_place);
    let _ = write!(
        text,
        "{}\t{}\t{contig}\t{position}\t{}\t",
        read.name, read.flags, read.mapping_quality
    );
    if read.cigar.is_empty() {
        text.push('*');
    }
    for (op, length) in &read.cigar {
        let _ = write!(text, "{length}{}", letter(*op));
    }
    let sequence = String::from_utf8_lossy(&read.sequence);
    let qualities: String = read.quality_scores.iter().map(|score| char::from(score + 33)).collect();
    let length = read.template_length;
    let _ = write!(text, "\t{mate_contig}\t{mate_position}\t{length}\t{sequence}\t{qualities}");
    if let Some(distance) = read.edit_distance {
        let _ = write!(text, "\tNM:i:{distance}");
    }
    text.push_str("\tRG:Z:1\n");
}

fn letter(op: Op) -> char {
    match op {
        Op::Match => 'M',
        Op::Insertion => 'I',
        Op::Deletion => 'D',
        Op::Skip => 'N',
        Op::SoftClip => 'S',
    }
}
