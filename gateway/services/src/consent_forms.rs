//! Reads the known consent forms and the committee's decisions about older forms: built in, and from a configured folder.

mod check;
mod fault;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use gemj_model::ConsentForm;
use gemj_model::consent::Equivalence;
use serde::de::DeserializeOwned;

pub use fault::{EquivalenceFault, FormError, FormFault};

/// The maximum size of a form, a text or a decision, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// The maximum number of form files, and of decision files.
const MAX_FILES: usize = 1_000;

/// The built-in forms, each with its text.
const BUILT_IN: [(&str, &str); 2] = [
    (
        include_str!("../../../schemas/consent-forms/unified-1.json"),
        include_str!("../../../schemas/consent-forms/unified-1.md"),
    ),
    (
        include_str!("../../../schemas/consent-forms/legacy-2019.json"),
        include_str!("../../../schemas/consent-forms/legacy-2019.md"),
    ),
];

/// All known forms, each with the decisions about it.
/// * The forms in the folder are the files that end in `.json` but not in `.schema.json`.
/// * The decisions are the files with the same name endings in the subfolder `equivalences`, if the subfolder exists.
///
/// # Errors
/// A file cannot be read or used, or an id occurs twice. Forms are evidence, so no file is skipped.
pub fn read(folder: Option<&Path>) -> Result<Vec<ConsentForm>, FormError> {
    let mut forms = Vec::new();
    for (text, document) in BUILT_IN {
        let form: ConsentForm = parse("built in", text)?;
        check::form(&form, |_| Ok(document.as_bytes().to_vec())).map_err(|fault| FormError::form("built in", fault))?;
        forms.push(form);
    }
    let mut decisions = Vec::new();
    if let Some(folder) = folder {
        for path in json_files(folder)? {
            let (file, text) = text_of(&path)?;
            let form: ConsentForm = parse(&file, &text)?;
            check::form(&form, |name| bytes_of(&folder.join(name))).map_err(|fault| FormError::form(&file, fault))?;
            forms.push(form);
        }
        let equivalences = folder.join("equivalences");
        if equivalences.is_dir() {
            for path in json_files(&equivalences)? {
                let (file, text) = text_of(&path)?;
                decisions.push((file.clone(), parse::<Equivalence>(&file, &text)?));
            }
        }
    }
    let mut ids = HashSet::new();
    if let Some(form) = forms.iter().find(|f| !ids.insert(f.id.clone())) {
        return Err(FormError::Twice(form.id.as_str().to_owned()));
    }
    for (file, decision) in decisions {
        check::equivalence(&decision, &forms).map_err(|fault| FormError::equivalence(&file, fault))?;
        if let Some(form) = forms.iter_mut().find(|f| f.id == decision.legacy_form) {
            form.particulars.equivalences.push(decision);
        }
    }
    Ok(forms)
}

fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, FormError> {
    serde_json::from_str(text).map_err(|fault| FormError::NotAForm {
        file: file.to_owned(),
        fault,
    })
}

/// The form files or decision files of a folder, in order of name.
fn json_files(folder: &Path) -> Result<Vec<PathBuf>, FormError> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>())
        .map_err(|e| FormError::Io(e.kind()))?;
    paths.retain(|p| {
        let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".json") && !name.ends_with(".schema.json")
    });
    paths.sort();
    if paths.len() > MAX_FILES {
        return Err(FormError::TooMany(MAX_FILES));
    }
    Ok(paths)
}

fn text_of(path: &Path) -> Result<(String, String), FormError> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = bytes_of(path).map_err(|fault| FormError::form(&file, fault))?;
    let text = String::from_utf8(bytes).map_err(|_| FormError::form(&file, FormFault::NotUtf8))?;
    Ok((file, text))
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, FormFault> {
    let size = fs::metadata(path).map_err(|e| FormFault::Unreadable(e.kind()))?.len();
    if size > MAX_BYTES {
        return Err(FormFault::TooLong(MAX_BYTES));
    }
    fs::read(path).map_err(|e| FormFault::Unreadable(e.kind()))
}

#[cfg(test)]
mod tests;
