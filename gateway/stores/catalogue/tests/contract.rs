//! The contract tests of the catalogue. The tests always run on SQLite, and also on PostgreSQL if `GEMJ_TEST_POSTGRES_URL` names a server.
#![allow(clippy::unwrap_used, missing_docs)]

/// Creates each contract test twice: once for SQLite and once for PostgreSQL.
macro_rules! contract {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {
        mod sqlite {
            #[allow(unused_imports)]
            use super::*;
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let $world = World::sqlite().await;
                $body
                $world.end().await;
            })*
        }
        mod postgres {
            #[allow(unused_imports)]
            use super::*;
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let Some($world) = World::postgres(stringify!($name)).await else { return };
                $body
                $world.end().await;
            })*
        }
    };
}

#[path = "contract/allele_names.rs"]
mod allele_names;
#[path = "contract/approvals.rs"]
mod approvals;
#[path = "contract/audit.rs"]
mod audit;
#[path = "contract/beacon_counts.rs"]
mod beacon_counts;
#[path = "contract/beacon_records.rs"]
mod beacon_records;
#[path = "contract/cases.rs"]
mod cases;
#[path = "contract/code_tables.rs"]
mod code_tables;
#[path = "contract/consent.rs"]
mod consent;
#[path = "contract/disclosures.rs"]
mod disclosures;
#[path = "contract/evidence.rs"]
mod evidence;
#[path = "contract/feed_pulls.rs"]
mod feed_pulls;
#[path = "contract/feeds.rs"]
mod feeds;
#[path = "contract/fhir.rs"]
mod fhir;
#[path = "contract/filtering.rs"]
mod filtering;
#[path = "contract/folded_terms.rs"]
mod folded_terms;
#[path = "contract/gene_model.rs"]
mod gene_model;
#[path = "contract/kinds_of_facts.rs"]
mod kinds_of_facts;
#[path = "contract/lanes.rs"]
mod lanes;
#[path = "contract/ledger_tail.rs"]
mod ledger_tail;
#[path = "contract/merges.rs"]
mod merges;
#[path = "contract/objects.rs"]
mod objects;
#[path = "contract/ontology.rs"]
mod ontology;
#[path = "contract/opening.rs"]
mod opening;
#[path = "contract/operator_reads.rs"]
mod operator_reads;
#[path = "contract/patient_variants.rs"]
mod patient_variants;
#[path = "contract/processes.rs"]
mod processes;
#[path = "contract/programme.rs"]
mod programme;
#[path = "contract/purge.rs"]
mod purge;
#[path = "contract/query_budget.rs"]
mod query_budget;
#[path = "contract/recontact.rs"]
mod recontact;
#[path = "contract/region_budget.rs"]
mod region_budget;
#[path = "contract/releases.rs"]
mod releases;
#[path = "contract/reported_names.rs"]
mod reported_names;
#[path = "contract/resumable_downloads.rs"]
mod resumable_downloads;
#[path = "contract/runs.rs"]
mod runs;
#[path = "contract/seal.rs"]
mod seal;
#[path = "contract/segment_lease.rs"]
mod segment_lease;
#[path = "contract/sites.rs"]
mod sites;
#[path = "contract/upgrade.rs"]
mod upgrade;
#[path = "contract/vault.rs"]
mod vault;
#[path = "contract/watch.rs"]
mod watch;
#[path = "contract/world.rs"]
mod world;
