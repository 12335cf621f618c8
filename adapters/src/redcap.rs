//! Reads REDCap exports of records, together with the project's data dictionary.
//!
//! **Forms.** An export is flat or EAV (one row for each value), and CSV or JSON; all four forms of the same project give the same units. The
//! values must be raw. An export with labels is refused, because labels are not unique and change with the language.
//!
//! **Units.** One unit is one REDCap record with all its rows, of every event and repeating instrument. The order of the rows in the file has no
//! meaning, and the rows of a record need not be adjacent. A row becomes a record of kind `row`, or `instrument:<name>` for a row of a repeating
//! instrument. A unit contains only the record id, REDCap's own columns for the place of a row, and the columns that the profile requests. Apart
//! from the record id, a unit never contains a column that the dictionary marks as identifying. Of all other columns, only the names are reported.
//!
//! **Memory.** The file is read twice: once to find the rows of each record, and once to read one record after the other. A UTF-8 file can have
//! any size up to [`MAX_EXPORT_BYTES`].
//!
//! **Deletions.** An export cannot state that a record was deleted. The statements of a record that is no longer in the export therefore stay unchanged,
//! unless the logging of the project is among the files ([`log`]).

mod branching;
mod choices;
mod columns;
mod dictionary;
mod evidence;
mod expected_labels;
mod groups;
mod index;
mod layout;
mod log;
mod occurrence;
mod pulled;
mod record;
pub(crate) mod rows;
pub(crate) mod source;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::table::TableFault;
use crate::unit::{Identity, LeftOutRule, Met, Repair, Undecodable};

use columns::Columns;
use dictionary::Dictionary;
use index::{Index, MAX_RUNS};
use layout::Layout;
use log::Log;
use record::{Builder, Fault};
use rows::Rows;
use source::{SizeLimit, Source};

pub use pulled::{LogFault, copy_log};

/// The maximum size of an export in UTF-8, in bytes.
pub const MAX_EXPORT_BYTES: u64 = 64 << 30;
/// The maximum size of an export in another character set, which is converted in memory, in bytes.
pub const MAX_CONVERTED_BYTES: u64 = 256 << 20;
/// The maximum size of a dictionary, in bytes.
pub const MAX_DICTIONARY_BYTES: u64 = 32 << 20;

/// The columns that the profile requests from an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The file name of the dictionary, which is in the same folder as the export. If there is no such file, the same name with the extension
    /// `.json` or `.csv` is used.
    pub dictionary: String,
    /// The codes which mean that a value is missing.
    pub missing: Vec<String>,
    /// The requested fields: variables, checkboxes (`symptoms___3`), labels of choices (`sp_type:label`), states of forms
    /// (`labs_complete`), times of surveys (`labs_timestamp`), and `redcap_data_access_group`.
    pub fields: BTreeSet<String>,
    /// The columns whose values are kept with the spaces around them, because they are numbers of persons. The record id is always kept so.
    pub verbatim: BTreeSet<String>,
    /// The labels that the profile expects for the codes of a variable, by variable and code. If the dictionary has another label for a code, the code
    /// means something else than in the profile, and the export is refused.
    pub labels: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// The names of other columns that the profile states, to ignore them. All columns that neither the profile nor the dictionary names have one
    /// fixed name in reports.
    pub declared: BTreeSet<String>,
    /// The data access groups of the site. An empty text accepts records without a group. If there are none, all records must be of one group.
    pub groups: Vec<String>,
}

/// Reads an export with its dictionary.
///
/// For each cell that is not empty and whose column does not enter the unit, `give` receives [`Met::Ignored`] with the text `field:<kind of
/// record> <column>`. If the dictionary marks the column as identifying, it receives [`Met::LeftOut`] instead. The cells of a refused record are
/// not reported.
///
/// The whole file is refused if the meaning of its content is not certain: `export-lacks-column`, `export-de-identified`, `label-export`,
/// `logging-export`, `other-label`, `several-groups`, `dictionary-lacks-field`, `identifier-selected`, `document-selected`, `bad-dictionary`, `no-record-id`, `too-scattered`,
/// `bad-json`, or a fault of the table. A single record is refused for `unknown-choice`, `unknown-instrument`, `bad-instance`, `duplicate-row`,
/// `record-differs`, `other-group`, `no-group`, `too-large`, or `no-record-id` if its id is empty.
pub fn read(path: &Path, selection: &Selection, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    read_all(&[path.to_owned()], selection, give)
}

