//! The findings of the checks that the loader makes about the samples of a new file.

use gemj_access::{Job, Upkeep};
use gemj_model::ObjectId;

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Row, Value};
use crate::error::CatalogueError;
use crate::write::Write;

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// The declared sex contradicts the data of the chromosomes X and Y.
    Sex,
    /// The genotypes match another participant's file.
    SameGenotypes,
    /// The genotypes do not match another file of the same participant.
    OtherGenotypes,
}

impl FindingKind {
    /// All kinds of findings.
    const ALL: [Self; 3] = [Self::Sex, Self::SameGenotypes, Self::OtherGenotypes];

    /// The name of the kind, in the database and in lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sex => "sex",
            Self::SameGenotypes => "same-genotypes",
            Self::OtherGenotypes => "other-genotypes",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A finding about one sample column of a new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFinding {
    /// The position of the column in the file, from 0.
    pub position: u64,
    /// The kind of the finding.
    pub kind: FindingKind,
    /// Whether the finding puts the file on hold.
    pub holds: bool,
    /// The text that describes the finding. The text names no participant.
    pub said: String,
    /// The figures behind the finding, as a JSON object.
    pub figures: String,
    /// The column with which this column was compared: its file and position. Absent for a finding about one column alone.
    pub other: Option<(ObjectId, u64)>,
}

/// A stored finding about a sample column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleFinding {
    /// The file that the finding concerns.
    pub object: ObjectId,
    /// The finding about the column.
    pub found: NewFinding,
    /// Whether the file with which this file was compared has been unloaded since. In that case this file may be the correct one.
    pub other_is_gone: bool,
}

pub(super) const FINDING_COLUMNS: &str = "f.object, f.position, f.kind, f.holds, f.said, f.figures, f.other_object, f.other_position, \
     EXISTS (SELECT 1 FROM data_object x WHERE x.id = f.other_object AND x.status = 'unloaded')";

pub(super) fn finding_of(row: &Row) -> Result<SampleFinding, CatalogueError> {
    let other = match row.text(6, "other object")?.as_str() {
        "" => None,
        other => {
            let id = ObjectId::parse(other).map_err(|_| CatalogueError::Corrupt { what: "other object" })?;
            Some((id, row.count(7, "other position")?))
        }
    };
    Ok(SampleFinding {
        object: row.parsed(0, "object id", ObjectId::parse)?,
        found: NewFinding {
            position: row.count(1, "position")?,
            kind: row.parsed(2, "finding", |text| FindingKind::parse(text).ok_or(()))?,
            holds: row.bool(3, "holds")?,
            said: row.text(4, "finding")?,
            figures: row.text(5, "figures")?,
            other,
        },
        other_is_gone: row.bool(8, "other object")?,
    })
}

pub(super) async fn add(write: &mut Write, object: &ObjectId, findings: &[NewFinding]) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 8]> = Vec::with_capacity(findings.len());
    for found in findings {
        let (other, place) = match &found.other {
            Some((id, place)) => (id.as_str(), Value::count(*place, "position")?),
            None => ("", Value::Int(-1)),
        };
        rows.push([
            object.as_str().into(),
            Value::count(found.position, "position")?,
            found.kind.as_str().into(),
            found.holds.into(),
            Value::outside(&found.said, "finding")?,
            Value::outside(&found.figures, "figures")?,
            other.into(),
            place,
        ]);
    }
    let into = "sample_finding (object, position, kind, holds, said, figures, other_object, other_position)";
    write.transaction.insert(into, rows).await
}

impl Catalogue {
    /// All findings about the columns of stored files that put a file on hold, in order of file and column (job `Inventory`). For the
    /// operator's own lists.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn sample_findings(&self, upkeep: Upkeep) -> Result<Vec<SampleFinding>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = format!(
            "SELECT {FINDING_COLUMNS} FROM sample_finding f WHERE f.holds ORDER BY f.object, f.position, f.kind, f.other_object, f.other_position"
        );
        let rows = self.database.fetch_all_of(sql, Vec::new()).await?;
        rows.iter().map(finding_of).collect()
    }
}
