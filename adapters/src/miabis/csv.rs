//! Tables of samples, donors and events.

use std::path::Path;

use super::elements::{Content, Element, Elements};
use super::{MAX_FILE_BYTES, Refused};
use crate::hl7v2::shown_name;
use crate::table::{Table, bytes_of};

pub(super) fn open(path: &Path) -> Result<Elements, Refused> {
    let (samples, encoding) = table(path)?;
    let beside = |name: &str| {
        let path = path.with_file_name(name);
        path.is_file().then(|| table(&path).map(|(elements, _)| elements)).transpose()
    };
    Ok(Elements {
        samples,
        donors: beside("donors.csv")?,
        events: beside("events.csv")?.unwrap_or_default(),
        encoding,
    })
}

fn table(path: &Path) -> Result<(Vec<Element>, &'static str), Refused> {
    let bytes = bytes_of(path, MAX_FILE_BYTES).map_err(|fault| Refused::table(path, fault))?;
    let table = Table::parse(&bytes).map_err(|fault| Refused::table(path, fault))?;
    let name = shown_name(path);
    let elements = table.rows.iter().enumerate().map(|(at, row)| {
        let cells = || table.header.iter().map(String::as_str).zip(row.cells.iter());
        Element {
            locator: format!("{name}#row[{at}]"),
            offset: row.offset,
            bytes: cells()
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(column, cell)| format!("{}:{column}={}:{cell};", column.len(), cell.len()))
                .collect::<String>()
                .into_bytes(),
            content: Ok(Content::of_row(cells())),
        }
    });
    Ok((elements.collect(), table.encoding))
}
