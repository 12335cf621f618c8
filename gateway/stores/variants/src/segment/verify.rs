//! Verifies a segment: checks every byte.

use sha2::{Digest, Sha256};

use super::block::BlockCursor;
use super::footer::Footer;
use super::trailer::{Trailer, header};
use super::{HEADER_BYTES, SegmentError, TRAILER_BYTES, VERSION, malformed};
use crate::callability::is_reserved;
use crate::carriers::Carriers;
use crate::mask::{Liveness, Mask};
use crate::segment::carriers::add_masked;

/// A summary of the contents of a valid segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentSummary {
    /// The id of the segment's dataset.
    pub dataset: String,
    /// The official name of the segment's assembly.
    pub assembly: String,
    /// The origin of the segment: `germline` or `somatic`.
    pub origin: String,
    /// The number of variants in the segment.
    pub variant_count: u64,
    /// The number of entries (variant, carrier, source) in the segment.
    pub entry_count: u64,
    /// The number of statements of callability in the segment. A statement names a range of bases in which participants were called.
    pub statement_count: u64,
    /// The ids of the sources (files or input units) of the entries, in the order of their numbers.
    pub sources: Vec<String>,
}

/// Reads every byte of a segment and checks the SHA-256, every CRC-32, the order of the keys and every carrier list.
///
/// # Errors
/// The first fault that is found.
pub fn verify(bytes: &[u8]) -> Result<SegmentSummary, SegmentError> {
    if bytes.len() < (HEADER_BYTES + TRAILER_BYTES) as usize {
        return Err(SegmentError::Truncated { part: "header" });
    }
    let trailer = Trailer::parse_any(bytes, bytes.len() as u64)?;
    if bytes[..HEADER_BYTES as usize] != header(trailer.version) {
        return Err(SegmentError::NotASegment);
    }
    if trailer.version != VERSION {
        return Err(SegmentError::Version { version: trailer.version });
    }
    if Sha256::digest(&bytes[..bytes.len() - 40]).as_slice() != trailer.sha256 {
        return Err(SegmentError::Checksum { part: "file" });
    }
    verify_parts(bytes, &trailer)
}

/// Checks everything except the SHA-256, so that a fuzz run with changed bytes reaches the other checks.
pub(crate) fn verify_parts(bytes: &[u8], trailer: &Trailer) -> Result<SegmentSummary, SegmentError> {
    let footer = part(bytes, trailer.footer_offset, trailer.footer_bytes)?;
    if crc32fast::hash(footer) != trailer.footer_crc32 {
        return Err(SegmentError::Checksum { part: "footer" });
    }
    let footer = Footer::parse(footer, trailer.footer_offset)?;
    for entry in footer
        .contig_order
        .iter()
        .filter_map(|name| footer.contigs.get(name))
        .flat_map(|c| &c.blocks)
    {
        let block = part(bytes, entry.offset, entry.bytes)?;
        if crc32fast::hash(block) != entry.crc32 {
            return Err(SegmentError::Checksum { part: "block" });
        }
        let (variants, first, last, reach) = verify_block(block)?;
        if (variants, first, last, reach) != (entry.variants, entry.first_start, entry.last_start, entry.reach) {
            return Err(malformed("a block differs from the footer"));
        }
    }
    let statements = footer.contigs.iter().filter(|(contig, _)| is_reserved(contig));
    let statements: u64 = statements.flat_map(|(_, contig)| &contig.blocks).map(|block| block.variants).sum();
    Ok(SegmentSummary {
        dataset: footer.dataset,
        assembly: footer.assembly,
        origin: footer.origin,
        variant_count: footer.variants.saturating_sub(statements),
        statement_count: statements,
        entry_count: footer.entries,
        sources: footer.sources,
    })
}

/// Checks every key and every carrier list of a block. Returns the number of variants, the first start, the last start and the reach.
pub(crate) fn verify_block(block: &[u8]) -> Result<(u64, u64, u64, u64), SegmentError> {
    let nobody = roaring::RoaringBitmap::new();
    let mask = Mask::new(&nobody, &Liveness::All);
    let mut cursor = BlockCursor::open(block)?;
    let (mut variants, mut first, mut reach) = (0, 0, 0);
    let mut previous: Option<super::key::Key<'_>> = None;
    while let Some(variant) = cursor.next(block)? {
        if previous.is_some_and(|p| p >= variant.key) {
            return Err(malformed("the variants of a block are out of order"));
        }
        add_masked(&block[variant.carriers.clone()], &mask, &mut Carriers::default())?;
        if variants == 0 {
            first = variant.key.start;
        }
        variants += 1;
        reach = reach.max(variant.key.reach());
        previous = Some(variant.key);
    }
    Ok((variants, first, previous.map_or(0, |p| p.start), reach))
}

