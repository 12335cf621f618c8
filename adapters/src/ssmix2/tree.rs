//! Visits the folders of a storage, in the order of their names.

use std::collections::BTreeMap;
use std::fs::FileType;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::MAX_ENTRIES;
use super::file::{Place, current, deletion, undecodable};
use super::name::{self, FileName};
use super::state::{Verdict, judge};
use crate::decode::DecodeFault;
use crate::unit::Met;

type Give<'g> = dyn FnMut(Met) -> ControlFlow<()> + 'g;

/// A file or folder in a folder of the storage.
struct Entry {
    /// The name of the file or folder; `None` if the name is not valid text.
    name: Option<String>,
    path: PathBuf,
    kind: Option<FileType>,
}

/// A folder of the storage that the walk has entered.
struct Folder<'f> {
    path: &'f Path,
    locator: &'f str,
}

/// Visits every file of a storage and passes the results to `give`.
pub(super) fn walk(root: &Path, give: &mut Give<'_>) -> ControlFlow<()> {
    let root = Folder { path: root, locator: "" };
    folders(&root, give, &mut |first, name_1, give| {
        folders(&first, give, &mut |second, name_2, give| {
            folders(&second, give, &mut |folder, patient, give| {
                if patient.get(..3) != Some(name_1) || patient.get(3..6) != Some(name_2) {
                    return path_shape(folder.locator.to_owned(), give);
                }
                dates(&folder, patient, give)
            })
        })
    })
}

fn dates(patient_folder: &Folder<'_>, patient: &str, give: &mut Give<'_>) -> ControlFlow<()> {
    folders(patient_folder, give, &mut |folder, care_date, give| {
        let dated = care_date.len() == 8 && care_date.bytes().all(|b| b.is_ascii_digit());
        if !dated && care_date != "-" {
            return path_shape(folder.locator.to_owned(), give);
        }
        let dated_folder = Folder {
            path: folder.path,
            locator: &format!("{}/{care_date}", patient_folder.locator),
        };
        folders(&dated_folder, give, &mut |folder, data_type, give| {
            let snapshot = match data_type {
                "ADT-00" | "PPR-01" => true,
                "OML-11" => false,
                _ => return others(folder.path, folder.locator, data_type, give),
            };
            if snapshot == dated {
                return path_shape(folder.locator.to_owned(), give);
            }
            let place = Place {
                patient,
                care_date,
                data_type,
                snapshot,
            };
            files(folder.path, &format!("{}/{data_type}", dated_folder.locator), &place, give)
        })
    })
}

/// Visits the folders inside a folder, and refuses other entries.
fn folders(
    folder: &Folder<'_>,
    give: &mut Give<'_>,
    enter: &mut dyn FnMut(Folder<'_>, &str, &mut Give<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let entries = match list(folder.path) {
        Ok(entries) => entries,
        Err((code, detail)) => return give(undecodable(shown(folder.locator), code, detail)),
    };
    for (at, entry) in entries.into_iter().enumerate() {
        let locator = if folder.locator.is_empty() {
            format!("[{}]", at + 1)
        } else {
            format!("{}/[{}]", folder.locator, at + 1)
        };
        match (entry.kind, &entry.name) {
            (None, _) => give(undecodable(
                locator,
                DecodeFault::Unreadable.code(),
                DecodeFault::Unreadable.to_string(),
            ))?,
            (Some(kind), _) if kind.is_symlink() => {
                give(undecodable(locator, DecodeFault::Link.code(), DecodeFault::Link.to_string()))?;
            }
            (Some(kind), _) if !kind.is_dir() => give(Met::Ignored("file:outside-folders".to_owned()))?,
            (Some(_), Some(name)) => enter(
                Folder {
                    path: &entry.path,
                    locator: &locator,
                },
                name,
                give,
            )?,
            (Some(_), None) => path_shape(locator, give)?,
        }
    }
    ControlFlow::Continue(())
}

