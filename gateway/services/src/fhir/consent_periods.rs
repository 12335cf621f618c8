//! The time limits of a Consent: converts the periods of its provisions into events of the ledger.

use gemj_catalogue::ConsentStatement;
use gemj_model::{Clause, ClauseSet, ConsentKind, Ground, Timestamp};
use hl7_fhir::consent::{Period, Permit};

/// A half-open interval of time: `from` is inside, `until` is outside. An absent bound is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// Why the periods of a Consent cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeriodFault {
    /// A bound of a period is not a date.
    Unreadable,
    /// One clause is permitted for several intervals with gaps between them.
    Several,
}

/// The clauses that are permitted at some time, and the bounds of their periods as ledger events. The caller must append these events
/// directly after the statement that gives the clauses. A clause that is permitted without a limit has no bounds. A clause whose periods
/// contain no time at all is not in the returned set.
///
/// # Errors
/// [`PeriodFault`] if the periods cannot be stored exactly; nothing is then stored.
pub(super) fn bounds(
    permits: &[Permit],
    clause_of: impl Fn(&Permit) -> Option<Clause>,
) -> Result<(ClauseSet, Vec<ConsentStatement>), PeriodFault> {
    let (mut given, mut events) = (ClauseSet::EMPTY, Vec::new());
    for clause in Clause::ALL {
        let mut spans = Vec::new();
        for permit in permits.iter().filter(|permit| clause_of(permit) == Some(clause)) {
            spans.extend(common(&permit.periods)?);
        }
        let Some(span) = joined(spans)? else { continue };
        given = given.with(clause);
        let bound = |kind, effective| ConsentStatement {
            kind,
            form: None,
            clauses: ClauseSet::EMPTY.with(clause),
            effective,
            ground: Ground::Consent,
            corrects: None,
        };
        events.extend(span.from.map(|from| bound(ConsentKind::PeriodBegins, from)));
        events.extend(span.until.map(|until| bound(ConsentKind::PeriodEnds, until)));
    }
    Ok((given, events))
}

