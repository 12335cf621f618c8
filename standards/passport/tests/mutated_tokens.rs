//! The tests parse truncated, mutated and random bytes as tokens of every kind. No input may cause a panic.
#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ga4gh_passport::{
    AccessToken, NonceRule, NumericDate, OpaqueContext, Passport, SignedUserInfo, TokenKind, UnverifiedToken, Visa, VisaKind,
    is_opaque_token, parse_json_object,
};

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

/// A parsed answer of an introspection endpoint is about the configured issuer, whatever the answer contains.
fn read_as_answers(bytes: &[u8]) {
    let date = |seconds| NumericDate::from_seconds(seconds).unwrap();
    let context = OpaqueContext {
        issuer: "https://i.example",
        now: date(1),
        default_end: date(2),
    };
    if let Ok(access) = context.parse_introspection(bytes) {
        assert_eq!(access.claims.identity.issuer, "https://i.example");
        assert!(!access.claims.identity.subject.is_empty());
    }
    if let Ok(members) = parse_json_object(bytes)
        && let Ok(access) = context.parse_userinfo(members)
    {
        assert_eq!(
            (access.claims.identity.issuer.as_str(), access.claims.expires_at),
            ("https://i.example", date(2))
        );
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        // A text with the form of a JWT is never opaque, so it is never sent to another issuer.
        assert!(!is_opaque_token(text) || UnverifiedToken::parse_bearer(text).is_err());
        let _ = UnverifiedToken::parse_visa(text).map(|token| token.visa_kind().is_ok());
        let _ = UnverifiedToken::parse_passport_of_userinfo(text).is_ok();
        if let Ok(answer) = SignedUserInfo::parse(text) {
            let _ = answer.verify(date(1), ga4gh_passport::Leeway::MAX, |_| true);
        }
    }
}

fn read_as_everything(bytes: &[u8]) {
    read_as_answers(bytes);
    for kind in [TokenKind::Passport, TokenKind::Visa, TokenKind::AccessToken] {
        if let Ok(token) = UnverifiedToken::parse_bytes(bytes, kind) {
            let _ = token.visa_kind();
            let token = token.verify(|_| true).unwrap();
            let _ = (
                Passport::from_token(&token),
                Visa::from_token(&token),
                AccessToken::from_token(&token, NonceRule::AcceptIfMarked),
            );
        }
    }
}

#[test]
fn the_unmutated_token_is_a_visa() {
    let text = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(PAYLOAD));
    let token = UnverifiedToken::parse(&text, TokenKind::Visa).unwrap();
    assert_eq!(
        token.visa_kind(),
        Ok(VisaKind::Document {
            jku: "https://i.example/jwks"
        })
    );
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

const INTROSPECTION: &str = r#"{"active":true,"token_type":"Bearer","token_use":"access_token","iss":"https://i.example","sub":"s","exp":9,"iat":1,"aud":["a"],"scope":"openid ga4gh_passport_v1","client_id":"c","cnf":{"jkt":"k"}}"#;

#[test]
fn a_mutated_introspection_answer_never_panics_and_never_changes_the_issuer() {
    let mut random = Random(0xD1B5_4A32_D192_ED03);
    let dictionary: [&[u8]; 9] = [b"\"", b"{", b"}", b",", b"null", b"false", b"\\u0000", b"\"iss\":\"x\",", b"\xff"];
    for _ in 0..20_000 {
        let mut answer = INTROSPECTION.as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(answer.len().max(1));
            match random.below(4) {
                0 if !answer.is_empty() => answer[at] = random.next().to_le_bytes()[0],
                1 => answer.truncate(at),
                2 => drop(answer.splice(at..at, dictionary[random.below(dictionary.len())].iter().copied())),
                _ => drop(answer.drain(at..(at + random.below(9)).min(answer.len()))),
            }
        }
        read_as_answers(&answer);
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
