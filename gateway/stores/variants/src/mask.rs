//! The limits of a read: the participants that a Grant covers, the sources that are still loaded, and the releases of an approval.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use fearless_simd::{Level, dispatch};
use roaring::RoaringBitmap;

/// The sources of a segment whose entries count.
#[derive(Clone, Debug)]
pub(crate) enum Liveness {
    /// All sources count: no source of the segment was unloaded or is excluded.
    All,
    /// No source of the segment counts.
    Nothing,
    /// Some sources of the segment count.
    Partly {
        /// The ordinals of the carriers whose usual source counts.
        usual: RoaringBitmap,
        /// For each source number of the segment, whether the source counts.
        sources: Vec<bool>,
    },
}

impl Liveness {
    /// Summarises the sources that count. `sources` states for each source number whether the source counts. `usual` lists each carrier's
    /// usual source, as (ordinal, source).
    pub(crate) fn of(sources: Vec<bool>, usual: &[(u32, u32)]) -> Self {
        if sources.iter().all(|counts| *counts) {
            return Self::All;
        }
        if sources.iter().all(|counts| !*counts) {
            return Self::Nothing;
        }
        let counts = |source: u32| sources.get(source as usize).copied().unwrap_or(false);
        let usual = usual
            .iter()
            .filter(|(_, source)| counts(*source))
            .map(|(ordinal, _)| *ordinal)
            .collect();
        Self::Partly { usual, sources }
    }

    /// Whether the entries of this source count.
    pub(crate) fn has(&self, source: u32) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Partly { sources, .. } => sources.get(source as usize).copied().unwrap_or(false),
        }
    }
}

/// The sources that count in one read. The value is shared by all callers, or was computed for a list of releases.
#[derive(Clone, Debug)]
pub(crate) enum Counting<'a> {
    /// All sources of the segment that are still loaded.
    Live(&'a Liveness),
    /// The sources of the segment that are still loaded and are files of the approval's releases.
    Released(Arc<Liveness>),
}

impl Deref for Counting<'_> {
    type Target = Liveness;

    fn deref(&self) -> &Liveness {
        match self {
            Self::Live(liveness) => liveness,
            Self::Released(liveness) => liveness,
        }
    }
}

impl<'a> From<&'a Liveness> for Counting<'a> {
    fn from(liveness: &'a Liveness) -> Self {
        Self::Live(liveness)
    }
}

/// A bitmap of ordinals as plain bytes, for reads that test many ordinals.
#[derive(Clone, Debug)]
pub(crate) struct DenseMask(Vec<u8>);

/// A bitmap with an ordinal of this value or more gets no dense mask, because the dense mask would need too much memory.
const DENSE_LIMIT: u32 = 1 << 24;

impl DenseMask {
    /// Makes the plain bytes of a bitmap. If an ordinal is too large, the result is empty and must not be used.
    pub(crate) fn of(people: &RoaringBitmap) -> Self {
        let Some(max) = people.max().filter(|max| *max < DENSE_LIMIT) else {
            return Self(Vec::new());
        };
        let mut bytes = vec![0u8; max as usize / 8 + 1];
        for ordinal in people {
            bytes[ordinal as usize / 8] |= 1 << (ordinal % 8);
        }
        Self(bytes)
    }

    #[inline]
    pub(crate) fn contains(&self, ordinal: u64) -> bool {
        let byte = usize::try_from(ordinal / 8).ok().and_then(|at| self.0.get(at));
        byte.is_some_and(|byte| byte >> (ordinal % 8) & 1 == 1)
    }

    /// The number of ordinals of a bitset that are in the mask. The first byte of `bits` is the byte `first_byte` of the bitset.
    fn count(&self, first_byte: u32, bits: &[u8]) -> u64 {
        let allowed = self.0.get(first_byte as usize..).unwrap_or_default();
        let length = bits.len().min(allowed.len());
        let (bits, allowed) = (&bits[..length], &allowed[..length]);
        // A processor with an instruction for counting bits, or with vector instructions, is several times faster than portable code.
        dispatch!(Level::new(), _simd => count_both(bits, allowed))
    }
}

/// The number of bits that are set in both of two bitsets of the same length.
#[inline(always)]
fn count_both(a: &[u8], b: &[u8]) -> u64 {
    let ((words, rest), (other_words, other_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let both = |(a, b): (&[u8; 8], &[u8; 8])| u64::from((u64::from_le_bytes(*a) & u64::from_le_bytes(*b)).count_ones());
    let of_rest = rest.iter().zip(other_rest).map(|(a, b)| u64::from((a & b).count_ones()));
    words.iter().zip(other_words).map(both).sum::<u64>() + of_rest.sum::<u64>()
}

/// Caches the dense masks of the bitmaps that reads use. A consent view has one bitmap for each dataset and each kind of recipient, and the
/// bitmap is reused until a consent changes. Building a mask takes as long as answering many queries.
#[derive(Debug, Default)]
pub(crate) struct DenseMasks(Mutex<Vec<(Weak<RoaringBitmap>, Arc<DenseMask>)>>);

/// The maximum number of cached masks. The oldest mask is dropped first.
const KEPT_MASKS: usize = 64;

impl DenseMasks {
    /// Returns the dense mask of a bitmap. Bitmaps are compared by address, which is safe: the weak reference prevents the reuse of the
    /// address, and shared bitmaps do not change.
    pub(crate) fn of(&self, people: &Arc<RoaringBitmap>) -> Arc<DenseMask> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, mask)) = kept.iter().find(|(known, _)| known.as_ptr() == Arc::as_ptr(people)) {
            return Arc::clone(mask);
        }
        kept.retain(|(known, _)| known.strong_count() > 0);
        if kept.len() == KEPT_MASKS {
            kept.remove(0);
        }
        let mask = Arc::new(DenseMask::of(people));
        kept.push((Arc::downgrade(people), Arc::clone(&mask)));
        mask
    }
}

