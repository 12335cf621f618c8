//! How the carrier index was made of each file of variants, and the replacement of a file's entries.

use std::collections::{BTreeSet, HashMap};

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::allele_name::AlleleName;
use gemj_model::{Assembly, ObjectId, Ordinal, Timestamp};

use crate::allele_names::add_to_registered;
use crate::catalogue::{Catalogue, check_job};
use crate::database::{MAX_PARAMETERS, Value, placeholders};
use crate::error::CatalogueError;
use crate::purge::purged_in;
use crate::segment_lease::{SegmentLease, replace_in_manifest};
use crate::segments::SegmentRow;
use crate::write::Write;

/// How the carrier index was made of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexedFile {
    /// Whether insertions and deletions are at their leftmost position. This needs a reference of the assembly.
    pub leftmost: bool,
    /// The number of entries of the file.
    pub entries: u64,
}

/// The replacement of the entries of some files of one scope: all files or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReindexedFiles {
    /// The files with their new entries.
    pub files: Vec<(ObjectId, IndexedFile)>,
    /// The ids of the segments that contained entries of these files.
    pub replaced: Vec<String>,
    /// The new segments: those of the files, and the replaced segments without the entries of these files.
    pub segments: Vec<SegmentRow>,
    /// The participants whose data was erased when the entries were read. The new entries have none of them.
    pub erased: BTreeSet<Ordinal>,
}

impl Catalogue {
    /// How the carrier index was made of each file (job `BuildSegments`). A file that an earlier version indexed is absent.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn indexed_files(&self, upkeep: Upkeep) -> Result<HashMap<ObjectId, IndexedFile>, CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let rows = self
            .database
            .fetch_all("SELECT object, leftmost, entries FROM object_index", Vec::new())
            .await?;
        rows.iter()
            .map(|row| {
                let indexed = IndexedFile {
                    leftmost: row.bool(1, "leftmost")?,
                    entries: row.count(2, "entries")?,
                };
                Ok((row.parsed(0, "object id", ObjectId::parse)?, indexed))
            })
            .collect()
    }

    /// Adds names of alleles to a registered file (action `Load`), in the leftmost form of the alleles. Names that the file has already stay. Does
    /// nothing for a file without names.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for text that cannot be stored; the database does not answer.
    pub async fn add_names_of_registered(
        &self,
        mandate: &Mandate,
        object: &ObjectId,
        assembly: Assembly,
        names: &[AlleleName],
    ) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Load]).await?;
        let added = add_to_registered(&mut write, object, assembly, names).await?;
        if added > 0 {
            let resource = format!("{} names of alleles", object.as_str());
            write.commit(self, mandate, &resource, added).await?;
        }
        Ok(())
    }

    /// Replaces the entries of files in the carrier index, in one transaction (action `Load`). Returns the new generation.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `lease` if another holder has leased the scope since, `segment` if a replaced segment is no longer in the
    /// manifest, `object` if one of the files was erased meanwhile, or `purged` if the data of a participant was erased meanwhile. Nothing is changed
    /// then.
    pub async fn commit_reindexed(&self, mandate: &Mandate, lease: &SegmentLease, new: &ReindexedFiles) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Load]).await?;
        let now = self.clock.now();
        if purged_in(&mut write.transaction).await? != new.erased {
            return Err(CatalogueError::Conflict { field: "purged" });
        }
        for some in new.files.chunks(MAX_PARAMETERS) {
            let sql = format!(
                "SELECT COUNT(*) FROM data_object WHERE storage_key <> '' AND id IN ({})",
                placeholders(1, some.len())
            );
            let ids = some.iter().map(|(id, _)| id.as_str().into()).collect();
            let rows = write.transaction.fetch_all_of(sql, ids).await?;
            let there = rows.first().ok_or(CatalogueError::Corrupt { what: "count" })?.count(0, "files")?;
            if there != some.len() as u64 {
                return Err(CatalogueError::Conflict { field: "object" });
            }
        }
        let generation = replace_in_manifest(&mut write, lease, &new.replaced, &new.segments, now).await?;
        for (object, indexed) in &new.files {
            keep(&mut write, object, *indexed, now).await?;
        }
        write.commit(self, mandate, "carrier-index", new.files.len() as u64).await?;
        u64::try_from(generation).map_err(|_| CatalogueError::Corrupt { what: "generation" })
    }
}

/// Records how the carrier index was made of a file.
pub(crate) async fn keep(write: &mut Write, object: &ObjectId, indexed: IndexedFile, now: Timestamp) -> Result<(), CatalogueError> {
    write
        .transaction
        .execute("DELETE FROM object_index WHERE object = $1", vec![object.as_str().into()])
        .await?;
    let row = [
        object.as_str().into(),
        indexed.leftmost.into(),
        Value::count(indexed.entries, "entries")?,
        now.into(),
    ];
    write
        .transaction
        .insert("object_index (object, leftmost, entries, indexed)", [row])
        .await
}
