//! The transaction that erases all rows about a person.

use gemj_access::{Mandate, WriteAction};
use gemj_model::{DatasetId, ObjectId, Ordinal};

use super::rows::{NEEDED_BY_NO_OTHER, ROWS};
use super::{People, PurgeGround, counts};
use crate::catalogue::Catalogue;
use crate::database::{Value, giving_way};
use crate::error::CatalogueError;
use crate::filter_changes::facts_change;
use crate::objects::{ObjectStatus, change_status};
use crate::observations::source_name;
use crate::write::Write;

/// The erasure of a person's data, as it was decided.
#[derive(Clone, Copy, Debug)]
pub struct NewPurge<'a> {
    /// The participants who are the person.
    pub people: &'a [Ordinal],
    /// The epoch at which the erasure was decided.
    pub epoch: u64,
    /// The reason why the data may be erased.
    pub ground: PurgeGround,
    /// The reason that the operator states. It must name no person.
    pub reason: &'a str,
}

impl Catalogue {
    /// Erases all rows about a person in one transaction (action `Purge`), and notes the stored files and the sources of the carrier index that are
    /// still to be erased. After the commit no answer contains the data, and new data about the person is refused. If the erasure has
    /// begun before, only the sources of files that other participants need are noted again. Returns false if the ledgers have changed since the decision:
    /// then nothing is erased, and the caller decides again.
    ///
    /// # Errors
    /// The database does not answer or cannot be read. Nothing is erased then.
    pub async fn erase_person(&self, mandate: &Mandate, purge: NewPurge<'_>) -> Result<bool, CatalogueError> {
        giving_way!(self.erase_once(mandate, purge))
    }

    async fn erase_once(&self, mandate: &Mandate, purge: NewPurge<'_>) -> Result<bool, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Purge]).await?;
        let people = People::new(purge.people);
        let sql = people.sql("SELECT COUNT(*) FROM purge WHERE ordinal @");
        let begun = write.transaction.fetch_all_of(sql, people.arguments()).await?;
        let begun = begun.first().ok_or(CatalogueError::Corrupt { what: "count" })?.count(0, "purges")?;
        if begun == purge.people.len() as u64 {
            note_shared_sources_again(&mut write, &people).await?;
            write.transaction.commit().await?;
            return Ok(true);
        }
        if write.before().epoch != purge.epoch {
            return Ok(false);
        }
        begin(&mut write, mandate, &people, &purge, self.clock.now().0).await?;
        note_sources(&mut write, &people).await?;
        take_files(&mut write, &people, purge.reason, self.clock.now()).await?;
        announce(&mut write, &people).await?;
        keep_newest_ids(&mut write).await?;
        block_numbers(&mut write, &people).await?;
        for rows in &ROWS {
            let sql = people.sql(&format!("DELETE FROM {} WHERE {}", rows.table, rows.condition));
            write.transaction.execute_of(sql, people.arguments()).await?;
        }
        clear_columns(&mut write, &people).await?;
        write.manifest_changes();
        let numbers: Vec<String> = purge.people.iter().map(|person| person.0.to_string()).collect();
        let about = format!(
            "participant:{} ground:{} reason:{}",
            numbers.join(","),
            purge.ground.as_str(),
            purge.reason
        );
        write.commit(self, mandate, &about, purge.people.len() as u64).await?;
        Ok(true)
    }
}