/// Reads exports together with the logging of their project. A record that the logging states as deleted or renamed gives a void unit, whether or not an
/// export contains it.
pub fn read_all(paths: &[PathBuf], selection: &Selection, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let (logs, exports): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|path| log::could_be_log(path) && is_log_file(path));
    let mut log = Log::default();
    log.is_export_cut = exports.is_empty();
    let mut record_id = String::new();
    for path in &logs {
        match dictionary(path, selection) {
            Ok(dictionary) => record_id = dictionary.record_id,
            Err(fault) => {
                let met = Met::Undecodable(Undecodable {
                    locator: crate::hl7v2::shown_name(path),
                    reason_code: fault.reason_code,
                    detail: fault.detail,
                    identity: Identity::Place,
                });
                give(met)?;
                continue;
            }
        }
        log.read(path, &record_id, give)?;
    }
    for path in exports {
        read_within(path, selection, MAX_RUNS, &mut log, give)?;
    }
    log.deletions(&record_id, give)
}

/// Whether the header of a file is that of a logging.
fn is_log_file(path: &Path) -> bool {
    let limit = SizeLimit {
        utf_8_bytes: MAX_EXPORT_BYTES,
        converted_bytes: MAX_CONVERTED_BYTES,
    };
    let rows = Source::open(path, limit).and_then(Rows::open);
    rows.is_ok_and(|rows| log::is_log(&rows))
}

/// Reads an export as [`read`] does, with at most `most_runs` changes from one record to another.
fn read_within(
    path: &Path,
    selection: &Selection,
    most_runs: usize,
    log: &mut Log,
    give: &mut dyn FnMut(Met) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut is_cut = false;
    let mut give = |met: Met| {
        is_cut |= matches!(met, Met::Undecodable(_));
        give(met)
    };
    let flow = read_export(path, selection, most_runs, log, &mut give);
    log.is_export_cut |= is_cut;
    flow
}

