//! `/g_variants`: whether matching variants have carriers, how many variants have carriers, and which variants these are.

use std::ops::ControlFlow;

use ga4gh_beacon::{EntryType, VariantKey};
use gemj_access::Granularity;
use gemj_model::{Allele, Assembly, Origin};
use gemj_variants::{AlleleQuery, Cohort, VisibleAllele};
use roaring::RoaringBitmap;

use super::answer::{Answered, BeaconFinding, FoundSet, Listed};
use super::answer_context::{AnswerContext, describe_page, describe_set};
use super::filters::Matcher;
use super::handovers::LeadsTo;
use super::narrowed::Narrowed;
use super::own_files::OwnFiles;
use super::requested_intervals::RequestedIntervals;
use super::variant_query::Resolved;
use super::variant_records::Cases;
use super::{handovers, named_variant};
use crate::service_error::ServiceError;

/// The variant query of a request, and the variant that the path names.
struct VariantSearch {
    assembly: Assembly,
    alleles: AlleleQuery,
    /// The variant whose id is in the path; absent if the path names no variant.
    named: Option<Allele>,
}

impl VariantSearch {
    fn means(&self, allele: &VisibleAllele<'_>) -> bool {
        self.named.as_ref().is_none_or(|named| allele.allele() == *named)
    }
}

/// The number of one dataset's matching variants, and the variants of the requested page.
#[derive(Default)]
struct Counted {
    variants: u64,
    /// The variants of the requested page.
    page: Vec<Allele>,
}

