//! The commands `participants merge`, `participants merges` and `participants review`.

use anyhow::Context as _;
use gemj_access::{Mandate, OperatorListing, WriteAction};
use gemj_catalogue::{CatalogueError, MergeCase, MergeEventKind, MergeSource, NewMerge, OpenedMerge, ReviewedMerge};
use gemj_model::{ParticipantId, SiteId};
use gemj_variants::flush_observations;
use serde_json::{Value, json};

use crate::command::known_names::require_participant;
use crate::command::link::stated_reason;
use crate::command::output::{print, print_json, table};
use crate::command_error::CommandError;
use crate::installation::Installation;

/// Opens a case.
pub(super) async fn merge(installation: &Installation, survivor: &str, prior: &str, reason: &str) -> anyhow::Result<()> {
    let survivor = ParticipantId::parse(survivor).context("SURVIVOR")?;
    let prior = ParticipantId::parse(prior).context("PRIOR")?;
    for participant in [&survivor, &prior] {
        require_participant(installation, participant).await?;
    }
    let now = installation.clock.now();
    let new = NewMerge {
        survivor,
        prior,
        source: MergeSource::Operator,
        site: None,
        message: String::new(),
        stated: now,
        reason: stated_reason(reason)?,
    };
    let mandate = Mandate::operator(WriteAction::MergeParticipants);
    match installation.stores.catalogue.open_merge(&mandate, &new, now).await? {
        OpenedMerge::Opened(case) => println!(
            "merge {case} is open: until it is reviewed (gemj-gateway participants review {case}), only what both participants consented to is answered"
        ),
        OpenedMerge::AlreadyOpen(case) | OpenedMerge::AlreadyRecorded(case) => {
            println!("merge {case} of these participants is open already")
        }
        OpenedMerge::OnePerson | OpenedMerge::OtherSite => return Err(CommandError::OnePersonAlready {}.into()),
    }
    Ok(())
}

/// The error of a case that cannot be reviewed so.
fn not_reviewed(number: u64, error: CatalogueError) -> anyhow::Error {
    let number = number.to_string();
    match error {
        CatalogueError::NotFound { what: "merge" } => CommandError::UnknownMerge { number }.into(),
        CatalogueError::Conflict { field: "purged" } => CommandError::MergeOfErased { number }.into(),
        CatalogueError::Conflict { field } => CommandError::MergeContradicts {
            number,
            field: field.to_owned(),
        }
        .into(),
        error => error.into(),
    }
}

/// Records the decision about a case.
pub(super) async fn review(installation: &Installation, number: u64, same: bool, reason: &str) -> anyhow::Result<()> {
    let reason = stated_reason(reason)?;
    let mandate = Mandate::operator(WriteAction::MergeParticipants);
    let catalogue = &installation.stores.catalogue;
    let reviewed = catalogue
        .review_merge(&mandate, number, same, &reason, installation.clock.now())
        .await;
    let reviewed = reviewed.map_err(|error| not_reviewed(number, error))?;
    let verdict = if same { "one person" } else { "two persons" };
    match reviewed {
        ReviewedMerge::Recorded(moved) => {
            // The alleles of moved units are counted for their new participant only after they are in the index.
            let ingest = Mandate::operator(WriteAction::Ingest);
            flush_observations(catalogue, &installation.stores.objects, &ingest).await?;
            println!("merge {number}: {verdict}; {moved} units of feeds moved");
        }
        ReviewedMerge::Unchanged => println!("merge {number}: {verdict}, as recorded before"),
        ReviewedMerge::OnePerson => return Err(CommandError::OnePersonAlready {}.into()),
        ReviewedMerge::MergedElsewhere => {
            return Err(CommandError::MergedElsewhere {
                number: number.to_string(),
            }
            .into());
        }
    }
    Ok(())
}

/// Lists the cases.
pub(super) async fn list(
    installation: &Installation,
    participant: Option<&str>,
    open: bool,
    reason: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let participant = participant.map(ParticipantId::parse).transpose().context("--participant")?;
    if let Some(participant) = &participant {
        require_participant(installation, participant).await?;
    }
    let listing = OperatorListing::new(reason).context("--reason")?;
    let now = installation.clock.now();
    let mut cases = installation
        .stores
        .catalogue
        .merge_cases(&listing, participant.as_ref(), now)
        .await?;
    cases.retain(|case| !open || case.state() == "open");
    if json {
        return print_json(&Value::Array(cases.iter().map(described).collect()));
    }
    let rows: Vec<Vec<String>> = cases.iter().map(row).collect();
    print(&table(
        &["merge", "survivor", "prior", "state", "stated by", "site", "recorded"],
        &rows,
    ))
}

fn row(case: &MergeCase) -> Vec<String> {
    let first = case.events.first();
    vec![
        case.number().to_string(),
        case.survivor.as_str().to_owned(),
        case.prior.as_str().to_owned(),
        case.state().to_owned(),
        first.map_or("-", |event| event.source.as_str()).to_owned(),
        first.and_then(|event| event.site.as_ref()).map_or("-", SiteId::as_str).to_owned(),
        first.map_or_else(String::new, |event| event.recorded.rfc3339()),
    ]
}

fn described(case: &MergeCase) -> Value {
    let first = case.events.first();
    let reviews = case.events.iter().filter(|event| event.kind != MergeEventKind::Stated);
    let reviews: Vec<Value> = reviews
        .map(|event| {
            json!({
                "verdict": event.kind.as_str(),
                "reviewer": event.actor,
                "reason": event.reason,
                "recorded": event.recorded.rfc3339(),
            })
        })
        .collect();
    json!({
        "merge": case.number(),
        "survivor": case.survivor.as_str(),
        "prior": case.prior.as_str(),
        "state": case.state(),
        "source": first.map(|event| event.source.as_str()),
        "site": first.and_then(|event| event.site.as_ref()).map(SiteId::as_str),
        "stated": first.map(|event| event.stated.rfc3339()),
        "recorded": first.map(|event| event.recorded.rfc3339()),
        "reason": first.map(|event| event.reason.as_str()),
        "reviews": reviews,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_with_erased_data_is_not_called_a_contradiction() {
        let text = |field| not_reviewed(7, CatalogueError::Conflict { field }).to_string();
        assert!(
            text("purged").contains("the data of one of the two participants was erased"),
            "{}",
            text("purged")
        );
        assert!(text("sex").contains("different values of sex"), "{}", text("sex"));
    }
}
