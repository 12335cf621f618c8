//! Reads CSV tables of samples, donors and events.

use std::path::Path;

use super::elements::{Budget, Content, Element, Elements};
use super::{MAX_BUILT_BYTES, MAX_FILE_BYTES, Refused};
use crate::hl7v2::shown_name;
use crate::table::{Table, bytes_of};
use crate::unit::Repair;

pub(super) fn open(path: &Path) -> Result<Elements, Refused> {
    let mut budget = Budget::default();
    let mut repairs = Vec::new();
    let (samples, encoding) = table(path, &mut budget, &mut repairs)?;
    let mut beside = |name: &str| {
        let path = path.with_file_name(name);
        path.is_file()
            .then(|| table(&path, &mut budget, &mut repairs).map(|(elements, _)| elements))
            .transpose()
    };
    let (donors, events) = (beside("donors.csv")?, beside("events.csv")?.unwrap_or_default());
    Ok(Elements {
        samples,
        donors,
        events,
        encoding,
        others: Vec::new(),
        repairs,
    })
}

fn table(path: &Path, budget: &mut Budget, repairs: &mut Vec<Repair>) -> Result<(Vec<Element>, &'static str), Refused> {
    let bytes = bytes_of(path, MAX_FILE_BYTES).map_err(|fault| Refused::table(path, fault))?;
    let table = Table::parse_within(&bytes, MAX_BUILT_BYTES).map_err(|fault| Refused::table(path, fault))?;
    drop(bytes);
    repairs.extend(&table.repairs);
    let (name, encoding) = (shown_name(path), table.encoding);
    let mut elements = Vec::new();
    for (at, row) in table.rows.into_iter().enumerate() {
        let cells = || table.header.iter().map(String::as_str).zip(row.cells.iter());
        let element = Element {
            locator: format!("{name}#row[{at}]"),
            offset: row.offset,
            bytes: cells()
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(column, cell)| format!("{}:{column}={}:{cell};", column.len(), cell.len()))
                .collect::<String>()
                .into_bytes(),
            content: Ok(Content::of_row(cells())),
        };
        budget.take(path, &element)?;
        elements.push(element);
    }
    Ok((elements, encoding))
}
