//! Reads the files on hold, for stewards.

use std::collections::HashMap;

use gemj_access::{Action, Grant};
use gemj_model::DataObject;

use super::findings::{FINDING_COLUMNS, SampleFinding, finding_of};
use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use crate::objects::{OBJECT_COLUMNS, STATUS_COLUMNS, StatusNote, object_of, status_of};

/// A file on hold, with the reason. The data names no participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldObject {
    /// The description of the file, without its samples.
    pub object: DataObject,
    /// The number of the file's sample columns.
    pub column_count: u64,
    /// The time and the reason of the hold.
    pub status: StatusNote,
    /// Those findings of the checks at loading that put the file on hold.
    pub findings: Vec<SampleFinding>,
}

impl Catalogue {
    /// All files on hold, in the order of registration. Requires a Grant for the action `ReadHeldObjects`.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant of another action; the database does not answer or cannot be read.
    pub async fn held_objects(&self, grant: &Grant) -> Result<Vec<HeldObject>, CatalogueError> {
        if grant.action() != Action::ReadHeldObjects {
            return Err(CatalogueError::WrongKey);
        }
        let mut snapshot = self.database.begin_snapshot().await?;
        let sql = format!(
            "SELECT {OBJECT_COLUMNS}, {STATUS_COLUMNS}, (SELECT COUNT(*) FROM object_sample s WHERE s.object = o.id) \
             FROM data_object o WHERE o.status = 'held' ORDER BY o.generation, o.id"
        );
        let (mut held, mut places) = (Vec::new(), HashMap::new());
        for row in snapshot.fetch_all_of(sql, Vec::new()).await? {
            let object = object_of(&row)?;
            places.insert(object.id.clone(), held.len());
            held.push(HeldObject {
                object,
                status: status_of(&row, 12)?,
                column_count: row.count(15, "columns")?,
                findings: Vec::new(),
            });
        }
        let sql = format!(
            "SELECT {FINDING_COLUMNS} FROM sample_finding f JOIN data_object o ON o.id = f.object WHERE o.status = 'held' AND f.holds \
             ORDER BY f.object, f.position, f.kind, f.other_object, f.other_position"
        );
        for row in snapshot.fetch_all_of(sql, Vec::new()).await? {
            let finding = finding_of(&row)?;
            if let Some(item) = places.get(&finding.object).and_then(|place| held.get_mut(*place)) {
                item.findings.push(finding);
            }
        }
        Ok(held)
    }
}
