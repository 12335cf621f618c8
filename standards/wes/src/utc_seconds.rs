use jiff::SignedDuration;
use jiff::civil::{DateTime, datetime};
use serde::{Serialize, Serializer};

/// A moment in time in the WES format: `%Y-%m-%dT%H:%M:%SZ`, whole seconds, UTC (WES 1.1.0 § Log.start_time). The number is seconds since
/// 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcSeconds(pub i64);

/// The range of seconds for which the year has four digits: 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z. Values outside the range are clamped.
const RANGE: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// The instant 0.
const EPOCH: DateTime = datetime(1970, 1, 1, 0, 0, 0, 0);

impl std::fmt::Display for UtcSeconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0.clamp(*RANGE.start(), *RANGE.end());
        // A civil time, because the range of `jiff::Timestamp` ends a day earlier.
        let instant = EPOCH.saturating_add(SignedDuration::from_secs(seconds));
        write!(f, "{}", instant.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl Serialize for UtcSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values are from `date -u -d @N +%FT%TZ` of GNU coreutils.
    #[test]
    fn an_instant_has_the_same_text_as_in_gnu_date() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_270_801, "2026-11-21T14:20:01Z"),
            (-62_167_219_200, "0000-01-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
            (i64::MIN, "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(UtcSeconds(seconds).to_string(), text);
        }
    }
}
