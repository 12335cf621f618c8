//! Attacks on the identity of a caller: attempts to get the rights of another person.

use serde_json::{Value, json};

use super::Expected::{Ignored, Powerless, Refused};
use super::draft::Draft;
use super::{Act, Expected, Row, Shown, row, story};
use crate::issuer_server::Answer;
use crate::world::{DAC, DATASET, NOW, REGISTERED, World};

const DIFFERENT: Expected = Refused("credentials-of-different-people");

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "two people",
            "a passport with a grant and another person's",
            |w, hostile| Shown::body(vec![of(w, "alice", true), of(w, if hostile { "bob" } else { "alice" }, false)]),
            DIFFERENT,
        ),
        row(
            "two people, reversed",
            "another person's passport first",
            |w, hostile| Shown::body(vec![of(w, if hostile { "bob" } else { "alice" }, false), of(w, "alice", true)]),
            DIFFERENT,
        ),
        row(
            "bearer and body",
            "a bearer passport and another person's in the body",
            |w, hostile| Shown::both(of(w, "alice", true), vec![of(w, if hostile { "bob" } else { "alice" }, false)]),
            DIFFERENT,
        ),
        row(
            "access token and body",
            "an access token and another person's passport in the body",
            |w, hostile| {
                let token = Draft::access_token(w).token();
                Shown::both(token, vec![of(w, if hostile { "bob" } else { "alice" }, false)])
            },
            DIFFERENT,
        ),
        row(
            "a third person",
            "the third of three passports is another's",
            |w, hostile| {
                Shown::body(vec![
                    of(w, "alice", true),
                    of(w, "alice", false),
                    of(w, if hostile { "bob" } else { "alice" }, false),
                ])
            },
            DIFFERENT,
        ),
        row(
            "same sub, other iss",
            "alice of another broker",
            |w, hostile| {
                let mut other = Draft::other_passport(w);
                other.claim("sub", json!("alice"));
                Shown::body(vec![
                    of(w, "alice", true),
                    if hostile { other.token() } else { of(w, "alice", false) },
                ])
            },
            DIFFERENT,
        ),
        row(
            "sub and iss run together",
            "a subject that joined to its issuer reads like another pair",
            |w, hostile| {
                let mut other = Draft::other_passport(w);
                other.claim("sub", json!(format!("alice,{}", w.broker())));
                Shown::body(vec![
                    of(w, "alice", true),
                    if hostile { other.token() } else { of(w, "alice", false) },
                ])
            },
            DIFFERENT,
        ),
        row(
            "UserInfo of another",
            "UserInfo answers for another subject",
            |w, hostile| {
                let shown = Shown::bearer(Draft::access_token(w).token());
                if hostile {
                    w.good.set(
                        "/broker/userinfo",
                        Answer::Body(json!({"sub": "bob", "ga4gh_passport_v1": [w.grant()]}).to_string()),
                    );
                }
                shown
            },
            Refused("userinfo-subject-mismatch"),
        ),
        row(
            "UserInfo of another issuer",
            "UserInfo answers in another issuer's name",
            |w, hostile| {
                let shown = Shown::bearer(Draft::access_token(w).token());
                if hostile {
                    let answer = json!({"sub": "alice", "iss": "https://evil.example", "ga4gh_passport_v1": [w.grant()]});
                    w.good.set("/broker/userinfo", Answer::Body(answer.to_string()));
                }
                shown
            },
            Refused("userinfo-subject-mismatch"),
        ),
        row(
            "terms, status and affiliation of three people",
            "registered access put together from three people's visas",
            |w, hostile| {
                let (b, c) = if hostile { ("b", "c") } else { ("a", "a") };
                passport(w, &[terms(w, "a"), status(w, b), affiliation(w, c)])
            },
            Powerless,
        ),
        row(
            "terms and status of two people",
            "my terms and your researcher status",
            |w, hostile| passport(w, &[terms(w, "a"), status(w, if hostile { "b" } else { "a" })]),
            Powerless,
        ),
        row(
            "terms and status of one sub, two iss",
            "the same subject of two visa issuers",
            |w, hostile| {
                let claims = json!({"iss": w.other(), "sub": "a", "iat": NOW - 10, "exp": NOW + 300, "ga4gh_visa_v1":
                {"type": "ResearcherStatus", "asserted": NOW - 20, "value": REGISTERED, "source": "https://univ.example", "by": "so"}});
                let header = json!({"alg": "ES256", "kid": "o-es", "typ": "JWT", "jku": format!("{}/jwks", w.other())});
                let foreign = w.other_es.sign(&header, &claims);
                passport(w, &[terms(w, "a"), if hostile { foreign } else { status(w, "a") }])
            },
            Powerless,
        ),
        row(
            "condition met by another's visa",
            "a conditional grant and another person's affiliation",
            |w, hostile| passport(w, &[conditional(w, "a"), affiliation(w, if hostile { "b" } else { "a" })]),
            Ignored("visa-conditions-not-met"),
        ),
        row(
            "condition met in another's passport",
            "the affiliation is in another person's passport",
            |w, hostile| {
                let mut second = Draft::passport(w);
                second.claim("ga4gh_passport_v1", json!([affiliation(w, "a")]));
                if hostile {
                    second.claim("sub", json!("bob"));
                }
                let mut first = Draft::passport(w);
                first.claim("ga4gh_passport_v1", json!([conditional(w, "a")]));
                Shown::body(vec![first.token(), second.token()])
            },
            DIFFERENT,
        ),
        linked("link of a wrong source", "source not trusted to link", |object, _| {
            object["source"] = json!("https://evil.example")
        }),
        linked("link by self", "the person themselves asserts it", |object, _| {
            object["by"] = json!("self")
        }),
        linked("link without by", "no by", |object, _| {
            drop(object.as_object_mut().unwrap().remove("by"))
        }),
        linked("conditional link", "a link that depends on another visa", |object, _| {
            object["conditions"] = json!([[{"type": "ResearcherStatus", "value": "pattern:*"}]]);
        }),
        linked("injected link", "a comma that was encoded names a second identity", |object, w| {
            object["value"] = json!(format!("alice%2C{};alice-2,{}", encoded(&w.broker()), w.other()));
        }),
        linked("link with three parts", "two commas in an entry", |object, w| {
            object["value"] = json!(format!("alice,{0},{0}", encoded(&w.broker())))
        }),
        linked("link with a broken escape", "%zz", |object, w| {
            object["value"] = json!(format!("alice%zz,{}", encoded(&w.broker())))
        }),
        linked("link in base64", "an encoding that Passport does not specify", |object, _| {
            object["value"] = json!("YWxpY2U=")
        }),
        linked("300 identities", "more than are read", |object, w| {
            object["value"] = json!(vec![format!("a,{}", encoded(&w.broker())); 300].join(";"))
        }),
        linked("100,000 identities", "a visa that is too large", |object, _| {
            object["value"] = json!(vec!["a,b"; 100_000].join(";"))
        }),
        linked("empty entry", "a semicolon too many", |object, _| {
            let value = format!("{};", object["value"].as_str().unwrap());
            object["value"] = json!(value);
        }),
        linked("half a link", "only one of the two passports is named", |object, w| {
            object["value"] = json!(format!("alice,{}", encoded(&w.broker())))
        }),
        linked(
            "link of a victim",
            "the attacker's own pair instead of the passport's",
            |object, w| {
                object["value"] = json!(format!("mallory,{};alice-2,{}", encoded(&w.broker()), encoded(&w.other())));
            },
        ),
        linked("identity in capitals", "a subject is compared byte for byte", |object, w| {
            object["value"] = json!(format!("ALICE,{};alice-2,{}", encoded(&w.broker()), encoded(&w.other())));
        }),
        linked(
            "issuer not linkable",
            "an issuer that this visa issuer may not speak about",
            |object, _| {
                object["value"] = json!(format!("alice,{0};alice-2,{0}", encoded("https://evil.example")));
            },
        ),
        link_of("link of another issuer", "a trusted issuer that may not link", |d| {
            d.key = &d.world.other_es;
            d.header = json!({"alg": "ES256", "kid": "o-es", "typ": "vnd.ga4gh.visa+jwt", "jku": format!("{}/jwks", d.world.other())});
            d.claim("iss", json!(d.world.other()));
        }),
        link_of("expired link", "exp is now", |d| d.claim("exp", json!(NOW))),
        link_of("forged link", "signed by the attacker under a good kid", |d| {
            d.key = &d.world.evil_es
        }),
        link_of("link with the attacker's jku", "signed and located by the attacker", |d| {
            d.key = &d.world.evil_es;
            d.header("jku", json!(d.world.evil.url("/jwks")));
        }),
        story(
            "link that ends",
            "a link that expires while everything is cached",
            |w, hostile| {
                let shown = Shown::body(vec![with_link(w, |_| {}), Draft::other_passport(w).token()]);
                let pass = move |w: &World| w.advance(if hostile { 200 } else { 199 });
                vec![Act::Accepted(shown.clone()), Act::Do(Box::new(pass)), Act::Show(shown)]
            },
            DIFFERENT,
        ),
        story(
            "link left out",
            "two passports are linked once, then shown without the link",
            |w, hostile| {
                let linked = Shown::body(vec![with_link(w, |_| {}), Draft::other_passport(w).token()]);
                let bare = Shown::body(vec![of(w, "alice", true), Draft::other_passport(w).token()]);
                vec![Act::Accepted(linked.clone()), Act::Show(if hostile { bare } else { linked })]
            },
            DIFFERENT,
        ),
        story(
            "A and B, then B",
            "a passport without rights after it was shown beside one with",
            |w, hostile| {
                let (a, b) = (of(w, "alice", true), of(w, "alice", false));
                let together = Shown::body(vec![a.clone(), b.clone()]);
                vec![Act::Accepted(together), Act::Show(Shown::anywhere(if hostile { b } else { a }))]
            },
            Powerless,
        ),
        story(
            "bearer A and body B, then B",
            "the same with A as bearer token",
            |w, hostile| {
                let (a, b) = (of(w, "alice", true), of(w, "alice", false));
                vec![
                    Act::Accepted(Shown::both(a.clone(), vec![b.clone()])),
                    Act::Show(Shown::anywhere(if hostile { b } else { a })),
                ]
            },
            Powerless,
        ),
        story(
            "linked A and B, then B",
            "the other broker's passport alone has none of the first one's rights",
            |w, hostile| {
                let mut bare = Draft::other_passport(w);
                bare.claim("ga4gh_passport_v1", json!([]));
                let (a, b) = (with_link(w, |_| {}), bare.token());
                vec![
                    Act::Accepted(Shown::body(vec![a.clone(), b.clone()])),
                    Act::Show(Shown::anywhere(if hostile { b } else { a })),
                ]
            },
            Powerless,
        ),
    ]
}

