//! The lines before the rows: what the file states about itself, and the header.

use gemj_model::CodeTableKind;

use super::{BABELON_COLUMNS, LABEL_COLUMNS, MAP_COLUMNS, TableFileError};
use crate::redcap::source::{Input, Source};

/// The maximum size of one line before the rows, in bytes.
const MAX_LINE_BYTES: usize = 64 << 10;
/// The maximum number of lines before the header.
const MAX_STATED_LINES: u64 = 1_000;
/// The maximum length of a stated text, in characters.
pub(super) const MAX_TEXT_CHARS: usize = 500;

/// What the lines with `#` state. Other lines with `#` are comments.
#[derive(Debug, Default)]
pub(super) struct Stated {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) licence: Option<String>,
}

/// Where the rows begin, and the places of their columns.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// The offset of the first row in the source, in bytes.
    pub(super) begin: u64,
    /// The number of lines before the first row.
    pub(super) lines: u64,
    /// The number of columns.
    pub(super) width: usize,
    /// The place of each wanted column, in the order of the constants. Absent for an optional column that the file lacks.
    pub(super) columns: Vec<Option<usize>>,
    /// Whether the columns are those of a Babelon table.
    pub(super) is_babelon: bool,
    pub(super) unread: Vec<String>,
}

pub(super) fn read(source: &Source, kind: CodeTableKind) -> Result<(Layout, Stated), TableFileError> {
    let mut input = source
        .input(source.begin, source.end)
        .map_err(|refused| TableFileError::Text { detail: refused.detail })?;
    let mut stated = Stated::default();
    for lines in 1..=MAX_STATED_LINES {
        let Some(line) = line(&mut input)? else { break };
        match line.strip_prefix('#') {
            Some(comment) => stated.add(comment),
            None if line.trim().is_empty() => {}
            None => {
                let begin = input.at;
                return Ok((header(&line, kind, begin, lines)?, stated));
            }
        }
    }
    Err(TableFileError::Text {
        detail: "the file has no header".to_owned(),
    })
}

/// The next line without its end; absent at the end of the file.
fn line(input: &mut Input<'_>) -> Result<Option<String>, TableFileError> {
    let text = |detail: String| TableFileError::Text { detail };
    let mut bytes = Vec::new();
    let mut is_any = false;
    while let Some(byte) = input.next().map_err(|refused| text(refused.detail))? {
        is_any = true;
        if byte == b'\n' {
            break;
        }
        bytes.push(byte);
        if bytes.len() > MAX_LINE_BYTES {
            return Err(text("a line before the rows is too long".to_owned()));
        }
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    let line = String::from_utf8(bytes).map_err(|_| text("the text is not UTF-8".to_owned()))?;
    Ok(is_any.then_some(line))
}

impl Stated {
    fn add(&mut self, comment: &str) {
        let Some((key, value)) = comment.split_once(':') else { return };
        let value = value.trim();
        let place = match key.trim() {
            "name" => &mut self.name,
            "version" => &mut self.version,
            "licence" | "license" => &mut self.licence,
            _ => return,
        };
        if is_text(value) {
            *place = Some(value.to_owned());
        }
    }
}

/// Whether a text can be a version or a note: one line that is not empty and not too long.
pub(super) fn is_text(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_TEXT_CHARS && !text.contains(char::is_control)
}

fn header(line: &str, kind: CodeTableKind, begin: u64, lines: u64) -> Result<Layout, TableFileError> {
    let delimiter = if line.contains('\t') { b'\t' } else { b',' };
    let names: Vec<&str> = line
        .split(char::from(delimiter))
        .map(|name| name.trim().trim_matches('"').trim())
        .collect();
    let is_babelon = kind == CodeTableKind::Labels && names.contains(&"translation_value");
    let wanted: &[&'static str] = match kind {
        CodeTableKind::Map => &MAP_COLUMNS,
        CodeTableKind::Labels if is_babelon => &BABELON_COLUMNS,
        CodeTableKind::Labels => &LABEL_COLUMNS,
    };
    let mut columns = Vec::with_capacity(wanted.len());
    for &column in wanted {
        let mut places = names.iter().enumerate().filter(|(_, name)| **name == column).map(|(at, _)| at);
        let first = places.next();
        let is_optional = column.ends_with("_display");
        if places.next().is_some() || (first.is_none() && !is_optional) {
            return Err(TableFileError::Column {
                column,
                kind: kind.as_str(),
                columns: wanted.join(", "),
            });
        }
        columns.push(first);
    }
    let unread = names.iter().filter(|name| !wanted.contains(*name));
    let unread = unread.map(|name| name.chars().filter(|c| !c.is_control()).take(80).collect());
    Ok(Layout {
        delimiter,
        begin,
        lines,
        width: names.len(),
        columns,
        is_babelon,
        unread: unread.collect(),
    })
}
