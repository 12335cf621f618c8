//! Visas that a request does not need are ignored (`Passport 1.2.1`, requirement 8.2). Links are required only where visas are combined (requirement
//! 8.4). A passport with fewer visas therefore never gives more access, and an additional visa that is not needed never removes access. The oracle is
//! a model that follows the links of the visas directly.

use std::collections::BTreeSet;

use gemj_access::Caller;
use gemj_authenticate::Authenticator;
use serde_json::{Value, json};

use crate::world::{AUDIENCE, DAC, NOW, REGISTERED, World, bearer, codes};

const OTHER_DAC: &str = "https://other-dac.example";

/// A random generator (xorshift64*) with a fixed seed, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % n as u64).unwrap()
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// A grant for a dataset. The number selects the dataset, and with it the committee. The flag states whether the grant requires an affiliation.
    Grant(usize, bool),
    Affiliation(usize),
    Terms,
    Status,
    Link(usize),
}

/// A visa of the model: its kind, the index of its issuer (0 or 1), and the index of its subject.
#[derive(Clone, Debug)]
struct Visa {
    kind: Kind,
    issuer: usize,
    subject: usize,
}

const SUBJECTS: [&str; 3] = ["a", "b", "c"];
const DOMAINS: [&str; 2] = ["univ.example", "company.example"];

fn value(dataset: usize) -> String {
    format!("https://gemj.example/datasets/{dataset}")
}