fn read_export(
    path: &Path,
    selection: &Selection,
    most_runs: usize,
    log: &mut Log,
    give: &mut dyn FnMut(Met) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let name = crate::hl7v2::shown_name(path);
    let refused = |Refused { reason_code, detail }| {
        Met::Undecodable(Undecodable {
            locator: name.clone(),
            reason_code,
            detail,
            identity: Identity::Place,
        })
    };
    let dictionary = match dictionary(path, selection) {
        Err(fault) => return give(refused(fault)),
        Ok(dictionary) => dictionary,
    };
    let columns = match Columns::new(&dictionary, selection) {
        Err(fault) => return give(refused(fault)),
        Ok(columns) => columns,
    };
    let export = match Export::open(path, &columns, most_runs) {
        Err(fault) => return give(refused(fault)),
        Ok(None) => return ControlFlow::Continue(()),
        Ok(Some(export)) => export,
    };
    for repair in &export.rows.source.repairs {
        give(Met::Repaired(*repair))?;
    }
    if !export.index.is_complete {
        give(Met::Repaired(Repair::LastLineEnd))?;
    }
    for column in export.absent(&columns) {
        give(Met::LeftOut(LeftOutRule::ColumnAbsent, column))?;
    }
    let builder = Builder {
        rows: &export.rows,
        layout: &export.layout,
        columns: &columns,
        evidence: &export.index.evidence,
    };
    for (at, runs) in export.index.records().enumerate() {
        let locator = format!("{name}#record[{at}]");
        match builder.unit(locator.clone(), runs) {
            Err(Fault(reason_code, detail)) => {
                if let Some(unit) = builder.remains(locator.clone(), runs) {
                    give(Met::Remains(Box::new(unit)))?;
                }
                give(Met::Undecodable(Undecodable {
                    locator,
                    reason_code,
                    detail,
                    identity: builder.identity(runs),
                }))?;
            }
            Ok(built) if !log.exists(&built.unit.key) => give(Met::LeftOut(LeftOutRule::DeletedUnit, "record of an export".to_owned()))?,
            Ok(built) => {
                for (name, count) in built.ignored {
                    (0..count).try_for_each(|_| give(Met::Ignored(format!("field:{name}"))))?;
                }
                for (name, count) in built.identifying {
                    (0..count).try_for_each(|_| give(Met::LeftOut(LeftOutRule::IdentifierField, name.clone())))?;
                }
                give(Met::Unit(built.unit))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Why the whole export is refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) reason_code: &'static str,
    pub(crate) detail: String,
}

impl Refused {
    pub(crate) fn new(reason_code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            reason_code,
            detail: detail.into(),
        }
    }
}

impl From<TableFault> for Refused {
    fn from(fault: TableFault) -> Self {
        Self::new(fault.code(), fault.to_string())
    }
}

fn dictionary(export: &Path, selection: &Selection) -> Result<Dictionary, Refused> {
    let limit = SizeLimit {
        utf_8_bytes: MAX_DICTIONARY_BYTES,
        converted_bytes: MAX_DICTIONARY_BYTES,
    };
    let bad = |detail: String| Refused::new("bad-dictionary", format!("the data dictionary: {detail}"));
    let source = Source::open(&dictionary_path(export, selection), limit).map_err(|refused| bad(refused.detail))?;
    Dictionary::read(source).map_err(bad)
}

/// The dictionary beside an export: the file that the profile names, or the same name with the other extension.
fn dictionary_path(export: &Path, selection: &Selection) -> PathBuf {
    let named = export.parent().unwrap_or(Path::new("")).join(&selection.dictionary);
    let others = ["csv", "json"].map(|ending| named.with_extension(ending));
    match others.into_iter().find(|other| !named.is_file() && other.is_file()) {
        Some(other) => other,
        None => named,
    }
}

/// Whether a file with this name beside an export is the dictionary.
pub(crate) fn is_dictionary(name: &Path, dictionary: &str) -> bool {
    let named = Path::new(dictionary);
    name == named || ["csv", "json"].iter().any(|ending| name == named.with_extension(ending))
}

/// An export whose records were found.
struct Export {
    rows: Rows,
    layout: Layout,
    index: Index,
}

impl Export {
    /// Opens an export, and checks what the whole file shows. `None` for an empty JSON array, which REDCap answers if no record matches.
    fn open(path: &Path, columns: &Columns<'_>, most_runs: usize) -> Result<Option<Self>, Refused> {
        let limit = SizeLimit {
            utf_8_bytes: MAX_EXPORT_BYTES,
            converted_bytes: MAX_CONVERTED_BYTES,
        };
        let rows = Rows::open(Source::open(path, limit)?)?;
        if rows.header.is_empty() {
            return rows.all(&mut |_| Ok(())).map(|_| None);
        }
        let layout = Layout::of(&rows, columns.dictionary)?;
        let names: HashSet<String> = rows.header.iter().map(|name| columns.flat_name(name)).collect();
        if names.len() != rows.header.len() {
            return Err(Refused::new(
                "bad-header",
                "two columns of the header are the same box of a checkbox",
            ));
        }
        if layout.eav.is_none() {
            let missing: Vec<&str> = columns.needed().into_iter().filter(|name| !names.contains(*name)).collect();
            if !missing.is_empty() {
                let what = "requested by the profile but missing from the export (is the export de-identified?)";
                return Err(Refused::new("export-lacks-column", format!("{}: {what}", missing.join(", "))));
            }
        }
        let index = Index::new(&rows, &layout, columns, most_runs)?;
        groups::check(&rows, &layout, columns, &index.groups)?;
        if index.evidence.is_label_export() {
            let detail = "no choice has a value that is certainly a code: the export has labels, or the dictionary is of another project; export the raw data";
            return Err(Refused::new("label-export", detail));
        }
        let removed = columns.removed_by_deidentification();
        if layout.eav.is_some() && index.rows > 0 && !removed.is_empty() && !index.has_free_values {
            let what = "no value of these or any other texts and dates is in the export, so it is probably de-identified";
            return Err(Refused::new("export-de-identified", format!("{}: {what}", removed.join(", "))));
        }
        Ok(Some(Self { rows, layout, index }))
    }

    /// The requested columns of which an EAV export has no value. Such an export does not show whether the column is empty or absent.
    fn absent(&self, columns: &Columns<'_>) -> BTreeSet<String> {
        let is_eav = self.layout.eav.is_some();
        let needed = columns.needed().into_iter().filter(|_| is_eav).map(|name| {
            let checkbox = columns.dictionary.checkbox(name);
            checkbox.map_or(name, |(variable, _)| variable).to_owned()
        });
        needed
            .filter(|name| !self.index.seen.contains(name) && self.rows.column(name).is_none())
            .collect()
    }
}
