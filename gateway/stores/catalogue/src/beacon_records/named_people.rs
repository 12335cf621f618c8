//! The participants whose files or case reports state names of alleles (HGVS changes).

use gemj_access::DatasetGrant;
use gemj_model::{Assembly, Origin};
use roaring::RoaringBitmap;

use super::part::Part;
use crate::allele_names::{NamingState, counting};
use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;

/// The length in bytes of the prefix that states the kind of a change (`c.` or `p.`).
const KIND_BYTES: usize = 2;

impl Catalogue {
    /// Returns the participants of a dataset that the Grant covers and whose files or case reports state names of alleles. The search ends when
    /// `enough` accepts the participants found so far.
    ///
    /// * A file counts if it is served, has this assembly, and is in every release to which the Grant binds the dataset. The kinds of changes
    ///   that the file names do not matter, because annotation programs write all kinds of names.
    /// * A case report counts if the Grant binds the dataset to no release, and the report names a change of the same kind as `change` (`c.`,
    ///   `p.`) for a germline allele in the carrier index. The kind matters, because the author of a report wrote only the necessary kinds.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn people_with_names(
        &self,
        granted: &DatasetGrant,
        assembly: Assembly,
        change: &str,
        enough: impl Fn(&RoaringBitmap) -> bool,
    ) -> Result<RoaringBitmap, CatalogueError> {
        let mut found = RoaringBitmap::new();
        self.add_people_with_named_files(granted, assembly, &enough, &mut found).await?;
        if !enough(&found) && granted.releases().is_empty() {
            found |= self.people_with_reported_names(granted, assembly, change).await?;
        }
        Ok(found)
    }

    async fn add_people_with_named_files(
        &self,
        granted: &DatasetGrant,
        assembly: Assembly,
        enough: &impl Fn(&RoaringBitmap) -> bool,
        found: &mut RoaringBitmap,
    ) -> Result<(), CatalogueError> {
        let sql = "SELECT 1 FROM naming_block WHERE dataset = $1 LIMIT 1";
        let any = self.database.fetch_all(sql, vec![granted.dataset().as_str().into()]).await?;
        if any.is_empty() {
            return Ok(());
        }
        let people = granted.participants().as_ref();
        for part in Part::of(people) {
            let mut arguments: Vec<Value> = vec![
                granted.dataset().as_str().into(),
                NamingState::Stated.as_str().into(),
                assembly.as_str().into(),
            ];
            let (joins, bits) = counting(granted, "l.bit", "l", &mut arguments);
            let condition = part.condition("s.ordinal", arguments.len() + 1);
            arguments.extend(part.arguments());
            let sql = format!(
                "SELECT DISTINCT s.ordinal FROM object_sample s JOIN naming_file l ON l.object = s.object JOIN naming_block b ON b.block = l.block \
                 JOIN data_object o ON o.id = s.object{joins} \
                 WHERE b.dataset = $1 AND l.state = $2 AND o.assembly = $3 AND ({bits}) <> 0 AND {condition}"
            );
            for row in self.database.fetch_all_of(sql, arguments).await? {
                found.insert(row.ordinal(0)?.0);
            }
            // A range of ordinals can contain participants that the Grant does not cover. These participants are removed.
            *found &= people;
            if enough(found) {
                break;
            }
        }
        Ok(())
    }

    async fn people_with_reported_names(
        &self,
        granted: &DatasetGrant,
        assembly: Assembly,
        change: &str,
    ) -> Result<RoaringBitmap, CatalogueError> {
        let Some(kind) = change.get(..KIND_BYTES) else {
            return Ok(RoaringBitmap::new());
        };
        let sql = format!(
            "SELECT DISTINCT v.ordinal FROM reported_name n JOIN observation v ON v.id = n.observation JOIN fact_source s ON s.id = v.source \
             WHERE n.dataset = $1 AND v.assembly = $2 AND v.origin = $3 AND substr(n.change, 1, {KIND_BYTES}) = $4 \
             AND v.status = 'indexed' AND s.retired = FALSE"
        );
        let arguments: Vec<Value> = vec![
            granted.dataset().as_str().into(),
            assembly.as_str().into(),
            Origin::Germline.as_str().into(),
            kind.into(),
        ];
        let mut found = RoaringBitmap::new();
        for row in self.database.fetch_all_of(sql, arguments).await? {
            found.insert(row.ordinal(0)?.0);
        }
        Ok(found & granted.participants().as_ref())
    }
}
