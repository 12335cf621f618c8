//! The table of hostile tokens. Each row is one attack that a passport clearinghouse must survive. Each file contains one group of attacks.
//!
//! * Every row makes its tokens twice: without and with the hostile change.
//! * Without the change, the tokens must be accepted and give their right. This proves that the row can fail.
//! * With the change, the answer must have exactly the code of the row, and the caller must get no right.
//! * Issuers, P-256 keys and gateway are new for each row. The attacker's server must receive no connection.

mod algorithm;
mod authority;
mod claims;
mod confusion;
mod draft;
mod identity;
mod key_location;
mod relaxed;
mod replay;
mod rotation;

use std::collections::BTreeSet;

use gemj_access::Caller;
use gemj_authenticate::{AuthError, Authenticator, TrustedIssuers};

use crate::world::{World, codes};

/// Makes the steps of a row; the flag is true for the hostile change.
type Maker = Box<dyn Fn(&World, bool) -> Vec<Act>>;
/// Changes the configuration for a row; the flag is true for the hostile change.
type Configuring = Box<dyn Fn(&World, &mut TrustedIssuers, bool)>;

/// One attack of the table.
pub(crate) struct Row {
    name: &'static str,
    /// A short description of how the attack is made.
    how: &'static str,
    make: Maker,
    /// The changes that the row makes to the tests' configuration; absent if the row makes none.
    config: Option<Configuring>,
    expected: Expected,
}

