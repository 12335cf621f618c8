//! The lock by which one gateway at a time serves an SQLite database.
//!
//! Budgets, query counts and the audit of a serving gateway expect that no second server uses the same SQLite file; several servers need PostgreSQL.
//! Commands beside a serving gateway do not take this lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::operator_error::OperatorError;

/// The lock of a serving gateway. The kernel releases it when the process ends, also after a crash.
#[derive(Debug)]
pub(crate) struct ServesAlone(#[expect(dead_code, reason = "the open file holds the lock")] Option<File>);

/// Takes the lock of the database's file. A PostgreSQL database needs none.
///
/// # Errors
/// Another gateway serves this database, or the file of the lock cannot be opened.
pub(crate) fn serve_alone(database_url: &str) -> anyhow::Result<ServesAlone> {
    let Some(database) = database_url.strip_prefix("sqlite:") else {
        return Ok(ServesAlone(None));
    };
    // Two paths can lead to one database, for example through a symbolic link.
    let database = Path::new(database).canonicalize().unwrap_or_else(|_| PathBuf::from(database));
    let path = PathBuf::from(format!("{}.serving", database.display()));
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = file.with_context(|| format!("{}: the lock of the serving gateway", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(ServesAlone(Some(file))),
        Err(TryLockError::WouldBlock) => Err(OperatorError::ServedAlready {
            database: database.display().to_string(),
        }
        .into()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{}: the lock of the serving gateway", path.display())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_second_lock_of_one_database_is_refused_also_through_a_link_until_the_first_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let (database, link) = (folder.path().join("a.db"), folder.path().join("b.db"));
        std::fs::write(&database, "").unwrap();
        std::os::unix::fs::symlink(&database, &link).unwrap();
        let url = |path: &Path| format!("sqlite:{}", path.display());
        let first = serve_alone(&url(&database)).unwrap();
        for path in [&database, &link] {
            let refused = serve_alone(&url(path)).unwrap_err().to_string();
            assert!(refused.contains("another gateway") && refused.contains("PostgreSQL"), "{refused}");
        }
        drop(first);
        assert!(serve_alone(&url(&link)).is_ok());
        assert!(serve_alone("postgres://localhost/gateway").is_ok());
    }
}
