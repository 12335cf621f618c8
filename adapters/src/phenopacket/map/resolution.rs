//! Determines whether a feature or a disease of a packet has ended.

use ga4gh_phenopackets::{Phenopacket, TimeElement};
use gemj_model::FactStatus;

use crate::semantics::Modifier;

/// The effect of a time of resolution. A feature or disease that has ended is history. If the end is certainly later than the packet, the source
/// does not state what holds now, and the fact is not understood.
pub(super) fn resolved(packet: &Phenopacket, resolution: Option<&TimeElement>) -> Modifier {
    match resolution {
        None => Modifier::Neutral,
        Some(time) if is_in_future(packet, time) => Modifier::Unknown,
        Some(_) => Modifier::Says(FactStatus::History),
    }
}

/// The effect of the time at which something was measured or done. If the time is certainly later than the packet, it was only planned, and the
/// fact is not understood.
pub(super) fn planned(packet: &Phenopacket, time: Option<&TimeElement>) -> Modifier {
    match time {
        Some(time) if is_in_future(packet, time) => Modifier::Unknown,
        Some(_) | None => Modifier::Neutral,
    }
}

/// Whether a time is certainly later than the packet: a moment after the day on which the packet was created, or an age above the age at the last
/// encounter.
fn is_in_future(packet: &Phenopacket, time: &TimeElement) -> bool {
    let moment = match time {
        TimeElement::Timestamp(moment) => Some(moment),
        TimeElement::Interval { start, end } => end.as_ref().or(start.as_ref()),
        TimeElement::Age(_) | TimeElement::AgeRange { .. } | TimeElement::GestationalAge { .. } | TimeElement::OntologyClass(_) => None,
    };
    if let (Some(moment), Some(created)) = (moment, &packet.meta_data.created) {
        return match (day(moment), day(created)) {
            (Some(moment), Some(created)) => moment > created,
            (Some(_) | None, _) => false,
        };
    }
    let last = packet.subject.time_at_last_encounter.as_ref().and_then(latest_age);
    match (latest_age(time), last) {
        (Some(age), Some(last)) => age > last,
        (Some(_) | None, _) => false,
    }
}

/// The day of a moment in RFC 3339, counted from 1970 in UTC. The protobuf form has only UTC, so a comparison of local days would give another
/// result for the same packet in another form.
fn day(moment: &str) -> Option<i64> {
    let moment: jiff::Timestamp = moment.parse().ok()?;
    Some(moment.as_second().div_euclid(86_400))
}

/// The latest age in a time element, in half hours. A year counts as 365.25 days and a month as its twelfth part, so that twelve months are equal
/// to a year.
fn latest_age(time: &TimeElement) -> Option<u64> {
    match time {
        TimeElement::Age(age) => half_hours(age),
        TimeElement::AgeRange { start, end } => end.as_ref().or(start.as_ref()).and_then(|age| half_hours(age)),
        TimeElement::GestationalAge { .. } => Some(0),
        TimeElement::Timestamp(_) | TimeElement::Interval { .. } | TimeElement::OntologyClass(_) => None,
    }
}

/// The half hours of an ISO 8601 duration of years, months, weeks and days; `None` for any other text. A time of day is ignored.
fn half_hours(duration: &str) -> Option<u64> {
    let date = duration.strip_prefix('P')?.split('T').next()?;
    let mut sum = 0_u64;
    let mut number = String::new();
    for letter in date.chars() {
        let length = match letter {
            '0'..='9' | '.' => {
                number.push(letter);
                continue;
            }
            'Y' => 17_532,
            'M' => 1_461,
            'W' => 336,
            'D' => 48,
            _ => return None,
        };
        let whole: u64 = std::mem::take(&mut number).split('.').next()?.parse().ok()?;
        sum = sum.checked_add(whole.checked_mul(length)?)?;
    }
    number.is_empty().then_some(sum)
}