/// Records that the erasure begins, with the number of rows of each kind that are stored now. The numbers of a person with several participants are those of
/// the first one.
async fn begin(write: &mut Write, mandate: &Mandate, people: &People, purge: &NewPurge<'_>, now: i64) -> Result<(), CatalogueError> {
    let counts = counts::stored(&mut write.transaction, people).await?;
    let sql = people.sql("SELECT ordinal FROM purge WHERE ordinal @");
    let mut known = Vec::new();
    for row in write.transaction.fetch_all_of(sql, people.arguments()).await? {
        known.push(row.ordinal(0)?);
    }
    let new: Vec<Ordinal> = people
        .ordinals()
        .iter()
        .copied()
        .filter(|ordinal| !known.contains(ordinal))
        .collect();
    for ordinal in &new {
        let sql = "INSERT INTO purge (ordinal, state, begun, actor, ground, reason, site) \
                   SELECT ordinal, 'begun', $2, $3, $4, $5, site FROM participant WHERE ordinal = $1";
        let arguments = vec![
            ordinal.0.into(),
            now.into(),
            mandate.actor().into(),
            purge.ground.as_str().into(),
            Value::outside(purge.reason, "reason")?,
        ];
        write.transaction.execute(sql, arguments).await?;
    }
    let Some(first) = new.first() else { return Ok(()) };
    let rows: Vec<[Value; 3]> = counts
        .into_iter()
        .map(|(kind, count)| Ok([first.0.into(), Value::Text(kind), Value::count(count, "count")?]))
        .collect::<Result<_, CatalogueError>>()?;
    write.transaction.insert("purge_count (ordinal, kind, count)", rows).await
}

/// Notes every source of the carrier index that can have entries of the person: files with a column of the person, and units of feeds.
async fn note_sources(write: &mut Write, people: &People) -> Result<(), CatalogueError> {
    let Some(first) = people.ordinals().first() else { return Ok(()) };
    let mut rows: Vec<[Value; 3]> = Vec::new();
    let sql = format!("SELECT DISTINCT s.object, ({NEEDED_BY_NO_OTHER}) FROM object_sample s WHERE s.ordinal @ ORDER BY s.object");
    for row in write.transaction.fetch_all_of(people.sql(&sql), people.arguments()).await? {
        rows.push([Value::Text(row.text(0, "object id")?), first.0.into(), row.bool(1, "files")?.into()]);
    }
    let sql = people.sql(
        "SELECT DISTINCT source FROM observation WHERE ordinal @ OR source IN (SELECT id FROM fact_source WHERE linked @) ORDER BY source",
    );
    for row in write.transaction.fetch_all_of(sql, people.arguments()).await? {
        rows.push([Value::Text(source_name(row.int(0, "source")?)), first.0.into(), true.into()]);
    }
    write.transaction.insert("purge_source (name, ordinal, whole)", rows).await
}

/// Notes the files that other participants need again. Their entries of the person are then removed from the carrier index again, if another process has
/// added them since.
async fn note_shared_sources_again(write: &mut Write, people: &People) -> Result<(), CatalogueError> {
    let Some(first) = people.ordinals().first() else { return Ok(()) };
    let sql = people.sql(
        "SELECT DISTINCT s.object FROM object_sample s JOIN data_object o ON o.id = s.object WHERE s.ordinal @ AND o.storage_key <> '' ORDER BY s.object",
    );
    for row in write.transaction.fetch_all_of(sql, people.arguments()).await? {
        let sql = "INSERT INTO purge_source (name, ordinal, whole) VALUES ($1, $2, FALSE) ON CONFLICT (name, ordinal) DO NOTHING";
        let arguments = vec![Value::Text(row.text(0, "object id")?), first.0.into()];
        write.transaction.execute(sql, arguments).await?;
    }
    Ok(())
}

/// Unloads the files that no other participant needs, and notes the stored bytes of these files.
async fn take_files(write: &mut Write, people: &People, reason: &str, now: gemj_model::Timestamp) -> Result<(), CatalogueError> {
    let sql = format!(
        "SELECT DISTINCT s.object, o.storage_key, o.index_key FROM object_sample s JOIN data_object o ON o.id = s.object \
         WHERE s.ordinal @ AND (o.status = 'unloaded' OR {NEEDED_BY_NO_OTHER}) ORDER BY s.object"
    );
    let mut keys = std::collections::BTreeSet::new();
    for row in write.transaction.fetch_all_of(people.sql(&sql), people.arguments()).await? {
        let object = row.parsed(0, "object id", ObjectId::parse)?;
        change_status(write, &object, ObjectStatus::Unloaded, reason, now).await?;
        keys.extend([row.text(1, "storage key")?, row.text(2, "index key")?]);
        let sql = "UPDATE data_object SET storage_key = '', index_key = '' WHERE id = $1";
        write.transaction.execute(sql, vec![object.as_str().into()]).await?;
    }
    keys.remove("");
    for key in keys {
        let sql = "INSERT INTO purge_file (storage_key) VALUES ($1) ON CONFLICT (storage_key) DO NOTHING";
        write.transaction.execute(sql, vec![Value::Text(key)]).await?;
    }
    Ok(())
}

