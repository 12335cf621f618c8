//! The key of one variant in a block: its position and its alleles.

use gemj_model::{Allele, Contig, ZeroBased};

use super::varint::{Cursor, put, put_text};
use super::{SegmentError, malformed};

const BASES: [&str; 4] = ["A", "C", "G", "T"];
/// Tags 0 to 15 mean a change of a single base: four times the reference base plus the alternative base, each in the order A, C, G, T. The
/// tag `TAG_BASES` means that reference and alternate follow as texts.
const TAG_BASES: u8 = 16;
/// The tag `TAG_EXTENT` means that an extent, reference and alternate follow: a symbolic allele.
const TAG_EXTENT: u8 = 17;
/// The tag `TAG_INSERTED` means that an extent, the number of inserted bases, reference and alternate follow: a symbolic insertion of known
/// length.
const TAG_INSERTED: u8 = 18;

/// An allele without its contig, borrowed. Keys have the same order as alleles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a> {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) reference: &'a str,
    pub(crate) alternate: &'a str,
    pub(crate) inserted: Option<u64>,
}

impl<'a> Key<'a> {
    /// Makes the key of an allele.
    pub(crate) fn of(allele: &'a Allele) -> Self {
        Self {
            start: allele.start.0,
            end: allele.end.0,
            reference: &allele.reference,
            alternate: &allele.alternate,
            inserted: allele.inserted,
        }
    }

    /// Makes the allele with this key on a contig, whose name must be canonical.
    pub(crate) fn to_allele(self, contig: &Contig) -> Allele {
        Allele {
            contig: contig.clone(),
            start: ZeroBased(self.start),
            end: ZeroBased(self.end),
            reference: self.reference.to_owned(),
            alternate: self.alternate.to_owned(),
            inserted: self.inserted,
        }
    }

    /// The first base after the last base that the allele covers. An insertion covers the base before which it is inserted.
    pub(crate) fn reach(&self) -> u64 {
        self.end.max(self.start.saturating_add(1))
    }
}

fn base_number(text: &str) -> Option<u8> {
    BASES.iter().position(|b| *b == text).map(|n| n as u8)
}

/// Appends the tag and the tail of a key, as in `docs/formats/carrier-segment.md`.
pub(crate) fn put_key(out: &mut Vec<u8>, key: &Key<'_>) {
    let extent = key.end.saturating_sub(key.start);
    if let Some(inserted) = key.inserted {
        out.push(TAG_INSERTED);
        put(out, extent);
        put(out, inserted);
    } else if extent == key.reference.len() as u64 {
        if let (Some(reference), Some(alternate)) = (base_number(key.reference), base_number(key.alternate)) {
            out.push(reference * 4 + alternate);
            return;
        }
        out.push(TAG_BASES);
    } else {
        out.push(TAG_EXTENT);
        put(out, extent);
    }
    put_text(out, key.reference);
    put_text(out, key.alternate);
}

/// Reads the tag and the tail of a key. `start` is the start of the variant.
#[inline]
pub(crate) fn read_key<'a>(cursor: &mut Cursor<'a>, start: u64) -> Result<Key<'a>, SegmentError> {
    let tag = cursor.byte()?;
    let (extent, inserted) = match tag {
        0..16 => {
            let (reference, alternate) = (BASES[usize::from(tag >> 2)], BASES[usize::from(tag & 3)]);
            return key(start, 1, reference, alternate, None);
        }
        TAG_BASES => {
            let reference = cursor.text()?;
            return key(start, reference.len() as u64, reference, cursor.text()?, None);
        }
        TAG_EXTENT => (cursor.varint()?, None),
        TAG_INSERTED => (cursor.varint()?, Some(cursor.varint()?)),
        _ => return Err(malformed("a key has an unknown tag")),
    };
    key(start, extent, cursor.text()?, cursor.text()?, inserted)
}

/// Skips the tag and the tail of a key.
#[inline]
pub(crate) fn skip_key(cursor: &mut Cursor<'_>) -> Result<(), SegmentError> {
    let numbers = match cursor.byte()? {
        0..16 => return Ok(()),
        TAG_BASES => 0,
        TAG_EXTENT => 1,
        TAG_INSERTED => 2,
        _ => return Err(malformed("a key has an unknown tag")),
    };
    for _ in 0..numbers {
        cursor.varint()?;
    }
    for _text in ["reference", "alternate"] {
        let length = cursor.length()?;
        cursor.take(length)?;
    }
    Ok(())
}

fn key<'a>(start: u64, extent: u64, reference: &'a str, alternate: &'a str, inserted: Option<u64>) -> Result<Key<'a>, SegmentError> {
    let end = start
        .checked_add(extent)
        .ok_or(malformed("a variant ends after the last position"))?;
    Ok(Key {
        start,
        end,
        reference,
        alternate,
        inserted,
    })
}
