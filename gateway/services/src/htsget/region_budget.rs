//! Computes the cost of a ticket under `region-view`: the base pairs of its regions. The budget prevents slices from adding up to a genome.

use ga4gh_htsget::HtsgetError;
use gemj_access::{Grant, Rule};
use gemj_catalogue::{BudgetRegion, CatalogueError, RegionBudgetError};
use gemj_model::{DataKind, DataObject, Delivery};

use super::part::UNPLACED;
use super::ticket::{MAX_REGIONS_BYTES, NoTicket, slice_error};
use crate::stores::Stores;

/// A region of a request: reference name, start (0-based) and end (exclusive). Without an end, the region extends to the end of the
/// reference.
type Region = (String, u64, Option<u64>);

/// The window size for the cost of reads, in base pairs. A slice of reads contains whole reads, also reads that only touch the region, so a
/// request for reads costs whole windows. Otherwise each request for a single base would return whole reads of a hundred or more bases, so
/// that requests could add up to a genome at a hundredth of its cost. Few reads are longer than a window.
const READ_WINDOW_BP: u64 = 10_000;

/// Refuses a request without regions under `region-view`, and under an approval that is limited to regions. A whole file is not a region,
/// and reads without a position are in no region.
pub(super) fn must_name_regions(grant: &Grant, object: &DataObject, regions: &[Region]) -> Result<(), NoTicket> {
    if !regions.is_empty() && regions.iter().all(|(name, _, _)| name != UNPLACED) {
        return Ok(());
    }
    if is_viewed(grant, object) {
        return Err(not_delivered());
    }
    if grant.dataset(&object.dataset).is_some_and(|d| d.regions().is_some()) {
        return Err(NoTicket::Refused(Rule::Regions));
    }
    Ok(())
}

/// Charges the budget for the base pairs that the regions show. Base pairs that were charged before cost nothing.
///
/// # Errors
/// * [`Rule::RegionBudget`] if the request would show more of a participant in the file than the budget allows.
/// * [`Rule::Delivery`] if a region has no end and the file's header does not state the length of the reference.
/// * A store's failure.
pub(super) async fn spend(stores: &Stores, grant: &Grant, object: &DataObject, regions: &[Region]) -> Result<(), NoTicket> {
    if !is_viewed(grant, object) {
        return Ok(());
    }
    let Some(budget_bp) = grant.dataset(&object.dataset).and_then(|d| d.region_budget_bp()) else {
        return Ok(());
    };
    let names: Vec<&str> = regions.iter().map(|(name, _, _)| name.as_str()).collect();
    let lengths = stores.objects.contig_lengths(grant, object, &names).await.map_err(slice_error)?;
    let window_bp = match object.format.data_kind() {
        DataKind::Reads => READ_WINDOW_BP,
        DataKind::Variants => 1,
    };
    let shown = shown(regions, &lengths, window_bp).ok_or_else(not_delivered)?;
    if shown.is_empty() {
        return Ok(());
    }
    match stores.catalogue.spend_region_budget(grant, &object.id, &shown, budget_bp).await {
        Ok(_) => Ok(()),
        Err(RegionBudgetError::Exceeded { .. }) => Err(over(stores, grant, object, &shown, budget_bp).await),
        Err(RegionBudgetError::Catalogue(CatalogueError::Invalid { field: "regions" })) => Err(HtsgetError::TooManyRegions {
            limit_bytes: MAX_REGIONS_BYTES,
        }
        .into()),
        Err(RegionBudgetError::Catalogue(error)) => {
            tracing::error!(%error, "a budget of base pairs cannot be read");
            Err(HtsgetError::ServiceUnavailable.into())
        }
    }
}

/// Why a request exceeds the budget of base pairs, with the numbers for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverBudget {
    /// The request alone shows more than the whole budget, and is refused even if nothing was viewed before.
    #[error("the request shows {asked_bp} base pairs, and the approval's whole budget is {budget_bp}: request less at a time")]
    Whole {
        /// The number of base pairs that the request shows.
        asked_bp: u64,
        /// The budget of the approval, in base pairs.
        budget_bp: u64,
    },
    /// The request shows more new base pairs than are left in the budget.
    #[error(
        "{left_bp} of the approval's budget of {budget_bp} base pairs are left; the request shows {asked_bp}, and base pairs that were viewed before cost nothing"
    )]
    Left {
        /// The number of base pairs that the request shows.
        asked_bp: u64,
        /// The budget of the approval, in base pairs.
        budget_bp: u64,
        /// The rest of the budget, in base pairs, for the participant in the file of whom most base pairs were viewed.
        left_bp: u64,
    },
}

