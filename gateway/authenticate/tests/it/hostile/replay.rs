//! Attacks with good tokens: in the wrong place, or after their end.

use gemj_authenticate::{DeniedSubject, DeniedToken, IssuerKind};
use serde_json::json;

use super::Expected::{Ignored, Refused};
use super::draft::{Draft, access_token, passport};
use super::{Act, Expected, Row, Shown, row, story};
use crate::issuer_server::Answer;
use crate::world::World;

const NOT_OURS: Expected = Refused("audience-not-ours");

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "another audience",
            "a passport for another service",
            passport(|d| d.claim("aud", json!("https://someone.example"))),
            NOT_OURS,
        ),
        row(
            "audience with a suffix",
            "a name that begins like ours",
            passport(|d| d.claim("aud", json!("https://gateway.example.evil.example"))),
            NOT_OURS,
        ),
        row(
            "audience with a slash",
            "our name and a slash",
            passport(|d| d.claim("aud", json!("https://gateway.example/"))),
            NOT_OURS,
        ),
        row(
            "audience capitals",
            "our name in capitals",
            passport(|d| d.claim("aud", json!("HTTPS://GATEWAY.EXAMPLE"))),
            NOT_OURS,
        ),
        row(
            "audiences without us",
            "a list of others",
            passport(|d| d.claim("aud", json!(["https://a.example", "https://b.example"]))),
            NOT_OURS,
        ),
        row(
            "no audience in the list",
            "an empty list",
            passport(|d| d.claim("aud", json!([]))),
            NOT_OURS,
        ),
        row(
            "no audience",
            "no aud, from an issuer that must name us in it",
            passport(|d| d.no_claim("aud")),
            Refused("audience-missing"),
        ),
        row(
            "audience object",
            "our name as a member",
            passport(|d| d.claim("aud", json!({"https://gateway.example": true}))),
            Refused("claim-malformed"),
        ),
        row("audience star", "any service", passport(|d| d.claim("aud", json!("*"))), NOT_OURS),
        row(
            "access token for another",
            "an access token for another service",
            access_token(|d| d.claim("aud", json!("https://someone.example"))),
            NOT_OURS,
        ),
        row(
            "access token without audience",
            "an access token without aud",
            access_token(|d| d.no_claim("aud")),
            Refused("audience-missing"),
        ),
        row(
            "access token expired",
            "exp is now",
            access_token(|d| d.claim("exp", json!(crate::world::NOW))),
            Refused("token-expired"),
        ),
        later(
            "passport ends in the cache",
            "cached, then expired to the second",
            Refused("token-expired"),
            600,
        ),
        later(
            "visa ends in the cache",
            "cached, then the visa expired to the second",
            Ignored("token-expired"),
            500,
        ),
        later(
            "clock set back",
            "cached, then before its time by more than the leeway",
            Refused("token-issued-in-future"),
            -41,
        ),
        story(
            "cached but altered",
            "another signature under cached claims",
            |world, hostile| {
                let token = Draft::passport(world).token();
                let mut altered = Draft::passport(world);
                altered.signature(|mut raw| {
                    raw[0] ^= 1;
                    raw
                });
                let second = if hostile { altered.token() } else { token.clone() };
                vec![Act::Accepted(Shown::anywhere(token)), Act::Show(Shown::anywhere(second))]
            },
            Refused("signature-invalid"),
        ),
        story(
            "cached visa altered",
            "another signature under a cached visa's claims",
            |world, hostile| {
                let grant = world.grant();
                let mut altered = Draft::visa(world);
                altered.signature(|mut raw| {
                    raw[0] ^= 1;
                    raw
                });
                let second = if hostile { altered.token() } else { grant.clone() };
                let passport = |visa: &String| Shown::anywhere(world.passport(std::slice::from_ref(visa)));
                vec![Act::Accepted(passport(&grant)), Act::Show(passport(&second))]
            },
            Ignored("signature-invalid"),
        ),
        good("passport denied", "its id is on the deny list", Refused("token-deny-listed")).configured(|w, config, hostile| {
            if hostile {
                config.deny.tokens.push(DeniedToken {
                    issuer: w.broker(),
                    jti: "p-1".to_owned(),
                });
            }
        }),
        good("person denied", "its subject is on the deny list", Refused("token-deny-listed")).configured(|w, config, hostile| {
            if hostile {
                config.deny.subjects.push(DeniedSubject {
                    issuer: w.broker(),
                    subject: "alice".to_owned(),
                });
            }
        }),
        good("visa denied", "the visa's id is on the deny list", Ignored("token-deny-listed")).configured(|w, config, hostile| {
            if hostile {
                config.deny.tokens.push(DeniedToken {
                    issuer: w.visas(),
                    jti: "v-1".to_owned(),
                });
            }
        }),
        good(
            "visa's person denied",
            "the visa's subject is on the deny list",
            Ignored("token-deny-listed"),
        )
        .configured(|w, config, hostile| {
            if hostile {
                config.deny.subjects.push(DeniedSubject {
                    issuer: w.visas(),
                    subject: "alice-at-visas".to_owned(),
                });
            }
        }),
        good(
            "broker no longer trusted",
            "the issuer is gone from the configuration",
            Refused("issuer-not-trusted"),
        )
        .configured(|w, config, hostile| {
            if hostile {
                let broker = w.broker();
                config.issuers.retain(|issuer| issuer.issuer != broker);
                config.roles.retain(|role| role.issuer != broker);
            }
        }),
        good(
            "no longer a broker",
            "the issuer may only issue access tokens now",
            Refused("issuer-not-trusted-in-this-role"),
        )
        .configured(|_, config, hostile| {
            if hostile {
                config.issuers[0].kinds = vec![IssuerKind::AccessToken];
                config.issuers[0].bearer = vec![gemj_authenticate::BearerKind::AccessToken];
            }
        }),
        good(
            "grants no longer trusted",
            "the tuple is gone from the configuration",
            Ignored("visa-type-not-supported"),
        )
        .configured(|_, config, hostile| {
            if hostile {
                config.issuers[1].visas.remove(0);
            }
        }),
        good(
            "key set no longer allowed",
            "the jku is another in the configuration",
            Ignored("visa-jku-not-allowed"),
        )
        .configured(|w, config, hostile| {
            if hostile {
                config.issuers[1].jku = vec![format!("{}/other-jwks", w.visas())];
            }
        }),
        row(
            "passport as bearer",
            "a broker whose passports are for bodies only",
            |world, hostile| {
                let token = Draft::passport(world).token();
                if hostile { Shown::bearer(token) } else { Shown::body(vec![token]) }
            },
            Refused("bearer-kind-not-accepted"),
        )
        .configured(|_, config, _| config.issuers[0].bearer.clear()),
        story(
            "passport as bearer, cached",
            "the same after it was accepted in a body",
            |world, hostile| {
                let token = Draft::passport(world).token();
                let body = Shown::body(vec![token.clone()]);
                vec![
                    Act::Accepted(body.clone()),
                    Act::Show(if hostile { Shown::bearer(token) } else { body }),
                ]
            },
            Refused("bearer-kind-not-accepted"),
        )
        .configured(|_, config, _| config.issuers[0].bearer.clear()),
        row(
            "nine passports",
            "more than are read",
            |world, hostile| Shown::body(vec![Draft::passport(world).token(); if hostile { 9 } else { 8 }]),
            Refused("too-many-passports"),
        ),
        row(
            "one forged among good",
            "a forged passport behind a good one",
            |world, hostile| {
                let mut second = Draft::passport(world);
                if hostile {
                    second.key = &world.evil_es;
                }
                Shown::body(vec![Draft::passport(world).token(), second.token()])
            },
            Refused("signature-invalid"),
        ),
        row(
            "empty bearer beside a good passport",
            "an empty token is not an absent one",
            |world, hostile| {
                let token = Draft::passport(world).token();
                if hostile {
                    Shown::both(String::new(), vec![token])
                } else {
                    Shown::body(vec![token])
                }
            },
            Refused("not-compact-jws"),
        ),
        row(
            "revoked at the issuer",
            "UserInfo refuses the token",
            |world, hostile| {
                let shown = Shown::bearer(Draft::access_token(world).token());
                if hostile {
                    world.good.set("/broker/userinfo", Answer::Status(401));
                }
                shown
            },
            Refused("token-revoked"),
        ),
        story(
            "revoked at the issuer, cached",
            "UserInfo refuses the token when its answer is too old",
            |world, hostile| {
                let shown = Shown::bearer(Draft::access_token(world).token());
                let pass = move |w: &World| {
                    if hostile {
                        w.good.set("/broker/userinfo", Answer::Status(401));
                    }
                    w.advance(60);
                };
                vec![Act::Accepted(shown.clone()), Act::Do(Box::new(pass)), Act::Show(shown)]
            },
            Refused("token-revoked"),
        ),
        row(
            "UserInfo redirected",
            "the endpoint leads to the attacker, who would learn the token",
            |world, hostile| {
                let shown = Shown::bearer(Draft::access_token(world).token());
                if hostile {
                    world.good.set("/broker/userinfo", Answer::Redirect(world.evil.url("/userinfo")));
                }
                shown
            },
            Refused("userinfo-unavailable"),
        ),
    ]
}

/// A row with a good passport. The hostile change is in the configuration.
fn good(name: &'static str, how: &'static str, expected: Expected) -> Row {
    row(name, how, |world, _| Shown::anywhere(Draft::passport(world).token()), expected)
}

/// A row with a good passport that is cached and presented again when the clock has moved by `seconds` (back if negative). Without the hostile change,
/// the clock moves one second less. The grant in the passport ends after 500 s, or after 600 s if `seconds` is 600.
fn later(name: &'static str, how: &'static str, expected: Expected, seconds: i64) -> Row {
    let long = seconds == 600;
    story(
        name,
        how,
        move |world, hostile| {
            let mut grant = Draft::visa(world);
            if long {
                grant.claim("exp", json!(crate::world::NOW + 600));
            }
            let shown = Shown::anywhere(world.passport(&[grant.token()]));
            let wait = move |w: &World| w.advance(if hostile { seconds } else { seconds - seconds.signum() });
            vec![Act::Accepted(shown.clone()), Act::Do(Box::new(wait)), Act::Show(shown)]
        },
        expected,
    )
}
