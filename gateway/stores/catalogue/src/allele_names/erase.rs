//! Deletes the allele names of files that no longer count. All writes wait for one another, and a withdrawal must not wait long. Therefore each
//! part of the names is deleted in a separate write. If a process stops between two parts, the next run deletes the rest.

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{ObjectId, Timestamp};

use super::packed::unpacked;
use super::state::put_bits;
use super::{NamingFile, NamingState, set_served};
use crate::catalogue::{Catalogue, check_job};
use crate::database::{MAX_PARAMETERS, Transaction, Value, placeholders};
use crate::error::CatalogueError;
use crate::write::{Write, lock_state};

impl Catalogue {
    /// Marks for deletion the names that a load stored for a file, because the file was not registered (action `Load`). The names of a
    /// registered file do not change.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn abandon_allele_names(&self, mandate: &Mandate, file: NamingFile) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Load]).await?;
        let sql = "UPDATE naming_file SET state = $1 WHERE number = $2 AND state = $3";
        let arguments = vec![
            NamingState::Erasing.as_str().into(),
            file.value(),
            NamingState::Stating.as_str().into(),
        ];
        let given_up = write.transaction.execute(sql, arguments).await?;
        write
            .commit(self, mandate, "names of alleles of a file that was not loaded", given_up)
            .await?;
        Ok(())
    }

    /// Deletes all allele names that are due for deletion (job `IndexFiles`): names of unloaded files, of abandoned loads, and of interrupted
    /// loads. A load counts as interrupted if its file is not registered and the load has stated no name since `abandoned_before`. Returns the
    /// number of files (one for each load) whose names were deleted. Several calls may run at the same time, also beside other writes. A run
    /// continues the work of an interrupted run.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn erase_allele_names(&self, upkeep: Upkeep, abandoned_before: Timestamp) -> Result<u64, CatalogueError> {
        let mut gone = 0;
        for file in self.allele_names_to_erase(upkeep, abandoned_before).await? {
            while self.erase_allele_names_part(upkeep, file).await? {}
            gone += 1;
        }
        Ok(gone)
    }

    /// The files (one for each load) whose names are due for deletion, in the order of their numbers (job `IndexFiles`). First sets the missing
    /// bits: an older version of the gateway stored the names of a file only as lists, without bits.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn allele_names_to_erase(&self, upkeep: Upkeep, abandoned_before: Timestamp) -> Result<Vec<NamingFile>, CatalogueError> {
        check_job(upkeep, &[Job::IndexFiles])?;
        loop {
            let mut transaction = self.database.begin_write().await?;
            lock_state(&mut transaction).await?;
            let filled = fill_part(&mut transaction).await?;
            transaction.commit().await?;
            if !filled {
                break;
            }
        }
        let mut transaction = self.database.begin_write().await?;
        lock_state(&mut transaction).await?;
        let sql = "UPDATE naming_file SET state = $1 WHERE state = $2 AND state <> 'stated' AND renewed < $3";
        let (erasing, stating) = (NamingState::Erasing.as_str(), NamingState::Stating.as_str());
        let arguments = vec![erasing.into(), stating.into(), abandoned_before.into()];
        transaction.execute(sql, arguments).await?;
        let sql = "SELECT number FROM naming_file WHERE state = $1 AND state <> 'stated' ORDER BY number";
        let rows = transaction.fetch_all(sql, vec![erasing.into()]).await?;
        transaction.commit().await?;
        rows.iter().map(|row| NamingFile::of(row, 0)).collect()
    }

    /// Deletes the next part of a file's names, in one short write (job `IndexFiles`). Returns false if no part was left to delete.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `names` for a file whose names are not marked for deletion; the database does not answer or cannot be read.
    pub async fn erase_allele_names_part(&self, upkeep: Upkeep, file: NamingFile) -> Result<bool, CatalogueError> {
        check_job(upkeep, &[Job::IndexFiles])?;
        let mut transaction = self.database.begin_write().await?;
        lock_state(&mut transaction).await?;
        let sql = "SELECT state FROM naming_file WHERE number = $1";
        let Some(row) = transaction.fetch_first(sql, vec![file.value()]).await? else {
            return Ok(false);
        };
        if row.text(0, "naming file")? != NamingState::Erasing.as_str() {
            return Err(CatalogueError::Conflict { field: "names" });
        }
        let sql = "SELECT part, numbers FROM naming_list WHERE file = $1 ORDER BY part DESC LIMIT 1";
        let Some(list) = transaction.fetch_first(sql, vec![file.value()]).await? else {
            let sql = "DELETE FROM naming_file WHERE number = $1";
            transaction.execute(sql, vec![file.value()]).await?;
            transaction.commit().await?;
            return Ok(false);
        };
        let (part, numbers) = (list.int(0, "names of a file")?, numbers_of(&list.bytes(1, "names of a file")?)?);
        for some in numbers.chunks(MAX_PARAMETERS - 2) {
            clear_bits(&mut transaction, file, some).await?;
        }
        let sql = "DELETE FROM naming_list WHERE file = $1 AND part = $2";
        transaction.execute(sql, vec![file.value(), part.into()]).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Marks the names of a file for deletion, and deletes the counts of the file's records without an entry in the carrier index. Called in the
/// write that unloads the file.
pub(crate) async fn begin_erasing(write: &mut Write, object: &ObjectId) -> Result<(), CatalogueError> {
    set_served(write, object, false).await?;
    let sql = "UPDATE naming_file SET state = $1 WHERE object = $2 AND state = $3";
    let (erasing, stated) = (NamingState::Erasing.as_str(), NamingState::Stated.as_str());
    let arguments = vec![erasing.into(), object.as_str().into(), stated.into()];
    write.transaction.execute(sql, arguments).await?;
    let sql = "DELETE FROM file_left_out WHERE object = $1";
    write.transaction.execute(sql, vec![object.as_str().into()]).await?;
    Ok(())
}

/// Clears a file's bit in the rows of these names. A name whose bits are then all clear is deleted.
async fn clear_bits(transaction: &mut Transaction, file: NamingFile, numbers: &[i64]) -> Result<(), CatalogueError> {
    let named = || numbers.iter().map(|number| Value::from(*number));
    let sql = format!(
        "UPDATE allele_name_files SET files = files & $1 WHERE block = $2 AND name IN ({})",
        placeholders(3, numbers.len())
    );
    let arguments = [(!file.bit()).into(), file.block().into()].into_iter().chain(named());
    transaction.execute_of(sql, arguments.collect()).await?;
    let sql = format!(
        "DELETE FROM allele_name_files WHERE files = 0 AND block = $1 AND name IN ({})",
        placeholders(2, numbers.len())
    );
    let arguments = [Value::from(file.block())].into_iter().chain(named());
    transaction.execute_of(sql, arguments.collect()).await?;
    let sql = format!(
        "DELETE FROM allele_name WHERE number IN ({}) AND NOT EXISTS (SELECT 1 FROM allele_name_files f WHERE f.name = allele_name.number)",
        placeholders(1, numbers.len())
    );
    transaction.execute_of(sql, named().collect()).await?;
    Ok(())
}

/// Sets the bits for one list of names that an older version of the gateway stored without bits. Returns false if no list without bits is left.
async fn fill_part(transaction: &mut Transaction) -> Result<bool, CatalogueError> {
    let sql = "SELECT file, part, numbers FROM naming_list WHERE NOT filled ORDER BY file, part LIMIT 1";
    let Some(row) = transaction.fetch_first(sql, Vec::new()).await? else {
        return Ok(false);
    };
    let (file, part) = (NamingFile::of(&row, 0)?, row.int(1, "names of a file")?);
    put_bits(transaction, file, &numbers_of(&row.bytes(2, "names of a file")?)?).await?;
    let sql = "UPDATE naming_list SET filled = TRUE WHERE file = $1 AND part = $2";
    transaction.execute(sql, vec![file.value(), part.into()]).await?;
    Ok(true)
}

fn numbers_of(bytes: &[u8]) -> Result<Vec<i64>, CatalogueError> {
    unpacked(bytes).ok_or(CatalogueError::Corrupt { what: "names of a file" })
}
