//! Maps the driver's errors to errors of the catalogue.

use sqlx::error::{DatabaseError, ErrorKind};

use crate::error::CatalogueError;

/// Maps a driver's error. The text is dropped, because the text can quote a row. The code is logged.
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
            // The driver's set of errors is open. Any other error means that no answer came, so the request must be refused.
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
        // Writes check for violations first, under the state row's lock. A remaining violation therefore means a broken row.
        ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation | ErrorKind::NotNullViolation | ErrorKind::CheckViolation => {
            CatalogueError::Corrupt { what: "constraint" }
        }
        _ => CatalogueError::Unavailable,
    }
}
