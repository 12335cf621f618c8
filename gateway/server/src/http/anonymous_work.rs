//! Budgets of computing time for callers without credentials, for each address, in addition to the rate limit of requests.
//!
//! The cost of a query is estimated only from the query itself and never measured. A measured cost would depend on hidden participants, and the
//! remaining budget would reveal them.

use std::cell::Cell;
use std::net::IpAddr;
use std::time::Instant;

use ga4gh_beacon::{BeaconRequest, Filter, VariantQuery};

use super::limits::{Buckets, network};
use super::refusal::SpentBudget;

/// The base cost of a query, in milliseconds of computing.
const QUESTION_MS: u64 = 2;
/// The cost of a filter that names a term, in milliseconds. The cost is small because the folded terms are cached in memory.
const TERM_MS: u64 = 1;
/// The cost of a filter that compares a value (alphanumeric filter), in milliseconds. The filter is evaluated in memory, once for each distinct
/// value.
const COMPARISON_MS: u64 = 10;
/// The cost of a variant query by a gene or by a name of an allele, in milliseconds.
const NAME_MS: u64 = 10;
/// The cost of a variant query by an interval, in milliseconds for each million bases, rounded up to whole millions.
const MILLION_BASES_MS: u64 = 10;
/// The cost of a list of filtering terms, datasets or cohorts, in milliseconds.
const LISTING_MS: u64 = 25;

/// The kinds of work for anonymous callers. Each kind has its own budget, so that a spent budget does not block the other kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A query about variants, participants or their records, with its cost in milliseconds.
    AccessRequest(u64),
    /// A list of filtering terms, or descriptions of datasets and cohorts.
    Listing,
    /// A query that is forwarded to partners, with the cost of this gateway's own answer in milliseconds.
    PassedOn(u64),
}

/// The budgets of computing time of all addresses. Each process has its own budgets.
pub(crate) struct AnonymousWork {
    per_minute_ms: u32,
    questions: Buckets,
    listings: Buckets,
    passed_on: Buckets,
}

impl AnonymousWork {
    /// Creates full budgets. Each address has `per_minute_ms` milliseconds of computing in a minute; 0 for no limit.
    pub(crate) fn new(per_minute_ms: u32) -> Self {
        Self {
            per_minute_ms,
            questions: Buckets::new(per_minute_ms),
            listings: Buckets::new(per_minute_ms),
            passed_on: Buckets::new(per_minute_ms),
        }
    }

    /// Takes the cost of some work from the budget of an address.
    pub(crate) fn take(&self, address: IpAddr, work: Work) -> Result<(), SpentBudget> {
        self.take_at(address, work, Instant::now())
    }

    fn take_at(&self, address: IpAddr, work: Work, now: Instant) -> Result<(), SpentBudget> {
        let (buckets, cost, what) = match work {
            Work::AccessRequest(cost) => (&self.questions, cost, "questions"),
            Work::Listing => (&self.listings, LISTING_MS, "lists of terms, datasets and cohorts"),
            Work::PassedOn(cost) => (&self.passed_on, cost, "questions that are forwarded to partners"),
        };
        // Work that costs more than a full budget is permitted if the budget is full.
        let cost = cost.min(u64::from(self.per_minute_ms));
        let remain = Cell::new(0.0);
        let taken = buckets.with(&network(address), now, |bucket| {
            remain.set(bucket.tokens);
            let left = bucket.tokens - cost as f64;
            if left >= 0.0 {
                bucket.tokens = left;
            }
            left
        });
        taken.map_err(|too_many| SpentBudget {
            explanation: format!(
                "the budget of computing for {what} without credentials, {} ms a minute for an address, is spent: {} ms remain and {cost} ms are needed; \
                 ask again in {} s",
                self.per_minute_ms,
                remain.get() as u64,
                too_many.retry_after_s
            ),
            retry_after_s: too_many.retry_after_s,
        })
    }
}

/// The cost of a query in milliseconds, estimated only from the query itself.
pub(crate) fn cost_ms(asked: &BeaconRequest) -> u64 {
    let filters: u64 = asked.filters.iter().map(of_filter).sum();
    QUESTION_MS + filters + asked.variant.as_ref().map_or(0, of_variants)
}

fn of_filter(filter: &Filter) -> u64 {
    match filter {
        Filter::Ontology(_) | Filter::Custom(_) => TERM_MS,
        Filter::Alphanumeric(_) => COMPARISON_MS,
    }
}

fn of_variants(query: &VariantQuery) -> u64 {
    let stretch = |start: u64, end: u64| end.saturating_sub(start).div_ceil(1_000_000).saturating_mul(MILLION_BASES_MS);
    match query {
        VariantQuery::Sequence(_) => 0,
        VariantQuery::Range(range) => stretch(range.interval.start().0, range.interval.end().0),
        VariantQuery::Bracket(bracket) => stretch(bracket.start.first().0, bracket.end.bound().0),
        VariantQuery::Gene(_) | VariantQuery::AminoAcid(_) | VariantQuery::Allele(_) => NAME_MS,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use ga4gh_beacon::{EntryType, parse_get};

    use super::*;

    fn asked(query: &str) -> BeaconRequest {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        parse_get(EntryType::Individual, &pairs).unwrap()
    }

    #[test]
    fn the_cost_of_a_query_depends_only_on_the_query_itself() {
        assert_eq!(cost_ms(&asked("")), 2);
        assert_eq!(cost_ms(&asked("filters=HP:1,HP:2,own")), 5);
        assert_eq!(cost_ms(&asked("filters=age<P70Y")), 12);
        let place = "assemblyId=GRCh38&referenceName=1&start=0";
        assert_eq!(cost_ms(&asked(&format!("{place}&alternateBases=A"))), 2);
        assert_eq!(cost_ms(&asked(&format!("{place}&end=1"))), 12);
        assert_eq!(cost_ms(&asked(&format!("{place}&end=60000000"))), 602);
        assert_eq!(cost_ms(&asked("geneId=BRAF")), 12);
    }

    #[test]
    fn a_spent_budget_reports_the_rest_and_does_not_affect_other_budgets() {
        let (work, now) = (AnonymousWork::new(600), Instant::now());
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let ask = |from: &str, cost, now| work.take_at(address(from), Work::AccessRequest(cost), now);
        ask("192.0.2.1", 500, now).unwrap();
        let spent = ask("192.0.2.1", 200, now).unwrap_err();
        assert_eq!(spent.retry_after_s, 10);
        for part in ["600 ms a minute", "100 ms remain", "200 ms are needed", "in 10 s"] {
            assert!(spent.explanation.contains(part), "{}", spent.explanation);
        }
        work.take_at(address("192.0.2.1"), Work::Listing, now).unwrap();
        work.take_at(address("192.0.2.1"), Work::PassedOn(200), now).unwrap();
        ask("192.0.2.2", 200, now).unwrap();
        ask("192.0.2.1", 200, now + Duration::from_secs(10)).unwrap();
        assert!(
            ask("192.0.2.3", 1_000_000, now).is_ok(),
            "work above the budget's size needs a full budget"
        );
        assert!(ask("192.0.2.3", 1, now).is_err());
        let off = AnonymousWork::new(0);
        for _ in 0..100 {
            off.take_at(address("192.0.2.1"), Work::AccessRequest(u64::MAX), now).unwrap();
        }
    }
}
