//! The complete recontact process in the demo programme, compared with the demo's plan: the selected participants, the Tasks of their hospitals, the
//! hospitals' answers, and the numbers for the requester.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gemj_demo::{Facts, Persona, Programme as Plan};
use gemj_model::{Clause, Clock as _, SystemClock};
use gemj_tests::gateway_process::Start;
use gemj_tests::oracle::run;
use gemj_tests::programme::run_gateway;
use gemj_tests::scratch::until_the_end;
use gemj_tests::{GatewayProcess, Reply};
use serde_json::{Value, json};

struct Demo {
    dir: PathBuf,
    served: GatewayProcess,
}

impl Demo {
    fn start() -> Self {
        let dir = until_the_end("gemj-it-recontact");
        let served = GatewayProcess::demo(&dir, &Start::default());
        Self { dir, served }
    }

    fn token(&self, persona: Persona) -> String {
        let arguments = ["demo-passport", "--dir", self.dir.to_str().unwrap(), "--persona", persona.as_str()];
        run_gateway(arguments).good().out.trim().to_owned()
    }

    /// Executes an SQL statement directly on the gateway's database, for example to move a deadline, because a test cannot advance the clock of the
    /// binary.
    fn sql(&self, statement: &str) -> Vec<Vec<String>> {
        sql(&self.dir.join("gateway.db"), statement)
    }

    fn put(&self, token: &str, task: &Value, if_match: Option<&str>) -> Reply {
        let authorization = format!("Bearer {token}");
        let mut headers = vec![("Content-Type", "application/fhir+json"), ("Authorization", authorization.as_str())];
        headers.extend(if_match.map(|tag| ("If-Match", tag)));
        let path = format!("/fhir/Task/{}", task["id"].as_str().unwrap());
        self.served.client.send("PUT", &path, &headers, Some(task.to_string().as_bytes()))
    }

    fn read(&self, token: &str, id: &str) -> Value {
        self.served.client.get(&format!("/fhir/Task/{id}"), Some(token)).expect(200).json()
    }

    fn tasks(&self, token: &str) -> Vec<Value> {
        let mut tasks = Vec::new();
        let mut path = "/fhir/Task?_count=7".to_owned();
        loop {
            let bundle = self.served.client.get(&path, Some(token)).expect(200).json();
            assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("searchset")));
            tasks.extend(bundle["entry"].as_array().into_iter().flatten().map(|e| e["resource"].clone()));
            let next = bundle["link"].as_array().unwrap().iter().find(|l| l["relation"] == "next");
            match next {
                Some(link) => path = link["url"].as_str().unwrap().to_owned(),
                None => {
                    assert_eq!(bundle["total"], tasks.len());
                    return tasks;
                }
            }
        }
    }
}

fn sql(database: &Path, statement: &str) -> Vec<Vec<String>> {
    let script = "import json,sqlite3,sys\nd=sqlite3.connect(sys.argv[1],timeout=30)\nr=[[str(c) for c in row] for row in d.execute(sys.argv[2])]\n\
                  d.commit()\nprint(json.dumps(r))";
    let output = run("python3", ["-c", script, database.to_str().unwrap(), statement], b"");
    serde_json::from_slice(&output).unwrap()
}

/// Asserts that the reply is a FHIR OperationOutcome with this status.
fn outcome(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.json()["resourceType"], "OperationOutcome");
    assert!(reply.header("content-type").starts_with("application/fhir+json"));
}

fn with_answer(task: &Value, answer: &str) -> Value {
    let mut done = task.clone();
    done["status"] = "completed".into();
    let coding = json!({"system": "https://gemj.example/fhir/CodeSystem/recontact-answer", "code": answer});
    done["output"] = json!([{"type": {"text": "Recontact answer"}, "valueCodeableConcept": {"coding": [coding]}}]);
    done
}

fn with_status(task: &Value, status: &str) -> Value {
    let mut changed = task.clone();
    changed["status"] = status.into();
    changed
}

