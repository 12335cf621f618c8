//! Everything carried in a stretch of a contig.

use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use gemj_access::Grant;
use gemj_model::{Allele, Assembly, DatasetId, Origin};

use super::merge::Walk;
use super::{CarrierReader, granted, within};
use crate::carriers::Carriers;
use crate::error::VariantError;
use crate::mask::{DenseMask, Mask};
use crate::query::WindowQuery;
use crate::segment::key::Key;

/// From so many variants on a plain bitmap of the Grant's people is worth making.
const DENSE_FROM: u64 = 64;
/// After so many visited variants other tasks get a turn.
const YIELD_EVERY: u64 = 512;

impl CarrierReader {
    /// Visits each allele of a window that somebody of the Grant carries, in order (start, end, reference, alternate), once, with
    /// those people. `visit` ends the walk with [`ControlFlow::Break`].
    ///
    /// # Errors
    /// See [`VariantError`]. They can come between visits: what was visited then is no answer.
    pub async fn overlapping(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        assembly: Assembly,
        origin: Origin,
        query: &WindowQuery,
        mut visit: impl FnMut(&Allele, &Carriers) -> ControlFlow<()>,
    ) -> Result<(), VariantError> {
        let granted = granted(grant, dataset)?;
        let people = granted.participants();
        let pattern = query.filter.read()?;
        if query.interval.is_empty() {
            return Ok(());
        }
        let contig = query.contig.canonical();
        let start = query.interval.start.0;
        let end = query.interval.end.map_or(u64::MAX, |e| e.0);
        within(granted, assembly, &contig, start, end)?;
        let too_large = VariantError::TooLarge { limit: query.max_variants };
        let mut plan = Vec::new();
        let mut variants = 0u64;
        for segment in self.snapshot.segments(dataset, assembly, origin) {
            let footer = segment.handle.footer(&self.store, grant).await?;
            if let Some(blocks) = footer.contigs.get(contig.as_str()) {
                let entries: Vec<_> = blocks.reaching(start, end).into_iter().map(|n| blocks.blocks[n]).collect();
                variants = entries.iter().fold(variants, |sum, e| sum.saturating_add(e.variants));
                plan.push((segment, footer, entries));
            }
        }
        // Blocks that lie wholly inside are counted before anything is read.
        let inside = plan
            .iter()
            .flat_map(|(_, _, entries)| entries)
            .filter(|e| e.first_start >= start && e.last_start < end);
        if inside.fold(0u64, |sum, e| sum.saturating_add(e.variants)) > query.max_variants {
            return Err(too_large);
        }
        let dense = (variants >= DENSE_FROM).then(|| DenseMask::of(people));
        let looked_at = AtomicU64::new(0);
        let wanted = |key: &Key<'_>| {
            let inside = key.start < end && key.reach() > start;
            if inside {
                looked_at.fetch_add(1, Relaxed);
            }
            inside && pattern.admits(key)
        };
        let mut walks = Vec::new();
        for (segment, footer, entries) in plan {
            let mut mask = Mask::new(people, segment.liveness(footer));
            if let Some(dense) = &dense {
                mask = mask.with_dense(dense);
            }
            let mut walk = Walk::new(&segment.handle, mask, entries);
            if walk.advance(&self.store, grant, &wanted).await? {
                walks.push(walk);
            }
        }
        let mut least = Vec::new();
        let mut visited = 0u64;
        while !walks.is_empty() {
            if looked_at.load(Relaxed) > query.max_variants {
                return Err(too_large);
            }
            find_least(&walks, &mut least)?;
            let mut carriers = Carriers::default();
            for number in &least {
                walks[*number].collect(&mut carriers)?;
            }
            carriers.settle();
            if !carriers.is_empty()
                && let Some(variant) = walks[least[0]].variant()?
                && visit(&variant.key.to_allele(&contig), &carriers).is_break()
            {
                return Ok(());
            }
            // From the back, so that removing one does not move the others still to be advanced.
            for number in least.iter().rev() {
                if !walks[*number].advance(&self.store, grant, &wanted).await? {
                    walks.swap_remove(*number);
                }
            }
            visited += 1;
            if visited.is_multiple_of(YIELD_EVERY) {
                tokio::task::yield_now().await;
            }
        }
        if looked_at.load(Relaxed) > query.max_variants {
            return Err(too_large);
        }
        Ok(())
    }
}

/// Numbers of the walks that stand at the least variant, ascending.
fn find_least(walks: &[Walk<'_>], least: &mut Vec<usize>) -> Result<(), VariantError> {
    least.clear();
    for number in 0..walks.len() {
        let order = match least.first() {
            Some(first) => walks[number].compare(&walks[*first])?,
            None => Ordering::Equal,
        };
        match order {
            Ordering::Less => {
                least.clear();
                least.push(number);
            }
            Ordering::Equal => least.push(number),
            Ordering::Greater => {}
        }
    }
    Ok(())
}
