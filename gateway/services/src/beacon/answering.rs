//! Answers a Beacon request of any entry type.

use ga4gh_beacon::{BeaconRequest, EntryType, VariantKey};
use gemj_access::{Grant, Granularity};
use gemj_variants::CarrierReader;

use super::answer::{Answered, BeaconFinding};
use super::answer_context::AnswerContext;
use super::filters::Matcher;
use super::{g_variants, listing, things, variant_query};
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// Answers a request at the requested granularity, or at a lower granularity if the Grant does not allow the requested one.
///
/// # Errors
/// * [`ServiceError::Unbounded`] for a request about variants without parameters.
/// * A range is longer than the tier allows.
/// * A filter or parameter is not supported.
/// * A store fails.
pub async fn answer(asking: &AnswerContext<'_>) -> Result<Answered, ServiceError> {
    let terms = asking.terms();
    // The range that a variant id names has the same length limit as the range in variant parameters.
    if let Some((EntryType::GenomicVariant, id)) = asking.of
        && let Some(key) = VariantKey::parse(id)
    {
        variant_query::check_stretch(key.start().0, key.end().0, terms)?;
    }
    let matcher = Matcher::resolve(asking.stores, &asking.request.filters, terms).await?;
    let asked = variant_query::resolve(asking).await?;
    let narrowed = asking.narrowed(&matcher, asked.as_ref()).await?;
    let mut answered = match asking.request.entry {
        EntryType::GenomicVariant => g_variants::answer(asking, &matcher, &narrowed, asked.as_ref()).await?,
        EntryType::Individual | EntryType::Biosample | EntryType::Run | EntryType::Analysis => {
            things::answer(asking, &matcher, &narrowed).await?
        }
        EntryType::Dataset | EntryType::Cohort => listing::answer(asking, &matcher, &narrowed).await?,
    };
    if let Some(asked) = &asked {
        answered.describe_without_names(&asked.without_names);
    }
    // If the path names a participant, specimen or file, every answer, at any granularity, is recorded as a disclosure about its
    // participants.
    for (dataset, narrowed) in asking.datasets().into_iter().zip(&narrowed) {
        if let Some(people) = narrowed.named() {
            answered.handed_out.push((dataset.dataset().clone(), people.clone()));
        }
    }
    Ok(answered)
}

/// Computes the finding of a request without listing records or datasets. The granularity is boolean or count: `asked`, or a lower
/// granularity if the Grant allows only that. The granularity in the request is ignored.
///
/// # Errors
/// As [`answer`].
pub async fn count(
    stores: &Stores,
    carriers: &CarrierReader,
    grant: &Grant,
    request: &BeaconRequest,
    asked: Granularity,
) -> Result<BeaconFinding, ServiceError> {
    let mut request = request.clone();
    request.granularity_asked = match asked {
        Granularity::Boolean => ga4gh_beacon::Granularity::Boolean,
        Granularity::Count | Granularity::Record => ga4gh_beacon::Granularity::Count,
    };
    let asking = AnswerContext {
        stores,
        carriers,
        described: None,
        only: None,
        grant,
        names: None,
        request: &request,
        of: None,
        places: None,
    };
    Ok(answer(&asking).await?.answer)
}
