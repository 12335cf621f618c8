//! The stream of random requests: every standard, method and caller, with existing ids, hidden ids and unknown ids.

mod beacon;
mod fhir;
mod files;
mod odd;
mod rest;

use std::collections::BTreeMap;

use gemj_demo::{Persona, hospital_clients};
use gemj_model::Timestamp;
use gemj_tests::random::Random;
use serde_json::Value;

use crate::people::{HIDDEN, PEOPLE, person};
use crate::wire::{Answer, Request};
use crate::world::{PUBLIC_URL, Worlds};

/// A request, its caller and its operation.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) caller: Option<Persona>,
    /// The method and the path without its ids.
    pub(crate) operation: String,
    pub(crate) request: Request,
    /// Whether the request uses an address from an answer that the model allows to differ.
    pub(crate) is_of_left_out: bool,
}

/// The time after which the test mints new passports, in seconds.
const SHOWN_FOR_S: i64 = 40_000;

/// The maximum number of ids that the test remembers from answers, and the maximum number of addresses.
const REMEMBERED: usize = 400;

/// The callers of random requests. A caller with more entries is chosen more often. Callers who may see everything are rare.
const CALLERS: [Option<Persona>; 24] = [
    None,
    None,
    None,
    Some(Persona::RegisteredOnly),
    Some(Persona::RegisteredOnly),
    Some(Persona::RegisteredOnly),
    Some(Persona::DomesticAcademic),
    Some(Persona::DomesticAcademic),
    Some(Persona::DomesticAcademic),
    Some(Persona::DomesticAcademic),
    Some(Persona::DomesticAcademic),
    Some(Persona::OverseasAcademic),
    Some(Persona::OverseasAcademic),
    Some(Persona::OverseasTre),
    Some(Persona::OverseasCompany),
    Some(Persona::DomesticCompany),
    Some(Persona::Expired),
    Some(Persona::EhrHospitalA),
    Some(Persona::EhrHospitalA),
    Some(Persona::EhrHospitalB),
    Some(Persona::ClinicianHospitalA),
    Some(Persona::BiobankCurator),
    Some(Persona::PartnerGateway),
    Some(Persona::Steward),
];

/// The staff callers of random requests. They are chosen even more rarely than the other callers.
const STAFF: [Persona; 4] = [
    Persona::AccessCommittee,
    Persona::Auditor,
    Persona::RecontactApprover,
    Persona::OutputReviewer,
];

/// The purposes that a request may declare: approved purposes, other purposes, a purpose that is always refused, and an invalid purpose.
const PURPOSES: [&str; 6] = [
    "biomedical-research",
    "general-research",
    "disease-research",
    "ancestry-research",
    "insurance",
    "any",
];

/// Makes random requests and remembers the ids and addresses in answers.
pub(crate) struct Asker {
    random: Random,
    tokens: BTreeMap<Persona, String>,
    /// Tokens of the hospitals' systems, for FHIR.
    smart: BTreeMap<Persona, String>,
    minted: Timestamp,
    /// Ids of files, the hidden participant's files included.
    objects: Vec<String>,
    /// Ids that answers contained: participants, specimens, variants, FHIR resources, recontact requests.
    ids: Vec<String>,
    /// Ids of the files that belong to the hidden participant alone.
    hidden_objects: Vec<String>,
    /// Addresses that answers contained: files, further pages.
    addresses: Vec<Address>,
    /// Addresses of htsget data blocks that answers contained.
    blocks: Vec<Address>,
    /// Addresses of whole files that answers contained.
    bytes: Vec<Address>,
    /// Ids of recontact requests, with their requesters.
    recontacts: Vec<(String, Persona)>,
}

/// An address that an answer contained.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    target: String,
    /// Whether the address is from an answer that the model allows to differ.
    is_of_left_out: bool,
}

