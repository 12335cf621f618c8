//! `/individuals`, `/biosamples`, `/runs` and `/analyses`: whether matching things exist, how many exist, and which.

mod matching;

use gemj_access::{DatasetGrant, Granularity};
use gemj_model::ObjectId;
use roaring::RoaringBitmap;

use super::answer::{Answered, BeaconFinding, FoundSet, Listed};
use super::answer_context::{AnswerContext, describe_page, describe_set};
use super::filters::Matcher;
use super::handovers::LeadsTo;
use super::narrowed::Narrowed;
use super::{handovers, records};
use crate::service_error::ServiceError;
use matching::Matching;

/// Answers a request about participants, specimens or files. At the controlled tier, `numTotalResults` is the number of distinct things in
/// all datasets of the request. Below the controlled tier, it is the bucket of the greatest number of one dataset. The participants of a
/// counted thing match every filter and, if there are variant parameters, carry a matching variant. Below the controlled tier the numbers
/// count participants ([`gemj_access::Terms::number`]).
///
/// # Errors
/// A store's failure.
pub(super) async fn answer(asking: &AnswerContext<'_>, matcher: &Matcher, narrowed: &[Narrowed]) -> Result<Answered, ServiceError> {
    let (terms, granularity) = (asking.terms(), asking.granularity());
    let mut sets = Vec::new();
    let mut handed_out = Vec::new();
    let mut numbers = Vec::with_capacity(narrowed.len());
    let mut distinct = Matching::default();
    let shared = shared(asking, narrowed);
    for (dataset, narrowed) in asking.datasets().into_iter().zip(narrowed) {
        let matching = matching::of(asking, dataset, narrowed, granularity, &shared).await?;
        let number = terms.number(asking.grant, matching.count(), &matching.people, &matching.own);
        numbers.push(number);
        let finding = terms.finding(granularity, number);
        if granularity > Granularity::Boolean && asking.lists(finding) {
            let (records, listed, people) = page(asking, dataset, &matching, granularity).await?;
            let mut info = describe_set(dataset);
            if granularity == Granularity::Record {
                describe_page(&mut info, asking.request.pagination, listed.len(), number);
            }
            sets.push(FoundSet {
                dataset: dataset.dataset().clone(),
                finding,
                handovers: handovers::of(asking, dataset, &LeadsTo::Things(&listed)).await?,
                records,
                info,
            });
            handed_out.push((dataset.dataset().clone(), people));
        }
        if terms.is_exact() {
            distinct.merge(matching);
        }
    }
    Ok(Answered {
        answer: BeaconFinding {
            finding: terms.total(granularity, distinct.count(), &numbers),
            info: asking.describe(matcher),
        },
        granularity,
        listed: Listed::Sets(sets),
        handed_out,
    })
}

/// The participants that are in several datasets of the request. Their specimens and files must not be counted twice.
fn shared(asking: &AnswerContext<'_>, narrowed: &[Narrowed]) -> RoaringBitmap {
    let (mut once, mut twice) = (RoaringBitmap::new(), RoaringBitmap::new());
    for (dataset, narrowed) in asking.datasets().into_iter().zip(narrowed) {
        let people = matching::people(dataset, narrowed);
        twice |= &once & &people;
        once |= people;
    }
    twice
}

/// The records of the requested page, the things that the records describe, and the participants of these things.
async fn page(
    asking: &AnswerContext<'_>,
    dataset: &DatasetGrant,
    matching: &Matching,
    granularity: Granularity,
) -> Result<(Vec<ga4gh_beacon::Record>, Vec<records::Thing>, RoaringBitmap), ServiceError> {
    let (Granularity::Record, Some(names)) = (granularity, asking.names) else {
        return Ok((Vec::new(), Vec::new(), RoaringBitmap::new()));
    };
    let pagination = asking.request.pagination;
    let (before, most) = (pagination.records_before(), u64::from(pagination.records_per_page()));
    let page = matching.listed.page(names, before, most).await;
    let entry = asking.request.entry;
    let records = records::records(asking.stores, asking.grant, names, dataset, entry, &page).await?;
    let people = people_of(asking, dataset, &page).await?;
    Ok((records, page, people))
}

/// The participants of the things on a page. For a file, every participant in the file that the Grant opens.
async fn people_of(asking: &AnswerContext<'_>, dataset: &DatasetGrant, page: &[records::Thing]) -> Result<RoaringBitmap, ServiceError> {
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