/// A passport of the broker for a subject, with or without a grant.
fn of(world: &World, subject: &str, with_grant: bool) -> String {
    let mut draft = Draft::passport(world);
    draft.claim("sub", json!(subject));
    draft.claim("jti", json!(format!("p-{subject}-{with_grant}")));
    if !with_grant {
        draft.claim("ga4gh_passport_v1", json!([]));
    }
    draft.token()
}

fn passport(world: &World, visas: &[String]) -> Shown {
    Shown::anywhere(world.passport(visas))
}

fn conditional(world: &World, subject: &str) -> String {
    let conditions = json!([[{"type": "AffiliationAndRole", "value": "pattern:*@univ.example"}]]);
    let object = json!({"type": "ControlledAccessGrants", "value": DATASET, "source": DAC, "by": "dac", "conditions": conditions});
    world.visa_of(subject, object, 500)
}

fn affiliation(world: &World, subject: &str) -> String {
    let object = json!({"type": "AffiliationAndRole", "value": "member@univ.example", "source": "https://univ.example", "by": "so"});
    world.visa_of(subject, object, 400)
}

fn terms(world: &World, subject: &str) -> String {
    let object = json!({"type": "AcceptedTermsAndPolicies", "value": REGISTERED, "source": "https://univ.example", "by": "self"});
    world.visa_of(subject, object, 400)
}

