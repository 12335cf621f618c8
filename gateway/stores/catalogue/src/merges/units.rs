//! Moves the units of feeds to the participant under whom their person is known.

use std::collections::BTreeSet;

use gemj_access::Joined;
use gemj_model::{DatasetId, Ordinal};

use crate::database::Value;
use crate::error::CatalogueError;
use crate::filter_changes::facts_change;
use crate::objects::is_else_in;
use crate::participants::enrol;
use crate::write::Write;

/// Moves every current unit of these participants' numbers to the survivor of the linked participant. Returns the number of moved units.
pub(super) async fn follow(write: &mut Write, affected: &BTreeSet<Ordinal>, joined: &Joined) -> Result<u64, CatalogueError> {
    let mut moved = 0;
    for linked in affected {
        let to = joined.survivor_of(*linked);
        let sql = "SELECT id, dataset, ordinal FROM fact_source WHERE linked = $1 AND retired = FALSE AND ordinal <> $2 ORDER BY id";
        let rows = write.transaction.fetch_all(sql, vec![linked.0.into(), to.0.into()]).await?;
        for row in rows {
            let dataset = row.parsed(1, "dataset", DatasetId::parse)?;
            let from = row.ordinal(2)?;
            move_unit(write, row.int(0, "source")?, to).await?;
            enrol(write, &dataset, &[to]).await?;
            facts_change(write, &dataset, from).await?;
            facts_change(write, &dataset, to).await?;
            // The prior participant stays a member, because nothing of it is answered. A participant whose last data left is a member no more.
            if !joined.is_prior(from) && !is_else_in(write, from, dataset.as_str()).await? {
                let epoch = write.policy_changes();
                let sql = "UPDATE membership SET ended = TRUE, epoch = $1 WHERE dataset = $2 AND ordinal = $3 AND NOT ended";
                let arguments = vec![epoch.into(), dataset.as_str().into(), from.0.into()];
                write.transaction.execute(sql, arguments).await?;
            }
            moved += 1;
        }
    }
    Ok(moved)
}

/// Moves one unit: a new source of the other participant takes all rows of the old source, which is retired. The alleles that are in segments already
/// are pending again, because a segment is never changed.
async fn move_unit(write: &mut Write, old: i64, to: Ordinal) -> Result<(), CatalogueError> {
    let last = "SELECT (SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM fact_source UNION ALL SELECT id FROM newest_id WHERE kind = 'fact_source') n), \
                (SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM observation UNION ALL SELECT id FROM newest_id WHERE kind = 'observation') m)";
    let last = write.transaction.fetch_first(last, Vec::new()).await?;
    let last = last.ok_or(CatalogueError::Corrupt { what: "source" })?;
    let (new, offset) = (last.int(0, "source")? + 1, last.int(1, "observation id")?);
    let (old, new, to): (Value, Value, Value) = (old.into(), new.into(), to.0.into());
    let copy = "INSERT INTO fact_source (id, dataset, ordinal, profile, sha256, mapping_version, recorded, retired, unit, version, sex, born, \
                age_at_last_encounter, linked, site) \
                SELECT CAST($1 AS BIGINT), dataset, CAST($2 AS BIGINT), profile, sha256, mapping_version, recorded, retired, unit, version, sex, \
                born, age_at_last_encounter, linked, site FROM fact_source WHERE id = $3";
    write.transaction.execute(copy, vec![new.clone(), to.clone(), old.clone()]).await?;
    let facts = "UPDATE fact SET source = $1, ordinal = $2 WHERE source = $3";
    write.transaction.execute(facts, vec![new.clone(), to.clone(), old.clone()]).await?;
    for rows in [
        "UPDATE fact_detail SET source = $1 WHERE source = $2",
        "UPDATE specimen_statement SET source = $1 WHERE source = $2",
        "UPDATE specimen_step SET source = $1 WHERE source = $2",
        "UPDATE kept_packet SET source = $1 WHERE source = $2",
    ] {
        write.transaction.execute(rows, vec![new.clone(), old.clone()]).await?;
    }
    let pending = "UPDATE observation SET source = $1, ordinal = $2 WHERE source = $3 AND status = 'pending'";
    write
        .transaction
        .execute(pending, vec![new.clone(), to.clone(), old.clone()])
        .await?;
    let again = "INSERT INTO observation (id, source, dataset, ordinal, assembly, origin, contig, start_0, end_0, reference, alternate, zygosity, \
                 status, spelled_position, spelled_reference, spelled_alternate) \
                 SELECT id + CAST($1 AS BIGINT), CAST($2 AS BIGINT), dataset, CAST($3 AS BIGINT), assembly, origin, contig, start_0, end_0, reference, \
                 alternate, zygosity, 'pending', spelled_position, spelled_reference, spelled_alternate \
                 FROM observation WHERE source = $4 AND status = 'indexed'";
    let offset: Value = offset.into();
    let arguments = vec![offset.clone(), new, to, old.clone()];
    write.transaction.execute(again, arguments).await?;
    for rows in [
        "UPDATE allele_interpretation SET observation = observation + CAST($1 AS BIGINT) \
         WHERE observation IN (SELECT id FROM observation WHERE source = $2 AND status = 'indexed')",
        "UPDATE reported_name SET observation = observation + CAST($1 AS BIGINT) \
         WHERE observation IN (SELECT id FROM observation WHERE source = $2 AND status = 'indexed')",
    ] {
        write.transaction.execute(rows, vec![offset.clone(), old.clone()]).await?;
    }
    let retire = "UPDATE fact_source SET retired = TRUE WHERE id = $1";
    write.transaction.execute(retire, vec![old]).await?;
    write.manifest_changes();
    Ok(())
}
