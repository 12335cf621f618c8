//! Attacks on the authority of an issuer: visas that the issuer must not assert, and conditions that are not met.

use serde_json::{Value, json};

use super::Expected::Ignored;
use super::draft::{Draft, visa};
use super::{Expected, Row, Shown, row};
use crate::signing::SigningKey;
use crate::world::{DAC, DATASET, NOW, World};

const NOT_TRUSTED: Expected = Ignored("visa-not-trusted");
const NOT_MET: Expected = Ignored("visa-conditions-not-met");
const MALFORMED: Expected = Ignored("visa-conditions-malformed");

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "another dataset",
            "a dataset of another committee",
            visa(|d| d.object("value", json!("https://other.example/d"))),
            NOT_TRUSTED,
        ),
        row(
            "another committee's dataset",
            "trusted issuer B grants the dataset of A",
            visa(|d| {
                d.key = &d.world.other_es;
                d.header = json!({"alg": "ES256", "kid": "o-es", "typ": "vnd.ga4gh.visa+jwt", "jku": format!("{}/jwks", d.world.other())});
                d.claim("iss", json!(d.world.other()));
                d.object("source", json!("https://other-dac.example"));
            }),
            NOT_TRUSTED,
        ),
        row(
            "another committee in our name",
            "trusted issuer B grants the dataset of A with the source of A",
            visa(|d| {
                d.key = &d.world.other_es;
                d.header = json!({"alg": "ES256", "kid": "o-es", "typ": "vnd.ga4gh.visa+jwt", "jku": format!("{}/jwks", d.world.other())});
                d.claim("iss", json!(d.world.other()));
            }),
            NOT_TRUSTED,
        ),
        value("value prefix", "the last character missing", |_| {
            DATASET[..DATASET.len() - 1].to_owned()
        }),
        value("value suffix", "a digit behind", |_| format!("{DATASET}0")),
        value("value slash", "a slash behind", |_| format!("{DATASET}/")),
        value("value capitals", "all in capitals", |_| DATASET.to_uppercase()),
        value("value star", "a star", |_| "*".to_owned()),
        value("value with a star", "a star for the end", |_| DATASET.replace("approval-1", "*")),
        value("value question mark", "a question mark for a character", |_| {
            DATASET.replace("-1", "-?")
        }),
        value("value encoded", "a character percent-encoded", |_| DATASET.replace('-', "%2D")),
        value("value query", "a query behind", |_| format!("{DATASET}?x")),
        value("value fragment", "a fragment behind", |_| format!("{DATASET}#x")),
        value("value space", "a space behind", |_| format!("{DATASET} ")),
        value("value other scheme", "http for https", |_| DATASET.replace("https", "http")),
        value("value full width", "a letter in full width", |_| {
            DATASET.replacen('g', "\u{ff47}", 1)
        }),
        value("value list", "two datasets with a semicolon", |_| {
            format!("{DATASET};https://other.example/d")
        }),
        value("value traversal", "a way up and down again", |_| {
            DATASET.replace("/cancer/", "/cancer/../cancer/")
        }),
        row(
            "wrong source",
            "another committee",
            visa(|d| d.object("source", json!("https://other-dac.example"))),
            NOT_TRUSTED,
        ),
        row(
            "source slash",
            "a slash behind",
            visa(|d| d.object("source", json!(format!("{DAC}/")))),
            NOT_TRUSTED,
        ),
        row(
            "source capitals",
            "all in capitals",
            visa(|d| d.object("source", json!(DAC.to_uppercase()))),
            NOT_TRUSTED,
        ),
        row(
            "source the issuer",
            "the issuer itself instead of the committee",
            visa(|d| d.object("source", json!(d.world.visas()))),
            NOT_TRUSTED,
        ),
        row(
            "asserted too long ago",
            "longer ago than the operator accepts, though not expired",
            visa(|d| d.object("asserted", json!(NOW - 7200))),
            Ignored("visa-asserted-too-long-ago"),
        )
        .configured(|_, config, _| config.issuers[1].visas[0].max_authorization_s = Some(7200)),
        row(
            "by self",
            "the person themselves",
            visa(|d| d.object("by", json!("self"))),
            NOT_TRUSTED,
        ),
        row("by peer", "a colleague", visa(|d| d.object("by", json!("peer"))), NOT_TRUSTED),
        row("by system", "a system", visa(|d| d.object("by", json!("system"))), NOT_TRUSTED),
        row(
            "by so",
            "a signing official where the committee must decide",
            visa(|d| d.object("by", json!("so"))),
            NOT_TRUSTED,
        ),
        row("by missing", "no by", visa(|d| d.no_object("by")), Ignored("visa-by-missing")),
        row(
            "custom type",
            "a registered custom type",
            visa(|d| d.object("type", json!("https://ras.nih.gov/visas/v1.1"))),
            Ignored("visa-type-not-supported"),
        ),
        row(
            "type lower case",
            "types are case-sensitive",
            visa(|d| d.object("type", json!("controlledaccessgrants"))),
            Ignored("visa-type-not-supported"),
        ),
        row(
            "type with a space",
            "a space behind",
            visa(|d| d.object("type", json!("ControlledAccessGrants "))),
            Ignored("visa-type-not-supported"),
        ),
        row(
            "type of another right",
            "a researcher status for the dataset",
            visa(|d| {
                d.object("type", json!("ResearcherStatus"));
                d.object("source", json!("https://univ.example"));
                d.object("by", json!("so"));
            }),
            NOT_TRUSTED,
        ),
        row(
            "condition visa expired",
            "the affiliation ended",
            with_condition(|w| affiliation(w, json!({}), 0)),
            NOT_MET,
        ),
        row(
            "condition visa of an untrusted source",
            "the affiliation is of another source",
            with_condition(|w| affiliation(w, json!({"source": "https://evil.example"}), 100)),
            NOT_MET,
        ),
        row(
            "condition visa of another organisation",
            "an organisation that the issuer may not name",
            with_condition(|w| affiliation(w, json!({"value": "faculty@evil.example"}), 100)),
            NOT_MET,
        ),
        row(
            "condition visa by a peer",
            "a level that is not trusted",
            with_condition(|w| affiliation(w, json!({"by": "peer"}), 100)),
            NOT_MET,
        ),
        row(
            "condition visa without @",
            "no affiliation",
            with_condition(|w| affiliation(w, json!({"value": "faculty"}), 100)),
            NOT_MET,
        ),
        row(
            "condition visa conditional",
            "the affiliation has conditions of its own",
            with_condition(|w| {
                affiliation(
                    w,
                    json!({"conditions": [[{"type": "ControlledAccessGrants", "value": "pattern:*"}]]}),
                    100,
                )
            }),
            NOT_MET,
        ),
        row(
            "condition visa forged",
            "signed by the attacker under a good kid",
            with_condition(|w| {
                let object = json!({"type": "AffiliationAndRole", "asserted": 1, "value": "faculty@univ.example", "source": "https://univ.example", "by": "so"});
                let mut draft = Draft::visa(w);
                draft.claim("sub", json!("a"));
                draft.claim("ga4gh_visa_v1", object);
                SigningKey::es256("v-es").sign(&draft.header, &draft.claims)
            }),
            NOT_MET,
        ),
        row(
            "condition visa missing",
            "no affiliation at all",
            with_condition(|_| String::new()),
            NOT_MET,
        ),
        condition(
            "[[]]",
            "an alternative without a clause, which every person would meet",
            json!([[]]),
            MALFORMED,
        ),
        condition(
            "[[…], []]",
            "an empty alternative beside a good one",
            json!([[good_clause()], []]),
            MALFORMED,
        ),
        condition("conditions an object", "no list", json!({}), MALFORMED),
        condition("conditions flat", "a list of clauses", json!([good_clause()]), MALFORMED),
        condition("clause a text", "a clause that is no object", json!([["x"]]), MALFORMED),
        condition(
            "clause with type only",
            "nothing asked of the visa",
            json!([[{"type": "AffiliationAndRole"}]]),
            MALFORMED,
        ),
        condition("clause without type", "any type", json!([[{"value": "pattern:*"}]]), MALFORMED),
        condition(
            "clause with a list",
            "a list of matchers",
            json!([[{"type": "AffiliationAndRole", "value": ["pattern:*"]}]]),
            MALFORMED,
        ),
        condition(
            "clause about asserted",
            "not allowed",
            json!([[{"type": "AffiliationAndRole", "asserted": "pattern:*"}]]),
            MALFORMED,
        ),
        condition(
            "clause about conditions",
            "not allowed",
            json!([[{"type": "AffiliationAndRole", "conditions": "pattern:*"}]]),
            MALFORMED,
        ),
        condition(
            "65 clauses",
            "more than are evaluated",
            json!(vec![vec![good_clause()]; 65]),
            MALFORMED,
        ),
        condition(
            "pattern of 300 characters",
            "longer than any value",
            json!([[{"type": "AffiliationAndRole", "value": format!("pattern:{}", "*a".repeat(150))}]]),
            MALFORMED,
        ),
        condition(
            "exponential pattern",
            "*a*a*a… and a character that is not there",
            json!([[{"type": "AffiliationAndRole", "value": format!("pattern:{}#", "*a".repeat(127))}]]),
            NOT_MET,
        ),
        condition("CONST:", "a prefix in capitals", clause("CONST:faculty@univ.example"), NOT_MET),
        condition("regex:", "an unknown prefix", clause("regex:.*"), NOT_MET),
        condition("no prefix", "the value alone", clause("faculty@univ.example"), NOT_MET),
        condition("space in the prefix", "a space before the colon", clause("pattern :*"), NOT_MET),
        condition("star in const:", "a star is a star there", clause("const:faculty@*"), NOT_MET),
        condition(
            "pattern for a part",
            "a pattern must match the whole value",
            clause("pattern:univ.example"),
            NOT_MET,
        ),
        condition(
            "capitals in a pattern",
            "patterns are case-sensitive",
            clause("pattern:FACULTY@*"),
            NOT_MET,
        ),
        condition(
            "? for nothing",
            "? is one character",
            clause("pattern:faculty@univ.example?"),
            NOT_MET,
        ),
        condition("escape", "there is no escape in patterns", clause("pattern:faculty\\@*"), NOT_MET),
        condition(
            "absent member",
            "a member that the visa does not have",
            json!([[{"type": "AffiliationAndRole", "note": "pattern:*"}]]),
            NOT_MET,
        ),
        condition(
            "pattern in the type",
            "the type has no prefix",
            json!([[{"type": "pattern:*", "value": "pattern:*"}]]),
            NOT_MET,
        ),
        condition(
            "two visas for one clause",
            "value of the affiliation, source of the grant",
            json!([[{"type": "AffiliationAndRole", "value": "pattern:*", "source": format!("const:{DAC}")}]]),
            NOT_MET,
        ),
        condition(
            "met by itself alone",
            "the conditional grant is the only one of its type",
            json!([[{"type": "ControlledAccessGrants", "by": "const:dac"}]]),
            NOT_MET,
        ),
        condition(
            "one of two clauses",
            "the second is not met",
            json!([[good_clause(), {"type": "ResearcherStatus", "value": "pattern:*"}]]),
            NOT_MET,
        ),
    ]
}

