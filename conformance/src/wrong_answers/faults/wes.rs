//! Wrong answers that the checks of WES must detect.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{Of, edit, html, of};
use crate::check::Standard::Wes;
use crate::wrong_answers::{Request, Response};

pub(super) fn faults() -> Vec<Of> {
    let check = |id| of(Wes, id);
    let info = "/ga4gh/wes/v1/service-info";
    let (runs, status, log) = ("/ga4gh/wes/v1/runs", "/ga4gh/wes/v1/runs/r1/status", "/ga4gh/wes/v1/runs/r1");
    let unknown = "/ga4gh/wes/v1/runs/no-such-run-conformance/status";
    let posted = |from: u16, answer: Response| {
        move |request: &Request, response: &mut Response| {
            if request.method == "POST" && request.path == "/ga4gh/wes/v1/runs" && response.status == from {
                *response = answer.clone();
            }
        }
    };
    let looks = AtomicUsize::new(0);
    vec![
        check("get_service_info-artifact-is-wes")
            .set(info, "/type/artifact", json!("tes"))
            .unset(info, "/system_state_counts")
            .set(info, "/supported_wes_versions", json!("1.1.0"))
            .unset(info, "/auth_instructions_url"),
        check("get_service_info-schema").set(info, "/supported_wes_versions", json!([1])),
        check("list_runs-shape")
            .set(runs, "/next_page_token", Value::Null)
            .unset(runs, "/next_page_token")
            .unset(runs, "/runs")
            .set(runs, "/runs", json!([{}])),
        check("list_runs-schema").set(runs, "/runs", json!([{"run_id": "r", "state": "DONE"}])),
        check("list_runs-pages")
            .with("page_size is ignored", |request, response| {
                if request.query("page_size").is_some() {
                    edit(response, "/runs", Some(json!([{"run_id": "r1"}, {"run_id": "r2"}])));
                }
            })
            .with("the same page again", |request, response| {
                if request.query("page_token").is_some() {
                    edit(response, "/runs", Some(json!([{"run_id": "r1"}])));
                }
            })
            .with("the token is not accepted", |request, response| {
                if request.query("page_token").is_some() {
                    *response = html(400);
                }
            }),
        check("get_run_status-unknown-id")
            .status(unknown, 404, 200)
            .status(unknown, 404, 500)
            .unset(unknown, "/msg")
            .with("403 to one and 404 to the others", move |request, response| {
                if request.path == unknown {
                    *response = Response::json(403, &json!({"msg": "no", "status_code": 403}));
                }
            })
            .with("cancelling a run that does not exist", |request, response| {
                if request.path.ends_with("/no-such-run-conformance/cancel") {
                    *response = Response::json(200, &json!({"run_id": "no-such-run-conformance"}));
                }
            }),
        check("run_workflow-without-required-members")
            .with("taken", posted(400, Response::json(200, &json!({"run_id": "r9"}))))
            .with("422", posted(400, Response::json(422, &json!({"detail": []}))))
            .with("not JSON", posted(400, html(400))),
        check("run_workflow-attachment-outside-the-run")
            .with("taken", posted(400, Response::json(200, &json!({"run_id": "r9"}))))
            .with("a server error", posted(400, html(500))),
        check("run_workflow-lifecycle")
            .with(
                "refused",
                posted(200, Response::json(400, &json!({"msg": "no", "status_code": 400}))),
            )
            .with("no run_id", posted(200, Response::json(200, &json!({"id": "r1"}))))
            .set(status, "/state", json!("EXECUTOR_ERROR"))
            .set(status, "/state", json!("DONE"))
            .set(status, "/state", json!("RUNNING"))
            .set(status, "/run_id", json!("another"))
            .with("leaves its last state", move |request, response| {
                if request.path == status && looks.fetch_add(1, Ordering::SeqCst) == 0 {
                    edit(response, "/state", Some(json!("CANCELED")));
                }
            }),
        check("get_run_log-schema")
            .set(log, "/run_id", json!("another"))
            .set(log, "/state", json!("DONE"))
            .unset(log, "/request/workflow_url"),
    ]
}
