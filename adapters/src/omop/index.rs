//! Finds the tables of a folder, and the rows of each person.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use gemj_model::{Clock as _, PartialDate, SystemClock};
use sha2::{Digest, Sha256};

use crate::hl7v2::shown_name;
use crate::redcap::Refused;
use crate::redcap::rows::{Row, Rows};
use crate::unit::Repair;

use super::concepts::{Concepts, column, lacks, open};
use super::files::files;
use super::tables::{CONCEPT, PERSON, TABLES};
use super::{MAX_CONCEPTS, MAX_PERSONS, MAX_RUNS, Selection, repairs_of};

/// Adjacent rows of one person.
pub(super) struct Run {
    pub(super) person: usize,
    pub(super) from: u64,
    pub(super) to: u64,
}

/// A table whose rows were found.
pub(super) struct Opened {
    /// The position in [`TABLES`].
    pub(super) table: usize,
    pub(super) rows: Rows,
    /// The names of the columns in lower case.
    pub(super) columns: Vec<String>,
    /// The runs, by person and then by place.
    pub(super) runs: Vec<Run>,
    is_complete: bool,
}

/// The tables of a folder.
pub(super) struct Index {
    pub(super) tables: Vec<Opened>,
    pub(super) concepts: Concepts,
    /// The day on which the tables are read, in Japan.
    pub(super) today: Option<PartialDate>,
    /// The column of PERSON with the number, in lower case.
    pub(super) number: String,
    /// The number of each person, as received.
    pub(super) persons: Vec<String>,
    /// The names of files that are not read.
    pub(super) other_files: Vec<String>,
    /// The numbers of rows that are not read, by table.
    pub(super) not_recorded: BTreeMap<String, u64>,
    /// The places of rows without a person, and the digests of their content.
    pub(super) without_person: Vec<(String, String)>,
}

/// A refused table, by its name in reports.
pub(super) type TableRefused = (String, Refused);

impl Index {
    pub(super) fn open(folder: &Path, selection: &Selection) -> Result<Self, TableRefused> {
        let mut index = Self {
            tables: Vec::new(),
            concepts: Concepts::default(),
            today: today(),
            number: selection.number.to_ascii_lowercase(),
            persons: Vec::new(),
            other_files: Vec::new(),
            not_recorded: BTreeMap::new(),
            without_person: Vec::new(),
        };
        let files = files(folder, selection, &mut index.other_files)?;
        // The absence of PERSON was refused before.
        let Some(persons) = files.get(TABLES[PERSON].name) else {
            return Ok(index);
        };
        let mut needed = HashSet::new();
        let refused = |path: &Path| {
            let name = shown_name(path);
            move |refused| (name.clone(), refused)
        };
        let by_id = index.persons_of(persons).map_err(refused(persons))?;
        for (at, table) in TABLES.iter().enumerate() {
            if let (true, Some(path)) = (at != PERSON, files.get(table.name)) {
                index.table(at, path, &by_id, &mut needed).map_err(refused(path))?;
            }
        }
        if let Some(path) = files.get(CONCEPT) {
            index.concepts = Concepts::read(path, &needed).map_err(refused(path))?;
        }
        Ok(index)
    }

    pub(super) fn repairs(&self) -> Vec<Repair> {
        self.tables
            .iter()
            .flat_map(|table| repairs_of(&table.rows, table.is_complete))
            .collect()
    }

