//! The consent forms that are known: built in, and from a configured folder.

use std::path::Path;

use gemj_model::ConsentForm;

const BUILT_IN: [&str; 2] = [
    include_str!("../../../schemas/consent-forms/unified-1.json"),
    include_str!("../../../schemas/consent-forms/legacy-2019.json"),
];

/// Why the forms cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The folder or a file of it cannot be read.
    #[error("consent forms: {0}")]
    Io(std::io::ErrorKind),
    /// A file is not a form.
    #[error("consent form {file}: {fault}")]
    NotAForm {
        /// The file's name.
        file: String,
        /// What is wrong.
        fault: serde_json::Error,
    },
    /// Two files have one id.
    #[error("consent form '{0}' is there twice")]
    Twice(String),
}

/// Every known form. The folder's files end in `.json`.
///
/// # Errors
/// A form that cannot be read, or an id that is there twice: forms are evidence, so nothing is skipped.
pub fn read(folder: Option<&Path>) -> Result<Vec<ConsentForm>, FormError> {
    let parse = |file: &str, text: &str| {
        serde_json::from_str(text).map_err(|fault| FormError::NotAForm {
            file: file.to_owned(),
            fault,
        })
    };
    let mut forms: Vec<ConsentForm> = BUILT_IN.iter().map(|text| parse("built in", text)).collect::<Result<_, _>>()?;
    if let Some(folder) = folder {
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>())
            .map_err(|e| FormError::Io(e.kind()))?;
        paths.retain(|p| p.extension().is_some_and(|e| e == "json"));
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).map_err(|e| FormError::Io(e.kind()))?;
            forms.push(parse(&path.file_name().unwrap_or_default().to_string_lossy(), &text)?);
        }
    }
    let mut ids: Vec<_> = forms.iter().map(|f| f.id.as_str()).collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(FormError::Twice(pair[0].to_owned())),
        None => Ok(forms),
    }
}
