//! Workflows that try to encode data in everything that their submitter can see before a review.

use std::time::{SystemTime, UNIX_EPOCH};

use gemj_demo::Persona;
use serde_json::json;

use super::*;
use crate::drs::get_object::without_decision;

/// The time step (`shown_every_s`) in this test, in seconds.
const STEP_S: u64 = 4;

/// Two secrets of the same length. Ids are hexadecimal, so no answer contains five consecutive letters of a secret by chance.
const SECRETS: [&str; 2] = ["qzjxkwvyqpzghxkjvwzyqgku", "vxyzkqjwghpzzjqyxwvkgupn"];

/// A workflow that encodes the secret in names of files and folders, numbers of files, sizes, secondary files, values, the log and its task names,
/// times, and the duration of the run.
const SMUGGLES: &str = r#"{
  "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["sh", "-c"],
  "inputs": {"secret": "File", "reads": "File"},
  "arguments": ["
    s=`cat $(inputs.secret.path)`;
    n=`printf %s $s | head -c 1 | od -An -tu1`; n=`expr $n % 7 + 1`;
    mkdir -p tree/$s/deep-$s tree/empty-$s; echo x > tree/$s/deep-$s/$s.txt;
    i=0; while [ $i -lt $n ]; do head -c `expr $n '*' 100 + $i` /dev/zero > f-$i-$s; i=`expr $i + 1`; done;
    echo main > main.dat; touch -d 2020-01-0$n main.dat; [ $n -gt 4 ] && echo more > main.dat.a || echo more > main.dat.b;
    printf %s $s > value.txt; echo $s;
    echo \"[2026-01-0$n 00:00:00] INFO [job $s] /$s$ true\" >&2; echo $s >&2; sleep `expr $n % 3`;
    true"],
  "stdout": "printed.txt",
  "outputs": {
    "tree": {"type": "Directory", "outputBinding": {"glob": "tree"}},
    "files": {"type": "File[]", "outputBinding": {"glob": "f-*"}},
    "main": {"type": "File", "outputBinding": {"glob": "main.dat"},
             "secondaryFiles": [{"pattern": ".a", "required": false}, {"pattern": ".b", "required": false}]},
    "value": {"type": "string", "outputBinding": {"glob": "value.txt", "loadContents": true, "outputEval": "$(self[0].contents)"}},
    "printed": "stdout"
  }
}"#;

/// A workflow that names its outputs itself, which CWL permits with `cwl.output.json`.
const NAMES_ITS_OUTPUTS: &str = r#"{
  "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["sh", "-c"],
  "inputs": {"secret": "File", "reads": "File"},
  "arguments": ["
    s=`cat $(inputs.secret.path)`; echo x > $s;
    printf '{\"main\": {\"class\": \"File\", \"path\": \"%s\"}, \"%s\": \"%s\"}' $s $s $s > cwl.output.json"],
  "outputs": {"main": "File"}
}"#;

/// A workflow whose failure and exit code depend on the secret.
const FAILS: &str = r#"{
  "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["sh", "-c"],
  "inputs": {"secret": "File", "reads": "File"},
  "arguments": ["
    s=`cat $(inputs.secret.path)`; n=`printf %s $s | head -c 1 | od -An -tu1`; echo $s >&2;
    if [ `expr $n % 2` = 0 ]; then exit $n; fi; ln -s /etc/hostname main.dat"],
  "outputs": {"main": {"type": "File", "outputBinding": {"glob": "main.dat"}}}
}"#;

fn hostile(client: &Client, token: &str, tool: &str, secret: &str, reads: &Value) -> String {
    let params = json!({"secret": {"class": "File", "location": "secret.txt"}, "reads": reads}).to_string();
    let reply = post_form(
        client,
        Some(token),
        &[
            field("workflow_type", "CWL"),
            field("workflow_type_version", "v1.2"),
            field("workflow_url", "tool.cwl"),
            field("workflow_params", &params),
            attachment("tool.cwl", &tool.replace('\n', " ")),
            attachment("secret.txt", secret),
        ],
    );
    reply.expect(200).json()["run_id"].as_str().unwrap().to_owned()
}

/// Every answer about a run that the submitter can get, with headers and body.
fn answers(client: &Client, token: &str, run: &str, unseen: &str) -> Vec<String> {
    let authorization = format!("Bearer {token}");
    let mut paths: Vec<(&str, String)> = [
        "",
        "/status",
        "/tasks",
        "/tasks?page_size=1",
        "/tasks/workflow",
        "/tasks/0",
        "/tasks/1",
    ]
    .map(|tail| ("GET", format!("{RUNS}/{run}{tail}")))
    .to_vec();
    paths.push(("POST", format!("{RUNS}/{run}/cancel")));
    paths.push(("GET", format!("/airlock/outputs?run_id={run}")));
    paths.push(("GET", format!("/airlock/outputs/{unseen}")));
    paths.push(("POST", format!("/airlock/outputs/{unseen}/decision")));
    let one = |(method, path): (&str, String)| {
        let body = br#"{"verdict": "release", "reason": "mine"}"#.as_slice();
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        let reply = client.send(method, &path, &headers, (method == "POST").then_some(body));
        let mut headers: Vec<String> = reply
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        // The test ignores `Connection`, because it depends on whether the server had read the request's body when it answered, and so on the
        // network.
        headers.retain(|header| !["date:", "connection:"].iter().any(|name| header.starts_with(name)));
        headers.sort();
        format!("{method} {path} {} {headers:?} {}", reply.status, reply.text())
    };
    paths.into_iter().map(one).collect()
}

