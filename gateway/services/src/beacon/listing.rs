//! Answers `/datasets` and `/cohorts` with descriptions that name no participant.

use ga4gh_beacon::{Collection, Dataset, EntryType};
use gemj_access::Granularity;
use gemj_model::DatasetId;

use super::answer::{Answered, BeaconFinding, Finding, Listed};
use super::answer_context::{AnswerContext, Described, describe_page, granularity_asked};
use super::collections;
use super::collections::CohortDefinition;
use super::filters::Matcher;
use super::narrowed::Narrowed;
use crate::service_error::ServiceError;

/// Answers a request about datasets or cohorts. The answer lists the datasets or cohorts that the caller may use. With filters, a dataset
/// is listed only if enough of its participants for the tier match, and a cohort only if at least one of its datasets is. A description is
/// about data and not about a participant, so it is listed at every tier. The sizes in a description follow the tier.
///
/// # Errors
/// A store's failure; [`ServiceError::Unsupported`] if the context contains no descriptions.
pub(super) async fn answer(asking: &AnswerContext<'_>, matcher: &Matcher, narrowed: &[Narrowed]) -> Result<Answered, ServiceError> {
    let Some(Described { policy, cohorts }) = asking.described else {
        return Err(ServiceError::Unsupported("datasets and cohorts"));
    };
    let datasets = asking.datasets().into_iter().zip(narrowed);
    let matching: Vec<&DatasetId> = datasets
        .filter(|(dataset, narrowed)| {
            let is_seen = |people| dataset.terms().shows(asking.grant, people);
            narrowed.people().is_none_or(is_seen)
        })
        .map(|(dataset, _)| dataset.dataset())
        .collect();
    let all: Vec<Collection> = if asking.request.entry == EntryType::Dataset {
        let datasets = collections::datasets(asking.stores, Some(asking.grant), policy).await?;
        let is_matching = |dataset: &Dataset| matching.iter().any(|id| id.as_str() == dataset.id());
        datasets.into_iter().filter(is_matching).map(Collection::from).collect()
    } else {
        let named = asking.of.filter(|(of, _)| *of == EntryType::Cohort).map(|(_, id)| id);
        let is_asked =
            |cohort: &&CohortDefinition| named.is_none_or(|id| id == cohort.id) && cohort.datasets.iter().any(|id| matching.contains(&id));
        let cohorts: Vec<CohortDefinition> = cohorts.iter().filter(is_asked).cloned().collect();
        collections::cohorts(Some(asking.grant), &cohorts)
            .into_iter()
            .map(Collection::from)
            .collect()
    };
    let total = all.len() as u64;
    let granularity = granularity_asked(asking.request);
    let pagination = asking.request.pagination;
    let page: Vec<Collection> = if granularity == Granularity::Record {
        let before = usize::try_from(pagination.records_before()).unwrap_or(usize::MAX);
        let page = all.into_iter().skip(before).take(pagination.records_per_page() as usize);
        page.collect()
    } else {
        Vec::new()
    };
    let mut info = asking.describe(matcher);
    if granularity == Granularity::Record {
        describe_page(&mut info, pagination, page.len(), total);
    }
    Ok(Answered {
        answer: BeaconFinding {
            finding: if granularity == Granularity::Boolean {
                Finding::Boolean(total > 0)
            } else {
                Finding::Exact(total)
            },
            info,
        },
        granularity,
        listed: Listed::Collections(page),
        handed_out: Vec::new(),
    })
}