/// Visits the files of a supported data type.
fn files(path: &Path, locator: &str, place: &Place<'_>, give: &mut Give<'_>) -> ControlFlow<()> {
    let entries = match list(path) {
        Ok(entries) => entries,
        Err((code, detail)) => return give(undecodable(locator.to_owned(), code, detail)),
    };
    let mut by_key: BTreeMap<String, Vec<(String, PathBuf, FileName)>> = BTreeMap::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let locator = format!("{locator}#{}", at + 1);
        let name = match (entry.kind, entry.name) {
            (None, _) => Err((DecodeFault::Unreadable.code(), DecodeFault::Unreadable.to_string())),
            (Some(kind), _) if kind.is_symlink() => Err((DecodeFault::Link.code(), DecodeFault::Link.to_string())),
            (Some(kind), _) if !kind.is_file() => Err((DecodeFault::NotAFile.code(), DecodeFault::NotAFile.to_string())),
            (Some(_), Some(name)) if name.starts_with('.') => {
                give(Met::Ignored("file:hidden".to_owned()))?;
                continue;
            }
            (Some(_), name) => name::parse(&name.unwrap_or_default(), place.patient, place.care_date, place.data_type)
                .map_err(|fault| (fault.code(), fault.detail().to_owned())),
        };
        match name {
            Ok(name) => {
                let key = place.order(&name).to_owned();
                by_key.entry(key).or_default().push((locator, entry.path, name));
            }
            Err((code, detail)) => give(undecodable(locator, code, detail))?,
        }
    }
    for group in by_key.into_values() {
        let verdicts = judge(&group.iter().map(|(_, _, name)| name).collect::<Vec<_>>());
        for ((locator, path, name), verdict) in group.into_iter().zip(verdicts) {
            give(match verdict {
                Verdict::Current => current(&path, locator, place, &name),
                Verdict::Deleted => deletion(&path, locator, place, &name),
                Verdict::History => Met::Ignored("history".to_owned()),
                Verdict::Ambiguous => {
                    let detail = "another file of the same key and time contradicts this file".to_owned();
                    undecodable(locator, "ambiguous-current", detail)
                }
            })?;
        }
    }
    ControlFlow::Continue(())
}

/// Reports the files of an unsupported data type as ignored.
fn others(path: &Path, locator: &str, data_type: &str, give: &mut Give<'_>) -> ControlFlow<()> {
    let known = match data_type.as_bytes() {
        [a @ .., b'-', c, d] => a.len() == 3 && a.iter().all(u8::is_ascii_uppercase) && c.is_ascii_digit() && d.is_ascii_digit(),
        letters => letters.len() == 3 && letters.iter().all(u8::is_ascii_uppercase),
    };
    let kind = format!("message:{}", if known { data_type } else { "unknown" });
    match list(path) {
        Ok(entries) => entries.into_iter().try_for_each(|_| give(Met::Ignored(kind.clone()))),
        Err((code, detail)) => give(undecodable(locator.to_owned(), code, detail)),
    }
}

/// The entries of a folder, in the order of their names.
fn list(folder: &Path) -> Result<Vec<Entry>, (&'static str, String)> {
    let unreadable = |_| (DecodeFault::Unreadable.code(), DecodeFault::Unreadable.to_string());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entries.len() == MAX_ENTRIES {
            return Err((
                "too-many-files",
                "the folder has more than 200,000 entries; no entry was read".to_owned(),
            ));
        }
        entries.push(entry);
    }
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let entry = |entry: std::fs::DirEntry| Entry {
        name: entry.file_name().into_string().ok().filter(|name| !name.contains(char::is_control)),
        path: entry.path(),
        kind: entry.file_type().ok(),
    };
    Ok(entries.into_iter().map(entry).collect())
}

fn path_shape(locator: String, give: &mut Give<'_>) -> ControlFlow<()> {
    let detail = "the folder's place or name breaks the rules of the storage; nothing in the folder was read".to_owned();
    give(undecodable(locator, "path-shape", detail))
}

fn shown(locator: &str) -> String {
    if locator.is_empty() { ".".to_owned() } else { locator.to_owned() }
}
