//! Reads a JSON array of objects whose members are texts, numbers or null (the answers of the REDCap API with `format=json`). One object is in
//! memory at a time.

use std::collections::HashMap;

use super::{MAX_COLUMNS, MAX_ROW_BYTES, Row, too_large};
use crate::redcap::Refused;
use crate::redcap::source::Input;

/// The names of the members of the first object, and the offset of the first row. An empty array has no names.
pub(super) fn header(input: &mut Input<'_>) -> Result<(Vec<String>, u64), Refused> {
    skip_space(input)?;
    if input.next()? != Some(b'[') {
        return Err(bad("the text is not an array of rows (REDCap answers an error with an object)"));
    }
    let begin = input.at;
    skip_space(input)?;
    match input.peek()? {
        Some(b'{') => Ok((members(input)?.into_iter().map(|(name, _)| name).collect(), begin)),
        _ => Ok((Vec::new(), begin)),
    }
}

/// The next object; `None` at the end of the array or of the part. All objects must have the members of the first object.
pub(super) fn next(input: &mut Input<'_>, index: &HashMap<String, usize>) -> Result<Option<Row>, Refused> {
    skip_space(input)?;
    match input.peek()? {
        None | Some(b']') => return Ok(None),
        Some(b'{') => {}
        Some(_) => return Err(bad("a row is not an object")),
    }
    let offset = input.at;
    let members = members(input)?;
    let differs = || Refused::new("ragged-row", "a row has other members than the first row");
    if members.len() != index.len() {
        return Err(differs());
    }
    let mut is_seen = vec![false; index.len()];
    let mut cells = Vec::new();
    for (name, text) in members {
        let column = *index.get(name.trim()).ok_or_else(differs)?;
        match is_seen.get_mut(column) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(differs()),
        }
        if !text.is_empty() {
            cells.push((column, text));
        }
    }
    cells.sort_unstable_by_key(|(column, _)| *column);
    // A comma belongs to the row before it, so that a part of the file always begins with an object.
    skip_space(input)?;
    if input.peek()? == Some(b',') {
        input.next()?;
        skip_space(input)?;
        if !matches!(input.peek()?, Some(b'{') | None) {
            return Err(bad("a comma is not followed by a row"));
        }
    } else if !matches!(input.peek()?, Some(b']') | None) {
        return Err(bad("a row is not followed by a comma or by the end of the array"));
    }
    Ok(Some(Row {
        offset,
        end: input.at,
        cells,
    }))
}

/// Checks that nothing follows the array.
pub(super) fn end(input: &mut Input<'_>) -> Result<(), Refused> {
    skip_space(input)?;
    if input.next()? != Some(b']') {
        return Err(bad("the array is not closed: the file is cut short"));
    }
    skip_space(input)?;
    match input.peek()? {
        None => Ok(()),
        Some(_) => Err(bad("the array is followed by other text")),
    }
}

/// The members of one object, in order. `null` is the empty text.
fn members(input: &mut Input<'_>) -> Result<Vec<(String, String)>, Refused> {
    let begin = input.at;
    input.next()?;
    let mut members = Vec::new();
    skip_space(input)?;
    if input.peek()? == Some(b'}') {
        input.next()?;
        return Ok(members);
    }
    loop {
        if members.len() >= MAX_COLUMNS {
            return Err(Refused::new("bad-header", "a row has too many members"));
        }
        skip_space(input)?;
        let name = text(input, begin)?;
        skip_space(input)?;
        if input.next()? != Some(b':') {
            return Err(bad("a name is not followed by a colon"));
        }
        skip_space(input)?;
        let value = match input.peek()? {
            Some(b'"') => text(input, begin)?,
            _ => word(input)?,
        };
        members.push((name, value));
        skip_space(input)?;
        match input.next()? {
            Some(b',') => {}
            Some(b'}') => return Ok(members),
            _ => return Err(bad("a member is not followed by a comma or by the end of its row")),
        }
    }
}

/// A JSON text. `begin` is the offset of its row.
fn text(input: &mut Input<'_>, begin: u64) -> Result<String, Refused> {
    let mut bytes = Vec::new();
    if input.peek()? != Some(b'"') {
        return Err(bad("a name is not a text"));
    }
    let mut is_escaped = false;
    loop {
        if input.at - begin > MAX_ROW_BYTES {
            return Err(too_large());
        }
        if !is_escaped && !bytes.is_empty() {
            input.take_until(&mut bytes, |byte| matches!(byte, b'"' | b'\\'));
        }
        let byte = input.next()?.ok_or_else(|| bad("a text is not closed: the file is cut short"))?;
        bytes.push(byte);
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' if bytes.len() > 1 => break,
            _ => {}
        }
    }
    serde_json::from_slice(&bytes).map_err(|_| bad("a text is not valid JSON"))
}

/// A number as received, or `null` as the empty text. REDCap writes the instance of a repeating form as a number.
fn word(input: &mut Input<'_>) -> Result<String, Refused> {
    let mut word = String::new();
    while let Some(byte @ (b'0'..=b'9' | b'a'..=b'z' | b'+' | b'-' | b'.' | b'E')) = input.peek()? {
        input.next()?;
        word.push(char::from(byte));
        if word.len() > 64 {
            return Err(bad("a number has too many digits"));
        }
    }
    if word == "null" {
        return Ok(String::new());
    }
    let is_number = serde_json::from_str::<serde_json::Number>(&word).is_ok();
    match is_number {
        true => Ok(word),
        false => Err(bad("a member is neither a text nor a number nor null")),
    }
}

fn skip_space(input: &mut Input<'_>) -> Result<(), Refused> {
    while matches!(input.peek()?, Some(b' ' | b'\t' | b'\r' | b'\n')) {
        input.next()?;
    }
    Ok(())
}

fn bad(detail: &str) -> Refused {
    Refused::new("bad-json", detail)
}
