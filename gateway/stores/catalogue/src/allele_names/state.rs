//! Stores the names that a file uses for alleles. The names are stored before the file is registered, in many short writes.

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{AlleleName, Assembly, DatasetId, ObjectId};

use super::packed::packed;
use crate::catalogue::{Catalogue, check_job};
use crate::database::{MAX_PARAMETERS, Row, Transaction, Value, placeholders};
use crate::error::CatalogueError;
use crate::write::Write;

/// The maximum length of an allele's reference and alternate together, in bytes, for which a name is stored. An entry of the database's index
/// must have room for both.
pub const MAX_NAMED_ALLELE_BYTES: usize = 400;
/// The recommended maximum number of names in one call of [`Catalogue::add_allele_names`].
pub const PART_NAMES: usize = 10_000;
/// The number of files in a block. The bits of the block's files share one 64-bit number.
const BLOCK_FILES: i64 = 64;

/// The number under which one load stores the allele names of one file. Another load of the same file has another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamingFile(i64);

/// The state of the allele names that one load states for one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamingState {
    /// The load is in progress. No name counts yet.
    Stating,
    /// The file is registered. The names count while the file is served.
    Stated,
    /// The load was abandoned or the file was unloaded. The names no longer count and are due for deletion.
    Erasing,
}

impl NamingState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stating => "stating",
            Self::Stated => "stated",
            Self::Erasing => "erasing",
        }
    }
}

impl NamingFile {
    pub(super) fn of(row: &Row, column: usize) -> Result<Self, CatalogueError> {
        row.int(column, "naming file").map(Self)
    }

    pub(super) fn value(self) -> Value {
        self.0.into()
    }

    pub(super) fn block(self) -> i64 {
        self.0 / BLOCK_FILES
    }

    /// The 64-bit number in which only this file's bit is set.
    pub(super) fn bit(self) -> i64 {
        1 << (self.0 % BLOCK_FILES)
    }
}

