//! The commands `participants list` and `participants show`.

use anyhow::Context as _;
use gemj_access::{OperatorListing, OperatorRead, OperatorReadAction};
use gemj_catalogue::ListedParticipant;
use gemj_model::{DatasetId, FamilyId, PartialDate, ParticipantId, SiteId};
use serde_json::{Value, json};

use crate::command::known_names::{no_participant, require_dataset, require_site};
use crate::command::output::{print, print_json, table};
use crate::installation::Installation;

pub(super) async fn list(
    installation: &Installation,
    (dataset, site): (Option<&str>, Option<&str>),
    reason: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let dataset = dataset.map(DatasetId::parse).transpose().context("--dataset")?;
    let site = site.map(SiteId::parse).transpose().context("--site")?;
    if let Some(dataset) = &dataset {
        require_dataset(installation, dataset)?;
    }
    if let Some(site) = &site {
        require_site(installation, site).await?;
    }
    let listing = OperatorListing::new(reason).context("--reason")?;
    let now = installation.clock.now();
    let catalogue = &installation.stores.catalogue;
    let listed = catalogue
        .listed_participants(&listing, dataset.as_ref(), site.as_ref(), now)
        .await?;
    if json {
        return print_json(&Value::Array(listed.iter().map(described).collect()));
    }
    let rows: Vec<Vec<String>> = listed
        .iter()
        .map(|person| {
            let known = &person.participant;
            vec![
                known.id.as_str().to_owned(),
                known.site.as_ref().map_or("-", SiteId::as_str).to_owned(),
                known.family.as_ref().map_or("-", FamilyId::as_str).to_owned(),
                known.sex.as_str().to_owned(),
                joined(&person.datasets),
            ]
        })
        .collect();
    print(&table(&["participant", "site", "family", "sex", "datasets"], &rows))
}

fn joined(datasets: &[DatasetId]) -> String {
    let names: Vec<&str> = datasets.iter().map(DatasetId::as_str).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(",") }
}

fn described(person: &ListedParticipant) -> Value {
    let known = &person.participant;
    json!({
        "participant": known.id.as_str(),
        "site": known.site.as_ref().map(SiteId::as_str),
        "family": known.family.as_ref().map(FamilyId::as_str),
        "sex": known.sex.as_str(),
        "born": known.born.as_ref().map(PartialDate::as_str),
        "datasets": person.datasets.iter().map(DatasetId::as_str).collect::<Vec<_>>(),
    })
}

pub(super) async fn show(installation: &Installation, participant: &str, reason: Option<&str>, json: bool) -> anyhow::Result<()> {
    let id = ParticipantId::parse(participant).context("PARTICIPANT")?;
    let read = OperatorRead::new(OperatorReadAction::Registration, id.clone(), reason).context("--reason")?;
    let found = installation
        .stores
        .catalogue
        .registration_of(&read, installation.clock.now())
        .await?;
    installation.checkpoint().await?;
    let Some(found) = found else {
        return Err(no_participant(installation, &id).await);
    };
    let mut all = described(&found.listed);
    all["files"] = json!(found.files);
    all["feed_units"] = json!(found.feed_units);
    all["consent_events"] = json!(found.consent_events);
    let linked = found
        .linked_numbers
        .iter()
        .map(|of| json!({"site": of.site, "namespace": of.namespace, "links": of.links}));
    all["linked_numbers"] = linked.collect();
    if json {
        return print_json(&all);
    }
    let person = &found.listed.participant;
    let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let linked: Vec<String> = found
        .linked_numbers
        .iter()
        .map(|of| match of.site.as_str() {
            "" => format!("{} ({})", of.namespace, of.links),
            site => format!("{site} {} ({})", of.namespace, of.links),
        })
        .collect();
    print(&format!(
        "participant: {}\nsite: {}\nfamily: {}\nsex: {}\nborn: {}\ndatasets: {}\nfiles: {}\nunits of feeds: {}\nconsent events: {}\n\
         linked numbers: {}\n",
        person.id.as_str(),
        or_none(person.site.as_ref().map(SiteId::as_str)),
        or_none(person.family.as_ref().map(FamilyId::as_str)),
        person.sex.as_str(),
        or_none(person.born.as_ref().map(PartialDate::as_str)),
        joined(&found.listed.datasets),
        found.files,
        found.feed_units,
        found.consent_events,
        if linked.is_empty() { "-".to_owned() } else { linked.join(", ") },
    ))
}
