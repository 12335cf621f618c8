//! Maps the driver's errors to errors of the catalogue.

use sqlx::error::{DatabaseError, ErrorKind};

use crate::error::CatalogueError;

/// Maps an error of the database driver to an error of the catalogue. The code is logged. The text is dropped, because it can quote a row.
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
            // The driver may add kinds of errors. Any other error means that the database gave no answer, so the request must be refused.
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
        // Writes check for violations first, while the state row is locked. A violation that the database still finds therefore means that a
        // stored row is broken.
        ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation | ErrorKind::NotNullViolation | ErrorKind::CheckViolation => {
            CatalogueError::Corrupt { what: "constraint" }
        }
        _ => CatalogueError::Unavailable,
    }
}
