use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Dir, FileType};
use serde_json::{Map, Value};

use super::below::open_below;
use super::{OutcomeError, OutcomeLimits, Output, OutputFile, OutputValue};
use crate::digest::sha256;

/// The maximum depth of folders below an output directory.
const MAX_FOLDER_DEPTH: usize = 64;

pub(super) struct Walk {
    root: PathBuf,
    limits: OutcomeLimits,
    total_bytes: u64,
    names: HashSet<String>,
    pub(super) outputs: Vec<Output>,
}

impl Walk {
    pub(super) fn new(root: PathBuf, limits: OutcomeLimits) -> Result<Self, OutcomeError> {
        Ok(Self {
            root,
            limits,
            total_bytes: 0,
            names: HashSet::new(),
            outputs: Vec::new(),
        })
    }

    /// Adds one member of the output object to the outputs. The function recurses as deep as the JSON, and the JSON parser limits that depth.
    pub(super) fn take(&mut self, name: &str, value: &Value) -> Result<(), OutcomeError> {
        match value {
            Value::Array(items) if !items.is_empty() => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| self.take(&format!("{name}/{index}"), item)),
            Value::Object(members) => match members.get("class").and_then(Value::as_str) {
                Some("File") => self.file_of(name, members),
                Some("Directory") => {
                    let relative = self.relative(name, members)?;
                    self.folder(name, &relative, 0)
                }
                Some(_) | None if members.is_empty() => self.push(name, OutputValue::Value(value.clone())),
                Some(_) | None => members
                    .iter()
                    .try_for_each(|(field, item)| self.take(&format!("{name}/{field}"), item)),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                self.push(name, OutputValue::Value(value.clone()))
            }
        }
    }

    fn push(&mut self, name: &str, value: OutputValue) -> Result<(), OutcomeError> {
        if self.outputs.len() >= self.limits.max_outputs {
            return Err(OutcomeError::TooMany {
                limit: self.limits.max_outputs,
            });
        }
        let name = name.to_owned();
        if !self.names.insert(name.clone()) {
            return Err(OutcomeError::Repeated { name });
        }
        self.outputs.push(Output { name, value });
        Ok(())
    }

    /// The path that the engine states for a File or Directory, relative to the output directory. The path is only
    /// checked as text; the file system is not read.
    fn relative(&self, name: &str, members: &Map<String, Value>) -> Result<PathBuf, OutcomeError> {
        let outside = || OutcomeError::Outside { name: name.to_owned() };
        let path = members.get("path").and_then(Value::as_str).ok_or_else(outside)?;
        let relative = Path::new(path).strip_prefix(&self.root).map_err(|_| outside())?;
        let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if plain { Ok(relative.to_owned()) } else { Err(outside()) }
    }

    fn file_of(&mut self, name: &str, members: &Map<String, Value>) -> Result<(), OutcomeError> {
        let relative = self.relative(name, members)?;
        self.file(name, relative)?;
        match members.get("secondaryFiles") {
            Some(Value::Array(files)) => files
                .iter()
                .enumerate()
                .try_for_each(|(index, file)| self.take(&format!("{name}/secondaryFiles/{index}"), file)),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) | None => Ok(()),
        }
    }

    fn file(&mut self, name: &str, relative: PathBuf) -> Result<(), OutcomeError> {
        let not_regular = || OutcomeError::NotRegular { name: name.to_owned() };
        let mut file = open_below(&self.root, &relative).map_err(|_| not_regular())?;
        let metadata = file.metadata().map_err(OutcomeError::Read)?;
        if !metadata.is_file() {
            return Err(not_regular());
        }
        let limit = self.limits.max_file_bytes;
        if metadata.len() > limit {
            return Err(OutcomeError::TooLarge { limit });
        }
        let limit = self.limits.max_total_bytes;
        self.total_bytes = self.total_bytes.saturating_add(metadata.len());
        if self.total_bytes > limit {
            return Err(OutcomeError::TooLarge { limit });
        }
        let (sha256, size_bytes) = sha256(&mut file).map_err(OutcomeError::Read)?;
        let path = relative;
        self.push(name, OutputValue::File(OutputFile { path, size_bytes, sha256 }))
    }

    /// Adds all files below a folder, sorted by name. The files are read from the disk, not from the engine's listing.
    fn folder(&mut self, name: &str, relative: &Path, depth: usize) -> Result<(), OutcomeError> {
        let not_regular = || OutcomeError::NotRegular { name: name.to_owned() };
        if depth > MAX_FOLDER_DEPTH {
            return Err(not_regular());
        }
        let folder = open_below(&self.root, relative).map_err(|_| not_regular())?;
        if !folder.metadata().map_err(OutcomeError::Read)?.is_dir() {
            return Err(not_regular());
        }
        let mut entries = Vec::new();
        for entry in Dir::read_from(&folder).map_err(|error| OutcomeError::Read(error.into()))? {
            let entry = entry.map_err(|error| OutcomeError::Read(error.into()))?;
            let segment = entry.file_name().to_str().map_err(|_| not_regular())?.to_owned();
            if segment == "." || segment == ".." {
                continue;
            }
            if entries.len() >= self.limits.max_outputs {
                return Err(OutcomeError::TooMany {
                    limit: self.limits.max_outputs,
                });
            }
            entries.push((segment, entry.file_type()));
        }
        drop(folder);
        if entries.is_empty() {
            return self.push(name, OutputValue::Value(Value::Object(Map::new())));
        }
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        for (segment, file_type) in entries {
            let (name, relative) = (format!("{name}/{segment}"), relative.join(&segment));
            // If the type of an entry is unknown, the entry is opened as a file. It is then rejected unless it is a regular file.
            if file_type == FileType::Directory {
                self.folder(&name, &relative, depth + 1)?;
            } else {
                self.file(&name, relative)?;
            }
        }
        Ok(())
    }
}
