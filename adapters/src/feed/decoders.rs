//! Selects the decoder for the format of the feed.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::profile::{Format, Profile};
use crate::redcap::Selection;
use crate::unit::{Identity, Met, Undecodable};
use crate::{beacon_bff, csv_table, fhir, miabis, odm, omop, redcap, ssmix2};

/// The maximum number of files in one folder.
const MAX_FILES: usize = 100_000;
/// The maximum number of levels of folders.
const MAX_DEPTH: usize = 16;

/// Reads the paths of a feed with the decoder of the profile's format. All ODM files are read together, because a transactional file changes what
/// another file states. All FHIR files are read together, because a resource can be in another file than its patient.
pub(super) fn decode(paths: &[PathBuf], profile: &Profile, give: &mut Give<'_>) -> ControlFlow<()> {
    if profile.format() == Format::Odm {
        let mut files = Vec::new();
        for path in paths {
            odm_files(path, &mut files, give)?;
        }
        return read_odm(&files, profile, give);
    }
    if profile.format() == Format::Fhir {
        let mut files = Vec::new();
        for path in paths {
            listed(path, &["json", "ndjson", "jsonl"], &|_| false, &mut files, give)?;
        }
        return fhir::read(&files, &profile.fhir, give);
    }
    if profile.format() == Format::Redcap {
        return read_redcap(paths, profile, give);
    }
    paths.iter().try_for_each(|path| decode_one(path, profile, give))
}

fn read_odm(files: &[PathBuf], profile: &Profile, give: &mut Give<'_>) -> ControlFlow<()> {
    let names = profile.names();
    odm::read_named(files, profile.study(), &|name| names.contains(name), give)
}

/// Reads all files of the paths together, because the logging of a project states which records of its exports were deleted.
fn read_redcap(paths: &[PathBuf], profile: &Profile, give: &mut Give<'_>) -> ControlFlow<()> {
    let dictionary = profile.dictionary.clone().unwrap_or_default();
    let selection = Selection {
        dictionary: dictionary.clone(),
        missing: profile.missing.clone(),
        fields: profile.fields().into_iter().map(str::to_owned).collect(),
        verbatim: profile
            .participant
            .value
            .selectors()
            .into_iter()
            .map(|s| s.name().to_owned())
            .collect(),
        labels: profile.labels.clone(),
        declared: profile.names().into_iter().collect(),
        groups: profile.facilities().to_vec(),
    };
    let is_dictionary = |name: &Path| redcap::is_dictionary(name, &dictionary);
    let mut files = Vec::new();
    for path in paths {
        listed(path, &["csv", "tsv", "json"], &is_dictionary, &mut files, give)?;
    }
    redcap::read_all(&files, &selection, give)
}

fn read_omop(path: &Path, profile: &Profile, give: &mut Give<'_>) -> ControlFlow<()> {
    let selectors = profile.participant.value.selectors();
    let placed = [Some(&profile.participant), profile.sex.as_ref(), profile.born.as_ref()];
    let placed = placed.into_iter().flatten().map(|placed| &placed.record);
    let rules = profile.rules.iter().map(|rule| &rule.record);
    let consents = profile.consents.iter().map(|rule| &rule.record);
    let selection = omop::Selection {
        number: selectors.first().map_or("", |selector| selector.name()).to_owned(),
        tables: placed.chain(rules).chain(consents).cloned().collect(),
        absent: profile.absent.clone(),
    };
    omop::read(path, &selection, give)
}

fn read_csv(path: &Path, profile: &Profile, give: &mut Give<'_>) -> ControlFlow<()> {
    let number = profile
        .participant
        .value
        .selectors()
        .first()
        .map(|selector| selector.name().to_owned());
    let selection = csv_table::Selection {
        number: number.unwrap_or_default(),
        fields: profile.fields().into_iter().map(str::to_owned).collect(),
        optional: profile.optional.clone(),
        missing: profile.missing.clone(),
    };
    // A header can contain a person's name. A column that the profile ignores has the name or the pattern of the profile in reports.
    let shown = |name: &str| {
        let ignore = profile.ignore.iter().find(|ignore| ignore.covers(csv_table::ROW, name));
        let pattern = ignore.map(|ignore| ignore.field.clone().unwrap_or_else(|| "*".to_owned()));
        pattern.unwrap_or_else(|| "(undeclared name)".to_owned())
    };
    each(path, &["csv", "tsv", "txt", "json"], &|_| false, give, &|file, give| {
        csv_table::read(file, &selection, &shown, give)
    })
}

/// The ODM files of a path, without reports about other files.
pub(super) fn listed_odm_files(path: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let _ = odm_files(path, &mut files, &mut |_| ControlFlow::Continue(()));
    files
}

