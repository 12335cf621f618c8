//! What files call alleles on transcripts and proteins, and what of a file made no entry in the carrier index.
//!
//! A name is kept once for a dataset, with the number of files that state it; for each file there is the list of its names. So unloading one file
//! takes away what it alone said, and a hundred thousand genomes with the same annotations take little more than one. Names say which alleles a
//! change is, and nothing of who carries them: that is the carrier index's alone, under a Grant.

use gemj_access::{Mandate, WriteAction};
use gemj_model::{Allele, AlleleName, Assembly, Contig, DatasetId, ObjectId, ZeroBased};

use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Transaction, Value, placeholders};
use crate::error::CatalogueError;

/// The most bytes of an allele's reference and alternate together that a name is kept for; an index entry has to hold them.
pub const MAX_NAMED_ALLELE_BYTES: usize = 400;
/// Names that are best stated in one write.
pub const PART_NAMES: usize = 10_000;

/// Which names are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameQuestion<'a> {
    /// On which assembly.
    pub assembly: Assembly,
    /// The change, as [`gemj_model::allele_name::usual_change`] spells it.
    pub change: &'a str,
    /// Of a gene: its names, in capitals. Absent is any.
    pub genes: Option<&'a [String]>,
    /// On a transcript or protein: its accession with version, or without for any version. Absent is any.
    pub sequence: Option<&'a str>,
    /// The most alleles that are given.
    pub limit: u32,
}

impl Catalogue {
    /// Begins to state what a file calls alleles, and says what of it was left out: what was stated for it before is forgotten (action `Load`).
    /// Stated before the file is registered, so that a file that is served has its names; in several writes, of which a load that is cut off leaves
    /// some: they name no carrier, and loading the file again replaces them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin_allele_names(&self, mandate: &Mandate, object: &ObjectId, left_out: &[(&str, u64)]) -> Result<(), CatalogueError> {
        let mut reasons: Vec<[Value; 3]> = Vec::new();
        for (reason, count) in left_out {
            reasons.push([object.as_str().into(), (*reason).into(), Value::count(*count, "count")?]);
        }
        let mut write = self.begin_write(mandate, &[WriteAction::Load]).await?;
        forget(&mut write.transaction, object).await?;
        let into = "file_left_out (object, reason, count)";
        write.transaction.insert(into, reasons).await?;
        let resource = format!("{} names of alleles", object.as_str());
        write.commit(self, mandate, &resource, left_out.len() as u64).await?;
        Ok(())
    }

    /// States more names of a file (action `Load`). At most [`PART_NAMES`] are best stated at once: all writes wait for one another, and a withdrawal
    /// must not wait for long.
    ///
    /// # Errors
    /// The database does not answer; [`CatalogueError::Invalid`] for text that cannot be stored.
    pub async fn add_allele_names(
        &self,
        mandate: &Mandate,
        object: &ObjectId,
        dataset: &DatasetId,
        assembly: Assembly,
        names: &[AlleleName],
    ) -> Result<(), CatalogueError> {
        let same =
            |a: &AlleleName, b: &AlleleName| (&a.allele, &a.change, &a.gene, &a.sequence) == (&b.allele, &b.change, &b.gene, &b.sequence);
        let mut kept: Vec<&AlleleName> = names
            .iter()
            .filter(|name| name.allele.reference.len() + name.allele.alternate.len() <= MAX_NAMED_ALLELE_BYTES)
            .collect();
        kept.sort_unstable();
        kept.dedup_by(|a, b| same(a, b));
        if kept.is_empty() {
            return Ok(());
        }
        let mut write = self.begin_write(mandate, &[WriteAction::Load]).await?;
        let sql = "SELECT coalesce(max(part), -1) FROM file_allele_names WHERE object = $1";
        let last = write.transaction.fetch_first(sql, vec![object.as_str().into()]).await?;
        let part = last.map_or(Ok(-1), |row| row.int(0, "names of a file"))? + 1;
        let mut numbers = put_names(&mut write.transaction, dataset, assembly, &kept).await?;
        let row = [object.as_str().into(), part.into(), Value::Bytes(packed(&mut numbers))];
        let into = "file_allele_names (object, part, numbers)";
        write.transaction.insert(into, [row]).await?;
        let resource = format!("{} names of alleles", object.as_str());
        write.commit(self, mandate, &resource, kept.len() as u64).await?;
        Ok(())
    }

    /// The alleles that files of each dataset call so, in order; one more than the limit where there are more. Says nothing of anybody.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn alleles_named(&self, question: &NameQuestion<'_>) -> Result<Vec<(DatasetId, Allele)>, CatalogueError> {
        let outside = |text: &str| text.contains('\0');
        if outside(question.change) || question.sequence.is_some_and(outside) || question.genes.is_some_and(<[String]>::is_empty) {
            return Ok(Vec::new());
        }
        let mut arguments = vec![Value::from(question.assembly.as_str()), question.change.into()];
        let mut sql =
            "SELECT DISTINCT dataset, contig, begins, reference, alternate FROM allele_name WHERE assembly = $1 AND change = $2".to_owned();
        if let Some(genes) = question.genes {
            sql.push_str(&format!(" AND gene IN ({})", placeholders(arguments.len() + 1, genes.len())));
            arguments.extend(genes.iter().map(|gene| Value::from(gene.as_str())));
        }
        if let Some(sequence) = question.sequence {
            let place = arguments.len() + 1;
            arguments.push(sequence.into());
            if sequence.contains('.') {
                sql.push_str(&format!(" AND sequence = ${place}"));
            } else {
                let text = format!("CAST(${place} AS TEXT)");
                sql.push_str(&format!(
                    " AND (sequence = {text} OR substr(sequence, 1, length({text}) + 1) = {text} || '.')"
                ));
            }
        }
        sql.push_str(&format!(
            " ORDER BY dataset, contig, begins, reference, alternate LIMIT {}",
            u64::from(question.limit) + 1
        ));
        let rows = self.database.fetch_all_of(sql, arguments).await?;
        rows.iter()
            .map(|row| {
                let (begins, reference) = (row.count(2, "allele")?, row.text(3, "allele")?);
                let allele = Allele {
                    contig: Contig(row.text(1, "contig")?),
                    start: ZeroBased(begins),
                    end: ZeroBased(begins.saturating_add(reference.len() as u64)),
                    reference,
                    alternate: row.text(4, "allele")?,
                    inserted: None,
                };
                Ok((row.parsed(0, "dataset", DatasetId::parse)?, allele))
            })
            .collect()
    }

    /// What of a loaded file made no entry in the carrier index: reasons and how often, in order of reason.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn left_out_of(&self, object: &ObjectId) -> Result<Vec<(String, u64)>, CatalogueError> {
        let sql = "SELECT reason, count FROM file_left_out WHERE object = $1 ORDER BY reason";
        let rows = self.database.fetch_all(sql, vec![object.as_str().into()]).await?;
        rows.iter()
            .map(|row| Ok((row.text(0, "reason")?, row.count(1, "count")?)))
            .collect()
    }
}