impl Catalogue {
    /// Begins to store the allele names of a file (action `Load`). No name counts until the result is passed to
    /// [`Catalogue::register_checked_object`]. If the load fails, the calling code must call [`Catalogue::abandon_allele_names`]. If the
    /// process dies, [`Catalogue::erase_allele_names`] deletes the names later.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin_allele_names(
        &self,
        mandate: &Mandate,
        object: &ObjectId,
        dataset: &DatasetId,
    ) -> Result<NamingFile, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Load]).await?;
        let sql = "SELECT block, used FROM naming_block WHERE dataset = $1 ORDER BY block DESC LIMIT 1";
        let last = write.transaction.fetch_first(sql, vec![dataset.as_str().into()]).await?;
        let last = last.map(|row| Ok::<_, CatalogueError>((row.int(0, "naming block")?, row.int(1, "naming block")?)));
        let (block, place) = match last.transpose()? {
            Some((block, used)) if used < BLOCK_FILES => (block, used),
            Some(_) | None => (begin_block(&mut write.transaction, dataset).await?, 0),
        };
        let sql = "UPDATE naming_block SET used = $1 WHERE block = $2";
        write.transaction.execute(sql, vec![(place + 1).into(), block.into()]).await?;
        let file = NamingFile(block * BLOCK_FILES + place);
        let row: [Value; 6] = [
            file.value(),
            block.into(),
            file.bit().into(),
            object.as_str().into(),
            NamingState::Stating.as_str().into(),
            self.clock.now().into(),
        ];
        let into = "naming_file (number, block, bit, object, state, renewed)";
        write.transaction.insert(into, [row]).await?;
        let resource = format!("{} names of alleles", object.as_str());
        write.commit(self, mandate, &resource, 1).await?;
        Ok(file)
    }

    /// Adds names of a file (action `Load`). Returns the number of names that are left out because their allele is too long
    /// ([`MAX_NAMED_ALLELE_BYTES`]). One call should add at most [`PART_NAMES`] names, because all writes wait for one another, and a
    /// withdrawal must not wait long.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `names` if the load was abandoned or has already registered the file; [`CatalogueError::Invalid`] for text
    /// that cannot be stored; the database does not answer.
    pub async fn add_allele_names(
        &self,
        mandate: &Mandate,
        file: NamingFile,
        assembly: Assembly,
        names: &[AlleleName],
    ) -> Result<u64, CatalogueError> {
        let same =
            |a: &AlleleName, b: &AlleleName| (&a.allele, &a.change, &a.gene, &a.sequence) == (&b.allele, &b.change, &b.gene, &b.sequence);
        let mut kept: Vec<&AlleleName> = names
            .iter()
            .filter(|name| name.allele.reference.len() + name.allele.alternate.len() <= MAX_NAMED_ALLELE_BYTES)
            .collect();
        let left_out = (names.len() - kept.len()) as u64;
        kept.sort_unstable();
        kept.dedup_by(|a, b| same(a, b));
        if kept.is_empty() {
            return Ok(left_out);
        }
        let mut write = self.begin_write(mandate, &[WriteAction::Load]).await?;
        let sql =
            "SELECT b.dataset, l.object FROM naming_file l JOIN naming_block b ON b.block = l.block WHERE l.number = $1 AND l.state = $2";
        let arguments = vec![file.value(), NamingState::Stating.as_str().into()];
        let row = write.transaction.fetch_first(sql, arguments).await?;
        let row = row.ok_or(CatalogueError::Conflict { field: "names" })?;
        let (dataset, object) = (row.text(0, "dataset")?, row.text(1, "object id")?);
        let sql = "UPDATE naming_file SET renewed = $1 WHERE number = $2";
        write.transaction.execute(sql, vec![self.clock.now().into(), file.value()]).await?;
        let sql = "SELECT coalesce(max(part), -1) FROM naming_list WHERE file = $1";
        let last = write.transaction.fetch_first(sql, vec![file.value()]).await?;
        let part = last.map_or(Ok(-1), |row| row.int(0, "names of a file"))? + 1;
        let mut numbers = put_names(&mut write.transaction, &dataset, assembly, &kept).await?;
        put_bits(&mut write.transaction, file, &numbers).await?;
        let row: [Value; 4] = [file.value(), part.into(), Value::Bytes(packed(&mut numbers)), true.into()];
        write.transaction.insert("naming_list (file, part, numbers, filled)", [row]).await?;
        let resource = format!("{object} names of alleles");
        write.commit(self, mandate, &resource, kept.len() as u64).await?;
        Ok(left_out)
    }

    /// The records of a loaded file that have no entry in the carrier index: the number of records for each reason, in alphabetical order of
    /// the reasons (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn left_out_of(&self, upkeep: Upkeep, object: &ObjectId) -> Result<Vec<(String, u64)>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = "SELECT reason, count FROM file_left_out WHERE object = $1 ORDER BY reason";
        let rows = self.database.fetch_all(sql, vec![object.as_str().into()]).await?;
        rows.iter()
            .map(|row| Ok((row.text(0, "reason")?, row.count(1, "count")?)))
            .collect()
    }
}

/// Adds names to the file's registered names. The bits of served files and releases stay as they are. Returns the number of added names.
pub(crate) async fn add_to_registered(
    write: &mut Write,
    object: &ObjectId,
    assembly: Assembly,
    names: &[AlleleName],
) -> Result<u64, CatalogueError> {
    let sql = "SELECT l.number, b.dataset FROM naming_file l JOIN naming_block b ON b.block = l.block WHERE l.object = $1 AND l.state = $2";
    let arguments = vec![object.as_str().into(), NamingState::Stated.as_str().into()];
    let Some(row) = write.transaction.fetch_first(sql, arguments).await? else {
        return Ok(0);
    };
    let (file, dataset) = (NamingFile::of(&row, 0)?, row.text(1, "dataset")?);
    let mut kept: Vec<&AlleleName> = names
        .iter()
        .filter(|name| name.allele.reference.len() + name.allele.alternate.len() <= MAX_NAMED_ALLELE_BYTES)
        .collect();
    kept.sort_unstable();
    kept.dedup_by(|a, b| (&a.allele, &a.change, &a.gene, &a.sequence) == (&b.allele, &b.change, &b.gene, &b.sequence));
    if kept.is_empty() {
        return Ok(0);
    }
    let sql = "SELECT coalesce(max(part), -1) FROM naming_list WHERE file = $1";
    let last = write.transaction.fetch_first(sql, vec![file.value()]).await?;
    let part = last.map_or(Ok(-1), |row| row.int(0, "names of a file"))? + 1;
    let mut numbers = put_names(&mut write.transaction, &dataset, assembly, &kept).await?;
    put_bits(&mut write.transaction, file, &numbers).await?;
    let row: [Value; 4] = [file.value(), part.into(), Value::Bytes(packed(&mut numbers)), true.into()];
    write.transaction.insert("naming_list (file, part, numbers, filled)", [row]).await?;
    Ok(kept.len() as u64)
}