    /// Reads PERSON. Returns the persons by `person_id`.
    fn persons_of(&mut self, path: &Path) -> Result<HashMap<String, usize>, Refused> {
        let rows = open(path)?;
        let id = column(&rows, "person_id").ok_or_else(|| lacks("person_id"))?;
        let number = column(&rows, &self.number).ok_or_else(|| lacks(&self.number))?;
        let mut by_id: HashMap<String, usize> = HashMap::new();
        let mut numbers: HashSet<[u8; 32]> = HashSet::new();
        let (mut persons, mut runs, mut contents) = (Vec::new(), Vec::new(), Vec::new());
        let is_complete = rows.all(&mut |row| {
            let key = row.cell(Some(id)).trim();
            let own = row.cell(Some(number));
            let content = digest(&row);
            match by_id.get(key) {
                // The same row a second time.
                Some(at) if contents.get(*at) == Some(&content) => return Ok(()),
                Some(_) => {
                    return Err(Refused::new(
                        "person-twice",
                        "two rows of PERSON have the same person_id and other content",
                    ));
                }
                None if persons.len() >= MAX_PERSONS => {
                    return Err(Refused::new("too-many-persons", "PERSON has more rows than the limit"));
                }
                None => {}
            }
            if !own.trim().is_empty() && !numbers.insert(Sha256::digest(own).into()) {
                let detail = "two persons of PERSON have the same number; the profile must name a column that is unique";
                return Err(Refused::new("number-twice", detail));
            }
            by_id.insert(key.to_owned(), persons.len());
            runs.push(Run {
                person: persons.len(),
                from: row.offset,
                to: row.end,
            });
            persons.push(own.to_owned());
            contents.push(content);
            Ok(())
        })?;
        // A person without an id has no rows in other tables.
        by_id.remove("");
        self.persons = persons;
        self.tables.push(Opened {
            table: PERSON,
            columns: lower(&rows),
            rows,
            runs,
            is_complete,
        });
        Ok(by_id)
    }

    fn table(&mut self, at: usize, path: &Path, by_id: &HashMap<String, usize>, needed: &mut HashSet<String>) -> Result<(), Refused> {
        let Some(table) = TABLES.get(at) else { return Ok(()) };
        let rows = open(path)?;
        let id = column(&rows, "person_id").ok_or_else(|| lacks("person_id"))?;
        if !table.concept.is_empty() {
            column(&rows, table.concept).ok_or_else(|| lacks(table.concept))?;
        }
        let columns = lower(&rows);
        let concepts: Vec<usize> = columns
            .iter()
            .enumerate()
            .filter(|(_, name)| table.reads(name) && name.ends_with("_concept_id"))
            .map(|(at, _)| at)
            .collect();
        let mut runs: Vec<Run> = Vec::new();
        let (mut number, name) = (0_u64, shown_name(path));
        let is_complete = rows.all(&mut |row| {
            number += 1;
            let Some(person) = by_id.get(row.cell(Some(id)).trim()).copied() else {
                self.without_person
                    .push((format!("{name}#row[{}]", number - 1), hex::encode(digest(&row))));
                return Ok(());
            };
            if !table.is_recorded {
                *self.not_recorded.entry(table.name.to_owned()).or_default() += 1;
                return Ok(());
            }
            for column in &concepts {
                let concept = row.cell(Some(*column)).trim();
                if !concept.is_empty() && !needed.contains(concept) {
                    needed.insert(concept.to_owned());
                }
            }
            match runs.last_mut() {
                Some(run) if run.person == person => run.to = row.end,
                Some(_) | None => runs.push(Run {
                    person,
                    from: row.offset,
                    to: row.end,
                }),
            }
            match (runs.len() > MAX_RUNS, needed.len() > MAX_CONCEPTS) {
                (true, _) => Err(Refused::new(
                    "too-scattered",
                    "too many changes of the person between the rows; sort the table by person_id",
                )),
                (_, true) => Err(Refused::new("too-many-concepts", "the tables have more concepts than the limit")),
                (false, false) => Ok(()),
            }
        })?;
        runs.sort_by_key(|run| (run.person, run.from));
        self.tables.push(Opened {
            table: at,
            rows,
            columns,
            runs,
            is_complete,
        });
        Ok(())
    }
}

impl Opened {
    /// The runs of a person.
    pub(super) fn of(&self, person: usize) -> &[Run] {
        let begin = self.runs.partition_point(|run| run.person < person);
        let end = self.runs.partition_point(|run| run.person <= person);
        self.runs.get(begin..end).unwrap_or_default()
    }
}

/// The present day in Japan.
fn today() -> Option<PartialDate> {
    let in_japan = SystemClock {
        offset_us: 9 * 3_600 * 1_000_000,
    };
    let now = in_japan.now().rfc3339();
    now.get(..10).and_then(|day| PartialDate::parse(day).ok())
}

fn lower(rows: &Rows) -> Vec<String> {
    rows.header.iter().map(|name| name.to_ascii_lowercase()).collect()
}

/// The SHA-256 of the cells of a row.
pub(super) fn digest(row: &Row) -> [u8; 32] {
    let mut digest = Sha256::new();
    for (at, text) in &row.cells {
        digest.update(format!("{at}:{}:{text};", text.len()));
    }
    digest.finalize().into()
}
