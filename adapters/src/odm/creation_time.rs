//! The time at which an ODM file was created.

use jiff::Timestamp;
use jiff::civil::DateTime;

/// A time as a text, so that texts sort in the order of time. It is in universal time if the file states an offset, else as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CreationTime {
    pub(super) text: String,
    /// Whether the file states the offset from universal time. Times with and without an offset cannot be compared.
    pub(super) has_offset: bool,
}

/// Parses a CreationDateTime; `None` if the text is not a time.
pub(super) fn creation_time(text: &str) -> Option<CreationTime> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(CreationTime {
            text: format!("{time:.6}"),
            has_offset: true,
        });
    }
    let time = text.parse::<DateTime>().ok()?;
    Some(CreationTime {
        text: format!("{time:.6}"),
        has_offset: false,
    })
}
