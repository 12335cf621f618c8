//! Tests of the ends of rights and of the names of a caller. Random requests are compared with a model that computes the longest lasting
//! chain of links between each two persons and the longest lasting way to meet each condition.

use std::collections::BTreeSet;

use gemj_access::{Caller, ControlledAccess, Identity};
use gemj_model::Timestamp;
use serde_json::{Value, json};

use crate::signing::SigningKey;
use crate::world::{AUDIENCE, DAC, DATASET, NOW, World, bearer, codes};

const CASES: usize = 400;
const FOREVER: i64 = i64::MAX;
/// The operator's limit for grants (`max_authorization_s`), in seconds after `asserted`.
const MAX_AUTHORIZATION_S: i64 = 3000;

/// A random generator (xorshift64*) with a fixed seed, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % n as u64).unwrap()
    }

    fn seconds(&mut self) -> i64 {
        1 + i64::try_from(self.below(500)).unwrap()
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// A ControlledAccessGrants visa. Each inner list is one alternative of its conditions: the types of visas that must all be present. If there is no
    /// inner list, the visa has no conditions.
    Grant(Vec<Vec<&'static str>>),
    Affiliation,
    Status,
    /// A LinkedIdentities visa that links its subject to these persons, by index.
    Link(Vec<usize>),
}

/// A visa of a request, in the terms of the model.
#[derive(Clone, Debug)]
struct Model {
    kind: Kind,
    /// The index of the person who is the visa's subject.
    person: usize,
    exp: i64,
    asserted: i64,
}

impl Model {
    fn until(&self) -> i64 {
        match self.kind {
            Kind::Grant(_) => self.exp.min(self.asserted + MAX_AUTHORIZATION_S),
            Kind::Affiliation | Kind::Status | Kind::Link(_) => self.exp,
        }
    }

    fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Grant(_) => "ControlledAccessGrants",
            Kind::Affiliation => "AffiliationAndRole",
            Kind::Status => "ResearcherStatus",
            Kind::Link(_) => "LinkedIdentities",
        }
    }

    fn is_grant(&self) -> bool {
        matches!(self.kind, Kind::Grant(_))
    }

    fn sign(&self, world: &World, people: &[Identity], number: usize) -> String {
        let univ = "https://univ.example";
        let mut object = match &self.kind {
            Kind::Grant(alternatives) => {
                let conditions: Vec<Vec<Value>> = alternatives
                    .iter()
                    .map(|types| types.iter().map(|name| json!({"type": name, "value": "pattern:*"})).collect())
                    .collect();
                json!({"type": "ControlledAccessGrants", "value": DATASET, "source": DAC, "by": "dac", "conditions": conditions})
            }
            Kind::Affiliation => json!({"type": "AffiliationAndRole", "value": "member@univ.example", "source": univ, "by": "so"}),
            Kind::Status => json!({"type": "ResearcherStatus", "value": crate::world::REGISTERED, "source": univ, "by": "so"}),
            Kind::Link(others) => {
                let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
                let value: Vec<String> = others
                    .iter()
                    .map(|other| format!("{},{}", encoded(&people[*other].subject), encoded(&people[*other].issuer)))
                    .collect();
                json!({"type": "LinkedIdentities", "value": value.join(";"), "source": world.visas(), "by": "system"})
            }
        };
        object["asserted"] = json!(self.asserted);
        let claims = json!({"iss": world.visas(), "sub": people[self.person].subject, "iat": NOW - 100, "exp": self.exp,
            "jti": format!("v-{number}"), "ga4gh_visa_v1": object});
        world.visa_es.sign(&world.visa_header(&world.visa_es), &claims)
    }
}

/// For each two persons, the time until which the longest lasting chain of links joins them; absent if no chain joins them (Floyd-Warshall algorithm).
fn widest(visas: &[Model], count: usize) -> Vec<Vec<Option<i64>>> {
    let mut until = vec![vec![None; count]; count];
    for visa in visas {
        if let Kind::Link(others) = &visa.kind {
            for other in others {
                let both = until[visa.person][*other].max(Some(visa.until()));
                until[visa.person][*other] = both;
                until[*other][visa.person] = both;
            }
        }
    }
    for over in 0..count {
        for one in 0..count {
            for other in 0..count {
                until[one][other] = until[one][other].max(until[one][over].min(until[over][other]));
            }
        }
    }
    for (person, row) in until.iter_mut().enumerate() {
        row[person] = Some(FOREVER);
    }
    until
}

