//! Splits the body of a request with several statements.

use serde_json::value::RawValue;

/// The maximum number of statements in one request.
pub const MAX_ITEMS: usize = 1000;

/// Why a body is not a list of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BulkFault {
    /// The body is not a JSON array.
    #[error("a JSON array of statements is expected")]
    NotAnArray,
    /// The body has no statement.
    #[error("at least one statement is expected")]
    Empty,
    /// The body has more statements than [`MAX_ITEMS`].
    #[error("at most {MAX_ITEMS} statements are accepted in one request")]
    TooMany,
}

/// The statements of a body as bytes: the entries of a JSON array, or the lines of NDJSON that are not empty. A line of NDJSON that cannot be read does not
/// affect the other lines.
///
/// # Errors
/// The body is not a list of 1 to [`MAX_ITEMS`] statements.
pub fn split(body: &[u8], is_lines: bool) -> Result<Vec<Vec<u8>>, BulkFault> {
    let items: Vec<Vec<u8>> = if is_lines {
        let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
    } else {
        let entries: Vec<Box<RawValue>> = serde_json::from_slice(body).map_err(|_| BulkFault::NotAnArray)?;
        entries.iter().map(|entry| entry.get().as_bytes().to_vec()).collect()
    };
    match items.len() {
        0 => Err(BulkFault::Empty),
        count if count > MAX_ITEMS => Err(BulkFault::TooMany),
        _ => Ok(items),
    }
}