/// Creates an empty block for a dataset and returns its number.
async fn begin_block(transaction: &mut Transaction, dataset: &DatasetId) -> Result<i64, CatalogueError> {
    let sql = "SELECT coalesce(max(block), -1) FROM naming_block";
    let last = transaction.fetch_first(sql, Vec::new()).await?;
    let block = last.map_or(Ok(-1), |row| row.int(0, "naming block"))? + 1;
    let row: [Value; 4] = [block.into(), dataset.as_str().into(), 0_i64.into(), 0_i64.into()];
    transaction.insert("naming_block (block, dataset, used, served)", [row]).await?;
    Ok(block)
}

/// Inserts those names that are not stored yet, and returns the numbers of all given names.
async fn put_names(
    transaction: &mut Transaction,
    dataset: &str,
    assembly: Assembly,
    names: &[&AlleleName],
) -> Result<Vec<i64>, CatalogueError> {
    let sql = "SELECT coalesce(max(number), 0) FROM allele_name";
    let last = transaction.fetch_first(sql, Vec::new()).await?;
    let mut next = last.map_or(Ok(0), |row| row.int(0, "allele name"))?;
    let mut numbers = Vec::with_capacity(names.len());
    for some in names.chunks(MAX_PARAMETERS / COLUMNS) {
        let mut arguments = Vec::with_capacity(some.len() * COLUMNS);
        for name in some {
            next += 1;
            arguments.push(next.into());
            arguments.extend(key(name, dataset, assembly)?);
            arguments.push(Value::outside(&name.consequence, "consequence")?);
        }
        let rows: Vec<String> = (0..some.len())
            .map(|row| format!("({})", placeholders(row * COLUMNS + 1, COLUMNS)))
            .collect();
        // `RETURNING` reports an existing row only if the statement updates the row. Therefore the statement updates an existing row without
        // changing its values.
        let sql = format!(
            "INSERT INTO allele_name (number, assembly, change, gene, sequence, dataset, contig, begins, reference, alternate, consequence) \
             VALUES {} ON CONFLICT (assembly, change, gene, sequence, dataset, contig, begins, reference, alternate) \
             DO UPDATE SET consequence = allele_name.consequence RETURNING number",
            rows.join(", ")
        );
        for row in transaction.fetch_all_of(sql, arguments).await? {
            numbers.push(row.int(0, "allele name")?);
        }
    }
    Ok(numbers)
}

/// The number of columns of a row in `allele_name`.
const COLUMNS: usize = 11;

fn key(name: &AlleleName, dataset: &str, assembly: Assembly) -> Result<[Value; 9], CatalogueError> {
    Ok([
        assembly.as_str().into(),
        Value::outside(&name.change, "change")?,
        Value::outside(&name.gene, "gene")?,
        Value::outside(&name.sequence, "sequence")?,
        dataset.into(),
        Value::outside(name.allele.contig.as_str(), "contig")?,
        Value::count(name.allele.start.0, "position")?,
        Value::outside(&name.allele.reference, "reference")?,
        Value::outside(&name.allele.alternate, "alternate")?,
    ])
}

/// Sets a file's bit in the rows of these names.
pub(super) async fn put_bits(transaction: &mut Transaction, file: NamingFile, numbers: &[i64]) -> Result<(), CatalogueError> {
    for some in numbers.chunks(MAX_PARAMETERS - 2) {
        let rows: Vec<String> = (3..some.len() + 3).map(|place| format!("(${place}, $1, $2)")).collect();
        let sql = format!(
            "INSERT INTO allele_name_files (name, block, files) VALUES {} \
             ON CONFLICT (name, block) DO UPDATE SET files = allele_name_files.files | excluded.files",
            rows.join(", ")
        );
        let mut arguments = vec![file.block().into(), file.bit().into()];
        arguments.extend(some.iter().map(|number| Value::from(*number)));
        transaction.execute_of(sql, arguments).await?;
    }
    Ok(())
}
