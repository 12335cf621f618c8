//! Consents and withdrawals through the four sources: the portal API, FHIR Consent, a feed of a capture system, and a sheet. Each withdrawal takes effect in
//! every standard for every request that begins after its receipt.

use gemj_demo::Persona;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, person, private_variant};
use gemj_tests::{Client, Programme, Reply};
use serde_json::{Value, json};

use crate::fhir::hospital::{Hospital, hospitals, number_of, observation, site_of, withdrawal};
use crate::wes::{drs_file, run_workflows, submit};

/// A CWL tool that counts reads.
const COUNT_ANY: &str = r#"{
  "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["samtools", "view", "-c"],
  "inputs": {"reads": {"type": "File", "inputBinding": {}}}, "stdout": "count.txt", "outputs": {"count": "stdout"}
}"#;

/// The profile of a REDCap project that keeps the consents of the patients of hospital A.
const PROFILE: &str = r#"profile: consent-form
version: "1"
format: redcap
redcap: { dictionary: data_dictionary.csv }
participant: { record: "*", number: record_id }
rules:
  - fact: phenotype
    record: row
    code: { from: hpo_code, via: [hpo] }
consents:
  - record: row
    form: { from: c_form, via: [{ map: { "1": unified-1 } }] }
    signed: { from: c_date, via: [{ date: [iso] }] }
    clauses:
      study-use: { from: c_study, via: [{ map: { "1": "yes", "0": "no" } }] }
      third-party-domestic: { from: c_domestic, via: [{ map: { "1": "yes", "0": "no" } }] }
    withdrawn: { from: c_withdrawn, via: [{ map: { "1": "yes", "0": "no" } }] }
    withdrawn-at: { from: c_withdrawn_date, via: [{ date: [iso] }] }
ignore:
  - { field: "*_complete", reason: the state of a form in the capture system }
"#;

const DICTIONARY: &str = "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,\"Choices, Calculations, OR Slider Labels\",Field Note,Text Validation Type OR Show Slider Number,Identifier?\n\
record_id,consent,,text,Record,,,,\n\
c_form,consent,,text,Form,,,,\n\
c_date,consent,,text,Signed,,,date_ymd,\n\
c_study,consent,,text,Study use,,,,\n\
c_domestic,consent,,text,Domestic,,,,\n\
c_withdrawn,consent,,text,Status,,,,\n\
c_withdrawn_date,consent,,text,Date of the status,,,date_ymd,\n\
c_remark,consent,,text,Remark,,,,\n\
hpo_code,phenotype,,text,HPO,,,,\n";

const HEADER: &str =
    "record_id,c_form,c_date,c_study,c_domestic,c_withdrawn,c_withdrawn_date,c_remark,consent_complete,hpo_code,phenotype_complete\n";

