//! Back-ups of an installation: a folder with a copy of the database, the stored files, the files of runs, and the encrypted keys.
//!
//! | file | content |
//! | --- | --- |
//! | `manifest.json` | every other file with its size and SHA-256, and the state of the database |
//! | `manifest.mac` | the authentication code of the manifest, made with the installation's key |
//! | `keys.sealed` | the configuration and the files that it names, encrypted with a passphrase ([`key_archive`]) |
//! | `database/gateway.db` | a consistent copy of the SQLite database |
//! | `objects/KEY` | the bytes in the object store, under their keys |
//! | `runs/PATH` | the folder of workflow runs |

mod check;
mod create;
mod fault;
mod folder;
pub mod key_archive;
pub mod manifest;
mod restore;
mod run_files;
mod unfinished;

pub use check::Opened;
pub use create::{Sources, create};
pub use fault::BackupFault;
pub use restore::{Places, restore_files};
pub use unfinished::Unfinished;

/// The manifest's name.
const MANIFEST: &str = "manifest.json";
/// The name of the file with the manifest's authentication code.
const MANIFEST_CODE: &str = "manifest.mac";
/// The name of the file with the encrypted configuration and keys.
const KEYS: &str = "keys.sealed";
/// The path of the copy of the database.
const DATABASE: &str = "database/gateway.db";
/// The folder of the stored files.
const OBJECTS: &str = "objects";
/// The folder of the files of runs.
const RUNS: &str = "runs";

#[cfg(test)]
mod tests;
