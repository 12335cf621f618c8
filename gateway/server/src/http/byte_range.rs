//! HTTP byte ranges (RFC 9110 § 14). A request for one range is supported. A request with several ranges or an unreadable range is answered
//! with the whole file.

use actix_web::http::header::{self, HeaderMap};

/// A range of bytes of a file, 0-based half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl ByteRange {
    /// The value of the header `Content-Range` for this range of a file of `size_bytes` bytes.
    pub(crate) fn content_range(self, size_bytes: u64) -> String {
        format!("bytes {}-{}/{size_bytes}", self.start, self.end.saturating_sub(1))
    }
}

/// The part of a file that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requested {
    /// The request is for the whole file.
    Whole,
    /// The request is for one range of the file.
    Part(ByteRange),
    /// The request is for a range outside the file.
    Unsatisfiable,
}

impl Requested {
    /// Reads the headers `Range` and `If-Range`. If the entity tag in `If-Range` differs from `etag`, the whole file is requested instead of
    /// the range.
    pub(crate) fn of(headers: &HeaderMap, etag: &str, size_bytes: u64) -> Self {
        let text = |name| headers.get(name).and_then(|v: &header::HeaderValue| v.to_str().ok());
        match (text(header::RANGE), text(header::IF_RANGE)) {
            (Some(_), Some(condition)) if condition != etag => Self::Whole,
            (Some(range), _) => Self::parse(range, size_bytes),
            (None, _) => Self::Whole,
        }
    }

    fn parse(range: &str, size_bytes: u64) -> Self {
        let Some((first, last)) = range.strip_prefix("bytes=").and_then(|r| r.trim().split_once('-')) else {
            return Self::Whole;
        };
        let number = |text: &str| {
            (!text.is_empty() && text.len() < 19 && text.bytes().all(|b| b.is_ascii_digit()))
                .then(|| text.parse::<u64>().ok())
                .flatten()
        };
        let part = match (first, last, number(first), number(last)) {
            ("", _, _, Some(count)) if count > 0 && size_bytes > 0 => ByteRange {
                start: size_bytes.saturating_sub(count),
                end: size_bytes,
            },
            ("", _, _, Some(_)) => return Self::Unsatisfiable,
            (_, "", Some(start), _) => ByteRange { start, end: size_bytes },
            (_, _, Some(start), Some(last)) if start <= last => ByteRange {
                start,
                end: last.saturating_add(1).min(size_bytes),
            },
            _ => return Self::Whole,
        };
        if part.start < part.end {
            Self::Part(part)
        } else {
            Self::Unsatisfiable
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parsed_as_in_rfc_9110() {
        let part = |start, end| Requested::Part(ByteRange { start, end });
        for (text, expected) in [
            ("bytes=0-99", part(0, 100)),
            ("bytes=100-", part(100, 1000)),
            ("bytes=-10", part(990, 1000)),
            ("bytes=-5000", part(0, 1000)),
            ("bytes=990-5000", part(990, 1000)),
            ("bytes=1000-", Requested::Unsatisfiable),
            ("bytes=-0", Requested::Unsatisfiable),
            ("bytes=5-2", Requested::Whole),
            ("bytes=0-1,5-6", Requested::Whole),
            ("lines=0-1", Requested::Whole),
            ("bytes=a-b", Requested::Whole),
            ("bytes=-", Requested::Whole),
        ] {
            assert_eq!(Requested::parse(text, 1000), expected, "{text}");
        }
        assert_eq!(Requested::parse("bytes=-1", 0), Requested::Unsatisfiable);
    }
}
