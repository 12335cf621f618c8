//! Attacks on the location of the key with which a token is verified.

use serde_json::json;

use super::Expected::{Ignored, Refused};
use super::draft::{Draft, passport, visa};
use super::{Act, Expected, Row, Shown, row, story};
use crate::issuer_server::Answer;
use crate::world::{World, discovery};

const NOT_ALLOWED: Expected = Ignored("visa-jku-not-allowed");

pub(super) fn rows() -> Vec<Row> {
    vec![
        jku("attacker", "the attacker's server", |w| w.evil.url("/jwks")),
        jku("attacker, same path", "the attacker's server, the good path", |w| {
            w.evil.url("/visas/jwks")
        }),
        jku("userinfo", "the good host as user name of the attacker's", |w| {
            format!("http://{}@{}/visas/jwks", host(&w.good.base), host(&w.evil.base))
        }),
        jku("good URL as path", "the good URL behind the attacker's host", |w| {
            format!("{}/{}", w.evil.base, good(w))
        }),
        jku("good URL as query", "the good URL in a query of the attacker's", |w| {
            format!("{}/jwks?{}", w.evil.base, good(w))
        }),
        jku("look-alike host", "a name that begins like the good host", |w| {
            good(w).replace("127.0.0.1", "127.0.0.1.evil.example")
        }),
        jku("suffix", "something behind the good URL", |w| format!("{}.evil.example", good(w))),
        jku("trailing slash", "the good URL and a slash", |w| format!("{}/", good(w))),
        jku("empty fragment", "the good URL and #", |w| format!("{}#", good(w))),
        jku("fragment", "the good URL and a fragment", |w| format!("{}#x", good(w))),
        jku("query", "the good URL and a query", |w| format!("{}?x", good(w))),
        jku("leading space", "a space before the good URL", |w| format!(" {}", good(w))),
        jku("line end", "a line end behind the good URL", |w| format!("{}\n", good(w))),
        jku("other scheme", "https for http", |w| good(w).replace("http://", "https://")),
        jku("scheme in capitals", "the same scheme in capitals", |w| {
            good(w).replace("http://", "HTTP://")
        }),
        jku("path in capitals", "the same path in capitals", |w| {
            good(w).replace("/visas/", "/VISAS/")
        }),
        jku("encoded path", "a letter of the path percent-encoded", |w| {
            good(w).replace("/visas/", "/%76isas/")
        }),
        jku("another name of the host", "localhost for its address", |w| {
            good(w).replace("127.0.0.1", "localhost")
        }),
        jku("short address", "127.1 for 127.0.0.1", |w| good(w).replace("127.0.0.1", "127.1")),
        jku("mapped address", "the same address as IPv6", |w| {
            good(w).replace("127.0.0.1", "[::ffff:127.0.0.1]")
        }),
        jku("another port", "the good host, the attacker's port", |w| {
            format!("http://127.0.0.1:{}/visas/jwks", w.evil.base.rsplit_once(':').unwrap().1)
        }),
        jku("path traversal", "a way up and down again", |w| {
            good(w).replace("/visas/", "/visas/../visas/")
        }),
        jku("double slash", "an empty step in the path", |w| {
            good(w).replace("/visas/", "//visas/")
        }),
        jku("metadata service", "the address of a cloud's metadata", |_| {
            "http://169.254.169.254/latest/meta-data".to_owned()
        }),
        jku("private network", "an address within", |_| "http://10.0.0.1/jwks".to_owned()),
        jku("file", "a file of the gateway", |_| "file:///etc/passwd".to_owned()),
        jku("data", "the key set itself", |_| "data:application/json,{\"keys\":[]}".to_owned()),
        jku("another trusted issuer", "the key set of trusted issuer B under issuer A", |w| {
            format!("{}/jwks", w.other())
        }),
        jku("the broker", "the key set of the broker", |w| format!("{}/jwks", w.broker())),
        row(
            "jku empty",
            "an empty jku",
            visa(|d| d.header("jku", json!(""))),
            Ignored("claim-malformed"),
        ),
        row(
            "jku array",
            "the good URL in an array",
            visa(|d| d.header("jku", json!([good(d.world)]))),
            Ignored("claim-malformed"),
        ),
        row(
            "jku 3 kB",
            "a very long jku",
            visa(|d| d.header("jku", json!(format!("{}?{}", good(d.world), "x".repeat(3000))))),
            Ignored("claim-malformed"),
        ),
        row(
            "untrusted issuer, good jku",
            "an unknown iss with the good jku",
            visa(|d| d.claim("iss", json!("https://evil.example"))),
            Ignored("issuer-not-trusted"),
        ),
        row(
            "other issuer, good jku",
            "trusted iss B with the jku of A",
            visa(|d| d.claim("iss", json!(d.world.other()))),
            NOT_ALLOWED,
        ),
        row(
            "kid unknown",
            "a kid that is in no set",
            visa(|d| d.header("kid", json!("other"))),
            Ignored("key-unknown"),
        ),
        row(
            "kid of another issuer",
            "signed and named by issuer B's key",
            visa(|d| {
                d.key = &d.world.other_es;
                d.header("kid", json!("o-es"));
            }),
            Ignored("key-unknown"),
        ),
        row("kid missing", "no kid", passport(|d| d.no_header("kid")), Refused("claim-missing")),
        row(
            "kid empty",
            "an empty kid",
            passport(|d| d.header("kid", json!(""))),
            Refused("claim-malformed"),
        ),
        row(
            "kid array",
            "the kid in an array",
            passport(|d| d.header("kid", json!(["b-es"]))),
            Refused("claim-malformed"),
        ),
        row(
            "kid NUL",
            "a NUL behind the kid",
            passport(|d| d.header("kid", json!("b-es\u{0}"))),
            Refused("claim-malformed"),
        ),
        row(
            "kid path",
            "a path to a file",
            passport(|d| d.header("kid", json!("../../etc/passwd"))),
            Refused("key-unknown"),
        ),
        row(
            "kid SQL",
            "an injection",
            passport(|d| d.header("kid", json!("b-es' OR '1'='1"))),
            Refused("key-unknown"),
        ),
        row(
            "kid URL",
            "the attacker's address",
            passport(|d| d.header("kid", json!(d.world.evil.url("/jwks")))),
            Refused("key-unknown"),
        ),
        row(
            "kid case",
            "the kid in capitals",
            passport(|d| d.header("kid", json!("B-ES"))),
            Refused("key-unknown"),
        ),
        keys(
            "redirect to the attacker",
            "the good address redirects",
            Ignored("keys-unavailable"),
            |w| Answer::Redirect(w.evil.url("/visas/jwks")),
        ),
        keys(
            "redirect to metadata",
            "the good address redirects to a cloud's metadata",
            Ignored("keys-unavailable"),
            |_| Answer::Redirect("http://169.254.169.254/".to_owned()),
        ),
        keys("endless key set", "the key set never ends", Ignored("keys-unavailable"), |_| {
            Answer::Endless
        }),
        keys("huge key set", "a key set of 300 kB", Ignored("keys-unavailable"), |w| {
            Answer::Body(json!({"pad": "x".repeat(300_000), "keys": [w.visa_es.jwk()]}).to_string())
        }),
        keys("HTML", "a web page instead", Ignored("keys-unavailable"), |_| {
            Answer::Body("<html>".to_owned())
        }),
        keys("no keys member", "JSON without keys", Ignored("keys-unavailable"), |w| {
            Answer::Body(json!([w.visa_es.jwk()]).to_string())
        }),
        keys("too many keys", "65 keys", Ignored("keys-unavailable"), |w| {
            Answer::Body(json!({"keys": vec![w.visa_es.jwk(); 65]}).to_string())
        }),
        keys("duplicate keys member", "keys twice", Ignored("keys-unavailable"), |w| {
            Answer::Body(format!(r#"{{"keys":[],"keys":[{}]}}"#, w.visa_es.jwk()))
        }),
        keys("hang up", "the server closes the connection", Ignored("keys-unavailable"), |_| {
            Answer::HangUp
        }),
        keys("status 500", "the server fails", Ignored("keys-unavailable"), |_| {
            Answer::Status(500)
        }),
        keys(
            "duplicate kid",
            "the attacker's key beside the good one under one kid",
            Ignored("key-unknown"),
            |w| Answer::Body(json!({"keys": [w.visa_es.jwk(), w.evil_es.jwk()]}).to_string()),
        ),
        keys("oct key", "a symmetric key under the kid", Ignored("key-unknown"), |_| {
            Answer::Body(json!({"keys": [{"kty": "oct", "kid": "v-es", "k": "AAAA"}]}).to_string())
        }),
        keys("private key", "the private part is published", Ignored("key-unknown"), |w| {
            member(w, "d", "AAAA")
        }),
        keys("key for encryption", "use enc", Ignored("key-unknown"), |w| member(w, "use", "enc")),
        keys("key for another algorithm", "alg ES384 on the key", Ignored("key-unknown"), |w| {
            member(w, "alg", "ES384")
        }),
        keys("key on another curve", "crv P-384", Ignored("key-unknown"), |w| {
            member(w, "crv", "P-384")
        }),
        keys("point off the curve", "y is another number", Ignored("key-unknown"), |w| {
            member(w, "y", &crate::signing::b64(&[7; 32]))
        }),
        keys("key without kid", "the good key without its kid", Ignored("key-unknown"), |w| {
            let mut jwk = w.visa_es.jwk();
            jwk.as_object_mut().unwrap().remove("kid");
            Answer::Body(json!({"keys": [jwk]}).to_string())
        }),
        discovered("discovery of another issuer", "the document names the attacker as issuer", |w| {
            ("issuer", w.evil.base.clone())
        }),
        discovered("discovery with a slash", "the document names the issuer with a slash", |w| {
            ("issuer", format!("{}/", w.broker()))
        }),
        discovered("jwks_uri at the attacker's", "the document leads to the attacker", |w| {
            ("jwks_uri", w.evil.url("/jwks"))
        }),
        discovered("jwks_uri at metadata", "the document leads to a cloud's metadata", |_| {
            ("jwks_uri", "http://169.254.169.254/".to_owned())
        }),
        discovered("jwks_uri a file", "the document leads to a file", |_| {
            ("jwks_uri", "file:///etc/passwd".to_owned())
        }),
        story(
            "discovery redirected",
            "the discovery document is at the attacker's",
            |world, hostile| {
                let move_it = move |w: &World| {
                    if hostile {
                        w.good
                            .set("/broker/.well-known/openid-configuration", Answer::Redirect(w.evil.url("/")));
                    }
                };
                vec![
                    Act::Do(Box::new(move_it)),
                    Act::Show(Shown::anywhere(Draft::passport(world).token())),
                ]
            },
            Refused("keys-unavailable"),
        ),
    ]
}

fn good(world: &World) -> String {
    format!("{}/jwks", world.visas())
}

fn host(base: &str) -> &str {
    base.strip_prefix("http://").unwrap()
}

fn member(world: &World, name: &str, value: &str) -> Answer {
    let mut jwk = world.visa_es.jwk();
    jwk[name] = json!(value);
    Answer::Body(json!({"keys": [jwk]}).to_string())
}

/// A row in which the attacker signs a visa that names another key set in `jku`.
fn jku(name: &'static str, how: &'static str, url: impl Fn(&World) -> String + 'static) -> Row {
    row(
        name,
        how,
        visa(move |d| {
            d.key = &d.world.evil_es;
            d.header("jku", json!(url(d.world)));
        }),
        NOT_ALLOWED,
    )
}

/// A row with a good visa. The hostile change replaces the answer of the visa issuer's key set URL.
fn keys(name: &'static str, how: &'static str, expected: Expected, answer: impl Fn(&World) -> Answer + Clone + 'static) -> Row {
    story(
        name,
        how,
        move |world, hostile| {
            let answer = answer.clone();
            let change = move |w: &World| {
                if hostile {
                    w.good.set("/visas/jwks", answer(w));
                }
            };
            vec![
                Act::Do(Box::new(change)),
                Act::Show(Shown::anywhere(Draft::passport(world).token())),
            ]
        },
        expected,
    )
    .configured(|_, config, _| config.keys.timeout_ms = 500)
}

/// A row with a good passport. The hostile change replaces the discovery document of its broker.
fn discovered(name: &'static str, how: &'static str, change: impl Fn(&World) -> (&'static str, String) + Clone + 'static) -> Row {
    story(
        name,
        how,
        move |world, hostile| {
            let change = change.clone();
            let publish = move |w: &World| {
                let mut document = discovery(&w.broker());
                if hostile {
                    let (name, value) = change(w);
                    document[name] = json!(value);
                }
                w.good.set_json("/broker/.well-known/openid-configuration", &document);
            };
            vec![
                Act::Do(Box::new(publish)),
                Act::Show(Shown::anywhere(Draft::passport(world).token())),
            ]
        },
        Refused("keys-unavailable"),
    )
}
