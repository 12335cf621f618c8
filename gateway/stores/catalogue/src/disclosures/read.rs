//! Finds the disclosures of one participant through the participant's files and datasets. The whole ledger is never scanned.

use gemj_model::{DatasetId, ObjectId, Ordinal, Purpose};

use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;
use crate::people::people_of;

/// The number of rows that one query reads. The set of participants in a row can take some tens of kilobytes.
const PAGE: i64 = 200;

/// One row of the ledger of disclosures, in which the participant occurs.
#[derive(Clone, Debug)]
pub(super) struct DisclosedRow {
    pub(super) day: i64,
    pub(super) dataset: DatasetId,
    /// The disclosed file; absent if records were disclosed.
    pub(super) object: Option<ObjectId>,
    pub(super) holder: String,
    pub(super) organisation: String,
    pub(super) country: String,
    pub(super) purposes: Vec<Purpose>,
    /// The visa values or ids of the approvals.
    pub(super) approvals: Vec<String>,
    pub(super) action: String,
}

/// All disclosures of a participant's data, in no particular order.
pub(super) async fn disclosures_of(transaction: &mut Transaction, participant: Ordinal) -> Result<Vec<DisclosedRow>, CatalogueError> {
    let files = "SELECT DISTINCT s.object, o.dataset FROM object_sample s JOIN data_object o ON o.id = s.object WHERE s.ordinal = $1";
    let mut things = Vec::new();
    for row in transaction.fetch_all(files, vec![participant.0.into()]).await? {
        things.push((row.text(0, "object id")?, row.text(1, "dataset")?));
    }
    let datasets = "SELECT dataset FROM membership WHERE ordinal = $1";
    for row in transaction.fetch_all(datasets, vec![participant.0.into()]).await? {
        things.push((String::new(), row.text(0, "dataset")?));
    }
    let mut found = Vec::new();
    for (object, dataset) in things {
        of_thing(transaction, &object, &dataset, participant, &mut found).await?;
    }
    Ok(found)
}

async fn of_thing(
    transaction: &mut Transaction,
    object: &str,
    dataset: &str,
    participant: Ordinal,
    found: &mut Vec<DisclosedRow>,
) -> Result<(), CatalogueError> {
    let sql = "SELECT chain, sequence, position, people, day, dataset, object, holder, organisation, country, purposes, approvals, action \
               FROM disclosure WHERE object = $1 AND dataset = $2 AND (chain, sequence, position) > ($3, $4, $5) \
               ORDER BY chain, sequence, position LIMIT $6";
    let (mut chain, mut sequence, mut position) = (String::new(), -1, -1);
    loop {
        let arguments = vec![
            object.into(),
            dataset.into(),
            chain.as_str().into(),
            sequence.into(),
            position.into(),
            Value::Int(PAGE),
        ];
        let rows = transaction.fetch_all(sql, arguments).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        chain = last.text(0, "disclosure")?;
        sequence = last.int(1, "disclosure")?;
        position = last.int(2, "disclosure")?;
        for row in &rows {
            if people_of(&row.bytes(3, "disclosure")?, "disclosure")?.contains(participant.0) {
                found.push(found_of(row)?);
            }
        }
    }
}

fn found_of(row: &Row) -> Result<DisclosedRow, CatalogueError> {
    let what = "disclosure";
    let object = row.text(6, what)?;
    let object = (!object.is_empty()).then(|| ObjectId::parse(&object)).transpose();
    Ok(DisclosedRow {
        day: row.int(4, what)?,
        dataset: row.parsed(5, what, DatasetId::parse)?,
        object: object.map_err(|_| CatalogueError::Corrupt { what })?,
        holder: row.text(7, what)?,
        organisation: row.text(8, what)?,
        country: row.text(9, what)?,
        purposes: row.lines(10, what, |word| Purpose::parse(word).ok_or(()))?,
        approvals: row.parsed(11, what, |text| serde_json::from_str(text))?,
        action: row.text(12, what)?,
    })
}
