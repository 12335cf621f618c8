//! Damaged files: no panic, and every unit is accounted for.

use serde_json::json;

use crate::{bundle, condition, ingested, observation, patient, with};

/// A small generator of numbers (xorshift), so that each run tests the same mutations.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }
}

#[test]
fn a_damaged_file_never_panics_and_the_sums_hold() {
    let component = json!([{ "code": { "coding": [{ "system": "http://loinc.org", "code": "1-8" }] }, "valueQuantity": { "value": 1.5, "comparator": "<" } }]);
    let resources = [
        patient("1", "001"),
        condition(),
        with(observation(), &[("component", component), ("valueString", json!("a"))]),
        json!({ "resourceType": "Specimen", "subject": { "reference": "Patient/1" }, "identifier": [{ "value": "S1" }], "parent": [{ "reference": "Specimen/x" }] }),
        patient("2", "002"),
    ];
    let whole = bundle("collection", &resources).to_string();
    let lines: String = resources.iter().map(|resource| format!("{resource}\n")).collect();
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "null",
        "1e9",
        "true",
        "\\u0000",
        "\n",
        "\u{3042}",
        "modifierExtension",
        "entered-in-error",
        "Patient/2",
        "DELETE",
    ];
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut committed = 0;
    for at in 0..6000 {
        let (name, text) = if at % 2 == 0 { ("a.json", &whole) } else { ("a.ndjson", &lines) };
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=numbers.next(3) {
            let place = numbers.next(bytes.len());
            match numbers.next(5) {
                0 => bytes[place] = u8::try_from(numbers.next(256)).unwrap(),
                1 => bytes.truncate(place.max(1)),
                2 => drop(bytes.drain(place..(place + 1 + numbers.next(40)).min(bytes.len()))),
                3 => {
                    let piece = pieces[numbers.next(pieces.len())].bytes();
                    bytes.splice(place..place, piece);
                }
                _ => {
                    let part = bytes[place..(place + 1 + numbers.next(200)).min(bytes.len())].to_vec();
                    bytes.splice(place..place, part);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        // `ingested` asserts that the sums hold.
        let seen = ingested(&[(name, &bytes)]);
        committed += seen.accounting.committed;
    }
    assert!(committed > 1000, "{committed}");
}
