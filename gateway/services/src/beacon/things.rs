//! `/individuals`, `/biosamples`, `/runs` and `/analyses`: whether, how many and which there are of people who match.

use ga4gh_beacon::EntryType;
use gemj_access::{DatasetGrant, Granularity, Tier};
use gemj_model::ObjectId;
use roaring::RoaringBitmap;

use super::answer::{Answer, Answered, FoundSet, Listed};
use super::asking::{Asking, describe_set};
use super::filters::Matcher;
use super::handovers::LeadsTo;
use super::narrowed::Narrowed;
use super::records::{self, Things};
use super::{handovers, tiers};
use crate::service_error::ServiceError;

/// What matches in one dataset, before anything is hidden.
enum Matching {
    /// People, of whom no records are wanted.
    People(RoaringBitmap),
    /// Things in their order.
    Things(Things),
}

impl Matching {
    fn count(&self) -> u64 {
        match self {
            Self::People(people) => people.len(),
            Self::Things(things) => things.len(),
        }
    }

    /// Whose it is.
    fn people(&self) -> &RoaringBitmap {
        match self {
            Self::People(people) => people,
            Self::Things(things) => things.people(),
        }
    }
}

/// Answers a question about people or about what is of people: `numTotalResults` is the number of distinct things, over the datasets asked, of
/// those who match every filter and, where variant parameters are given, carry a matching variant. Below the controlled tier the things of a
/// dataset count where they are of k families of it.
///
/// # Errors
/// A store's failure.
pub(super) async fn answer(asking: &Asking<'_>, matcher: &Matcher, narrowed: &[Narrowed]) -> Result<Answered, ServiceError> {
    let (tier, granularity) = (asking.tier(), asking.granularity());
    let mut sets = Vec::new();
    let mut handed_out = Vec::new();
    let mut numbers = Vec::with_capacity(narrowed.len());
    let mut distinct: Option<Matching> = None;
    for (dataset, narrowed) in asking.datasets().into_iter().zip(narrowed) {
        let matching = matching(asking, dataset, narrowed, granularity).await?;
        let is_visible = tiers::is_visible(asking.grant, tier, matching.people());
        let number = if is_visible { matching.count() } else { 0 };
        numbers.push(number);
        if granularity > Granularity::Boolean {
            let (records, listed, people) = page(asking, dataset, &matching, granularity).await?;
            sets.push(FoundSet {
                dataset: dataset.dataset().clone(),
                finding: tiers::finding(tier, granularity, number),
                handovers: handovers::of(asking, dataset, &LeadsTo::Things(&listed)).await?,
                records,
                info: describe_set(dataset),
            });
            handed_out.push((dataset.dataset().clone(), people));
        }
        if tier == Tier::Controlled {
            distinct = Some(match distinct {
                None => matching,
                Some(so_far) => joined(so_far, matching),
            });
        }
    }
    let distinct = distinct.map_or(0, |matching| matching.count());
    Ok(Answered {
        answer: Answer {
            finding: tiers::total(tier, granularity, distinct, &numbers),
            info: asking.describe(matcher),
        },
        granularity,
        listed: Listed::Sets(sets),
        handed_out,
    })
}

async fn matching(
    asking: &Asking<'_>,
    dataset: &DatasetGrant,
    narrowed: &Narrowed,
    granularity: Granularity,
) -> Result<Matching, ServiceError> {
    let entry = asking.request.entry;
    if entry == EntryType::Individual && granularity < Granularity::Record {
        let all = dataset.participants().as_ref();
        return Ok(Matching::People(
            narrowed.people().map_or_else(|| all.clone(), |people| people & all),
        ));
    }
    let within = narrowed.within();
    let things = records::things(asking.stores, asking.grant, dataset, entry, &within).await?;
    Ok(Matching::Things(things))
}

/// The records of the page that was asked for, what they are of, and whose.
async fn page(
    asking: &Asking<'_>,
    dataset: &DatasetGrant,
    matching: &Matching,
    granularity: Granularity,
) -> Result<(Vec<ga4gh_beacon::Record>, Vec<records::Thing>, RoaringBitmap), ServiceError> {
    let (Matching::Things(things), Granularity::Record, Some(names)) = (matching, granularity, asking.names) else {
        return Ok((Vec::new(), Vec::new(), RoaringBitmap::new()));
    };
    let pagination = asking.request.pagination;
    let (before, most) = (pagination.records_before(), u64::from(pagination.records_per_page()));
    let page = things.page(names, before, most).await;
    let entry = asking.request.entry;
    let records = records::records(asking.stores, asking.grant, names, dataset, entry, &page).await?;
    let people = people_of(asking, dataset, &page).await?;
    Ok((records, page, people))
}

/// Whose the things of a page are: of a file, everybody in it whom the Grant opens.
async fn people_of(asking: &Asking<'_>, dataset: &DatasetGrant, page: &[records::Thing]) -> Result<RoaringBitmap, ServiceError> {
    let mut people: RoaringBitmap = page.iter().filter_map(records::Thing::person).map(|person| person.0).collect();
    let files: Vec<&ObjectId> = page.iter().filter_map(records::Thing::file).collect();
    if !files.is_empty() {
        let files = asking
            .stores
            .catalogue
            .recorded_files(asking.grant, dataset.dataset(), &files)
            .await?;
        people.extend(files.iter().flat_map(|file| &file.owners).map(|owner| owner.ordinal.0));
    }
    Ok(people)
}

fn joined(so_far: Matching, more: Matching) -> Matching {
    match (so_far, more) {
        (Matching::People(so_far), Matching::People(more)) => Matching::People(so_far | more),
        (Matching::Things(so_far), Matching::Things(more)) => Matching::Things(so_far.merge(more)),
        // All datasets are asked alike; were they not, people would be counted.
        (so_far, more) => Matching::People(so_far.people() | more.people()),
    }
}