fn status(world: &World, subject: &str) -> String {
    let object = json!({"type": "ResearcherStatus", "value": REGISTERED, "source": "https://univ.example", "by": "so"});
    world.visa_of(subject, object, 400)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A passport of alice with a grant and a link to alice-2 of the other broker. The link is changed before it is signed.
fn with_link(world: &World, change: impl Fn(&mut Draft<'_>)) -> String {
    let mut link = Draft::visa(world);
    link.claim("exp", json!(NOW + 200));
    let value = format!(
        "{},{};{},{}",
        encoded("alice"),
        encoded(&world.broker()),
        encoded("alice-2"),
        encoded(&world.other())
    );
    link.claim(
        "ga4gh_visa_v1",
        json!({"type": "LinkedIdentities", "asserted": NOW - 1000, "value": value, "source": world.visas(), "by": "system"}),
    );
    change(&mut link);
    let mut draft = Draft::passport(world);
    draft.claim("ga4gh_passport_v1", json!([world.grant(), link.token()]));
    draft.token()
}

/// A row with two passports that belong to one person only through a link. The hostile change alters the link.
fn link_of(name: &'static str, how: &'static str, change: impl Fn(&mut Draft<'_>) + 'static) -> Row {
    row(
        name,
        how,
        move |world, hostile| {
            let first = with_link(world, |draft| {
                if hostile {
                    change(draft);
                }
            });
            Shown::body(vec![first, Draft::other_passport(world).token()])
        },
        DIFFERENT,
    )
}

/// A row like [`link_of`], in which the hostile change alters the visa object of the link.
fn linked(name: &'static str, how: &'static str, change: impl Fn(&mut Value, &World) + 'static) -> Row {
    link_of(name, how, move |draft| {
        let world = draft.world;
        change(&mut draft.claims["ga4gh_visa_v1"], world);
    })
}
