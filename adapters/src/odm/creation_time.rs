//! The time at which an ODM file was created.

use jiff::Timestamp;
use jiff::civil::DateTime;

/// A time as a text, so that texts sort in the order of time. It is in universal time if the text has an offset, else as written. `None` if the
/// text is not a time.
pub(super) fn ordered_time(text: &str) -> Option<String> {
    let universal = text.parse::<Timestamp>().map(|time| format!("{time:.6}"));
    universal
        .or_else(|_| text.parse::<DateTime>().map(|time| format!("{time:.6}")))
        .ok()
}
