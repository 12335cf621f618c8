//! The time at which an ODM file was created.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How far a CreationDateTime may be in the future. A time without an offset can be 14 hours ahead of universal time, and clocks differ.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How much the instants of two local times of the same text can differ at most: from UTC+14 to UTC-12.
pub(super) const MAX_OFFSETS: SignedDuration = SignedDuration::from_hours(26);

/// A time as a text, so that texts sort in the order of time. It is in universal time if the file states an offset, else as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CreationTime {
    pub(super) text: String,
    /// Whether the file states the offset from universal time. Times with and without an offset cannot be compared.
    pub(super) has_offset: bool,
    /// The instant. A time without an offset counts as universal time, so it can be wrong by 14 hours.
    pub(super) instant: Timestamp,
}

impl CreationTime {
    /// Whether the time is certainly later than `now`. A file with this time would be newer than every later correction.
    pub(super) fn is_in_the_future(&self, now: Timestamp) -> bool {
        self.instant.duration_since(now) > MAX_AHEAD
    }
}

/// Parses a CreationDateTime; `None` if the text is not a time.
pub(super) fn creation_time(text: &str) -> Option<CreationTime> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(CreationTime {
            text: format!("{instant:.6}"),
            has_offset: true,
            instant,
        });
    }
    let time = text.parse::<DateTime>().ok()?;
    // The parser of local times ignores an offset. A time with an offset that is no instant is not a time.
    let has_offset = text
        .rsplit(['T', 't', ' '])
        .next()
        .is_some_and(|time| time.contains(['+', '-', '[', 'Z', 'z']));
    let instant = TimeZone::UTC.to_timestamp(time).ok().filter(|_| !has_offset)?;
    Some(CreationTime {
        text: format!("{time:.6}"),
        has_offset: false,
        instant,
    })
}
