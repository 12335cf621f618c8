//! Reads a table (CSV) in which each row is about one person. The columns are those of the institution; the profile states their meaning.
//!
//! **Units.** One unit is all rows of one person: the rows with the same number. The rows need not be adjacent, and their order in the unit is the order of
//! the file. Each row is a record of the kind `row`. A unit contains only the columns that the profile reads. The key of the unit is the number.
//!
//! **Names.** A header can contain any text. In reports, a column has the name that the profile states, or a fixed word.
//!
//! **Forms.** The delimiter (comma, semicolon, tab, `|`, `^`) and the character set (UTF-8, UTF-16, windows-31j) are recognised, as for REDCap exports. The
//! file is read twice, so that a UTF-8 file can have any size.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::redcap::rows::{Row, Rows};
use crate::redcap::source::{SizeLimit, Source};
use crate::redcap::{MAX_CONVERTED_BYTES, MAX_EXPORT_BYTES, Refused};
use crate::unit::{Field, Identity, LeftOutRule, Met, Record, Repair, Undecodable, Unit, UnitAccount};

/// The kind of the records of a table.
pub const ROW: &str = "row";
/// The maximum size of the rows of one person, in bytes.
const MAX_PERSON_BYTES: u64 = 64 << 20;
/// The maximum number of rows of one person.
const MAX_PERSON_ROWS: usize = 100_000;
/// The maximum number of changes from one person to another in the order of the rows.
const MAX_RUNS: usize = 2_000_000;

/// What a profile requests from a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The column with the person's number. Its cells are kept with the spaces around them.
    pub number: String,
    /// The columns that are read. All of them must be in the header, except the optional ones.
    pub fields: BTreeSet<String>,
    /// The columns that a table can lack.
    pub optional: BTreeSet<String>,
    /// The texts which mean that a value is missing.
    pub missing: Vec<String>,
}

/// Adjacent rows of one person.
struct Run {
    person: u32,
    from: u64,
    to: u64,
}