/// The time until which the conditions of a grant are met: `FOREVER` for a grant without conditions, `None` if they are not met now.
fn met_until(grant: &Model, visas: &[Model], linked: &[Vec<Option<i64>>]) -> Option<i64> {
    let Kind::Grant(alternatives) = &grant.kind else {
        return Some(FOREVER);
    };
    if alternatives.is_empty() {
        return Some(FOREVER);
    }
    let conditional = |visa: &Model| matches!(&visa.kind, Kind::Grant(conditions) if !conditions.is_empty());
    let best = |name: &str| {
        visas
            .iter()
            .filter(|visa| visa.type_name() == name && !conditional(visa))
            .filter_map(|visa| Some(visa.until().min(linked[grant.person][visa.person]?)))
            .max()
    };
    alternatives
        .iter()
        .filter_map(|types| types.iter().map(|name| best(name)).collect::<Option<Vec<_>>>()?.into_iter().min())
        .max()
}

/// The expected caller of a request.
struct Expected {
    not_after: i64,
    /// For each grant, in order: its end, and the names of its subject with the end of each name.
    grants: Vec<(i64, BTreeSet<(String, i64)>)>,
    names: BTreeSet<String>,
}

/// The names of the persons `own` and of all persons that links join to them, each with the end of its longest lasting chain of links.
fn names_of(own: &BTreeSet<usize>, people: &[Identity], linked: &[Vec<Option<i64>>]) -> BTreeSet<(String, i64)> {
    let until = |person: usize| own.iter().filter_map(|one| linked[*one][person]).max();
    let names = (0..people.len()).filter_map(|person| Some((people[person].pseudonym(), until(person)?)));
    names.collect()
}

/// The expected caller. `None` if the request must be refused, because its passports belong to different persons. The
/// subjects of visas are not compared for this.
fn expected(people: &[Identity], passports: &[(usize, i64)], visas: &[Model]) -> Option<Expected> {
    let linked = widest(visas, people.len());
    let mut presented = FOREVER;
    for (person, exp) in passports {
        presented = presented.min(*exp).min(linked[passports[0].0][*person]?);
    }
    let own: BTreeSet<usize> = passports.iter().map(|(person, _)| *person).collect();
    let grants = visas.iter().filter(|visa| visa.is_grant()).filter_map(|grant| {
        let until = grant.until().min(met_until(grant, visas, &linked)?).min(presented);
        let mut of_grant = own.clone();
        of_grant.insert(grant.person);
        Some((until, names_of(&of_grant, people, &linked)))
    });
    Some(Expected {
        not_after: presented,
        grants: grants.collect(),
        names: names_of(&own, people, &linked).into_iter().map(|(name, _)| name).collect(),
    })
}

fn random_visa(random: &mut Random) -> Model {
    let kind = match random.below(10) {
        0..3 => Kind::Grant(Vec::new()),
        3 => Kind::Grant(vec![vec!["AffiliationAndRole"]]),
        4 => Kind::Grant(vec![vec!["AffiliationAndRole", "ResearcherStatus"], vec!["ControlledAccessGrants"]]),
        5 => Kind::Affiliation,
        6 => Kind::Status,
        _ => Kind::Link((0..=random.below(2)).map(|_| random.below(6)).collect()),
    };
    Model {
        kind,
        person: random.below(3),
        exp: NOW + random.seconds(),
        asserted: NOW - MAX_AUTHORIZATION_S + random.seconds(),
    }
}

fn grants(caller: &Caller) -> Vec<(i64, BTreeSet<(String, i64)>)> {
    let seconds = |until: Timestamp| if until.0 == i64::MAX { FOREVER } else { until.seconds() };
    let names = |grant: &ControlledAccess| {
        let known_as = grant.subject.known_as.iter();
        known_as.map(|name| (name.pseudonym.clone(), seconds(name.until))).collect()
    };
    caller
        .controlled
        .iter()
        .map(|grant| (grant.not_after.seconds(), names(grant)))
        .collect()
}

