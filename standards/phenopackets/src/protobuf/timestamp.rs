//! The text of a point in time.

/// The first and last second of the years 1 to 9999, from the start of 1970 ("Timestamp … Must be from 0001-01-01T00:00:00Z to
/// 9999-12-31T23:59:59Z inclusive").
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// The time in RFC 3339 in UTC, with 0, 3, 6 or 9 digits of the fraction of a second, as the proto3 JSON mapping writes it. `None` if the time is
/// out of range.
pub(super) fn text(seconds: i64, nanos: i64) -> Option<String> {
    if !SECONDS.contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
        return None;
    }
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let fraction = match nanos {
        0 => String::new(),
        n if n % 1_000_000 == 0 => format!(".{:03}", n / 1_000_000),
        n if n % 1_000 == 0 => format!(".{:06}", n / 1_000),
        n => format!(".{n:09}"),
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"
    ))
}

/// Year, month and day of a day that is counted from 1 January 1970. The count of days begins on 1 March of the year 0, so that the leap day is the
/// last day of a year (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected texts are those of Python's `datetime` and `google.protobuf.timestamp_pb2`.
    #[test]
    fn times_have_the_text_of_the_json_mapping() {
        for (seconds, nanos, expected) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (-1, 0, "1969-12-31T23:59:59Z"),
            (1_582_977_599, 1_000_000, "2020-02-29T11:59:59.001Z"),
            (951_782_400, 1_000, "2000-02-29T00:00:00.000001Z"),
            (4_107_542_400, 1, "2100-03-01T00:00:00.000000001Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
            (253_402_300_799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
        ] {
            assert_eq!(text(seconds, nanos).as_deref(), Some(expected));
        }
        for (seconds, nanos) in [
            (-62_135_596_801, 0),
            (253_402_300_800, 0),
            (0, -1),
            (0, 1_000_000_000),
            (i64::MAX, 0),
        ] {
            assert_eq!(text(seconds, nanos), None);
        }
    }
}
