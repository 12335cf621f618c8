//! The command `release diff`: compares two releases.

use std::collections::HashMap;
use std::process::ExitCode;

use gemj_access::{Job, Upkeep};
use gemj_model::{DatasetId, ObjectId, Ordinal, ParticipantId};
use gemj_services::releases::{ReleaseDifference, difference};
use serde_json::{Value, json};

use super::release;
use crate::command::output::{print, print_json};
use crate::command_error::CommandError;
use crate::installation::Installation;

pub(super) async fn diff(
    installation: &Installation,
    first: &str,
    second: &str,
    participants: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (first, second) = (release(installation, first).await?, release(installation, second).await?);
    if first.summary.dataset != second.summary.dataset {
        return Err(CommandError::ReleasesOfTwoDatasets {}.into());
    }
    let found = difference(&first, &second);
    let names = if participants {
        Some(pseudonyms(installation, &first.summary.dataset).await?)
    } else {
        None
    };
    if json {
        print_json(&described(&found, names.as_ref()))?;
    } else {
        print(&text(&found, names.as_ref()))?;
    }
    let differ = !(found.added.is_empty()
        && found.removed.is_empty()
        && found.changed.is_empty()
        && found.joined.is_empty()
        && found.left.is_empty());
    Ok(if differ { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

type Names = HashMap<Ordinal, ParticipantId>;

/// The pseudonyms of all participants with files in a dataset. A release of the dataset contains no other participants.
async fn pseudonyms(installation: &Installation, dataset: &DatasetId) -> anyhow::Result<Names> {
    let catalogue = &installation.stores.catalogue;
    let items = catalogue.inventory(Upkeep::of(Job::Inventory), Some(dataset)).await?;
    let owners = items
        .into_iter()
        .flat_map(|item| item.object.samples.into_iter().zip(item.participants));
    Ok(owners
        .filter_map(|(sample, participant)| Some((sample.participant?, participant?)))
        .collect())
}

fn named(people: &[Ordinal], names: &Names) -> Vec<String> {
    let mut named: Vec<String> = people
        .iter()
        .filter_map(|ordinal| names.get(ordinal))
        .map(|participant| participant.as_str().to_owned())
        .collect();
    named.sort();
    named
}

fn text(found: &ReleaseDifference, names: Option<&Names>) -> String {
    let mut text = format!(
        "objects added: {}\nobjects removed: {}\nobjects changed: {}\nparticipants joined: {}\nparticipants left: {}\n",
        found.added.len(),
        found.removed.len(),
        found.changed.len(),
        found.joined.len(),
        found.left.len()
    );
    for (sign, objects) in [("+", &found.added), ("-", &found.removed), ("~", &found.changed)] {
        for object in objects {
            text += &format!("{sign} {object}\n");
        }
    }
    for (sign, people) in [("+", &found.joined), ("-", &found.left)] {
        for participant in names.map(|names| named(people, names)).unwrap_or_default() {
            text += &format!("{sign} participant {participant}\n");
        }
    }
    text
}

fn described(found: &ReleaseDifference, names: Option<&Names>) -> Value {
    let ids = |objects: &[ObjectId]| objects.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    let mut value = json!({
        "objects": {"added": ids(&found.added), "removed": ids(&found.removed), "changed": ids(&found.changed)},
        "participants": {"joined": found.joined.len(), "left": found.left.len()},
    });
    if let Some(names) = names {
        value["participants"]["joined_ids"] = json!(named(&found.joined, names));
        value["participants"]["left_ids"] = json!(named(&found.left, names));
    }
    value
}
