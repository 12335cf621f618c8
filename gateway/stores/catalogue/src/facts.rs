//! Facts about participants: finds participants by the codes of their facts. The module `facts/case.rs` ingests facts.

mod batch;
mod case;
mod stored_unit;
mod unit_names;

pub(crate) use batch::Batches;
pub(crate) use case::{Stored, retire_source, store_case};
use gemj_access::Grant;
use gemj_model::DatasetId;
use roaring::RoaringBitmap;
pub(crate) use stored_unit::{hide_in, stored_unit_in};

use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Value, placeholders};
use crate::error::CatalogueError;

impl Catalogue {
    /// The Grant's participants of a dataset who match all groups of codes. A participant matches a group if a present fact of the participant
    /// has one of the group's codes. Without groups, all participants match. No participant matches an empty group. A code is the code of a
    /// phenotype, a disease or a measurement. Facts of other kinds never match, so a disease of the family is not a disease of the participant.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn matching_participants(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        groups: &[Vec<String>],
    ) -> Result<RoaringBitmap, CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(RoaringBitmap::new());
        };
        let mut matching = granted.participants().as_ref().clone();
        for codes in groups {
            if matching.is_empty() {
                break;
            }
            let mut group = RoaringBitmap::new();
            for chunk in codes.chunks(MAX_PARAMETERS - 1) {
                let sql = format!(
                    "SELECT DISTINCT ordinal FROM fact WHERE dataset = $1 AND status = 'present' \
                     AND kind IN ('phenotype', 'disease', 'measurement') AND code IN ({})",
                    placeholders(2, chunk.len())
                );
                // No stored code contains a NUL character, and PostgreSQL rejects an argument that contains one.
                let wanted = chunk.iter().map(|code| if code.contains('\0') { "" } else { code.as_str() });
                let arguments = std::iter::once(dataset.as_str()).chain(wanted).map(Value::from).collect();
                for row in self.database.fetch_all_of(sql, arguments).await? {
                    group.insert(row.ordinal(0)?.0);
                }
            }
            matching &= group;
        }
        Ok(matching)
    }
}
