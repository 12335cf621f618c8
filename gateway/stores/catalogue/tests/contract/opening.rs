use gemj_catalogue::{Catalogue, CatalogueError};

use crate::world::*;

contract! {
    async fn a_new_database_opened_several_times_at_once_is_ready_for_all(world: World) {
        // All tables are dropped, so that the six concurrent calls of `open` find an empty database.
        let tables = "code_label code_mapping code_table_part code_table feed_pull_unit feed_pull released_number purge_source purge_count purge_file purge newest_id blocked_number vault_entry vault_key fact_detail specimen_step kept_packet consent_receipt_item consent_receipt feed_consent allele_interpretation reported_name approval_export approval_version filter_version fact_change resumable_download allele_name_files naming_list naming_release naming_file naming_block object_provenance object_statement accepted_likeness sample_finding genotype_band genotype_fingerprint file_left_out allele_name gene_name gene_interval gene gene_model asked_question question_budget segment_lease retired_blob alarm site_report viewed_object viewed_part viewed_approval withdrawal_notice_thing withdrawal_notice disclosure release_object dataset_release merge_event \
                      object_index blocked_object recontact_task recontact_request_approval recontact_request run_task run_output run_input run used_assertion fhir_token fhir_resource fhir_patient \
                      ingest_count quarantined_unit ingest_run linked_number specimen_statement programme_state consent_event object_sample data_object segment fact observation fact_source specimen membership \
                      participant approval ontology_closure ontology_alias ontology_term ontology_release audit_row audit_chain _sqlx_migrations";
        for table in tables.split_whitespace() {
            world.tamper(&format!("DROP TABLE {table}")).await;
        }
        let opening = (0..6).map(|_| {
            let url = world.url.clone();
            tokio::spawn(async move { Catalogue::open(&url, 2).await.map(|_| ()) })
        });
        for opened in opening.collect::<Vec<_>>() {
            assert_eq!(opened.await.unwrap(), Ok(()));
        }
        assert_eq!(world.open_again().await.state().await.unwrap().epoch, 0);
    }

    async fn a_database_of_another_version_is_rejected(world: World) {
        world.tamper("UPDATE _sqlx_migrations SET version = -1 WHERE version = 1").await;
        assert_eq!(Catalogue::open(&world.url, 2).await.err(), Some(CatalogueError::Schema));
    }

    async fn a_missing_state_row_is_corrupt(world: World) {
        world.tamper("DELETE FROM programme_state").await;
        assert_eq!(world.catalogue.state().await, Err(CatalogueError::Corrupt { what: "programme state" }));
        assert!(world.watch().current().await.is_err());
    }
}

#[tokio::test]
async fn urls_that_name_no_database_are_rejected() {
    for url in [
        "",
        "mysql://x/y",
        "sqlite:",
        "sqlite::memory:",
        "/tmp/x.db",
        "postgres://host:notaport/db",
    ] {
        assert_eq!(Catalogue::open(url, 2).await.err(), Some(CatalogueError::BadUrl), "{url}");
    }
    let unreachable = Catalogue::open("sqlite:/nonexistent/folder/x.db", 2).await;
    assert_eq!(unreachable.err(), Some(CatalogueError::Unavailable));
}