/// Adds the ODM files of a path to `files`: the file itself, or the files of the folder.
fn odm_files(path: &Path, files: &mut Vec<PathBuf>, give: &mut Give<'_>) -> ControlFlow<()> {
    listed(path, &["xml"], &|_| false, files, give)
}

/// Adds the files of a path with one of the extensions `endings` to `files`: the file itself, or the files of the folder.
fn listed(
    path: &Path,
    endings: &[&str],
    is_beside: &dyn Fn(&Path) -> bool,
    files: &mut Vec<PathBuf>,
    give: &mut Give<'_>,
) -> ControlFlow<()> {
    let found = std::cell::RefCell::new(Vec::new());
    let flow = each(path, endings, is_beside, give, &|file, _| {
        found.borrow_mut().push(file.to_owned());
        ControlFlow::Continue(())
    });
    files.append(&mut found.into_inner());
    flow
}

fn decode_one(path: &Path, profile: &Profile, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    match profile.format() {
        Format::SsMix2 => ssmix2::read(path, give),
        Format::Odm => read_odm(&[path.to_owned()], profile, give),
        Format::Redcap => read_redcap(&[path.to_owned()], profile, give),
        Format::Csv => read_csv(path, profile, give),
        Format::Miabis => miabis::read(path, give),
        Format::Bff => beacon_bff::read(path, give),
        Format::Omop => read_omop(path, profile, give),
        Format::Fhir => fhir::read(&[path.to_owned()], &profile.fhir, give),
    }
}

type Give<'g> = dyn FnMut(Met) -> ControlFlow<()> + 'g;

/// Why a folder cannot be listed.
enum Unlisted {
    Unreadable,
    TooMany,
    TooDeep,
}

/// Adds every file of a folder and of the folders inside it to `files`. An institution can export a folder for each kind of data; a skipped one would
/// remove what is stored of it. What is neither a file nor a folder, such as a symbolic link, is not followed, and counts in `others`.
fn collect(folder: &Path, levels: usize, files: &mut Vec<PathBuf>, others: &mut usize) -> Result<(), Unlisted> {
    let Some(below) = levels.checked_sub(1) else {
        return Err(Unlisted::TooDeep);
    };
    for entry in std::fs::read_dir(folder).map_err(|_| Unlisted::Unreadable)? {
        let entry = entry.map_err(|_| Unlisted::Unreadable)?;
        let kind = entry.file_type().map_err(|_| Unlisted::Unreadable)?;
        if kind.is_dir() {
            collect(&entry.path(), below, files, others)?;
        } else if kind.is_file() {
            files.push(entry.path());
        } else {
            *others += 1;
        }
        if files.len() + *others > MAX_FILES {
            return Err(Unlisted::TooMany);
        }
    }
    Ok(())
}

/// Reads the file, or each file of the folder and its inner folders with one of the extensions `endings`, in the order of their names. A file whose name `is_beside`
/// accepts is skipped.
fn each(
    path: &Path,
    endings: &[&str],
    is_beside: &dyn Fn(&Path) -> bool,
    give: &mut Give<'_>,
    read: &dyn Fn(&Path, &mut Give<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    if !path.is_dir() {
        return read(path, give);
    }
    let refused = |reason_code, detail: &str| {
        Met::Undecodable(Undecodable {
            locator: crate::hl7v2::shown_name(path),
            reason_code,
            detail: detail.to_owned(),
            identity: Identity::Place,
        })
    };
    let (mut files, mut others) = (Vec::new(), 0_usize);
    match collect(path, MAX_DEPTH, &mut files, &mut others) {
        Ok(()) => (0..others).try_for_each(|_| give(Met::Ignored("file".to_owned())))?,
        Err(Unlisted::Unreadable) => return give(refused("unreadable", "the folder cannot be read")),
        Err(Unlisted::TooMany) => return give(refused("too-many-files", "the folder has more files than are accepted")),
        Err(Unlisted::TooDeep) => return give(refused("too-deep", "the folder has more levels of folders than are accepted")),
    }
    files.sort();
    for file in files {
        let name = file.file_name().unwrap_or_default();
        let has_ending = file
            .extension()
            .is_some_and(|e| endings.iter().any(|ending| e.eq_ignore_ascii_case(ending)));
        let is_one = has_ending && !name.as_encoded_bytes().starts_with(b".");
        match is_one {
            _ if is_beside(Path::new(name)) => {}
            true => read(&file, give)?,
            false => give(Met::Ignored("file".to_owned()))?,
        }
    }
    ControlFlow::Continue(())
}
