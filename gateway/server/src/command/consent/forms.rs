//! The command `consent forms`: which site's participants signed which version of a form.

use std::process::ExitCode;

use gemj_access::{Job, Upkeep};
use gemj_catalogue::SignedForm;
use gemj_model::{ConsentForm, Timestamp};
use serde_json::{Value, json};

use crate::command::output::{print, print_json, table};
use crate::installation::Installation;

/// Runs `consent forms`.
pub(super) async fn forms(installation: &Installation, json: bool) -> anyhow::Result<ExitCode> {
    let signed = installation.stores.catalogue.signed_forms(Upkeep::of(Job::Inventory)).await?;
    let today = day(installation.clock.now());
    if json {
        let list = signed.iter().map(|line| {
            json!({
                "site": line.site.as_ref().map(gemj_model::SiteId::as_str),
                "form": line.form.as_str(),
                "participants": line.participant_count,
                "first_signed": day(line.first_signed),
                "last_signed": day(line.last_signed),
                "newer": newer(&installation.forms, line, &today).map(|form| form.id.as_str()),
            })
        });
        print_json(&Value::Array(list.collect()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = signed
        .iter()
        .map(|line| {
            vec![
                line.site.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
                line.form.to_string(),
                line.participant_count.to_string(),
                day(line.first_signed),
                day(line.last_signed),
                newer(&installation.forms, line, &today).map_or_else(|| "-".to_owned(), |form| form.id.to_string()),
            ]
        })
        .collect();
    print(&table(
        &["site", "form", "participants", "first signed", "last signed", "newer version"],
        &rows,
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The day in Japan, as the dates of forms are.
fn day(time: Timestamp) -> String {
    time.plus_seconds(9 * 3600).rfc3339().chars().take(10).collect()
}

/// The newest version of a form that is newer than the signed one and in use today. Versions of one form share the id before the last `-`, as in
/// `unified-1` and `unified-2`. Absent if the signed form is the newest.
fn newer<'f>(forms: &'f [ConsentForm], line: &SignedForm, today: &str) -> Option<&'f ConsentForm> {
    let series = |id: &str| id.rsplit_once('-').map(|(series, _)| series.to_owned());
    let own = forms.iter().find(|form| form.id == line.form)?;
    let is_newer = |form: &&ConsentForm| {
        series(form.id.as_str()).is_some_and(|of| Some(of) == series(own.id.as_str()))
            && form.effective_from > own.effective_from
            && form.effective_from.as_str() <= today
    };
    forms.iter().filter(is_newer).max_by(|a, b| a.effective_from.cmp(&b.effective_from))
}
