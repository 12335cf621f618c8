//! Finds the file of each table in a folder, and refuses the folder if a table could be incomplete.
//!
//! A unit is a person and replaces all that was stored of the person. A table that is absent, or of which only a part is found, would remove what is stored
//! from its rows. So absence is never read as an empty table: a table without rows has a file with its header.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::hl7v2::shown_name;
use crate::redcap::Refused;

use super::Selection;
use super::index::TableRefused;
use super::tables::{CONCEPT, OTHER_TABLES, PERSON, TABLES};

/// The maximum number of files of a folder.
const MAX_FILES: usize = 100_000;

/// The files of the tables, by the name of the table. Adds the names of files that are not read to `other_files`.
pub(super) fn files(
    folder: &Path,
    selection: &Selection,
    other_files: &mut Vec<String>,
) -> Result<HashMap<&'static str, PathBuf>, TableRefused> {
    let mut files: HashMap<&'static str, PathBuf> = HashMap::new();
    for (path, is_file) in entries(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let (stem, ending) = name.split_once('.').unwrap_or((&name, ""));
        let refuse = |reason, detail: &str| Err((shown_name(&path), Refused::new(reason, detail)));
        let Some((table, is_whole)) = table_of(stem) else {
            if is_file {
                other_files.push("file".to_owned());
            }
            continue;
        };
        let is_read = !OTHER_TABLES.contains(&table);
        match ending {
            "csv" | "tsv" | "txt" if is_read && is_whole && is_file => {
                let earlier = files.insert(table, path.clone());
                if earlier.is_some() {
                    return refuse("table-twice", "the folder has two files of this table");
                }
            }
            "csv.gz" | "tsv.gz" | "txt.gz" | "gz" | "zip" | "csv.zip" | "csv.bz2" | "csv.xz" | "csv.zst" | "parquet"
                if is_read && is_whole && is_file =>
            {
                let detail = "the table is compressed or no delimited text; unpack it and export it as CSV";
                return refuse("compressed", detail);
            }
            _ if is_needed(table) && !(is_whole && is_checksum(ending)) => {
                let detail = format!(
                    "the name begins with the name of the table {table}, but only {table}.csv, .tsv or .txt is read; \
                     join the parts of the table in one file, or take this file or folder out of the folder"
                );
                return refuse("table-unclear", &detail);
            }
            _ if is_file => other_files.push(if is_whole { table } else { "file" }.to_owned()),
            _ => {}
        }
    }
    check(folder, selection, &files)?;
    Ok(files)
}

/// The entries of the folder in the order of their names, and whether each is a regular file. A symbolic link is none, and is not followed.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, bool)>, TableRefused> {
    let unreadable = |_| (shown_name(folder), Refused::new("unreadable", "the folder cannot be read"));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        paths.push((entry.path(), entry.file_type().map_err(unreadable)?.is_file()));
        if paths.len() > MAX_FILES {
            let detail = "the folder has more files than are accepted";
            return Err((shown_name(folder), Refused::new("too-many-files", detail)));
        }
    }
    paths.sort();
    Ok(paths)
}

/// The table with whose name a file's name begins (the longest), and whether it is the whole name.
fn table_of(stem: &str) -> Option<(&'static str, bool)> {
    let own = TABLES.iter().map(|table| table.name).chain([CONCEPT]);
    let begins = |table: &&str| stem.get(..table.len()).is_some_and(|head| head.eq_ignore_ascii_case(table));
    let table = own.chain(OTHER_TABLES).filter(begins).max_by_key(|table| table.len())?;
    Some((table, table.len() == stem.len()))
}

/// Whether the absence of the table changes what is stored of a person.
fn is_needed(table: &str) -> bool {
    table == CONCEPT || TABLES.iter().any(|own| own.name == table && own.is_recorded)
}

/// Whether a file beside a table contains only its checksum.
fn is_checksum(ending: &str) -> bool {
    let kind = ending.rsplit('.').next().unwrap_or_default();
    matches!(kind, "md5" | "sha1" | "sha256" | "sha512")
}

/// Checks that the folder has every table that the profile reads, and none that the profile states as absent.
fn check(folder: &Path, selection: &Selection, files: &HashMap<&'static str, PathBuf>) -> Result<(), TableRefused> {
    let refuse = |reason, detail: String| Err((shown_name(folder), Refused::new(reason, detail)));
    if !files.contains_key(TABLES[PERSON].name) {
        return refuse("no-person-table", "the folder has no table PERSON (PERSON.csv)".to_owned());
    }
    let own = || TABLES.iter().map(|table| table.name);
    if let Some(table) = own().find(|table| files.contains_key(table) && selection.absent.contains(*table)) {
        let detail = format!("the folder has the table {table}, which the profile states as absent (`omop.absent`)");
        return refuse("table-not-absent", detail);
    }
    let is_missing = |table: &&str| {
        let name: &str = table;
        is_needed(name) && selection.tables.contains(name) && !selection.absent.contains(name) && !files.contains_key(name)
    };
    let missing: Vec<&str> = own().filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "the folder has no table {}; export it, with only its header if it has no rows, or list it in the profile (`omop.absent`) \
         if the institution does not have it",
        missing.join(", ")
    );
    refuse("table-absent", detail)
}
