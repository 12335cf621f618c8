//! Evidence about the identity of the participants in files: fingerprints of genotypes, and the findings of the checks at loading. All evidence
//! is participants' genomic data. It is read under keys, and is deleted when its file is unloaded. Fingerprints never leave the gateway.

mod findings;
mod fingerprints;
mod held;

use gemj_model::ObjectId;

use crate::allele_names::NamingFile;
use crate::database::Value;
use crate::error::CatalogueError;
use crate::object_index::IndexedFile;
use crate::write::Write;

pub use findings::{FindingKind, NewFinding, SampleFinding};
pub use fingerprints::{NewFingerprint, StoredFingerprint};
pub use held::HeldObject;

/// The evidence and other results that the loader obtained by reading a new file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleEvidence {
    /// The genotype fingerprints of the file's columns. A column may have none.
    pub fingerprints: Vec<NewFingerprint>,
    /// The findings of the checks at loading.
    pub findings: Vec<NewFinding>,
    /// The reason why the file is on hold from its registration; absent if the file is served. The text names no participant.
    pub hold: Option<String>,
    /// The generation at which the last file had been registered when the fingerprints were compared; absent if they were not compared.
    pub compared_up_to: Option<i64>,
    /// The stored names that the file uses for alleles; absent if the file uses none.
    pub names: Option<NamingFile>,
    /// The records of the file that have no entry in the carrier index: the number of records for each reason.
    pub left_out: Vec<(String, u64)>,
    /// How the carrier index was made of the file; absent for a file of reads.
    pub indexed: Option<IndexedFile>,
}

/// The SQL statement that reads the generation at which the last file was registered; 0 if there is no file.
pub(crate) const LAST_REGISTRATION: &str = "SELECT COALESCE(MAX(generation), 0) FROM data_object";

/// Stores the evidence of a file that is being registered.
pub(crate) async fn add(write: &mut Write, object: &ObjectId, evidence: &SampleEvidence) -> Result<(), CatalogueError> {
    fingerprints::add(write, object, &evidence.fingerprints).await?;
    findings::add(write, object, &evidence.findings).await
}

/// Rejects evidence if a file was registered after the comparison of the fingerprints, because the new file was not compared with that file.
///
/// # Errors
/// [`CatalogueError::Conflict`] `compared`.
pub(crate) async fn check_compared(write: &mut Write, evidence: &SampleEvidence) -> Result<(), CatalogueError> {
    if let Some(compared) = evidence.compared_up_to {
        let last = write.transaction.fetch_first(LAST_REGISTRATION, Vec::new()).await?;
        let last = last.ok_or(CatalogueError::Corrupt { what: "generation" })?.int(0, "generation")?;
        if last != compared {
            return Err(CatalogueError::Conflict { field: "compared" });
        }
    }
    Ok(())
}

/// Deletes all evidence of a file. Also deletes a steward's acceptance of the file's match that was recorded when the file was released.
/// Findings of other files that refer to this file stay, because they are the reason why the other files were held.
pub(crate) async fn forget(write: &mut Write, object: &ObjectId) -> Result<(), CatalogueError> {
    let id = || vec![Value::from(object.as_str())];
    for sql in [
        "DELETE FROM genotype_fingerprint WHERE object = $1",
        "DELETE FROM genotype_band WHERE object = $1",
        "DELETE FROM sample_finding WHERE object = $1",
        "DELETE FROM accepted_likeness WHERE object = $1",
    ] {
        write.transaction.execute(sql, id()).await?;
    }
    Ok(())
}

/// Records that a steward accepts the match of the genotypes of a released file with files of other participants. From then on, a match
/// between a file of the participant and a file of one of these other participants holds no file. A match with an unloaded file is ignored.
pub(crate) async fn accept(write: &mut Write, object: &ObjectId, now: gemj_model::Timestamp) -> Result<(), CatalogueError> {
    let sql = "SELECT DISTINCT a.ordinal, b.ordinal FROM sample_finding f \
               JOIN object_sample a ON a.object = f.object AND a.position = f.position \
               JOIN object_sample b ON b.object = f.other_object AND b.position = f.other_position \
               JOIN data_object o ON o.id = f.other_object AND o.status <> 'unloaded' \
               WHERE f.object = $1 AND f.kind = $2 AND a.ordinal IS NOT NULL AND b.ordinal IS NOT NULL";
    let kind = FindingKind::SameGenotypes.as_str();
    let rows = write.transaction.fetch_all(sql, vec![object.as_str().into(), kind.into()]).await?;
    for row in rows {
        let (a, b) = (row.ordinal(0)?, row.ordinal(1)?);
        let (one, other) = (a.min(b), a.max(b));
        let sql = "INSERT INTO accepted_likeness (one, other, object, recorded) SELECT $1, $2, $3, $4 \
                   WHERE NOT EXISTS (SELECT 1 FROM accepted_likeness WHERE one = $1 AND other = $2 AND object = $3)";
        let arguments = vec![one.0.into(), other.0.into(), object.as_str().into(), now.into()];
        write.transaction.execute(sql, arguments).await?;
    }
    Ok(())
}
