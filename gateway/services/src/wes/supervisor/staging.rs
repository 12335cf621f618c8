//! Copies the inputs of a run to a folder where the engine can read them.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use ga4gh_drs::DrsUri;
use ga4gh_wes::{DrsInput, DrsPlace, StagedFile, drs_references, replace};
use gemj_catalogue::{CatalogueError, Run};
use gemj_model::{DataObject, FileFormat, ObjectId};
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt as _;

use super::inputs::{Decided, NotDecided};
use super::{Supervision, notes};
use crate::wes::request::StoredRequest;
use crate::wes::run_files::{RunFiles, write_new};

/// A run whose inputs are in place, ready for the engine.
pub(super) struct Staged {
    pub(super) request: StoredRequest,
    /// The run's parameters, with file paths in place of `drs://` references.
    pub(super) params: Map<String, Value>,
    /// The paths of the files that the run may read.
    pub(super) paths: Vec<PathBuf>,
}

/// Why the inputs of a run cannot be staged.
pub(super) enum Unstaged {
    /// Staging is impossible for this permanent reason.
    Refused(&'static str),
    /// A store failed. Staging is tried again later.
    Store(CatalogueError),
}

/// The paths of a staged file and of its index.
struct Pair {
    file: PathBuf,
    index: PathBuf,
    index_extension: &'static str,
}

impl Supervision {
    /// Decides the inputs of a run again, copies each input with its index read-only into the run's folder, and writes the paths into the
    /// parameters.
    pub(super) async fn stage(&self, run: &Run, files: &RunFiles) -> Result<Staged, Unstaged> {
        let request: StoredRequest = serde_json::from_str(&run.request).map_err(|_| Unstaged::Refused(notes::UNREADABLE))?;
        let decided = self.decide_for_start(run).await.map_err(|why| match why {
            NotDecided::Denied => Unstaged::Refused(notes::WITHDRAWN),
            NotDecided::Expired => Unstaged::Refused(notes::EXPIRED),
            NotDecided::Store(error) => Unstaged::Store(error),
        })?;
        let made = files.clone();
        self.on_disk(move || {
            // Files of an earlier attempt may be incomplete, so they are removed first.
            made.remove_inputs()?;
            std::fs::DirBuilder::new().mode(0o700).create(made.inputs())
        })
        .await
        .map_err(Unstaged::Store)?;
        let mut staged = HashMap::new();
        for (number, input) in decided.iter().enumerate() {
            let pair = self.stage_one(input, number, &files.inputs()).await?;
            staged.insert(input.object.clone(), pair);
        }
        let params = with_paths(&request, &staged).ok_or(Unstaged::Refused(notes::UNREADABLE))?;
        let paths = staged.into_values().flat_map(|pair| [pair.file, pair.index]).collect();
        Ok(Staged { request, params, paths })
    }

    async fn stage_one(&self, input: &Decided, number: usize, folder: &Path) -> Result<Pair, Unstaged> {
        let object = self.stores.catalogue.object(&input.grant, &input.object).await;
        let object = object.map_err(Unstaged::Store)?.ok_or(Unstaged::Refused(notes::WITHDRAWN))?;
        let pair = pair_of(&object, number, folder);
        let copied = self.copy(input, &object, &pair).await;
        copied.map_err(|error| {
            tracing::error!(object = object.id.as_str(), %error, "an input cannot be staged");
            Unstaged::Refused(notes::UNSTAGED)
        })?;
        tracing::debug!(holder = input.holder.pseudonym, object = object.id.as_str(), "an input is staged");
        Ok(pair)
    }

    /// Copies a file and its index. The stream of the file ends with an error if the file's checksum is wrong.
    async fn copy(&self, input: &Decided, object: &DataObject, pair: &Pair) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let index = self.stores.objects.read_object_index(&input.grant, object).await?;
        let bytes = self
            .stores
            .objects
            .read_object_range(&input.grant, object, 0..object.size_bytes)
            .await?;
        let mut bytes = Box::pin(bytes);
        let mut file = tokio::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&pair.file)
            .await?;
        while let Some(chunk) = bytes.next().await {
            file.write_all(&chunk?).await?;
        }
        file.flush().await?;
        drop(file);
        let pair = (pair.file.clone(), pair.index.clone());
        let finished = tokio::task::spawn_blocking(move || {
            std::fs::set_permissions(&pair.0, std::fs::Permissions::from_mode(0o400))?;
            // The index is written last, because tools refuse an index that looks older than its file.
            write_new(&pair.1, &index)
        });
        finished.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        Ok(())
    }
}

/// The paths of a staged file and its index. The names consist of the object's id (or of `input-` and `number`, if the id has other
/// characters than a plain file name) and the usual extensions of the formats.
fn pair_of(object: &DataObject, number: usize, folder: &Path) -> Pair {
    let extension = match object.format {
        FileFormat::Bam => "bam",
        FileFormat::Cram => "cram",
        FileFormat::Vcf => "vcf.gz",
        FileFormat::Bcf => "bcf",
    };
    let id = object.id.as_str();
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) && !id.starts_with(['.', '-']);
    let stem = if plain { id.to_owned() } else { format!("input-{number}") };
    let index_extension = object.index_format.as_str();
    let name = format!("{stem}.{extension}");
    Pair {
        index: folder.join(format!("{name}.{index_extension}")),
        file: folder.join(name),
        index_extension,
    }
}

/// The parameters with the paths of the staged files; absent if a parameter names a file that was not staged.
fn with_paths(request: &StoredRequest, staged: &HashMap<ObjectId, Pair>) -> Option<Map<String, Value>> {
    let mut params = Value::Object(request.request.workflow_params.clone());
    for reference in drs_references(&params) {
        let Ok(DrsUri::Hostname { object_id, .. }) = DrsUri::parse(&reference.uri) else {
            return None;
        };
        let pair = staged.get(&ObjectId::parse(object_id.as_str()).ok()?)?;
        let file = StagedFile {
            path: pair.file.to_str()?.to_owned(),
            basename: None,
        };
        replace(&mut params, &reference.pointer, &file).ok()?;
        add_index(&mut params, &reference, pair)?;
    }
    match params {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Adds the index of a CWL File as a secondary file, unless the File already lists secondary files.
fn add_index(params: &mut Value, reference: &DrsInput, pair: &Pair) -> Option<()> {
    if reference.place != DrsPlace::File {
        return Some(());
    }
    let (parent, _) = reference.pointer.rsplit_once('/')?;
    let Some(Value::Object(file)) = params.pointer_mut(parent) else {
        return None;
    };
    if file.contains_key("secondaryFiles") {
        return Some(());
    }
    let mut index = json!({"class": "File", "path": pair.index.to_str()?});
    if let Some(basename) = file.get("basename").and_then(Value::as_str) {
        index["basename"] = format!("{basename}.{}", pair.index_extension).into();
    }
    file.insert("secondaryFiles".to_owned(), Value::Array(vec![index]));
    Some(())
}
