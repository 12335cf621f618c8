//! The name tokeniser (CRAM codecs 3.1 § 5): names as columns of tokens, each compared with the same column of the name before.
//!
//! A name that occurred before is a pointer to it: the second read of a pair costs next to nothing.

mod columns;
mod token;

use std::collections::HashMap;

use columns::Columns;
use token::{Token, tokens};

/// The coder of the streams is rANS Nx16.
const RANS: u8 = 0;

/// Kinds of the first column.
const DUPLICATE_NAME: u8 = 5;
const DIFFERENT_NAME: u8 = 6;

/// The most names that are told apart. More than our own reader takes are not tokenised.
const MOST_NAMES: usize = crate::limits::MOST_TOKENISED_NAMES;

/// Encodes names, each with a zero byte behind it. Absent where the data is not such names.
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
        // The place of the last name of this kind is closer than that of the first.
        if let Some(earlier) = first_places.insert(name, place) {
            columns.put_distance(DUPLICATE_NAME, (place - earlier) as u32);
        } else {
            // The first name is compared with nothing.
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
