//! Tests of values inside visas. A written value parses to the same value, and mutated or random text is parsed without a panic or rejected.
#![allow(clippy::unwrap_used)]

use ga4gh_passport::limits::{LINKED_IDENTITIES_MAX_COUNT, STRING_MAX_SCALARS};
use ga4gh_passport::{
    AffiliationAndRole, CompactJws, Conditions, Identity, VisaObject, linear_glob, parse_linked_identities, parse_passport_claim,
};
use serde_json::{Value, json};

/// A deterministic random generator (xorshift64*), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % n.max(1) as u64).unwrap()
    }

    /// A random text. It contains the characters that visa values consist of, and characters of one to four bytes.
    fn text(&mut self, longest: usize) -> String {
        const SIGNS: [char; 22] = [
            'a', 'b', 'z', '0', '9', '@', '.', ';', ',', '%', '2', 'C', '3', 'B', '*', '?', ':', '/', ' ', '\u{e9}', '大', '🧬',
        ];
        (0..self.below(longest)).map(|_| SIGNS[self.below(SIGNS.len())]).collect()
    }

    fn mutated(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let at = self.below(characters.len());
            match self.below(3) {
                0 => drop(characters.splice(at..at, self.text(4).chars().collect::<Vec<_>>())),
                1 if !characters.is_empty() => drop(characters.remove(at)),
                _ => characters.truncate(at.max(1)),
            }
        }
        characters.into_iter().collect()
    }
}

/// Percent-encodes every byte of `text` except letters, digits and dots. In about half of the calls, the hexadecimal digits are in lower case.
fn encoded(random: &mut Random, text: &str) -> String {
    let capitals = random.below(2) == 0;
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' => char::from(byte).to_string(),
            _ if capitals => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        })
        .collect()
}

#[test]
fn linked_identities_with_any_characters_survive_a_round_trip() {
    let mut random = Random(1);
    for _ in 0..5_000 {
        let identities: Vec<Identity> = (0..=random.below(4))
            .map(|_| Identity::new(&format!("i{}", random.text(20)), &format!("s{}", random.text(20))))
            .collect();
        let value: Vec<String> = identities
            .iter()
            .map(|identity| {
                format!(
                    "{},{}",
                    encoded(&mut random, &identity.subject),
                    encoded(&mut random, &identity.issuer)
                )
            })
            .collect();
        assert_eq!(parse_linked_identities(&value.join(";")), Ok(identities));
    }
}

#[test]
fn mutated_linked_identities_parse_to_bounded_names_or_are_rejected() {
    let mut random = Random(2);
    let (mut read, mut refused) = (0, 0);
    for round in 0..20_000 {
        let text = if round % 2 == 0 {
            random.mutated("10001,https:%2F%2Fissuer1.example.org;abcd,https%3a%2f%2Fother.example")
        } else {
            random.text(60)
        };
        match parse_linked_identities(&text) {
            Err(_) => refused += 1,
            Ok(identities) => {
                read += 1;
                assert!(identities.len() <= LINKED_IDENTITIES_MAX_COUNT && identities.len() == text.split(';').count());
                for part in identities.iter().flat_map(|identity| [&identity.issuer, &identity.subject]) {
                    assert!(!part.is_empty() && part.chars().count() <= STRING_MAX_SCALARS && !part.chars().any(char::is_control));
                }
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} {refused}");
}

#[test]
fn an_affiliation_consists_of_exactly_its_two_parts() {
    let mut random = Random(3);
    let mut read = 0;
    for round in 0..20_000 {
        let text = if round % 4 == 0 {
            random.text(20)
        } else {
            random.mutated("nih.lab-member@univ.example")
        };
        if let Some(affiliation) = AffiliationAndRole::parse(&text) {
            read += 1;
            assert_eq!(format!("{}@{}", affiliation.role, affiliation.organization), text);
            assert!(!affiliation.role.contains('@') && !affiliation.organization.is_empty());
        }
    }
    assert!(read > 1000, "{read}");
}

#[test]
fn mutated_conditions_claims_and_tokens_never_panic() {
    let mut random = Random(4);
    let conditions = r#"[[{"type":"AffiliationAndRole","value":"pattern:*@a","by":"const:so"}],[{"type":"ResearcherStatus","value":"split_pattern:?"}]]"#;
    let object = format!(
        r#"{{"type":"ControlledAccessGrants","asserted":1,"value":"https://d","source":"https://s","by":"dac","conditions":{conditions}}}"#
    );
    let good = VisaObject::parse(&json!({"type": "ResearcherStatus", "asserted": 1, "value": "x", "source": "y"})).unwrap();
    let mut parsed = 0;
    for _ in 0..20_000 {
        if let Ok(value) = serde_json::from_str::<Value>(&random.mutated(conditions)) {
            if let Ok(Some(conditions)) = Conditions::parse(&value) {
                parsed += 1;
                let _ = conditions.met_until(&[(&good, 1)]);
            }
            let _ = parse_passport_claim(&value);
        }
        if let Ok(value) = serde_json::from_str::<Value>(&random.mutated(&object)) {
            let _ = VisaObject::parse(&value);
        }
        let _ = CompactJws::parse(&random.mutated("e30.e30.AAAA"), 1000);
        let _ = linear_glob(&random.text(80), &random.text(80));
    }
    assert!(parsed > 100, "{parsed}");
}
