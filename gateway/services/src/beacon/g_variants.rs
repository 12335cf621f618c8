//! `GET|POST /g_variants`: whether, and how many, variants of a kind are carried.

use std::collections::BTreeMap;

use ga4gh_beacon::{BeaconRequest, VariantQuery};
use gemj_access::{DatasetGrant, Grant, Granularity, Tier};
use gemj_model::Allele;
use gemj_variants::CarrierReader;
use roaring::RoaringBitmap;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::filters::Matcher;
use super::tiers;
use super::variant_query;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// Answers a variant question: `numTotalResults` is the number of distinct variants with a carrier in the datasets asked. With filters, a
/// carrier who matches them.
///
/// # Errors
/// A question without variant parameters (it would list the programme), a filter kind not answered yet, or a store's failure.
pub async fn g_variants(
    stores: &Stores,
    carriers: &CarrierReader,
    grant: &Grant,
    request: &BeaconRequest,
    asked: Granularity,
) -> Result<Answer, ServiceError> {
    let Some(query) = &request.variant else {
        return Err(ServiceError::Unsupported(
            "g_variants needs variant parameters: referenceName with start and alternateBases, or with start and end",
        ));
    };
    let matcher = Matcher::resolve(stores, &request.filters).await?;
    let datasets: Vec<&DatasetGrant> = grant.datasets().iter().collect();
    let tier = tiers::narrowest(&datasets);
    let carried = carried(stores, carriers, grant, &datasets, query, &matcher).await?;
    let visible = carried.values().filter(|people| tiers::is_visible(grant, tier, people)).count() as u64;
    let granularity = tiers::granularity(&datasets, asked);
    let mut info = describe(&datasets, &matcher);
    if tier == Tier::Controlled && granularity == Granularity::Count {
        let people = carried.values().fold(RoaringBitmap::new(), |all, some| all | some).len();
        info.insert("distinctIndividuals".to_owned(), people.into());
    }
    Ok(Answer {
        finding: tiers::finding(tier, granularity, visible),
        info,
    })
}

/// The matching alleles and who carries each, over all datasets: one person in two datasets is one person.
async fn carried(
    stores: &Stores,
    carriers: &CarrierReader,
    grant: &Grant,
    datasets: &[&DatasetGrant],
    query: &VariantQuery,
    matcher: &Matcher,
) -> Result<BTreeMap<Allele, RoaringBitmap>, ServiceError> {
    let mut carried: BTreeMap<Allele, RoaringBitmap> = BTreeMap::new();
    for dataset in datasets {
        let matching = matcher.people(stores, grant, dataset).await?;
        for (allele, mut people) in variant_query::find(carriers, grant, dataset.dataset(), query).await? {
            if let Some(matching) = &matching {
                people &= matching;
            }
            if !people.is_empty() {
                *carried.entry(allele).or_default() |= people;
            }
        }
    }
    Ok(carried)
}

/// What `info` says of every answer: the datasets it comes from and the ontology releases that it used.
pub(super) fn describe(datasets: &[&DatasetGrant], matcher: &Matcher) -> Map<String, Value> {
    let mut info = Map::new();
    info.insert("datasets".to_owned(), datasets.iter().map(|d| d.dataset().as_str()).collect());
    matcher.describe(&mut info);
    info
}
