//! Attacks with keys that were valid before and are no longer valid.

use serde_json::json;

use super::Expected::{Ignored, Refused};
use super::draft::Draft;
use super::{Act, Expected, Row, Shown, story};
use crate::issuer_server::Answer;
use crate::signing::SigningKey;
use crate::world::World;

/// The maximum age of keys in the tests' configuration, in seconds.
const MAX_AGE_S: i64 = 300;

pub(super) fn rows() -> Vec<Row> {
    vec![
        after_use(
            "visa key removed",
            "gone from the set, its visa cached",
            Ignored("key-unknown"),
            |w| w.publish("/visas/jwks", &[&w.visa_rs]),
        ),
        after_use(
            "broker key removed",
            "gone from the set, its passport cached",
            Refused("key-unknown"),
            |w| w.publish("/broker/jwks", &[&w.broker_rs]),
        ),
        after_use("visa keys emptied", "an empty set, which revokes", Ignored("key-unknown"), |w| {
            w.publish("/visas/jwks", &[])
        }),
        after_use("broker keys emptied", "an empty set, which revokes", Refused("key-unknown"), |w| {
            w.publish("/broker/jwks", &[])
        }),
        after_use(
            "visa key replaced",
            "another key under the same kid",
            Ignored("signature-invalid"),
            |w| w.publish("/visas/jwks", &[&SigningKey::es256("v-es")]),
        ),
        after_use(
            "broker key replaced",
            "another key under the same kid",
            Refused("signature-invalid"),
            |w| w.publish("/broker/jwks", &[&SigningKey::es256("b-es")]),
        ),
        after_use("visa key renamed", "the same key under another kid", Ignored("key-unknown"), |w| {
            rename(w, "/visas/jwks", &w.visa_es)
        }),
        after_use(
            "broker key renamed",
            "the same key under another kid",
            Refused("key-unknown"),
            |w| rename(w, "/broker/jwks", &w.broker_es),
        ),
        after_use(
            "visa key made symmetric",
            "the kid now names a symmetric key",
            Ignored("key-unknown"),
            |w| {
                w.good
                    .set_json("/visas/jwks", &json!({"keys": [{"kty": "oct", "kid": "v-es", "k": "AAAA"}]}));
            },
        ),
        after_use("visa kid doubled", "a second key under the kid", Ignored("key-unknown"), |w| {
            w.good.set_json("/visas/jwks", &json!({"keys": [w.visa_es.jwk(), w.evil_es.jwk()]}));
        }),
        down("visa keys down", "no answer any more", Ignored("keys-unavailable"), |w| {
            w.good.set("/visas/jwks", Answer::HangUp)
        }),
        down(
            "visa keys redirected",
            "the address now leads to the attacker",
            Ignored("keys-unavailable"),
            |w| {
                w.good.set("/visas/jwks", Answer::Redirect(w.evil.url("/visas/jwks")));
            },
        ),
        down("visa keys HTML", "a web page instead", Ignored("keys-unavailable"), |w| {
            w.good.set("/visas/jwks", Answer::Body("<html>".to_owned()))
        }),
        down("broker keys down", "no answer any more", Refused("keys-unavailable"), |w| {
            w.good.set("/broker/jwks", Answer::HangUp)
        }),
        down(
            "broker keys redirected",
            "the address now leads to the attacker",
            Refused("keys-unavailable"),
            |w| {
                w.good.set("/broker/jwks", Answer::Redirect(w.evil.url("/broker/jwks")));
            },
        ),
        story(
            "removed key, new passport",
            "the broker repackages a visa of a removed key",
            |world, hostile| {
                let (first, second) = two_passports(world);
                vec![
                    Act::Accepted(first),
                    Act::Do(Box::new(move |w| {
                        if hostile {
                            w.publish("/visas/jwks", &[&w.visa_rs]);
                        }
                        w.advance(MAX_AGE_S);
                    })),
                    Act::Show(second),
                ]
            },
            Ignored("key-unknown"),
        ),
        story(
            "removed key seen early",
            "a token with a new kid shows that the old key is gone",
            |world, hostile| {
                let (first, second) = two_passports(world);
                let mut new = Draft::visa(world);
                new.key = &world.visa_rs;
                new.header("alg", json!("RS256"));
                new.header("kid", json!("v-new"));
                let mut passport = Draft::passport(world);
                passport.claim("ga4gh_passport_v1", json!([world.grant(), new.token()]));
                vec![
                    Act::Accepted(first),
                    Act::Do(Box::new(move |w| {
                        let mut jwk = w.visa_rs.jwk();
                        jwk["kid"] = json!("v-new");
                        let mut keys = vec![jwk];
                        if !hostile {
                            keys.push(w.visa_es.jwk());
                        }
                        w.good.set_json("/visas/jwks", &json!({"keys": keys}));
                        w.advance(11);
                    })),
                    Act::Accepted(Shown::anywhere(passport.token())),
                    Act::Show(second),
                ]
            },
            Ignored("key-unknown"),
        ),
    ]
}

/// A row in which a token is used once, the keys change, and the token is used again when the cached keys have reached their maximum age.
fn after_use(name: &'static str, how: &'static str, expected: Expected, change: impl Fn(&World) + Clone + 'static) -> Row {
    story(
        name,
        how,
        move |world, hostile| {
            let change = change.clone();
            let token = Draft::passport(world).token();
            let pass = move |w: &World| {
                if hostile {
                    change(w);
                }
                w.advance(MAX_AGE_S);
            };
            vec![
                Act::Accepted(Shown::anywhere(token.clone())),
                Act::Do(Box::new(pass)),
                Act::Show(Shown::anywhere(token)),
            ]
        },
        expected,
    )
}

/// A row like [`after_use`], with a configuration in which old keys are not used if fetching fails.
fn down(name: &'static str, how: &'static str, expected: Expected, change: impl Fn(&World) + Clone + 'static) -> Row {
    after_use(name, how, expected, change).configured(|_, config, _| config.keys.max_stale_s = config.keys.max_age_s)
}

fn rename(world: &World, path: &str, key: &SigningKey) {
    let mut jwk = key.jwk();
    jwk["kid"] = json!("renamed");
    world.good.set_json(path, &json!({"keys": [jwk]}));
}

/// Two passports that contain the same visa.
fn two_passports(world: &World) -> (Shown, Shown) {
    let grant = world.grant();
    let passport = |jti: &str| {
        let mut draft = Draft::passport(world);
        draft.claim("jti", json!(jti));
        draft.claim("ga4gh_passport_v1", json!([grant]));
        Shown::anywhere(draft.token())
    };
    (passport("p-1"), passport("p-2"))
}
