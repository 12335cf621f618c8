//! Tests of the passports in the decision table. Each test signs visas of several issuers, puts them into one
//! passport, authenticates the passport and decides.
//!
//! The rows are in `gateway/access/tests/decisions.toml`, together with all other rows of the decision table. They are tested in this
//! crate, because only this crate reads visas.

use gemj_access::{AccessRequest, Action, ConsentLedger, ConsentView, DecisionId, Identity, Policy, Resource, Roster, Tier, decide};
use gemj_authenticate::Authenticator;
use gemj_model::*;
use serde::Deserialize;
use serde_json::json;

use crate::signing::SigningKey;
use crate::world::{AUDIENCE, NOW, REGISTERED, World, bearer, codes};

/// The `source` of the grants of each issuer: its committee, in the order of the issuers.
const COMMITTEES: [&str; 2] = ["https://dac-one.example", "https://dac-two.example"];
/// The `source` of every visa that is not a grant.
const UNIVERSITY: &str = "https://univ.example";
/// The lifetime of every visa except links, in seconds from now.
const VISA_S: i64 = 500;
/// The lifetime of a link, in seconds from now. It is shorter than that of other visas, so that a test can see whether a right ends with the link.
const LINK_S: i64 = 200;

#[derive(Deserialize)]
struct Table {
    passport: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    visas: Vec<String>,
    #[serde(default)]
    ignored: Vec<usize>,
    #[serde(default)]
    cancer: Opened,
    #[serde(default)]
    rare: Opened,
    until: Option<i64>,
}

/// The access that a passport gives to a dataset, ordered from the least to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Opened {
    #[default]
    Closed,
    Registered,
    Controlled,
}

fn table() -> Vec<Row> {
    let text = include_str!("../../../access/tests/decisions.toml");
    toml::from_str::<Table>(text).unwrap().passport
}

/// The configuration of the table: both issuers may assert grants, affiliations, accepted terms and researcher status. Only the first issuer may link
/// identities.
fn authenticator(world: &World) -> Authenticator {
    let (first, second) = (world.visas(), world.other());
    let issuer = |issuer: &str, committee: &str, link: &str| {
        format!(
            r#"
[[issuer]]
issuer = "{issuer}"
kinds = ["visa-issuer"]
jku = ["{issuer}/jwks"]
visa = [
  {{ type = "ControlledAccessGrants", sources = ["{committee}"], by = ["dac"], any_value = true }},
  {{ type = "AffiliationAndRole", sources = ["{UNIVERSITY}"], by = ["so"], any_value = true }},
  {{ type = "AcceptedTermsAndPolicies", sources = ["{UNIVERSITY}"], by = ["self"], any_value = true }},
  {{ type = "ResearcherStatus", sources = ["{UNIVERSITY}"], by = ["so"], any_value = true }},
{link}]
"#
        )
    };
    let link = format!(
        "  {{ type = \"LinkedIdentities\", sources = [\"{first}\"], by = [\"system\"], link_issuers = [\"{first}\", \"{second}\"] }},\n"
    );
    let text = format!(
        "[[issuer]]\nissuer = \"{}\"\nkinds = [\"broker\"]\naudience = \"{AUDIENCE}\"\nbearer = [\"passport\"]\n{}{}",
        world.broker(),
        issuer(&first, COMMITTEES[0], &link),
        issuer(&second, COMMITTEES[1], ""),
    );
    world.authenticator_with(&toml::from_str(&text).unwrap())
}

fn value_of(approval: &str) -> String {
    format!("https://gemj.example/approvals/{approval}")
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The name, key and committee of an issuer in the decision table.
fn issuer_of<'a>(world: &'a World, name: &str) -> (String, &'a SigningKey, &'static str) {
    match name {
        "first" => (world.visas(), &world.visa_es, COMMITTEES[0]),
        "second" => (world.other(), &world.other_es, COMMITTEES[1]),
        "stranger" => (world.evil.url(""), &world.evil_es, COMMITTEES[0]),
        other => panic!("{other} is not an issuer of the table"),
    }
}

/// Signs the visa that a row of the table writes as `issuer/subject kind [detail]`.
fn sign(world: &World, text: &str, number: usize) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let (issuer_name, subject) = words[0].split_once('/').unwrap();
    let (issuer, key, committee) = issuer_of(world, issuer_name);
    let mut ends = VISA_S;
    let mut object;
    match words[1..] {
        ["grant", approval, ref how @ ..] => {
            object = json!({"type": "ControlledAccessGrants", "value": value_of(approval), "source": committee, "by": "dac"});
            match how {
                [] => {}
                ["if-affiliated"] => object["conditions"] = json!([[{"type": "AffiliationAndRole", "value": "pattern:*"}]]),
                ["of-the-other-committee"] => object["source"] = json!(COMMITTEES[usize::from(issuer_name == "first")]),
                ["ended"] => ends = -90,
                other => panic!("{other:?} is not a detail of a grant"),
            }
        }
        ["affiliation"] => object = json!({"type": "AffiliationAndRole", "value": "member@univ.example", "source": UNIVERSITY, "by": "so"}),
        ["terms"] => object = json!({"type": "AcceptedTermsAndPolicies", "value": REGISTERED, "source": UNIVERSITY, "by": "self"}),
        ["status"] => object = json!({"type": "ResearcherStatus", "value": REGISTERED, "source": UNIVERSITY, "by": "so"}),
        ["link", to] => {
            let (linked_issuer, linked) = to.split_once('/').unwrap();
            let value = format!("{},{}", encoded(linked), encoded(&issuer_of(world, linked_issuer).0));
            object = json!({"type": "LinkedIdentities", "value": value, "source": issuer, "by": "system"});
            ends = LINK_S;
        }
        ref other => panic!("{other:?} is not a visa of the table"),
    }
    object["asserted"] = json!(NOW - 1000);
    let header = json!({"alg": "ES256", "kid": key.kid, "typ": "vnd.ga4gh.visa+jwt", "jku": format!("{issuer}/jwks")});
    let claims =
        json!({"iss": issuer, "sub": subject, "iat": NOW - 100, "exp": NOW + ends, "jti": format!("n-{number}"), "ga4gh_visa_v1": object});
    key.sign(&header, &claims)
}

