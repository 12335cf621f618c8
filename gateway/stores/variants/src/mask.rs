//! The limits of a read: the participants of a Grant, the sources that are still loaded, and the releases of an approval.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use fearless_simd::{Level, dispatch};
use roaring::RoaringBitmap;

/// Which of a segment's sources still count.
#[derive(Clone, Debug)]
pub(crate) enum Liveness {
    /// All sources: no source of the segment was unloaded or is excluded.
    All,
    /// No source.
    Nothing,
    /// Some sources.
    Partly {
        /// Ordinals whose usual source counts.
        usual: RoaringBitmap,
        /// For each source number, whether the source counts.
        sources: Vec<bool>,
    },
}

impl Liveness {
    /// Summarises which sources count, together with each carrier's usual source.
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

    /// Whether a source counts.
    pub(crate) fn has(&self, source: u32) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Partly { sources, .. } => sources.get(source as usize).copied().unwrap_or(false),
        }
    }
}

/// The sources that count in one read: the same for every caller, or computed for some releases.
#[derive(Clone, Debug)]
pub(crate) enum Counting<'a> {
    /// All loaded sources of the segment.
    Live(&'a Liveness),
    /// The loaded sources of the segment that are files of some releases.
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

/// A bitmap as plain bytes, for reads that test many ordinals.
#[derive(Clone, Debug)]
pub(crate) struct DenseMask(Vec<u8>);

/// Bitmaps with larger ordinals get no dense mask, because it would need too much memory.
const DENSE_LIMIT: u32 = 1 << 24;

impl DenseMask {
    /// The plain bytes of a bitmap; empty (and then not used) if its ordinals are too large.
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

    /// Number of ordinals of a bitset that are in the mask.
    fn count(&self, first_byte: u32, bits: &[u8]) -> u64 {
        let allowed = self.0.get(first_byte as usize..).unwrap_or_default();
        let length = bits.len().min(allowed.len());
        let (bits, allowed) = (&bits[..length], &allowed[..length]);
        // A processor that counts bits with an instruction, or with vectors, is several times faster than portable code.
        dispatch!(Level::new(), _simd => count_both(bits, allowed))
    }
}

/// Number of bits that two bitsets of the same length have in common.
#[inline(always)]
fn count_both(a: &[u8], b: &[u8]) -> u64 {
    let ((words, rest), (other_words, other_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let both = |(a, b): (&[u8; 8], &[u8; 8])| u64::from((u64::from_le_bytes(*a) & u64::from_le_bytes(*b)).count_ones());
    let of_rest = rest.iter().zip(other_rest).map(|(a, b)| u64::from((a & b).count_ones()));
    words.iter().zip(other_words).map(both).sum::<u64>() + of_rest.sum::<u64>()
}

/// Dense masks of the bitmaps that reads use. A consent view has one bitmap for each dataset and audience, which stays the same until a consent
/// changes. Building a mask takes as long as many answers.
#[derive(Debug, Default)]
pub(crate) struct DenseMasks(Mutex<Vec<(Weak<RoaringBitmap>, Arc<DenseMask>)>>);

/// Maximum number of cached masks. The oldest is dropped first.
const KEPT_MASKS: usize = 64;

impl DenseMasks {
    /// The dense mask of a bitmap. Bitmaps are compared by address. The weak reference keeps the address from being reused, and shared bitmaps do
    /// not change.
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

/// The mask of one read of one segment.
#[derive(Clone, Debug)]
pub(crate) struct Mask<'a> {
    people: &'a RoaringBitmap,
    usual: Cow<'a, RoaringBitmap>,
    sources: Counting<'a>,
    dense: Option<&'a DenseMask>,
}

impl<'a> Mask<'a> {
    /// The participants of a Grant, narrowed to the sources that count.
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

    /// The same mask with the dense form of `people`, which is used only if every source counts.
    pub(crate) fn with_dense(mut self, dense: &'a DenseMask) -> Self {
        if matches!(*self.sources, Liveness::All) && !dense.0.is_empty() {
            self.dense = Some(dense);
        }
        self
    }

    /// Whether an entry of the carrier's usual source passes the mask.
    #[inline]
    pub(crate) fn contains(&self, ordinal: u32) -> bool {
        match self.dense {
            Some(dense) => dense.contains(ordinal.into()),
            None => self.usual.contains(ordinal),
        }
    }

    /// The dense form of the participants, if every source counts.
    pub(crate) fn dense(&self) -> Option<&'a DenseMask> {
        self.dense
    }

    /// Whether [`Mask::contains`] is very cheap.
    pub(crate) fn is_quick(&self) -> bool {
        self.dense.is_some()
    }

    /// Keeps only the ordinals that pass the mask.
    pub(crate) fn intersect(&self, ordinals: &mut RoaringBitmap) {
        *ordinals &= self.usual.as_ref();
    }

    /// Number of ordinals of a bitset that pass the mask. The caller has checked that the ordinals fit 32 bits.
    pub(crate) fn count_bytes(&self, first_byte: u32, bits: &[u8]) -> u64 {
        match self.dense {
            Some(dense) => dense.count(first_byte, bits),
            None => self.intersect_bytes(first_byte, bits).len(),
        }
    }

    /// Number of ordinals of `first..=last` that pass the mask.
    pub(crate) fn count_run(&self, first: u32, last: u32) -> u64 {
        self.usual.range_cardinality(first..=last)
    }

    /// Whether an entry of a source that is not the carrier's usual one passes the mask.
    pub(crate) fn admits_extra(&self, ordinal: u32, source: u32) -> bool {
        self.has(source) && self.people.contains(ordinal)
    }

    /// Whether a source counts.
    pub(crate) fn has(&self, source: u32) -> bool {
        self.sources.has(source)
    }

    /// The ordinals of a bitset that pass the mask. The caller has checked that the ordinals fit 32 bits.
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

    /// The bits of the eight ordinals from `8 * byte` on that pass the mask.
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

    /// The ordinals of `first..=last` that pass the mask, ascending.
    pub(crate) fn of_run(&self, first: u32, last: u32) -> impl Iterator<Item = u32> {
        self.usual.range(first..=last)
    }

    /// Adds the ordinals of `first..=last` that pass the mask.
    pub(crate) fn intersect_run(&self, first: u32, last: u32, into: &mut RoaringBitmap) {
        if last - first < 8 {
            into.extend((first..=last).filter(|o| self.contains(*o)));
        } else {
            into.extend(self.usual.range(first..=last));
        }
    }
}