#[tokio::test]
async fn every_right_ends_with_its_earliest_precondition_and_the_names_equal_the_model() {
    let world = World::new().await;
    let mut config = world.config();
    config.issuers[1].visas[0].max_authorization_s = Some(u32::try_from(MAX_AUTHORIZATION_S).unwrap());
    let authenticator = world.authenticator_with(&config);
    let person = |issuer: String, subject: &str| Identity {
        issuer,
        subject: subject.to_owned(),
    };
    // The first three identities belong to the visa issuer. The others belong to the brokers.
    let people = [
        person(world.visas(), "a"),
        person(world.visas(), "b"),
        person(world.visas(), "c"),
        person(world.broker(), "alice"),
        person(world.other(), "alice"),
        person(world.broker(), "mallory"),
    ];
    let mut random = Random(0x656e_6473);
    let (mut refused, mut without, mut with, mut conditional) = (0, 0, 0, 0);
    for case in 0..CASES {
        let visas: Vec<Model> = (0..1 + random.below(7)).map(|_| random_visa(&mut random)).collect();
        let mut passports = vec![(3, NOW + random.seconds())];
        if random.below(2) == 0 {
            passports.push(([3, 4, 5][random.below(3)], NOW + random.seconds()));
        }
        let signed: Vec<String> = visas.iter().enumerate().map(|(n, visa)| visa.sign(&world, &people, n)).collect();
        let first = random.below(signed.len() + 1);
        let tokens: Vec<String> = passports
            .iter()
            .zip([&signed[..first], &signed[first..]])
            .map(|((person, exp), share)| {
                let key: &SigningKey = if *person == 4 { &world.other_es } else { &world.broker_es };
                let share = if passports.len() == 1 { signed.as_slice() } else { share };
                let mut claims = json!({"iss": people[*person].issuer, "sub": people[*person].subject, "iat": NOW - 10, "exp": exp, "ga4gh_passport_v1": share});
                if *person != 4 {
                    claims["aud"] = json!(AUDIENCE);
                }
                key.sign(&world.passport_header(key), &claims)
            })
            .collect();
        let expected = expected(&people, &passports, &visas);
        for _ in 0..2 {
            let answer = authenticator.authenticate(None, &tokens).await;
            let Some(expected) = &expected else {
                assert_eq!(answer.unwrap_err().code(), "credentials-of-different-people", "case {case}");
                continue;
            };
            let caller = answer.unwrap();
            assert_eq!(grants(&caller), expected.grants, "case {case}: {visas:?} {passports:?}");
            assert_eq!(
                caller.not_after.unwrap().seconds(),
                expected.not_after,
                "case {case}: {visas:?} {passports:?}"
            );
            assert_eq!(
                caller.known_as.iter().cloned().collect::<BTreeSet<_>>(),
                expected.names,
                "case {case}: {visas:?}"
            );
            assert!(caller.known_as.is_sorted() && caller.known_as.contains(&caller.pseudonym));
            assert!(
                caller.visas.iter().all(|verdict| verdict.jti.is_some()),
                "case {case}: a visa without its name"
            );
        }
        match expected {
            None => refused += 1,
            Some(expected) if expected.grants.is_empty() => without += 1,
            Some(_) => with += 1,
        }
        conditional += usize::from(
            visas
                .iter()
                .any(|visa| matches!(&visa.kind, Kind::Grant(conditions) if !conditions.is_empty())),
        );
    }
    println!("{CASES} requests: {with} with grants, {without} without, {refused} refused; {conditional} with conditions");
    assert!(
        with >= 80 && without >= 20 && refused >= 40 && conditional >= 80,
        "{with} {without} {refused} {conditional}"
    );
}