/// Announces the change to every process that has facts in memory, and ends the memberships.
async fn announce(write: &mut Write, people: &People) -> Result<(), CatalogueError> {
    let sql = people.sql("SELECT DISTINCT dataset, ordinal FROM membership WHERE ordinal @ UNION SELECT DISTINCT dataset, ordinal FROM fact_source WHERE ordinal @");
    for row in write.transaction.fetch_all_of(sql, people.arguments()).await? {
        facts_change(write, &row.parsed(0, "dataset", DatasetId::parse)?, row.ordinal(1)?).await?;
    }
    let epoch = write.policy_changes();
    for ordinal in people.ordinals() {
        let sql = "UPDATE membership SET ended = TRUE, epoch = $2 WHERE ordinal = $1";
        write.transaction.execute(sql, vec![ordinal.0.into(), epoch.into()]).await?;
        let sql = "UPDATE participant SET family = NULL, sex = 'unknown', born = NULL, enrolled_sex = 'unknown', enrolled_born = NULL, site = NULL, \
                   epoch = $2 WHERE ordinal = $1";
        write.transaction.execute(sql, vec![ordinal.0.into(), epoch.into()]).await?;
    }
    Ok(())
}

/// Keeps the newest ids of units and observations. If a new row got the id of an erased one, a process that has just built a segment from the erased row
/// would mark the new one as indexed.
async fn keep_newest_ids(write: &mut Write) -> Result<(), CatalogueError> {
    for sql in [
        "INSERT INTO newest_id (kind, id) SELECT 'fact_source', COALESCE(MAX(id), 0) FROM fact_source WHERE TRUE \
         ON CONFLICT (kind) DO UPDATE SET id = CASE WHEN excluded.id > newest_id.id THEN excluded.id ELSE newest_id.id END",
        "INSERT INTO newest_id (kind, id) SELECT 'observation', COALESCE(MAX(id), 0) FROM observation WHERE TRUE \
         ON CONFLICT (kind) DO UPDATE SET id = CASE WHEN excluded.id > newest_id.id THEN excluded.id ELSE newest_id.id END",
    ] {
        write.transaction.execute(sql, Vec::new()).await?;
    }
    Ok(())
}

/// Moves the digests of the person's numbers to the blocked ones.
async fn block_numbers(write: &mut Write, people: &People) -> Result<(), CatalogueError> {
    let sql = people.sql(
        "INSERT INTO blocked_number (site, namespace, digest, ordinal) SELECT site, namespace, digest, ordinal FROM linked_number l WHERE ordinal @ \
         AND NOT EXISTS (SELECT 1 FROM blocked_number b WHERE b.site = l.site AND b.namespace = l.namespace AND b.digest = l.digest)",
    );
    write.transaction.execute_of(sql, people.arguments()).await?;
    Ok(())
}

/// Clears the texts in rows that stay. The name of a column stays only in files that other participants need, because the gateway removes the column by
/// its name from every answer.
async fn clear_columns(write: &mut Write, people: &People) -> Result<(), CatalogueError> {
    for sql in [
        "UPDATE data_object SET natural_key = 'purged:' || id WHERE id IN (SELECT s.object FROM object_sample s WHERE s.ordinal @)"
            .to_owned(),
        "UPDATE object_sample SET specimen = NULL WHERE ordinal @".to_owned(),
        "UPDATE object_sample SET sample = '' WHERE ordinal @ AND object IN (SELECT o.id FROM data_object o WHERE o.storage_key = '')"
            .to_owned(),
    ] {
        write.transaction.execute_of(people.sql(&sql), people.arguments()).await?;
    }
    Ok(())
}
