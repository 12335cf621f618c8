//! Checks of DRS's `GET /objects/{object_id}`.

use serde_json::Value;
use url::Url;

use crate::check::{Finding, Stop, fail};
use crate::schemas::Named;
use crate::settings::needed;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

/// The id of the object in the settings, and the server's description of that object.
pub(super) fn object(target: &Target) -> Result<(&str, Value), Stop> {
    let id = needed(&target.settings.drs.object_id, "drs.object_id")?;
    let value = target.get(STANDARD, &["objects", id]).send()?.json_200()?;
    Ok((id, value))
}

pub(super) fn describes_the_object(target: &Target) -> Finding {
    let (id, value) = object(target)?;
    shape::is_text(&value, "/id", id)?;
    shape::text(&value, "/self_uri")?;
    let size = shape::whole(&value, "/size")?;
    shape::instant(&value, "/created_time")?;
    let checksums = shape::list(&value, "/checksums")?;
    if checksums.is_empty() {
        return fail("no checksum");
    }
    for checksum in checksums {
        shape::text(checksum, "/type")?;
        shape::text(checksum, "/checksum")?;
    }
    let bundle = value.get("contents").is_some();
    let methods = match value.get("access_methods") {
        None if bundle => &Vec::new(),
        _ => shape::list(&value, "/access_methods")?,
    };
    if methods.is_empty() && !bundle {
        return fail("neither access methods nor contents");
    }
    for method in methods {
        shape::text(method, "/type")?;
        if method.get("access_id").is_none() {
            shape::text(method, "/access_url/url")?;
        }
    }
    Ok(format!(
        "{size} bytes, {} checksums, {} access methods",
        checksums.len(),
        methods.len()
    ))
}

pub(super) fn schema(target: &Target) -> Finding {
    let schemas = target.schemas()?;
    schemas.judge(Named::DrsResponse("200OkDrsObject"), &object(target)?.1)
}

pub(super) fn self_uri(target: &Target) -> Finding {
    let (id, value) = object(target)?;
    let text = shape::text(&value, "/self_uri")?;
    let Ok(url) = Url::parse(text) else {
        return fail("self_uri is not a URI");
    };
    // The authority is checked as the text states it, because a URL parser drops an empty port.
    let authority = text
        .strip_prefix("drs://")
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    let without_port = authority.rsplit_once(':').is_none_or(|(_, after)| after.ends_with(']'));
    let mut segments = url.path_segments().into_iter().flatten();
    let encoded = segments.next().unwrap_or_default();
    let one_segment = segments.next().is_none();
    // The decoder leaves a `%` without two hexadecimal digits as it is, so the escapes are checked first.
    let is_escape = |rest: &str| {
        rest.as_bytes()
            .get(..2)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let well_formed = encoded.split('%').skip(1).all(is_escape);
    let decoded = percent_encoding::percent_decode_str(encoded)
        .decode_utf8()
        .ok()
        .filter(|_| well_formed);
    if url.scheme() != "drs" || authority.is_empty() {
        return fail("not drs://host/…");
    }
    if !without_port {
        return fail("a port, which is not allowed in a DRS URI");
    }
    if !one_segment || decoded.as_deref() != Some(id) || url.query().is_some() || url.fragment().is_some() {
        return fail("the path is not the percent-encoded id");
    }
    Ok("drs://host/id".to_owned())
}

pub(super) fn unknown_id(target: &Target) -> Finding {
    let answer = target.get(STANDARD, &["objects", "no-such-object-conformance"]).send()?;
    shape::msg_and_status_code(&answer.expect(&[404])?.json()?, 404)?;
    Ok(answer.described())
}
