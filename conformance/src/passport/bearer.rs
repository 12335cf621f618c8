//! Checks of requests that a server must refuse: without a token, or with a wrong token.

use crate::check::{Finding, Stop, fail};
use crate::client::{Credential, HttpAnswer};
use crate::credentials::{self, Token};
use crate::settings::needed;
use crate::target::Target;

use super::protected::{get, get_with_query};

/// Requires the status 401. The report does not quote the body, because the body may repeat the token.
fn refused(answer: &HttpAnswer) -> Finding {
    match answer.status {
        401 => Ok("401".to_owned()),
        status => fail(status.to_string()),
    }
}

/// The caller's token. The check fails if this token does not open the protected path, because a refusal of another token would then prove nothing.
fn good(target: &Target) -> Result<&Token, Stop> {
    let token = needed(&target.tokens.own, "--token-file")?;
    let answer = get(target, Credential::Own(Some(token.clone())))?;
    match answer.status {
        200..=299 => Ok(token),
        status => fail(format!("{status} also to the valid token")),
    }
}

pub(super) fn no_credentials(target: &Target) -> Finding {
    refused(&get(target, Credential::Without)?)
}

pub(super) fn challenge(target: &Target) -> Finding {
    let answer = get(target, Credential::Without)?;
    refused(&answer)?;
    let mut challenges = answer
        .headers
        .get_all("WWW-Authenticate")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let bearer = challenges.any(|value| value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer")));
    if !bearer {
        return fail("401 without WWW-Authenticate: Bearer");
    }
    Ok("401, WWW-Authenticate: Bearer".to_owned())
}

pub(super) fn garbage(target: &Target) -> Finding {
    refused(&get(target, Credential::Hostile(credentials::garbage()))?)
}

pub(super) fn unsigned(target: &Target) -> Finding {
    for algorithm in ["none", "None", "NONE"] {
        let token = credentials::unsigned(target.tokens.own.as_ref(), algorithm);
        refused(&get(target, Credential::Hostile(token))?)?;
    }
    Ok("401 to each".to_owned())
}

pub(super) fn forged(target: &Target) -> Finding {
    let token = credentials::forged(target.tokens.own.as_ref());
    refused(&get(target, Credential::Hostile(token))?)
}

pub(super) fn tampered(target: &Target) -> Finding {
    let token = good(target)?;
    let tampered = credentials::tampered(token).ok_or_else(|| Stop::Skip("the token is not a JWT".to_owned()))?;
    refused(&get(target, Credential::Hostile(tampered))?)
}

pub(super) fn expired(target: &Target) -> Finding {
    let token = needed(&target.tokens.expired, "passport.expired_token_file")?;
    refused(&get(target, Credential::Own(Some(token.clone())))?)
}

pub(super) fn in_query(target: &Target) -> Finding {
    let token = good(target)?;
    refused(&get_with_query(target, "access_token", token.reveal())?)
}

pub(super) fn echo(target: &Target) -> Finding {
    let token = credentials::garbage();
    let answer = get(target, Credential::Hostile(token.clone()))?;
    if !matches!(answer.status, 400 | 401 | 403) {
        return fail(format!("{}: not refused", answer.status));
    }
    let mut texts = vec![answer.body.clone()];
    texts.extend(answer.headers.values().map(|value| value.as_bytes().to_vec()));
    // A server that repeats only a part of the token reveals it too, so a part of the token is searched for.
    let part = &token.reveal().as_bytes()[..24];
    if texts.iter().any(|text| text.windows(part.len()).any(|window| window == part)) {
        return fail(format!("{}, and it repeats the token", answer.status));
    }
    Ok(format!("{} without the token", answer.status))
}

pub(super) fn visaless(target: &Target) -> Finding {
    let token = needed(&target.tokens.visaless, "passport.visaless_token_file")?;
    good(target)?;
    let answer = get(target, Credential::Own(Some(token.clone())))?;
    match answer.status {
        403 | 404 => Ok(answer.status.to_string()),
        status => fail(status.to_string()),
    }
}
