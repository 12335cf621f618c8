//! Attacks on the claims of a token.

use serde_json::json;

use super::Expected::{Ignored, Refused};
use super::draft::{passport, visa};
use super::{Expected, Row, row};
use crate::world::{DATASET, NOW};

const MALFORMED: Expected = Refused("claim-malformed");
const MISSING: Expected = Refused("claim-missing");
const UNTRUSTED: Expected = Refused("issuer-not-trusted");
const DUPLICATE: Expected = Refused("duplicate-member");

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "iss unknown",
            "an issuer that is not configured",
            passport(|d| d.claim("iss", json!("https://evil.example"))),
            UNTRUSTED,
        ),
        row(
            "iss the attacker's",
            "the attacker's issuer and key",
            passport(|d| {
                d.key = &d.world.evil_es;
                d.claim("iss", json!(d.world.evil.base));
            }),
            UNTRUSTED,
        ),
        row(
            "iss slash",
            "the good issuer and a slash",
            passport(|d| d.claim("iss", json!(format!("{}/", d.world.broker())))),
            UNTRUSTED,
        ),
        row(
            "iss capitals",
            "the good issuer in capitals",
            passport(|d| d.claim("iss", json!(d.world.broker().to_uppercase()))),
            UNTRUSTED,
        ),
        row(
            "iss suffix",
            "something behind the good issuer",
            passport(|d| d.claim("iss", json!(format!("{}.evil.example", d.world.broker())))),
            UNTRUSTED,
        ),
        row(
            "iss space",
            "a space behind the good issuer",
            passport(|d| d.claim("iss", json!(format!("{} ", d.world.broker())))),
            UNTRUSTED,
        ),
        row(
            "iss homoglyph",
            "a Cyrillic letter in the good issuer",
            passport(|d| d.claim("iss", json!(d.world.broker().replace("broker", "br\u{43e}ker")))),
            UNTRUSTED,
        ),
        row(
            "iss array",
            "the good issuer and the attacker's",
            passport(|d| d.claim("iss", json!([d.world.broker(), "https://evil.example"]))),
            MALFORMED,
        ),
        row(
            "iss object",
            "the good issuer as a member",
            passport(|d| d.claim("iss", json!({"iss": d.world.broker()}))),
            MALFORMED,
        ),
        row("iss null", "null", passport(|d| d.claim("iss", json!(null))), MALFORMED),
        row("iss missing", "no issuer", passport(|d| d.no_claim("iss")), MISSING),
        row("sub missing", "no subject", passport(|d| d.no_claim("sub")), MISSING),
        row("sub empty", "an empty subject", passport(|d| d.claim("sub", json!(""))), MALFORMED),
        row(
            "sub NUL",
            "a NUL within the subject",
            passport(|d| d.claim("sub", json!("ali\u{0}ce"))),
            MALFORMED,
        ),
        row(
            "sub line end",
            "a line of a log within the subject",
            passport(|d| d.claim("sub", json!("alice\nadmitted"))),
            MALFORMED,
        ),
        row(
            "sub 10 kB",
            "a very long subject",
            passport(|d| d.claim("sub", json!("a".repeat(10_000)))),
            MALFORMED,
        ),
        row(
            "sub array",
            "two subjects",
            passport(|d| d.claim("sub", json!(["alice", "bob"]))),
            MALFORMED,
        ),
        row("sub number", "a number", passport(|d| d.claim("sub", json!(7))), MALFORMED),
        row("jti array", "two ids", passport(|d| d.claim("jti", json!(["a"]))), MALFORMED),
        row(
            "jti empty",
            "an empty id, which no deny list could name",
            passport(|d| d.claim("jti", json!(""))),
            MALFORMED,
        ),
        row(
            "duplicate iss",
            "the attacker's issuer behind the good one",
            passport(|d| d.append(r#""iss":"https://evil.example""#)),
            DUPLICATE,
        ),
        row(
            "duplicate iss behind escapes",
            "its name written with \\u0069",
            passport(|d| d.append(r#""\u0069ss":"https://evil.example""#)),
            DUPLICATE,
        ),
        row(
            "duplicate sub",
            "a second subject",
            passport(|d| d.append(r#""sub":"bob""#)),
            DUPLICATE,
        ),
        row(
            "duplicate exp",
            "a later end behind the first",
            passport(|d| d.append(r#""exp":4000000000"#)),
            DUPLICATE,
        ),
        row(
            "duplicate aud",
            "a second audience",
            passport(|d| d.append(r#""aud":"x""#)),
            DUPLICATE,
        ),
        row(
            "duplicate passport claim",
            "a second list of visas",
            passport(|d| d.append(r#""ga4gh_passport_v1":[]"#)),
            DUPLICATE,
        ),
        row(
            "duplicate within",
            "a member twice, three levels down",
            passport(|d| d.append(r#""x":[{"y":{"z":1,"z":2}}]"#)),
            DUPLICATE,
        ),
        row(
            "deep JSON",
            "5,000 arrays in each other",
            passport(|d| d.append(&format!(r#""x":{}{}"#, "[".repeat(5000), "]".repeat(5000)))),
            Refused("json-too-deep"),
        ),
        row(
            "number beyond f64",
            "1e400",
            passport(|d| d.append(r#""x":1e400"#)),
            Refused("not-json-object"),
        ),
        row(
            "lone surrogate",
            "half a character",
            passport(|d| d.append(r#""x":"\ud800""#)),
            Refused("not-json-object"),
        ),
        row(
            "payload an array",
            "the claims in an array",
            passport(|d| d.claims_text = Some(json!([d.claims]).to_string())),
            Refused("not-json-object"),
        ),
        row(
            "payload twice",
            "two objects behind each other",
            passport(|d| d.claims_text = Some(format!("{0}{0}", d.claims))),
            Refused("not-json-object"),
        ),
        row(
            "byte order mark",
            "before the claims",
            passport(|d| d.claims_text = Some(format!("\u{feff}{}", d.claims))),
            Refused("not-json-object"),
        ),
        row(
            "comment",
            "a comment in the claims",
            passport(|d| d.claims_text = Some(d.claims.to_string().replacen('{', "{/**/", 1))),
            Refused("not-json-object"),
        ),
        row(
            "expired",
            "exp is now",
            passport(|d| d.claim("exp", json!(NOW))),
            Refused("token-expired"),
        ),
        row(
            "exp in the past",
            "exp a second ago: no leeway for it",
            passport(|d| d.claim("exp", json!(NOW - 1))),
            Refused("token-expired"),
        ),
        row("exp missing", "no end", passport(|d| d.no_claim("exp")), MISSING),
        row(
            "exp text",
            "the number as text (CVE-2026-25537)",
            passport(|d| d.claim("exp", json!((NOW + 60).to_string()))),
            MALFORMED,
        ),
        row(
            "exp float",
            "half a second",
            passport(|d| d.claim("exp", json!(1_800_000_060.5))),
            MALFORMED,
        ),
        row("exp null", "null", passport(|d| d.claim("exp", json!(null))), MALFORMED),
        row("exp true", "a truth value", passport(|d| d.claim("exp", json!(true))), MALFORMED),
        row("exp negative", "before 1970", passport(|d| d.claim("exp", json!(-1))), MALFORMED),
        row(
            "exp milliseconds",
            "milliseconds for seconds",
            passport(|d| d.claim("exp", json!((NOW + 60) * 1000))),
            MALFORMED,
        ),
        row(
            "exp 1e18",
            "the end of time",
            passport(|d| d.claim("exp", json!(1_000_000_000_000_000_000_i64))),
            MALFORMED,
        ),
        row(
            "exp beyond i64",
            "2^63",
            passport(|d| d.claim("exp", json!(1_u64 << 63))),
            MALFORMED,
        ),
        row(
            "exp before iat",
            "ends before it begins",
            passport(|d| {
                d.claim("exp", json!(NOW + 1));
                d.claim("iat", json!(NOW + 2));
            }),
            Refused("token-lifetime-too-long"),
        ),
        row(
            "a year long",
            "longer than the policy for the issuer",
            passport(|d| d.claim("exp", json!(NOW + 31_536_000))),
            Refused("token-lifetime-too-long"),
        ),
        row("iat missing", "no beginning", passport(|d| d.no_claim("iat")), MISSING),
        row(
            "iat text",
            "the number as text",
            passport(|d| d.claim("iat", json!("1"))),
            MALFORMED,
        ),
        row(
            "iat in the future",
            "a second beyond the leeway",
            passport(|d| d.claim("iat", json!(NOW + 31))),
            Refused("token-issued-in-future"),
        ),
        row(
            "nbf in the future",
            "valid in 31 seconds",
            passport(|d| d.claim("nbf", json!(NOW + 31))),
            Refused("token-not-yet-valid"),
        ),
        row(
            "nbf text",
            "the number as text (CVE-2026-25537)",
            passport(|d| d.claim("nbf", json!("0"))),
            MALFORMED,
        ),
        row("nbf null", "null", passport(|d| d.claim("nbf", json!(null))), MALFORMED),
        row(
            "visa: iss array",
            "the good issuer and the attacker's",
            visa(|d| d.claim("iss", json!([d.world.visas(), "https://evil.example"]))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: sub missing",
            "a visa without a subject",
            visa(|d| d.no_claim("sub")),
            Ignored("claim-missing"),
        ),
        row(
            "visa: expired",
            "exp is now",
            visa(|d| d.claim("exp", json!(NOW))),
            Ignored("token-expired"),
        ),
        row(
            "visa: exp text",
            "the number as text",
            visa(|d| d.claim("exp", json!((NOW + 60).to_string()))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: iat in the future",
            "a minute ahead",
            visa(|d| d.claim("iat", json!(NOW + 60))),
            Ignored("token-issued-in-future"),
        ),
        row(
            "visa: nbf in the future",
            "valid in 31 seconds",
            visa(|d| d.claim("nbf", json!(NOW + 31))),
            Ignored("token-not-yet-valid"),
        ),
        row(
            "visa: too long",
            "longer than the policy for the issuer",
            visa(|d| d.claim("exp", json!(NOW + 90_000))),
            Ignored("token-lifetime-too-long"),
        ),
        row(
            "visa: audience",
            "a visa with an audience",
            visa(|d| d.claim("aud", json!("https://gateway.example"))),
            Ignored("visa-with-audience"),
        ),
        row(
            "visa: no object",
            "no visa in the visa",
            visa(|d| d.no_claim("ga4gh_visa_v1")),
            Ignored("claim-missing"),
        ),
        row(
            "visa: object as text",
            "the object in quotes",
            visa(|d| d.claim("ga4gh_visa_v1", json!(d.claims["ga4gh_visa_v1"].to_string()))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: object in an array",
            "two objects could follow",
            visa(|d| d.claim("ga4gh_visa_v1", json!([d.claims["ga4gh_visa_v1"]]))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: duplicate object",
            "an empty one behind",
            visa(|d| d.append(r#""ga4gh_visa_v1":{}"#)),
            Ignored("duplicate-member"),
        ),
        row(
            "visa: duplicate value",
            "a second value within the object",
            visa(|d| {
                let twice = d
                    .claims
                    .to_string()
                    .replace(r#""value":"#, r#""value":"https://other.example/d","value":"#);
                d.claims_text = Some(twice);
            }),
            Ignored("duplicate-member"),
        ),
        row(
            "visa: asserted after iat",
            "asserted when it was already issued",
            visa(|d| d.object("asserted", json!(NOW - 69))),
            Ignored("visa-asserted-after-issued"),
        ),
        row(
            "visa: asserted milliseconds",
            "milliseconds for seconds",
            visa(|d| d.object("asserted", json!(NOW * 1000))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: asserted missing",
            "never asserted",
            visa(|d| d.no_object("asserted")),
            Ignored("claim-missing"),
        ),
        row(
            "visa: type array",
            "two types",
            visa(|d| d.object("type", json!(["ControlledAccessGrants"]))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: type missing",
            "no type",
            visa(|d| d.no_object("type")),
            Ignored("claim-missing"),
        ),
        row(
            "visa: value array",
            "the dataset in an array",
            visa(|d| d.object("value", json!([DATASET]))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: value empty",
            "an empty value",
            visa(|d| d.object("value", json!(""))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: value too long",
            "256 characters",
            visa(|d| d.object("value", json!("x".repeat(256)))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: value NUL",
            "a NUL behind the dataset",
            visa(|d| d.object("value", json!(format!("{DATASET}\u{0}")))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: source null",
            "null",
            visa(|d| d.object("source", json!(null))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: source missing",
            "a visa without a source",
            visa(|d| d.no_object("source")),
            Ignored("claim-missing"),
        ),
        row(
            "visa: by DAC",
            "by in capitals",
            visa(|d| d.object("by", json!("DAC"))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: by array",
            "by in an array",
            visa(|d| d.object("by", json!(["dac"]))),
            Ignored("claim-malformed"),
        ),
        row(
            "visa: by null",
            "null is not absence",
            visa(|d| d.object("by", json!(null))),
            Ignored("claim-malformed"),
        ),
    ]
}
