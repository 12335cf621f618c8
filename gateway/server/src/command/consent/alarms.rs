//! The command `consent alarms`: lists and clears alarms.

use std::process::ExitCode;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{SiteId, Timestamp};

use crate::command::output::{print, table};
use crate::installation::Installation;

pub(super) async fn alarms(installation: &Installation, all: bool, clear: Option<u64>) -> anyhow::Result<ExitCode> {
    let catalogue = &installation.stores.catalogue;
    if let Some(number) = clear {
        let mandate = Mandate::operator(WriteAction::RecordConsent);
        catalogue.clear_alarm(&mandate, number, installation.clock.now()).await?;
        println!("cleared: {number}");
        return Ok(ExitCode::SUCCESS);
    }
    let alarms = catalogue.alarms(Upkeep::of(Job::Inventory), all).await?;
    let rows: Vec<Vec<String>> = alarms
        .iter()
        .map(|alarm| {
            vec![
                alarm.id.to_string(),
                alarm.recorded.rfc3339(),
                alarm.cleared.map_or_else(|| "-".to_owned(), Timestamp::rfc3339),
                alarm.alarm.kind.clone(),
                alarm.alarm.site.as_ref().map_or("-", SiteId::as_str).to_owned(),
                alarm.alarm.text.clone(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        print(&table(&["alarm", "rang", "cleared", "kind", "site", "what"], &rows))?;
    }
    let rings = alarms.iter().any(|alarm| alarm.cleared.is_none());
    Ok(if rings { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
