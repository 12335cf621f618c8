//! Days as OMOP tables contain them.

use gemj_model::PartialDate;

/// The number of days since 1970-01-01. Absent for a date without a day.
pub(super) fn days(date: &PartialDate) -> Option<i32> {
    let mut parts = date.as_str().split('-').map(|part| part.parse::<i32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Years begin in March, so that the day of a leap year is the last of its year (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

/// The day of a text that begins with a whole date, alone or before a time. Absent for every other text.
pub(super) fn days_of_text(text: &str) -> Option<i32> {
    let (date, rest) = text.split_at_checked("2026-01-01".len())?;
    let is_time = rest.is_empty() || rest.starts_with('T') || rest.starts_with(' ');
    days(&PartialDate::parse(date).ok().filter(|_| is_time)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_day_is_counted_from_1970_and_a_month_is_no_day() {
        for (text, count) in [
            ("1970-01-01", Some(0)),
            ("1969-12-31", Some(-1)),
            ("2000-02-29", Some(11_016)),
            ("2000-03-01", Some(11_017)),
            ("1900-03-01", Some(-25_508)),
            ("2026-11-25T10:00:00Z", Some(20_782)),
            ("2026-11", None),
            ("2026", None),
            ("P3Y", None),
            ("2026-11-250", None),
            ("2026-02-30", None),
        ] {
            assert_eq!(days_of_text(text), count, "{text}");
        }
    }
}