fn part(bytes: &[u8], offset: u64, length: u64) -> Result<&[u8], SegmentError> {
    let range = usize::try_from(offset)
        .ok()
        .zip(offset.checked_add(length).and_then(|end| usize::try_from(end).ok()));
    range
        .and_then(|(from, to)| bytes.get(from..to))
        .ok_or(SegmentError::Truncated { part: "file" })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::builder::SegmentBuilder;
    use gemj_model::{Allele, Assembly, Contig, DatasetId, Ordinal, Origin, ZeroBased, Zygosity};
    use proptest::prelude::*;
    use std::sync::OnceLock;

    fn sound() -> &'static [u8] {
        static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
        BYTES.get_or_init(|| {
            let dataset = DatasetId::parse("main").unwrap();
            let mut builder = SegmentBuilder::new(dataset, Assembly::GRCh38, Origin::Germline, 0);
            let sources = ["a", "b"].map(|id| builder.source(id).unwrap());
            for number in 0..700u64 {
                let symbolic = number % 10 == 0;
                let allele = Allele {
                    contig: Contig(if number < 400 { "1" } else { "X" }.into()),
                    start: ZeroBased(number * 7),
                    end: ZeroBased(number * 7 + if symbolic { 900 } else { 2 }),
                    reference: if symbolic { "" } else { "AC" }.into(),
                    alternate: if symbolic { "<DUP>" } else { "G" }.into(),
                    inserted: None,
                };
                for ordinal in 0..number % 60 {
                    let (zygosity, source) = match ordinal % 3 {
                        0 => (Zygosity::Heterozygous, sources[0]),
                        1 => (Zygosity::Homozygous, sources[(number % 2) as usize]),
                        _ => (Zygosity::Hemizygous, sources[1]),
                    };
                    builder.add(&allele, Ordinal((ordinal * ordinal) as u32), zygosity, source).unwrap();
                }
            }
            builder.finish().unwrap().0
        })
    }

    type Changes = Vec<(prop::sample::Index, u8)>;

    fn changes() -> impl Strategy<Value = Changes> {
        prop::collection::vec(
            (
                any::<prop::sample::Index>(),
                prop_oneof![any::<u8>(), Just(0xff), Just(0x80), Just(0)],
            ),
            1..6,
        )
    }

    fn change(bytes: &mut [u8], changes: &Changes) {
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn a_changed_footer_with_a_correct_checksum_is_parsed_or_rejected(changes in changes()) {
            let mut bytes = sound().to_vec();
            let mut trailer = Trailer::parse(&bytes, bytes.len() as u64).unwrap();
            let footer = trailer.footer_offset as usize..(trailer.footer_offset + trailer.footer_bytes) as usize;
            change(&mut bytes[footer.clone()], &changes);
            trailer.footer_crc32 = crc32fast::hash(&bytes[footer.clone()]);
            if let Ok(parsed) = Footer::parse(&bytes[footer], trailer.footer_offset) {
                for blocks in parsed.contigs.values() {
                    let _ = (blocks.with_start(70), blocks.next_reaching(0, blocks.starting_before(2_000), 3), blocks.next_reaching(0, blocks.blocks.len(), 0));
                }
            }
            let _ = verify_parts(&bytes, &trailer);
        }

        #[test]
        fn a_changed_block_is_parsed_or_rejected(which in any::<prop::sample::Index>(), changes in changes()) {
            let bytes = sound();
            let trailer = Trailer::parse(bytes, bytes.len() as u64).unwrap();
            let footer = part(bytes, trailer.footer_offset, trailer.footer_bytes).unwrap();
            let footer = Footer::parse(footer, trailer.footer_offset).unwrap();
            let entries: Vec<_> = footer.contigs.values().flat_map(|c| &c.blocks).collect();
            let entry = which.get(&entries);
            let mut block = part(bytes, entry.offset, entry.bytes).unwrap().to_vec();
            change(&mut block, &changes);
            let _ = verify_block(&block);
            // The carriers are also decoded under a mask that includes some participants.
            let people: roaring::RoaringBitmap = (0..5_000).collect();
            let mask = Mask::new(&people, &Liveness::All);
            if let Ok(mut cursor) = BlockCursor::open(&block) {
                while let Ok(Some(variant)) = cursor.next(&block) {
                    let _ = add_masked(&block[variant.carriers], &mask, &mut Carriers::default());
                }
            }
        }

        #[test]
        fn random_bytes_are_not_a_segment(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(verify(&bytes).is_err());
            let _ = Footer::parse(&bytes, 16);
            let _ = verify_block(&bytes);
        }
    }
}
