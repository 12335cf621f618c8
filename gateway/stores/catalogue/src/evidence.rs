//! What files show of the people they are said to be of: fingerprints of genotypes, and what the checks at loading found. All of it is people's genomic
//! data: it is read under keys, never leaves as it is, and goes with its file.

mod findings;
mod fingerprints;
mod held;

use gemj_model::ObjectId;

use crate::allele_names::NamingFile;
use crate::database::Value;
use crate::error::CatalogueError;
use crate::write::Write;

pub use findings::{FindingKind, NewFinding, SampleFinding};
pub use fingerprints::{NewFingerprint, StoredFingerprint};
pub use held::HeldObject;

/// What was made of a new file while it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleEvidence {
    /// A fingerprint of each column that has one.
    pub fingerprints: Vec<NewFingerprint>,
    /// What was found.
    pub findings: Vec<NewFinding>,
    /// Why the file is held from the start; absent where it is served. Names nobody.
    pub hold: Option<String>,
    /// The last registration that the fingerprints were compared with; absent where they were not compared.
    pub compared_up_to: Option<i64>,
    /// What it was stated to call alleles; absent where it names none.
    pub names: Option<NamingFile>,
    /// What of it made no entry in the carrier index: reasons and how often.
    pub left_out: Vec<(String, u64)>,
}

/// The last generation at which a file was registered.
pub(crate) const LAST_REGISTRATION: &str = "SELECT COALESCE(MAX(generation), 0) FROM data_object";

/// Keeps what was found of a file that is being registered.
pub(crate) async fn add(write: &mut Write, object: &ObjectId, evidence: &SampleEvidence) -> Result<(), CatalogueError> {
    fingerprints::add(write, object, &evidence.fingerprints).await?;
    findings::add(write, object, &evidence.findings).await
}

/// Refuses evidence that rests on a comparison before the last registration: that file was not compared.
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

/// Takes away all that a file showed, and that its likeness was accepted when it was released. What was found of other files against it stays with them:
/// it is why they were held.
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

/// Remembers of a file that is released whose likeness a steward accepts: neither of the two is held for the other again. A file that was taken out is
/// nobody's likeness.
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