/// Reads a table. `shown` gives the name of a column for reports.
///
/// For each cell that is not empty and whose column is not read, `give` receives [`Met::Ignored`] with the text `field:row <name>`.
///
/// The whole file is refused for `export-lacks-column`, `too-scattered`, or a fault of the table (`bad-header`, `ragged-row`, `encoding`, …). The rows of one
/// person are refused for `too-large`, or for `no-number` if the number is empty.
pub fn read(
    path: &Path,
    selection: &Selection,
    shown: &dyn Fn(&str) -> String,
    give: &mut dyn FnMut(Met) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let name = crate::hl7v2::shown_name(path);
    let undecodable = |locator: String, refused: Refused| {
        Met::Undecodable(Undecodable {
            locator,
            reason_code: refused.reason_code,
            detail: refused.detail,
            identity: Identity::Place,
        })
    };
    let table = match Table::open(path, selection, shown) {
        Ok(table) => table,
        Err(refused) => return give(undecodable(name, refused)),
    };
    for repair in &table.rows.source.repairs {
        give(Met::Repaired(*repair))?;
    }
    if !table.is_complete {
        give(Met::Repaired(Repair::LastLineEnd))?;
    }
    for (at, runs) in table.runs.chunk_by(|a, b| a.person == b.person).enumerate() {
        let locator = format!("{name}#person[{at}]");
        match table.unit(locator.clone(), runs, selection) {
            Err(refused) => give(undecodable(locator, refused))?,
            Ok((unit, ignored)) => {
                for (name, count) in ignored {
                    (0..count).try_for_each(|_| give(Met::Ignored(format!("field:{ROW} {name}"))))?;
                }
                give(Met::Unit(unit))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// A table whose persons were found.
struct Table {
    rows: Rows,
    /// The column of the number.
    number: usize,
    /// For each column: whether it is read, and its name in reports.
    columns: Vec<(bool, String)>,
    runs: Vec<Run>,
    is_complete: bool,
}

impl Table {
    fn open(path: &Path, selection: &Selection, shown: &dyn Fn(&str) -> String) -> Result<Self, Refused> {
        let limit = SizeLimit {
            utf_8_bytes: MAX_EXPORT_BYTES,
            converted_bytes: MAX_CONVERTED_BYTES,
        };
        let rows = Rows::open(Source::open(path, limit)?)?;
        let needed = selection.fields.iter().filter(|name| !selection.optional.contains(*name));
        let needed = needed.chain([&selection.number]).map(String::as_str).collect::<BTreeSet<_>>();
        let missing: Vec<&str> = needed.into_iter().filter(|name| rows.column(name).is_none()).collect();
        if !missing.is_empty() {
            let detail = format!("{}: read by the profile but missing from the table", missing.join(", "));
            return Err(Refused::new("export-lacks-column", detail));
        }
        let number = rows.column(&selection.number).unwrap_or_default();
        let columns = rows.header.iter().map(|name| {
            let is_read = selection.fields.contains(name) || *name == selection.number;
            (is_read, if is_read { name.clone() } else { shown(name) })
        });
        let columns = columns.collect();
        let mut runs: Vec<Run> = Vec::new();
        let mut persons: HashMap<[u8; 16], u32> = HashMap::new();
        let is_complete = rows.all(&mut |row| {
            let next = u32::try_from(persons.len()).unwrap_or(u32::MAX);
            let person = *persons.entry(name_of(row.cell(Some(number)))).or_insert(next);
            match runs.last_mut() {
                Some(run) if run.person == person => run.to = row.end,
                Some(_) | None => runs.push(Run {
                    person,
                    from: row.offset,
                    to: row.end,
                }),
            }
            match runs.len() > MAX_RUNS {
                true => Err(Refused::new(
                    "too-scattered",
                    "the rows of too many persons follow one another; split the file by persons",
                )),
                false => Ok(()),
            }
        })?;
        runs.sort_by_key(|run| (run.person, run.from));
        Ok(Self {
            rows,
            number,
            columns,
            runs,
            is_complete,
        })
    }

    /// The unit of a person, and the cells that do not enter it, by the name of the column.
    fn unit(&self, locator: String, runs: &[Run], selection: &Selection) -> Result<(Unit, BTreeMap<String, u64>), Refused> {
        if runs.iter().map(|run| run.to - run.from).sum::<u64>() > MAX_PERSON_BYTES {
            return Err(Refused::new("too-large", "the rows of the person are larger than the limit"));
        }
        let mut unit = Unit {
            locator,
            key: String::new(),
            version: String::new(),
            sha256: String::new(),
            records: Vec::new(),
            deleted: false,
            encoding: self.rows.source.encoding,
            account: UnitAccount::default(),
        };
        let mut ignored = BTreeMap::new();
        let mut digest = Sha256::new();
        for run in runs {
            self.rows.between(run.from, run.to, &mut |row| {
                let key = row.cell(Some(self.number));
                if unit.records.is_empty() {
                    key.clone_into(&mut unit.key);
                }
                if unit.key != key {
                    return Err(Refused::new("changed", "the file changed while it was read"));
                }
                if unit.records.len() >= MAX_PERSON_ROWS {
                    return Err(Refused::new("too-large", "the person has more rows than the limit"));
                }
                let record = self.record(&row, selection, &mut unit.account, &mut ignored);
                for (name, field) in &record.fields {
                    if let Field::Value(text) = field {
                        digest.update(format!("{}:{name}={}:{text};", name.len(), text.len()));
                    }
                }
                digest.update("\n");
                unit.records.push(record);
                Ok(())
            })?;
        }
        if unit.key.trim().is_empty() {
            return Err(Refused::new("no-number", "the rows have no number of a person"));
        }
        unit.sha256 = hex::encode(digest.finalize());
        Ok((unit, ignored))
    }

    fn record(&self, row: &Row, selection: &Selection, account: &mut UnitAccount, ignored: &mut BTreeMap<String, u64>) -> Record {
        let mut fields = BTreeMap::new();
        for (at, text) in &row.cells {
            let Some((is_read, name)) = self.columns.get(*at) else { continue };
            let plain = text.trim();
            if plain.is_empty() {
                continue;
            }
            match is_read {
                false => *ignored.entry(name.clone()).or_default() += 1,
                true if *at == self.number => {
                    fields.insert(name.clone(), Field::Value(text.clone()));
                }
                true if selection.missing.iter().any(|code| code == plain) => {
                    account.leave_out(LeftOutRule::MissingCode, format!("{ROW} {name}"))
                }
                true => {
                    fields.insert(name.clone(), Field::Value(plain.to_owned()));
                }
            }
        }
        Record {
            kind: ROW.to_owned(),
            parent: None,
            offset: self.rows.source.offset(row.offset),
            fields,
        }
    }
}

/// The first half of the SHA-256 of a number. Different numbers have different names.
fn name_of(number: &str) -> [u8; 16] {
    Sha256::digest(number).first_chunk().copied().unwrap_or_default()
}
