//! Attacks on the algorithm, the signature and the key in the header of a token.

use serde_json::{Value, json};

use super::Expected::{Ignored, Refused};
use super::draft::{other_passport, passport, rs_passport, rs_visa, visa};
use super::{Act, Row, Shown, row, story};
use crate::signing::b64;
use crate::world::World;

const NOT_ALLOWED: super::Expected = Refused("algorithm-not-allowed");
const INVALID: super::Expected = Refused("signature-invalid");

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "none",
            "alg none, empty signature",
            rs_passport(|d| {
                d.header("alg", json!("none"));
                d.rewrite(|token| format!("{}.", token.rsplit_once('.').unwrap().0));
            }),
            Refused("not-compact-jws"),
        ),
        row(
            "none, signed",
            "alg none over a good signature",
            rs_passport(|d| d.header("alg", json!("none"))),
            NOT_ALLOWED,
        ),
        row(
            "NonE",
            "alg none in mixed case",
            rs_passport(|d| d.header("alg", json!("NonE"))),
            NOT_ALLOWED,
        ),
        row(
            "empty",
            "alg an empty text",
            rs_passport(|d| d.header("alg", json!(""))),
            NOT_ALLOWED,
        ),
        row("missing", "no alg", rs_passport(|d| d.no_header("alg")), Refused("claim-missing")),
        row(
            "array",
            "alg an array with the right one",
            rs_passport(|d| d.header("alg", json!(["RS256"]))),
            Refused("claim-malformed"),
        ),
        row(
            "lower case",
            "alg rs256",
            rs_passport(|d| d.header("alg", json!("rs256"))),
            NOT_ALLOWED,
        ),
        row(
            "trailing space",
            "alg with a space behind",
            rs_passport(|d| d.header("alg", json!("RS256 "))),
            NOT_ALLOWED,
        ),
        row(
            "HS256 with DER",
            "HMAC keyed with the RSA public key",
            rs_passport(|d| {
                d.header("alg", json!("HS256"));
                d.hmac(d.key.public_bytes());
            }),
            NOT_ALLOWED,
        ),
        row(
            "HS256 with PEM",
            "HMAC keyed with the PEM of the RSA public key",
            rs_passport(|d| {
                use base64::Engine as _;
                let body = base64::engine::general_purpose::STANDARD.encode(d.key.public_bytes());
                d.header("alg", json!("HS256"));
                d.hmac(format!("-----BEGIN RSA PUBLIC KEY-----\n{body}\n-----END RSA PUBLIC KEY-----\n").into_bytes());
            }),
            NOT_ALLOWED,
        ),
        row(
            "HS256 with JWK",
            "HMAC keyed with the published JWK",
            rs_passport(|d| {
                d.header("alg", json!("HS256"));
                d.hmac(d.key.jwk().to_string().into_bytes());
            }),
            NOT_ALLOWED,
        ),
        row(
            "HMAC as RS256",
            "HMAC keyed with the public key under alg RS256",
            rs_passport(|d| d.hmac(d.key.public_bytes())),
            INVALID,
        ),
        row(
            "HMAC as ES256",
            "HMAC keyed with the public point under alg ES256",
            passport(|d| d.hmac(d.key.public_bytes())),
            INVALID,
        ),
        row(
            "PS256",
            "RSA-PSS on the RSA key",
            rs_passport(|d| d.header("alg", json!("PS256"))),
            NOT_ALLOWED,
        ),
        row(
            "RS384",
            "a longer hash on the RSA key",
            rs_passport(|d| d.header("alg", json!("RS384"))),
            NOT_ALLOWED,
        ),
        row(
            "RS512",
            "the longest hash on the RSA key",
            rs_passport(|d| d.header("alg", json!("RS512"))),
            NOT_ALLOWED,
        ),
        row("ES384", "another curve", passport(|d| d.header("alg", json!("ES384"))), NOT_ALLOWED),
        row(
            "ES256K",
            "Bitcoin's curve",
            passport(|d| d.header("alg", json!("ES256K"))),
            NOT_ALLOWED,
        ),
        row(
            "EdDSA",
            "not of the profile",
            passport(|d| d.header("alg", json!("EdDSA"))),
            NOT_ALLOWED,
        ),
        row(
            "RS256 on an EC key",
            "kid of the EC key under RS256",
            rs_passport(|d| d.header("kid", json!("b-es"))),
            Refused("key-algorithm-mismatch"),
        ),
        row(
            "ES256 on an RSA key",
            "kid of the RSA key under ES256",
            passport(|d| d.header("kid", json!("b-rs"))),
            Refused("key-algorithm-mismatch"),
        ),
        row(
            "not this issuer's",
            "RS256 from an issuer configured with ES256 only",
            other_passport(|d| {
                d.key = &d.world.broker_rs;
                d.header("alg", json!("RS256"));
            }),
            NOT_ALLOWED,
        ),
        row(
            "DER signature",
            "r and s as ASN.1",
            passport(|d| d.signature(|raw| [&[0x30, 0x44, 0x02, 0x20][..], &raw[..32], &[0x02, 0x20], &raw[32..]].concat())),
            INVALID,
        ),
        row(
            "zero signature",
            "r and s zero",
            passport(|d| d.signature(|_| vec![0; 64])),
            INVALID,
        ),
        row(
            "all ones",
            "r and s above the order",
            passport(|d| d.signature(|_| vec![0xff; 64])),
            INVALID,
        ),
        row(
            "r and s swapped",
            "the halves of the signature exchanged",
            passport(|d| d.signature(|raw| [&raw[32..], &raw[..32]].concat())),
            INVALID,
        ),
        row(
            "truncated signature",
            "the last byte missing",
            passport(|d| d.signature(|raw| raw[..63].to_vec())),
            INVALID,
        ),
        row(
            "long signature",
            "a byte more",
            passport(|d| d.signature(|raw| [&raw[..], &[0]].concat())),
            INVALID,
        ),
        row(
            "one bit",
            "one bit of the signature flipped",
            passport(|d| {
                d.signature(|mut raw| {
                    raw[20] ^= 1;
                    raw
                })
            }),
            INVALID,
        ),
        row(
            "RSA zero signature",
            "256 zero bytes",
            rs_passport(|d| d.signature(|_| vec![0; 256])),
            INVALID,
        ),
        row(
            "RSA one",
            "the signature 1, which is its own power",
            rs_passport(|d| d.signature(|_| [vec![0; 255], vec![1]].concat())),
            INVALID,
        ),
        row(
            "RSA truncated",
            "the last byte missing",
            rs_passport(|d| d.signature(|raw| raw[..255].to_vec())),
            INVALID,
        ),
        row(
            "RSA with leading zero",
            "a zero byte before the signature",
            rs_passport(|d| d.signature(|raw| [&[0], &raw[..]].concat())),
            INVALID,
        ),
        row(
            "another payload",
            "the claims exchanged under a good signature",
            passport(|d| {
                let mut claims = d.claims.clone();
                claims["sub"] = json!("bob");
                d.rewrite(move |token| {
                    let parts: Vec<&str> = token.split('.').collect();
                    format!("{}.{}.{}", parts[0], b64(claims.to_string().as_bytes()), parts[2])
                });
            }),
            INVALID,
        ),
        row(
            "another header",
            "typ spelled otherwise under a good signature",
            passport(|d| {
                let mut header = d.header.clone();
                header["typ"] = json!("application/vnd.ga4gh.passport+jwt");
                d.rewrite(move |token| {
                    let parts: Vec<&str> = token.split('.').collect();
                    format!("{}.{}.{}", b64(header.to_string().as_bytes()), parts[1], parts[2])
                });
            }),
            INVALID,
        ),
        row(
            "attacker's EC key",
            "signed by the attacker under a good kid",
            passport(|d| d.key = &d.world.evil_es),
            INVALID,
        ),
        row(
            "attacker's RSA key",
            "signed by the attacker under a good kid",
            rs_passport(|d| d.key = &d.world.evil_rs),
            INVALID,
        ),
        row(
            "jwk",
            "the attacker's key embedded",
            passport(|d| {
                d.key = &d.world.evil_es;
                d.header("jwk", d.key.jwk());
            }),
            INVALID,
        ),
        row(
            "x5u",
            "the attacker's address of certificates",
            passport(|d| {
                d.key = &d.world.evil_es;
                d.header("x5u", json!(d.world.evil.url("/jwks")));
            }),
            INVALID,
        ),
        row(
            "x5c",
            "a certificate embedded",
            passport(|d| {
                d.key = &d.world.evil_es;
                d.header("x5c", json!(["AAAA"]));
            }),
            INVALID,
        ),
        row(
            "jku in a passport",
            "the attacker's key set named by a passport",
            passport(|d| {
                d.key = &d.world.evil_es;
                d.header("jku", json!(d.world.evil.url("/jwks")));
            }),
            INVALID,
        ),
        row(
            "crit",
            "a critical header that we would know",
            passport(|d| d.header("crit", json!(["exp"]))),
            Refused("critical-header"),
        ),
        row(
            "crit empty",
            "an empty list of critical headers",
            passport(|d| d.header("crit", json!([]))),
            Refused("critical-header"),
        ),
        row(
            "crit b64",
            "an unencoded payload, declared critical",
            passport(|d| {
                d.header("crit", json!(["b64"]));
                d.header("b64", json!(false));
            }),
            Refused("critical-header"),
        ),
        row(
            "b64",
            "an unencoded payload",
            passport(|d| d.header("b64", json!(false))),
            Refused("unsupported-header"),
        ),
        row(
            "zip",
            "a compressed payload",
            passport(|d| d.header("zip", json!("DEF"))),
            Refused("unsupported-header"),
        ),
        row(
            "duplicate alg",
            "alg twice, none first",
            passport(|d| {
                d.header_text = Some(format!(r#"{{"alg":"none",{}"#, &d.header.to_string()[1..]));
            }),
            Refused("duplicate-member"),
        ),
        weak_key("RSA-1024", "the issuer publishes 1024 bits under the kid", |jwk| {
            let mut n = vec![0xff; 128];
            n[0] = 0x80;
            jwk["n"] = json!(b64(&n));
        }),
        weak_key(
            "e = 1",
            "the issuer publishes the exponent 1, with which every text signs itself",
            |jwk| jwk["e"] = json!("AQ"),
        ),
        weak_key("e = 3", "the issuer publishes the exponent 3", |jwk| jwk["e"] = json!("Aw")),
        weak_key(
            "even modulus",
            "the issuer publishes a modulus that is no product of primes",
            |jwk| {
                jwk["n"] = json!(b64(&[vec![0x80; 255], vec![0]].concat()));
            },
        ),
        row(
            "visa: none",
            "alg none on a visa",
            visa(|d| d.header("alg", json!("none"))),
            Ignored("algorithm-not-allowed"),
        ),
        row(
            "visa: HS256",
            "HMAC keyed with the public key on a visa",
            rs_visa(|d| {
                d.header("alg", json!("HS256"));
                d.hmac(d.key.public_bytes());
            }),
            Ignored("algorithm-not-allowed"),
        ),
        row(
            "visa: PS256",
            "RSA-PSS on a visa",
            rs_visa(|d| d.header("alg", json!("PS256"))),
            Ignored("algorithm-not-allowed"),
        ),
        row(
            "visa: RS256 on an EC key",
            "kid of the EC key on a visa",
            rs_visa(|d| d.header("kid", json!("v-es"))),
            Ignored("key-algorithm-mismatch"),
        ),
        row(
            "visa: zero signature",
            "r and s zero on a visa",
            visa(|d| d.signature(|_| vec![0; 64])),
            Ignored("signature-invalid"),
        ),
        row(
            "visa: crit",
            "a critical header on a visa",
            visa(|d| d.header("crit", json!(["exp"]))),
            Ignored("critical-header"),
        ),
        row(
            "visa: jwk",
            "the attacker's key embedded in a visa",
            visa(|d| {
                d.key = &d.world.evil_es;
                d.header("jwk", d.key.jwk());
            }),
            Ignored("signature-invalid"),
        ),
        row(
            "visa: x5u",
            "the attacker's address of certificates in a visa",
            visa(|d| {
                d.key = &d.world.evil_es;
                d.header("x5u", json!(d.world.evil.url("/jwks")));
            }),
            Ignored("signature-invalid"),
        ),
    ]
}

/// A row with a good passport. The hostile change publishes the broker's key in a form that must not verify any signature.
fn weak_key(name: &'static str, how: &'static str, weaken: impl Fn(&mut Value) + Clone + 'static) -> Row {
    story(
        name,
        how,
        move |world, hostile| {
            let weaken = weaken.clone();
            let publish = move |world: &World| {
                let mut jwk = world.broker_rs.jwk();
                if hostile {
                    weaken(&mut jwk);
                }
                world.good.set_json("/broker/jwks", &json!({"keys": [jwk]}));
            };
            vec![
                Act::Do(Box::new(publish)),
                Act::Show(Shown::anywhere(super::draft::Draft::rs_passport(world).token())),
            ]
        },
        Refused("key-unknown"),
    )
}
