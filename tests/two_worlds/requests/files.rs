//! Requests to htsget and DRS, and to the addresses that they return.

use gemj_demo::Persona;
use serde_json::json;

use super::{Asked, Asker, bare, posted};

pub(super) fn next(asker: &mut Asker, caller: Option<Persona>) -> Asked {
    match asker.random.below(10) {
        0..=3 => htsget(asker, caller),
        4..=6 => drs(asker, caller),
        _ => address(asker, caller),
    }
}

fn htsget(asker: &mut Asker, caller: Option<Persona>) -> Asked {
    let kind = asker.one(&["reads", "variants"]);
    let operation = format!("/htsget/{kind}/{{id}}");
    let path = format!("/htsget/{kind}/{}", asker.object());
    if asker.chance(25) {
        let regions: Vec<_> = (0..1 + asker.random.below(3))
            .map(|_| {
                let start = asker.random.below(3000);
                json!({"referenceName": asker.one(&["chr1", "chr2"]), "start": start, "end": start + 1 + asker.random.below(2000)})
            })
            .collect();
        return posted(&operation, path, &json!({"regions": regions}), caller);
    }
    let mut query = Vec::new();
    if asker.chance(20) {
        query.push("class=header".to_owned());
    } else if asker.chance(75) {
        query.push(format!("referenceName={}", asker.one(&["chr1", "chr2", "1", "chrX", "*"])));
        if asker.chance(70) {
            let start = asker.random.below(3000);
            query.push(format!("start={start}&end={}", start + asker.random.below(2000)));
        }
    }
    if asker.chance(15) {
        query.push(
            asker
                .one(&["format=BAM", "format=CRAM", "format=VCF", "format=BCF", "format=SAM"])
                .to_owned(),
        );
    }
    if asker.chance(10) {
        query.push(asker.one(&["fields=QNAME,POS", "tags=RG", "notags=RG", "fields=NONE"]).to_owned());
    }
    let method = asker.one(&["GET", "GET", "GET", "GET", "HEAD", "OPTIONS"]);
    bare(method, &operation, format!("{path}?{}", query.join("&")), caller)
}

fn drs(asker: &mut Asker, caller: Option<Persona>) -> Asked {
    let object = asker.object();
    let path = format!("/ga4gh/drs/v1/objects/{object}");
    match asker.random.below(8) {
        0..=3 => bare(asker.one(&["GET", "GET", "HEAD"]), "/ga4gh/drs/v1/objects/{id}", path, caller),
        4 => bare("OPTIONS", "/ga4gh/drs/v1/objects/{id}", path, caller),
        5 => {
            let passport = asker.tokens[&asker.random.of_these(&Persona::ALL).to_owned()].clone();
            let body = if asker.chance(50) {
                json!({"passports": [passport]})
            } else {
                json!({})
            };
            // The passport in the request's body identifies the caller, so the request has no Authorization header.
            let mut asked = posted("/ga4gh/drs/v1/objects/{id}", path, &body, caller);
            if body.get("passports").is_some() {
                asked.caller = None;
                let sender = asker
                    .tokens
                    .iter()
                    .find(|(_, token)| **token == passport)
                    .map(|(persona, _)| *persona);
                asked.caller = sender;
                asked.request.headers.push(("Authorization".to_owned(), String::new()));
                asked.request.headers.retain(|(name, _)| name != "Authorization");
            }
            asked
        }
        _ => {
            let access = asker.one(&["https", "https", "htsget", "other"]);
            bare(
                "GET",
                "/ga4gh/drs/v1/objects/{id}/access/{access_id}",
                format!("{path}/access/{access}"),
                caller,
            )
        }
    }
}

/// The number of the newest addresses. They are requested most often, because an address of bytes expires soon.
const NEWEST: usize = 6;

/// A request for an address that an answer contained: a data block, a whole file, or another page.
fn address(asker: &mut Asker, caller: Option<Persona>) -> Asked {
    let (of, newest) = (asker.random.below(100), asker.chance(75));
    let addresses = match of {
        0..=34 => &asker.blocks,
        35..=69 => &asker.bytes,
        _ => &asker.addresses,
    };
    if addresses.is_empty() {
        return drs(asker, caller);
    }
    let from = if newest { addresses.len().saturating_sub(NEWEST) } else { 0 };
    let super::Address { target, is_of_left_out } = asker.random.of_these(&addresses[from..]).clone();
    // An address of bytes needs no token, so most of these requests have no caller.
    let caller = if of < 70 && asker.chance(70) { None } else { caller };
    let operation = match target.split('/').nth(1) {
        Some("htsget") if target.starts_with("/htsget/blocks") => "/htsget/blocks/{capability}",
        Some("bytes") => "/bytes/{capability}",
        _ => "an address of an answer",
    };
    let mut asked = bare(asker.one(&["GET", "GET", "GET", "HEAD"]), operation, target, caller);
    asked.is_of_left_out = is_of_left_out;
    if asker.chance(50) {
        let start = asker.random.below(4000);
        let range = match asker.random.below(4) {
            0 => format!("bytes={start}-"),
            1 => format!("bytes=-{start}"),
            _ => format!("bytes={start}-{}", start + asker.random.below(5000)),
        };
        asked.request.headers.push(("Range".to_owned(), range));
    }
    asked
}
