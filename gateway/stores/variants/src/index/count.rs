//! Counts the carriers of an allele without building a bitmap of the carriers.

use std::ops::ControlFlow;

use gemj_access::Grant;
use gemj_model::{Allele, Assembly, Contig, DatasetId, Origin, Zygosity};

use super::lockstep::{Lockstep, Part};
use super::parsed_query::ParsedQuery;
use super::visible::Cohort;
use super::{CarrierReader, granted, within};
use crate::carriers::Carriers;
use crate::error::VariantError;
use crate::mask::Mask;
use crate::query::AlleleQuery;
use crate::segment::carriers::{CLASSES, class_of, count_masked};
use crate::segment::key::Key;

/// The number of carriers of an allele by zygosity. Each participant is counted in one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CarrierCounts([u64; 3]);

impl CarrierCounts {
    /// The number of carriers of this zygosity.
    #[must_use]
    pub fn class(&self, zygosity: Zygosity) -> u64 {
        self.0[class_of(zygosity)]
    }

    /// The number of carriers of any zygosity.
    #[must_use]
    pub fn people(&self) -> u64 {
        self.0.iter().sum()
    }

    fn of(carriers: &Carriers) -> Self {
        Self(CLASSES.map(|zygosity| carriers.class(zygosity).len()))
    }
}

/// An allele that at least one participant of the queried cohort carries, with its number of carriers.
#[derive(Debug)]
pub struct CountedAllele<'a> {
    key: Key<'a>,
    contig: &'a Contig,
    counts: CarrierCounts,
}

impl CountedAllele<'_> {
    /// The allele in its stored form.
    #[must_use]
    pub fn allele(&self) -> Allele {
        self.key.to_allele(self.contig)
    }

    /// The number of carriers in the cohort. The sum over all classes is never zero.
    #[must_use]
    pub fn counts(&self) -> CarrierCounts {
        self.counts
    }
}

impl CarrierReader {
    /// Visits the alleles that match the query and that at least one participant of a cohort carries, each with its number of carriers.
    /// Each allele is visited once, in order. A query of several parts is answered part by part. If `visit` returns [`ControlFlow::Break`],
    /// the walk ends. Memory does not grow with the query.
    ///
    /// # Errors
    /// See [`VariantError`]. An error can occur after some alleles were visited. These alleles are then not a complete answer.
    pub async fn counted(
        &self,
        grant: &Grant,
        cohort: Cohort<'_>,
        assembly: Assembly,
        origin: Origin,
        query: &AlleleQuery,
        mut visit: impl FnMut(&CountedAllele<'_>) -> ControlFlow<()>,
    ) -> Result<(), VariantError> {
        let mut parts = [Part::new(granted(grant, cohort.dataset)?, cohort.within)];
        let question = ParsedQuery::of(query)?;
        question.check(granted(grant, cohort.dataset)?, assembly)?;
        for (asked, earlier) in question.parts() {
            let mut alleles = self.lockstep(grant, &mut parts, assembly, origin, asked).await?;
            while alleles.advance().await? {
                let counts = count_current(&alleles)?;
                let Some(key) = alleles.key()?.filter(|_| counts.people() > 0) else {
                    continue;
                };
                if earlier.iter().any(|e| e.contig == asked.contig && e.wants(&key)) {
                    continue;
                }
                let allele = CountedAllele {
                    key,
                    contig: alleles.contig(),
                    counts,
                };
                if visit(&allele).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The number of participants of the Grant that carry this allele, which must be in minimal form. The count equals that of
    /// [`CarrierReader::exact_carriers`], but bitmaps of participants are built only if several segments have the allele or if an entry is
    /// not from its carrier's usual source.
    ///
    /// # Errors
    /// See [`VariantError`].
    pub async fn count_exact(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        assembly: Assembly,
        origin: Origin,
        allele: &Allele,
    ) -> Result<CarrierCounts, VariantError> {
        let wanted = Key::of(allele);
        let part = granted(grant, dataset)?;
        within(part, assembly, &allele.contig, wanted.start, wanted.reach())?;
        let people = part.participants();
        let dense = self.store.masks.of(people);
        let contig = allele.contig.canonical_name();
        let mut counts = CarrierCounts::default();
        for segment in self.snapshot.segments(dataset, assembly, origin) {
            let handle = &segment.handle;
            let footer = handle.footer(&self.store, grant).await?;
            let Some(blocks) = footer.alleles_on(contig) else {
                continue;
            };
            let mask = Mask::new(people, segment.counting(footer, part)).with_dense(&dense);
            for entry in blocks.blocks.get(blocks.with_start(wanted.start)).unwrap_or_default() {
                let block = handle.block(&self.store, grant, entry).await?;
                let damaged = |fault| handle.damaged(fault);
                let mut cursor = block.cursor_at(wanted.start).map_err(damaged)?;
                let block = block.bytes();
                while let Some(variant) = cursor.next(block).map_err(damaged)?
                    && variant.key.start <= wanted.start
                {
                    if variant.key != wanted {
                        continue;
                    }
                    // A participant with entries in two segments, or from two sources of one segment, would be counted twice. The carriers
                    // are then collected in bitmaps.
                    if counts.people() > 0 || !count_masked(&block[variant.carriers], &mask, &mut counts.0).map_err(damaged)? {
                        let carriers = self.exact_carriers(grant, dataset, assembly, origin, allele).await?;
                        return Ok(CarrierCounts::of(&carriers));
                    }
                    break;
                }
            }
        }
        Ok(counts)
    }
}

/// Counts the carriers of the current allele. If only one segment has the allele and every entry is from the carrier's usual source, the
/// entries are counted. Otherwise the carriers are collected in bitmaps, so that no carrier is counted twice.
fn count_current(alleles: &Lockstep<'_>) -> Result<CarrierCounts, VariantError> {
    let mut walks = alleles.current();
    if let (Some(walk), None) = (walks.next(), walks.next()) {
        let mut counts = CarrierCounts::default();
        if walk.count(&mut counts.0)? {
            return Ok(counts);
        }
    }
    let mut carriers = Carriers::default();
    for walk in alleles.current() {
        walk.collect(&mut carriers)?;
    }
    carriers.settle();
    Ok(CarrierCounts::of(&carriers))
}
