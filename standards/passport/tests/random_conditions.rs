//! Compares ten thousand random conditions with `tests/oracles/conditions.py`. The oracle was written from the specification and shares only
//! JSON with this crate.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use ga4gh_passport::{Conditions, VisaObject};
use serde_json::{Value, json};

const CASES: usize = 10_000;

/// A deterministic random generator (xorshift64*), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

const TYPES: [&str; 6] = [
    "AffiliationAndRole",
    "AcceptedTermsAndPolicies",
    "ResearcherStatus",
    "ControlledAccessGrants",
    "LinkedIdentities",
    "https://custom.example/visa",
];
/// Visa values with common parts, so that a pattern made from one value often matches another. They also contain characters of one to four
/// bytes, combining characters, and the characters of patterns, splits and prefixes.
const VALUES: [&str; 16] = [
    "faculty@univ.example",
    "faculty@univ.example.evil",
    "student@univ.example",
    "member@大学.example",
    "faculty@大学.example",
    "https://doi.org/10.1038/s41431-018-0219-y",
    "https://gemj.example/datasets/710",
    "https://gemj.example/datasets/7100",
    "https://gemj.example/datasets/71*",
    "10001,https:%2F%2Fa.example;abcd,https:%2F%2Fb.example",
    "10001,https:%2F%2Fa.example;;",
    "e\u{301}",
    "\u{e9}",
    "🧬🧬",
    "const:faculty@univ.example",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
];
const SOURCES: [&str; 4] = [
    "https://univ.example",
    "https://dac.example",
    "https://大学.example",
    "https://dac.example/",
];
const BY: [&str; 5] = ["self", "peer", "system", "so", "dac"];

fn visa(random: &mut Random) -> Value {
    let mut visa = json!({"type": random.pick(&TYPES), "asserted": 1, "value": random.pick(&VALUES), "source": random.pick(&SOURCES), "by": random.pick(&BY)});
    if random.one_in(6) {
        visa["note"] = json!(random.pick(&VALUES));
    }
    if random.one_in(8) {
        visa["conditions"] = random
            .pick(&[
                json!([[{"type": "ResearcherStatus", "value": "pattern:*"}]]),
                json!([]),
                json!(null),
            ])
            .clone();
    }
    visa
}

/// A random pattern made from `text`: some characters become `?`, runs of characters become `*`, and some characters are changed.
fn pattern(random: &mut Random, text: &str) -> String {
    let mut made = String::new();
    let characters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while let Some(c) = characters.get(at) {
        at += 1;
        match random.below(14) {
            0 | 1 => made.push('?'),
            2 => {
                made.push('*');
                at += random.below(12);
            }
            3 if random.one_in(4) => made.push(*random.pick(&['x', 'A', '大', '🧬', ';'])),
            4 if random.one_in(6) => made.push_str("**"),
            _ => made.push(*c),
        }
    }
    match random.below(12) {
        0 => made.push('*'),
        1 => made.insert(0, '*'),
        2 => made = made.to_uppercase(),
        3 if random.one_in(4) => made = "*a".repeat(60),
        4 if random.one_in(6) => made = "?".repeat(254 + random.below(4)),
        _ => {}
    }
    made
}

fn matcher(random: &mut Random, text: &str) -> Value {
    let prefix = match random.below(40) {
        0..12 => "const:",
        12..26 => "pattern:",
        26..34 => "split_pattern:",
        34 => "CONST:",
        35 => "regex:",
        36 => "",
        37 => " pattern:",
        38 => "pattern: ",
        _ => {
            return random
                .pick(&[json!(7), json!(null), json!(["const:x"]), json!({}), json!(true)])
                .clone();
        }
    };
    let part = || text.split(';');
    let rest = match prefix {
        "pattern:" => pattern(random, text),
        "split_pattern:" => {
            let parts: Vec<&str> = part().collect();
            let chosen = *random.pick(&parts);
            pattern(random, chosen)
        }
        _ if random.one_in(8) => pattern(random, text),
        _ => text.to_owned(),
    };
    json!(format!("{prefix}{rest}"))
}

