//! `GET|POST /g_variants`: whether, and how many, variants of a kind are carried.

use std::ops::ControlFlow;

use ga4gh_beacon::BeaconRequest;
use gemj_access::{DatasetGrant, Grant, Granularity, Tier};
use gemj_model::Origin;
use gemj_variants::{CarrierReader, Cohort, VisibleAllele};
use roaring::RoaringBitmap;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::filters::Matcher;
use super::tiers;
use super::variant_query;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// Answers a variant question: `numTotalResults` is the number of distinct variants with a carrier in the datasets asked; below the controlled
/// tier, with carriers of k families in one of them. With filters, only carriers who match them count.
///
/// # Errors
/// A question without variant parameters (it would list the programme), a stretch that is too long, a filter kind not answered yet, or a
/// store's failure.
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
    let granularity = tiers::granularity(&datasets, asked);
    let (assembly, alleles) = variant_query::alleles(stores, query, tier).await?;
    let enough = variant_query::enough(tier);
    let mut matching = Vec::with_capacity(datasets.len());
    for dataset in &datasets {
        matching.push(matcher.people(stores, grant, dataset).await?);
    }
    let cohorts: Vec<Cohort<'_>> = datasets
        .iter()
        .zip(&matching)
        .map(|(dataset, matching)| Cohort {
            dataset: dataset.dataset(),
            within: matching.as_ref(),
        })
        .collect();
    let mut visible = 0_u64;
    let count = |_: &VisibleAllele<'_>| {
        visible += 1;
        // One is all that a yes needs.
        if granularity == Granularity::Boolean {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    carriers
        .visible(grant, &cohorts, assembly, Origin::Germline, &alleles, enough, count)
        .await?;
    let mut info = describe(&datasets, &matcher);
    if tier == Tier::Controlled && granularity == Granularity::Count {
        let mut people = RoaringBitmap::new();
        for cohort in &cohorts {
            people |= carriers
                .carrying(grant, *cohort, assembly, Origin::Germline, &alleles, enough)
                .await?;
        }
        info.insert("distinctIndividuals".to_owned(), people.len().into());
    }
    Ok(Answer {
        finding: tiers::finding(tier, granularity, visible),
        info,
    })
}

/// What `info` says of every answer: the datasets it comes from and the ontology releases that it used.
pub(super) fn describe(datasets: &[&DatasetGrant], matcher: &Matcher) -> Map<String, Value> {
    let mut info = Map::new();
    info.insert("datasets".to_owned(), datasets.iter().map(|d| d.dataset().as_str()).collect());
    matcher.describe(&mut info);
    info
}
