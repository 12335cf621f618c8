//! Registration of a file with all its rows.

use std::collections::HashMap;

use gemj_model::{FamilyId, Ordinal, SiteId, SpecimenId};

use super::ObjectStatus;
use super::blocked::take_block;
use crate::allele_names;
use crate::database::Value;
use crate::error::CatalogueError;
use crate::evidence::{self, SampleEvidence};
use crate::new_object::{NewObject, Registered};
use crate::object_index;
use crate::participants::{Stated, enrol, register};
use crate::purge::refuse_purged;
use crate::segments::{SegmentRow, add_segments};
use crate::specimens::own;
use crate::write::Write;

/// Writes all rows of a file, unless the file is already registered.
pub(super) async fn register_object(
    write: &mut Write,
    object: &NewObject,
    segments: &[SegmentRow],
    evidence: &SampleEvidence,
) -> Result<Registered, CatalogueError> {
    if object.samples.is_empty() {
        return Err(CatalogueError::Invalid { field: "samples" });
    }
    let sql = "SELECT sha256, dataset, status FROM data_object WHERE natural_key = $1";
    let natural_key = Value::outside(&object.natural_key, "natural_key")?;
    if let Some(row) = write.transaction.fetch_first(sql, vec![natural_key]).await? {
        // A registered file is immutable. Other bytes under the same natural key are an error and not a repeated load.
        if row.text(0, "sha256")? != object.sha256 {
            return Err(CatalogueError::Conflict { field: "sha256" });
        }
        if row.text(1, "dataset")? != object.dataset.as_str() {
            return Err(CatalogueError::Conflict { field: "dataset" });
        }
        if row.text(2, "object status")? == ObjectStatus::Unloaded.as_str() {
            return Err(CatalogueError::Conflict { field: "unloaded" });
        }
        return Ok(Registered::Same);
    }
    let sql = "SELECT 1 FROM data_object WHERE id = $1";
    if write.transaction.fetch_first(sql, vec![object.id.as_str().into()]).await?.is_some() {
        return Err(CatalogueError::Conflict { field: "object" });
    }
    let blocked = take_block(write, object).await?;
    evidence::check_compared(write, evidence).await?;
    let stated: Vec<_> = object.samples.iter().filter_map(Stated::of_sample).collect();
    let people = register(write, &stated).await?.ordinals;
    refuse_purged(write, people.values().copied()).await?;
    let owners: Vec<Option<Ordinal>> = object
        .samples
        .iter()
        .map(|s| s.participant.as_ref().and_then(|p| people.get(p).copied()))
        .collect();
    refuse_other_owners(write, object, &owners).await?;
    take_specimens(write, object, &owners).await?;
    enrol(write, &object.dataset, &owners.iter().copied().flatten().collect::<Vec<_>>()).await?;
    let generation = write.manifest_changes();
    add_object(write, object, &owners, generation).await?;
    add_statements(write, object).await?;
    evidence::add(write, &object.id, evidence).await?;
    allele_names::register(write, &object.id, &object.dataset, evidence).await?;
    if let Some(reason) = evidence.hold.as_ref().or(blocked.as_ref()) {
        let sql = "UPDATE data_object SET status = 'held', status_reason = $1, status_changed = $2 WHERE id = $3";
        let arguments = vec![Value::outside(reason, "reason")?, object.created.into(), object.id.as_str().into()];
        write.transaction.execute(sql, arguments).await?;
    }
    add_segments(write, segments, generation).await?;
    if let Some(indexed) = evidence.indexed {
        object_index::keep(write, &object.id, indexed, object.created).await?;
    }
    Ok(Registered::New)
}

/// Rejects a file if the same bytes are registered in the dataset for other participants. One of the two sample sheets names the wrong
/// participant, and the file with the wrong participant must be unloaded.
async fn refuse_other_owners(write: &mut Write, object: &NewObject, owners: &[Option<Ordinal>]) -> Result<(), CatalogueError> {
    let sql = "SELECT s.object, s.ordinal FROM data_object o JOIN object_sample s ON s.object = o.id \
               WHERE o.sha256 = $1 AND o.dataset = $2 AND o.status <> 'unloaded' ORDER BY s.object, s.position";
    let arguments = vec![Value::outside(&object.sha256, "sha256")?, object.dataset.as_str().into()];
    let mut registered: HashMap<String, Vec<Option<Ordinal>>> = HashMap::new();
    for row in write.transaction.fetch_all(sql, arguments).await? {
        registered.entry(row.text(0, "object id")?).or_default().push(row.maybe_ordinal(1)?);
    }
    if registered.values().any(|others| others != owners) {
        return Err(CatalogueError::Conflict { field: "sha256" });
    }
    Ok(())
}

/// Registers the specimens of a file's sample columns for their participants.
async fn take_specimens(write: &mut Write, object: &NewObject, owners: &[Option<Ordinal>]) -> Result<(), CatalogueError> {
    let mut wanted: HashMap<&SpecimenId, Ordinal> = HashMap::new();
    for (sample, owner) in object.samples.iter().zip(owners) {
        if let (Some(specimen), Some(owner)) = (&sample.specimen, owner)
            && wanted.insert(specimen, *owner).is_some_and(|other| other != *owner)
        {
            return Err(CatalogueError::Conflict { field: "specimen" });
        }
    }
    own(write, wanted).await
}

async fn add_object(write: &mut Write, object: &NewObject, owners: &[Option<Ordinal>], generation: i64) -> Result<(), CatalogueError> {
    let row = [
        object.id.as_str().into(),
        Value::outside(&object.natural_key, "natural_key")?,
        object.dataset.as_str().into(),
        object.format.as_str().into(),
        object.assembly.as_str().into(),
        object.origin.as_str().into(),
        object.joint.into(),
        Value::count(object.size_bytes, "size_bytes")?,
        Value::outside(&object.sha256, "sha256")?,
        Value::outside(&object.storage_key, "storage_key")?,
        Value::outside(&object.index_key, "index_key")?,
        object.index_format.as_str().into(),
        object.created.into(),
        generation.into(),
    ];
    let into = "data_object (id, natural_key, dataset, format, assembly, origin, joint, size_bytes, sha256, storage_key, index_key, \
                index_format, created, generation)";
    write.transaction.insert(into, [row]).await?;
    let mut rows: Vec<[Value; 5]> = Vec::with_capacity(owners.len());
    for ((sample, owner), position) in object.samples.iter().zip(owners).zip(0i64..) {
        rows.push([
            object.id.as_str().into(),
            position.into(),
            Value::outside(&sample.sample, "sample")?,
            owner.map(|o| i64::from(o.0)).into(),
            sample.specimen.as_ref().map(SpecimenId::as_str).into(),
        ]);
    }
    let into = "object_sample (object, position, sample, ordinal, specimen)";
    write.transaction.insert(into, rows).await
}

/// Stores the data that the sample sheet states about the participants of the columns, so that the statements can be removed when the file is
/// unloaded.
async fn add_statements(write: &mut Write, object: &NewObject) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 5]> = Vec::new();
    for (sample, position) in object.samples.iter().zip(0i64..) {
        if sample.participant.is_some() {
            rows.push([
                object.id.as_str().into(),
                position.into(),
                sample.family.as_ref().map(FamilyId::as_str).into(),
                sample.sex.as_str().into(),
                sample.site.as_ref().map(SiteId::as_str).into(),
            ]);
        }
    }
    let into = "object_statement (object, position, family, sex, site)";
    write.transaction.insert(into, rows).await
}
