//! The carriers of one allele, by zygosity.

use gemj_model::Zygosity;
use roaring::RoaringBitmap;

/// The carriers of one allele that a Grant covers. Each carrier is in one zygosity class. Carriers are identified by their ordinals.
///
/// If two sources state different zygosities for one participant, homozygous takes precedence over hemizygous, and hemizygous over
/// heterozygous.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carriers {
    heterozygous: RoaringBitmap,
    homozygous: RoaringBitmap,
    hemizygous: RoaringBitmap,
}

impl Carriers {
    /// The carriers of this zygosity.
    #[must_use]
    pub fn class(&self, zygosity: Zygosity) -> &RoaringBitmap {
        match zygosity {
            Zygosity::Heterozygous => &self.heterozygous,
            Zygosity::Homozygous => &self.homozygous,
            Zygosity::Hemizygous => &self.hemizygous,
        }
    }

    pub(crate) fn class_mut(&mut self, zygosity: Zygosity) -> &mut RoaringBitmap {
        match zygosity {
            Zygosity::Heterozygous => &mut self.heterozygous,
            Zygosity::Homozygous => &mut self.homozygous,
            Zygosity::Hemizygous => &mut self.hemizygous,
        }
    }

    /// The carriers of any zygosity.
    #[must_use]
    pub fn all(&self) -> RoaringBitmap {
        &(&self.heterozygous | &self.homozygous) | &self.hemizygous
    }

    /// The number of carriers of any zygosity.
    #[must_use]
    pub fn len(&self) -> u64 {
        // After [`Self::settle`], no carrier is in two classes, so the sum counts each carrier once.
        self.heterozygous.len() + self.homozygous.len() + self.hemizygous.len()
    }

    /// Whether the allele has no carrier.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heterozygous.is_empty() && self.homozygous.is_empty() && self.hemizygous.is_empty()
    }

    /// Adds the carriers that another segment has for the same allele.
    pub(crate) fn absorb(&mut self, more: &Self) {
        self.heterozygous |= &more.heterozygous;
        self.homozygous |= &more.homozygous;
        self.hemizygous |= &more.hemizygous;
    }

    /// Puts each carrier into exactly one class: homozygous before hemizygous before heterozygous.
    pub(crate) fn settle(&mut self) {
        if !self.homozygous.is_empty() {
            self.heterozygous -= &self.homozygous;
            self.hemizygous -= &self.homozygous;
        }
        if !self.hemizygous.is_empty() {
            self.heterozygous -= &self.hemizygous;
        }
    }
}

/// The zygosity that counts if two zygosities are stated for the same participant and allele.
pub(crate) fn stronger(a: Zygosity, b: Zygosity) -> Zygosity {
    match (a, b) {
        (Zygosity::Homozygous, _) | (_, Zygosity::Homozygous) => Zygosity::Homozygous,
        (Zygosity::Hemizygous, _) | (_, Zygosity::Hemizygous) => Zygosity::Hemizygous,
        (Zygosity::Heterozygous, Zygosity::Heterozygous) => Zygosity::Heterozygous,
    }
}
