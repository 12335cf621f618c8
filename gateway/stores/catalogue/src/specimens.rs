//! Specimens: the participants to whom they belong, and the data that feeds state about them.

use std::collections::HashMap;

use gemj_model::{Ordinal, PartialDate, SpecimenId, SpecimenStatement};

use crate::database::{MAX_PARAMETERS, Value, placeholders};
use crate::error::CatalogueError;
use crate::write::Write;

/// Records to which participants specimens belong. A specimen must belong to the same participant in every file and every feed.
pub(crate) async fn own(write: &mut Write, mut wanted: HashMap<&SpecimenId, Ordinal>) -> Result<(), CatalogueError> {
    let ids: Vec<_> = wanted.keys().copied().collect();
    for chunk in ids.chunks(MAX_PARAMETERS) {
        let sql = format!("SELECT id, ordinal FROM specimen WHERE id IN ({})", placeholders(1, chunk.len()));
        let arguments = chunk.iter().map(|id| Value::from(id.as_str())).collect();
        for row in write.transaction.fetch_all_of(sql, arguments).await? {
            let id = row.parsed(0, "specimen", SpecimenId::parse)?;
            if wanted.remove(&id).is_some_and(|owner| row.ordinal(1) != Ok(owner)) {
                return Err(CatalogueError::Conflict { field: "specimen" });
            }
        }
    }
    let rows = wanted.into_iter().map(|(id, owner)| [id.as_str().into(), owner.0.into()]);
    write.transaction.insert("specimen (id, ordinal)", rows).await
}

/// Stores the data that one unit of input states about a participant's specimens. A parent specimen must belong to the same participant.
pub(crate) async fn add_statements(
    write: &mut Write,
    source: i64,
    ordinal: Ordinal,
    statements: &[SpecimenStatement],
) -> Result<(), CatalogueError> {
    let named = statements.iter().flat_map(|s| std::iter::once(&s.id).chain(&s.parent));
    own(write, named.map(|id| (id, ordinal)).collect()).await?;
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
    write.transaction.insert(into, rows).await
}