fn value(name: &'static str, how: &'static str, value: impl Fn(&World) -> String + 'static) -> Row {
    row(
        name,
        how,
        visa(move |d| {
            let value = value(d.world);
            d.object("value", json!(value));
        }),
        NOT_TRUSTED,
    )
}

fn good_clause() -> Value {
    json!({"type": "AffiliationAndRole", "value": "pattern:*@univ.example"})
}

fn clause(value: &str) -> Value {
    json!([[{"type": "AffiliationAndRole", "value": value}]])
}

fn affiliation(world: &World, more: Value, ttl_s: i64) -> String {
    let mut object = json!({"type": "AffiliationAndRole", "value": "faculty@univ.example", "source": "https://univ.example", "by": "so"});
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.visa_of("a", object, ttl_s)
}

fn conditional(world: &World, conditions: &Value) -> String {
    let object = json!({"type": "ControlledAccessGrants", "value": DATASET, "source": DAC, "by": "dac", "conditions": conditions});
    world.visa_of("a", object, 500)
}

/// A passport with a good conditional grant and the affiliation that meets its condition. The hostile change replaces the affiliation.
fn with_condition(bad: impl Fn(&World) -> String + 'static) -> impl Fn(&World, bool) -> Shown + 'static {
    move |world, hostile| {
        let beside = if hostile { bad(world) } else { affiliation(world, json!({}), 400) };
        Shown::anywhere(world.passport(&[conditional(world, &json!([[good_clause()]])), beside]))
    }
}

/// A row with a good affiliation and a grant. The hostile change gives the grant these conditions.
fn condition(name: &'static str, how: &'static str, conditions: Value, expected: Expected) -> Row {
    row(
        name,
        how,
        move |world, hostile| {
            let good = json!([[good_clause()]]);
            let grant = conditional(world, if hostile { &conditions } else { &good });
            Shown::anywhere(world.passport(&[grant, affiliation(world, json!({}), 400)]))
        },
        expected,
    )
}
