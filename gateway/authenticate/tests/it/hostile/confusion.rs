//! Tokens of the wrong kind, and texts that are not tokens.

use serde_json::json;

use super::Expected::{Ignored, Refused};
use super::draft::{Draft, access_token, passport, visa};
use super::{Expected, Row, Shown, row};
use crate::world::World;

const NO_JWS: Expected = Refused("not-compact-jws");
const NO_BASE64: Expected = Refused("bad-base64url");
const WRONG_TYPE: Expected = Refused("wrong-token-type");

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("empty", "an empty bearer token", passport(|d| d.rewrite(|_| String::new())), NO_JWS),
        row("a word", "no token at all", passport(|d| d.rewrite(|_| "alice".to_owned())), NO_JWS),
        row(
            "two parts",
            "no signature",
            passport(|d| d.rewrite(|t| t.rsplit_once('.').unwrap().0.to_owned())),
            NO_JWS,
        ),
        row(
            "empty signature",
            "nothing behind the last dot",
            passport(|d| d.rewrite(|t| format!("{}.", t.rsplit_once('.').unwrap().0))),
            NO_JWS,
        ),
        row(
            "empty header",
            "nothing before the first dot",
            passport(|d| d.rewrite(|t| format!(".{}", t.split_once('.').unwrap().1))),
            NO_JWS,
        ),
        row(
            "five parts",
            "the shape of an encrypted token",
            passport(|d| d.rewrite(|t| format!("{t}.AA.AA"))),
            NO_JWS,
        ),
        row(
            "detached payload",
            "nothing between the dots",
            passport(|d| {
                d.rewrite(|t| {
                    let parts: Vec<&str> = t.split('.').collect();
                    format!("{}..{}", parts[0], parts[2])
                })
            }),
            NO_JWS,
        ),
        row(
            "JSON serialization",
            "the other form of a JWS",
            passport(|d| {
                d.rewrite(|t| {
                    let parts: Vec<&str> = t.split('.').collect();
                    json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).to_string()
                })
            }),
            NO_JWS,
        ),
        row("padding", "two = behind", passport(|d| d.rewrite(|t| format!("{t}=="))), NO_BASE64),
        row(
            "line end",
            "a line end behind",
            passport(|d| d.rewrite(|t| format!("{t}\n"))),
            NO_BASE64,
        ),
        row(
            "leading space",
            "a space before",
            passport(|d| d.rewrite(|t| format!(" {t}"))),
            NO_BASE64,
        ),
        row(
            "scheme twice",
            "Bearer once more",
            passport(|d| d.rewrite(|t| format!("Bearer {t}"))),
            NO_BASE64,
        ),
        row(
            "standard base64",
            "a plus sign in the signature",
            passport(|d| {
                d.rewrite(|t| {
                    let (input, signature) = t.rsplit_once('.').unwrap();
                    format!("{input}.+{}", &signature[1..])
                })
            }),
            NO_BASE64,
        ),
        row(
            "trailing bits",
            "the last character altered where it holds no bit of the signature",
            passport(|d| {
                d.rewrite(|mut t| {
                    let last = t.pop().unwrap();
                    t.push(char::from(u8::try_from(last).unwrap() + 1));
                    t
                })
            }),
            NO_BASE64,
        ),
        row(
            "too large",
            "a megabyte more",
            passport(|d| d.rewrite(|t| format!("{t}{}", "A".repeat(1024 * 1024)))),
            Refused("token-too-large"),
        ),
        row(
            "typ missing",
            "a passport without typ",
            passport(|d| d.no_header("typ")),
            WRONG_TYPE,
        ),
        row(
            "typ JWT",
            "a passport typed as an access token",
            passport(|d| d.header("typ", json!("JWT"))),
            Refused("access-token-with-ga4gh-claims"),
        ),
        row(
            "typ visa",
            "a passport typed as a visa",
            passport(|d| d.header("typ", json!("vnd.ga4gh.visa+jwt"))),
            WRONG_TYPE,
        ),
        row(
            "typ doubled",
            "application/ twice",
            passport(|d| d.header("typ", json!("application/application/vnd.ga4gh.passport+jwt"))),
            WRONG_TYPE,
        ),
        row(
            "typ array",
            "typ in an array",
            passport(|d| d.header("typ", json!(["vnd.ga4gh.passport+jwt"]))),
            Refused("claim-malformed"),
        ),
        row(
            "a visa as passport",
            "a visa where a passport is due",
            |world, hostile| Shown::anywhere(if hostile { world.grant() } else { Draft::passport(world).token() }),
            WRONG_TYPE,
        ),
        row(
            "access token in the body",
            "an access token where a passport is due",
            |world, hostile| {
                Shown::body(vec![
                    if hostile {
                        Draft::access_token(world)
                    } else {
                        Draft::passport(world)
                    }
                    .token(),
                ])
            },
            WRONG_TYPE,
        ),
        row(
            "passport claim an object",
            "visas by name",
            passport(|d| d.claim("ga4gh_passport_v1", json!({"0": d.world.grant()}))),
            Refused("claim-malformed"),
        ),
        row(
            "passport claim a text",
            "one visa without a list",
            passport(|d| d.claim("ga4gh_passport_v1", json!(d.world.grant()))),
            Refused("claim-malformed"),
        ),
        row(
            "passport claim null",
            "null",
            passport(|d| d.claim("ga4gh_passport_v1", json!(null))),
            Refused("claim-malformed"),
        ),
        row(
            "passport claim nested",
            "a list in a list",
            passport(|d| d.claim("ga4gh_passport_v1", json!([[d.world.grant()]]))),
            Refused("claim-malformed"),
        ),
        row(
            "passport claim missing",
            "no visas at all",
            passport(|d| d.no_claim("ga4gh_passport_v1")),
            Refused("claim-missing"),
        ),
        row(
            "too many visas",
            "257 of them",
            passport(|d| d.claim("ga4gh_passport_v1", json!(vec!["a"; 257]))),
            Refused("too-many-visas"),
        ),
        row(
            "unsigned object",
            "a visa object where a visa is due",
            passport(|d| {
                let object = d.world.grant_claims()["ga4gh_visa_v1"].clone();
                d.claim("ga4gh_passport_v1", json!([object]));
            }),
            Refused("claim-malformed"),
        ),
        row(
            "unsigned object as text",
            "a visa object as text where a visa is due",
            in_passport(|w| w.grant_claims().to_string()),
            Ignored("not-compact-jws"),
        ),
        row(
            "passport in a passport",
            "a passport where a visa is due",
            in_passport(|w| Draft::passport(w).token()),
            Ignored("wrong-token-type"),
        ),
        row(
            "access token in a passport",
            "a visa typed at+jwt",
            visa(|d| d.header("typ", json!("at+jwt"))),
            Ignored("wrong-token-type"),
        ),
        row(
            "real access token in a passport",
            "an access token where a visa is due",
            in_passport(|w| Draft::access_token(w).token()),
            Ignored("issuer-not-trusted-in-this-role"),
        ),
        row(
            "a word in a passport",
            "no token where a visa is due",
            in_passport(|_| "alice".to_owned()),
            Ignored("not-compact-jws"),
        ),
        row(
            "visa too large",
            "17 kB",
            visa(|d| d.claim("pad", json!("x".repeat(12_000)))),
            Ignored("token-too-large"),
        ),
        row(
            "visa of both kinds",
            "a jku and the scope openid",
            visa(|d| d.claim("scope", json!("profile openid"))),
            Ignored("visa-kind-ambiguous"),
        ),
        row(
            "visa of no kind",
            "neither jku nor scope",
            visa(|d| d.no_header("jku")),
            Ignored("visa-kind-undetermined"),
        ),
        row(
            "access token visa",
            "the deprecated kind",
            visa(|d| {
                d.no_header("jku");
                d.claim("scope", json!("openid"));
            }),
            Ignored("visa-access-token-not-supported"),
        ),
        row(
            "visa scope array",
            "the scope in an array",
            visa(|d| d.claim("scope", json!(["openid"]))),
            Ignored("claim-malformed"),
        ),
        row(
            "broker as visa issuer",
            "a pure broker signs a visa in its own name",
            visa(|d| {
                d.key = &d.world.broker_es;
                d.header("kid", json!("b-es"));
                d.claim("iss", json!(d.world.broker()));
            }),
            Ignored("issuer-not-trusted-in-this-role"),
        ),
        row(
            "broker in the issuer's name",
            "the broker signs a visa in the visa issuer's name",
            visa(|d| {
                d.key = &d.world.broker_es;
                d.header("kid", json!("b-es"));
            }),
            Ignored("key-unknown"),
        ),
        row(
            "visa issuer as broker",
            "a pure visa issuer signs a passport in its own name",
            passport(|d| {
                d.key = &d.world.visa_es;
                d.header("kid", json!("v-es"));
                d.claim("iss", json!(d.world.visas()));
            }),
            Refused("issuer-not-trusted-in-this-role"),
        ),
        row(
            "visa issuer in the broker's name",
            "the visa issuer signs a passport in the broker's name",
            passport(|d| {
                d.key = &d.world.visa_es;
                d.header("kid", json!("v-es"));
            }),
            Refused("key-unknown"),
        ),
        row(
            "access token with visas",
            "GA4GH claims in an access token",
            access_token(|d| d.claim("ga4gh_passport_v1", json!([d.world.grant()]))),
            Refused("access-token-with-ga4gh-claims"),
        ),
        row(
            "access token with a visa object",
            "GA4GH claims in an access token",
            access_token(|d| d.claim("ga4gh_visa_v1", json!({}))),
            Refused("access-token-with-ga4gh-claims"),
        ),
        row(
            "ID token by nonce",
            "an ID token where an access token is due",
            access_token(|d| d.claim("nonce", json!("n"))),
            Refused("id-token-not-accepted"),
        ),
        row(
            "ID token by at_hash",
            "an ID token where an access token is due",
            access_token(|d| d.claim("at_hash", json!("h"))),
            Refused("id-token-not-accepted"),
        ),
        row(
            "ID token without scope",
            "nothing shows that it is an access token",
            access_token(|d| d.no_claim("scope")),
            Refused("scope-missing"),
        ),
        row(
            "ID token by typ",
            "typ id+jwt",
            access_token(|d| d.header("typ", json!("id+jwt"))),
            WRONG_TYPE,
        ),
        row(
            "DPoP proof as bearer",
            "typ dpop+jwt",
            access_token(|d| d.header("typ", json!("dpop+jwt"))),
            WRONG_TYPE,
        ),
        row(
            "access token of a visa issuer",
            "an issuer in another role",
            access_token(|d| {
                d.key = &d.world.visa_rs;
                d.header("kid", json!("v-rs"));
                d.claim("iss", json!(d.world.visas()));
            }),
            Refused("issuer-not-trusted-in-this-role"),
        ),
        row(
            "access token of a broker alone",
            "an issuer in another role",
            access_token(|d| d.claim("iss", json!(d.world.other()))),
            Refused("issuer-not-trusted-in-this-role"),
        ),
    ]
}

/// A passport with a good visa. The hostile change puts another text in the place of the visa.
fn in_passport(token: impl Fn(&World) -> String + 'static) -> impl Fn(&World, bool) -> Shown + 'static {
    move |world, hostile| {
        let mut draft = Draft::passport(world);
        if hostile {
            draft.claim("ga4gh_passport_v1", json!([token(world)]));
        }
        Shown::anywhere(draft.token())
    }
}