fn post(client: &Client, token: &str, path: &str, key: Option<&str>, body: &[u8]) -> Reply {
    let authorization = format!("Bearer {token}");
    let mut headers = vec![("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    headers.extend(key.map(|key| ("Idempotency-Key", key)));
    client.send("POST", path, &headers, Some(body))
}

fn statement(number: usize, more: &Value) -> Vec<u8> {
    let mut statement = json!({"participant": {"namespace": site_of(number), "number": number_of(number)}});
    for (name, value) in more.as_object().unwrap() {
        statement[name] = value.clone();
    }
    statement.to_string().into_bytes()
}

fn withdraws(number: usize) -> Vec<u8> {
    statement(number, &json!({"kind": "withdrawn"}))
}

fn status_of(reply: &Reply) -> String {
    let body = reply.json();
    let receipt = if body["receipt"].is_object() { &body["receipt"] } else { &body };
    let item = &receipt["items"][0];
    format!("{} {}", item["status"].as_str().unwrap(), item["reason"].as_str().unwrap_or(""))
}

fn shown(programme: &Programme, number: usize) -> String {
    programme.run(&["consent", "show", &person(number)]).good().out
}

/// Ingests rows of the capture system of hospital A. Returns the output of the command.
fn ingest(programme: &Programme, rows: &[String]) -> gemj_tests::programme::Ran {
    let folder = programme.path("redcap");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("data_dictionary.csv"), DICTIONARY).unwrap();
    std::fs::write(folder.join("records.csv"), HEADER.to_owned() + &rows.concat()).unwrap();
    std::fs::write(programme.path("consent.yaml"), PROFILE).unwrap();
    let profile = programme.path("consent.yaml");
    let records = folder.join("records.csv");
    let site = site_of(1);
    programme.run(&[
        "ingest",
        "--dataset",
        "rare-disease",
        "--profile",
        profile.to_str().unwrap(),
        "--site",
        site,
        "--namespace",
        site,
        records.to_str().unwrap(),
    ])
}

/// What a participant's data was open through before the withdrawal.
struct Open {
    number: usize,
    paths: Vec<String>,
    /// URLs that were issued before the withdrawal.
    issued: Vec<String>,
    bam: String,
    patient: String,
    observation: String,
}

impl Open {
    fn new(programme: &Programme, client: &Client, hospital: &Hospital<'_>, token: &str, number: usize) -> Self {
        let bam = programme.object_of(&person(number), if number == 4 { "CRAM" } else { "BAM" });
        let vcf = programme.object_of(&person(number), "VCF");
        let json = |path: &str| client.get(path, Some(token)).expect(200).json();
        let paths = vec![
            format!("/htsget/reads/{bam}"),
            format!("/htsget/variants/{vcf}"),
            format!("/ga4gh/drs/v1/objects/{bam}"),
            format!("/ga4gh/drs/v1/objects/{vcf}/access/https"),
        ];
        let mut issued = block_urls(&json(&paths[0]));
        issued.extend(block_urls(&json(&paths[1])));
        issued.push(json(&paths[3])["url"].as_str().unwrap().to_owned());
        let patient = hospital.patient(number);
        let made = hospital.post(&observation(&patient)).expect(201).json();
        Self {
            number,
            paths,
            issued,
            bam,
            patient,
            observation: made["id"].as_str().unwrap().to_owned(),
        }
    }

    /// The statuses of every way to the participant's data, and the number of participants whom Beacon counts for the own variant.
    fn ways(&self, client: &Client, hospital: &Hospital<'_>, token: &str) -> (Vec<u16>, u64) {
        let mut statuses: Vec<u16> = self.paths.iter().map(|path| client.get(path, Some(token)).status).collect();
        let path = |url: &String| {
            let (_, rest) = url.split_once("://").unwrap();
            rest[rest.find('/').unwrap()..].to_owned()
        };
        statuses.extend(self.issued.iter().map(|url| client.get(&path(url), None).status));
        statuses.push(hospital.get(&format!("Observation/{}", self.observation)).status);
        statuses.push(submit(client, token, COUNT_ANY, &json!({"reads": drs_file(&self.bam)})).status);
        (statuses, count(client, token, &private_variant(self.number)))
    }
}

fn count(client: &Client, token: &str, question: &str) -> u64 {
    let reply = client.get(&format!("/beacon/individuals?{question}&requestedGranularity=count"), Some(token));
    reply.expect(200).json()["responseSummary"]["numTotalResults"].as_u64().unwrap()
}

#[test]
fn a_withdrawal_through_each_of_the_four_sources_closes_every_standard_for_the_next_request() {
    let Some(programme) = hospitals() else { return };
    if !run_workflows(&programme, 1) {
        return;
    }
    let served = programme.serve();
    let client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let hospital = Hospital::new(&programme, client, "hospital-a");
    let people: Vec<Open> = [2, 3, 4, 1]
        .into_iter()
        .map(|number| Open::new(&programme, client, &hospital, &token, number))
        .collect();
    for open in &people {
        let (statuses, carriers) = open.ways(client, &hospital, &token);
        assert!(
            statuses.iter().all(|status| *status == 200) && carriers == 1,
            "{}: {statuses:?}",
            open.number
        );
    }
    for (gone, open) in (1..).zip(&people) {
        match open.number {
            2 => {
                let reply = post(client, &hospital.token, "/consent/v1/events", Some("w-2"), &withdraws(2)).expect(201);
                assert_eq!(status_of(&reply), "recorded ");
            }
            3 => {
                let _ = hospital.post(&withdrawal(&open.patient)).expect(201);
            }
            4 => {
                // The rest of the record is refused, because its phenotype is no term. The withdrawal is recorded all the same.
                let row = format!("{},,,,,1,2026-05-01,,2,not-a-term,2\n", number_of(4));
                let ran = ingest(&programme, &[row]).refused();
                assert!(
                    ran.err.contains("(unknown-code)") || ran.err.contains("refused") || !ran.err.is_empty(),
                    "{}",
                    ran.err
                );
            }
            _ => {
                let sheet = programme.path("events.csv");
                let text = format!("participant,form,kind,clauses,effective_at\n{},,withdrawn,,\n", person(1));
                std::fs::write(&sheet, text).unwrap();
                let _ = programme.run(&["consent", "import", sheet.to_str().unwrap()]).good();
            }
        }
        let (statuses, carriers) = open.ways(client, &hospital, &token);
        assert!(
            statuses.iter().all(|status| *status != 200) && carriers == 0,
            "{}: {statuses:?}",
            open.number
        );
        assert_eq!(count(client, &token, SHARED_VARIANT), PEOPLE as u64 - gone, "{}", open.number);
        for still in people.iter().skip(gone as usize) {
            let (statuses, carriers) = still.ways(client, &hospital, &token);
            assert!(
                statuses.iter().all(|status| *status == 200) && carriers == 1,
                "{}: {statuses:?}",
                still.number
            );
        }
    }
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_request_with_the_same_key_has_the_same_receipt_and_is_one_event() {
    let Some(programme) = hospitals() else { return };
    let served = programme.serve();
    let client = &served.client;
    let hospital = Hospital::new(&programme, client, "hospital-a");
    let send = |key: Option<&str>, body: &[u8]| post(client, &hospital.token, "/consent/v1/events", key, body);
    let given = statement(
        1,
        &json!({"kind": "proxy-given", "form": "unified-1", "clauses": ["study-use"], "signed": "2026-05-01",
            "proxy": {"relation": "parent"}, "scan_sha256": "ab".repeat(32)}),
    );
    let first = send(Some("key-1"), &given).expect(201);
    let again = send(Some("key-1"), &given).expect(201);
    assert_eq!(first.json(), again.json());
    let receipt = first.json();
    assert_eq!(receipt["items"][0]["scan_sha256"], "ab".repeat(32));
    assert_eq!(receipt["items"][0]["proxy_relation"], "parent");
    assert_eq!(shown(&programme, 1).matches("proxy-given").count(), 1);
    let path = format!("/consent/v1/receipts/{}", receipt["id"].as_str().unwrap());
    assert!(first.header("location").ends_with(&path));
    assert_eq!(client.get(&path, Some(&hospital.token)).expect(200).json(), receipt);
    let other = Hospital::new(&programme, client, "hospital-b");
    assert_eq!(client.get(&path, Some(&other.token)).status, 404);
    assert_eq!(client.get(&path, None).status, 401);

    // Another body with the same key, and a body without a key: a consent is refused, and a withdrawal is recorded all the same.
    let more = statement(
        1,
        &json!({"kind": "given", "form": "unified-1", "clauses": "all", "signed": "2026-06-01"}),
    );
    assert_eq!(status_of(&send(Some("key-1"), &more).expect(422)), "refused idempotency-key-reused");
    assert_eq!(status_of(&send(None, &more).expect(400)), "refused idempotency-key-missing");
    assert_eq!(status_of(&send(Some("key-1"), &withdraws(1)).expect(422)), "recorded ");
    assert!(shown(&programme, 1).contains("holds now: nothing"));
    assert_eq!(status_of(&send(None, &withdraws(2)).expect(400)), "recorded ");
    assert!(shown(&programme, 2).contains("holds now: nothing"));
}

#[test]
fn a_withdrawal_that_cannot_be_read_blocks_the_participant_and_raises_an_alarm_and_an_unknown_participant_raises_one_too() {
    let Some(programme) = hospitals() else { return };
    let served = programme.serve();
    let client = &served.client;
    let hospital = Hospital::new(&programme, client, "hospital-a");
    let mut keys = 0;
    let mut send = |body: &[u8]| {
        keys += 1;
        post(client, &hospital.token, "/consent/v1/events", Some(&format!("key-{keys}")), body).expect(422)
    };
    let whole = String::from_utf8(withdraws(1)).unwrap();
    let member_twice = whole.replace("{\"kind\"", "{\"kind\":\"given\",\"kind\"");
    assert_ne!(member_twice, whole);
    assert_eq!(status_of(&send(member_twice.as_bytes())), "blocked-unclear member-twice");
    let cut = whole.strip_suffix('}').unwrap();
    assert_eq!(status_of(&send(cut.as_bytes())), "blocked-unclear unreadable");
    assert!(shown(&programme, 1).contains("a withdrawal waits to be resolved"));
    let reply = send(&withdraws(PEOPLE));
    assert_eq!(status_of(&reply), "refused participant-not-found", "a patient of another hospital");
    assert!(!reply.text().contains(&number_of(PEOPLE)));
    assert_eq!(status_of(&send(b"\xff\xfe withdrawn")), "refused unreadable");
    let alarms = programme.run(&["consent", "alarms", "--json"]);
    assert_eq!(alarms.code, Some(2));
    let kinds = |word: &str| alarms.out.matches(&format!("\"{word}\"")).count();
    assert_eq!(
        (kinds("consent-withdrawal-unclear"), kinds("consent-withdrawal-unidentified")),
        (2, 2),
        "{}",
        alarms.out
    );
    let log = served.stop();
    for number in [1, PEOPLE] {
        assert!(!log.contains(&number_of(number)) && !alarms.out.contains(&number_of(number)));
    }
}

#[test]
fn each_statement_of_a_list_has_its_own_outcome() {
    let Some(programme) = hospitals() else { return };
    let served = programme.serve();
    let client = &served.client;
    let hospital = Hospital::new(&programme, client, "hospital-a");
    let mut lines = withdraws(1);
    lines.extend(b"\n{\"kind\":\n\n");
    lines.extend(withdraws(3));
    lines.extend(b"\n");
    lines.extend(statement(
        4,
        &json!({"kind": "given", "form": "unified-9", "clauses": "all", "signed": "2026-05-01"}),
    ));
    let authorization = format!("Bearer {}", hospital.token);
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/x-ndjson"),
        ("Idempotency-Key", "list-1"),
    ];
    let send = || client.send("POST", "/consent/v1/bulk", &headers, Some(&lines)).expect(201).json();
    let receipt = send();
    let statuses: Vec<_> = receipt["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["status"].clone())
        .collect();
    assert_eq!(statuses, ["recorded", "refused", "recorded", "refused"]);
    assert_eq!(
        receipt["counts"],
        json!({"received": 4, "recorded": 2, "blocked-unclear": 0, "refused": 2})
    );
    assert_eq!(send(), receipt);
    for number in [1, 3] {
        assert!(shown(&programme, number).contains("holds now: nothing"));
    }
    assert!(!shown(&programme, 4).contains("holds now: nothing"));
}

#[test]
fn a_form_of_a_capture_system_makes_consents_once_and_a_status_alone_makes_none() {
    let Some(programme) = hospitals() else { return };
    let row = |number: usize, rest: &str| format!("{},{rest}\n", number_of(number));
    let rows = [
        row(1, "1,2026-05-01,1,1,,,,2,,"),
        row(2, ",,,,1,,,2,,"),
        row(3, ",,,,9,,,2,,"),
        row(4, "1,2026-05-01,撤回,1,,,,2,,"),
        row(5, "1,,,,,,,2,,"),
    ];
    let first = ingest(&programme, &rows);
    let second = ingest(&programme, &rows);
    assert!(first.code == Some(0) && second.code == Some(0), "{}{}", first.err, second.err);
    assert_eq!(
        shown(&programme, 1).matches("2026-04-30T15:00:00").count(),
        1,
        "{}",
        shown(&programme, 1)
    );
    assert!(shown(&programme, 2).contains("holds now: nothing"));
    assert_eq!(shown(&programme, 2).matches("withdrawn").count(), 1, "{}", shown(&programme, 2));
    for number in [3, 4] {
        assert!(shown(&programme, number).contains("a withdrawal waits to be resolved"), "{number}");
        assert_eq!(shown(&programme, number).matches("withdrawal-unclear").count(), 1, "{number}");
    }
    let alarms = programme.run(&["consent", "alarms", "--json"]).out;
    assert_eq!(alarms.matches("\"consent-withdrawal-unclear\"").count(), 2, "{alarms}");
    assert_eq!(alarms.matches("\"consent-incomplete\"").count(), 1, "{alarms}");
    let forms = programme.run(&["consent", "forms", "--json"]).good().out;
    let forms: Value = serde_json::from_str(&forms).unwrap();
    assert!(
        forms
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line["site"] == "hospital-a" && line["form"] == "unified-1" && line["last_signed"] == "2026-05-01"),
        "{forms}"
    );
}

#[test]
fn a_record_of_a_capture_system_that_cannot_be_read_raises_an_alarm_because_it_can_state_a_withdrawal() {
    let Some(programme) = hospitals() else { return };
    let row = |day: &str| format!("{},,,,,1,2026-11-{day},,2,,0\n", number_of(1));
    // Two rows of one record contradict each other, so the record is refused before its consent is read.
    let ran = ingest(&programme, &[row("01"), row("02")]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("duplicate-row"), "{}", ran.err);
    let alarms = programme.run(&["consent", "alarms", "--json"]);
    let raised = alarms.out.matches("\"consent-withdrawal-unidentified\"").count();
    assert_eq!(raised, 1, "{}", alarms.out);
    assert!(!alarms.out.contains(&number_of(1)), "an alarm contains no number");
}