/// The expected result of an attack.
pub(crate) enum Expected {
    /// The request is refused with this code.
    Refused(&'static str),
    /// The request is accepted, one visa is ignored with this code, and the right of that visa is not given.
    Ignored(&'static str),
    /// The request is accepted and gives no right.
    Powerless,
}

/// One step of a row. The last step of every row is [`Act::Show`].
pub(crate) enum Act {
    /// Changes the test world: keys, answers of servers, or the time.
    Do(Box<dyn Fn(&World)>),
    /// Sends a request that must be accepted and give its right, with or without the hostile change.
    Accepted(Shown),
    /// Sends the request that is the attack.
    Show(Shown),
}

/// The credentials of a request.
#[derive(Clone, Default)]
pub(crate) struct Shown {
    bearer: Option<String>,
    passports: Vec<String>,
    /// Whether a second request presents the hostile bearer token as a passport in its body.
    also_in_body: bool,
}

impl Shown {
    /// A token that one request presents as a bearer token. If it is hostile, a second request presents it in the body.
    pub(crate) fn anywhere(token: String) -> Self {
        Self {
            bearer: Some(token),
            also_in_body: true,
            ..Self::default()
        }
    }

    /// A token that is presented only as a bearer token.
    pub(crate) fn bearer(token: String) -> Self {
        Self {
            bearer: Some(token),
            ..Self::default()
        }
    }

    /// Passports that are presented in the body.
    pub(crate) fn body(passports: Vec<String>) -> Self {
        Self {
            passports,
            ..Self::default()
        }
    }

    /// A bearer token that is presented together with passports in the body.
    pub(crate) fn both(bearer: String, passports: Vec<String>) -> Self {
        Self {
            bearer: Some(bearer),
            passports,
            also_in_body: false,
        }
    }

    async fn present(&self, authenticator: &Authenticator) -> Result<Caller, AuthError> {
        authenticator.authenticate(self.bearer.as_deref(), &self.passports).await
    }
}

/// A row with a single step, the attack, whose credentials one function makes.
pub(crate) fn row(name: &'static str, how: &'static str, make: impl Fn(&World, bool) -> Shown + 'static, expected: Expected) -> Row {
    story(name, how, move |world, hostile| vec![Act::Show(make(world, hostile))], expected)
}

/// A row with further steps before the attack.
pub(crate) fn story(name: &'static str, how: &'static str, make: impl Fn(&World, bool) -> Vec<Act> + 'static, expected: Expected) -> Row {
    Row {
        name,
        how,
        make: Box::new(make),
        config: None,
        expected,
    }
}

impl Row {
    /// Returns this row with changes to the configuration.
    pub(crate) fn configured(mut self, config: impl Fn(&World, &mut TrustedIssuers, bool) + 'static) -> Self {
        self.config = Some(Box::new(config));
        self
    }

    async fn run(&self, group: &str, hostile: bool) {
        let world = World::new().await;
        let mut config = world.config();
        if let Some(change) = &self.config {
            change(&world, &mut config, hostile);
        }
        let authenticator = world.authenticator_with(&config);
        let title = format!("{group}: {} ({}), hostile: {hostile}", self.name, self.how);
        let mut acts = (self.make)(&world, hostile);
        let Some(Act::Show(attack)) = acts.pop() else {
            panic!("{title}: nothing is shown at the end")
        };
        for act in acts {
            match act {
                Act::Do(change) => change(&world),
                Act::Accepted(shown) | Act::Show(shown) => must_give(&title, &shown.present(&authenticator).await),
            }
        }
        let answer = attack.present(&authenticator).await;
        if hostile {
            self.must_fail(&title, &answer);
            if attack.also_in_body {
                let token = attack.bearer.clone().into_iter().collect();
                self.must_fail_in_body(&title, &Shown::body(token).present(&authenticator).await);
            }
        } else {
            must_give(&title, &answer);
        }
        assert_eq!(world.evil.total(), 0, "{title}: something was asked of the attacker's server");
        assert_eq!(world.evil.connections(), 0, "{title}: the attacker's server was connected to");
    }

    fn must_fail(&self, title: &str, answer: &Result<Caller, AuthError>) {
        match (&self.expected, answer) {
            (Expected::Refused(code), Err(error)) => {
                assert_eq!(error.code(), *code, "{title}");
                let text = format!("{error} {error:?}");
                assert!(
                    !text.contains("alice") && !text.contains("evil") && !text.contains("127.0.0.1"),
                    "{title}: {text}"
                );
            }
            (Expected::Ignored(code), Ok(caller)) => {
                assert!(codes(caller).contains(code), "{title}: {:?}", codes(caller));
                let named = caller
                    .visas
                    .iter()
                    .filter(|verdict| verdict.code == "used")
                    .all(|verdict| verdict.jti.is_some());
                assert!(named, "{title}: a visa in use has no name");
                assert!(!has_right(caller), "{title}: a right was given");
            }
            (Expected::Powerless, Ok(caller)) => assert!(!has_right(caller), "{title}: a right was given"),
            (Expected::Refused(_), Ok(caller)) => panic!("{title}: accepted with {:?}", codes(caller)),
            (Expected::Ignored(_) | Expected::Powerless, Err(error)) => panic!("{title}: refused with {}", error.code()),
        }
    }

    /// Checks the answer for a bearer token that was presented in the body. A token that is not typed as a passport has the wrong type
    /// there, and the type is checked before everything else.
    fn must_fail_in_body(&self, title: &str, answer: &Result<Caller, AuthError>) {
        match (&self.expected, answer) {
            (Expected::Refused(_), Err(error)) if error.code() == "wrong-token-type" => {}
            _ => self.must_fail(title, answer),
        }
    }
}

fn has_right(caller: &Caller) -> bool {
    !caller.controlled.is_empty() || caller.registered_until.is_some()
}

fn must_give(title: &str, answer: &Result<Caller, AuthError>) {
    match answer {
        Ok(caller) => assert!(has_right(caller), "{title}: no right was given: {:?}", codes(caller)),
        Err(error) => panic!("{title}: refused with {}", error.code()),
    }
}

type Group = (&'static str, fn() -> Vec<Row>);

const GROUPS: [Group; 8] = [
    ("algorithm", algorithm::rows),
    ("key location", key_location::rows),
    ("rotation", rotation::rows),
    ("claims", claims::rows),
    ("confusion", confusion::rows),
    ("identity", identity::rows),
    ("authority", authority::rows),
    ("replay", replay::rows),
];

async fn run(group: &str) {
    let (_, rows) = GROUPS.iter().find(|(name, _)| *name == group).unwrap();
    for row in rows() {
        row.run(group, false).await;
        row.run(group, true).await;
    }
}

#[tokio::test]
async fn algorithm_attacks_fail() {
    run("algorithm").await;
}

#[tokio::test]
async fn key_location_attacks_fail() {
    run("key location").await;
}

#[tokio::test]
async fn rotation_attacks_fail() {
    run("rotation").await;
}

#[tokio::test]
async fn claims_attacks_fail() {
    run("claims").await;
}

#[tokio::test]
async fn confusion_attacks_fail() {
    run("confusion").await;
}

#[tokio::test]
async fn identity_attacks_fail() {
    run("identity").await;
}

#[tokio::test]
async fn authority_attacks_fail() {
    run("authority").await;
}

#[tokio::test]
async fn replay_attacks_fail() {
    run("replay").await;
}

/// Puts the hostile visas of all rows with one step in four groups of the table, and one good visa, into one passport. Only the good visa counts.
#[tokio::test]
async fn a_good_visa_counts_among_all_hostile_visas() {
    let world = World::new().await;
    let mut visas: Vec<serde_json::Value> = Vec::new();
    for (_, rows) in GROUPS
        .into_iter()
        .filter(|(group, _)| ["algorithm", "key location", "claims", "confusion"].contains(group))
    {
        for row in rows() {
            let mut acts = (row.make)(&world, true);
            if let (Expected::Ignored(_), 1, Some(Act::Show(shown))) = (row.expected, acts.len(), acts.pop()) {
                visas.extend(draft::visas_of(&shown.bearer.unwrap()));
            }
        }
    }
    assert!(visas.len() >= 60, "{}", visas.len());
    let hostile = visas.len();
    visas.push(serde_json::json!(world.grant()));
    let mut passport = draft::Draft::passport(&world);
    passport.claim("ga4gh_passport_v1", serde_json::json!(visas));
    let caller = world.authenticator().authenticate(Some(&passport.token()), &[]).await.unwrap();
    let (last, others) = caller.visas.split_last().unwrap();
    assert_eq!((last.code, others.len()), ("used", hostile));
    assert!(others.iter().all(|verdict| verdict.code != "used"));
    assert_eq!((caller.controlled.len(), world.evil.connections()), (1, 0));
}

/// Checks the number of rows and the uniqueness of their names. `cargo test … the_table -- --nocapture` prints the whole table.
#[test]
fn the_table_has_its_size_and_no_row_twice() {
    let mut total = 0;
    let mut names = BTreeSet::new();
    for (group, rows) in GROUPS {
        let rows = rows();
        for row in &rows {
            let code = match row.expected {
                Expected::Refused(code) => format!("refused: {code}"),
                Expected::Ignored(code) => format!("ignored: {code}"),
                Expected::Powerless => "accepted without the right".to_owned(),
            };
            println!("| {group} | {} | {} | {code} |", row.name, row.how);
            assert!(names.insert((group, row.name)), "{group}: {} twice", row.name);
        }
        println!("{group}: {} rows", rows.len());
        total += rows.len();
    }
    println!("{total} rows");
    assert!(total >= 400, "{total}");
}
