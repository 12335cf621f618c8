//! Wrong requests: methods, paths, credentials and bodies that no correct client sends.

use gemj_demo::Persona;

use super::{Asked, Asker, bare, files};

pub(super) fn next(asker: &mut Asker, caller: Option<Persona>) -> Asked {
    let mut asked = if asker.chance(50) {
        files::next(asker, caller)
    } else {
        super::beacon::next(asker, caller)
    };
    asked.operation = format!("odd {}", asked.operation);
    match asker.random.below(8) {
        0 => asked.request.method = asker.one(&["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]).to_owned(),
        1 => asked.request.target = format!("{}/", asked.request.target.split('?').next().unwrap()),
        2 => {
            let at = asked.request.target.len().saturating_sub(1);
            asked.request.target.truncate(at.max(1));
        }
        3 => {
            asked.request.method = "POST".to_owned();
            asked
                .request
                .headers
                .push(("Content-Type".to_owned(), "application/json".to_owned()));
            asked.request.body = asker
                .one(&["{", "[]", "null", "{\"query\":5}", "{\"regions\":[]}", "\u{0}"])
                .as_bytes()
                .to_vec();
        }
        4 => {
            // The caller counts as anonymous, because the credentials are invalid.
            asked.caller = None;
            let word = asker.one(&["Bearer x", "Basic eDp5", "Bearer", "DPoP x", "Bearer a.b.c"]);
            asked.request.headers.push(("Authorization".to_owned(), word.to_owned()));
        }
        5 => asked.request.headers.push((
            "Accept".to_owned(),
            asker.one(&["text/html", "application/xml", "*/*;q=0"]).to_owned(),
        )),
        6 => {
            asked.request.headers.push(("Origin".to_owned(), "https://igv.example".to_owned()));
            if asker.chance(50) {
                asked.request.method = "OPTIONS".to_owned();
                asked
                    .request
                    .headers
                    .push(("Access-Control-Request-Method".to_owned(), "GET".to_owned()));
                asked
                    .request
                    .headers
                    .push(("Access-Control-Request-Headers".to_owned(), "authorization".to_owned()));
            }
        }
        _ => {
            let path = asker.one(&[
                "/nothing",
                "/beacon/nothing",
                "/htsget/nothing",
                "/ga4gh/drs/v1/nothing",
                "/fhir/nothing",
                "/metrics",
                "/metrics",
            ]);
            asked = bare("GET", "no such path, or metrics", path.to_owned(), caller);
        }
    }
    asked
}
