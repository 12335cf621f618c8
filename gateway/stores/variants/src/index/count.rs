//! How many people carry an allele, without making a bitmap of them.

use std::ops::ControlFlow;

use gemj_access::Grant;
use gemj_model::{Allele, Assembly, Contig, DatasetId, Origin, Zygosity};

use super::asked::Question;
use super::lockstep::{Lockstep, Part};
use super::visible::Cohort;
use super::{CarrierReader, granted, within};
use crate::carriers::Carriers;
use crate::error::VariantError;
use crate::mask::Mask;
use crate::query::AlleleQuery;
use crate::segment::carriers::{CLASSES, class_of, count_masked};
use crate::segment::key::Key;

/// How many people carry an allele, by zygosity; each person is in one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CarrierCounts([u64; 3]);

impl CarrierCounts {
    /// People of one class.
    #[must_use]
    pub fn class(&self, zygosity: Zygosity) -> u64 {
        self.0[class_of(zygosity)]
    }

    /// Everybody who carries the allele in any way.
    #[must_use]
    pub fn people(&self) -> u64 {
        self.0.iter().sum()
    }

    fn of(carriers: &Carriers) -> Self {
        Self(CLASSES.map(|zygosity| carriers.class(zygosity).len()))
    }
}

/// An allele that somebody visible carries.
#[derive(Debug)]
pub struct CountedAllele<'a> {
    key: Key<'a>,
    contig: &'a Contig,
    counts: CarrierCounts,
}

impl CountedAllele<'_> {
    /// The allele.
    #[must_use]
    pub fn allele(&self) -> Allele {
        self.key.to_allele(self.contig)
    }

    /// By how many of the cohort it is carried; never by nobody.
    #[must_use]
    pub fn counts(&self) -> CarrierCounts {
        self.counts
    }
}

impl CarrierReader {
    /// Visits, in order and once each (of a question of several parts, part by part), the alleles that somebody of a cohort carries, with how many do. `visit` ends the walk with
    /// [`ControlFlow::Break`]. Memory does not grow with the question.
    ///
    /// # Errors
    /// See [`VariantError`]. They can come between visits: what was visited then is no answer.
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
        let question = Question::of(query)?;
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

    /// How many people of the Grant carry this allele, in its minimal form: as [`CarrierReader::exact_carriers`], without saying who.
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
                    // A person of two segments, or of two sources of one, would count twice.
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

/// Counts the carriers of the current allele: as numbers where one segment has it, with everybody from their usual source, else by who they are.
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
