//! Wrong answers that the checks of Passport and AAI must detect.

use serde_json::{Value, json};

use super::{Of, bearer, edit, of};
use crate::check::Standard::Passport;
use crate::wrong_answers::right::{EXPIRED, GOOD, VISALESS};
use crate::wrong_answers::{Request, Response};

pub(super) fn faults() -> Vec<Of> {
    let check = |id| of(Passport, id);
    let foreign = |request: &Request| bearer(request).is_some_and(|token| ![GOOD, EXPIRED, VISALESS].contains(&token));
    let header = |request: &Request| {
        use base64::Engine as _;
        let part = bearer(request)?.split('.').next()?;
        serde_json::from_slice::<Value>(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    let algorithm = move |request: &Request| header(request).and_then(|header| header["alg"].as_str().map(str::to_owned));
    let nobody = "the valid token is not accepted either";
    let refuse_all = |request: &Request, response: &mut Response| {
        if request.path.contains("/objects/") {
            *response = Response::json(401, &json!({"msg": "no", "status_code": 401}));
        }
    };
    vec![
        check("no-credentials-401")
            .admit("enters", |request| bearer(request).is_none())
            .status("/ga4gh/drs/v1/objects/o%2F1", 401, 403)
            .status("/ga4gh/drs/v1/objects/o%2F1", 401, 404),
        check("no-credentials-www-authenticate")
            .with("no challenge", |_, response| {
                response.headers.retain(|header| header.0 != "WWW-Authenticate")
            })
            .with("another scheme", |_, response| {
                for header in response.headers.iter_mut().filter(|header| header.0 == "WWW-Authenticate") {
                    header.1 = "Basic realm=\"Bearer\"".to_owned();
                }
            }),
        check("garbage-token-401")
            .admit("enters", foreign)
            .status("/ga4gh/drs/v1/objects/o%2F1", 401, 500),
        check("alg-none-401")
            .admit("none", move |request| algorithm(request).as_deref() == Some("none"))
            .admit("None", move |request| algorithm(request).as_deref() == Some("None"))
            .admit("NONE", move |request| algorithm(request).as_deref() == Some("NONE")),
        check("forged-signature-401").admit("any signature", move |request| algorithm(request).as_deref() == Some("ES256")),
        check("tampered-claims-401")
            .admit("changed claims with the old signature", |request| {
                bearer(request).is_some_and(|token| token.ends_with("c2lnbmF0dXJlLW9mLWdvb2Q"))
            })
            .with(nobody, refuse_all),
        check("expired-token-401")
            .admit("enters", |request| bearer(request) == Some(EXPIRED))
            .with("403", |request, response| {
                if bearer(request) == Some(EXPIRED) {
                    response.status = 403;
                }
            }),
        check("query-token-401")
            .admit("enters", |request| request.query("access_token") == Some(GOOD))
            .with(nobody, refuse_all),
        check("refusal-does-not-echo-the-token")
            .with("the token in the body", |request, response| {
                let text = bearer(request).unwrap_or_default().to_owned();
                edit_if_json(response, &text);
            })
            .with("a part of the token in a header", |request, response| {
                if let Some(token) = bearer(request) {
                    response.headers.push(("X-Rejected".to_owned(), token[..30].to_owned()));
                }
            })
            .admit("enters", foreign),
        check("visaless-token-refused")
            .admit("enters", |request| bearer(request) == Some(VISALESS))
            .with("401", |request, response| {
                if bearer(request) == Some(VISALESS) {
                    response.status = 401;
                }
            })
            .with("404 to everybody", |request, response| {
                if request.path.contains("/objects/") {
                    response.status = 404;
                }
            }),
    ]
}

fn edit_if_json(response: &mut Response, text: &str) {
    if response.status == 401 {
        edit(response, "/msg", Some(json!(format!("bad token {text}"))));
    }
}
