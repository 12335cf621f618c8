//! The encoder of the name tokeniser (CRAM codecs 3.1 § 5). Names become columns of tokens, and each token is compared with the same column of
//! the previous name.
//!
//! A repeated name is stored as a reference to its earlier occurrence, so the second read of a pair needs almost no space.

mod columns;
mod token;

use std::collections::HashMap;

use columns::Columns;
use token::{Token, tokens};

/// The method byte that states that the streams are coded with rANS Nx16.
const RANS: u8 = 0;

/// The kinds of tokens in the first column.
const DUPLICATE_NAME: u8 = 5;
const DIFFERENT_NAME: u8 = 6;

/// The maximum number of names in a block. A block with more names is not tokenised, because our own reader would reject it.
const MOST_NAMES: usize = crate::limits::MOST_TOKENISED_NAMES;

/// Encodes names that are each followed by a zero byte. `None` if the data has another form.
pub(super) fn encode(data: &[u8]) -> Option<Vec<u8>> {
    let names: Vec<&[u8]> = data.strip_suffix(b"\0")?.split(|byte| *byte == 0).collect();
    if names.len() > MOST_NAMES {
        return None;
    }
    let mut columns = Columns::default();
    let mut first_places: HashMap<&[u8], usize> = HashMap::new();
    let mut before: Vec<Token<'_>> = Vec::new();
    for (place, name) in names.iter().copied().enumerate() {
        let now = tokens(name);
        // The distance to the last occurrence of the name is stored, because it is smaller than the distance to the first occurrence.
        if let Some(earlier) = first_places.insert(name, place) {
            columns.put_distance(DUPLICATE_NAME, (place - earlier) as u32);
        } else {
            // The first name has no previous name to compare with.
            columns.put_distance(DIFFERENT_NAME, u32::from(place > 0));
            for (at, token) in now.iter().enumerate() {
                columns.put(at + 1, token, before.get(at));
            }
            columns.put_end(now.len() + 1);
        }
        before = now;
    }
    let mut out = (data.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&(names.len() as u32).to_le_bytes());
    out.push(RANS);
    columns.write(&mut out);
    Some(out)
}