/// The configuration of these tests: both visa issuers may assert visas of every standard type, and may link identities of both visa issuers.
fn authenticator(world: &World) -> Authenticator {
    let both = |issuer: &str, dac: &str| {
        format!(
            r#"
[[issuer]]
issuer = "{issuer}"
kinds = ["visa-issuer"]
jku = ["{issuer}/jwks"]
visa = [
  {{ type = "ControlledAccessGrants", sources = ["{dac}"], by = ["dac"], any_value = true }},
  {{ type = "AffiliationAndRole", sources = ["https://univ.example"], by = ["so"], any_value = true }},
  {{ type = "AcceptedTermsAndPolicies", sources = ["https://univ.example"], by = ["self"], any_value = true }},
  {{ type = "ResearcherStatus", sources = ["https://univ.example"], by = ["so"], any_value = true }},
  {{ type = "LinkedIdentities", sources = ["{issuer}"], by = ["system"], link_issuers = ["{}", "{}"] }},
]
"#,
            world.visas(),
            world.other()
        )
    };
    let text = format!(
        "[[issuer]]\nissuer = \"{}\"\nkinds = [\"broker\"]\naudience = \"{AUDIENCE}\"\nbearer = [\"passport\"]\n{}{}",
        world.broker(),
        both(&world.visas(), DAC),
        both(&world.other(), OTHER_DAC),
    );
    world.authenticator_with(&toml::from_str(&text).unwrap())
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Visa {
    fn sign(&self, world: &World, number: usize) -> String {
        let (issuer, key, dac) = match self.issuer {
            0 => (world.visas(), &world.visa_es, DAC),
            _ => (world.other(), &world.other_es, OTHER_DAC),
        };
        let univ = "https://univ.example";
        let mut object = match self.kind {
            Kind::Grant(dataset, conditional) => {
                let conditions = if conditional {
                    json!([[{"type": "AffiliationAndRole", "value": "pattern:*"}]])
                } else {
                    Value::Null
                };
                json!({"type": "ControlledAccessGrants", "value": value(dataset), "source": dac, "by": "dac", "conditions": conditions})
            }
            Kind::Affiliation(domain) => {
                json!({"type": "AffiliationAndRole", "value": format!("member@{}", DOMAINS[domain]), "source": univ, "by": "so"})
            }
            Kind::Terms => json!({"type": "AcceptedTermsAndPolicies", "value": REGISTERED, "source": univ, "by": "self"}),
            Kind::Status => json!({"type": "ResearcherStatus", "value": REGISTERED, "source": univ, "by": "so"}),
            Kind::Link(other) => {
                // A link joins the visa's subject with a person of the other issuer.
                let to = if self.issuer == 0 { world.other() } else { world.visas() };
                let value = format!("{},{}", encoded(SUBJECTS[other]), encoded(&to));
                json!({"type": "LinkedIdentities", "value": value, "source": issuer, "by": "system"})
            }
        };
        object["asserted"] = json!(NOW - 1000);
        let header = json!({"alg": "ES256", "kid": key.kid, "typ": "vnd.ga4gh.visa+jwt", "jku": format!("{issuer}/jwks")});
        let claims = json!({"iss": issuer, "sub": SUBJECTS[self.subject], "iat": NOW - 100, "exp": NOW + 500, "jti": format!("n-{number}"), "ga4gh_visa_v1": object});
        key.sign(&header, &claims)
    }
}

/// The rights of a caller, as texts: grants (value, issuer, and number of the visa), registered access, and the organisations of the registered
/// person.
type Rights = BTreeSet<String>;

fn rights(caller: &Caller) -> Rights {
    let mut rights: Rights = caller
        .controlled
        .iter()
        .map(|grant| format!("{} by {}", grant.value, grant.jti.as_deref().unwrap()))
        .collect();
    if caller.registered_until.is_some() {
        rights.insert("registered".to_owned());
    }
    rights.extend(caller.affiliations.iter().map(|domain| format!("registered as {domain}")));
    rights
}

/// The rights that the model expects. Two visas belong to one person if a chain of links joins their subjects. The model follows
/// links until no further identity is found.
fn model(visas: &[(usize, Visa)]) -> Rights {
    let same = |one: (usize, usize), other: (usize, usize)| {
        let mut reached = BTreeSet::from([one]);
        for _ in 0..6 {
            for (_, link) in visas {
                if let Kind::Link(to) = link.kind {
                    let (a, b) = ((link.issuer, link.subject), (1 - link.issuer, to));
                    if reached.contains(&a) || reached.contains(&b) {
                        reached.extend([a, b]);
                    }
                }
            }
        }
        reached.contains(&other)
    };
    let id = |visa: &Visa| (visa.issuer, visa.subject);
    let mut rights = Rights::new();
    for (number, visa) in visas {
        if let Kind::Grant(dataset, conditional) = visa.kind {
            let met = visas
                .iter()
                .any(|(_, other)| matches!(other.kind, Kind::Affiliation(_)) && same(id(visa), id(other)));
            if met || !conditional {
                rights.insert(format!("{} by n-{number}", value(dataset)));
            }
        }
    }
    for (_, terms) in visas.iter().filter(|(_, visa)| visa.kind == Kind::Terms) {
        for (_, status) in visas.iter().filter(|(_, visa)| visa.kind == Kind::Status) {
            if same(id(terms), id(status)) {
                rights.insert("registered".to_owned());
                for (_, affiliation) in visas {
                    if let Kind::Affiliation(domain) = affiliation.kind
                        && same(id(terms), id(affiliation))
                    {
                        rights.insert(format!("registered as {}", DOMAINS[domain]));
                    }
                }
            }
        }
    }
    rights
}

#[tokio::test]
async fn fewer_visas_never_give_more_access_and_an_unneeded_visa_never_removes_access() {
    let world = World::new().await;
    let authenticator = authenticator(&world);
    let mut random = Random(0x0066_6577);
    let (mut combined, mut removed) = (0, 0);
    for case in 0..250 {
        let visas: Vec<(usize, Visa)> = (0..1 + random.below(7))
            .map(|number| {
                // Every third random passport begins with the visas of a registered researcher.
                let begins = [Kind::Terms, Kind::Status, Kind::Affiliation(0), Kind::Affiliation(1)];
                if let Some(kind) = begins.get(number).filter(|_| case % 3 == 0) {
                    let (kind, issuer, subject) = (kind.clone(), usize::from(random.below(8) == 0), usize::from(random.below(8) == 0));
                    return (number, Visa { kind, issuer, subject });
                }
                let kind = match random.below(9) {
                    0 | 1 => Kind::Grant(random.below(2), false),
                    2 => Kind::Grant(random.below(2), true),
                    3 | 4 => Kind::Affiliation(random.below(2)),
                    5 => Kind::Terms,
                    6 => Kind::Status,
                    _ => Kind::Link(random.below(3)),
                };
                // Nearly half of the random visas belong to one person, so that both cases occur: visas of one person, and visas of several persons.
                let (issuer, subject) = (random.below(4) / 3, random.below(5).saturating_sub(2));
                (number, Visa { kind, issuer, subject })
            })
            .collect();
        let signed: Vec<String> = visas.iter().map(|(number, visa)| visa.sign(&world, *number)).collect();
        let caller = bearer(&authenticator, &world.passport(&signed)).await.unwrap();
        let all = rights(&caller);
        assert_eq!(all, model(&visas), "case {case}: {visas:?}: {:?}", codes(&caller));
        combined += usize::from(all.iter().any(|right| right.starts_with("registered as")));
        for left_out in 0..visas.len() {
            let without = |list: &[String]| {
                let kept = list.iter().enumerate().filter(|(index, _)| *index != left_out);
                kept.map(|(_, visa)| visa.clone()).collect::<Vec<_>>()
            };
            let fewer = bearer(&authenticator, &world.passport(&without(&signed))).await.unwrap();
            assert!(rights(&fewer).is_subset(&all), "case {case} without {left_out}: {visas:?}");
            for grant in &fewer.controlled {
                let whole = caller.controlled.iter().find(|other| other.jti == grant.jti).unwrap();
                assert!(whole.not_after >= grant.not_after);
                for name in &grant.subject.known_as {
                    let same = whole.subject.known_as.iter().find(|other| other.pseudonym == name.pseudonym);
                    assert!(same.is_some_and(|same| same.until >= name.until), "case {case}: a name was lost");
                }
            }
            removed += 1;
        }
    }
    println!("{removed} visas left out; {combined} passports with an organisation");
    assert!(combined >= 10 && removed >= 700);
}

#[tokio::test]
async fn grants_of_two_issuers_in_one_passport_both_count_without_a_link() {
    let world = World::new().await;
    let authenticator = authenticator(&world);
    let grant = |dataset, issuer, subject| Visa {
        kind: Kind::Grant(dataset, false),
        issuer,
        subject,
    };
    let visas = [grant(0, 0, 0).sign(&world, 0), grant(1, 1, 1).sign(&world, 1)];
    let caller = bearer(&authenticator, &world.passport(&visas)).await.unwrap();
    assert_eq!(codes(&caller), ["used", "used"]);
    let values: Vec<&str> = caller.controlled.iter().map(|grant| grant.value.as_str()).collect();
    assert_eq!(values, [value(0), value(1)]);
    let names = |index: usize| -> BTreeSet<String> {
        let known_as = caller.controlled[index].subject.known_as.iter();
        known_as.map(|name| name.pseudonym.clone()).collect()
    };
    let shared: Vec<String> = names(0).intersection(&names(1)).cloned().collect();
    assert_eq!(shared, std::slice::from_ref(&caller.pseudonym), "only the holder's own name");
}

#[tokio::test]
async fn with_visas_of_holder_only_a_visa_counts_only_for_the_holder_or_with_a_link() {
    let world = World::new().await;
    let mut config = world.config();
    let plain = bearer(&world.authenticator_with(&config), &world.passport(&[world.grant()]))
        .await
        .unwrap();
    assert_eq!((codes(&plain), plain.controlled.len()), (vec!["used"], 1), "off: a broker vouches");
    config.visas_of_holder_only = true;
    let strict = world.authenticator_with(&config);
    let caller = bearer(&strict, &world.passport(&[world.grant()])).await.unwrap();
    assert_eq!((codes(&caller), caller.controlled.len()), (vec!["visa-of-another-identity"], 0));
    assert_eq!(caller.visas[0].failed, ["sub"]);
    // A trusted link joins alice at the broker and alice at the visa issuer.
    let link = |subject: &str| {
        let value = format!("{},{}", encoded(subject), encoded(&world.broker()));
        world.visa_of(
            "alice-at-visas",
            json!({"type": "LinkedIdentities", "value": value, "source": world.visas(), "by": "system"}),
            200,
        )
    };
    let caller = bearer(&strict, &world.passport(&[world.grant(), link("alice")])).await.unwrap();
    assert_eq!((codes(&caller), caller.controlled.len()), (vec!["used", "used"], 1));
    assert_eq!(caller.controlled[0].not_after.seconds(), NOW + 200, "it ends with the link");
    let caller = bearer(&strict, &world.passport(&[world.grant(), link("mallory")])).await.unwrap();
    assert_eq!(caller.controlled.len(), 0);
    // If one issuer signs both the passport and the visa with the same subject, no link is needed.
    let mut claims = world.grant_claims();
    claims["sub"] = json!("alice");
    let same_subject_only = world.visa_es.sign(&world.visa_header(&world.visa_es), &claims);
    let caller = bearer(&strict, &world.passport(&[same_subject_only])).await.unwrap();
    assert_eq!(
        codes(&caller),
        ["visa-of-another-identity"],
        "the same subject at another issuer is another person"
    );
}