#[tokio::test]
async fn the_subject_of_a_visa_has_at_most_sixteen_names_including_the_names_of_the_tokens() {
    let world = World::new().await;
    let linked = |count: usize| {
        let entries: Vec<String> = (0..count)
            .map(|n| format!("also-{n},{}", world.visas().replace(':', "%3A").replace('/', "%2F")))
            .collect();
        let object = json!({"type": "LinkedIdentities", "value": entries.join(";"), "source": world.visas(), "by": "system"});
        world.visa_of("alice-at-visas", object, 200)
    };
    for (count, names) in [(0, 2), (1, 3), (14, 16), (100, 16)] {
        let visas = if count == 0 {
            vec![world.grant()]
        } else {
            vec![world.grant(), linked(count)]
        };
        let caller = bearer(&world.authenticator(), &world.passport(&visas)).await.unwrap();
        assert_eq!(
            caller.known_as,
            std::slice::from_ref(&caller.pseudonym),
            "nothing links the token's own identity"
        );
        let grant = &caller.controlled[0];
        assert_eq!(grant.subject.known_as.len(), names, "{count}");
        let at_visas = Identity {
            issuer: world.visas(),
            subject: "alice-at-visas".to_owned(),
        };
        for own in [&caller.pseudonym, &at_visas.pseudonym()] {
            assert!(
                grant
                    .subject
                    .known_as
                    .iter()
                    .any(|name| name.pseudonym == *own && name.until.0 == i64::MAX)
            );
        }
        assert_eq!(
            caller.not_after.unwrap().seconds(),
            NOW + 600,
            "a link that is not needed does not shorten a right"
        );
        assert_eq!(grant.not_after.seconds(), NOW + 500);
    }
}

#[tokio::test]
async fn a_visa_has_the_names_of_its_subject_and_of_the_tokens_and_of_no_other_visa() {
    let world = World::new().await;
    let affiliation = |subject| {
        let object = json!({"type": "AffiliationAndRole", "value": "member@univ.example", "source": "https://univ.example", "by": "so"});
        world.visa_of(subject, object, 400)
    };
    let name = |subject: &str| {
        Identity {
            issuer: world.visas(),
            subject: subject.to_owned(),
        }
        .pseudonym()
    };
    let authenticator = world.authenticator();
    let known = async |visas: &[String]| bearer(&authenticator, &world.passport(visas)).await.unwrap();
    assert!(
        !known(&[affiliation("x")]).await.is_one_of(&[name("x")]),
        "an affiliation gives no name"
    );
    for visas in [vec![world.grant()], vec![affiliation("x"), world.grant(), affiliation("y")]] {
        let caller = known(&visas).await;
        let names: Vec<&str> = caller.controlled[0].subject.known_as.iter().map(|n| n.pseudonym.as_str()).collect();
        assert!(names.contains(&name("alice-at-visas").as_str()) && names.contains(&caller.pseudonym.as_str()));
        assert_eq!(names.len(), 2, "{visas:?}");
    }
    let forged = SigningKey::es256("v-es").sign(&world.visa_header(&world.visa_es), &world.grant_claims());
    assert!(known(&[forged]).await.controlled.is_empty());
}

#[tokio::test]
async fn an_ignored_visa_is_named_by_its_claims_and_an_unreadable_visa_has_no_name() {
    let world = World::new().await;
    let change = |name: &str, value: Value| {
        let mut claims = world.grant_claims();
        claims["jti"] = json!(format!("v-{name}"));
        claims["ga4gh_visa_v1"][name] = value;
        world.visa_es.sign(&world.visa_header(&world.visa_es), &claims)
    };
    let mut forged = world.grant_claims();
    forged["jti"] = json!("v-forged");
    let visas = [
        change("type", json!("https://ras.nih.gov/visas/v1.1")),
        change("source", json!("https://other-dac.example")),
        change("conditions", json!([[]])),
        SigningKey::es256("v-es").sign(&world.visa_header(&world.visa_es), &forged),
        "unreadable".to_owned(),
        world.grant(),
    ];
    let caller = bearer(&world.authenticator(), &world.passport(&visas)).await.unwrap();
    assert_eq!(
        codes(&caller),
        [
            "visa-type-not-supported",
            "visa-not-trusted",
            "visa-conditions-malformed",
            "signature-invalid",
            "not-compact-jws",
            "used"
        ]
    );
    let names: Vec<Option<&str>> = caller.visas.iter().map(|verdict| verdict.jti.as_deref()).collect();
    assert_eq!(
        names,
        [
            Some("v-type"),
            Some("v-source"),
            Some("v-conditions"),
            Some("v-forged"),
            None,
            Some("v-1")
        ]
    );
}
