//! Makes the unit of one person from the rows of all tables.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::redcap::Refused;
use crate::unit::{Field, Identity, Unit, UnitAccount};

use super::MAX_PERSON_BYTES;
use super::concepts::column;
use super::index::{Index, digest};
use super::row::record;
use super::tables::TABLES;

/// The maximum number of rows of one person.
const MAX_ROWS: usize = 500_000;

pub(super) fn unit(index: &Index, person: usize, locator: &str) -> Result<Unit, (Refused, Identity)> {
    let key = index.persons.get(person).cloned().unwrap_or_default();
    if key.trim().is_empty() {
        return Err((Refused::new("no-number", "the person has no number"), Identity::Place));
    }
    let identity = || Identity::Key(key.clone());
    let mut unit = Unit {
        locator: locator.to_owned(),
        key: key.clone(),
        version: String::new(),
        sha256: String::new(),
        records: Vec::new(),
        deleted: false,
        encoding: index.tables.first().map_or("utf-8", |table| table.rows.source.encoding),
        account: UnitAccount::default(),
    };
    let mut content = Sha256::new();
    for opened in &index.tables {
        let Some(table) = TABLES.get(opened.table) else { continue };
        let runs = opened.of(person);
        if runs.iter().map(|run| run.to - run.from).sum::<u64>() > MAX_PERSON_BYTES {
            return Err((
                Refused::new("too-large", "the rows of the person are larger than the limit"),
                identity(),
            ));
        }
        let id = column(&opened.rows, table.id);
        let owner = column(&opened.rows, "person_id");
        let mut of_ids: HashMap<String, [u8; 32]> = HashMap::new();
        let mut expected: Option<String> = None;
        for run in runs {
            let read = opened.rows.between(run.from, run.to, &mut |row| {
                // All rows of a person have one person_id, because PERSON has each once.
                let own = row.cell(owner).trim().to_owned();
                if expected.get_or_insert_with(|| own.clone()) != &own {
                    return Err(Refused::new("changed", "the file changed while it was read"));
                }
                let row_id = row.cell(id).trim();
                if !row_id.is_empty() && *of_ids.entry(row_id.to_owned()).or_insert_with(|| digest(&row)) != digest(&row) {
                    let detail = format!("two rows of {} have the same {} and other content", table.name, table.id);
                    return Err(Refused::new("row-id-twice", detail));
                }
                if unit.records.len() >= MAX_ROWS {
                    return Err(Refused::new("too-large", "the person has more rows than the limit"));
                }
                let made = record(&row, opened, table, index, &mut unit.account);
                content.update(table.name);
                for (name, field) in &made.fields {
                    if let Field::Value(text) = field {
                        content.update(format!("{}:{name}={}:{text};", name.len(), text.len()));
                    }
                }
                content.update("\n");
                unit.records.push(made);
                Ok(())
            });
            read.map_err(|refused| (refused, identity()))?;
        }
    }
    unit.sha256 = hex::encode(content.finalize());
    Ok(unit)
}
