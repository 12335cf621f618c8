//! Reads the database rows of files and samples.

use gemj_model::object::ObjectSample;
use gemj_model::{Assembly, DataObject, DatasetId, FileFormat, IndexFormat, ObjectId, SpecimenId};

use crate::database::Row;
use crate::error::CatalogueError;
use crate::origin::origin;

/// The columns that `object_of` reads, from a table with the alias `o`.
pub(crate) const OBJECT_COLUMNS: &str = "o.id, o.dataset, o.format, o.assembly, o.origin, o.joint, o.size_bytes, o.sha256, o.storage_key, \
                                         o.index_key, o.index_format, o.created";

/// Reads a file's description, without samples, from a row with the columns [`OBJECT_COLUMNS`].
pub(crate) fn object_of(row: &Row) -> Result<DataObject, CatalogueError> {
    Ok(DataObject {
        id: row.parsed(0, "object id", ObjectId::parse)?,
        dataset: row.parsed(1, "dataset", DatasetId::parse)?,
        format: row.parsed(2, "format", |text| FileFormat::parse(text).ok_or(()))?,
        assembly: row.parsed(3, "assembly", Assembly::parse)?,
        origin: row.parsed(4, "origin", origin)?,
        samples: Vec::new(),
        joint: row.bool(5, "joint")?,
        size_bytes: row.count(6, "size")?,
        sha256: row.text(7, "sha256")?,
        storage_key: row.text(8, "storage key")?,
        index_key: row.text(9, "index key")?,
        index_format: row.parsed(10, "index format", |text| IndexFormat::parse(text).ok_or(()))?,
        created: row.time(11, "created")?,
    })
}

/// The columns that `sample_of` reads, from a table with the alias `s`.
pub(crate) const SAMPLE_COLUMNS: &str = "s.object, s.sample, s.ordinal, s.specimen";

/// Reads a sample from a row with the columns [`SAMPLE_COLUMNS`]. Returns the id of the sample's file and the sample.
pub(crate) fn sample_of(row: &Row) -> Result<(String, ObjectSample), CatalogueError> {
    let sample = ObjectSample {
        sample: row.text(1, "sample name")?,
        participant: row.maybe_ordinal(2)?,
        specimen: row.maybe_parsed(3, "specimen", SpecimenId::parse)?,
    };
    Ok((row.text(0, "object id")?, sample))
}