impl Asker {
    pub(crate) fn new(worlds: &mut Worlds, seed: u64) -> Self {
        let mut objects: Vec<String> = worlds.objects();
        objects.push("gemj.00000000000000000000000000000000".to_owned());
        let mut this = Self {
            random: Random::of(&format!("two worlds {seed}")),
            tokens: BTreeMap::new(),
            smart: BTreeMap::new(),
            minted: worlds.now,
            objects,
            ids: (1..=PEOPLE).map(person).collect(),
            hidden_objects: worlds.files_of(HIDDEN),
            addresses: Vec::new(),
            blocks: Vec::new(),
            bytes: Vec::new(),
            recontacts: Vec::new(),
        };
        this.mint(worlds, worlds.now);
        this
    }

    fn mint(&mut self, worlds: &Worlds, now: Timestamp) {
        self.minted = now;
        for persona in Persona::ALL {
            self.tokens.insert(persona, worlds.passport(persona, now));
        }
    }

    /// Gets the tokens of the hospitals' systems from both worlds. Both worlds must issue the same token.
    pub(crate) fn smart_tokens(&mut self, worlds: &mut Worlds, now: Timestamp) {
        let endpoint = format!("{PUBLIC_URL}/auth/token");
        for (persona, client) in [(Persona::EhrHospitalA, "ehr-hospital-a"), (Persona::EhrHospitalB, "ehr-hospital-b")] {
            let assertion = hospital_clients::client_assertion(&worlds.folder.join("base"), client, &endpoint, now).unwrap();
            let request = Request {
                method: "POST".to_owned(),
                target: "/auth/token".to_owned(),
                headers: vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
                body: format!(
                    "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}"
                )
                .into_bytes(),
            };
            let answers = [worlds.without.wire.send(&request), worlds.with.wire.send(&request)];
            assert_eq!(answers[0], answers[1], "the tokens of {client}");
            let answer: Value = serde_json::from_slice(&answers[1].body).unwrap();
            if let Some(token) = answer["access_token"].as_str() {
                self.smart.insert(persona, token.to_owned());
            }
        }
    }

    /// The next request of the stream.
    pub(crate) fn next(&mut self, worlds: &mut Worlds, now: Timestamp) -> Asked {
        if now.0 - self.minted.0 > SHOWN_FOR_S * 1_000_000 {
            self.mint(worlds, now);
        }
        // Tokens that the gateway itself issues are valid for minutes only, so the test requests new ones often.
        if self.smart.is_empty() || self.random.below(200) == 0 {
            self.smart_tokens(worlds, now);
        }
        let mut caller = *self.random.of_these(&CALLERS);
        if self.random.below(40) == 0 {
            caller = Some(*self.random.of_these(&STAFF));
        }
        let mut asked = match self.random.below(100) {
            0..=36 => beacon::next(self, caller),
            37..=58 => files::next(self, caller),
            59..=74 => fhir::next(self, caller),
            75..=89 => rest::next(self, caller),
            _ => odd::next(self, caller),
        };
        if self.chance(12) {
            self.declare(&mut asked);
        }
        self.sign(&mut asked);
        asked
    }

    /// Adds a header that declares a purpose or an approval. The caller may or may not have this approval.
    fn declare(&mut self, asked: &mut Asked) {
        let (name, value) = if self.chance(50) {
            ("GeMJ-Purpose", self.one(&PURPOSES).to_owned())
        } else {
            ("GeMJ-Approval", format!("2026-000{}", 1 + self.random.below(9)))
        };
        asked.request.headers.push((name.to_owned(), value));
    }

    /// The token that a caller sends for a path.
    pub(crate) fn token(&self, persona: Persona, target: &str) -> &str {
        match self.smart.get(&persona) {
            Some(token) if target.starts_with("/fhir") => token,
            _ => &self.tokens[&persona],
        }
    }

    fn sign(&mut self, asked: &mut Asked) {
        let Some(persona) = asked.caller else { return };
        let token = self.token(persona, &asked.request.target);
        let authorization = ("Authorization".to_owned(), format!("Bearer {token}"));
        if !asked.request.headers.iter().any(|(name, _)| name == "Authorization") {
            asked.request.headers.push(authorization);
        }
    }

