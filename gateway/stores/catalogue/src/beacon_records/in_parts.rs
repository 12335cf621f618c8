//! Reads the files and specimens of many participants part by part, for code that only counts them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use gemj_access::Grant;
use gemj_model::{DataKind, DatasetId};
use roaring::RoaringBitmap;

use super::files::{FileOwner, formats, owner_of};
use super::part::Part;
use super::specimens::{OwnedSpecimen, owned_of_part};
use super::{opened, opened_arguments};
use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;

/// If there are at most this number of participants, their files are looked up directly. For more participants, all files of the dataset are
/// read.
const FEW: u64 = 1_000;

/// The number of sample columns of files that one query reads. The number bounds the memory of a query.
const PAGE: i64 = 4_096;

impl Catalogue {
    /// Calls `visit` with pairs of a participant in `people` and a served file with data of this participant, for one kind of file in a
    /// dataset. Only participants that the Grant covers are included. The pairs of one file are consecutive, but can be divided over several
    /// calls. A participant with two columns in a file can occur twice. The reading ends if `visit` returns `Break`.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn visit_file_owners(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        kind: DataKind,
        people: &RoaringBitmap,
        mut visit: impl FnMut(&[FileOwner]) -> ControlFlow<()>,
    ) -> Result<(), CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(());
        };
        let people = people & granted.participants().as_ref();
        if people.len() <= FEW {
            let owners = self.file_owners(grant, dataset, kind, &people).await?;
            let _ = visit(&owners);
            return Ok(());
        }
        let [one, other] = formats(kind);
        let before = opened_arguments(granted);
        let first = before.len() + 1;
        let sql = format!(
            "SELECT s.object, s.ordinal, s.specimen, s.position FROM object_sample s JOIN data_object o ON o.id = s.object \
             WHERE {} AND o.format IN ('{}', '{}') AND s.ordinal IS NOT NULL AND (s.object, s.position) > (${first}, ${}) \
             ORDER BY s.object, s.position LIMIT {PAGE}",
            opened(granted, 1),
            one.as_str(),
            other.as_str(),
            first + 1
        );
        let mut behind: (String, i64) = (String::new(), -1);
        let mut snapshot = self.database.begin_snapshot().await?;
        loop {
            let place = [Value::from(behind.0.as_str()), Value::from(behind.1)];
            let arguments = before.iter().cloned().chain(place).collect();
            let rows = snapshot.fetch_all_of(sql.clone(), arguments).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            behind = (last.text(0, "object id")?, last.int(3, "position")?);
            let mut owners = Vec::with_capacity(rows.len());
            for row in &rows {
                let owner = owner_of(row)?;
                if people.contains(owner.ordinal.0) {
                    owners.push(owner);
                }
            }
            if visit(&owners).is_break() {
                return Ok(());
            }
            // Lets other tasks run between two parts.
            tokio::task::yield_now().await;
        }
    }

    /// Calls `visit` with the specimens in a dataset of those participants in `people` that the Grant covers. Each specimen occurs once. Each
    /// call receives the specimens of at most 8,192 participants. The reading ends if `visit` returns `Break`.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn visit_specimens(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        people: &RoaringBitmap,
        mut visit: impl FnMut(BTreeSet<OwnedSpecimen>) -> ControlFlow<()>,
    ) -> Result<(), CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(());
        };
        let people = people & granted.participants().as_ref();
        let mut snapshot = self.database.begin_snapshot().await?;
        for part in Part::of(&people) {
            let mut owned = BTreeSet::new();
            owned_of_part(&mut snapshot, granted, &part, &people, &mut owned).await?;
            if visit(owned).is_break() {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
