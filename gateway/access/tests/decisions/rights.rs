//! The rights of the decision table: every basis, every kind of caller, every state of consent.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::*;
use gemj_model::Ordinal;
use serde::Deserialize;

use crate::programme::{CALLERS, CONSENTS, caller, dataset, file, read, request, run, site, view, write};

#[derive(Deserialize)]
struct Table {
    case: Vec<Line>,
    right: Vec<Right>,
}

/// A row of the table's part `case`. Its action and verdict are read here only to check that the table covers every action.
#[derive(Deserialize)]
struct Line {
    action: String,
    verdict: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Right {
    name: String,
    basis: String,
    action: String,
    on: String,
    #[serde(default)]
    allow: Vec<Allow>,
    deny: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allow {
    who: Vec<String>,
    #[serde(rename = "while")]
    consents: Vec<String>,
    opens: String,
}

impl Allow {
    fn holds_under(&self, consent: &str) -> bool {
        self.consents.iter().any(|c| c == consent || c == "always")
    }
}

impl Right {
    fn expected(&self, who: &str, consent: &str) -> String {
        let named: Vec<&Allow> = self.allow.iter().filter(|a| a.who.iter().any(|w| w == who)).collect();
        if let Some(allow) = named.iter().find(|a| a.holds_under(consent)) {
            return format!("opens {}", allow.opens);
        }
        let line = if named.is_empty() { who } else { "otherwise" };
        let rule = self.deny.get(line).or_else(|| self.deny.get("anyone-else"));
        format!("refused: {}", rule.unwrap_or_else(|| panic!("{}: no line for {who}", self.name)))
    }

    fn answer(&self, who: &str, consent: &str) -> String {
        let (caller, view) = (caller(who), view(consent));
        let known = consent != "unknown";
        let patient = LocatedPatient {
            participant: Ordinal(0),
            site: Some(site("hospital-a")),
        };
        let patient = known.then_some(&patient);
        let own = file("cancer", &[Some(0)]);
        // If the participant is unknown, the file does not exist.
        let own = known.then_some(own);
        let (with_input, without) = (run(vec![own.clone()]), run(Vec::new()));
        let (request, cancer, hospital) = (request(), dataset("cancer"), site("hospital-a"));
        if let Some(action) = Action::ALL.into_iter().find(|a| a.as_str() == self.action) {
            let resource = match self.on.as_str() {
                "patient" => Resource::Patient(patient),
                "own-patients" => Resource::OwnPatients,
                "file" => Resource::Object(own.as_ref()),
                "run" => Resource::Run(Some(&with_input)),
                "no-run" => Resource::Run(None),
                "own-runs" => Resource::OwnRuns,
                "released-output" => Resource::RunOutput(Some((&with_input, true))),
                "held-output" => Resource::RunOutput(Some((&with_input, false))),
                "released-output-without-inputs" => Resource::RunOutput(Some((&without, true))),
                "no-output" => Resource::RunOutput(None),
                "request" => Resource::Recontact(Some(&request)),
                "no-request" => Resource::Recontact(None),
                "held-files" => Resource::HeldObjects,
                other => panic!("{other} is not a resource that can be read"),
            };
            return match read(&caller, action, resource, &view) {
                Ok(grant) => format!("opens {}", told(&grant)),
                Err(denial) => format!("refused: {}", denial.rule.code()),
            };
        }
        let action = WriteAction::ALL.into_iter().find(|a| a.as_str() == self.action).unwrap();
        let every = [
            WriteResource::Patient(patient),
            WriteResource::NewRun(&with_input),
            WriteResource::NewRun(&without),
            WriteResource::Run(Some(&with_input)),
            WriteResource::Run(None),
            WriteResource::Dataset(&cancer),
            WriteResource::Recontact(Some(&request)),
            WriteResource::Recontact(None),
            WriteResource::Site(&hospital),
        ];
        let places: &[usize] = match self.on.as_str() {
            "patient" => &[0],
            "new-run" => &[1],
            "new-run-without-inputs" => &[2],
            "run" => &[3],
            "no-run" => &[4],
            "dataset" => &[5],
            "request" => &[6],
            "no-request" => &[7],
            "site" => &[8],
            "anything" => &[0, 1, 2, 3, 4, 5, 6, 7, 8],
            other => panic!("{other} is not a resource that can be written"),
        };
        let answers: BTreeSet<String> = places
            .iter()
            .map(|place| match write(&caller, action, every[*place], &view) {
                Ok(mandate) => format!("opens {}", reach(&mandate)),
                Err(denial) => format!("refused: {}", denial.rule.code()),
            })
            .collect();
        answers.into_iter().collect::<Vec<_>>().join(" or ")
    }
}

/// The access that a Grant opens, in the words of the decision table.
fn told(grant: &Grant) -> String {
    let people = |of: &roaring::RoaringBitmap| of.iter().map(|p| p.to_string()).collect::<Vec<_>>().join(",");
    let mut parts = Vec::new();
    parts.extend(grant.run().map(str::to_owned));
    parts.extend(grant.recontact().map(str::to_owned));
    if !grant.patients().is_empty() {
        parts.push(format!("patients {}", people(grant.patients())));
    }
    for one in grant.datasets() {
        let delivery = one.delivery().map_or("nothing leaves", gemj_model::Delivery::as_str);
        parts.push(format!("{} {} of {}", one.dataset(), delivery, people(one.participants())));
    }
    if parts.is_empty() { "own".to_owned() } else { parts.join("; ") }
}

/// The scope of a Mandate, in the words of the decision table.
fn reach(mandate: &Mandate) -> String {
    match mandate.scope() {
        Scope::Everything => "everything".to_owned(),
        Scope::Patient(person) => format!("patient {}", person.0),
        Scope::Site(site) => format!("site {site}"),
        Scope::NewRun(run) => format!("new run of {}", run.projects.join(",")),
        Scope::Run(id) | Scope::Recontact(id) => id.clone(),
        Scope::Dataset(id, _) => id.to_string(),
    }
}

fn table() -> Table {
    toml::from_str(crate::TABLE).unwrap()
}

#[test]
fn every_right_has_its_stated_verdict_for_every_caller_under_every_consent() {
    let mut wrong = Vec::new();
    for right in &table().right {
        for line in right.allow.iter().flat_map(|a| &a.who).chain(right.deny.keys()) {
            let known = CALLERS.contains(&line.as_str()) || ["otherwise", "anyone-else", "operator", "supervisor"].contains(&line.as_str());
            assert!(known, "{}: {line} is not a known caller", right.name);
        }
        for line in right.allow.iter().flat_map(|a| &a.consents) {
            assert!(CONSENTS.contains(&line.as_str()) || line == "always", "{}: {line}", right.name);
        }
        for who in CALLERS {
            for consent in CONSENTS {
                let (expected, answer) = (right.expected(who, consent), right.answer(who, consent));
                if expected != answer {
                    wrong.push(format!(
                        "{} ({} on {}): {who}, {consent}: {answer}, not {expected}",
                        right.name, right.action, right.on
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_command_line_and_the_supervisor_have_the_writes_that_no_caller_may_request() {
    for right in table().right.iter().filter(|right| right.basis == "operation") {
        for allow in &right.allow {
            let [who] = allow.who.as_slice() else { panic!("{}", right.name) };
            let mandate = match who.as_str() {
                "operator" => Mandate::operator(WriteAction::ALL.into_iter().find(|a| a.as_str() == right.action).unwrap()),
                "supervisor" => Mandate::supervisor(),
                other => panic!("{other} is not an actor of the gateway"),
            };
            assert_eq!((mandate.action().as_str(), mandate.actor()), (right.action.as_str(), who.as_str()));
            assert_eq!((reach(&mandate), mandate.decision()), (allow.opens.clone(), None), "{}", right.name);
        }
    }
}

/// The index of a write action in `WriteAction::ALL`. The compiler requires an arm here for every new write action. The test below then requires that
/// the action is in the list and in a row of the table.
fn place(action: WriteAction) -> usize {
    match action {
        WriteAction::Load => 0,
        WriteAction::Ingest => 1,
        WriteAction::RecordConsent => 2,
        WriteAction::LoadOntology => 3,
        WriteAction::RecordApproval => 4,
        WriteAction::CreateRelease => 5,
        WriteAction::LinkNumbers => 6,
        WriteAction::WriteFhir => 7,
        WriteAction::SubmitRun => 8,
        WriteAction::CancelRun => 9,
        WriteAction::AdvanceRun => 10,
        WriteAction::ReviewOutput => 11,
        WriteAction::RequestRecontact => 12,
        WriteAction::DecideRecontact => 13,
        WriteAction::AnswerRecontact => 14,
        WriteAction::ChangeObjectStatus => 15,
        WriteAction::AcknowledgeNotice => 16,
        WriteAction::Restore => 17,
        WriteAction::RegisterParticipants => 18,
        WriteAction::MergeParticipants => 19,
        WriteAction::Purge => 20,
        WriteAction::KeepVault => 21,
        WriteAction::LoadCodeTable => 22,
    }
}

/// The index of a read action in `Action::ALL`. The compiler requires an arm here for every new read action. The test below then requires that the
/// action is in the list and in a row of the table.
fn read_place(action: Action) -> usize {
    match action {
        Action::AskVariants => 0,
        Action::AskIndividuals => 1,
        Action::SliceReads => 2,
        Action::SliceVariants => 3,
        Action::DescribeObject => 4,
        Action::FetchObject => 5,
        Action::ComputeOnObject => 6,
        Action::ReadRun => 7,
        Action::ReadRunOutput => 8,
        Action::ReadRecontact => 9,
        Action::ReadGenomicFindings => 10,
        Action::ReadClinicalRecord => 11,
        Action::ReadPatient => 12,
        Action::ReadDisclosures => 13,
        Action::ReviewRunOutput => 14,
        Action::ReviewRecontact => 15,
        Action::SelectForRecontact => 16,
        Action::ReadHeldObjects => 17,
    }
}

#[test]
fn the_table_allows_and_denies_every_read_every_write_and_every_basis_somewhere() {
    assert!(WriteAction::ALL.into_iter().enumerate().all(|(i, action)| place(action) == i));
    assert!(Action::ALL.into_iter().enumerate().all(|(i, action)| read_place(action) == i));
    let table = table();
    let (mut allowed, mut refused): (BTreeSet<&str>, BTreeSet<&str>) = Default::default();
    for line in &table.case {
        let side = if line.verdict.starts_with("grant:") {
            &mut allowed
        } else {
            &mut refused
        };
        side.extend([line.action.as_str(), "research"]);
    }
    for right in &table.right {
        if let Some(action) = Action::ALL.into_iter().find(|a| a.as_str() == right.action) {
            assert_eq!(action.basis().as_str(), right.basis, "{}", right.name);
        }
        if !right.allow.is_empty() {
            allowed.extend([right.action.as_str(), right.basis.as_str()]);
        }
        if !right.deny.is_empty() {
            refused.extend([right.action.as_str(), right.basis.as_str()]);
        }
    }
    let bases = ["research", "care", "participant-service", "custody", "operation"];
    let reads = Action::ALL.map(Action::as_str).into_iter();
    let all: BTreeSet<&str> = reads.chain(WriteAction::ALL.map(WriteAction::as_str)).chain(bases).collect();
    assert_eq!((&allowed, &refused), (&all, &all));
}