/// An answer without the run's own id, the decision's id and the times. The times are tested separately.
fn comparable(answer: &str, run: &str, unseen: &str) -> String {
    let answer = without_decision(answer).replace(run, "RUN").replace(unseen, "OUTPUT");
    let mut parts = answer.split("_time\":\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| format!("{text}_time\":\"{}", part.split_once('"').unwrap().1))
}

fn assert_carries_nothing_of(secret: &str, text: &str) {
    for at in 0..=secret.len() - 5 {
        assert!(!text.contains(&secret[at..at + 5]), "{text}");
    }
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Waits for the end of a run and returns its state. Asserts that the shown times are multiples of the time step and not in the future.
fn end_of(client: &Client, token: &str, run: &str) -> String {
    let state = until(client, token, run, &["COMPLETE", "EXECUTOR_ERROR"]);
    let seen = now_s();
    let log = run_log(client, token, run);
    for name in ["start_time", "end_time"] {
        let time = log["run_log"][name].as_str().unwrap();
        let time = gemj_model::Timestamp::parse(time).unwrap().seconds();
        let time = u64::try_from(time).unwrap();
        assert!(time % STEP_S == 0 && time <= seen, "{name} {time} at {seen}");
    }
    state
}

#[test]
fn before_a_review_the_answers_about_a_run_do_not_depend_on_its_outputs() {
    let Some(programme) = with_workflows(2) else { return };
    let config = std::fs::read_to_string(programme.config()).unwrap();
    std::fs::write(
        programme.config(),
        config.replace("shown_every_s = 1\n", &format!("shown_every_s = {STEP_S}\n")),
    )
    .unwrap();
    let served = programme.serve();
    let client = &served.client;
    // The caller's approval has the delivery `tre-only`, so the caller may receive no byte of the file.
    let owner = programme.passport(Persona::OverseasTre);
    let reviewer = programme.passport(Persona::OutputReviewer);
    let reads = drs_file(&programme.object_of(&person(1), "BAM"));
    for (tool, expected) in [(SMUGGLES, "COMPLETE"), (NAMES_ITS_OUTPUTS, "any"), (FAILS, "EXECUTOR_ERROR")] {
        let runs = SECRETS.map(|secret| hostile(client, &owner, tool, secret, &reads));
        let states = runs.each_ref().map(|run| end_of(client, &owner, run));
        assert_eq!(states[0], states[1]);
        assert!(expected == "any" || states[0] == expected, "{states:?}");
        let mut seen = Vec::new();
        for (run, secret) in runs.iter().zip(SECRETS) {
            let listed = client
                .get(&format!("/airlock/outputs?run_id={run}"), Some(&reviewer))
                .expect(200)
                .json();
            let files = listed["outputs"].as_array().unwrap();
            if tool == SMUGGLES {
                // The workflow does encode the secret: the names in the reviewer's list contain it.
                assert!(
                    listed.to_string().contains(&format!("tree/{secret}/deep-{secret}/{secret}.txt")),
                    "{listed}"
                );
                assert!(files.len() > 8, "{listed}");
            }
            let unseen = files[0]["id"].as_str().unwrap();
            let answers = answers(client, &owner, run, unseen);
            answers.iter().for_each(|answer| assert_carries_nothing_of(secret, answer));
            for public in ["/ga4gh/wes/v1/service-info", "/services", "/", "/metrics", "/readyz"] {
                assert_carries_nothing_of(secret, &client.get(public, Some(&owner)).text());
            }
            seen.push(answers.iter().map(|answer| comparable(answer, run, unseen)).collect::<Vec<_>>());
        }
        assert_eq!(seen[0], seen[1]);
        let list = client.get(RUNS, Some(&owner)).expect(200).text();
        SECRETS.iter().for_each(|secret| assert_carries_nothing_of(secret, &list));
    }
}

#[test]
fn after_a_withdrawal_the_names_of_released_outputs_are_hidden_again() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::OverseasTre);
    let reviewer = programme.passport(Persona::OutputReviewer);
    let run = hostile(
        client,
        &owner,
        SMUGGLES,
        SECRETS[0],
        &drs_file(&programme.object_of(&person(1), "BAM")),
    );
    until(client, &owner, &run, &["COMPLETE"]);
    for output in reviewed(client, &reviewer, &run) {
        let _ = decide(client, &reviewer, output["id"].as_str().unwrap(), "release").expect(200);
    }
    let log = run_log(client, &owner, &run);
    assert!(log["outputs"].to_string().contains(SECRETS[0]), "{log}");
    let tasks = client.get(&format!("{RUNS}/{run}/tasks"), Some(&owner)).expect(200).text();
    assert!(tasks.contains(SECRETS[0]), "the released log makes the steps visible: {tasks}");
    let _ = programme.run(&["consent", "withdraw", &person(1)]).good();
    answers(client, &owner, &run, "none")
        .iter()
        .for_each(|answer| assert_carries_nothing_of(SECRETS[0], answer));
}

#[test]
fn a_caller_cannot_submit_more_runs_in_a_day_than_configured() {
    let Some(programme) = with_workflows(1) else { return };
    let config = std::fs::read_to_string(programme.config()).unwrap();
    std::fs::write(programme.config(), config.replace("runs_per_day = 0\n", "runs_per_day = 2\n")).unwrap();
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let params = count_params(&programme);
    let taken = [(); 2].map(|()| submitted(client, &owner, COUNT, &params));
    let refused = submit(client, &owner, COUNT, &params);
    let message = wes_error(&refused, 429);
    assert!(message.contains("24 hours"), "{message}");
    assert_eq!(refused.header("retry-after"), "3600");
    let kept = std::fs::read_dir(programme.path("runs")).unwrap().flatten();
    let folders = kept.filter(|entry| entry.file_name().len() == 32).count();
    assert_eq!(folders, taken.len(), "no folder of the refused run exists");
}
