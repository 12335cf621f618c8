//! The command `consent alarms`: lists and clears alarms.

use std::process::ExitCode;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::CatalogueError;
use gemj_model::{SiteId, Timestamp};

use serde_json::{Value, json};

use crate::command::output::{print, print_json, table};
use crate::installation::Installation;
use crate::operator_error::OperatorError;

pub(super) async fn alarms(installation: &Installation, all: bool, clear: Option<u64>, json: bool) -> anyhow::Result<ExitCode> {
    let catalogue = &installation.stores.catalogue;
    if let Some(number) = clear {
        let mandate = Mandate::operator(WriteAction::RecordConsent);
        let cleared = catalogue.clear_alarm(&mandate, number, installation.clock.now()).await;
        cleared.map_err(|error| -> anyhow::Error {
            match error {
                CatalogueError::NotFound { .. } => OperatorError::UnknownAlarm { number }.into(),
                error => error.into(),
            }
        })?;
        println!("cleared: {number}");
        return Ok(ExitCode::SUCCESS);
    }
    let alarms = catalogue.alarms(Upkeep::of(Job::Inventory), all).await?;
    if json {
        let list = alarms.iter().map(|alarm| {
            json!({
                "alarm": alarm.id,
                "recorded": alarm.recorded.rfc3339(),
                "cleared": alarm.cleared.map(Timestamp::rfc3339),
                "kind": alarm.alarm.kind,
                "site": alarm.alarm.site.as_ref().map(SiteId::as_str),
                "text": alarm.alarm.text,
            })
        });
        print_json(&Value::Array(list.collect()))?;
    }
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
    if !json && !rows.is_empty() {
        print(&table(&["alarm", "rang", "cleared", "kind", "site", "what"], &rows))?;
    }
    let rings = alarms.iter().any(|alarm| alarm.cleared.is_none());
    Ok(if rings { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
