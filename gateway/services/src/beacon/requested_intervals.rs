//! Finds the first base of an allele that is within the requested intervals.

use gemj_model::{Allele, Contig, Interval, ZeroBased};
use gemj_variants::AlleleQuery;

/// The requested intervals of a variant query, each with its contig.
#[derive(Debug, Default)]
pub(super) struct RequestedIntervals(Vec<(Contig, Interval)>);

impl RequestedIntervals {
    /// The intervals of a query, including the intervals of all nested queries.
    pub(super) fn of(query: &AlleleQuery) -> Self {
        let mut found = Self::default();
        found.add(query);
        found
    }

    fn add(&mut self, query: &AlleleQuery) {
        match query {
            AlleleQuery::Window(window) => self.0.push((window.contig.canonical(), window.interval)),
            // Every allele that a sequence query finds begins at or after the position of the query.
            AlleleQuery::Sequence(sequence) => self.0.push((
                sequence.contig.canonical(),
                Interval {
                    start: sequence.start,
                    end: None,
                },
            )),
            AlleleQuery::AnyOf(queries) => queries.iter().for_each(|query| self.add(query)),
            AlleleQuery::OneOf(named) => {
                let about = named.about.iter().flatten();
                self.0.extend(about.map(|region| (region.contig.canonical(), region.interval)));
            }
        }
    }

    /// The first base of an allele that is within the requested intervals. If the allele begins before an interval that it reaches into,
    /// this is the start of the interval. Otherwise it is the first base of the allele.
    pub(super) fn at(&self, allele: &Allele) -> ZeroBased {
        let contig = allele.contig.canonical();
        let reaches = |interval: &Interval| {
            let behind = allele.end.0.max(allele.start.0 + 1);
            behind > interval.start.0 && interval.end.is_none_or(|end| allele.start < end)
        };
        let stretches = self.0.iter().filter(|(on, interval)| *on == contig && reaches(interval));
        let first = stretches.map(|(_, interval)| interval.start).min();
        first.map_or(allele.start, |first| first.max(allele.start))
    }
}

#[cfg(test)]
mod tests {
    use gemj_variants::{AlleleFilter, WindowQuery};

    use super::*;

    fn window(contig: &str, start: u64, end: u64) -> AlleleQuery {
        AlleleQuery::Window(WindowQuery {
            contig: Contig(contig.to_owned()),
            interval: Interval {
                start: ZeroBased(start),
                end: Some(ZeroBased(end)),
            },
            filter: AlleleFilter::default(),
        })
    }

    fn deletion(contig: &str, start: u64, end: u64) -> Allele {
        Allele {
            contig: Contig(contig.to_owned()),
            start: ZeroBased(start),
            end: ZeroBased(end),
            reference: String::new(),
            alternate: "<DEL>".to_owned(),
            inserted: None,
        }
    }

    #[test]
    fn the_first_requested_base_of_an_allele_is_in_the_first_interval_that_the_allele_reaches() {
        let asked = RequestedIntervals::of(&AlleleQuery::AnyOf(vec![
            window("chrX", 100, 200),
            window("X", 300, 400),
            window("Y", 50, 60),
        ]));
        for (allele, from) in [
            (deletion("X", 120, 130), 120),
            (deletion("X", 20, 130), 100),
            (deletion("X", 20, 350), 100),
            (deletion("X", 250, 350), 300),
            (deletion("X", 150, 350), 150),
            (deletion("Y", 0, 100), 50),
        ] {
            assert_eq!(asked.at(&allele), ZeroBased(from), "{allele:?}");
        }
    }
}
