//! `GET|POST /individuals`: whether, and how many, people match.

use ga4gh_beacon::BeaconRequest;
use gemj_access::{DatasetGrant, Grant, Granularity};
use gemj_model::Origin;
use gemj_variants::{CarrierReader, Cohort};
use roaring::RoaringBitmap;

use super::answer::Answer;
use super::filters::Matcher;
use super::{g_variants, tiers, variant_query};
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// Answers a question about people: `numTotalResults` is the number of distinct people, over the datasets asked, who match every filter
/// and, where variant parameters are given, carry a matching variant.
///
/// # Errors
/// A stretch that is too long, a filter kind not answered yet, or a store's failure.
pub async fn individuals(
    stores: &Stores,
    carriers: &CarrierReader,
    grant: &Grant,
    request: &BeaconRequest,
    asked: Granularity,
) -> Result<Answer, ServiceError> {
    let matcher = Matcher::resolve(stores, &request.filters).await?;
    let datasets: Vec<&DatasetGrant> = grant.datasets().iter().collect();
    let tier = tiers::narrowest(&datasets);
    let mut people = RoaringBitmap::new();
    for dataset in &datasets {
        let mut found = match matcher.people(stores, grant, dataset).await? {
            Some(matching) => matching,
            None => dataset.participants().as_ref().clone(),
        };
        if let Some(query) = &request.variant {
            // Below the controlled tier an allele of fewer than k families adds nobody: else a range stretched by one base would tell where it
            // lies.
            let (assembly, alleles) = variant_query::alleles(stores, query, tier).await?;
            let everybody = Cohort {
                dataset: dataset.dataset(),
                within: None,
            };
            found &= carriers
                .carrying(grant, everybody, assembly, Origin::Germline, &alleles, variant_query::enough(tier))
                .await?;
        }
        people |= found;
    }
    let count = if tiers::is_visible(grant, tier, &people) { people.len() } else { 0 };
    let granularity = tiers::granularity(&datasets, asked);
    Ok(Answer {
        finding: tiers::finding(tier, granularity, count),
        info: g_variants::describe(&datasets, &matcher),
    })
}