/// Answers a request about variants. At the controlled tier, `numTotalResults` is the number of distinct variants with a carrier in the
/// datasets of the request. Below the controlled tier, it is the bucket of the greatest number of one dataset, and a variant counts in a
/// dataset only if carriers of k families are in the dataset. With filters, only carriers that match the filters count.
///
/// # Errors
/// * [`ServiceError::Unbounded`] for a request with neither variant parameters nor a variant id, because the answer would list the whole
///   programme.
/// * A parameter or filter is not supported.
/// * A store fails.
pub(super) async fn answer(
    asking: &AnswerContext<'_>,
    matcher: &Matcher,
    narrowed: &[Narrowed],
    asked: Option<&Resolved>,
) -> Result<Answered, ServiceError> {
    let (terms, granularity) = (asking.terms(), asking.granularity());
    let mut info = asking.describe(matcher);
    let Some(question) = question(asking, asked)? else {
        // A variant id that no variant can have gets the same answer as the id of a variant without a visible carrier.
        let nothing: Vec<Counted> = narrowed.iter().map(|_| Counted::default()).collect();
        return assembled(asking, info, 0, nothing, None, None).await;
    };
    let (assembly, alleles) = (question.assembly, &question.alleles);
    // If the path names a participant, a specimen or a file, the variants come from the participant's own files, not from the index.
    let own = OwnFiles::of_path(asking, narrowed, assembly, alleles).await?;
    let (reader, origin) = match &own {
        Some(own) => (own.reader(), own.origin()),
        None => (asking.carriers, Origin::Germline),
    };
    let datasets = asking.datasets();
    let cohorts: Vec<Cohort<'_>> = datasets
        .iter()
        .zip(narrowed)
        .map(|(dataset, narrowed)| Cohort {
            dataset: dataset.dataset(),
            within: narrowed.people(),
        })
        .collect();
    let pagination = asking.request.pagination;
    let on_page = pagination.records_before()..pagination.records_before() + u64::from(pagination.records_per_page());
    let mut counted: Vec<Counted> = cohorts.iter().map(|_| Counted::default()).collect();
    let mut distinct = 0_u64;
    let count = |allele: &VisibleAllele<'_>| {
        if !question.means(allele) {
            return ControlFlow::Continue(());
        }
        distinct += 1;
        for cohort in allele.cohorts() {
            let of_set = &mut counted[*cohort];
            if granularity == Granularity::Record && on_page.contains(&of_set.variants) {
                of_set.page.push(allele.allele());
            }
            of_set.variants += 1;
        }
        // At boolean granularity, one visible variant is enough for the answer "yes".
        if granularity == Granularity::Boolean {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    reader.visible(asking.grant, &cohorts, assembly, origin, alleles, count).await?;
    if terms.is_exact() && granularity == Granularity::Count && question.named.is_none() {
        let mut people = RoaringBitmap::new();
        for cohort in &cohorts {
            people |= reader.carrying(asking.grant, *cohort, assembly, origin, alleles).await?;
        }
        info.insert("distinctIndividuals".to_owned(), people.len().into());
    }
    let cases = Cases::new(asking, assembly, RequestedIntervals::of(alleles), narrowed, own.as_ref());
    assembled(asking, info, distinct, counted, Some(cases), own.as_ref()).await
}

/// The variant query; absent if the id in the path is not a variant id, or if its assembly is not the requested assembly.
fn question(asking: &AnswerContext<'_>, asked: Option<&Resolved>) -> Result<Option<VariantSearch>, ServiceError> {
    let id = match asking.of {
        Some((EntryType::GenomicVariant, id)) => Some(id),
        Some(_) | None => None,
    };
    let named = match id.map(VariantKey::parse) {
        Some(None) => return Ok(None),
        Some(Some(key)) => Some(key),
        None => None,
    };
    let (assembly, alleles) = match (asked, &named) {
        (Some(asked), _) => (asked.assembly, asked.alleles.clone()),
        (None, Some(key)) => (named_variant::assembly_of(key), named_variant::question(key)),
        (None, None) => return Err(ServiceError::Unbounded),
    };
    // The variant id is of another assembly than the request, so no variant matches both.
    if named.as_ref().is_some_and(|key| named_variant::assembly_of(key) != assembly) {
        return Ok(None);
    }
    Ok(Some(VariantSearch {
        assembly,
        alleles,
        named: named.as_ref().map(named_variant::allele_of),
    }))
}

async fn assembled(
    asking: &AnswerContext<'_>,
    mut info: serde_json::Map<String, serde_json::Value>,
    distinct: u64,
    counted: Vec<Counted>,
    cases: Option<Cases<'_>>,
    own: Option<&OwnFiles>,
) -> Result<Answered, ServiceError> {
    let (terms, granularity) = (asking.terms(), asking.granularity());
    let numbers: Vec<u64> = counted.iter().map(|of_set| of_set.variants).collect();
    let finding = terms.total(granularity, distinct, &numbers);
    let mut sets = Vec::new();
    let mut handed_out = Vec::new();
    if granularity > Granularity::Boolean {
        let mut cases = cases;
        for (number, (dataset, of_set)) in asking.datasets().into_iter().zip(counted).enumerate() {
            let in_set = terms.finding(granularity, of_set.variants);
            if !asking.lists(in_set) {
                continue;
            }
            let mut info = describe_set(dataset);
            if granularity == Granularity::Record {
                describe_page(&mut info, asking.request.pagination, of_set.page.len(), of_set.variants);
            }
            let records = match cases.as_mut().filter(|_| !of_set.page.is_empty()) {
                Some(cases) => cases.records(number, dataset, of_set.page).await?,
                None => Vec::new(),
            };
            let people = cases.as_mut().map(Cases::take_listed).unwrap_or_default();
            sets.push(FoundSet {
                dataset: dataset.dataset().clone(),
                finding: in_set,
                handovers: handovers::of(asking, dataset, &LeadsTo::of_carriers(&people, own)).await?,
                records,
                info,
            });
            handed_out.push((dataset.dataset().clone(), people));
        }
        if let Some(most) = cases.and_then(|cases| cases.cut_at()) {
            info.insert("caseLevelDataCutAt".to_owned(), most.into());
        }
    }
    Ok(Answered {
        answer: BeaconFinding { finding, info },
        granularity,
        listed: Listed::Sets(sets),
        handed_out,
    })
}
