//! Rendering of answers in Beacon's format.

use actix_web::HttpResponse;
use actix_web::http::header;
use ga4gh_beacon::{
    BeaconRequest, BooleanResponse, CollectionsResponse, CountAdjustment, CountPrecision, CountResponse, CountSummary, ResultSet,
    ResultsetsResponse,
};
use gemj_access::Granularity;
use gemj_services::beacon::{Answered, Finding, FoundSet, Listed};

use super::beacon_id;
use crate::http::gateway::Gateway;

/// Renders an answer at the granularity that the decision permits.
pub(super) fn answer(gateway: &Gateway, asked: &BeaconRequest, answered: Answered) -> HttpResponse {
    let id = beacon_id(gateway);
    let Answered {
        answer,
        granularity,
        listed,
        ..
    } = answered;
    let (finding, info) = (answer.finding, answer.info);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    match (granularity, listed) {
        (Granularity::Boolean, _) => response.json(BooleanResponse::new(&id, asked, finding.exists()).with_info(info)),
        (Granularity::Count, Listed::Sets(sets)) => {
            let sets = sets.into_iter().map(set).collect();
            response.json(ResultsetsResponse::counts(&id, asked, summary(finding), sets).with_info(info))
        }
        (Granularity::Record, Listed::Sets(sets)) => {
            let sets = sets.into_iter().map(set).collect();
            response.json(ResultsetsResponse::records(&id, asked, summary(finding), sets).with_info(info))
        }
        (Granularity::Count, Listed::Collections(_)) => response.json(CountResponse::new(&id, asked, summary(finding)).with_info(info)),
        (Granularity::Record, Listed::Collections(page)) => {
            response.json(CollectionsResponse::new(&id, asked, finding.least(), page).with_info(info))
        }
    }
}

fn summary(finding: Finding) -> CountSummary {
    match finding {
        Finding::Boolean(exists) => CountSummary::exact(u64::from(exists)),
        Finding::Exact(count) => CountSummary::exact(count),
        Finding::AtLeast(lower) => {
            let words = vec![CountAdjustment::Words("lower end of 0, 1, 3, 10, 30, 100, …".to_owned())];
            CountSummary::adjusted(lower, CountPrecision::Rounded, words)
        }
    }
}

fn set(found: FoundSet) -> ResultSet {
    let id = found.dataset.as_str();
    let set = match found.finding {
        Finding::Exact(total) => ResultSet::recorded(id, total, found.records),
        finding @ (Finding::Boolean(_) | Finding::AtLeast(_)) => ResultSet::counted(id, summary(finding)),
    };
    set.with_handovers(found.handovers).with_info(found.info)
}
