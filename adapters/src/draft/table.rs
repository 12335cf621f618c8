//! Describes the declared columns of a table. Of the header, only the names that the operator declares are used, because a header can contain a person's name,
//! and a table without a header has values in its first line.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;

use crate::redcap::rows::Rows;
use crate::redcap::source::{SizeLimit, Source};
use crate::redcap::{MAX_CONVERTED_BYTES, MAX_EXPORT_BYTES};
use crate::regular_file::open_regular;

use super::describe::{Described, Kind};
use super::propose::{Proposer, Sketch};
use super::write::quoted;
use super::{DraftError, Origin};

/// The maximum size of a file that declares columns, in bytes.
const MAX_DECLARED_BYTES: u64 = 4 << 20;
/// The maximum length of the name of a column that a profile can state, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// Opens a table or a dictionary.
pub(super) fn open(feed: &Path) -> Result<Rows, DraftError> {
    let limit = SizeLimit {
        utf_8_bytes: MAX_EXPORT_BYTES,
        converted_bytes: MAX_CONVERTED_BYTES,
    };
    Ok(Rows::open(Source::open(feed, limit)?)?)
}

pub(super) fn sketch(rows: &Rows, declared: &Path, origin: &Origin<'_>) -> Result<Sketch, DraftError> {
    let names = declared_names(declared)?;
    let number = names.first().cloned().unwrap_or_default();
    let lacks_number = || DraftError::Faulty {
        reason_code: "export-lacks-column",
        detail: "the first declared column, which is the number of the person, is not in the header of the table".to_owned(),
    };
    rows.column(&number).ok_or_else(lacks_number)?;
    let others = rows.header.iter().filter(|name| !names.contains(name)).count();
    let fields = names.iter().map(|name| {
        let mut field = Described::new(name.clone(), Kind::Unknown);
        field.record = Some(crate::csv_table::ROW.to_owned());
        if rows.column(name).is_none() {
            field.unclear = Some("it is declared, and is not in the header of the table");
        }
        field
    });
    let fields: Vec<Described> = fields.collect();
    let proposer = Proposer {
        site: origin.site.as_str(),
        dates: "iso, slash, compact, era",
        number: number.clone(),
    };
    let (proposals, found) = proposer.all(fields);
    let mut decisions = vec![
        format!(
            "confirm that {} is the number of the person in the sheet of `link`",
            quoted(&number)
        ),
        "state the texts which mean that a value is missing (`csv.missing`), and the columns that a table can lack (`csv.optional`)"
            .to_owned(),
    ];
    if others > 0 {
        decisions.push(format!(
            "{others} columns of the header are not declared; they are not named here, and are not read"
        ));
    }
    decisions.extend(found);
    Ok(Sketch {
        format: "csv",
        origin: "the header of a table and its declared columns",
        members: Vec::new(),
        number_record: "*",
        number_field: number,
        rule_record: crate::csv_table::ROW,
        proposals,
        own: Vec::new(),
        decisions,
    })
}

/// The declared names, in their order. The file is UTF-8, with or without a mark.
fn declared_names(path: &Path) -> Result<Vec<String>, DraftError> {
    let faulty = |detail: &str| DraftError::Faulty {
        reason_code: "bad-columns",
        detail: format!("--columns: {detail}"),
    };
    let mut text = String::new();
    let file = open_regular(path).map_err(|_| faulty("the file cannot be read"))?;
    let read = file.take(MAX_DECLARED_BYTES + 1).read_to_string(&mut text);
    read.map_err(|_| faulty("the file cannot be read as UTF-8"))?;
    if text.len() as u64 > MAX_DECLARED_BYTES {
        return Err(faulty("the file is larger than 4 MiB"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let name = line.trim();
        if name.is_empty() {
            continue;
        }
        if name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
            return Err(faulty(&format!(
                "line {} is longer than 200 bytes, or has a control character",
                at + 1
            )));
        }
        if !seen.insert(name) {
            return Err(faulty(&format!("line {} has the name of an earlier line", at + 1)));
        }
        names.push(name.to_owned());
    }
    match names.is_empty() {
        true => Err(faulty("the file names no column")),
        false => Ok(names),
    }
}
