//! The handle on the catalogue.

use crate::error::CatalogueError;

/// The programme's catalogue in one database. Clones share its connections.
#[derive(Clone)]
pub struct Catalogue {}

impl Catalogue {
    /// Opens the database, creating the file (`sqlite:/absolute/path.db`) and bringing the schema up to date. Safe when several processes start at once.
    ///
    /// # Errors
    /// [`CatalogueError::BadUrl`], [`CatalogueError::Unavailable`], or [`CatalogueError::Schema`] for a database of another version.
    pub async fn open(url: &str, max_connections: u32) -> Result<Self, CatalogueError> {
        let _ = (url, max_connections);
        Err(CatalogueError::Unavailable)
    }
}
