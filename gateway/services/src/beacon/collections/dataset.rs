//! The Beacon descriptions of datasets.

use ga4gh_beacon::{Dataset, DuoDataUse, OntologyTerm, Timestamp};
use gemj_access::{DatasetGrant, Finding, Grant, Policy};
use gemj_catalogue::DatasetRelease;
use gemj_model::{DataUseTerm, DatasetPolicy, DuoCode};
use serde_json::{Value, json};

use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The version of the Data Use Ontology in which conditions of use are stated.
const DUO_VERSION: &str = "2021-02-23";

/// The datasets that a Grant opens, in order of id, with their conditions of use and their releases. A dataset states its number of
/// participants only if the tier allows numbers. Without a Grant the list is empty.
///
/// # Errors
/// The catalogue's failure.
pub async fn datasets(stores: &Stores, grant: Option<&Grant>, policy: &Policy) -> Result<Vec<Dataset>, ServiceError> {
    let mut described = Vec::new();
    for granted in grant.map_or(&[][..], Grant::datasets) {
        let (Some(grant), Some(of)) = (grant, policy.dataset(granted.dataset())) else {
            continue;
        };
        let releases = stores.catalogue.releases_of_dataset(grant, granted.dataset()).await?;
        described.push(dataset(grant, granted, of, &releases));
    }
    Ok(described)
}

fn dataset(grant: &Grant, granted: &DatasetGrant, policy: &DatasetPolicy, releases: &[DatasetRelease]) -> Dataset {
    let id = policy.id.as_str();
    let name = if policy.name.is_empty() { id } else { &policy.name };
    let mut dataset = Dataset::new(id, name).with_data_use(policy.data_use.iter().filter_map(condition).collect());
    dataset.description = Some(policy.description.clone()).filter(|text| !text.is_empty());
    // The dates of a description are dates of releases. The time of a change of live data would reveal that a participant joined or left.
    dataset.create_date_time = releases.first().and_then(|release| Timestamp::parse(&release.created.rfc3339()));
    dataset.update_date_time = releases.last().and_then(|release| Timestamp::parse(&release.created.rfc3339()));
    dataset.version = releases.last().map(|release| release.id.as_str().to_owned());
    if !releases.is_empty() {
        let release = |release: &DatasetRelease| {
            json!({
                "id": release.id.as_str(),
                "created": release.created.rfc3339(),
                "citation": release.citation,
                "manifestSha256": release.manifest_sha256,
            })
        };
        dataset.info.insert("releases".to_owned(), releases.iter().map(release).collect());
    }
    let particulars: Vec<Value> = policy.data_use.iter().filter_map(particulars).collect();
    if !particulars.is_empty() {
        dataset.info.insert("dataUseParticulars".to_owned(), particulars.into());
    }
    if let Some((people, precision)) = size(grant, &[granted]) {
        dataset.info.insert("individuals".to_owned(), people.into());
        dataset.info.insert("countPrecision".to_owned(), precision.into());
    }
    dataset
}

/// A condition of use (DUO) in Beacon's form, with the diseases to which it limits the use; absent if its code is not a CURIE.
fn condition(term: &DataUseTerm) -> Option<DuoDataUse> {
    let label = DuoCode::parse(&term.code).map(DuoCode::label);
    let mut condition = DuoDataUse::new(OntologyTerm::parse(&term.code, label)?, DUO_VERSION);
    condition.modifiers = term
        .diseases
        .iter()
        .filter_map(|disease| OntologyTerm::parse(disease, None))
        .collect();
    Some(condition)
}

/// The countries, months and date that a condition of use names; absent if the condition names none of these. Every caller may know them.
/// Persons and projects that a condition names are left out.
fn particulars(term: &DataUseTerm) -> Option<Value> {
    if term.regions.is_empty() && term.months.is_none() && term.date.is_none() {
        return None;
    }
    let mut said = json!({"id": term.code});
    if !term.regions.is_empty() {
        said["countries"] = json!(term.regions);
    }
    if let Some(months) = term.months {
        said["months"] = months.into();
    }
    if let Some(date) = &term.date {
        said["date"] = date.as_str().into();
    }
    Some(said)
}

/// The number of participants in these datasets for a Beacon description, with the value of `countPrecision`. Absent if the disclosure
/// limits allow no number.
pub(super) fn size(grant: &Grant, datasets: &[&DatasetGrant]) -> Option<(u64, &'static str)> {
    match grant.participants_listed(datasets)? {
        Finding::Exact(count) => Some((count, "exact")),
        Finding::AtLeast(count) => Some((count, "rounded")),
        Finding::Boolean(_) => None,
    }
}
