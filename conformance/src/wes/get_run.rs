//! Checks of WES's `GET /runs/{run_id}`, `GET /runs/{run_id}/status` and `POST /runs/{run_id}/cancel`.

use crate::check::{Finding, fail, skip};
use crate::schemas::Named;
use crate::shape;
use crate::target::Target;

use super::{STANDARD, list_runs};

const UNKNOWN: &str = "no-such-run-conformance";

pub(super) fn unknown_id(target: &Target) -> Finding {
    let requests: [(&'static str, &[&str]); 3] = [
        ("GET", &["runs", UNKNOWN, "status"]),
        ("GET", &["runs", UNKNOWN]),
        ("POST", &["runs", UNKNOWN, "cancel"]),
    ];
    let mut statuses = Vec::new();
    for (method, segments) in requests {
        let answer = target.ask(method, STANDARD, segments).send()?;
        shape::msg_and_status_code(&answer.expect(&[403, 404])?.json()?, answer.status)?;
        statuses.push(answer.status);
    }
    if statuses.iter().any(|status| *status != statuses[0]) {
        return fail(format!("{statuses:?}: the statuses differ"));
    }
    Ok(format!("{} to all three", statuses[0]))
}

pub(super) fn log_schema(target: &Target) -> Finding {
    let schemas = target.schemas()?;
    let finished = target.finished_run.borrow().clone();
    let run_id = match finished {
        Some(run_id) => run_id,
        None => match shape::list(&list_runs::first(target)?, "/runs")?.first() {
            Some(run) => shape::text(run, "/run_id")?.to_owned(),
            None => return skip("needs wes.workflow_file: the caller has no run"),
        },
    };
    let value = target.get(STANDARD, &["runs", &run_id]).send()?.json_200()?;
    shape::is_text(&value, "/run_id", &run_id)?;
    schemas.judge(Named::Wes("RunLog"), &value)
}
