//! Simulates the reads of one participant: paired, some spliced, clipped or with gaps, some unmapped.

use std::collections::HashMap;
use std::fmt::Write as _;

use gemj_model::{OneBased, ZeroBased};

use crate::prng::Draw;
use crate::programme::genotypes::Strand;
use crate::programme::reference::{CONTIGS, GeneRegion, REGIONS, base};
use crate::programme::{Person, Programme};

/// The genes whose regions have simulated reads.
pub(crate) const GENES: [&str; 2] = ["BRCA2", "BRCA1"];
const PAIRS_PER_REGION: usize = 900;
const UNPLACED_PAIRS: usize = 25;
const READ_BASES: u64 = 100;

/// A CIGAR operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Match,
    Insertion,
    Deletion,
    Skip,
    SoftClip,
}

/// A simulated alignment record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) name: String,
    pub(crate) flags: u16,
    /// The contig, as its position in [`CONTIGS`], and the position of the read; absent for an unplaced read.
    pub(crate) place: Option<(usize, OneBased)>,
    pub(crate) mapping_quality: u8,
    pub(crate) cigar: Vec<(Op, u64)>,
    /// The contig and position of the mate; absent if the mate is unplaced.
    pub(crate) mate_place: Option<(usize, OneBased)>,
    pub(crate) template_length: i32,
    pub(crate) sequence: Vec<u8>,
    pub(crate) quality_scores: Vec<u8>,
    /// The number of mismatched, inserted and deleted bases (SAM tag `NM`); absent for an unmapped read.
    pub(crate) edit_distance: Option<u8>,
}

impl Read {
    /// The last base of the reference that the read covers; for a placed unmapped read, the position itself. Absent for an unplaced read.
    pub(crate) fn end(&self) -> Option<OneBased> {
        let (_, start) = self.place?;
        Some(OneBased(start.0 + span(&self.cigar).max(1) - 1))
    }
}

fn span(cigar: &[(Op, u64)]) -> u64 {
    cigar
        .iter()
        .map(|(op, length)| match op {
            Op::Match | Op::Deletion | Op::Skip => *length,
            Op::Insertion | Op::SoftClip => 0,
        })
        .sum()
}

const PAIRED: u16 = 0x1;
const PROPER: u16 = 0x2;
const UNMAPPED: u16 = 0x4;
const MATE_UNMAPPED: u16 = 0x8;
const REVERSE: u16 = 0x10;
const MATE_REVERSE: u16 = 0x20;
const FIRST: u16 = 0x40;
const LAST: u16 = 0x80;
const DUPLICATE: u16 = 0x400;

/// The SAM header of a participant's reads.
pub(crate) fn header(person: &Person) -> String {
    let mut text = String::from("@HD\tVN:1.6\tSO:coordinate\n");
    for contig in CONTIGS {
        let _ = writeln!(text, "@SQ\tSN:{}\tLN:{}\tAS:GRCh38", contig.name, contig.length);
    }
    let _ = writeln!(text, "@RG\tID:1\tSM:{}\tLB:1\tPL:ILLUMINA", person.specimen());
    text.push_str("@PG\tID:gemj-demo\tPN:gemj-demo\n@CO\tSynthetic: no person, and bases that are not those of GRCh38\n");
    text
}

/// The simulated reads of a participant in order of position, unplaced reads last.
pub(crate) fn simulate(programme: &Programme, person: &Person) -> Vec<Read> {
    let mut reads = Vec::new();
    for region in REGIONS.iter().filter(|r| GENES.contains(&r.gene)) {
        let mut draw = Draw::of(&[0x2EAD, person.index as u64, region.start.0]);
        let haplotypes = [Strand::Maternal, Strand::Paternal].map(|strand| substitutions(programme, person, strand, region));
        for _ in 0..PAIRS_PER_REGION {
            let name = name(person, reads.len() / 2);
            let haplotype = draw.pick(&haplotypes);
            reads.extend(pair(name, region, haplotype, &mut draw));
        }
    }
    reads.sort_by_key(|read| read.place.map(|(contig, position)| (contig, position.0)));
    let mut draw = Draw::of(&[0x2EAD, person.index as u64]);
    let placed = reads.len();
    for number in 0..UNPLACED_PAIRS {
        let name = name(person, placed / 2 + number);
        for flags in [PAIRED | UNMAPPED | MATE_UNMAPPED | FIRST, PAIRED | UNMAPPED | MATE_UNMAPPED | LAST] {
            reads.push(unmapped(name.clone(), flags, None, &mut draw));
        }
    }
    reads
}

/// The name of a read pair. The name reveals nothing about the participant.
fn name(person: &Person, number: usize) -> String {
    format!(
        "SYN:1:{:04X}:{number:05}",
        crate::prng::hash(&[0x7A6, person.index as u64]) & 0xFFFF
    )
}

/// The substitutions of one haplotype in a region: each position (0-based) with the base that differs from the demo's genome.
fn substitutions(programme: &Programme, person: &Person, strand: Strand, region: &GeneRegion) -> HashMap<u64, u8> {
    programme
        .sites
        .iter()
        .filter(|site| REGIONS[site.region] == *region && site.is_snv() && programme.allele(person, strand, site) == 1)
        .filter_map(|site| Some((site.position.zero_based()?.0, *site.alternates[0].as_bytes().first()?)))
        .collect()
}

