//! Checks of WES's `GET /runs`.

use serde_json::Value;

use crate::check::{Finding, Stop, fail};
use crate::schemas::Named;
use crate::shape::{list, member, short, text};
use crate::target::Target;

use super::STANDARD;

/// Requests the first page of the list of runs.
pub(super) fn first(target: &Target) -> Result<Value, Stop> {
    target.get(STANDARD, &["runs"]).send()?.json_200()
}

fn next_page_token(value: &Value) -> Result<&str, Stop> {
    let token = member(value, "/next_page_token")?.as_str();
    token.ok_or_else(|| Stop::Fail("/next_page_token is not a string".to_owned()))
}

pub(super) fn shape(target: &Target) -> Finding {
    let value = first(target)?;
    let runs = list(&value, "/runs")?;
    for run in runs {
        text(run, "/run_id")?;
    }
    let token = next_page_token(&value)?;
    Ok(format!(
        "{} runs, {}",
        runs.len(),
        if token.is_empty() { "the last page" } else { "more pages follow" }
    ))
}

pub(super) fn schema(target: &Target) -> Finding {
    target.schemas()?.judge(Named::Wes("RunListResponse"), &first(target)?)
}

pub(super) fn pages(target: &Target) -> Finding {
    let ask = || target.get(STANDARD, &["runs"]).query("page_size", "1");
    let page = ask().send()?.json_200()?;
    let runs = list(&page, "/runs")?;
    if runs.len() > 1 {
        return fail(format!("{} runs for page_size=1", runs.len()));
    }
    let token = next_page_token(&page)?;
    if token.is_empty() {
        return Ok(format!("{} runs, the last page", runs.len()));
    }
    let next = ask()
        .query("page_token", token)
        .shown_as("…/runs?page_size=1&page_token=…")
        .send()?
        .json_200()?;
    let following = list(&next, "/runs")?;
    if following.len() > 1 {
        return fail(format!("{} runs on the next page for page_size=1", following.len()));
    }
    if let (Some(one), Some(other)) = (runs.first(), following.first())
        && text(one, "/run_id")? == text(other, "/run_id")?
    {
        return fail(format!("run {} on both pages", short(text(one, "/run_id")?)));
    }
    Ok("two pages, two runs".to_owned())
}
