//! Specimens: the participants to whom they belong, and the data that feeds state about them.

use std::collections::HashMap;

use gemj_model::{Ordinal, PartialDate, SpecimenId, SpecimenStatement};

use crate::database::{MAX_PARAMETERS, Value, placeholders};
use crate::error::CatalogueError;
use crate::merges::joined_in;
use crate::write::Write;

/// Records to which participants specimens belong. A specimen must belong to the same person in every file and every feed.
pub(crate) async fn own(write: &mut Write, mut wanted: HashMap<&SpecimenId, Ordinal>) -> Result<(), CatalogueError> {
    let ids: Vec<_> = wanted.keys().copied().collect();
    for chunk in ids.chunks(MAX_PARAMETERS) {
        let sql = format!("SELECT id, ordinal FROM specimen WHERE id IN ({})", placeholders(1, chunk.len()));
        let arguments = chunk.iter().map(|id| Value::from(id.as_str())).collect();
        for row in write.transaction.fetch_all_of(sql, arguments).await? {
            let id = row.parsed(0, "specimen", SpecimenId::parse)?;
            let known = row.ordinal(1)?;
            let Some(owner) = wanted.remove(&id).filter(|owner| *owner != known) else {
                continue;
            };
            let joined = joined_in(&mut write.transaction).await?;
            if joined.survivor_of(owner) != joined.survivor_of(known) {
                return Err(CatalogueError::Conflict { field: "specimen" });
            }
        }
    }
    let rows = wanted.into_iter().map(|(id, owner)| [id.as_str().into(), owner.0.into()]);
    write.transaction.insert("specimen (id, ordinal)", rows).await
}

/// Refuses a parent that is the specimen of another participant.
async fn check_parents(write: &mut Write, ordinal: Ordinal, statements: &[SpecimenStatement]) -> Result<(), CatalogueError> {
    let parents: Vec<&SpecimenId> = statements.iter().filter_map(|stated| stated.parent.as_ref()).collect();
    for chunk in parents.chunks(MAX_PARAMETERS) {
        let sql = format!("SELECT ordinal FROM specimen WHERE id IN ({})", placeholders(1, chunk.len()));
        let arguments = chunk.iter().map(|id| Value::from(id.as_str())).collect();
        for row in write.transaction.fetch_all_of(sql, arguments).await? {
            if row.ordinal(0) != Ok(ordinal) {
                return Err(CatalogueError::Conflict { field: "specimen" });
            }
        }
    }
    Ok(())
}

/// Stores the data that one unit of input states about a participant's specimens. The owner is the participant to whom the unit's number is linked, which
/// a merge does not change. A parent specimen must belong to the same participant. A parent
/// that is not known yet stays a name: it does not become the participant's specimen, because another biobank can use the same id for a specimen of
/// another person. The parent is shown as soon as it is the participant's own.
pub(crate) async fn add_statements(
    write: &mut Write,
    source: i64,
    ordinal: Ordinal,
    statements: &[SpecimenStatement],
) -> Result<(), CatalogueError> {
    own(write, statements.iter().map(|s| (&s.id, ordinal)).collect()).await?;
    check_parents(write, ordinal, statements).await?;
    let mut rows: Vec<[Value; 9]> = Vec::with_capacity(statements.len());
    for (stated, position) in statements.iter().zip(0i64..) {
        rows.push([
            source.into(),
            position.into(),
            stated.id.as_str().into(),
            Value::outside(&stated.kind_code, "specimen kind")?,
            Value::outside(&stated.kind_label, "specimen kind")?,
            stated.collected.as_ref().map(PartialDate::as_str).into(),
            Value::maybe_outside(stated.body_site.as_deref(), "body site")?,
            Value::maybe_outside(stated.storage.as_deref(), "storage")?,
            stated.parent.as_ref().map(SpecimenId::as_str).into(),
        ]);
    }
    let into = "specimen_statement (source, position, specimen, kind_code, kind_label, collected, body_site, storage, parent)";
    write.transaction.insert(into, rows).await?;
    let mut steps: Vec<[Value; 7]> = Vec::new();
    for (stated, position) in statements.iter().zip(0i64..) {
        for (step, number) in stated.steps.iter().zip(0i64..) {
            steps.push([
                source.into(),
                position.into(),
                number.into(),
                step.kind.as_str().into(),
                Value::maybe_outside(step.code.as_deref(), "specimen step")?,
                Value::outside(&step.label, "specimen step")?,
                Value::maybe_outside(step.time.as_deref(), "specimen step")?,
            ]);
        }
    }
    let into = "specimen_step (source, position, number, kind, code, label, time)";
    write.transaction.insert(into, steps).await
}
