//! Renames the stored units of feeds, so that no name can be found by trial.

use gemj_access::{Mandate, WriteAction};

use crate::catalogue::Catalogue;
use crate::database::{Value, giving_way};
use crate::error::CatalogueError;

/// The maximum number of units that one transaction renames.
const AT_ONCE: i64 = 5000;

impl Catalogue {
    /// Renames every named unit whose name does not begin with `prefix` (action `Ingest`). `rename` gives the new name, which must begin with
    /// `prefix`. An interrupted call renames the remaining units when it is repeated. Returns the number of renamed units.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn rename_units(
        &self,
        mandate: &Mandate,
        prefix: &str,
        rename: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<u64, CatalogueError> {
        let mut renamed = 0;
        loop {
            let count = giving_way!(self.rename_once(mandate, prefix, rename))?;
            if count == 0 {
                return Ok(renamed);
            }
            renamed += count;
        }
    }

    async fn rename_once(&self, mandate: &Mandate, prefix: &str, rename: &(dyn Fn(&str) -> String + Sync)) -> Result<u64, CatalogueError> {
        let find = "SELECT id, unit FROM fact_source WHERE unit <> '' AND unit NOT LIKE $1 ORDER BY id LIMIT $2";
        let pattern = Value::outside(&format!("{prefix}%"), "prefix")?;
        let arguments = || vec![pattern.clone(), AT_ONCE.into()];
        if self.database.fetch_all(find, arguments()).await?.is_empty() {
            return Ok(0);
        }
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        let rows = write.transaction.fetch_all(find, arguments()).await?;
        for row in &rows {
            let name = rename(&row.text(1, "unit")?);
            if !name.starts_with(prefix) {
                return Err(CatalogueError::Invalid { field: "unit" });
            }
            let update = "UPDATE fact_source SET unit = $2 WHERE id = $1";
            let arguments = vec![row.int(0, "source")?.into(), Value::outside(&name, "unit")?];
            write.transaction.execute(update, arguments).await?;
        }
        let count = rows.len() as u64;
        write.commit(self, mandate, "unit-names", count).await?;
        Ok(count)
    }
}
