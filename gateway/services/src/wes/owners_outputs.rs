//! Describes the outputs of a run as the run's owner may see them.

use gemj_catalogue::{OutputState, RunOutput, RunState};
use serde_json::{Map, Value, json};

/// The ports (named outputs) that every run has in addition to the outputs that its workflow declares: the output values that are not
/// files, the engine's standard output, and the engine's log. A run that ended by itself is always shown with these ports.
const OWN_PORTS: [&str; 3] = ["run.values", "run.stdout", "run.stderr"];

/// The port (named output) under which a released file is shown if it belongs to no output that the workflow declares.
const OTHER: &str = "run.other";

/// The outputs of a run by port (named output), for its owner. Absent for a run that is not over or was cancelled, and for a run with a
/// system error that has no outputs.
///
/// Before a review, the ports are [`OWN_PORTS`] and, for a complete run, the outputs that the workflow document declared before the run,
/// regardless of the files that the run wrote. The names, number, sizes and digests of files could each carry data out. A file is shown
/// with its name after a reviewer has released that file. `open` is whether every input may still be used; if an input may no longer be
/// used, no file is shown.
pub(super) fn owners_outputs(
    state: RunState,
    declared: &[String],
    outputs: &[RunOutput],
    url: &str,
    open: bool,
) -> Option<Map<String, Value>> {
    let declared = match state {
        RunState::Complete => declared,
        RunState::ExecutorError => &[],
        // A run with a system error has outputs only if its engine was lost, or was stopped without a request. These outputs are the
        // engine's logs.
        RunState::SystemError if !outputs.is_empty() => &[],
        RunState::SystemError
        | RunState::Canceled
        | RunState::Queued
        | RunState::Initializing
        | RunState::Running
        | RunState::Canceling => return None,
    };
    let ports = declared.iter().map(String::as_str).chain(OWN_PORTS);
    let all_are_decided = outputs.iter().all(|output| output.state != OutputState::Held);
    let mut told: Map<String, Value> = ports
        .map(|port| {
            let files: Vec<&RunOutput> = outputs.iter().filter(|output| port_of(output, declared) == port).collect();
            (port.to_owned(), told_of(&files, all_are_decided, url, open))
        })
        .collect();
    let others = outputs.iter().filter(|output| port_of(output, declared) == OTHER);
    let released: Vec<&RunOutput> = others.filter(|output| open && output.state == OutputState::Released).collect();
    if !released.is_empty() {
        told.insert(OTHER.to_owned(), told_of(&released, all_are_decided, url, open));
    }
    Some(told)
}

/// The port (named output) that a file belongs to. A declared port is the first segment of the file's path in the output object.
fn port_of<'a>(output: &RunOutput, declared: &'a [String]) -> &'a str {
    let first = output.name.split('/').next().unwrap_or_default();
    let own = OWN_PORTS.into_iter().find(|port| *port == output.name);
    own.or_else(|| declared.iter().map(String::as_str).find(|port| *port == first))
        .unwrap_or(OTHER)
}

fn told_of(files: &[&RunOutput], all_are_decided: bool, url: &str, open: bool) -> Value {
    let any = |state| files.iter().any(|file| file.state == state);
    let state = if any(OutputState::Held) || (files.is_empty() && !all_are_decided) {
        OutputState::Held.as_str()
    } else if any(OutputState::Released) {
        OutputState::Released.as_str()
    } else if any(OutputState::Rejected) {
        OutputState::Rejected.as_str()
    } else {
        // The review is complete, and no file belongs to this named output.
        "empty"
    };
    let mut told = json!({ "state": state });
    let released = files.iter().filter(|file| open && file.state == OutputState::Released);
    let released: Vec<Value> = released.map(|file| released_file(file, url)).collect();
    if !released.is_empty() {
        told["files"] = released.into();
    }
    let mut reasons: Vec<&str> = files
        .iter()
        .filter(|file| file.state == OutputState::Rejected)
        .filter_map(|file| file.reason.as_deref())
        .collect();
    reasons.sort_unstable();
    reasons.dedup();
    if !reasons.is_empty() {
        // The reviewer's reasons are shown without the names of the rejected files.
        told["rejected"] = reasons.into();
    }
    told
}

fn released_file(file: &RunOutput, url: &str) -> Value {
    json!({
        "id": file.id,
        "name": file.name,
        "size": file.size_bytes,
        "sha256": file.sha256,
        "url": format!("{url}/{}", file.id),
        "reason": file.reason,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn output(name: &str, state: OutputState) -> RunOutput {
        RunOutput {
            id: format!("id-of-{name}"),
            run: "r".to_owned(),
            name: name.to_owned(),
            path: format!("work/out/{name}"),
            size_bytes: 4711,
            sha256: "digest".to_owned(),
            state,
            reviewer: None,
            reason: (state != OutputState::Held).then(|| "a reason".to_owned()),
            decided: None,
        }
    }

    fn shown(outputs: &[RunOutput], open: bool) -> Value {
        let declared = ["folder".to_owned(), "table".to_owned()];
        Value::Object(owners_outputs(RunState::Complete, &declared, outputs, "https://g.example/airlock/outputs", open).unwrap())
    }

    #[test]
    fn before_a_review_all_runs_of_a_document_show_the_same_outputs() {
        use OutputState::Held;
        let none = shown(&[output("run.stderr", Held)], true);
        let held = json!({"state": "held"});
        let expected = json!({"folder": held, "table": held, "run.values": held, "run.stdout": held, "run.stderr": held});
        assert_eq!(none, expected);
        let smuggled: Vec<RunOutput> = ["folder/GATTACA/x", "folder/y", "table", "undeclared", "run.stdout", "run.stderr"]
            .map(|name| output(name, Held))
            .to_vec();
        for open in [true, false] {
            assert_eq!(shown(&smuggled, open), expected);
        }
    }

    #[test]
    fn a_released_file_is_shown_in_full_and_held_and_rejected_files_are_hidden() {
        use OutputState::{Held, Rejected, Released};
        let outputs = [
            output("folder/a", Released),
            output("folder/GATTACA", Held),
            output("table", Rejected),
            output("undeclared", Released),
        ];
        let told = shown(&outputs, true);
        assert_eq!(
            (&told["folder"]["state"], &told["folder"]["files"][0]["name"]),
            (&json!("held"), &json!("folder/a"))
        );
        assert_eq!(told["folder"]["files"].as_array().unwrap().len(), 1);
        assert_eq!(told["table"], json!({"state": "rejected", "rejected": ["a reason"]}));
        assert_eq!(told["run.other"]["files"][0]["id"], "id-of-undeclared");
        assert!(!told.to_string().contains("GATTACA"));
        let closed = shown(&outputs, false);
        assert!(
            closed.get("run.other").is_none() && !closed.to_string().contains("4711"),
            "{closed}"
        );
        let reviewed = shown(&[output("table", Released)], true);
        assert_eq!(
            (&reviewed["table"]["state"], &reviewed["folder"]["state"]),
            (&json!("released"), &json!("empty"))
        );
    }

    #[test]
    fn a_failed_run_shows_only_its_own_ports() {
        let declared = ["table".to_owned()];
        let of = |state, outputs: &[RunOutput]| owners_outputs(state, &declared, outputs, "u", true).map(|told| told.len());
        assert_eq!(of(RunState::ExecutorError, &[]), Some(3));
        assert_eq!(of(RunState::SystemError, &[]), None);
        assert_eq!(of(RunState::Running, &[]), None);
    }
}
