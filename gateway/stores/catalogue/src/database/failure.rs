//! What the driver's errors mean for the catalogue.

use sqlx::error::{DatabaseError, ErrorKind};

use crate::error::CatalogueError;

/// Maps a driver's error. Its text is not kept: it can quote a row. The code goes to the log.
pub(crate) fn failure(error: sqlx::Error) -> CatalogueError {
    match error {
        sqlx::Error::Database(error) => database(error.as_ref()),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
            CatalogueError::Corrupt { what: "row" }
        }
        sqlx::Error::Io(error) => {
            tracing::error!(kind = ?error.kind(), "catalogue: the database's connection failed");
            CatalogueError::Unavailable
        }
        sqlx::Error::PoolTimedOut => {
            tracing::error!("catalogue: no database connection became free in time");
            CatalogueError::Unavailable
        }
        sqlx::Error::Tls(_) => {
            tracing::error!("catalogue: TLS to the database failed");
            CatalogueError::Unavailable
        }
        _ => {
            // The driver's set is open. Whatever else it is, nothing was answered, so that nothing is served.
            tracing::error!("catalogue: the database driver failed");
            CatalogueError::Unavailable
        }
    }
}

fn database(error: &dyn DatabaseError) -> CatalogueError {
    let code = error.code().map(|c| c.into_owned()).unwrap_or_default();
    tracing::error!(
        code,
        table = error.table().unwrap_or_default(),
        "catalogue: the database refused a statement"
    );
    match error.kind() {
        // Writes check what they would violate before, under the state row's lock: a violation that is left is a broken row.
        ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation | ErrorKind::NotNullViolation | ErrorKind::CheckViolation => {
            CatalogueError::Corrupt { what: "constraint" }
        }
        _ => CatalogueError::Unavailable,
    }
}