fn clause(random: &mut Random, visas: &[Value]) -> Value {
    if random.one_in(150) {
        return random.pick(&[json!([]), json!("x"), json!(null), json!({})]).clone();
    }
    // Most clauses refer to a visa of the list, so that many clauses are met.
    let about = if visas.is_empty() || random.one_in(6) {
        visa(random)
    } else {
        random.pick(visas).clone()
    };
    let mut clause = json!({"type": about["type"]});
    for name in ["value", "source", "by", "note"] {
        if random.one_in(if name == "value" { 2 } else { 4 }) {
            let text = about[name].as_str().unwrap_or("absent").to_owned();
            clause[name] = matcher(random, &text);
        }
    }
    match random.below(150) {
        0 => clause["asserted"] = json!("const:1"),
        1 => clause["conditions"] = json!([]),
        2 => drop(clause.as_object_mut().unwrap().remove("type")),
        3 => clause["type"] = json!("const:AffiliationAndRole"),
        4 => clause["type"] = json!("affiliationandrole"),
        5 => clause["iss"] = json!("pattern:*"),
        _ => {}
    }
    if clause.as_object().unwrap().len() < 2 && !random.one_in(20) {
        let text = about["value"].as_str().unwrap().to_owned();
        clause["value"] = matcher(random, &text);
    }
    clause
}

fn conditions(random: &mut Random, visas: &[Value]) -> Value {
    if random.one_in(50) {
        return random
            .pick(&[
                json!(null),
                json!([]),
                json!([[]]),
                json!({}),
                json!("const:x"),
                json!([{}]),
                json!([[], []]),
                json!(7),
            ])
            .clone();
    }
    if random.one_in(200) {
        let count = 60 + random.below(8);
        return json!((0..count).map(|_| vec![clause(random, visas)]).collect::<Vec<_>>());
    }
    let alternatives = 1 + random.below(3);
    json!(
        (0..alternatives)
            .map(|_| {
                let clauses = if random.one_in(100) { 0 } else { 1 + random.below(3) };
                (0..clauses).map(|_| clause(random, visas)).collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    )
}

/// The verdict of this crate for the conditions, in the JSON form of the oracle's verdict.
fn ours(conditions: &Value, visas: &[(Value, i64)]) -> Value {
    let parsed: Vec<(VisaObject, i64)> = visas.iter().map(|(visa, rank)| (VisaObject::parse(visa).unwrap(), *rank)).collect();
    let candidates: Vec<(&VisaObject, i64)> = parsed.iter().map(|(visa, rank)| (visa, *rank)).collect();
    match Conditions::parse(conditions) {
        Err(_) => json!("malformed"),
        Ok(None) => json!("none"),
        Ok(Some(conditions)) => conditions.met_until(&candidates).map_or(json!("not met"), |rank| json!(rank)),
    }
}

fn oracle(cases: &Value) -> Option<Vec<Value>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracles/conditions.py");
    let interpreter = std::env::var("GEMJ_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let started = Command::new(&interpreter)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(fault) => {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "{interpreter} is required for the oracle of conditions: {fault}"
            );
            eprintln!("SKIPPED: {interpreter} cannot be started, so random conditions were not compared");
            return None;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    let text = cases.to_string();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "the oracle failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn ten_thousand_random_conditions_get_the_verdict_of_the_oracle() {
    let mut random = Random(0x6765_6d6a_2d76_6973);
    let cases: Vec<(Value, Vec<(Value, i64)>)> = (0..CASES)
        .map(|_| {
            let visas: Vec<Value> = (0..random.below(6)).map(|_| visa(&mut random)).collect();
            let conditions = conditions(&mut random, &visas);
            let ranked = visas
                .into_iter()
                .map(|visa| (visa, i64::try_from(random.below(9)).unwrap()))
                .collect();
            (conditions, ranked)
        })
        .collect();
    let asked: Vec<Value> = cases
        .iter()
        .map(|(conditions, visas)| json!({"conditions": conditions, "visas": visas}))
        .collect();
    let Some(expected) = oracle(&json!(asked)) else { return };
    assert_eq!(expected.len(), CASES);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, ((conditions, visas), expected)) in cases.iter().zip(&expected).enumerate() {
        assert_eq!(&ours(conditions, visas), expected, "case {number}: {conditions} with {visas:?}");
        *seen.entry(expected.as_str().unwrap_or("met")).or_default() += 1;
    }
    println!("{CASES} conditions agree: {seen:?}");
    for (verdict, least) in [("met", 1500), ("not met", 1500), ("malformed", 500), ("none", 30)] {
        assert!(
            seen.get(verdict).is_some_and(|count| *count >= least),
            "too few conditions have the verdict `{verdict}`: {seen:?}"
        );
    }
}
