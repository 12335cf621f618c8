//! Tests the recipients of disclosures with two datasets under approvals of two organisations. A recipient of data from one dataset is not
//! a recipient of the other.
#![allow(clippy::unwrap_used)]

use gemj_access::{
    AccessRequest, Action, Caller, ConsentLedger, ControlledAccess, DecisionId, LocatedObject, LocatedRun, Resource, Roster, decide,
};
use gemj_model::*;

use super::*;

const NOW: Timestamp = Timestamp(1_000);

fn id(text: &str) -> DatasetId {
    DatasetId::parse(text).unwrap()
}

fn visa(name: &str) -> String {
    format!("https://committee.example/approvals/{name}")
}

fn policy() -> Policy {
    let dataset = |of: &str| gemj_fixtures::dataset_policy(id(of).as_str());
    let body = |domain: &str, country: &str, kind| Organisation {
        domain: domain.to_owned(),
        country: country.to_owned(),
        kind,
    };
    let organisations = vec![
        body("university.example", "JP", OrganisationKind::Academic),
        body("company.example", "JP", OrganisationKind::Company),
    ];
    Policy::new(vec![dataset("cancer"), dataset("open")], organisations, 10)
}

fn approval(name: &str, of: &str, organisation: &str, purposes: &[Purpose]) -> Approval {
    Approval {
        visa_value: visa(name),
        organisation: organisation.to_owned(),
        datasets: vec![id(of)],
        purposes: purposes.to_vec(),
        commercial: organisation == "company.example",
        ..gemj_fixtures::approval(name)
    }
}

/// A consent view in which participant 0 is in the dataset `cancer`, 1 in both datasets and 2 in `open`. All three agreed to all clauses.
fn view() -> ConsentView {
    view_at(NOW, None)
}

/// The same view at a time of the test's choice. If `until` is present, all approvals end then.
fn view_at(now: Timestamp, until: Option<Timestamp>) -> ConsentView {
    let form = gemj_fixtures::form("unified-1");
    let mut ledger = ConsentLedger::new([form.clone()]);
    let mut roster = Roster::default();
    for (person, datasets) in [(0, &["cancer"][..]), (1, &["cancer", "open"]), (2, &["open"])] {
        ledger.append(ConsentEvent {
            form: Some(form.id.clone()),
            ..gemj_fixtures::gave(u64::from(person) + 1, person, "form", Timestamp(10))
        });
        roster.register(Ordinal(person), None, None);
        for dataset in datasets {
            roster.enrol(&id(dataset), Ordinal(person));
        }
    }
    let mut approvals = [
        approval(
            "project-1",
            "cancer",
            "university.example",
            &[Purpose::GeneralResearch, Purpose::DiseaseResearch],
        ),
        approval("project-2", "cancer", "university.example", &[Purpose::DiseaseResearch]),
        approval(
            "project-3",
            "open",
            "company.example",
            &[Purpose::DiseaseResearch, Purpose::MethodsDevelopment],
        ),
    ];
    for approval in &mut approvals {
        approval.not_after = until.unwrap_or(approval.not_after);
    }
    ConsentView::fold(1, &ledger, &roster, &approvals, &[], &[id("cancer"), id("open")], now)
}

fn grant(visas: &[&str], action: Action, resource: Resource<'_>, view: &ConsentView) -> Grant {
    let caller = Caller {
        pseudonym: "researcher".to_owned(),
        controlled: visas
            .iter()
            .map(|name| ControlledAccess {
                subject: Default::default(),
                value: visa(name),
                jti: None,
                not_after: Timestamp(8_000),
            })
            .collect(),
        not_after: Some(Timestamp(8_000)),
        ..Caller::default()
    };
    let question = AccessRequest {
        decision: DecisionId(1),
        caller: &caller,
        action,
        resource,
        declared: None,
        now: NOW,
    };
    decide(&question, &policy(), view).unwrap()
}

