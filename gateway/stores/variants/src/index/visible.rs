//! Finds the alleles that enough participants carry to be shown, and the participants that carry at least one of these alleles. No bitmap
//! is built for a single allele.

use std::ops::ControlFlow;

use gemj_access::Grant;
use gemj_model::{Allele, Assembly, Contig, DatasetId, Ordinal, Origin};
use roaring::RoaringBitmap;

use super::lockstep::{Lockstep, Part};
use super::parsed_query::ParsedQuery;
use super::{CarrierReader, granted};
use crate::carriers::Carriers;
use crate::error::VariantError;
use crate::query::AlleleQuery;
use crate::segment::key::Key;

/// One dataset of a query. If only some participants of the dataset count, the cohort lists these participants.
#[derive(Clone, Copy, Debug)]
pub struct Cohort<'a> {
    /// The dataset that is queried.
    pub dataset: &'a DatasetId,
    /// The participants whose entries count, among the participants that the Grant covers. Absent if all participants of the Grant count.
    pub within: Option<&'a RoaringBitmap>,
}

/// An allele that enough participants carry in at least one of the queried cohorts. The terms of the cohort's dataset state the number of
/// families that is enough ([`gemj_access::Terms::families_to_show_an_allele`]).
#[derive(Debug)]
pub struct VisibleAllele<'a> {
    key: Key<'a>,
    contig: &'a Contig,
    cohorts: &'a [usize],
}

impl VisibleAllele<'_> {
    /// The allele in its stored form.
    #[must_use]
    pub fn allele(&self) -> Allele {
        self.key.to_allele(self.contig)
    }

    /// The cohorts in which enough participants carry the allele, as positions in the list of queried cohorts. The list is ascending and
    /// never empty.
    #[must_use]
    pub fn cohorts(&self) -> &[usize] {
        self.cohorts
    }
}

/// The families of the carriers of one allele in one cohort that were seen so far. Counting stops when there are enough families.
struct Tally<'a> {
    grant: &'a Grant,
    /// For each cohort, the number of families that is enough by the terms of its dataset.
    enough: Vec<usize>,
    part: usize,
    families: Vec<u32>,
}

impl<'a> Tally<'a> {
    fn new(grant: &'a Grant, parts: &[Part<'_>]) -> Self {
        Self {
            grant,
            enough: parts.iter().map(|part| part.granted.terms().families_to_show_an_allele()).collect(),
            part: 0,
            families: Vec::new(),
        }
    }

    /// Adds the family of a carrier. Returns `Break` when there are enough families.
    fn take(&mut self, ordinal: u32) -> ControlFlow<()> {
        let family = self.grant.family_of(Ordinal(ordinal));
        if let Err(place) = self.families.binary_search(&family) {
            self.families.insert(place, family);
        }
        if self.is_enough() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Whether a single carrier is enough in a cohort, so that families need not be counted.
    fn one_is_enough(&self, part: usize) -> bool {
        self.enough[part] <= 1
    }

    fn is_enough(&self) -> bool {
        self.families.len() >= self.enough[self.part]
    }

    /// Whether the carriers of the current allele in a cohort come from as many families as the terms of the cohort's dataset require: k,
    /// or one in the controlled tier.
    fn of_part(&mut self, alleles: &Lockstep<'_>, part: usize) -> Result<bool, VariantError> {
        self.families.clear();
        self.part = part;
        for walk in alleles.current().filter(|walk| walk.part == part) {
            if walk.each_carrier(&mut |ordinal| self.take(ordinal))?.is_break() {
                break;
            }
        }
        Ok(self.is_enough())
    }
}

impl CarrierReader {
    /// Visits the alleles that match the query and that enough participants carry in at least one of the cohorts.
    ///
    /// * Carriers are counted in each cohort separately.
    /// * Each allele is visited once, in order, also if several datasets have it. A query of several parts is answered part by part.
    /// * If `visit` returns [`ControlFlow::Break`], the walk ends.
    /// * The carriers of an allele are read only until there are enough, and memory does not grow with the query.
    ///
    /// # Errors
    /// See [`VariantError`]. An error can occur after some alleles were visited. These alleles are then not a complete answer.
    pub async fn visible(
        &self,
        grant: &Grant,
        cohorts: &[Cohort<'_>],
        assembly: Assembly,
        origin: Origin,
        query: &AlleleQuery,
        mut visit: impl FnMut(&VisibleAllele<'_>) -> ControlFlow<()>,
    ) -> Result<(), VariantError> {
        let mut parts = parts(grant, cohorts)?;
        let question = ParsedQuery::of(query)?;
        for part in &parts {
            question.check(part.granted, assembly)?;
        }
        let mut tally = Tally::new(grant, &parts);
        let mut seen_in = Vec::new();
        for (asked, earlier) in question.parts() {
            let mut alleles = self.lockstep(grant, &mut parts, assembly, origin, asked).await?;
            while alleles.advance().await? {
                seen_in.clear();
                for part in 0..cohorts.len() {
                    if tally.of_part(&alleles, part)? {
                        seen_in.push(part);
                    }
                }
                let Some(key) = alleles.key()?.filter(|_| !seen_in.is_empty()) else {
                    continue;
                };
                if earlier.iter().any(|e| e.contig == asked.contig && e.wants(&key)) {
                    continue;
                }
                let allele = VisibleAllele {
                    key,
                    contig: alleles.contig(),
                    cohorts: &seen_in,
                };
                if visit(&allele).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The participants of a cohort that carry at least one allele that matches the query. An allele that too few participants of the
    /// cohort carry is ignored.
    ///
    /// # Errors
    /// See [`VariantError`].
    pub async fn carrying(
        &self,
        grant: &Grant,
        cohort: Cohort<'_>,
        assembly: Assembly,
        origin: Origin,
        query: &AlleleQuery,
    ) -> Result<RoaringBitmap, VariantError> {
        let mut parts = parts(grant, &[cohort])?;
        let mut carriers = Carriers::default();
        let question = ParsedQuery::of(query)?;
        for part in &parts {
            question.check(part.granted, assembly)?;
        }
        let mut tally = Tally::new(grant, &parts);
        for (asked, _) in question.parts() {
            let mut alleles = self.lockstep(grant, &mut parts, assembly, origin, asked).await?;
            while alleles.advance().await? {
                if tally.one_is_enough(0) || tally.of_part(&alleles, 0)? {
                    for walk in alleles.current() {
                        walk.collect(&mut carriers)?;
                    }
                }
            }
        }
        Ok(carriers.all())
    }
}

fn parts<'a>(grant: &'a Grant, cohorts: &[Cohort<'_>]) -> Result<Vec<Part<'a>>, VariantError> {
    cohorts
        .iter()
        .map(|cohort| Ok(Part::new(granted(grant, cohort.dataset)?, cohort.within)))
        .collect()
}