/// Counts one file more for each name, and answers the names' numbers.
async fn put_names(
    transaction: &mut Transaction,
    dataset: &DatasetId,
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
            .map(|row| format!("({}, 1)", placeholders(row * COLUMNS + 1, COLUMNS)))
            .collect();
        let sql = format!(
            "INSERT INTO allele_name (number, assembly, change, gene, sequence, dataset, contig, begins, reference, alternate, consequence, files) \
             VALUES {} ON CONFLICT (assembly, change, gene, sequence, dataset, contig, begins, reference, alternate) \
             DO UPDATE SET files = allele_name.files + 1 RETURNING number",
            rows.join(", ")
        );
        for row in transaction.fetch_all_of(sql, arguments).await? {
            numbers.push(row.int(0, "allele name")?);
        }
    }
    Ok(numbers)
}

/// Values of a name's row that differ from name to name.
const COLUMNS: usize = 11;

fn key(name: &AlleleName, dataset: &DatasetId, assembly: Assembly) -> Result<[Value; 9], CatalogueError> {
    Ok([
        assembly.as_str().into(),
        Value::outside(&name.change, "change")?,
        Value::outside(&name.gene, "gene")?,
        Value::outside(&name.sequence, "sequence")?,
        dataset.as_str().into(),
        Value::outside(name.allele.contig.as_str(), "contig")?,
        Value::count(name.allele.start.0, "position")?,
        Value::outside(&name.allele.reference, "reference")?,
        Value::outside(&name.allele.alternate, "alternate")?,
    ])
}

/// Takes away what a file states: names that no other file states go.
pub(crate) async fn forget(transaction: &mut Transaction, object: &ObjectId) -> Result<(), CatalogueError> {
    let of_object = || vec![Value::from(object.as_str())];
    let sql = "SELECT numbers FROM file_allele_names WHERE object = $1";
    for row in transaction.fetch_all(sql, of_object()).await? {
        let numbers = unpacked(&row.bytes(0, "names of a file")?).ok_or(CatalogueError::Corrupt { what: "names of a file" })?;
        for some in numbers.chunks(MAX_PARAMETERS) {
            let sql = format!(
                "UPDATE allele_name SET files = files - 1 WHERE number IN ({})",
                placeholders(1, some.len())
            );
            transaction.execute_of(sql, some.iter().map(|n| (*n).into()).collect()).await?;
        }
        for some in numbers.chunks(MAX_PARAMETERS) {
            let sql = format!(
                "DELETE FROM allele_name WHERE files <= 0 AND number IN ({})",
                placeholders(1, some.len())
            );
            transaction.execute_of(sql, some.iter().map(|n| (*n).into()).collect()).await?;
        }
    }
    transaction
        .execute("DELETE FROM file_allele_names WHERE object = $1", of_object())
        .await?;
    transaction
        .execute("DELETE FROM file_left_out WHERE object = $1", of_object())
        .await?;
    Ok(())
}

/// Numbers above zero, as differences of seven bits a byte, the last of each with its high bit clear.
fn packed(numbers: &mut [i64]) -> Vec<u8> {
    numbers.sort_unstable();
    let (mut bytes, mut before) = (Vec::new(), 0_i64);
    for number in numbers.iter() {
        let mut left = number.wrapping_sub(before) as u64;
        before = *number;
        while left >= 0x80 {
            bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        bytes.push(left as u8);
    }
    bytes
}

fn unpacked(bytes: &[u8]) -> Option<Vec<i64>> {
    let (mut numbers, mut before) = (Vec::new(), 0_i64);
    let (mut value, mut shift) = (0_u64, 0_u32);
    for byte in bytes {
        if shift > 56 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            before = before.checked_add(i64::try_from(value).ok()?)?;
            numbers.push(before);
            (value, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_are_read_back_and_damage_is_seen() {
        let mut numbers = vec![900_000_000_000, 1, 128, 129, 16_384];
        let bytes = packed(&mut numbers);
        assert_eq!(unpacked(&bytes), Some(vec![1, 128, 129, 16_384, 900_000_000_000]));
        assert_eq!(unpacked(&bytes[..bytes.len() - 1]), None);
        assert_eq!(unpacked(&[0xff; 11]), None);
    }
}
