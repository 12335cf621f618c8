//! The tests parse truncated, mutated and random bytes as tokens of every kind. No input may cause a panic.
#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ga4gh_passport::{AccessToken, Passport, TokenKind, UnverifiedToken, Visa, parse_json_object};

/// A deterministic random generator (xorshift64*), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap()
    }
}

const HEADER: &str = r#"{"alg":"RS256","kid":"k","typ":"vnd.ga4gh.visa+jwt","jku":"https://i.example/jwks"}"#;
const PAYLOAD: &str = r#"{"iss":"https://i.example","sub":"s","iat":1,"exp":2,"ga4gh_visa_v1":{"type":"ControlledAccessGrants","asserted":1,"value":"https://d.example","source":"https://s.example","by":"dac","conditions":[[{"type":"AffiliationAndRole","value":"pattern:*@a"}]]}}"#;

fn read_as_everything(bytes: &[u8]) {
    for kind in [TokenKind::Passport, TokenKind::Visa, TokenKind::AccessToken] {
        if let Ok(token) = UnverifiedToken::parse_bytes(bytes, kind) {
            let _ = token.document_token_jku();
            let token = token.verify(|_| true).unwrap();
            let _ = (
                Passport::from_token(&token),
                Visa::from_token(&token),
                AccessToken::from_token(&token),
            );
        }
    }
}

#[test]
fn the_unmutated_token_is_a_visa() {
    let text = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(PAYLOAD));
    let token = UnverifiedToken::parse(&text, TokenKind::Visa).unwrap();
    assert_eq!(token.document_token_jku(), Ok("https://i.example/jwks"));
    assert!(Visa::from_token(&token.verify(|_| true).unwrap()).is_ok());
    assert!(UnverifiedToken::parse(&text, TokenKind::Visa).unwrap().verify(|_| false).is_err());
    assert!(UnverifiedToken::parse(&text, TokenKind::Passport).is_err());
    assert!(UnverifiedToken::parse_bearer(&text).is_err());
}

#[test]
fn mutated_json_inside_a_token_never_panics() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let dictionary: [&[u8]; 10] = [b"\"", b"{", b"}", b"[", b"]", b"null", b"1e400", b"\\u0000", b"\"iss\":1,", b"\xff"];
    for round in 0..30_000 {
        let mut header = HEADER.as_bytes().to_vec();
        let mut payload = PAYLOAD.as_bytes().to_vec();
        let part = if round % 4 == 0 { &mut header } else { &mut payload };
        for _ in 0..=random.below(3) {
            let at = random.below(part.len());
            match random.below(4) {
                0 => part[at] = random.next().to_le_bytes()[0],
                1 => part.truncate(at.max(1)),
                2 => drop(part.splice(at..at, dictionary[random.below(dictionary.len())].iter().copied())),
                _ => drop(part.drain(at..(at + random.below(9)).min(part.len()))),
            }
            if part.is_empty() {
                part.push(b'{');
            }
        }
        let _ = parse_json_object(part);
        let text = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(&payload));
        read_as_everything(text.as_bytes());
    }
}

#[test]
fn truncated_and_random_bytes_never_panic() {
    let text = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(PAYLOAD)).into_bytes();
    for end in 0..text.len() {
        read_as_everything(&text[..end]);
    }
    let mut random = Random(7);
    for _ in 0..5_000 {
        let bytes: Vec<u8> = (0..random.below(200)).map(|_| random.next().to_le_bytes()[0]).collect();
        read_as_everything(&bytes);
        let _ = parse_json_object(&bytes);
    }
}