/// The participants and sources that count in one read of one segment.
#[derive(Clone, Debug)]
pub(crate) struct Mask<'a> {
    people: &'a RoaringBitmap,
    usual: Cow<'a, RoaringBitmap>,
    sources: Counting<'a>,
    dense: Option<&'a DenseMask>,
}

impl<'a> Mask<'a> {
    /// Makes the mask of the participants of a Grant and the sources that count.
    pub(crate) fn new(people: &'a RoaringBitmap, sources: impl Into<Counting<'a>>) -> Self {
        let sources = sources.into();
        let usual = match &*sources {
            Liveness::All => Cow::Borrowed(people),
            Liveness::Nothing => Cow::Owned(RoaringBitmap::new()),
            Liveness::Partly { usual, .. } => Cow::Owned(people & usual),
        };
        Self {
            people,
            usual,
            sources,
            dense: None,
        }
    }

    /// Returns the same mask with the dense form of `people`. The dense form is used only if every source counts and the dense form is not
    /// empty.
    pub(crate) fn with_dense(mut self, dense: &'a DenseMask) -> Self {
        if matches!(*self.sources, Liveness::All) && !dense.0.is_empty() {
            self.dense = Some(dense);
        }
        self
    }

    /// Whether the mask includes an entry from the usual source of the carrier with this ordinal.
    #[inline]
    pub(crate) fn contains(&self, ordinal: u32) -> bool {
        match self.dense {
            Some(dense) => dense.contains(ordinal.into()),
            None => self.usual.contains(ordinal),
        }
    }

    /// The dense form of the participants. Absent if the mask has no dense form, for example because some sources do not count.
    pub(crate) fn dense(&self) -> Option<&'a DenseMask> {
        self.dense
    }

    /// Whether [`Mask::contains`] is fast, because a dense mask exists.
    pub(crate) fn is_quick(&self) -> bool {
        self.dense.is_some()
    }

    /// Keeps only the ordinals that the mask includes.
    pub(crate) fn intersect(&self, ordinals: &mut RoaringBitmap) {
        *ordinals &= self.usual.as_ref();
    }

    /// The number of ordinals of a bitset that the mask includes. The first byte of `bits` is the byte `first_byte` of the bitset. The
    /// caller ensures that all ordinals fit into 32 bits.
    pub(crate) fn count_bytes(&self, first_byte: u32, bits: &[u8]) -> u64 {
        match self.dense {
            Some(dense) => dense.count(first_byte, bits),
            None => self.intersect_bytes(first_byte, bits).len(),
        }
    }

    /// The number of ordinals in `first..=last` that the mask includes.
    pub(crate) fn count_run(&self, first: u32, last: u32) -> u64 {
        self.usual.range_cardinality(first..=last)
    }

    /// Whether the mask includes an entry from a source that is not the carrier's usual source.
    pub(crate) fn admits_extra(&self, ordinal: u32, source: u32) -> bool {
        self.has(source) && self.people.contains(ordinal)
    }

    /// Whether the entries of this source count.
    pub(crate) fn has(&self, source: u32) -> bool {
        self.sources.has(source)
    }

    /// The ordinals of a bitset that the mask includes. The first byte of `bits` is the byte `first_byte` of the bitset. The caller ensures
    /// that all ordinals fit into 32 bits.
    pub(crate) fn intersect_bytes(&self, first_byte: u32, bits: &[u8]) -> RoaringBitmap {
        match self.dense {
            Some(dense) => {
                let allowed = dense.0.get(first_byte as usize..).unwrap_or_default();
                let both: Vec<u8> = bits.iter().zip(allowed).map(|(a, b)| a & b).collect();
                RoaringBitmap::from_lsb0_bytes(first_byte * 8, &both)
            }
            None => RoaringBitmap::from_lsb0_bytes(first_byte * 8, bits) & self.usual.as_ref(),
        }
    }

    /// Of the eight ordinals from `8 * byte` on, keeps the bits of the ordinals that the mask includes.
    pub(crate) fn intersect_byte(&self, byte: u32, bits: u8) -> u8 {
        if let Some(dense) = self.dense {
            return bits & dense.0.get(byte as usize).copied().unwrap_or_default();
        }
        let mut kept = 0;
        let mut left = bits;
        while left != 0 {
            let bit = left.trailing_zeros();
            left &= left - 1;
            kept |= u8::from(self.usual.contains(byte * 8 + bit)) << bit;
        }
        kept
    }

    /// The ordinals in `first..=last` that the mask includes, ascending.
    pub(crate) fn of_run(&self, first: u32, last: u32) -> impl Iterator<Item = u32> {
        self.usual.range(first..=last)
    }

    /// Adds the ordinals in `first..=last` that the mask includes to `into`.
    pub(crate) fn intersect_run(&self, first: u32, last: u32, into: &mut RoaringBitmap) {
        if last - first < 8 {
            into.extend((first..=last).filter(|o| self.contains(*o)));
        } else {
            into.extend(self.usual.range(first..=last));
        }
    }
}
