//! The names and domains of concepts, from the table CONCEPT.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::redcap::Refused;
use crate::redcap::rows::Rows;
use crate::redcap::source::{SizeLimit, Source};
use crate::redcap::{MAX_CONVERTED_BYTES, MAX_EXPORT_BYTES};

/// A concept.
pub(super) struct Concept {
    pub(super) name: String,
    pub(super) domain: String,
}

/// The concepts of the tables; `None` if the folder has no CONCEPT.
#[derive(Default)]
pub(super) struct Concepts(Option<HashMap<String, Concept>>);

impl Concepts {
    /// Reads the concepts in `needed`.
    pub(super) fn read(path: &Path, needed: &HashSet<String>) -> Result<Self, Refused> {
        let rows = open(path)?;
        let column = |name: &str| column(&rows, name).ok_or_else(|| lacks(name));
        let (id, name, domain) = (column("concept_id")?, column("concept_name")?, column("domain_id")?);
        let mut concepts = HashMap::new();
        rows.all(&mut |row| {
            let cell = |column: usize| row.cell(Some(column)).trim().to_owned();
            let key = cell(id);
            if needed.contains(&key) {
                let concept = Concept {
                    name: cell(name),
                    domain: cell(domain),
                };
                concepts.insert(key, concept);
            }
            Ok(())
        })?;
        Ok(Self(Some(concepts)))
    }

    /// Whether the folder has CONCEPT.
    pub(super) fn are_known(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Concept> {
        self.0.as_ref()?.get(id)
    }
}

/// Opens a table.
pub(super) fn open(path: &Path) -> Result<Rows, Refused> {
    let limit = SizeLimit {
        utf_8_bytes: MAX_EXPORT_BYTES,
        converted_bytes: MAX_CONVERTED_BYTES,
    };
    let rows = Rows::open(Source::open(path, limit)?)?;
    let lower: HashSet<String> = rows.header.iter().map(|name| name.to_ascii_lowercase()).collect();
    match lower.len() == rows.header.len() {
        true => Ok(rows),
        false => Err(Refused::new("bad-header", "two columns of the header have the same name")),
    }
}

/// The column with this name, in upper or lower case.
pub(super) fn column(rows: &Rows, name: &str) -> Option<usize> {
    rows.header.iter().position(|column| column.eq_ignore_ascii_case(name))
}

/// The refusal of a table without a column.
pub(super) fn lacks(name: &str) -> Refused {
    Refused::new("table-lacks-column", format!("the table has no column {name}"))
}
