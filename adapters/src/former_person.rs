//! A number that named another person before. A unit that is older than the link, or that states no time, could be about that person.

use gemj_model::{Linkage, LinkageUnavailable, SiteNumber, Timestamp};

/// The code of the reason of a refused unit.
pub(crate) const BEFORE_LINK: &str = "before-link";

/// The reason in words.
pub(crate) const DETAIL: &str = "the number named another person before it was linked again, and the unit is older than that or states no time (a feed without \
                                 versions needs --exported-at)";

/// Whether a unit of this version could be about the person whom the number named before. `version` is the version of the unit in its source.
///
/// # Errors
/// [`LinkageUnavailable`] if the linkage could not be read.
pub(crate) fn is_possible(linkage: &dyn Linkage, number: SiteNumber<'_>, version: &str) -> Result<bool, LinkageUnavailable> {
    let since = linkage.since(number)?;
    Ok(since.is_some_and(|since| time_of(version).is_none_or(|time| time.0 < since.0)))
}

/// The time that a version states: microseconds in 20 digits (the time of an export), 17 digits of Japanese time, or RFC 3339.
fn time_of(version: &str) -> Option<Timestamp> {
    let is_digits = version.bytes().all(|byte| byte.is_ascii_digit());
    match version.len() {
        20 if is_digits => version.parse().ok().map(Timestamp),
        17 if is_digits => {
            let (second, millisecond) = version.split_at(14);
            let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", second).ok()?;
            let time = jiff::tz::Offset::constant(9).to_timestamp(time).ok()?;
            time.as_microsecond()
                .checked_add(millisecond.parse::<i64>().ok()? * 1000)
                .map(Timestamp)
        }
        _ => version.parse::<jiff::Timestamp>().ok().map(|time| Timestamp(time.as_microsecond())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_version_is_the_same_time() {
        let time = Some(Timestamp(1_775_005_201_500_000));
        for version in [
            "20260401100001500",
            "00001775005201500000",
            "2026-04-01T01:00:01.5Z",
            "2026-04-01T10:00:01.500000+09:00",
        ] {
            assert_eq!(time_of(version), time, "{version}");
        }
        for version in ["", "2026", "20260431100001500", "1.2", "2026-04-01"] {
            assert_eq!(time_of(version), None, "{version}");
        }
    }
}
