//! The embedded migrations of the database schema. The twin files in `schemas/migrations/` (one for each database) have the same numbers and
//! differ only in types.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// One migration: its number, its name, and its SQL for each database.
struct Step {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! step {
    ($version:literal, $name:literal, $file:literal) => {
        Step {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../../../../schemas/migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../../../../../schemas/migrations/postgres/", $file)),
        }
    };
}

const STEPS: &[Step] = &[
    step!(1, "catalogue", "0001_catalogue.sql"),
    step!(2, "feeds", "0002_feeds.sql"),
    step!(3, "fhir", "0003_fhir.sql"),
    step!(4, "runs", "0004_runs.sql"),
    step!(5, "recontact", "0005_recontact.sql"),
    step!(6, "who_may", "0006_who_may.sql"),
    step!(7, "approved_regions", "0007_approved_regions.sql"),
    step!(8, "object_status", "0008_object_status.sql"),
    step!(9, "index_upkeep", "0009_index_upkeep.sql"),
    step!(10, "filters", "0010_filters.sql"),
    step!(11, "provenance", "0011_provenance.sql"),
    step!(12, "gene_model", "0012_gene_model.sql"),
    step!(13, "sample_checks", "0013_sample_checks.sql"),
    step!(14, "naming_files", "0014_naming_files.sql"),
    step!(15, "interpretations", "0015_interpretations.sql"),
    step!(16, "reported_names", "0016_reported_names.sql"),
    step!(17, "approval_versions", "0017_approval_versions.sql"),
    step!(18, "filter_changes", "0018_filter_changes.sql"),
    step!(19, "resumable_downloads", "0019_resumable_downloads.sql"),
    step!(20, "viewed_parts", "0020_viewed_parts.sql"),
    step!(21, "reported_genes", "0021_reported_genes.sql"),
    step!(22, "recontact_releases", "0022_recontact_releases.sql"),
    step!(23, "recontact_approvals", "0023_recontact_approvals.sql"),
    step!(24, "approval_exports", "0024_approval_exports.sql"),
    step!(25, "seal", "0025_seal.sql"),
    step!(26, "object_index", "0026_object_index.sql"),
    step!(27, "restored_database", "0027_restored_database.sql"),
    step!(28, "site_numbers", "0028_site_numbers.sql"),
    step!(29, "ingest_accounts", "0029_ingest_accounts.sql"),
    step!(30, "merges", "0030_merges.sql"),
    step!(31, "ingest_counts", "0031_ingest_counts.sql"),
    step!(32, "fact_details", "0032_fact_details.sql"),
    step!(33, "kept_packets", "0033_kept_packets.sql"),
    step!(34, "consent_intake", "0034_consent_intake.sql"),
    step!(35, "purge", "0035_purge.sql"),
    step!(36, "vault", "0036_vault.sql"),
    step!(37, "units_of_participants", "0037_units_of_participants.sql"),
    step!(38, "source_site", "0038_source_site.sql"),
    step!(39, "feed_pulls", "0039_feed_pulls.sql"),
    step!(40, "code_tables", "0040_code_tables.sql"),
    step!(41, "released_numbers", "0041_released_numbers.sql"),
    step!(42, "retired_sources", "0042_retired_sources.sql"),
];

fn migrator(text: impl Fn(&Step) -> &'static str) -> Migrator {
    let migrations = STEPS.iter().map(|step| {
        let sql = text(step).into_sql_str();
        Migration::new(step.version, Cow::Borrowed(step.name), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// The number of the newest migration.
pub(super) fn newest() -> i64 {
    STEPS.last().map_or(0, |step| step.version)
}

/// The migrations for SQLite.
pub(super) fn sqlite() -> Migrator {
    migrator(|step| step.sqlite)
}

/// The migrations for PostgreSQL.
pub(super) fn postgres() -> Migrator {
    migrator(|step| step.postgres)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_twin_migrations_differ_only_in_the_type_of_bytes() {
        for step in STEPS {
            assert_eq!(step.sqlite.replace(" BLOB", " BYTEA"), step.postgres, "{}", step.name);
        }
    }

    #[tokio::test]
    async fn the_migration_turns_an_old_purpose_into_biomedical_research_and_a_commercial_flag() {
        use sqlx::Row as _;
        let folder = tempfile::tempdir().unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(folder.path().join("old.db"))
            .create_if_missing(true);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        let old = STEPS.iter().filter(|step| step.version <= 5).map(|step| {
            let sql = step.sqlite.into_sql_str();
            Migration::new(step.version, Cow::Borrowed(step.name), MigrationType::Simple, sql, false)
        });
        Migrator::with_migrations(old.collect()).run(&pool).await.unwrap();
        for (id, purpose) in [("A-1", "research"), ("A-2", "commercial")] {
            let insert = "INSERT INTO approval (id, visa_value, project, organisation, datasets, purpose, delivery, not_after, epoch) \
                          VALUES ($1, $1, '', 'a.example', 'cancer', $2, 'download', 5, 1)";
            sqlx::query(insert).bind(id).bind(purpose).execute(&pool).await.unwrap();
        }
        sqlx::query("INSERT INTO participant (ordinal, id, sex, epoch) VALUES (0, 'P', 'unknown', 1)")
            .execute(&pool)
            .await
            .unwrap();
        let event = "INSERT INTO consent_event (sequence, ordinal, kind, clauses, effective, recorded) VALUES (2, 0, 'given', '', 1, 1)";
        sqlx::query(event).execute(&pool).await.unwrap();
        sqlite().run(&pool).await.unwrap();
        let rows = sqlx::query("SELECT purposes, commercial, users, coalesce(release_id, regions) FROM approval ORDER BY id")
            .fetch_all(&pool)
            .await
            .unwrap();
        let read: Vec<(String, bool, String, Option<String>)> = rows.iter().map(|r| (r.get(0), r.get(1), r.get(2), r.get(3))).collect();
        let expected = |commercial| ("biomedical-research".to_owned(), commercial, String::new(), None);
        assert_eq!(read, [expected(false), expected(true)]);
        let event = sqlx::query("SELECT ground, corrects FROM consent_event")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(
            (event.get::<String, _>(0).as_str(), event.get::<Option<i64>, _>(1)),
            ("consent", None)
        );
    }

    #[test]
    fn every_file_is_a_step_and_numbers_have_no_gap() {
        for folder in ["sqlite", "postgres"] {
            let path = format!("{}/../../../schemas/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
            let mut files: Vec<_> = std::fs::read_dir(path)
                .unwrap()
                .map(|f| f.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            let steps: Vec<_> = STEPS.iter().map(|s| format!("{:04}_{}.sql", s.version, s.name)).collect();
            assert_eq!(files, steps, "{folder}");
        }
        assert!(STEPS.iter().map(|s| s.version).eq(1..=STEPS.len() as i64));
    }
}
