//! Dates and times in FHIR's formats (FHIR R4 § 2.24.0.1 date, dateTime, instant).

/// The required precision of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// `date`: a year, a month or a day.
    Date,
    /// `dateTime`: a `date`, or a moment to the second with its zone.
    DateTime,
    /// `instant`: a moment to the second with its zone.
    Instant,
}

/// Whether `text` has FHIR's format for this precision and exists in the calendar ("Dates SHALL be valid dates").
pub(crate) fn is_valid(text: &str, precision: Precision) -> bool {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    match (time, precision) {
        (Some(_), Precision::Date) | (None, Precision::Instant) => false,
        (Some(time), Precision::DateTime | Precision::Instant) => date.len() == 10 && is_date(date) && is_time(time),
        (None, Precision::Date | Precision::DateTime) => is_date(date),
    }
}

/// Whether `text` is a valid FHIR `instant`.
#[must_use]
pub fn is_instant(text: &str) -> bool {
    is_valid(text, Precision::Instant)
}

/// Whether `text` is a valid FHIR `dateTime`.
#[must_use]
pub fn is_date_time(text: &str) -> bool {
    is_valid(text, Precision::DateTime)
}

/// Whether the time in `earlier` is certainly after the time in `later`. This is certain only if both are moments, or both are dates of the
/// same precision. In all other cases the result is false.
pub(crate) fn is_certainly_after(earlier: &str, later: &str) -> bool {
    match (earlier.parse::<jiff::Timestamp>(), later.parse::<jiff::Timestamp>()) {
        (Ok(earlier), Ok(later)) => earlier > later,
        _ => !earlier.contains('T') && earlier.len() == later.len() && earlier > later,
    }
}

fn digits(text: &str, length: usize) -> Option<i16> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let year = parts.next().and_then(|part| digits(part, 4));
    let month = parts.next().map(|part| digits(part, 2));
    let day = parts.next().map(|part| digits(part, 2));
    if parts.next().is_some() {
        return false;
    }
    let within = |number: Option<i16>| number.and_then(|n| i8::try_from(n).ok());
    let (Some(year @ 1..), Some(month), Some(day)) = (year, within(month.unwrap_or(Some(1))), within(day.unwrap_or(Some(1)))) else {
        return false;
    };
    jiff::civil::Date::new(year, month, day).is_ok()
}

fn is_time(text: &str) -> bool {
    let Some((clock, zone)) = text.find(['Z', '+', '-']).and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, "0"), |(clock, fraction)| (clock, fraction));
    let mut parts = clock.split(':').map(|part| digits(part, 2));
    let (hour, minute, second) = (parts.next().flatten(), parts.next().flatten(), parts.next().flatten());
    let clock = matches!((hour, minute, second, parts.next()), (Some(..=23), Some(..=59), Some(..=60), None));
    let fraction = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    clock && fraction && is_zone(zone)
}

fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else {
        return text == "Z";
    };
    let offset = offset
        .split_once(':')
        .map(|(hours, minutes)| (digits(hours, 2), digits(minutes, 2)));
    matches!(offset, Some((Some(..=13), Some(..=59)) | (Some(14), Some(0))))
}

#[cfg(test)]
mod tests {
    use super::{Precision, is_certainly_after, is_valid};

    #[test]
    fn only_dates_that_exist_in_the_calendar_are_valid() {
        for text in ["2024", "2024-02", "2024-02-29"] {
            assert!(is_valid(text, Precision::Date) && is_valid(text, Precision::DateTime) && !is_valid(text, Precision::Instant));
        }
        for text in ["2026-01-02T03:04:05Z", "2026-01-02T23:59:60.120+09:00", "2026-01-02T03:04:05-14:00"] {
            assert!(!is_valid(text, Precision::Date) && is_valid(text, Precision::DateTime) && is_valid(text, Precision::Instant));
        }
        let never = [
            "",
            "0000",
            "24",
            "2023-02-29",
            "2024-02-30",
            "2024-2-3",
            "2024-13",
            "2024-00",
            "2024-01-01-01",
            "2024-01-02T03:04Z",
            "2024-01-02T03:04:05",
            "2024-01T03:04:05Z",
            "2024-01-02T24:00:00Z",
            "2024-01-02T03:04:05+14:30",
            "2024-01-02T03:04:05.Z",
            "2024-01-02T03:04:05ZZ",
            " 2024",
            "+024",
            "2024-01-02t03:04:05Z",
            "２０２４",
        ];
        for text in never {
            assert!(!is_valid(text, Precision::Date) && !is_valid(text, Precision::DateTime), "{text}");
        }
    }

    #[test]
    fn moments_compare_across_zones_and_dates_of_different_precision_do_not() {
        assert!(is_certainly_after("2026-01-02T09:00:01+09:00", "2026-01-02T00:00:00Z"));
        assert!(!is_certainly_after("2026-01-02T09:00:00+09:00", "2026-01-02T00:00:00Z"));
        assert!(is_certainly_after("2026-02", "2026-01"));
        assert!(!is_certainly_after("2026-02-01", "2026-01"));
    }
}
