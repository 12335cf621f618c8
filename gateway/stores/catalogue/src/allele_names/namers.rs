//! The participants whose files call an allele by a given name.

use std::collections::HashMap;

use gemj_access::DatasetGrant;
use gemj_model::Allele;
use roaring::RoaringBitmap;

use super::{NameQuestion, NamingState, counting, named};
use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, placeholders};
use crate::error::CatalogueError;

/// The maximum number of participants, or of blocks of files, in one query.
const TOGETHER: usize = 200;
const _: () = assert!(TOGETHER < MAX_PARAMETERS);

impl Catalogue {
    /// Returns those of the participants in `people` that the Grant covers in a dataset and whose files call the allele by the requested name.
    /// Only files that are served and in every release to which the Grant binds the dataset count, as in [`Catalogue::alleles_named`]. The
    /// participants are checked in order, in groups. The check ends when `enough` accepts the participants found so far.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn allele_namers(
        &self,
        granted: &DatasetGrant,
        question: &NameQuestion<'_>,
        allele: &Allele,
        people: &RoaringBitmap,
        enough: impl Fn(&RoaringBitmap) -> bool,
    ) -> Result<RoaringBitmap, CatalogueError> {
        let mut found = RoaringBitmap::new();
        let covered: Vec<u32> = (people & granted.participants().as_ref()).iter().collect();
        // For each block read so far: the bits of the files that state the name.
        let mut stating = HashMap::new();
        for some in covered.chunks(TOGETHER) {
            let files = self.naming_files_of(granted, some).await?;
            let mut unknown: Vec<i64> = files
                .iter()
                .map(|file| file.block)
                .filter(|block| !stating.contains_key(block))
                .collect();
            unknown.sort_unstable();
            unknown.dedup();
            for blocks in unknown.chunks(TOGETHER) {
                let bits = self.naming_bits(granted, question, allele, blocks).await?;
                stating.extend(blocks.iter().map(|block| (*block, bits.get(block).copied().unwrap_or(0))));
            }
            let states = |file: &FileOf| stating.get(&file.block).is_some_and(|bits| bits & file.bit != 0);
            found.extend(files.iter().filter(|file| states(file)).map(|file| file.person));
            if enough(&found) {
                break;
            }
        }
        Ok(found)
    }

    /// The files of these participants in a dataset for which allele names are stored.
    async fn naming_files_of(&self, granted: &DatasetGrant, people: &[u32]) -> Result<Vec<FileOf>, CatalogueError> {
        let mut arguments = vec![granted.dataset().as_str().into(), NamingState::Stated.as_str().into()];
        arguments.extend(people.iter().map(|ordinal| i64::from(*ordinal).into()));
        let sql = format!(
            "SELECT s.ordinal, l.block, l.bit FROM object_sample s JOIN naming_file l ON l.object = s.object JOIN naming_block b ON b.block = l.block \
             WHERE b.dataset = $1 AND l.state = $2 AND s.ordinal IN ({})",
            placeholders(3, people.len())
        );
        let rows = self.database.fetch_all_of(sql, arguments).await?;
        rows.iter()
            .map(|row| {
                let person = u32::try_from(row.int(0, "participant")?).map_err(|_| CatalogueError::Corrupt { what: "participant" })?;
                Ok(FileOf {
                    person,
                    block: row.int(1, "naming block")?,
                    bit: row.int(2, "naming file")?,
                })
            })
            .collect()
    }

    /// The files that call the allele by the requested name, as bits for each of the given blocks. A block without any of these files may be
    /// absent.
    async fn naming_bits(
        &self,
        granted: &DatasetGrant,
        question: &NameQuestion<'_>,
        allele: &Allele,
        blocks: &[i64],
    ) -> Result<HashMap<i64, i64>, CatalogueError> {
        let mut arguments = vec![
            granted.dataset().as_str().into(),
            allele.contig.as_str().into(),
            i64::try_from(allele.start.0).unwrap_or(i64::MAX).into(),
            allele.reference.as_str().into(),
            allele.alternate.as_str().into(),
        ];
        let (joins, bits) = counting(granted, "f.files", "f", &mut arguments);
        let named = named(question, &mut arguments);
        let first = arguments.len() + 1;
        arguments.extend(blocks.iter().map(|block| (*block).into()));
        let sql = format!(
            "SELECT f.block, {bits} FROM allele_name n JOIN allele_name_files f ON f.name = n.number JOIN naming_block b ON b.block = f.block{joins} \
             WHERE n.dataset = $1 AND n.contig = $2 AND n.begins = $3 AND n.reference = $4 AND n.alternate = $5 AND {named} AND f.block IN ({})",
            placeholders(first, blocks.len())
        );
        let mut found = HashMap::new();
        // The allele can have the requested change on several transcripts. Each of these names is a separate row, so the bits of the rows are
        // combined with OR.
        for row in self.database.fetch_all_of(sql, arguments).await? {
            *found.entry(row.int(0, "naming block")?).or_insert(0) |= row.int(1, "naming block")?;
        }
        Ok(found)
    }
}

/// A participant's file, given by its block and its bit in the block.
struct FileOf {
    person: u32,
    block: i64,
    bit: i64,
}