/// Each disclosure as text: dataset, participants, organisation, purposes and approvals.
fn told(lines: &[Disclosure]) -> Vec<String> {
    let of = |line: &Disclosure| {
        let people: Vec<u32> = line.people.iter().collect();
        let purposes: Vec<&str> = line.purposes.iter().map(|purpose| purpose.as_str()).collect();
        let approvals: Vec<&str> = line.approvals.iter().map(|value| value.rsplit('/').next().unwrap()).collect();
        format!("{} {people:?} {} {purposes:?} {approvals:?}", line.dataset, line.organisation)
    };
    lines.iter().map(of).collect()
}

#[test]
fn a_recipient_of_one_dataset_is_not_recorded_for_another() {
    let view = view();
    let told_of: ToldOf = vec![
        (id("cancer"), RoaringBitmap::from_iter([0, 1])),
        (id("open"), RoaringBitmap::from_iter([1, 2])),
        (id("cancer"), RoaringBitmap::from_iter([1])),
    ];
    for named in [&[][..], &[id("cancer"), id("open")]] {
        let asked = Resource::Population(named);
        let both = grant(&["project-3", "project-1"], Action::AskIndividuals, asked, &view);
        assert_eq!(
            told(&of_people(&both, &told_of, &policy(), &view)),
            [
                r#"cancer [0, 1] university.example ["disease-research"] ["project-1"]"#,
                r#"open [1, 2] company.example ["disease-research"] ["project-3"]"#,
            ]
        );
    }
    let three = ["project-1", "project-2", "project-3"];
    let all = grant(&three, Action::AskIndividuals, Resource::Population(&[]), &view);
    let only_cancer = vec![(id("cancer"), RoaringBitmap::from_iter([0])), (id("open"), RoaringBitmap::new())];
    assert_eq!(
        told(&of_people(&all, &only_cancer, &policy(), &view)),
        [r#"cancer [0] university.example ["disease-research"] ["project-1", "project-2"]"#]
    );
}

#[test]
fn a_disclosure_has_its_organisation_if_the_approval_ends_before_the_entry() {
    let before = view_at(NOW, Some(Timestamp(NOW.0 + 1)));
    let cancer = [id("cancer")];
    let grant = grant(&["project-1"], Action::AskIndividuals, Resource::Population(&cancer), &before);
    let after = view_at(Timestamp(NOW.0 + 10), Some(Timestamp(NOW.0 + 1)));
    let told_of: ToldOf = vec![(id("cancer"), RoaringBitmap::from_iter([0]))];
    let lines = of_people(&grant, &told_of, &policy(), &after);
    assert_eq!(
        told(&lines),
        [r#"cancer [0] university.example ["general-research", "disease-research"] ["project-1"]"#]
    );
    assert_eq!(lines[0].country, "JP");
}

#[test]
fn run_outputs_are_recorded_for_each_input_under_its_own_approvals() {
    let view = view();
    let file = |of: &str, person: u32| {
        Some(LocatedObject {
            id: ObjectId::parse(&format!("file-of-{person}")).unwrap(),
            dataset: id(of),
            kind: DataKind::Reads,
            samples: [Some(Ordinal(person))].into_iter().collect(),
        })
    };
    let run = LocatedRun {
        id: "run-1".to_owned(),
        owner: "researcher".to_owned(),
        projects: vec!["project-1".to_owned()],
        inputs: vec![file("cancer", 0), file("open", 2)],
    };
    let asked = Resource::RunOutput(Some((&run, true)));
    let output = grant(&["project-1", "project-3"], Action::ReadRunOutput, asked, &view);
    assert_eq!(
        told(&of_run(&output, &run, &policy(), &view)),
        [
            r#"cancer [0] university.example ["disease-research"] ["project-1"]"#,
            r#"open [2] company.example ["disease-research"] ["project-3"]"#,
        ]
    );
}
