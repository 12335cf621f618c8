//! `GET /runs`: the pages of a caller's own runs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gemj_demo::Persona;
use serde_json::json;

use super::*;

#[test]
fn pages_list_own_runs_once_newest_first_and_page_tokens_survive_a_restart() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let (owner, other) = (
        programme.passport(Persona::DomesticAcademic),
        programme.passport(Persona::ConformanceCi),
    );
    let slow = slow_params(&programme, 1, 600);
    let mut runs: Vec<String> = (0..5).map(|_| submitted(client, &owner, SLOW_COUNT, &slow)).collect();
    let foreign = submitted(client, &other, SLOW_COUNT, &slow);
    runs.reverse();
    let page = |client: &Client, query: &str| {
        let page = client.get(&format!("{RUNS}?{query}"), Some(&owner)).expect(200).json();
        official("RunListResponse", &page);
        let ids: Vec<String> = page["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["run_id"].as_str().unwrap().to_owned())
            .collect();
        (ids, page["next_page_token"].as_str().unwrap().to_owned())
    };
    let (first, token) = page(client, "page_size=2");
    assert_eq!(first, runs[..2]);
    let whole = page(client, "").0;
    assert_eq!(whole, runs);
    assert!(!whole.contains(&foreign));
    for query in [
        "page_size=0",
        "page_size=x",
        "page_size=-1",
        "page_token=nonsense",
        "page_token=a&page_token=b",
        "page_size=1&page_size=2",
    ] {
        wes_error(&client.get(&format!("{RUNS}?{query}"), Some(&owner)), 400);
    }
    // The page token contains the id of one of the caller's runs. A sequence number would reveal the number of runs of all callers.
    assert_eq!(URL_SAFE_NO_PAD.decode(&token).unwrap(), runs[1].as_bytes());
    // A page token with the id of another caller's run is refused.
    let query = format!("page_token={}", URL_SAFE_NO_PAD.encode(&foreign));
    wes_error(&client.get(&format!("{RUNS}?{query}"), Some(&owner)), 400);
    // A new run does not change the following pages, and the page token is also valid in another process.
    let _newer = submitted(client, &owner, SLOW_COUNT, &slow);
    served.kill();
    let served = programme.serve();
    let client = &served.client;
    let (second, token) = page(client, &format!("page_size=2&page_token={token}"));
    assert_eq!(second, runs[2..4]);
    let (last, end) = page(client, &format!("page_size=2&page_token={token}"));
    assert_eq!((last.as_slice(), end.as_str()), (&runs[4..], ""));
    let listed = client.get(&format!("{RUNS}?page_size=1"), Some(&owner)).expect(200).json();
    assert_eq!(listed["runs"][0]["tags"], json!({"study": "counting"}));
    let authorization = format!("Bearer {owner}");
    for run in page(client, "").0 {
        let cancelled = client.send("POST", &format!("{RUNS}/{run}/cancel"), &[("Authorization", &authorization)], None);
        let _ = cancelled.expect(200);
        until(client, &owner, &run, &["CANCELED"]);
    }
    let authorization = format!("Bearer {other}");
    let _ = client
        .send(
            "POST",
            &format!("{RUNS}/{foreign}/cancel"),
            &[("Authorization", &authorization)],
            None,
        )
        .expect(200);
    until(client, &other, &foreign, &["CANCELED"]);
}
