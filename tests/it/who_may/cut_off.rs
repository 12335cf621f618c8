//! Replicas that cannot reach their database refuse requests within the time limit. When they reach it again, their answers include the changes made
//! in the meantime.

use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, person};
use gemj_tests::{Client, Reply};

use super::replicas::{Replicas, path_of};

/// The time limit within which a replica without its database refuses a request (`PolicyWatch`, and the look-up before a decision).
const BOUND: Duration = Duration::from_secs(5);

/// Additional time that a busy machine may need.
const SLACK: Duration = Duration::from_secs(5);

/// The time within which a replica must reconnect to its database.
const BACK: Duration = Duration::from_secs(60);

const LEAVER: usize = 2;

/// A request that needs the current policy. Its path may contain a signed URL and is never printed.
struct Asked {
    what: &'static str,
    path: String,
    token: Option<String>,
}

fn questions(replicas: &Replicas) -> Vec<Asked> {
    let programme = &replicas.programme;
    let token = programme.passport(Persona::DomesticAcademic);
    let (bam, joint) = (programme.object_of(&person(1), "BAM"), programme.joint_object());
    let get = |path: String| replicas.one.client.get(&path, Some(&token)).expect(200).json();
    let block = block_urls(&get(format!("/htsget/reads/{bam}"))).remove(0);
    let joint_block = block_urls(&get(format!("/htsget/variants/{joint}"))).remove(0);
    let access = get(format!("/ga4gh/drs/v1/objects/{bam}/access/https"))["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let ask = |what, path: String| Asked {
        what,
        path,
        token: Some(token.clone()),
    };
    let without = |what, path: &str| Asked {
        what,
        path: path.to_owned(),
        token: None,
    };
    vec![
        ask("ticket of reads", format!("/htsget/reads/{bam}")),
        ask("ticket of variants", format!("/htsget/variants/{joint}")),
        ask("object", format!("/ga4gh/drs/v1/objects/{bam}")),
        ask("access URL", format!("/ga4gh/drs/v1/objects/{bam}/access/https")),
        ask("count", format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count")),
        ask("variants", format!("/beacon/g_variants?{SHARED_VARIANT}")),
        without("public boolean", &format!("/beacon/g_variants?{SHARED_VARIANT}")),
        without("block of reads", path_of(&block)),
        without("block of variants", path_of(&joint_block)),
        without("bytes", path_of(&access)),
    ]
}

/// Sends every request to both replicas at the same time. Each request must be answered before its client's time limit.
fn all_at_once(replicas: &Replicas, questions: &[Asked]) -> Vec<(&'static str, Result<u16, String>)> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = replicas
            .clients()
            .into_iter()
            .flat_map(|client| questions.iter().map(move |question| (client.base.clone(), question)))
            .map(|(base, asked)| {
                scope.spawn(move || {
                    let agent = ureq::Agent::config_builder()
                        .http_status_as_error(false)
                        .proxy(None)
                        .timeout_global(Some(BOUND + SLACK))
                        .build()
                        .new_agent();
                    let mut request = agent.get(format!("{base}{}", asked.path));
                    if let Some(token) = &asked.token {
                        request = request.header("Authorization", format!("Bearer {token}"));
                    }
                    let answer = request
                        .call()
                        .map(|reply| reply.status().as_u16())
                        .map_err(|error| error.to_string());
                    (asked.what, answer)
                })
            })
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Asserts that all requests to both replicas get this status.
fn all_are(replicas: &Replicas, questions: &[Asked], status: u16) {
    let answers = all_at_once(replicas, questions);
    let others: Vec<_> = answers.iter().filter(|(_, answer)| *answer != Ok(status)).collect();
    assert!(
        others.is_empty(),
        "not every answer is {status} within {:?}: {others:?}",
        BOUND + SLACK
    );
}

/// Repeats a request until its answer is not 503, and returns this answer.
fn when_back(client: &Client, path: &str, token: Option<&str>) -> Reply {
    let begun = Instant::now();
    loop {
        let reply = client.get(path, token);
        if reply.status != 503 {
            return reply;
        }
        assert!(begun.elapsed() < BACK, "still refused {BACK:?} after the database came back");
    }
}

fn refuses_and_comes_back(take_away: impl Fn(&Replicas)) {
    let Some(replicas) = Replicas::small() else { return };
    let programme = &replicas.programme;
    let questions = questions(&replicas);
    all_are(&replicas, &questions, 200);
    let token = programme.passport(Persona::DomesticAcademic);
    let bam = programme.object_of(&person(LEAVER), "BAM");
    take_away(&replicas);
    all_are(&replicas, &questions, 503);
    for client in replicas.clients() {
        assert_eq!(client.get("/readyz", None).status, 503);
    }
    // The command connects to the database directly. The replicas cannot reach the database and continue to refuse.
    let _ = programme.run(&["consent", "withdraw", &person(LEAVER)]).good();
    all_are(&replicas, &questions, 503);
    replicas.gate.open();
    for client in replicas.clients() {
        let first = when_back(client, &format!("/ga4gh/drs/v1/objects/{bam}"), Some(&token));
        assert_eq!(first.status, 404, "the first answer includes the withdrawal: {}", first.text());
        let count = when_back(
            client,
            &format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count"),
            Some(&token),
        );
        assert_eq!(count.expect(200).json()["responseSummary"]["numTotalResults"], PEOPLE - 1);
        for asked in &questions {
            let again = when_back(client, &asked.path, asked.token.as_deref());
            assert_eq!(again.status, 200, "{}: {}", asked.what, again.text());
        }
        assert_eq!(client.get("/readyz", None).status, 200);
    }
}

#[test]
fn replicas_with_a_disconnected_database_refuse_within_the_limit_and_recover() {
    refuses_and_comes_back(|replicas| replicas.gate.cut());
}

#[test]
fn replicas_with_a_silent_database_refuse_within_the_limit_and_recover() {
    refuses_and_comes_back(|replicas| replicas.gate.silence());
}
