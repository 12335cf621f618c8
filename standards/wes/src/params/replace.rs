use serde_json::Value;

use super::drs::is_drs;
use super::walk::cwl_class;

/// A local file that replaces a reference for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedFile {
    /// The absolute path of the staged file.
    pub path: String,
    /// The file name that the workflow sees; `None` if it is the last segment of the path.
    pub basename: Option<String>,
}

/// The pointer does not lead to a `drs://` string, so no reference was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no drs:// string at this place of the parameters")]
pub struct NotReplaced;

/// Replaces a reference that [`super::drs_references`] found by `staged`. A CWL File or Directory gets the path as its `path`, loses its
/// `location`, and keeps its own `basename` if it has one. Any other string becomes the path.
///
/// # Errors
/// [`NotReplaced`] if `pointer` does not lead to a `drs://` string. `params` is then unchanged.
pub fn replace(params: &mut Value, pointer: &str, staged: &StagedFile) -> Result<(), NotReplaced> {
    let found = params.pointer(pointer).and_then(Value::as_str).is_some_and(is_drs);
    if !found {
        return Err(NotReplaced);
    }
    let (parent, member) = pointer.rsplit_once('/').unwrap_or(("", ""));
    if let Some(Value::Object(members)) = params.pointer_mut(parent)
        && !pointer.is_empty()
        && (member == "location" || member == "path")
        && cwl_class(members).is_some()
    {
        members.remove("location");
        members.insert("path".to_owned(), Value::String(staged.path.clone()));
        if let Some(basename) = &staged.basename {
            members.entry("basename").or_insert_with(|| Value::String(basename.clone()));
        }
        return Ok(());
    }
    let place = params.pointer_mut(pointer).ok_or(NotReplaced)?;
    *place = Value::String(staged.path.clone());
    Ok(())
}
