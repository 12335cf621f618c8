//! The MLLP listener: a message is acknowledged after its commit, and nothing that was acknowledged is lost. The client of these tests is written here, with
//! its own framing and its own reading of acknowledgements.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gemj_model::{Clock as _, SystemClock};
use gemj_tests::binary::gateway;
use gemj_tests::{Backend, Programme};
use serde_json::Value;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A running listener of hospital-a. It is killed with the value.
struct Listener {
    process: Child,
    address: String,
    log: std::path::PathBuf,
}

impl Listener {
    fn start(programme: &Programme) -> Self {
        let log = programme.path("listener.log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut process = Command::new(gateway())
            .args([
                "listen",
                "--dataset",
                "rare-disease",
                "--profile",
                "ss-mix2",
                "--site",
                "hospital-a",
            ])
            .args([
                "--namespace",
                "mrn",
                "--address",
                "127.0.0.1:0",
                "--config",
                text(&programme.config()),
            ])
            .env("GEMJ_LOG", "debug")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let _ = BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said = std::fs::read_to_string(&log).unwrap();
        let address = line.trim().strip_prefix("listening on mllp://").unwrap_or_else(|| panic!("{said}"));
        Self {
            process,
            address: address.to_owned(),
            log,
        }
    }

    fn connect(&self) -> Sender {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_nodelay(true).unwrap();
        Sender(stream)
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        let _ = gemj_tests::oracle::run("kill", [signal, &pid], b"");
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What an acknowledgement says: MSA-1, MSA-2, and the reason in ERR-5 and the number in ERR-3.1.
#[derive(Debug, PartialEq, Eq)]
struct Ack {
    code: String,
    control: String,
    reason: String,
    number: String,
}

struct Sender(TcpStream);

impl Sender {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// Reads one acknowledgement. `None` if the listener closed the connection before.
    fn read(&mut self) -> Option<Ack> {
        let mut frame = Vec::new();
        let mut byte = [0];
        loop {
            if self.0.read(&mut byte).unwrap_or(0) == 0 {
                assert!(frame.is_empty(), "an acknowledgement was cut short");
                return None;
            }
            frame.push(byte[0]);
            if frame.ends_with(b"\x1c\r") {
                break;
            }
        }
        let body = frame.strip_prefix(b"\x0b").unwrap().strip_suffix(b"\x1c\r").unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let segment = |name: &str| -> Vec<String> {
            let line = body.split('\r').find(|line| line.starts_with(name)).unwrap_or_default();
            line.split('|').map(str::to_owned).collect()
        };
        let field = |name: &str, number: usize| segment(name).get(number).cloned().unwrap_or_default();
        assert!(field("MSH", 8).starts_with("ACK"), "{body}");
        Some(Ack {
            code: field("MSA", 1),
            control: field("MSA", 2),
            reason: field("ERR", 5),
            number: field("ERR", 3).split('^').next().unwrap_or_default().to_owned(),
        })
    }

    fn send(&mut self, message: &str) -> Option<Ack> {
        self.write(&framed(message));
        self.read()
    }

    /// Sends a message and checks that it is accepted.
    fn accepted(&mut self, message: &str) {
        let ack = self.send(message).unwrap();
        assert_eq!((ack.code.as_str(), ack.reason.as_str()), ("AA", ""), "{ack:?}");
        assert_eq!(ack.control, message.split('|').nth(9).unwrap());
    }

    /// Sends a message and returns the code and the reason of the acknowledgement.
    fn answered(&mut self, message: &str) -> (String, String) {
        let ack = self.send(message).unwrap();
        (ack.code, ack.reason)
    }
}

fn framed(message: &str) -> Vec<u8> {
    [b"\x0b", message.as_bytes(), b"\x1c\r"].concat()
}

/// A list of one problem of a patient.
fn problem(control: &str, number: &str, icd10: &str) -> String {
    format!(
        "MSH|^~\\&|HIS|HOSPITAL-A|GW|GW|20240110090000||PPR^ZD1^PPR_ZD1|{control}|P|2.5\rPID|1||{number}^^^^PI||||19840317|F\r\
         PRB|AD|20240110|20054174^x^MDCDX2|1||||||{icd10}^^I10||||||20230510\r"
    )
}

/// A message that merges the number `prior` into the number `survivor`.
fn merge(control: &str, survivor: &str, prior: &str) -> String {
    format!(
        "MSH|^~\\&|HIS|HOSPITAL-A|GW|GW|20240110090000||ADT^A40^ADT_A39|{control}|P|2.5\rEVN||20240110\r\
         PID|1||{survivor}^^^^PI||YAMADA^HANAKO\rMRG|{prior}^^^^PI\r"
    )
}

fn linked(numbers: &[(&str, &str)]) -> Programme {
    let programme = Programme::new(Backend::Embedded);
    link(&programme, numbers);
    programme
}

fn link(programme: &Programme, numbers: &[(&str, &str)]) {
    let rows: String = numbers
        .iter()
        .map(|(number, person)| format!("hospital-a,mrn,{number},{person}\n"))
        .collect();
    let links = programme.path("links.csv");
    std::fs::write(&links, format!("site,namespace,number,participant\n{rows}")).unwrap();
    let _ = programme.run(&["link", "--register", text(&links)]).good();
}

/// The stored codes of a participant, read from the database by another program.
fn codes(programme: &Programme, participant: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/feeds/stored.py");
    let out = gemj_tests::oracle::run("python3", [text(&script), text(&programme.path("gateway.db"))], b"");
    let stored: Value = serde_json::from_slice(&out).unwrap();
    stored[participant]["ss-mix2"]["disease"].to_string()
}

/// Runs a statement on the database from another program, and returns the rows as JSON.
fn sql(programme: &Programme, statement: &str) -> Value {
    let script = "import json, sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], timeout=60)\nrows = db.execute(sys.argv[2]).fetchall()\n\
                  db.commit()\nprint(json.dumps(rows))";
    let out = gemj_tests::oracle::run("python3", ["-c", script, text(&programme.path("gateway.db")), statement], b"");
    serde_json::from_slice(&out).unwrap()
}

const SUM: &str = "SELECT received = committed + replaced + unchanged + duplicate + superseded + quarantined FROM ingest_run";

fn runs(programme: &Programme) -> Vec<Value> {
    let listed = programme.run(&["quarantine", "list", "--json"]).good();
    serde_json::from_str(&listed.out).unwrap()
}

fn counts(run: &Value) -> [u64; 4] {
    ["received", "committed", "replaced", "unchanged"].map(|name| run[name].as_u64().unwrap())
}

#[test]
fn an_acknowledged_message_is_visible_to_another_process_and_a_repetition_changes_nothing() {
    let programme = linked(&[("8800417001", "P-A")]);
    let listener = Listener::start(&programme);
    let mut sender = listener.connect();
    sender.accepted(&problem("M1", "8800417001", "K297"));
    assert!(codes(&programme, "P-A").contains("K29.7"));
    sender.accepted(&problem("M1", "8800417001", "K297"));
    sender.accepted(&problem("M2", "8800417001", "C169").replace("20240110090000", "20240111090000"));
    let stored = codes(&programme, "P-A");
    assert!(stored.contains("C16.9") && !stored.contains("K29.7"), "{stored}");
    let [run] = &runs(&programme)[..] else { panic!() };
    assert_eq!((run["state"].as_str(), counts(run)), (Some("listening"), [3, 1, 1, 1]));
    let id = run["run"].as_str().unwrap();
    let shown = programme.run(&["quarantine", "show", id]).good().out;
    assert!(shown.contains("acknowledged:\n       3  AA\n"), "{shown}");
}

#[test]
fn every_cut_of_the_stream_gives_one_acknowledgement_for_each_message_in_order() {
    let programme = linked(&[("8800417001", "P-A"), ("8800417002", "P-B")]);
    let listener = Listener::start(&programme);
    let mut sender = listener.connect();
    let control = |ack: Option<Ack>| {
        let ack = ack.unwrap();
        (ack.code, ack.control, ack.reason)
    };
    let expected = |code: &str, control: &str, reason: &str| (code.to_owned(), control.to_owned(), reason.to_owned());
    // Two messages in one write.
    sender.write(
        &[
            framed(&problem("M1", "8800417001", "K297")),
            framed(&problem("M2", "8800417002", "C169")),
        ]
        .concat(),
    );
    assert_eq!(control(sender.read()), expected("AA", "M1", ""));
    assert_eq!(control(sender.read()), expected("AA", "M2", ""));
    // One message in many writes, after bytes that are no message.
    sender.write(b"GET / HTTP/1.1\r\n\r\n");
    for part in framed(&problem("M3", "8800417001", "K297")).chunks(5) {
        sender.write(part);
    }
    assert_eq!(control(sender.read()), expected("AA", "M3", ""));
    // A message whose end byte is inside is never read as a shorter message.
    let cut = problem("M4", "8800417001", "C189").replace("PRB|", "\x1cPRB|");
    sender.write(&framed(&cut));
    assert_eq!(control(sender.read()), expected("AE", "M4", "end-byte-inside"));
    // A message above the limit, and the next message.
    let mut large = problem("M5", "8800417001", "C189").into_bytes();
    large.extend(vec![b'x'; 9 << 20]);
    sender.write(&[b"\x0b", &large[..], b"\x1c\r"].concat());
    assert_eq!(control(sender.read()), expected("AE", "M5", "too-large"));
    // A frame without the carriage return ends with the next frame.
    sender.write(&[b"\x0b", problem("M6", "8800417002", "C169").as_bytes(), b"\x1c\x0b"].concat());
    assert_eq!(control(sender.read()), expected("AA", "M6", ""));
    // A message without its end is not acknowledged and not stored.
    let whole = framed(&problem("M7", "8800417002", "C250"));
    sender.write(&whole[1..whole.len() - 2]);
    sender.0.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(sender.read(), None);
    assert!(!codes(&programme, "P-B").contains("C25.0") && !codes(&programme, "P-A").contains("C18.9"));
    listener.connect().accepted(&problem("M8", "8800417002", "C169"));
    let [run] = &runs(&programme)[..] else { panic!() };
    let shown = programme.run(&["quarantine", "show", run["run"].as_str().unwrap()]).good().out;
    assert!(shown.contains("frame:\n       1  outside\n       1  unfinished\n"), "{shown}");
    assert!(shown.contains("acknowledged:\n       5  AA\n       2  AE\n"), "{shown}");
    assert_eq!(sql(&programme, SUM), serde_json::json!([[1]]));
}

#[test]
fn a_pause_after_an_end_byte_inside_a_message_never_ends_the_message() {
    let programme = linked(&[("8800417001", "P-A")]);
    let listener = Listener::start(&programme);
    let message = problem("M1", "8800417001", "K297");
    let (first, second) = message.split_at(message.find("PRB|").unwrap());
    let two = format!("{first}{second}\x1c");
    let mut sender = listener.connect();
    // The stream ends after the end byte: the rest of the message may be lost.
    sender.write(&[b"\x0b", two.as_bytes()].concat());
    sender.0.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(sender.read(), None);
    assert_eq!(codes(&programme, "P-A"), "null");
    // Another message of another connection is answered while this one waits for its end.
    let mut slow = listener.connect();
    slow.write(&[b"\x0b", two.as_bytes()].concat());
    listener.connect().accepted(&problem("M2", "8800417001", "C169"));
    slow.write(b"PRB|AD|20240110|20054174^x^MDCDX2|2||||||C250^^I10||||||20230510\r\x1c\r");
    let ack = slow.read().unwrap();
    assert_eq!((ack.code.as_str(), ack.reason.as_str()), ("AE", "end-byte-inside"));
}

#[test]
fn a_deleted_patient_is_hidden_and_refused_by_the_listener_as_by_the_command_that_reads_files() {
    let programme = linked(&[("8800417001", "P-A"), ("8800417002", "P-B")]);
    let listener = Listener::start(&programme);
    let mut sender = listener.connect();
    let at = |message: String, time: &str| message.replace("|20240110090000|", &format!("|{time}|"));
    let basic = |control: &str, event: &str, number: &str| {
        format!(
            "MSH|^~\\&|HIS|HOSPITAL-A|GW|GW|20240110090000||ADT^{event}|{control}|P|2.5\rPID|1||{number}^^^^PI||||19840317|F\rPV1|1|O\r"
        )
    };
    for number in ["8800417001", "8800417002"] {
        sender.accepted(&basic("M1", "A08", number));
        sender.accepted(&problem("M2", number, "K297"));
    }
    let deleted = at(basic("M3", "A23", "8800417001"), "20240111090000");
    assert_eq!(sender.answered(&deleted), ("AE".to_owned(), "patient-deleted".to_owned()));
    assert!(!codes(&programme, "P-A").contains("ICD10"));
    assert!(codes(&programme, "P-B").contains("K29.7"));
    // A newer message of the deleted patient is refused until the basic data comes again.
    let newer = at(problem("M4", "8800417001", "C169"), "20240112090000");
    assert_eq!(sender.answered(&newer), ("AE".to_owned(), "patient-deleted".to_owned()));
    assert!(!codes(&programme, "P-A").contains("ICD10"));
    sender.accepted(&at(basic("M5", "A08", "8800417001"), "20240113090000"));
    sender.accepted(&at(problem("M6", "8800417001", "C169"), "20240114090000"));
    assert!(codes(&programme, "P-A").contains("C16.9"));
    assert_eq!(sql(&programme, SUM), serde_json::json!([[1]]));
}

#[test]
fn a_message_that_is_not_accepted_states_its_reason_and_is_kept_in_quarantine_until_it_is_received_again() {
    let programme = linked(&[("8800417001", "P-A")]);
    let listener = Listener::start(&programme);
    let mut sender = listener.connect();
    let good = problem("M1", "8800417001", "K297");
    let of = |code: &str, reason: &str| (code.to_owned(), reason.to_owned());
    assert_eq!(
        sender.answered(&good.replace("HOSPITAL-A", "HOSPITAL-B")),
        of("AE", "other-facility")
    );
    assert_eq!(sender.answered(&good.replace("HOSPITAL-A", "")), of("AE", "no-facility"));
    assert_eq!(sender.answered(&good.replace("|P|", "|T|")), of("AR", "not-production"));
    assert_eq!(
        sender.answered(&good.replace("PPR^ZD1^PPR_ZD1", "ADT^A01")),
        of("AR", "message-not-read")
    );
    assert_eq!(sender.answered("nothing that is HL7"), of("AE", "not-hl7"));
    let unknown = sender.send(&problem("M2", "8800417099", "K297")).unwrap();
    assert_eq!((unknown.reason.as_str(), unknown.number.as_str()), ("unknown-number", "204"));
    assert_eq!(codes(&programme, "P-A"), "null", "nothing was stored");
    // A number that is linked while the listener runs is known to the next message.
    link(&programme, &[("8800417099", "P-Z")]);
    sender.accepted(&problem("M2", "8800417099", "K297"));
    assert!(codes(&programme, "P-Z").contains("K29.7"));
    let [run] = &runs(&programme)[..] else { panic!() };
    let units = run["quarantined"].as_array().unwrap();
    let open: Vec<&str> = units
        .iter()
        .filter(|unit| unit["received_again_by"].is_null())
        .map(|unit| unit["reason"].as_str().unwrap())
        .collect();
    // The message without a facility has the same list of problems as the message of another facility, so its entry replaces the earlier entry.
    assert_eq!(open, ["no-facility", "not-production", "not-hl7"].as_slice(), "{run}");
    assert_eq!(counts(run), [6, 1, 0, 0]);
    // A number that is unlinked while the listener runs names nobody any more.
    let _ = programme
        .run(&["unlink", text(&programme.path("links.csv")), "--reason", "test"])
        .good();
    assert_eq!(sender.answered(&problem("M3", "8800417099", "C169")), of("AE", "unknown-number"));
    // The number names another person now. A message that is older than the link is about the former person.
    link(&programme, &[("8800417099", "P-Y")]);
    let late = problem("M4", "8800417099", "C169");
    assert_eq!(sender.answered(&late), of("AE", "before-link"));
    assert_eq!(codes(&programme, "P-Y"), "null", "nothing of the former person was stored");
    // A message states whole seconds, and the link ended in this second.
    let japan = SystemClock::default().now().plus_seconds(9 * 3600 + 60).rfc3339();
    let now: String = japan.chars().filter(char::is_ascii_digit).take(14).collect();
    sender.accepted(&late.replace("20240110090000", &now));
    assert!(codes(&programme, "P-Y").contains("C16.9"));
    let log = listener.log();
    for number in ["8800417001", "8800417099", "19840317"] {
        assert!(!log.contains(number), "{log}");
    }
}

#[test]
fn a_store_that_fails_is_never_acknowledged_as_accepted() {
    let programme = linked(&[("8800417001", "P-A")]);
    let listener = Listener::start(&programme);
    let mut sender = listener.connect();
    sender.accepted(&problem("M1", "8800417001", "K297"));
    let _ = sql(&programme, "UPDATE programme_state SET history = history + 1");
    let later = problem("M2", "8800417001", "C169").replace("20240110090000", "20240111090000");
    assert_eq!(sender.answered(&later), ("AR".to_owned(), "store-failed".to_owned()));
    assert_eq!(sender.read(), None, "the connection is closed, so that the sender repeats");
    assert!(!codes(&programme, "P-A").contains("C16.9"));
    let _ = sql(&programme, "UPDATE programme_state SET history = history - 1");
    listener.connect().accepted(&later);
    assert!(codes(&programme, "P-A").contains("C16.9"));
}

#[test]
fn a_killed_listener_loses_nothing_that_it_acknowledged() {
    let numbers: Vec<(String, String)> = (0..30).map(|n| (format!("10{n:02}"), format!("P-{n:02}"))).collect();
    let pairs: Vec<(&str, &str)> = numbers.iter().map(|(number, person)| (number.as_str(), person.as_str())).collect();
    let programme = linked(&pairs);
    for round in 0..3 {
        let listener = Listener::start(&programme);
        let mut sender = listener.connect();
        let part = &numbers[round * 10..round * 10 + 10];
        for (number, _) in &part[..9] {
            sender.accepted(&problem(&format!("M{number}"), number, "K297"));
        }
        // The last message is killed at an unknown step.
        sender.write(&framed(&problem("LAST", &part[9].0, "K297")));
        listener.signal("-KILL");
        drop(listener);
        for (_, person) in &part[..9] {
            assert!(codes(&programme, person).contains("K29.7"), "{person}");
        }
        assert_eq!(
            sql(
                &programme,
                &format!("{SUM} WHERE id = (SELECT id FROM ingest_run ORDER BY began DESC LIMIT 1)")
            ),
            serde_json::json!([[1]])
        );
    }
    let listener = Listener::start(&programme);
    let mut sender = listener.connect();
    for (at, (number, _)) in numbers.iter().enumerate() {
        let control = if at % 10 == 9 { "LAST".to_owned() } else { format!("M{number}") };
        sender.accepted(&problem(&control, number, "K297"));
    }
    let stored = sql(&programme, "SELECT COUNT(*) FROM fact_source WHERE retired = 0");
    assert_eq!(stored, serde_json::json!([[30]]));
    // Every stored unit is counted exactly once, although no run was ended.
    let counted = sql(
        &programme,
        "SELECT SUM(committed), SUM(replaced), MIN(state), MAX(state) FROM ingest_run",
    );
    assert_eq!(counted, serde_json::json!([[30, 0, "listening", "listening"]]));
    let sums = sql(&programme, SUM);
    assert!(sums.as_array().unwrap().iter().all(|row| row[0] == 1), "{sums}");
}

#[test]
fn a_merge_message_opens_a_case_once_by_the_listener_and_by_ingest() {
    let programme = linked(&[("8800417001", "P-A"), ("8800417002", "P-B"), ("8800417003", "P-C")]);
    let listener = Listener::start(&programme);
    let mut sender = listener.connect();
    let of = |code: &str, reason: &str| (code.to_owned(), reason.to_owned());
    sender.accepted(&merge("A1", "8800417001", "8800417002"));
    let merges = || -> Value { serde_json::from_str(&programme.run(&["participants", "merges", "--json"]).good().out).unwrap() };
    let cases = merges();
    let case = &cases[0];
    assert_eq!(
        (case["survivor"].as_str(), case["prior"].as_str(), case["state"].as_str()),
        (Some("P-A"), Some("P-B"), Some("open")),
        "{cases}"
    );
    sender.accepted(&merge("A1", "8800417001", "8800417002"));
    assert_eq!(
        sender.answered(&merge("A2", "8800417099", "8800417001")),
        of("AE", "merge-unknown-survivor")
    );
    assert_eq!(
        sender.answered(&merge("A3", "8800417001", "8800417099")),
        of("AE", "merge-unknown-prior")
    );
    assert_eq!(
        sender.answered(&merge("A4", "8800417001", "8800417003").replace("HOSPITAL-A", "HOSPITAL-B")),
        of("AE", "other-facility")
    );
    assert_eq!(
        sender.answered(&merge("A5", "8800417001", "8800417003^^^HOSPITAL-B").replace("^^^^PI\r", "\r")),
        of("AE", "other-authority")
    );
    assert_eq!(
        sender.answered(&merge("A6", "8800417001", "8800417003~8800417002")),
        of("AE", "number-not-certain")
    );
    assert_eq!(sender.answered(&merge("A7", "8800417001", "8800417001")), of("AE", "same-number"));
    let link = merge("A8", "8800417001", "")
        .replace("A40^ADT_A39", "A24")
        .replace("MRG|", "PID|2||8800417003");
    assert_eq!(sender.answered(&link), of("AE", "changes-numbers"));
    assert_eq!(sender.answered(&link.replace("A24", "A37")), of("AE", "changes-numbers"));
    assert_eq!(merges().as_array().unwrap().len(), 1, "no other message opened a case");
    let [run] = &runs(&programme)[..] else { panic!() };
    assert_eq!(counts(run), [10, 1, 0, 1]);
    let shown = programme.run(&["quarantine", "show", run["run"].as_str().unwrap()]).good().out;
    assert!(shown.contains("merge:\n       1  known\n       1  opened\n"), "{shown}");

    // The same messages as files.
    let files = [
        ("known.hl7", merge("A1", "8800417001", "8800417002")),
        ("new.hl7", merge("B1", "8800417003", "8800417001")),
        ("refused.hl7", merge("B2", "8800417001", "8800417099")),
    ];
    let mut arguments = vec![
        "ingest",
        "--dataset",
        "rare-disease",
        "--profile",
        "ss-mix2",
        "--site",
        "hospital-a",
        "--namespace",
        "mrn",
    ];
    let paths: Vec<_> = files
        .iter()
        .map(|(name, message)| {
            let path = programme.path(name);
            std::fs::write(&path, message).unwrap();
            path
        })
        .collect();
    arguments.extend(paths.iter().map(|path| text(path)));
    let ran = programme.run(&arguments).refused();
    assert!(
        ran.out.starts_with("3 received: 1 committed, 1 already there, 1 refused"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("merges stated: known: 1\n") && ran.out.contains("merges stated: opened: 1\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.err.contains("(merge-unknown-prior)") && !ran.err.contains("8800417099"),
        "{}",
        ran.err
    );
    assert_eq!(merges().as_array().unwrap().len(), 2);
    let log = listener.log();
    assert!(!log.contains("YAMADA") && !log.contains("8800417002"), "{log}");
}

#[test]
fn a_listener_that_is_told_to_stop_ends_its_run_and_its_connections() {
    let programme = linked(&[("8800417001", "P-A")]);
    let mut listener = Listener::start(&programme);
    let mut sender = listener.connect();
    sender.accepted(&problem("M1", "8800417001", "K297"));
    let mut idle = listener.connect();
    listener.signal("-TERM");
    assert_eq!((sender.read(), idle.read()), (None, None));
    assert_eq!(listener.process.wait().unwrap().code(), Some(0), "{}", listener.log());
    let [run] = &runs(&programme)[..] else { panic!() };
    assert_eq!((run["state"].as_str(), counts(run)), (Some("ended"), [1, 1, 0, 0]));
    assert!(TcpStream::connect(&listener.address).is_err());
}
