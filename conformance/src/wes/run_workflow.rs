//! Checks of WES's `POST /runs`.

use std::time::{Duration, Instant};

use crate::check::{Finding, Stop, fail};
use crate::shape;
use crate::target::Target;

use super::STANDARD;
use super::submission::{Form, form};

const STATES: [&str; 11] = [
    "UNKNOWN",
    "QUEUED",
    "INITIALIZING",
    "RUNNING",
    "PAUSED",
    "COMPLETE",
    "EXECUTOR_ERROR",
    "SYSTEM_ERROR",
    "CANCELED",
    "CANCELING",
    "PREEMPTED",
];
/// The states of a run that are final.
const LAST: [&str; 5] = ["COMPLETE", "EXECUTOR_ERROR", "SYSTEM_ERROR", "CANCELED", "PREEMPTED"];
const WAIT_SECONDS: u64 = 300;
const POLL_MS: u64 = 500;

pub(super) fn without_required_members(target: &Target) -> Finding {
    let answer = Form::default().field("workflow_params", "{}").send(target)?;
    shape::msg_and_status_code(&answer.expect(&[400])?.json()?, 400)?;
    Ok(answer.described())
}

pub(super) fn attachment_outside_the_run(target: &Target) -> Finding {
    for name in ["../conformance-outside.txt", "a/../../conformance-outside.txt"] {
        let answer = form(target)?.attachment(name, b"outside").send(target)?;
        if answer.status == 200 {
            // The server accepted a run that it should have rejected. The check cancels this run.
            if let Ok(value) = answer.json()
                && let Ok(run_id) = shape::text(&value, "/run_id")
            {
                let _ = target.ask("POST", STANDARD, &["runs", run_id, "cancel"]).send();
            }
            return fail(format!("200: the attachment {name} is accepted"));
        }
        shape::msg_and_status_code(&answer.expect(&[400])?.json()?, 400)?;
    }
    Ok("400 to each".to_owned())
}

fn state(target: &Target, run_id: &str) -> Result<String, Stop> {
    let value = target.get(STANDARD, &["runs", run_id, "status"]).send()?.json_200()?;
    shape::is_text(&value, "/run_id", run_id)?;
    let state = shape::text(&value, "/state")?;
    if !STATES.contains(&state) {
        return fail(format!("state {}", shape::short(state)));
    }
    Ok(state.to_owned())
}

pub(super) fn lifecycle(target: &Target) -> Finding {
    let settings = &target.settings.wes;
    let answer = form(target)?.send(target)?;
    let value = answer.json_200()?;
    let run_id = shape::text(&value, "/run_id")?;
    let began = Instant::now();
    let wait = Duration::from_secs(settings.wait_seconds.unwrap_or(WAIT_SECONDS));
    let pause = Duration::from_millis(settings.poll_ms.unwrap_or(POLL_MS));
    let mut seen: Vec<String> = Vec::new();
    loop {
        let state = state(target, run_id)?;
        if seen.last() != Some(&state) {
            seen.push(state.clone());
        }
        if LAST.contains(&state.as_str()) {
            break;
        }
        if began.elapsed() > wait {
            return fail(format!("still {state} after {} seconds", wait.as_secs()));
        }
        std::thread::sleep(pause);
    }
    let last = seen.last().cloned().unwrap_or_default();
    let again = state(target, run_id)?;
    if again != last {
        return fail(format!("{last}, then {again}"));
    }
    *target.finished_run.borrow_mut() = Some(run_id.to_owned());
    if last != "COMPLETE" {
        return fail(seen.join(", "));
    }
    Ok(seen.join(", "))
}