fn policy() -> Policy {
    let one = |id: &str| DatasetPolicy {
        name: id.to_owned(),
        ..gemj_fixtures::dataset_policy(id)
    };
    let university = gemj_fixtures::university("univ.example");
    Policy::new(vec![one("cancer"), one("rare")], vec![university], 10)
}

fn approvals(world: &World) -> Vec<Approval> {
    let one = |id: &str, of: &str, users: Vec<String>| Approval {
        visa_value: value_of(id),
        project: id.to_owned(),
        users,
        organisation: "univ.example".into(),
        datasets: vec![DatasetId::parse(of).unwrap()],
        not_after: Timestamp::from_seconds(NOW + 9_000),
        ..gemj_fixtures::approval(id)
    };
    let second_alice = Identity {
        issuer: world.other(),
        subject: "alice".into(),
    };
    vec![
        one("cancer", "cancer", Vec::new()),
        one("rare", "rare", Vec::new()),
        one("rare-for-second-alice", "rare", vec![second_alice.pseudonym()]),
    ]
}

/// A consent view with one participant, who agreed to every clause and is a member of both datasets.
fn view(world: &World) -> ConsentView {
    let form = gemj_fixtures::form("unified-1");
    let mut ledger = ConsentLedger::new([form.clone()]);
    ledger.append(ConsentEvent {
        form: Some(form.id),
        ..gemj_fixtures::gave(1, 0, "form", Timestamp(10))
    });
    let datasets = ["cancer", "rare"].map(|id| DatasetId::parse(id).unwrap());
    let mut roster = Roster::default();
    roster.register(Ordinal(0), None, None);
    for dataset in &datasets {
        roster.enrol(dataset, Ordinal(0));
    }
    let now = Timestamp::from_seconds(NOW);
    ConsentView::fold(1, &ledger, &roster, &approvals(world), &[], &datasets, now)
}

/// The access that a passport gives: the tier of each dataset, the end of the first controlled right in seconds from
/// now, and the positions of the ignored visas.
#[derive(Debug, PartialEq)]
struct Answer {
    cancer: Opened,
    rare: Opened,
    until: Option<i64>,
    ignored: Vec<usize>,
}

async fn answer(world: &World, authenticator: &Authenticator, visas: &[String]) -> Answer {
    let caller = bearer(authenticator, &world.passport(visas)).await.unwrap();
    let unused = codes(&caller).into_iter().enumerate().filter(|(_, code)| *code != "used");
    let ignored = unused.map(|(index, _)| index + 1).collect();
    let (policy, view) = (policy(), view(world));
    let mut until = None;
    let mut ask = |id: &str| {
        let dataset = [DatasetId::parse(id).unwrap()];
        let question = AccessRequest {
            decision: DecisionId(1),
            caller: &caller,
            action: Action::AskVariants,
            resource: Resource::Population(&dataset),
            declared: None,
            now: Timestamp::from_seconds(NOW),
        };
        let Ok(grant) = decide(&question, &policy, &view) else {
            return Opened::Closed;
        };
        match grant.datasets()[0].terms().tier() {
            Tier::Controlled => {
                until = until.or(Some(grant.not_after().seconds() - NOW));
                Opened::Controlled
            }
            Tier::Registered => Opened::Registered,
            Tier::Public => panic!("no dataset of these rows is public"),
        }
    };
    let (cancer, rare) = (ask("cancer"), ask("rare"));
    Answer {
        cancer,
        rare,
        until,
        ignored,
    }
}

#[tokio::test]
async fn every_passport_of_the_decision_table_gives_the_access_of_its_row_and_fewer_visas_give_no_more() {
    let world = World::new().await;
    let authenticator = authenticator(&world);
    let rows = table();
    assert!(rows.len() >= 15);
    let mut wrong = Vec::new();
    for row in rows {
        let signed: Vec<String> = row
            .visas
            .iter()
            .enumerate()
            .map(|(number, text)| sign(&world, text, number))
            .collect();
        let whole = answer(&world, &authenticator, &signed).await;
        let expected = Answer {
            cancer: row.cancer,
            rare: row.rare,
            until: row.until,
            ignored: row.ignored,
        };
        if whole != expected {
            wrong.push(format!("{}: {whole:?}, not {expected:?}", row.name));
        }
        for left_out in 0..signed.len() {
            let mut fewer = signed.clone();
            fewer.remove(left_out);
            let less = answer(&world, &authenticator, &fewer).await;
            if less.cancer > whole.cancer || less.rare > whole.rare {
                wrong.push(format!("{}: without {:?} it opens more: {less:?}", row.name, row.visas[left_out]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
