//! One variant's key inside a block.

use gemj_model::{Allele, Contig, ZeroBased};

use super::varint::{Cursor, put, put_text};
use super::{SegmentError, malformed};

const BASES: [&str; 4] = ["A", "C", "G", "T"];
/// Tags 0 to 15 are single base changes: four times the reference base and the alternative one, each in the order A, C, G, T.
const TAG_BASES: u8 = 16;
/// Reference, alternate and a length of its own: symbolic alleles.
const TAG_LENGTH: u8 = 17;

/// The part of an allele behind its contig, borrowed. Ordered as alleles are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a> {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) reference: &'a str,
    pub(crate) alternate: &'a str,
}

impl Key<'_> {
    /// The allele with its contig, which must be canonical.
    pub(crate) fn to_allele(self, contig: &Contig) -> Allele {
        Allele {
            contig: contig.clone(),
            start: ZeroBased(self.start),
            end: ZeroBased(self.end),
            reference: self.reference.to_owned(),
            alternate: self.alternate.to_owned(),
        }
    }

    /// One behind the last base that the variant covers; an insertion counts as the base it stands before.
    pub(crate) fn reach(&self) -> u64 {
        self.end.max(self.start.saturating_add(1))
    }
}

fn base_number(text: &str) -> Option<u8> {
    BASES.iter().position(|b| *b == text).map(|n| n as u8)
}

/// Appends tag and tail of a key.
pub(crate) fn put_key(out: &mut Vec<u8>, key: &Key<'_>) {
    let length = key.end.saturating_sub(key.start);
    if length == key.reference.len() as u64 {
        if let (Some(reference), Some(alternate)) = (base_number(key.reference), base_number(key.alternate)) {
            out.push(reference * 4 + alternate);
            return;
        }
        out.push(TAG_BASES);
    } else {
        out.push(TAG_LENGTH);
        put(out, length);
    }
    put_text(out, key.reference);
    put_text(out, key.alternate);
}

/// Reads tag and tail of the key that starts at `start`.
#[inline]
pub(crate) fn read_key<'a>(cursor: &mut Cursor<'a>, start: u64) -> Result<Key<'a>, SegmentError> {
    let tag = cursor.byte()?;
    let (length, reference, alternate) = match tag {
        0..16 => (1, BASES[usize::from(tag >> 2)], BASES[usize::from(tag & 3)]),
        TAG_BASES => {
            let reference = cursor.text()?;
            (reference.len() as u64, reference, cursor.text()?)
        }
        TAG_LENGTH => (cursor.varint()?, cursor.text()?, cursor.text()?),
        _ => return Err(malformed("a key has an unknown tag")),
    };
    let end = start
        .checked_add(length)
        .ok_or(malformed("a variant ends behind the last position"))?;
    Ok(Key {
        start,
        end,
        reference,
        alternate,
    })
}