/// The intersection of all periods; absent if the periods have no time in common.
fn common(periods: &[Period]) -> Result<Option<Span>, PeriodFault> {
    let mut span = Span { from: None, until: None };
    for period in periods {
        let from = period.start.as_deref().map(first_instant).transpose()?;
        let until = period.end.as_deref().map(first_instant_after).transpose()?;
        span.from = span.from.max(from);
        span.until = match (span.until, until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    let has_time = span.from.zip(span.until).is_none_or(|(from, until)| from < until);
    Ok(Some(span).filter(|_| has_time))
}

/// The union of time spans that overlap or touch; absent without spans.
///
/// # Errors
/// [`PeriodFault::Several`] if there is a gap between spans.
fn joined(mut spans: Vec<Span>) -> Result<Option<Span>, PeriodFault> {
    spans.sort_by_key(|span| span.from);
    let mut spans = spans.into_iter();
    let Some(mut whole) = spans.next() else { return Ok(None) };
    for span in spans {
        // A span without a beginning is earlier than every other span, and sorts first.
        let meets = whole.until.is_none_or(|until| span.from.is_none_or(|from| from <= until));
        if !meets {
            return Err(PeriodFault::Several);
        }
        whole.until = whole.until.zip(span.until).map(|(a, b)| a.max(b));
    }
    Ok(Some(whole))
}

/// The first instant of a `dateTime`; a year, month or day is read in Japan's time zone.
fn first_instant(text: &str) -> Result<Timestamp, PeriodFault> {
    let day = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    Timestamp::parse(&day).map_err(|_| PeriodFault::Unreadable)
}

/// The first instant after a `dateTime` that ends a period. "If the end of the period is 2012-02-03, the period includes any time on that
/// day" (R4 § Period). An end that is stated to the second, or to a fraction of a second, includes that second or fraction.
fn first_instant_after(text: &str) -> Result<Timestamp, PeriodFault> {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u32>().ok());
    match text.len() {
        4 => {
            let year = number(0, 4).ok_or(PeriodFault::Unreadable)?;
            first_instant(&format!("{:04}", year + 1))
        }
        7 => {
            let (year, month) = number(0, 4).zip(number(5, 7)).ok_or(PeriodFault::Unreadable)?;
            let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            first_instant(&format!("{year:04}-{month:02}"))
        }
        10 => first_instant(text).map(|day| day.plus_seconds(24 * 3600)),
        _ => first_instant(text).map(|instant| Timestamp(instant.0.saturating_add(length_in_microseconds(text)))),
    }
}

/// The length of the second, or of the fraction of a second, that a time names. A fraction of more than six digits is shorter than a
/// microsecond, and counts as one.
fn length_in_microseconds(time: &str) -> i64 {
    let fraction = time.split_once('.').map_or("", |(_, fraction)| fraction);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    10_i64.pow(6_u32.saturating_sub(u32::try_from(digits).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use hl7_fhir::consent::Coding;

    use super::*;

    fn period(start: Option<&str>, end: Option<&str>) -> Period {
        Period {
            start: start.map(Into::into),
            end: end.map(Into::into),
        }
    }

    fn permit(periods: Vec<Period>) -> Permit {
        Permit {
            coding: Coding {
                system: "s".into(),
                code: "study-use".into(),
            },
            periods,
        }
    }

    fn of(permits: &[Permit]) -> Result<Vec<(ConsentKind, String)>, PeriodFault> {
        let clause = |permit: &Permit| Clause::parse(&permit.coding.code);
        bounds(permits, clause).map(|(_, events)| events.iter().map(|e| (e.kind, e.effective.rfc3339())).collect())
    }

    #[test]
    fn an_end_includes_the_whole_year_month_day_second_or_fraction_that_it_names() {
        for (end, first_after) in [
            ("2030", "2030-12-31T15:00:00Z"),
            ("2030-02", "2030-02-28T15:00:00Z"),
            ("2030-12", "2030-12-31T15:00:00Z"),
            ("2030-12-31", "2030-12-31T15:00:00Z"),
            ("2030-12-31T10:00:00+09:00", "2030-12-31T01:00:01Z"),
            ("2030-12-31T10:00:00.5+09:00", "2030-12-31T01:00:00.6Z"),
            ("2030-12-31T10:00:00.000+09:00", "2030-12-31T01:00:00.001Z"),
            ("2030-12-31T23:59:59.999Z", "2031-01-01T00:00:00Z"),
            ("2030-12-31T10:00:00.1234567Z", "2030-12-31T10:00:00.123457Z"),
        ] {
            let events = of(&[permit(vec![period(None, Some(end))])]).unwrap();
            assert_eq!(events, [(ConsentKind::PeriodEnds, first_after.to_owned())], "{end}");
        }
    }

    #[test]
    fn nested_periods_intersect_and_adjacent_periods_join() {
        let inner = period(Some("2027"), Some("2029"));
        let both = of(&[permit(vec![period(Some("2026-01-01"), Some("2028-06")), inner.clone()])]).unwrap();
        assert_eq!(
            both,
            [
                (ConsentKind::PeriodBegins, "2026-12-31T15:00:00Z".to_owned()),
                (ConsentKind::PeriodEnds, "2028-06-30T15:00:00Z".to_owned())
            ]
        );
        let beside = of(&[permit(vec![inner.clone()]), permit(vec![period(Some("2030"), None)])]).unwrap();
        assert_eq!(beside, [(ConsentKind::PeriodBegins, "2026-12-31T15:00:00Z".to_owned())]);
        let gap = of(&[permit(vec![inner]), permit(vec![period(Some("2031"), None)])]);
        assert_eq!(gap, Err(PeriodFault::Several));
        let never = [permit(vec![period(Some("2031"), None), period(None, Some("2030"))])];
        assert_eq!(bounds(&never, |_| Some(Clause::StudyUse)).unwrap(), (ClauseSet::EMPTY, Vec::new()));
        assert_eq!(of(&[permit(Vec::new()), permit(vec![period(None, Some("2030"))])]).unwrap(), []);
    }
}
