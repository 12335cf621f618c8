//! The command `release create`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use gemj_access::{Mandate, WriteAction};
use gemj_catalogue::{CatalogueError, PolicyWatch};
use gemj_model::{DatasetId, ReleaseId};

use crate::command::known_names::require_dataset;
use crate::command_error::CommandError;
use crate::installation::Installation;

/// Maximum number of attempts to create a release. An attempt fails if the consent ledger changes during the attempt.
const TRIES: usize = 10;

pub(super) async fn create(installation: &Installation, id: &str, dataset: &str, citation: Option<&str>) -> anyhow::Result<ExitCode> {
    let id = ReleaseId::parse(id).context("the release's id")?;
    let dataset = DatasetId::parse(dataset).context("--dataset")?;
    let configuration = &installation.configuration;
    let policy = require_dataset(installation, &dataset)?;
    let citation = match citation {
        Some(text) => text.to_owned(),
        None => {
            // The current date in Japan (UTC+9).
            let day: String = installation.clock.now().plus_seconds(9 * 3600).rfc3339().chars().take(10).collect();
            format!(
                "{}. {}, release {id} ({day}).",
                configuration.service.organization_name, policy.name
            )
        }
    };
    let datasets = configuration.datasets.iter().map(|d| d.id.clone()).collect();
    let catalogue = &installation.stores.catalogue;
    let watch = PolicyWatch::new(
        catalogue.clone(),
        installation.forms.clone(),
        datasets,
        Arc::clone(&installation.clock),
    )
    .with_rules(configuration.consent.rules());
    let mandate = Mandate::operator(WriteAction::CreateRelease);
    for _ in 0..TRIES {
        let current = watch.current().await?;
        let now = installation.clock.now();
        match catalogue
            .create_release(&mandate, &current.view, &id, &dataset, &citation, now)
            .await
        {
            Ok(release) => {
                println!(
                    "created: {id}: {} objects, {} participants, manifest {}",
                    release.summary.object_count, release.summary.participant_count, release.summary.manifest_sha256
                );
                installation.checkpoint().await?;
                return Ok(ExitCode::SUCCESS);
            }
            // The consent ledger has changed since the view was read, for example by a withdrawal. The next attempt reads the new view.
            Err(CatalogueError::Conflict { field: "epoch" }) => {}
            Err(CatalogueError::Conflict { field: "release" }) => return Err(CommandError::ReleaseExists { id: id.to_string() }.into()),
            Err(CatalogueError::Invalid { field: "dataset" }) => {
                return Err(CommandError::NothingToRelease {
                    dataset: dataset.to_string(),
                }
                .into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::LedgerChanged {}.into())
}
