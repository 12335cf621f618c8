//! The pull of a REDCap project. The server is a Python program that was written from the documentation of the API (`tests/oracles/redcap_server.py`), and
//! the facts are read from the database by another Python program.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use gemj_access::{CapabilityKey, Job, Mandate, Upkeep, WriteAction};
use gemj_adapters::feed::Asked;
use gemj_adapters::profile::Profile;
use gemj_catalogue::{Catalogue, NewParticipant};
use gemj_model::{Clock, DatasetId, ParticipantId, Sex, SiteId, SystemClock, Timestamp};
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_services::Stores;
use gemj_services::ingest::{Intake, LinkedRow, Progress, ingest_feed, link_numbers};
use gemj_services::redcap_api::{AnswerFault, Content, PullFailure, PullOptions, Pulled, Token, pull};
use gemj_variants::CarrierIndex;
use serde_json::{Value, json};
use tempfile::TempDir;

const TOKEN: &str = "5EC0DE5EC0DE5EC0DE5EC0DE5EC0DE99";

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

fn python() -> Command {
    Command::new(std::env::var("GEMJ_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned()))
}

/// A running server. It ends with the value.
struct Server {
    process: Child,
    base: String,
}

impl Server {
    fn start() -> Self {
        let mut process = python()
            .arg(tests().join("oracles/redcap_server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let _ = BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self {
            process,
            base: format!("http://127.0.0.1:{}", port.trim()),
        }
    }

    async fn control(&self, order: Value) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client
            .post(format!("{}/control", self.base))
            .body(order.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{order}");
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    async fn fault(&self, content: &str, kind: &str, more: Value) {
        let mut order = json!({"do": "fault", "content": content, "kind": kind});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let _ = self.control(order).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An installation with the linked records 1 to 29. The record 30 is not linked.
struct World {
    folder: TempDir,
    stores: Stores,
    key: CapabilityKey,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let catalogue = Catalogue::open(&format!("sqlite:{at}/catalogue.db"), 4).await.unwrap();
        let settings = ObjectSettings {
            url: format!("file://{at}/store"),
            ..ObjectSettings::default()
        };
        let objects = ObjectStore::open(&settings).await.unwrap();
        let carriers = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
        let stores = Stores {
            catalogue,
            objects,
            carriers,
        };
        let key = CapabilityKey::new([7; 32]);
        let site = SiteId::parse("hospital-a").unwrap();
        let person = |number: u32| ParticipantId::parse(&format!("P-{number}")).unwrap();
        let people: Vec<NewParticipant> = (1..30)
            .map(|number| NewParticipant {
                participant: person(number),
                family: None,
                sex: Sex::Unknown,
                site: Some(site.clone()),
            })
            .collect();
        let register = Mandate::operator(WriteAction::RegisterParticipants);
        let _ = stores.catalogue.register_participants(&register, &people).await.unwrap();
        let rows: Vec<LinkedRow> = (1..30)
            .map(|number| LinkedRow {
                site: site.clone(),
                namespace: "edc".to_owned(),
                number: number.to_string(),
                participant: person(number),
            })
            .collect();
        let link = Mandate::operator(WriteAction::LinkNumbers);
        let _ = link_numbers(&stores, &link, &key, &rows).await.unwrap();
        Self { folder, stores, key }
    }

    async fn with<T>(&self, work: impl AsyncFnOnce(&Intake<'_>, Profile, Asked) -> T) -> T {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let mandate = Mandate::operator(WriteAction::Ingest);
        let intake = Intake {
            stores: &self.stores,
            key: &self.key,
            mandate: &mandate,
            numbers: Upkeep::of(Job::ResolveNumbers),
            clock: &clock,
            forms: &[],
            progress: Progress::default(),
        };
        let asked = Asked {
            dataset: DatasetId::parse("cohort").unwrap(),
            site: Some(SiteId::parse("hospital-a").unwrap()),
            namespace: Some("edc".to_owned()),
            exported: None,
        };
        work(&intake, Profile::open("redcap").unwrap(), asked).await
    }

    fn options(&self, server: &Server) -> PullOptions {
        PullOptions {
            url: url::Url::parse(&format!("{}/api/", server.base)).unwrap(),
            token: Token::parse(TOKEN).unwrap(),
            ca_file: None,
            temporary: self.folder.path().to_owned(),
            batch: 7,
            idle: Duration::from_secs(60),
            only_changed: false,
            log_from: None,
            without_log: false,
            new_project: false,
            dry_run: false,
        }
    }

    async fn try_pull(&self, options: PullOptions) -> Result<Pulled, PullFailure> {
        let pulled = self
            .with(async |intake, profile, asked| pull(intake, profile, asked, &options).await)
            .await;
        let left = std::fs::read_dir(self.folder.path())
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok());
        assert_eq!(left.filter(|name| name.contains("pull")).count(), 0, "a temporary folder was left");
        pulled
    }

    async fn pull(&self, server: &Server) -> Pulled {
        self.try_pull(self.options(server)).await.unwrap()
    }

    /// Ingests the files that a person exports from the web pages.
    async fn ingest_files(&self, server: &Server) {
        let exported = tempfile::tempdir().unwrap();
        let _ = server.control(json!({"do": "export", "folder": exported.path()})).await;
        let paths = vec![exported.path().to_owned()];
        let _ = self
            .with(async |intake, profile, asked| ingest_feed(intake, profile, asked, paths).await)
            .await
            .unwrap();
    }

    /// The facts of every participant, read without any code of the gateway.
    fn facts(&self) -> Value {
        let script = tests().join("it/feeds/stored.py");
        let output = python().arg(script).arg(self.folder.path().join("catalogue.db")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn has_facts(&self, person: &str) -> bool {
        let facts = &self.facts()[person]["redcap"];
        facts["disease"].as_array().is_some_and(|list| !list.is_empty())
    }
}

fn refused(pulled: &Pulled) -> Vec<&'static str> {
    let accounting = &pulled.ingested.as_ref().unwrap().accounting;
    accounting.quarantined.iter().map(|unit| unit.reason_code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_gives_the_facts_of_the_exported_files_and_a_second_pull_changes_nothing() {
    for is_sparse in [false, true] {
        let server = Server::start();
        if is_sparse {
            let _ = server.control(json!({"do": "sparse"})).await;
        }
        let (world, by_files) = (World::new().await, World::new().await);
        let mut options = world.options(&server);
        // The first answer of a sparse server has no columns of repeating instruments.
        options.batch = if is_sparse { 1 } else { 7 };
        let pulled = world.try_pull(options).await.unwrap();
        by_files.ingest_files(&server).await;
        let facts = world.facts();
        assert_eq!(facts, by_files.facts());
        assert_eq!(facts.as_object().unwrap().len(), 29, "{facts}");
        assert!(
            facts["P-5"]["redcap"]["disease"].to_string().contains("K29.7")
                || facts["P-6"]["redcap"]["disease"].to_string().contains("C16.9")
        );
        let report = &pulled.report;
        assert_eq!((report.listed, report.asked, report.missing, report.vanished), (30, 30, 0, 0));
        assert!(report.hidden.is_empty() && !report.is_partial(), "{report:?}");
        assert_eq!(refused(&pulled), ["unknown-number"], "the record 30 is not linked");

        // The digests of the units are those of the files, too.
        let again = world.pull(&server).await;
        let accounting = &again.ingested.as_ref().unwrap().accounting;
        assert_eq!((accounting.unchanged, accounting.committed, accounting.replaced), (29, 0, 0));
        let asked = server.control(json!({"do": "requests"})).await;
        assert_eq!(asked["leaks"], 0, "the token is only in the body of requests");
        by_files.ingest_files(&server).await;
        let over = by_files.pull(&server).await;
        let accounting = &over.ingested.as_ref().unwrap().accounting;
        assert_eq!((accounting.unchanged, accounting.committed, accounting.replaced), (29, 0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_deleted_only_by_the_logging_and_a_vanished_record_is_reported_until_it_is_explained() {
    let (server, world) = (Server::start(), World::new().await);
    let _ = world.pull(&server).await;
    let _ = server.control(json!({"do": "delete", "record": "3"})).await;
    let _ = server.control(json!({"do": "delete", "record": "4"})).await;
    let _ = server.control(json!({"do": "create", "record": "4", "like": "8"})).await;
    // The logging states this creation with words that no reader knows.
    let _ = server.control(json!({"do": "delete", "record": "5"})).await;
    let order = json!({"do": "create", "record": "5", "like": "8", "action": "レコード作成"});
    let _ = server.control(order).await;
    let _ = server.control(json!({"do": "vanish", "record": "6"})).await;
    let _ = server.control(json!({"do": "rename", "record": "7", "to": "A-7"})).await;
    let pulled = world.pull(&server).await;
    assert_eq!((pulled.report.listed, pulled.report.vanished), (28, 1));
    assert!(pulled.report.is_partial());
    assert!(
        !world.has_facts("P-3") && !world.has_facts("P-7"),
        "deleted and renamed records have no facts"
    );
    for exists in ["P-4", "P-5", "P-6", "P-8"] {
        assert!(world.has_facts(exists), "{exists}");
    }
    assert_eq!(world.facts()["P-4"], world.facts()["P-8"]);
    // The renamed record and the record 30 are not linked.
    assert_eq!(refused(&pulled), ["unknown-number", "unknown-number"]);

    // The same deletions are read again, because the logging is read with an overlap.
    let before = world.facts();
    let again = world.pull(&server).await;
    assert_eq!((again.report.vanished, world.facts()), (1, before));
    let log = server.control(json!({"do": "requests"})).await;
    let logs: Vec<&Value> = log["requests"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|form| form["content"] == "log")
        .collect();
    assert_eq!((logs.len(), &logs[0]["beginTime"]), (3, &Value::Null));
    let begin = logs[2]["beginTime"].as_str().unwrap();
    let begin = Timestamp::parse(&format!("{}:00Z", begin.replace(' ', "T"))).unwrap();
    let age = SystemClock::default().now().seconds() - begin.seconds();
    assert!((2 * 86_400..2 * 86_400 + 600).contains(&age), "{age} s");

    // The record that vanished is in the project again, and is then deleted.
    let _ = server.control(json!({"do": "create", "record": "6", "like": "6"})).await;
    assert_eq!(world.pull(&server).await.report.vanished, 0);
    let _ = server.control(json!({"do": "delete", "record": "6"})).await;
    assert_eq!(world.pull(&server).await.report.vanished, 0);
    assert!(!world.has_facts("P-6"));
    // An export with the record that is ingested late is older than the pull.
    let _ = server.control(json!({"do": "vanish", "record": "9"})).await;
    assert_eq!(world.pull(&server).await.report.vanished, 1);
    assert!(world.has_facts("P-9"));
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_rights_hide_are_reported_and_never_read_as_emptied_values() {
    let (server, world) = (Server::start(), World::new().await);
    let _ = world.pull(&server).await;
    let before = world.facts();
    // Columns that the profile does not read.
    let hide = |fields: Value| json!({"do": "hide", "fields": fields});
    let _ = server.control(hide(json!(["symptoms", "patient_name", "note_text"]))).await;
    let pulled = world.pull(&server).await;
    let expected = ["note_text", "symptoms___1", "symptoms___2", "symptoms___ni"].map(str::to_owned);
    assert_eq!(pulled.report.hidden, BTreeSet::from(expected));
    assert_eq!((pulled.report.hidden_identifiers, pulled.report.is_partial()), (1, true));
    assert_eq!(world.facts(), before);
    // A column that the profile reads. The deletion is carried out, and the logging stays to be read.
    let _ = server.control(hide(json!(["dx_date"]))).await;
    let _ = server.control(json!({"do": "delete", "record": "3"})).await;
    let pulled = world.pull(&server).await;
    assert_eq!(refused(&pulled), ["export-lacks-column"]);
    assert_eq!(pulled.report.log_read_to, None);
    assert!(pulled.report.hidden.contains("dx_date") && pulled.report.is_partial());
    let mut after = world.facts();
    assert!(!world.has_facts("P-3"));
    let mut before = before;
    for facts in [&mut before, &mut after] {
        let _ = facts.as_object_mut().unwrap().remove("P-3");
    }
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_used_ingests_nothing_and_a_passing_fault_is_asked_again() {
    let (server, world) = (Server::start(), World::new().await);
    let every = json!({"times": 9});
    let faults = [
        ("record", "status", json!({"times": 9, "status": 500}), AnswerFault::Status(500)),
        (
            "record",
            "status",
            json!({"times": 9, "status": 403, "from": 2}),
            AnswerFault::Refused(403),
        ),
        (
            "record",
            "redirect",
            json!({"times": 9, "to": "http://127.0.0.1:9/api/"}),
            AnswerFault::Status(307),
        ),
        ("metadata", "html", every.clone(), AnswerFault::NotJson),
        ("record", "html-as-json", every.clone(), AnswerFault::Form),
        ("log", "error-200", every.clone(), AnswerFault::Form),
        ("exportFieldNames", "csv", every.clone(), AnswerFault::NotJson),
        ("record", "cut-json", json!({"times": 9, "from": 3}), AnswerFault::CutShort),
        ("record", "cut-body", json!({"times": 9, "from": 1}), AnswerFault::Transfer),
        ("log", "cut-json", every.clone(), AnswerFault::CutShort),
        ("record", "other", json!({"times": 9, "from": 1}), AnswerFault::OtherRecords),
    ];
    for (content, kind, more, expected) in faults {
        server.fault(content, kind, more).await;
        let failure = world.try_pull(world.options(&server)).await.unwrap_err();
        let PullFailure::Answer { content: of, fault } = &failure else {
            panic!("{failure}")
        };
        assert_eq!((of.as_str(), *fault), (content, expected), "{kind}");
        assert!(!failure.to_string().contains(TOKEN) && !format!("{failure:?}").contains(TOKEN));
        let _ = server.control(json!({"do": "no-faults"})).await;
        assert_eq!(world.facts(), json!({}), "{kind}");
    }
    let _ = server.control(json!({"do": "deny", "contents": ["log"]})).await;
    let failure = world.try_pull(world.options(&server)).await.unwrap_err();
    let is_refused = matches!(
        failure,
        PullFailure::Answer {
            content: Content::Log,
            fault: AnswerFault::Refused(403)
        }
    );
    assert!(is_refused, "{failure}");
    // Without the right to read the logging, the records are pulled, and the report states what is missing.
    let options = PullOptions {
        without_log: true,
        ..world.options(&server)
    };
    let pulled = world.try_pull(options).await.unwrap();
    assert_eq!((pulled.report.log_read_to, pulled.report.is_partial()), (None, true));
    let _ = server.control(json!({"do": "deny", "contents": []})).await;
    // Passing faults.
    let by_files = World::new().await;
    by_files.ingest_files(&server).await;
    for (content, kind, more) in [
        ("record", "status", json!({"status": 503, "from": 2})),
        ("record", "cut-json", json!({"from": 4})),
        ("log", "cut-body", json!({})),
    ] {
        server.fault(content, kind, more).await;
    }
    let fresh = World::new().await;
    let pulled = fresh.pull(&server).await;
    assert_eq!((fresh.facts(), pulled.report.is_partial()), (by_files.facts(), false));
    // A server that does not answer in time.
    server.fault("metadata", "slow", json!({"times": 9, "seconds": 30})).await;
    let options = PullOptions {
        idle: Duration::from_secs(2),
        ..world.options(&server)
    };
    let failure = world.try_pull(options).await.unwrap_err();
    assert!(
        matches!(
            failure,
            PullFailure::Answer {
                fault: AnswerFault::Transfer,
                ..
            }
        ),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_a_batch_lacks_is_asked_again_and_then_counted_but_not_deleted() {
    let (server, world) = (Server::start(), World::new().await);
    let _ = world.pull(&server).await;
    let before = world.facts();
    // Number 0 is the list, number 1 the first batch, and number 2 the second request of the first batch.
    server
        .fault("record", "lacks", json!({"from": 1, "times": 1, "records": ["2", "3"]}))
        .await;
    assert_eq!(world.pull(&server).await.report.missing, 0);
    let _ = server.control(json!({"do": "no-faults"})).await;
    // A record that was deleted and created again is in the list, and the server does not return it.
    let _ = server.control(json!({"do": "delete", "record": "2"})).await;
    let _ = server.control(json!({"do": "create", "record": "2", "like": "2"})).await;
    server
        .fault("record", "lacks", json!({"from": 1, "times": 9, "records": ["2", "3"]}))
        .await;
    let pulled = world.pull(&server).await;
    assert_eq!(
        (pulled.report.missing, pulled.report.vanished, pulled.report.is_partial()),
        (2, 0, true)
    );
    assert_eq!(world.facts(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_changed_records_are_downloaded_on_request_and_another_project_is_refused() {
    let (server, world) = (Server::start(), World::new().await);
    let changed = || PullOptions {
        only_changed: true,
        ..world.options(&server)
    };
    let failure = world.try_pull(changed()).await.unwrap_err();
    assert!(matches!(failure, PullFailure::NothingBefore), "{failure}");
    let dry = world
        .try_pull(PullOptions {
            dry_run: true,
            ..world.options(&server)
        })
        .await
        .unwrap();
    assert_eq!((dry.report.listed, dry.report.asked, dry.ingested.is_none()), (30, 7, true));
    assert_eq!(world.facts(), json!({}));
    let _ = world.pull(&server).await;
    let order = json!({"do": "set", "record": "6", "row": 1, "field": "dx_icd10", "value": "C18.9"});
    let _ = server.control(order).await;
    let _ = server.control(json!({"do": "delete", "record": "7"})).await;
    let pulled = world.try_pull(changed()).await.unwrap();
    assert_eq!((pulled.report.listed, pulled.report.asked, pulled.report.vanished), (29, 1, 0));
    assert!(world.facts()["P-6"].to_string().contains("C18.9") && !world.has_facts("P-7"));
    let by_files = World::new().await;
    by_files.ingest_files(&server).await;
    let (mut mine, mut theirs) = (world.facts(), by_files.facts());
    for facts in [&mut mine, &mut theirs] {
        let _ = facts.as_object_mut().unwrap().remove("P-7");
    }
    assert_eq!(mine, theirs);

    let _ = server.control(json!({"do": "project", "id": 418})).await;
    let failure = world.try_pull(world.options(&server)).await.unwrap_err();
    assert!(matches!(failure, PullFailure::OtherProject), "{failure}");
    let options = PullOptions {
        new_project: true,
        ..world.options(&server)
    };
    assert_eq!(world.try_pull(options).await.unwrap().report.vanished, 0);
    assert_eq!(world.pull(&server).await.report.vanished, 0);
    let options = PullOptions {
        token: Token::parse(&"0".repeat(32)).unwrap(),
        ..world.options(&server)
    };
    let failure = world.try_pull(options).await.unwrap_err();
    assert!(
        matches!(
            failure,
            PullFailure::Answer {
                fault: AnswerFault::Refused(403),
                ..
            }
        ),
        "{failure}"
    );
}
