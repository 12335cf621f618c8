//! The bits that mark the files whose allele names count. The bits change in the same writes as the rows of the files.

use gemj_model::{DatasetId, ObjectId, ReleaseId};

use super::{NamingFile, NamingState};
use crate::database::Value;
use crate::error::CatalogueError;
use crate::evidence::SampleEvidence;
use crate::write::Write;

/// Binds the names that a load stored for a file to the file's row, which the same write registers. Also stores the numbers of records that the
/// load left out of the carrier index. From then on the names count if the file is served.
///
/// # Errors
/// [`CatalogueError::Conflict`] `names` if the names were abandoned or were stated for another file or dataset.
pub(crate) async fn register(
    write: &mut Write,
    object: &ObjectId,
    dataset: &DatasetId,
    evidence: &SampleEvidence,
) -> Result<(), CatalogueError> {
    if let Some(file) = evidence.names {
        let sql = "UPDATE naming_file SET state = $1 WHERE number = $2 AND object = $3 AND state = $4 \
                   AND EXISTS (SELECT 1 FROM naming_block b WHERE b.block = naming_file.block AND b.dataset = $5)";
        let arguments = vec![
            NamingState::Stated.as_str().into(),
            file.value(),
            object.as_str().into(),
            NamingState::Stating.as_str().into(),
            dataset.as_str().into(),
        ];
        if write.transaction.execute(sql, arguments).await? != 1 {
            return Err(CatalogueError::Conflict { field: "names" });
        }
        set_served(write, object, evidence.hold.is_none()).await?;
    }
    let sql = "DELETE FROM file_left_out WHERE object = $1";
    write.transaction.execute(sql, vec![object.as_str().into()]).await?;
    let mut rows: Vec<[Value; 3]> = Vec::with_capacity(evidence.left_out.len());
    for (reason, count) in &evidence.left_out {
        rows.push([
            object.as_str().into(),
            Value::outside(reason, "reason")?,
            Value::count(*count, "count")?,
        ]);
    }
    write.transaction.insert("file_left_out (object, reason, count)", rows).await
}

/// Sets whether the allele names of a registered file count. Does nothing for a file without allele names.
pub(crate) async fn set_served(write: &mut Write, object: &ObjectId, served: bool) -> Result<(), CatalogueError> {
    let sql = "SELECT number FROM naming_file WHERE object = $1 AND state = $2";
    let arguments = vec![object.as_str().into(), NamingState::Stated.as_str().into()];
    for row in write.transaction.fetch_all(sql, arguments).await? {
        let file = NamingFile::of(&row, 0)?;
        let (sql, bits) = if served {
            ("UPDATE naming_block SET served = served | $1 WHERE block = $2", file.bit())
        } else {
            ("UPDATE naming_block SET served = served & $1 WHERE block = $2", !file.bit())
        };
        write.transaction.execute(sql, vec![bits.into(), file.block().into()]).await?;
    }
    Ok(())
}

/// Stores the bits that mark the files of a release. Called in the write that creates the release.
pub(crate) async fn keep_release(write: &mut Write, release: &ReleaseId) -> Result<(), CatalogueError> {
    let sql = "INSERT INTO naming_release (release_id, block, files) \
               SELECT r.release_id, l.block, CAST(SUM(l.bit) AS BIGINT) FROM release_object r JOIN naming_file l ON l.object = r.object \
               WHERE r.release_id = $1 AND l.state = $2 GROUP BY r.release_id, l.block";
    let arguments = vec![release.as_str().into(), NamingState::Stated.as_str().into()];
    write.transaction.execute(sql, arguments).await?;
    Ok(())
}