/// The participants in the demo's plan who are members of `cancer`, carry the variant and agreed to recontact, with their hospitals.
fn expected() -> BTreeSet<(String, String)> {
    let plan = Plan::plan();
    let fact = Facts::of(&plan).unwrap().common_variant;
    let now = SystemClock::default().now();
    let standing = plan.standing(now, now).unwrap();
    let site = plan
        .sites
        .iter()
        .find(|s| s.contig_name() == fact.contig.as_str() && s.position.0 == fact.start.0 + 1 && s.reference == fact.reference)
        .unwrap();
    let called = |index: &usize| plan.files.vcf.contains(index) || plan.files.joint.contains(index);
    plan.members("cancer")
        .filter(|p| !p.in_rare_disease && called(&p.index) && plan.genotype(p, site).carries(1))
        .filter(|p| [Clause::StudyUse, Clause::Recontact].iter().all(|c| standing[p.index].contains(*c)))
        .map(|p| (p.id.clone(), p.hospital.site().to_owned()))
        .collect()
}

#[test]
fn carriers_are_recontacted_through_their_hospitals_and_the_requester_gets_ranges() {
    let demo = Demo::start();
    let client = &demo.served.client;
    let (researcher, approver) = (demo.token(Persona::DomesticAcademic), demo.token(Persona::RecontactApprover));
    let (hospital, another) = (demo.token(Persona::EhrHospitalB), demo.token(Persona::EhrHospitalA));
    let fact = Facts::of(&Plan::plan()).unwrap().common_variant;
    let message = "A finding was confirmed in a second laboratory.";
    let made = client
        .post(
            "/recontact/requests",
            Some(&researcher),
            &json!({"dataset": "cancer", "assembly": "GRCh38", "referenceName": fact.contig.as_str(), "start": fact.start.0,
                    "referenceBases": fact.reference, "alternateBases": fact.alternate, "reason": "return-of-finding",
                    "message": message, "deadline_days": 90}),
        )
        .expect(201)
        .json();
    let path = format!("/recontact/requests/{}", made["id"].as_str().unwrap());
    let told = || client.get(&path, Some(&researcher)).expect(200).json();
    assert!(
        demo.tasks(&hospital).is_empty(),
        "no participant is recontacted before the approval"
    );

    let approve = json!({"verdict": "approve", "reason": "clinically useful"});
    let approved = client
        .post(&format!("{path}/decision"), Some(&approver), &approve)
        .expect(200)
        .json();
    assert_eq!(
        approved,
        json!({"id": made["id"], "state": "approved"}),
        "the approver sees no participant"
    );

    // The participants with a Task must equal those of the plan.
    let expected = expected();
    let stored: BTreeSet<(String, String)> = demo
        .sql("SELECT p.id, t.site FROM recontact_task t JOIN participant p ON p.ordinal = t.ordinal")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(stored, expected);
    let at = |site: &str| expected.iter().filter(|(_, s)| s == site).count();
    assert!(
        at("hospital-b") >= 14 && at("hospital-a") > 0,
        "{} {}",
        at("hospital-b"),
        at("hospital-a")
    );

    // Collects the Tasks of each hospital.
    let tasks = demo.tasks(&hospital);
    assert_eq!(tasks.len(), at("hospital-b"));
    assert_eq!(demo.tasks(&another).len(), at("hospital-a"));
    let names: BTreeSet<(String, String)> = demo
        .sql("SELECT f.id, p.id FROM fhir_patient f JOIN participant p ON p.ordinal = f.ordinal WHERE f.site = 'hospital-b'")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let person = |task: &Value| {
        let reference = task["for"]["reference"]
            .as_str()
            .unwrap()
            .strip_prefix("Patient/")
            .unwrap()
            .to_owned();
        names.iter().find(|(id, _)| *id == reference).unwrap().1.clone()
    };
    let people: BTreeSet<String> = tasks.iter().map(person).collect();
    let wanted: BTreeSet<String> = expected
        .iter()
        .filter(|(_, s)| s == "hospital-b")
        .map(|(id, _)| id.clone())
        .collect();
    assert_eq!(people, wanted);
    // The list begins with one participant of each family, because the numbers for the requester count families.
    let plan = Plan::plan();
    let family = |task: &Value| {
        let id = person(task);
        plan.people.iter().find(|p| p.id == id).unwrap().family.clone()
    };
    let mut seen = BTreeSet::new();
    let (mut tasks, relatives): (Vec<Value>, Vec<Value>) = tasks.into_iter().partition(|task| seen.insert(family(task)));
    assert!(tasks.len() >= 14, "{}", tasks.len());
    tasks.extend(relatives);
    for task in &tasks {
        assert_eq!((&task["status"], &task["resourceType"]), (&json!("requested"), &json!("Task")));
        let text = task.to_string();
        assert!(
            text.contains(message) && !text.contains("GMJ-") && !text.contains(&fact.start.0.to_string()),
            "{text}"
        );
    }
    let filtered = client
        .get("/fhir/Task?status=completed,accepted", Some(&hospital))
        .expect(200)
        .json();
    assert_eq!(filtered["total"], 0);

    // The Tasks of a hospital are hidden from other hospitals and from other roles.
    let id = tasks[0]["id"].as_str().unwrap();
    let theirs = format!("/fhir/Task/{id}");
    outcome(&client.get(&theirs, Some(&another)), 404);
    outcome(&client.get("/fhir/Task/unknown", Some(&another)), 404);
    outcome(&demo.put(&another, &with_status(&tasks[0], "accepted"), None), 404);
    for persona in [Persona::DomesticAcademic, Persona::RecontactApprover, Persona::Steward] {
        outcome(&client.get("/fhir/Task", Some(&demo.token(persona))), 403);
        outcome(&client.get(&theirs, Some(&demo.token(persona))), 403);
    }
    outcome(&client.get("/fhir/Task", None), 401);
    for query in ["status=done", "_count=0", "_count=x", "colour=blue", "_page=x"] {
        outcome(&client.get(&format!("/fhir/Task?{query}"), Some(&hospital)), 400);
    }
    let found = |query: &str, token: &str| {
        let bundle = client.get(&format!("/fhir/Task?{query}"), Some(token)).expect(200).json();
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|e| e["resource"]["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let of = |task: &Value, name: &str| task[name]["reference"].as_str().unwrap().to_owned();
    let first = &tasks[0];
    let own: Vec<String> = tasks
        .iter()
        .filter(|task| of(task, "for") == of(first, "for"))
        .map(|task| task["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(found(&format!("patient={}", of(first, "for")), &hospital), own);
    assert!(found(&format!("patient={}", of(first, "for")), &another).is_empty());
    assert!(found("patient=1", &hospital).is_empty());
    assert_eq!(found(&format!("_id={}", own[0]), &hospital), own[..1]);
    assert_eq!(
        found(&format!("owner={}&_count=200", of(first, "owner")), &hospital).len(),
        tasks.len()
    );
    assert!(found("owner=Organization/hospital-z", &hospital).is_empty());
    assert!(
        found("status=requested&status=accepted", &hospital).is_empty(),
        "a task has only one status"
    );
    if let Some(identifier) = first["identifier"].get(0) {
        let token = format!(
            "{}|{}",
            identifier["system"].as_str().unwrap(),
            identifier["value"].as_str().unwrap()
        );
        let token = token.replace(':', "%3A").replace('/', "%2F").replace('|', "%7C");
        assert!(found(&format!("identifier={token}"), &hospital).contains(&own[0]));
        assert!(found("identifier=nothing", &hospital).is_empty());
    }

    // A hospital may write these changes of its Task.
    let first = demo.read(&hospital, id);
    let tag = |task: &Value| format!("W/\"{}\"", task["meta"]["versionId"].as_str().unwrap());
    let read = client.get(&theirs, Some(&hospital)).expect(200);
    assert_eq!(read.header("etag"), tag(&first));
    outcome(&demo.put(&hospital, &with_answer(&first, "agree"), None), 422);
    outcome(&demo.put(&hospital, &with_status(&first, "ready"), None), 422);
    outcome(&demo.put(&hospital, &with_status(&first, "no-status"), None), 422);
    for (member, value) in [
        ("for", json!({"reference": "Patient/somebody-else"})),
        ("note", json!([{"text": "a note"}])),
        ("intent", json!("proposal")),
    ] {
        let mut changed = with_status(&first, "accepted");
        changed[member] = value;
        outcome(&demo.put(&hospital, &changed, None), 422);
    }
    let accepted = demo
        .put(&hospital, &with_status(&first, "accepted"), Some(&tag(&first)))
        .expect(200);
    assert_eq!(
        (&accepted.json()["status"], accepted.header("etag")),
        (&json!("accepted"), "W/\"2\"")
    );
    outcome(&demo.put(&hospital, &with_status(&first, "rejected"), Some(&tag(&first))), 412);
    outcome(&demo.put(&hospital, &with_status(&first, "requested"), None), 422);
    let same = demo.put(&hospital, &accepted.json(), None).expect(200);
    assert_eq!(same.header("etag"), "W/\"2\"", "a write without a change creates no new version");

    // A participant with a Task withdraws. The Task becomes `cancelled`.
    let leaver = &tasks[1];
    let config = demo.dir.join("gateway.toml");
    let _ = run_gateway(["consent", "--config", config.to_str().unwrap(), "withdraw", &person(leaver)]).good();
    let gone = demo.read(&hospital, leaver["id"].as_str().unwrap());
    assert_eq!(
        (&gone["status"], &gone["businessStatus"]["text"]),
        (&json!("cancelled"), &json!("no-longer-asked"))
    );
    outcome(&demo.put(&hospital, &with_status(&gone, "accepted"), None), 422);
    outcome(&demo.put(&hospital, &with_status(leaver, "accepted"), Some(&tag(leaver))), 412);
    let cancelled = client.get("/fhir/Task?status=cancelled", Some(&hospital)).expect(200).json();
    assert_eq!(cancelled["total"], 1);
    let _ = run_gateway([
        "consent",
        "--config",
        config.to_str().unwrap(),
        "withdraw",
        &person(&tasks[2]),
        "--clause",
        "recontact",
    ])
    .good();
    let unwilling = demo.read(&hospital, tasks[2]["id"].as_str().unwrap());
    assert_eq!(unwilling["status"], "cancelled");
    assert_eq!(
        unwilling["businessStatus"], gone["businessStatus"],
        "the same text for every reason"
    );

    // Before the deadline, the requester gets the range of contacted participants. It does not change with the hospitals' answers.
    let before = told();
    assert_eq!((&before["outcome"], &before["closed"]), (&json!("after-deadline"), &json!(false)));
    assert!(before["asked"].as_str().unwrap().contains('-'), "{before}");
    for task in &tasks[3..14] {
        let mut task = task.clone();
        for status in ["accepted", "in-progress"] {
            task = demo.put(&hospital, &with_status(&task, status), None).expect(200).json();
            assert_eq!(told(), before);
        }
        let done = demo
            .put(&hospital, &with_answer(&task, "agree"), Some(&tag(&task)))
            .expect(200)
            .json();
        assert_eq!(done["output"][0]["valueCodeableConcept"]["coding"][0]["code"], "agree");
        assert_eq!(told(), before);
        outcome(&demo.put(&hospital, &with_status(&done, "cancelled"), None), 422);
    }

    // After the deadline, no number is returned, because the group with one accepted Task is too small.
    demo.sql("UPDATE recontact_request SET deadline = deadline - 8640000000000");
    let after = told();
    assert_eq!((&after["outcome"], &after["closed"]), (&json!("suppressed"), &json!(true)));
    outcome(&demo.put(&hospital, &with_status(&accepted.json(), "in-progress"), None), 422);
    demo.sql("UPDATE recontact_request SET deadline = deadline + 8640000000000");
    let mut task = demo.read(&hospital, id);
    task = demo.put(&hospital, &with_status(&task, "in-progress"), None).expect(200).json();
    let _ = demo.put(&hospital, &with_answer(&task, "agree"), None).expect(200);
    demo.sql("UPDATE recontact_request SET deadline = deadline - 8640000000000");
    let after = told();
    assert_eq!(after["outcome"]["completed"]["agree"], "10-29", "{after}");
    assert_eq!(after["outcome"]["completed"]["decline"], "0");
    assert_ne!(after["outcome"]["open"], "0");
    assert!(!after.to_string().contains("GMJ-"), "{after}");
    // The id and the times are left out: their random digits can contain the number.
    let numbers = format!("{} {}", after["asked"], after["outcome"]);
    assert!(!numbers.contains(&expected.len().to_string()), "{numbers}");
    // Twelve families agreed. Two of them withdraw, and the number stays. After a third withdrawal, nine families are too few.
    for (number, given) in [(3, true), (4, true), (5, false)] {
        let _ = run_gateway(["consent", "--config", config.to_str().unwrap(), "withdraw", &person(&tasks[number])]).good();
        assert_eq!(told()["outcome"].is_object(), given, "{number}");
    }
    assert_eq!(demo.read(&hospital, tasks[3]["id"].as_str().unwrap())["status"], "cancelled");
    let verified = run_gateway(["audit", "--config", config.to_str().unwrap(), "verify"]).good();
    assert!(verified.out.starts_with("good: "), "{}", verified.out);
    assert!(!demo.served.log().contains("GMJ-") && !demo.served.log().contains(message));
}