async fn over(stores: &Stores, grant: &Grant, object: &DataObject, shown: &[BudgetRegion], budget_bp: u64) -> NoTicket {
    let asked_bp = distinct_bp(shown);
    if asked_bp > budget_bp {
        return NoTicket::OverBudget(OverBudget::Whole { asked_bp, budget_bp });
    }
    match stores.catalogue.region_budget_used(grant, object).await {
        Ok(used_bp) => NoTicket::OverBudget(OverBudget::Left {
            asked_bp,
            budget_bp,
            left_bp: budget_bp.saturating_sub(used_bp),
        }),
        Err(error) => {
            tracing::error!(%error, "a budget of base pairs cannot be read");
            NoTicket::Refused(Rule::RegionBudget)
        }
    }
}

/// The number of distinct base pairs in regions that can overlap.
fn distinct_bp(regions: &[BudgetRegion]) -> u64 {
    let mut sorted: Vec<&BudgetRegion> = regions.iter().collect();
    sorted.sort_by(|a, b| (&a.contig, a.start_0).cmp(&(&b.contig, b.start_0)));
    let mut total = 0;
    let mut before: Option<(&str, u64)> = None;
    for region in sorted {
        let counted_to = before.filter(|(contig, _)| *contig == region.contig).map_or(0, |(_, end)| end);
        total += region.end_0.saturating_sub(region.start_0.max(counted_to));
        before = Some((&region.contig, region.end_0.max(counted_to)));
    }
    total
}

/// The base pairs that the requested regions show, rounded to whole windows but never beyond the end of a reference. Absent if the end of a
/// region is unknown.
fn shown(regions: &[Region], lengths: &[Option<u64>], window_bp: u64) -> Option<Vec<BudgetRegion>> {
    let mut shown = Vec::with_capacity(regions.len());
    for ((name, start, end), length) in regions.iter().zip(lengths) {
        let end = match (end, length) {
            (Some(end), Some(length)) => *end.min(length),
            (Some(end), None) => *end,
            (None, Some(length)) => *length,
            (None, None) => return None,
        };
        if *start < end {
            let window_end = end.div_ceil(window_bp).saturating_mul(window_bp);
            shown.push(BudgetRegion {
                contig: name.clone(),
                start_0: start / window_bp * window_bp,
                end_0: length.map_or(window_end, |length| window_end.min(length)),
            });
        }
    }
    Some(shown)
}

fn is_viewed(grant: &Grant, object: &DataObject) -> bool {
    grant.dataset(&object.dataset).and_then(|d| d.delivery()) == Some(Delivery::RegionView)
}

fn not_delivered() -> NoTicket {
    let allowed = Delivery::RegionView;
    NoTicket::Refused(Rule::Delivery { allowed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_costs_its_base_pairs_up_to_the_end_of_its_reference() {
        let region = |start, end| ("chr1".to_owned(), start, end);
        let cost = |region: Region, length| shown(&[region], &[length], 1).map(|s| s.iter().map(|r| r.end_0 - r.start_0).sum::<u64>());
        assert_eq!(cost(region(10, Some(30)), Some(1000)), Some(20));
        assert_eq!(cost(region(10, Some(u64::from(u32::MAX))), Some(1000)), Some(990));
        assert_eq!(cost(region(10, None), Some(1000)), Some(990));
        assert_eq!(cost(region(10, None), None), None);
        assert_eq!(cost(region(10, Some(30)), None), Some(20));
        assert_eq!(cost(region(2000, None), Some(1000)), Some(0));
    }

    #[test]
    fn a_base_that_several_regions_show_is_counted_once() {
        let region = |contig: &str, start_0, end_0| BudgetRegion {
            contig: contig.to_owned(),
            start_0,
            end_0,
        };
        let regions = [
            region("2", 0, 10),
            region("1", 5, 20),
            region("1", 0, 30),
            region("1", 25, 40),
            region("1", 50, 60),
        ];
        assert_eq!(distinct_bp(&regions), 10 + 40 + 10);
    }

    #[test]
    fn one_base_of_reads_costs_its_whole_window() {
        let places = |start, end, length| {
            let shown = shown(&[("chr1".to_owned(), start, Some(end))], &[length], READ_WINDOW_BP).unwrap_or_default();
            shown.iter().map(|r| (r.start_0, r.end_0)).collect::<Vec<_>>()
        };
        assert_eq!(places(12_345, 12_346, Some(1_000_000)), [(10_000, 20_000)]);
        assert_eq!(places(9_999, 10_001, None), [(0, 20_000)]);
        assert_eq!(places(10_000, 20_000, Some(15_000)), [(10_000, 15_000)]);
    }
}
