//! The differences between two versions of an approval, for the operator. No text names a person.

use gemj_model::{Approval, DatasetId, Purpose, ReleaseId, Timestamp};

/// One text for each member that differs. Users are counted and not named.
pub(super) fn differences(before: &Approval, after: &Approval) -> Vec<String> {
    let mut found = Vec::new();
    let mut text = |name: &str, before: String, after: String| {
        if before != after {
            found.push(format!("{name}: {before} -> {after}"));
        }
    };
    let none = || "-".to_owned();
    let time = |time: Option<Timestamp>| time.map_or_else(none, Timestamp::rfc3339);
    text("visa_value", before.visa_value.clone(), after.visa_value.clone());
    text("project", before.project.clone(), after.project.clone());
    text("organisation", before.organisation.clone(), after.organisation.clone());
    text(
        "country",
        before.country.clone().unwrap_or_else(none),
        after.country.clone().unwrap_or_else(none),
    );
    text(
        "datasets",
        joined(&before.datasets, DatasetId::as_str),
        joined(&after.datasets, DatasetId::as_str),
    );
    let release = |approval: &Approval| {
        approval
            .release
            .as_ref()
            .map_or_else(none, |release| ReleaseId::as_str(release).to_owned())
    };
    text("release", release(before), release(after));
    text(
        "purposes",
        joined(&before.purposes, |p| Purpose::as_str(*p)),
        joined(&after.purposes, |p| Purpose::as_str(*p)),
    );
    text(
        "diseases",
        joined(&before.diseases, String::as_str),
        joined(&after.diseases, String::as_str),
    );
    text("commercial", before.commercial.to_string(), after.commercial.to_string());
    text("meets", joined(&before.meets, String::as_str), joined(&after.meets, String::as_str));
    text("delivery", before.delivery.as_str().to_owned(), after.delivery.as_str().to_owned());
    let budget = |approval: &Approval| approval.region_budget_bp.map_or_else(none, |bases| bases.to_string());
    text("region_budget_bp", budget(before), budget(after));
    text("not_before", time(before.not_before), time(after.not_before));
    text("not_after", time(Some(before.not_after)), time(Some(after.not_after)));
    if before.applicant != after.applicant {
        found.push("applicant: another one".to_owned());
    }
    if before.users != after.users {
        let (added, removed) = (missing(&before.users, &after.users), missing(&after.users, &before.users));
        found.push(format!("users: {added} added, {removed} removed"));
    }
    if before.regions != after.regions {
        let count = |approval: &Approval| {
            approval
                .regions
                .as_ref()
                .map_or_else(|| "all".to_owned(), |regions| regions.len().to_string())
        };
        found.push(format!("regions: {} -> {}", count(before), count(after)));
    }
    found
}

fn joined<T>(list: &[T], text: impl Fn(&T) -> &str) -> String {
    if list.is_empty() {
        return "-".to_owned();
    }
    list.iter().map(text).collect::<Vec<_>>().join(",")
}

/// The number of entries of `list` that are not in `other`.
fn missing(other: &[String], list: &[String]) -> usize {
    list.iter().filter(|entry| !other.contains(entry)).count()
}
