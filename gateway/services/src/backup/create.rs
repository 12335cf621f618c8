//! Makes a back-up.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use gemj_access::{CapabilityKey, Upkeep};
use gemj_catalogue::{Catalogue, StoredKeys};

use super::fault::BackupFault;
use super::folder::Folder;
use super::key_archive::{self, KeyFile};
use super::manifest::{DatabaseState, FORMAT, FileState, Manifest, state_of_file};
use super::run_files::RunFiles;
use super::{DATABASE, KEYS, MANIFEST, MANIFEST_CODE, OBJECTS, RUNS, run_files};
use crate::Stores;

/// The context of the manifest's authentication code.
pub(super) const CODE: &str = "backup-manifest-1";

/// What a back-up contains.
pub struct Sources<'a> {
    /// The stores; absent for a back-up of the configuration and keys alone.
    pub stores: Option<&'a Stores>,
    /// The folder of workflow runs; absent if none is configured.
    pub runs: Option<&'a Path>,
    /// The configuration and the files that it names.
    pub keys: &'a [KeyFile],
    /// The passphrase of the key archive.
    pub passphrase: &'a str,
    /// The installation's key, for the manifest's authentication code.
    pub key: &'a CapabilityKey,
    /// The version of the gateway.
    pub gateway: &'a str,
    /// The time at which the back-up begins (RFC 3339).
    pub begun: String,
}

/// Makes a back-up in a new or empty folder. Other processes may read and write meanwhile. The manifest is written last, so an interrupted back-up has
/// none. `progress` receives the number of files copied so far and the number of all files.
///
/// # Errors
/// [`BackupFault`]. The incomplete folder remains.
pub async fn create(sources: &Sources<'_>, upkeep: Upkeep, folder: &Path, progress: impl Fn(u64, u64)) -> Result<Manifest, BackupFault> {
    private_folder(folder)?;
    if std::fs::read_dir(folder).map_err(BackupFault::of(folder))?.next().is_some() {
        return Err(BackupFault::NotEmpty(folder.to_owned()));
    }
    let mut files = BTreeMap::new();
    let path = folder.join(KEYS);
    let sealed = key_archive::seal(sources.keys, sources.passphrase).map_err(|fault| BackupFault::Keys(path.clone(), fault))?;
    write_new(&path, &sealed)?;
    files.insert(KEYS.to_owned(), state_of_file(&path)?);
    let mut database = None;
    let mut in_runs = RunFiles::default();
    if let Some(stores) = sources.stores {
        // The database is copied first. Stored files never change, so the later copies are exactly the files that the database names.
        let needed = copy_database(&stores.catalogue, upkeep, &folder.join(DATABASE)).await?;
        files.insert(DATABASE.to_owned(), state_of_file(&folder.join(DATABASE))?);
        database = Some(DatabaseState {
            epoch: needed.state.epoch,
            generation: needed.state.generation,
        });
        copy_objects(stores, upkeep, needed, folder, &mut files, progress).await?;
        if let Some(runs) = sources.runs {
            in_runs = run_files::list(runs)?;
            copy_runs(runs, folder, &mut in_runs, &mut files)?;
        }
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        gateway: sources.gateway.to_owned(),
        begun: sources.begun.clone(),
        database,
        files,
        links: in_runs.links,
        left_out: in_runs.left_out,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|_| BackupFault::Manifest(folder.join(MANIFEST)))?;
    let code = hex::encode(sources.key.mac(CODE, &text));
    write_new(&folder.join(MANIFEST_CODE), format!("{code}\n").as_bytes())?;
    write_new(&folder.join(MANIFEST), &text)?;
    let sync = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    sync.map_err(BackupFault::of(folder))?;
    Ok(manifest)
}

/// Copies the database, and reads from the copy which stored files it needs.
async fn copy_database(catalogue: &Catalogue, upkeep: Upkeep, path: &Path) -> Result<StoredKeys, BackupFault> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    catalogue.copy_to(upkeep, path).await?;
    let copy = Catalogue::open(&format!("sqlite:{}", path.display()), 2).await?;
    let needed = copy.stored_keys(upkeep).await;
    copy.close().await;
    let needed = needed?;
    // An SQLite database in use has files beside it. The closed copy needs none of them.
    for suffix in [".lock", ".consent", "-wal", "-shm"] {
        let beside = PathBuf::from(format!("{}{suffix}", path.display()));
        match std::fs::metadata(&beside) {
            Ok(found) if suffix == "-wal" && found.len() > 0 => return Err(BackupFault::Added(beside)),
            Ok(_) => std::fs::remove_file(&beside).map_err(BackupFault::of(&beside))?,
            Err(_) => {}
        }
    }
    let sync = std::fs::File::open(path).and_then(|file| file.sync_all());
    sync.map_err(BackupFault::of(path))?;
    Ok(needed)
}

async fn copy_objects(
    stores: &Stores,
    upkeep: Upkeep,
    needed: StoredKeys,
    folder: &Path,
    files: &mut BTreeMap<String, FileState>,
    progress: impl Fn(u64, u64),
) -> Result<(), BackupFault> {
    let total = needed.keys.len() as u64;
    for (stored, number) in needed.keys.into_iter().zip(1..) {
        let name = format!("{OBJECTS}/{}", stored.key);
        let found = match files.get(&name) {
            // Two rows can name the same bytes.
            Some(found) => found.clone(),
            None => {
                let copied = stores.objects.copy_out(upkeep, &stored.key, &folder.join(&name)).await;
                let copied = copied.map_err(|error| BackupFault::Object {
                    key: stored.key.clone(),
                    error,
                })?;
                FileState {
                    size_bytes: copied.size_bytes,
                    sha256: copied.sha256,
                }
            }
        };
        if let Some((size_bytes, sha256)) = stored.content
            && (found.size_bytes, &found.sha256) != (size_bytes, &sha256)
        {
            return Err(BackupFault::DamagedObject { key: stored.key });
        }
        files.insert(name, found);
        progress(number, total);
    }
    Ok(())
}

/// Copies the files of runs. An active run can remove its own files, or replace them by links, at any time.
fn copy_runs(runs: &Path, folder: &Path, found: &mut RunFiles, files: &mut BTreeMap<String, FileState>) -> Result<(), BackupFault> {
    if found.files.is_empty() {
        return Ok(());
    }
    let from = Folder::open(runs).map_err(BackupFault::of(runs))?;
    for name in &found.files {
        match from.file(name) {
            Err(BackupFault::Missing(_)) => {}
            Err(BackupFault::NotRegular(_)) => found.left_out.push(name.clone()),
            file => {
                let copied = file?.copy_as_opened(&folder.join(RUNS).join(name))?;
                files.insert(format!("{RUNS}/{name}"), copied);
            }
        }
    }
    Ok(())
}

/// Creates a folder, and its parents, that only the owner can enter.
pub(super) fn private_folder(folder: &Path) -> Result<(), BackupFault> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(BackupFault::of(folder))
}

/// Writes and syncs a new file that only the owner can read.
pub(super) fn write_new(path: &Path, content: &[u8]) -> Result<(), BackupFault> {
    let mut file = new_file(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    written.map_err(BackupFault::of(path))
}

/// Makes a new file that only the owner can read.
pub(super) fn new_file(path: &Path) -> Result<std::fs::File, BackupFault> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(BackupFault::of(path))
}
