//! Lists of stored files for the operator.

use std::collections::HashMap;

use gemj_access::{Job, Upkeep};
use gemj_model::{DataObject, DatasetId, ParticipantId};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Transaction, Value};
use crate::error::CatalogueError;
use crate::objects::{OBJECT_COLUMNS, SAMPLE_COLUMNS, STATUS_COLUMNS, StatusNote, object_of, sample_of, status_of};

/// A stored file with the ids of its participants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryItem {
    /// The description of the file.
    pub object: DataObject,
    /// The participants of the file's sample columns, in column order. An entry is absent for a sample without a participant.
    pub participants: Vec<Option<ParticipantId>>,
    /// The status of the file.
    pub status: StatusNote,
}

impl Catalogue {
    /// Lists stored files in the order of registration (job `Inventory`), optionally limited to one dataset.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn inventory(&self, upkeep: Upkeep, dataset: Option<&DatasetId>) -> Result<Vec<InventoryItem>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        items_in(&mut snapshot, None, dataset).await
    }
}

/// Lists stored files in the order of registration, optionally limited to one participant and to one dataset.
pub(crate) async fn items_in(
    transaction: &mut Transaction,
    participant: Option<&ParticipantId>,
    dataset: Option<&DatasetId>,
) -> Result<Vec<InventoryItem>, CatalogueError> {
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut arguments: Vec<Value> = Vec::new();
    if let Some(dataset) = dataset {
        arguments.push(dataset.as_str().into());
        conditions.push(format!("o.dataset = ${}", arguments.len()));
    }
    if let Some(participant) = participant {
        arguments.push(participant.as_str().into());
        conditions.push(format!(
            "o.id IN (SELECT x.object FROM object_sample x JOIN participant p ON p.ordinal = x.ordinal WHERE p.id = ${})",
            arguments.len()
        ));
    }
    let conditions = conditions.join(" AND ");
    let sql = format!("SELECT {OBJECT_COLUMNS}, {STATUS_COLUMNS} FROM data_object o WHERE {conditions} ORDER BY o.generation, o.id");
    let mut items = Vec::new();
    let mut places = HashMap::new();
    for row in transaction.fetch_all_of(sql, arguments.clone()).await? {
        let object = object_of(&row)?;
        places.insert(object.id.as_str().to_owned(), items.len());
        items.push(InventoryItem {
            object,
            participants: Vec::new(),
            status: status_of(&row, 12)?,
        });
    }
    let sql = format!(
        "SELECT {SAMPLE_COLUMNS}, q.id FROM data_object o JOIN object_sample s ON s.object = o.id \
         LEFT JOIN participant q ON q.ordinal = s.ordinal WHERE {conditions} ORDER BY s.object, s.position"
    );
    for row in transaction.fetch_all_of(sql, arguments).await? {
        let (object, sample) = sample_of(&row)?;
        let item = places.get(&object).and_then(|place| items.get_mut(*place));
        let item = item.ok_or(CatalogueError::Corrupt { what: "object sample" })?;
        item.object.samples.push(sample);
        item.participants.push(row.maybe_parsed(4, "participant id", ParticipantId::parse)?);
    }
    Ok(items)
}
