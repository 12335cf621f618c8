//! The database, the object storage, the carrier index, and the loaded ontologies and gene models.

use std::path::Path;

use gemj_access::{Job, Upkeep};
use gemj_catalogue::audit::signed_writes;
use gemj_variants::segment_status;

use super::report::Report;
use crate::command::audit::{REPAIR_TAIL, tail_fault};
use crate::command::seal::continued;
use crate::configuration::Configuration;
use crate::installation::{Installation, refuse_unfinished};

/// The number of segments of one dataset above which a merge is due. Each query reads all of them.
const MANY_SEGMENTS: usize = 32;

/// Whether the stores exist, so that opening them makes nothing new.
pub(super) fn exist(configuration: &Configuration, report: &mut Report) -> bool {
    if let Err(error) = refuse_unfinished(configuration) {
        report.fault(
            "database",
            error.to_string(),
            "run `gemj-gateway restore` again with the same back-up",
        );
        return false;
    }
    let mut all = true;
    if let Some(file) = configuration.database.url.strip_prefix("sqlite:")
        && !Path::new(file).is_file()
    {
        report.fault(
            "database",
            format!("{file} does not exist"),
            "correct database.url, or restore the file; only a new installation begins without it (`gemj-gateway init`)",
        );
        all = false;
    }
    if let Some(folder) = configuration.objects.url.strip_prefix("file://")
        && !Path::new(folder).is_dir()
    {
        report.fault(
            "objects",
            format!("{folder} does not exist"),
            "correct objects.url, or mount the disk",
        );
        all = false;
    }
    all && configuration.capabilities.key_file.exists()
}

/// The signed head of the writes and the ledger tail, which a restore needs.
async fn files_outside(installation: &Installation, report: &mut Report) {
    let Some(folder) = installation.configuration.files_outside() else {
        return;
    };
    if let Some(note) = continued::note_in(&folder) {
        report.warning(
            "ledger tail",
            format!("another installation has used the ledger tail of this one: {note}"),
            "if that was a rehearsal, delete the file ledger.continued in audit.checkpoint_dir; otherwise two installations are in use: stop one of them",
        );
    }
    if let Some(fault) = tail_fault(installation) {
        report.fault("ledger tail", fault.to_string(), REPAIR_TAIL);
    }
    if let Err(error) = signed_writes(&folder, &installation.key).await {
        report.fault("signed head", error.to_string(), "do what the text says");
    }
}

/// Reports why the stores cannot be opened.
pub(super) fn not_opened(error: &anyhow::Error, report: &mut Report) {
    let text = format!("{error:#}");
    match text.split(':').next() {
        Some("database") => report.fault(
            "database",
            text,
            "check that the database server runs, that database.url names it, and that its user may write",
        ),
        Some("objects") => report.fault(
            "objects",
            text,
            "check the folder's disk and owner, or the bucket's address, region and keys",
        ),
        // The other causes (keys, permissions, forms) have findings of their own.
        _ => report.fault("installation", text, "see the other faults"),
    }
}

pub(super) async fn check(installation: &Installation, report: &mut Report) {
    files_outside(installation, report).await;
    let stores = &installation.stores;
    match stores.catalogue.state().await {
        Ok(state) => report.good("database", format!("answers; epoch {}", state.epoch)),
        Err(error) => report.fault(
            "database",
            error.to_string(),
            "check that the database server runs and its disk is not full",
        ),
    }
    match stores.objects.look(Upkeep::of(Job::Inventory)).await {
        Ok(()) => report.good("objects", "the folder or bucket can be read"),
        Err(error) => report.fault(
            "objects",
            error.to_string(),
            "check the folder's disk and owner, or the bucket's address, region and keys",
        ),
    }
    index(installation, report).await;
    vocabulary(installation, report).await;
}

async fn index(installation: &Installation, report: &mut Report) {
    let segments = match segment_status(&installation.stores.catalogue, &installation.stores.objects).await {
        Ok(segments) => segments,
        Err(error) => {
            report.fault(
                "index",
                format!("a segment cannot be read: {error}"),
                "restore the file from the back-up, or load the files of its dataset again",
            );
            return;
        }
    };
    let old = segments.iter().filter(|segment| !segment.is_current);
    let old: Vec<&str> = old.map(|segment| segment.row.id.as_str()).collect();
    if !old.is_empty() {
        report.warning(
            "index",
            format!("{} segments have an older format: {}", old.len(), old.join(", ")),
            "run `gemj-gateway index merge`",
        );
    }
    let mut of_dataset = std::collections::BTreeMap::new();
    for segment in &segments {
        *of_dataset.entry(segment.row.dataset.as_str().to_owned()).or_insert(0_usize) += 1;
    }
    for (dataset, count) in of_dataset.into_iter().filter(|(_, count)| *count > MANY_SEGMENTS) {
        report.warning(
            "index",
            format!("dataset {dataset} has {count} segments"),
            "run `gemj-gateway index merge`",
        );
    }
    report.good("index", format!("{} segments can be read", segments.len()));
}

async fn vocabulary(installation: &Installation, report: &mut Report) {
    match installation.stores.catalogue.loaded_releases().await {
        Ok(releases) if releases.is_empty() => report.warning(
            "ontologies",
            "no ontology is loaded: filters find only the exact term",
            "gemj-gateway ontology load FILE (docs/ontologies-and-genes.md)",
        ),
        Ok(releases) => {
            let names: Vec<String> = releases
                .iter()
                .map(|release| format!("{} {}", release.prefix, release.version))
                .collect();
            report.good("ontologies", names.join(", "));
        }
        Err(error) => report.fault("ontologies", error.to_string(), "check the database"),
    }
    for dataset in &installation.configuration.datasets {
        for disease in dataset.data_use.iter().flat_map(|term| &term.diseases) {
            match installation.stores.catalogue.expand_term(disease, true).await {
                Ok(expansion) if !expansion.known => report.warning(
                    "ontologies",
                    format!(
                        "dataset {}: no loaded ontology contains {disease}: its subtypes are unknown",
                        dataset.id
                    ),
                    "load the ontology of the term (docs/ontologies-and-genes.md)",
                ),
                Ok(_) => {}
                Err(error) => report.fault("ontologies", error.to_string(), "check the database"),
            }
        }
    }
    match installation.stores.catalogue.loaded_gene_models().await {
        Ok(models) if models.is_empty() => report.warning(
            "gene models",
            "no gene model is loaded: queries cannot name genes",
            "gemj-gateway gene-model load FILE --assembly GRCh38 (docs/ontologies-and-genes.md)",
        ),
        Ok(models) => {
            let names: Vec<String> = models
                .iter()
                .map(|model| format!("{} {}", model.assembly.as_str(), model.version))
                .collect();
            report.good("gene models", names.join(", "));
        }
        Err(error) => report.fault("gene models", error.to_string(), "check the database"),
    }
}