fn pair(name: String, region: &GeneRegion, haplotype: &HashMap<u64, u8>, draw: &mut Draw) -> [Read; 2] {
    // No read starts near the end of the region, so that skipped introns stay within the region.
    let start = region.start.0 + draw.below(region.end.0 - region.start.0 - 3_000);
    let second_start = start + 160 + draw.below(180);
    let left_is_first = draw.per_mille(500);
    let (left_end, right_end) = if left_is_first { (FIRST, LAST) } else { (LAST, FIRST) };
    let quality = if draw.per_mille(30) { 0 } else { 60 };
    if draw.per_mille(30) {
        return mate_unmapped(name, region, start, haplotype, quality, draw);
    }
    let duplicate = if draw.per_mille(15) { DUPLICATE } else { 0 };
    let mut left = mapped(name.clone(), region, start, haplotype, quality, draw);
    let mut right = mapped(name, region, second_start, haplotype, quality, draw);
    left.flags = PAIRED | PROPER | MATE_REVERSE | left_end | duplicate;
    right.flags = PAIRED | PROPER | REVERSE | right_end | duplicate;
    (left.mate_place, right.mate_place) = (right.place, left.place);
    let reach = left.end().max(right.end()).map_or(0, |end| end.0);
    left.template_length = (reach - start) as i32;
    right.template_length = -left.template_length;
    [left, right]
}

/// A pair of reads of which one is unmapped. The unmapped read is placed at the position of its mate.
fn mate_unmapped(name: String, region: &GeneRegion, start: u64, haplotype: &HashMap<u64, u8>, quality: u8, draw: &mut Draw) -> [Read; 2] {
    let mut one = mapped(name.clone(), region, start, haplotype, quality, draw);
    one.flags = PAIRED | MATE_UNMAPPED | FIRST;
    one.mate_place = one.place;
    let other = unmapped(name, PAIRED | UNMAPPED | LAST, one.place, draw);
    [one, other]
}

fn mapped(name: String, region: &GeneRegion, start: u64, haplotype: &HashMap<u64, u8>, mapping_quality: u8, draw: &mut Draw) -> Read {
    let cigar = cigar(draw);
    let mut sequence = Vec::with_capacity(READ_BASES as usize);
    let mut position = start;
    let mut edit_distance = 0;
    for (op, length) in &cigar {
        match op {
            Op::Match => {
                for at in position..position + length {
                    let own = base(region.contig, ZeroBased(at));
                    let mut seen = haplotype.get(&at).copied().unwrap_or(own);
                    if draw.per_mille(2) {
                        seen = *draw.pick(b"ACGT");
                    }
                    edit_distance += u8::from(seen != own);
                    sequence.push(seen);
                }
                position += length;
            }
            Op::Insertion | Op::SoftClip => {
                sequence.extend((0..*length).map(|_| *draw.pick(b"ACGT")));
                edit_distance += if *op == Op::Insertion { *length as u8 } else { 0 };
            }
            Op::Deletion => {
                position += length;
                edit_distance += *length as u8;
            }
            Op::Skip => position += length,
        }
    }
    Read {
        name,
        flags: 0,
        place: Some((region.contig, ZeroBased(start).one_based())),
        mapping_quality,
        cigar,
        mate_place: None,
        template_length: 0,
        sequence,
        quality_scores: quality_scores(draw),
        edit_distance: Some(edit_distance),
    }
}

fn unmapped(name: String, flags: u16, place: Option<(usize, OneBased)>, draw: &mut Draw) -> Read {
    Read {
        name,
        flags,
        place,
        mapping_quality: 0,
        cigar: Vec::new(),
        mate_place: place,
        template_length: 0,
        sequence: (0..READ_BASES).map(|_| *draw.pick(b"ACGT")).collect(),
        quality_scores: quality_scores(draw),
        edit_distance: None,
    }
}

fn cigar(draw: &mut Draw) -> Vec<(Op, u64)> {
    let cut = 20 + draw.below(60);
    match draw.below(100) {
        0..4 => vec![(Op::Match, cut), (Op::Skip, 300 + draw.below(1_500)), (Op::Match, READ_BASES - cut)],
        4..7 => vec![(Op::SoftClip, 20), (Op::Match, READ_BASES - 20)],
        7..10 => vec![(Op::Match, cut), (Op::SoftClip, READ_BASES - cut)],
        10..12 => vec![(Op::Match, cut), (Op::Insertion, 2), (Op::Match, READ_BASES - cut - 2)],
        12..14 => vec![(Op::Match, cut), (Op::Deletion, 3), (Op::Match, READ_BASES - cut)],
        _ => vec![(Op::Match, READ_BASES)],
    }
}

/// The quality scores of a read: high at the start, lower at the end, with few distinct values, as from real machines.
fn quality_scores(draw: &mut Draw) -> Vec<u8> {
    let good = 70 + draw.below(31);
    (0..READ_BASES)
        .map(|at| if at < good { 37 } else { 25 - (at % 2) as u8 * 13 })
        .collect()
}
