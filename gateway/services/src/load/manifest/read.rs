//! The lines of a manifest, as CSV or JSON.

use std::collections::HashMap;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::{COLUMNS, ManifestFault};

/// The values of a line, by their columns.
pub(super) type Cells = HashMap<&'static str, String>;

/// A line of a manifest, or an object of its array.
pub(super) struct Line {
    /// The number of the line, or of the object, from 1.
    pub(super) number: u64,
    pub(super) cells: Cells,
    /// Whether the line has a value for each column. The values of another line may belong to other columns, except for the name of the file.
    pub(super) is_whole: bool,
}

/// The lines with their numbers, from 1. A line is `None` if its number of values is not that of the header. The number of an element of JSON is its position.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Line>, ManifestFault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => objects(bytes),
        _ => delimited(bytes),
    }
}

fn delimited(bytes: &[u8]) -> Result<Vec<Line>, ManifestFault> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|_| ManifestFault::Syntax)?.clone();
    let columns = columns(header.iter())?;
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| ManifestFault::Syntax)?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        let cells = columns.iter().copied().zip(record.iter().map(str::to_owned)).collect::<Cells>();
        // The file of a line that was cut still has its name, if the name is before the cut. The line is refused, and the others are not.
        let is_whole = record.len() == columns.len();
        if !is_whole && !cells.contains_key("file") {
            return Err(ManifestFault::NamesNoFile(line));
        }
        lines.push(Line {
            number: line,
            cells,
            is_whole,
        });
    }
    Ok(lines)
}

/// The members of a JSON object in their order, repeated members too. A reader that kept the last one could take a good verdict for a bad one.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

fn objects(bytes: &[u8]) -> Result<Vec<Line>, ManifestFault> {
    let objects: Vec<Members> = serde_json::from_slice(bytes).map_err(|_| ManifestFault::Syntax)?;
    let mut lines = Vec::new();
    for (at, Members(members)) in objects.into_iter().enumerate() {
        let columns = columns(members.iter().map(|(name, _)| name.as_str()))?;
        let texts = members.iter().map(|(_, value)| match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Null => Ok(String::new()),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(ManifestFault::Syntax),
        });
        let texts = texts.collect::<Result<Vec<String>, _>>()?;
        lines.push(Line {
            number: at as u64 + 1,
            cells: columns.into_iter().zip(texts).collect(),
            is_whole: true,
        });
    }
    Ok(lines)
}

/// The known columns with these names, in their order.
fn columns<'n>(names: impl Iterator<Item = &'n str>) -> Result<Vec<&'static str>, ManifestFault> {
    let mut columns: Vec<&'static str> = Vec::new();
    for (at, name) in names.enumerate() {
        let known = COLUMNS
            .iter()
            .find(|known| **known == name)
            .filter(|known| !columns.contains(known));
        columns.push(known.ok_or(ManifestFault::UnknownColumn(at + 1))?);
    }
    match (columns.contains(&"file"), columns.contains(&"md5") || columns.contains(&"sha256")) {
        (true, true) => Ok(columns),
        (false, _) => Err(ManifestFault::NoFile),
        (true, false) => Err(ManifestFault::NoChecksum),
    }
}
