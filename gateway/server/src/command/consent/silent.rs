//! The command `consent silent`: lists the sites that have sent no data for a number of days.

use std::process::ExitCode;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::{NewAlarm, SilentSite};
use serde_json::{Value, json};

use crate::command::output::{print, print_json, table};
use crate::installation::Installation;

pub(super) async fn silent(installation: &Installation, days: u32, json: bool) -> anyhow::Result<ExitCode> {
    let catalogue = &installation.stores.catalogue;
    let now = installation.clock.now();
    let silent = catalogue.silent_sites(Upkeep::of(Job::Inventory), now, days).await?;
    let mandate = Mandate::operator(WriteAction::RecordConsent);
    for site in &silent {
        let alarm = NewAlarm {
            kind: "site-silent".to_owned(),
            site: Some(site.site.clone()),
            text: format!("nothing was heard since {}", last_heard(site)),
        };
        catalogue.raise_alarm(&mandate, &alarm, now).await?;
    }
    if json {
        let list = silent.iter().map(|site| {
            json!({
                "site": site.site.as_str(),
                "participants": site.participant_count,
                "last_heard": site.last_heard.map(gemj_model::Timestamp::rfc3339),
            })
        });
        print_json(&Value::Array(list.collect()))?;
    } else if !silent.is_empty() {
        let rows: Vec<Vec<String>> = silent
            .iter()
            .map(|site| vec![site.site.to_string(), site.participant_count.to_string(), last_heard(site)])
            .collect();
        print(&table(&["site", "participants", "last heard"], &rows))?;
    }
    Ok(if silent.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn last_heard(site: &SilentSite) -> String {
    site.last_heard.map_or_else(|| "never".to_owned(), |at| at.rfc3339())
}