    /// Remembers the ids and addresses of an answer, and whether the model allows this answer to differ.
    pub(crate) fn learn(&mut self, asked: &Asked, answer: &Answer, is_left_out: bool) {
        if answer.code() != 200 && answer.code() != 201 {
            return;
        }
        let Ok(value) = serde_json::from_slice::<Value>(&answer.body) else {
            return;
        };
        if asked.operation == "POST /recontact/requests"
            && let (Some(id), Some(owner)) = (value["id"].as_str(), asked.caller)
        {
            self.recontacts.push((id.to_owned(), owner));
        }
        let (mut ids, mut addresses) = (Vec::new(), Vec::new());
        walk(&value, &mut ids, &mut addresses);
        let of_answer = |target| Address {
            target,
            is_of_left_out: is_left_out,
        };
        remember(&mut self.ids, ids);
        let (capabilities, addresses): (Vec<Address>, Vec<Address>) = addresses
            .into_iter()
            .map(of_answer)
            .partition(|address| ["/htsget/blocks/", "/bytes/"].iter().any(|path| address.target.starts_with(path)));
        remember(&mut self.addresses, addresses);
        let (blocks, bytes): (Vec<Address>, Vec<Address>) = capabilities
            .into_iter()
            .partition(|address| address.target.starts_with("/htsget/blocks/"));
        remember(&mut self.blocks, blocks);
        remember(&mut self.bytes, bytes);
    }

    fn object(&mut self) -> String {
        let of_hidden = !self.hidden_objects.is_empty() && self.chance(30);
        self.random
            .of_these(if of_hidden { &self.hidden_objects } else { &self.objects })
            .clone()
    }

    /// An id of any kind, sometimes the hidden participant's own id.
    fn id(&mut self) -> String {
        match self.random.below(12) {
            0 | 1 => HIDDEN.to_owned(),
            2 => "unknown".to_owned(),
            3 => self.object(),
            _ => self.random.of_these(&self.ids).clone(),
        }
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    fn one<'a>(&mut self, these: &[&'a str]) -> &'a str {
        let at = self.random.below(these.len() as u64);
        these[usize::try_from(at).unwrap()]
    }
}

/// Adds new values at the end. If the list is full, the oldest value is removed.
fn remember<T: PartialEq>(known: &mut Vec<T>, found: impl IntoIterator<Item = T>) {
    for one in found {
        if known.contains(&one) {
            continue;
        }
        if known.len() == REMEMBERED {
            known.remove(0);
        }
        known.push(one);
    }
}

/// A request without a body.
fn bare(method: &str, operation: &str, target: String, caller: Option<Persona>) -> Asked {
    Asked {
        caller,
        operation: format!("{method} {operation}"),
        request: Request {
            method: method.to_owned(),
            target,
            headers: Vec::new(),
            body: Vec::new(),
        },
        is_of_left_out: false,
    }
}

/// A request with a JSON body.
fn posted(operation: &str, target: String, body: &Value, caller: Option<Persona>) -> Asked {
    let mut asked = bare("POST", operation, target, caller);
    asked
        .request
        .headers
        .push(("Content-Type".to_owned(), "application/json".to_owned()));
    asked.request.body = body.to_string().into_bytes();
    asked
}

fn walk(value: &Value, ids: &mut Vec<String>, addresses: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if text.starts_with(PUBLIC_URL) => addresses.push(text[PUBLIC_URL.len()..].to_owned()),
                    Value::String(text) if name.to_ascii_lowercase().ends_with("id") && !text.is_empty() && text.len() < 200 => {
                        ids.push(text.clone())
                    }
                    member => walk(member, ids, addresses),
                }
            }
        }
        Value::Array(members) => {
            for member in members {
                walk(member, ids, addresses);
            }
        }
        _ => {}
    }
}

/// Percent-encodes the bytes that a path segment or a query value cannot contain.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
